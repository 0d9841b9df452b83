"""Only organizations that are verified, and do not close, agree to a lease: the gate, kept by the database."""

from django.db import migrations

AGREED = """
CREATE FUNCTION leasing_agreed_by_the_verified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM marketplace_organization
        WHERE id IN (NEW.lessor_id, NEW.lessee_id) AND (awaits_verification OR closing_at IS NOT NULL))
    THEN
        RAISE EXCEPTION 'a side of lease % is not verified, or closes', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_lease_asked_by_the_verified BEFORE INSERT ON leasing_lease
    FOR EACH ROW EXECUTE FUNCTION leasing_agreed_by_the_verified();
CREATE TRIGGER leasing_lease_agreed_by_the_verified BEFORE UPDATE OF status ON leasing_lease FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status IN ('ACCEPTED', 'CONTRACTED'))
    EXECUTE FUNCTION leasing_agreed_by_the_verified();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0043_governing"),
        ("leasing", "0043_ratings"),
    ]

    operations = [
        migrations.RunSQL(AGREED, "DROP FUNCTION leasing_agreed_by_the_verified() CASCADE"),
    ]
