"""What was told of a bill stays, nothing that is issued is objected to, and an objection is closed once."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER billing_billtelling_append_only BEFORE UPDATE OR DELETE ON billing_billtelling
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_objection_before_issue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome <> 'OPEN' OR EXISTS (
        SELECT 1 FROM billing_invoice WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start
            AND seller_id = NEW.seller_id AND status = 'ISSUED' AND kind <> 'INTEREST'
    ) THEN
        RAISE EXCEPTION 'billing_billobjection: what is issued is disputed, not objected to'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_billobjection_before_issue BEFORE INSERT ON billing_billobjection
    FOR EACH ROW EXECUTE FUNCTION billing_objection_before_issue();

CREATE FUNCTION billing_objection_closed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> 'OPEN'
        OR (OLD.public_id, OLD.lease_id, OLD.period_start, OLD.period_end, OLD.seller_id, OLD.component,
            OLD.organization_id, OLD.reason, OLD.text, OLD.currency, OLD.net_minor, OLD.raised_by_id,
            OLD.raised_at)
           IS DISTINCT FROM (NEW.public_id, NEW.lease_id, NEW.period_start, NEW.period_end, NEW.seller_id,
            NEW.component, NEW.organization_id, NEW.reason, NEW.text, NEW.currency, NEW.net_minor,
            NEW.raised_by_id, NEW.raised_at) THEN
        RAISE EXCEPTION 'billing_billobjection: it is closed once, and what was said stays'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_billobjection_closed_once BEFORE UPDATE ON billing_billobjection
    FOR EACH ROW EXECUTE FUNCTION billing_objection_closed_once();
CREATE TRIGGER billing_billobjection_stays BEFORE DELETE ON billing_billobjection
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""

BACKWARD = """
DROP TRIGGER billing_billobjection_stays ON billing_billobjection;
DROP TRIGGER billing_billobjection_closed_once ON billing_billobjection;
DROP FUNCTION billing_objection_closed_once();
DROP TRIGGER billing_billobjection_before_issue ON billing_billobjection;
DROP FUNCTION billing_objection_before_issue();
DROP TRIGGER billing_billtelling_append_only ON billing_billtelling;
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0025_provisional")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
