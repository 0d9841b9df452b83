"""A machine that came back is inspected in time, or the settlement of its lease does not wait for it."""

from django.db import migrations, models

# Machines that stand returned since before have their time from now on: three days to answer, ten to inspect.
STAND = "UPDATE leasing_leaseunit SET inspect_by = now() + interval '13 days' WHERE state = 'RETURNED'"
SETTLED = """
CREATE OR REPLACE FUNCTION leasing_settles_when_nothing_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_settlement WHERE lease_id = NEW.lease_id AND state IN ('AGREED', 'DECIDED'))
        OR EXISTS (SELECT FROM leasing_leaseunit WHERE lease_id = NEW.lease_id
            AND state NOT IN ('READY', 'GONE'){waits})
        OR EXISTS (SELECT FROM leasing_damageclaim WHERE lease_id = NEW.lease_id
            AND state IN ('RAISED', 'CONTESTED'))
    THEN
        RAISE EXCEPTION 'something is open before lease % can be settled', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
IN_TIME = " AND (inspect_by IS NULL OR inspect_by > NEW.occurred_at)"
DAMAGE = """
CREATE FUNCTION leasing_damage_is_claimed_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_leaseunit WHERE id = NEW.unit_id AND inspect_by <= NEW.raised_at) THEN
        RAISE EXCEPTION 'the machine of damage claim % was not inspected in time', NEW.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_damageclaim_in_time BEFORE INSERT ON leasing_damageclaim
    FOR EACH ROW EXECUTE FUNCTION leasing_damage_is_claimed_in_time();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0036_expired_registrations"),
    ]

    operations = [
        migrations.AddField(
            model_name="leaseunit",
            name="inspect_by",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(STAND, migrations.RunSQL.noop),
        migrations.RunSQL(SETTLED.replace("{waits}", IN_TIME), SETTLED.replace("{waits}", "")),
        migrations.RunSQL(DAMAGE, "DROP FUNCTION leasing_damage_is_claimed_in_time() CASCADE"),
        migrations.AddConstraint(
            model_name="leaseunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("inspect_by", None),
                    ("state__in", ["GONE", "IN_INSPECTION", "IN_REPAIR", "READY", "RETURNED"]),
                    _connector="OR",
                ),
                name="leasing_leaseunit_inspected_when_back",
            ),
        ),
    ]
