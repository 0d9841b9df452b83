"""After the settlement of a lease no credit arises beside its statement."""

from django.db import migrations

CREDITS = """
CREATE FUNCTION leasing_credits_before_the_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_lease WHERE id = NEW.lease_id AND status IN ('SETTLED', 'CLOSED')) THEN
        RAISE EXCEPTION 'lease % is settled, no credit arises any more', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_downtimecredit_in_time BEFORE INSERT ON leasing_downtimecredit
    FOR EACH ROW EXECUTE FUNCTION leasing_credits_before_the_settlement();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0033_insurance"),
    ]

    operations = [
        migrations.RunSQL(CREDITS, "DROP FUNCTION leasing_credits_before_the_settlement() CASCADE"),
    ]
