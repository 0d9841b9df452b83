"""A machine that was inspected in time is made ready in time, or the settlement does not wait for that."""

from django.db import migrations, models

# Machines that were inspected in time before have ten days from now on, or from when the lessee has answered.
STAND = """
UPDATE leasing_leaseunit AS unit SET ready_by = interval '10 days' + GREATEST(now(), (
    SELECT max(record.answer_until) FROM leasing_conditionrecord AS record
    WHERE record.unit_id = unit.id AND record.kind = 'INSPECTION'
))
FROM leasing_lease AS lease
WHERE lease.id = unit.lease_id AND lease.status NOT IN ('SETTLED', 'CLOSED')
    AND unit.state IN ('IN_INSPECTION', 'IN_REPAIR', 'READY') AND unit.inspect_by IS NULL
"""
SETTLED = """
CREATE OR REPLACE FUNCTION leasing_settles_when_nothing_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_settlement WHERE lease_id = NEW.lease_id AND state IN ('AGREED', 'DECIDED'))
        OR EXISTS (SELECT FROM leasing_leaseunit WHERE lease_id = NEW.lease_id
            AND state NOT IN ('READY', 'GONE') AND (inspect_by IS NULL OR inspect_by > NEW.occurred_at){waits})
        OR EXISTS (SELECT FROM leasing_damageclaim WHERE lease_id = NEW.lease_id
            AND state IN ('RAISED', 'CONTESTED'))
    THEN
        RAISE EXCEPTION 'something is open before lease % can be settled', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
IN_TIME = "\n            AND (ready_by IS NULL OR ready_by > NEW.occurred_at)"
DAMAGE = """
CREATE OR REPLACE FUNCTION leasing_damage_is_claimed_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_leaseunit WHERE id = NEW.unit_id AND {over}) THEN
        RAISE EXCEPTION 'the machine of damage claim % was not inspected in time{or}', NEW.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = DAMAGE.replace("{over}", "inspect_by <= NEW.raised_at").replace("{or}", "")
AFTER = DAMAGE.replace("{over}", "(inspect_by <= NEW.raised_at OR ready_by <= NEW.raised_at)")
AFTER = AFTER.replace("{or}", ", or its time is over")
NOT_RENEWED = """
CREATE FUNCTION leasing_ready_by_is_not_renewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ready_by IS NULL
        OR NEW.ready_by > OLD.ready_by AND NOT (OLD.state = 'IN_INSPECTION' AND NEW.state = 'IN_REPAIR')
    THEN
        RAISE EXCEPTION 'the time in which machine % is to be ready is put off once, when its repair begins',
            NEW.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_leaseunit_ready_by_is_not_renewed BEFORE UPDATE OF ready_by ON leasing_leaseunit
    FOR EACH ROW WHEN (OLD.ready_by IS NOT NULL AND NEW.ready_by IS DISTINCT FROM OLD.ready_by)
    EXECUTE FUNCTION leasing_ready_by_is_not_renewed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0038_closed_tickets_and_unready_machines"),
    ]

    operations = [
        migrations.AddField(
            model_name="leaseunit",
            name="ready_by",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(STAND, migrations.RunSQL.noop),
        migrations.RunSQL(SETTLED.replace("{waits}", IN_TIME), SETTLED.replace("{waits}", "")),
        migrations.RunSQL(AFTER, BEFORE),
        migrations.RunSQL(NOT_RENEWED, "DROP FUNCTION leasing_ready_by_is_not_renewed() CASCADE"),
        migrations.AddConstraint(
            model_name="leaseunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ready_by", None),
                    models.Q(
                        ("inspect_by", None),
                        ("state__in", ["GONE", "IN_INSPECTION", "IN_REPAIR", "READY"]),
                    ),
                    _connector="OR",
                ),
                name="leasing_leaseunit_ready_when_inspected",
            ),
        ),
    ]
