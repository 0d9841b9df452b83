"""After the settlement of a lease no credit arises beside its statement, and no more is given back than it says."""

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
# The figures of the deposit are kept by another trigger of the same table, whose name comes before.
GIVE_BACK = """
CREATE FUNCTION leasing_gives_back_as_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_deposit d JOIN leasing_settlement s ON s.lease_id = d.lease_id
        WHERE d.id = NEW.deposit_id AND s.state IN ('AGREED', 'DECIDED')
            AND d.released_minor > d.amount_minor - s.set_off_minor)
    THEN
        RAISE EXCEPTION 'of deposit % no more is given back than was settled', NEW.deposit_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER leasing_depositmovement_releases AFTER INSERT ON leasing_depositmovement FOR EACH ROW
    WHEN (NEW.kind = 'RELEASE') EXECUTE FUNCTION leasing_gives_back_as_settled();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0033_insurance"),
    ]

    operations = [
        migrations.RunSQL(CREDITS, "DROP FUNCTION leasing_credits_before_the_settlement() CASCADE"),
        migrations.RunSQL(GIVE_BACK, "DROP FUNCTION leasing_gives_back_as_settled() CASCADE"),
    ]
