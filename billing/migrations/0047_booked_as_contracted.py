"""A lease is booked with the commission that its contract took, and with no other."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION billing_terms_as_contracted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leasing_leasecommission c JOIN billing_bookingterms t ON t.lease_id = c.lease_id
        WHERE c.lease_id = NEW.lease_id AND c.rate <> t.commission_rate)
    THEN
        RAISE EXCEPTION 'lease % is booked with the commission that its contract took', NEW.lease_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_terms_as_contracted AFTER INSERT OR UPDATE ON billing_bookingterms
    FOR EACH ROW EXECUTE FUNCTION billing_terms_as_contracted();
CREATE TRIGGER billing_contracted_as_booked AFTER INSERT ON leasing_leasecommission
    FOR EACH ROW EXECUTE FUNCTION billing_terms_as_contracted();
"""
NO_GUARDS = """
DROP TRIGGER billing_contracted_as_booked ON leasing_leasecommission;
DROP TRIGGER billing_terms_as_contracted ON billing_bookingterms;
DROP FUNCTION billing_terms_as_contracted();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0046_mediations"),
        ("leasing", "0045_commission"),
    ]

    operations = [migrations.RunSQL(GUARDS, NO_GUARDS)]
