"""What is issued or measured never changes, and totals are sums of lines: kept by the database itself."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER billing_windowset_append_only BEFORE UPDATE OR DELETE ON billing_windowset
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_usagewindow_append_only BEFORE UPDATE OR DELETE ON billing_usagewindow
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE TRIGGER billing_invoice_issued BEFORE UPDATE OR DELETE ON billing_invoice
    FOR EACH ROW WHEN (OLD.status = 'ISSUED') EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_line_of_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_invoice WHERE id IN (OLD.invoice_id, NEW.invoice_id) AND status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER billing_invoiceline_of_draft BEFORE INSERT OR UPDATE OR DELETE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_line_of_draft();

CREATE FUNCTION billing_usage_of_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_invoiceline line JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.id IN (OLD.line_id, NEW.line_id) AND invoice.status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the usage of an issued invoice never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER billing_invoicelineusage_of_draft BEFORE INSERT OR UPDATE OR DELETE ON billing_invoicelineusage
    FOR EACH ROW EXECUTE FUNCTION billing_usage_of_draft();

CREATE FUNCTION billing_invoice_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_invoice bigint;
    same boolean;
BEGIN
    IF TG_TABLE_NAME = 'billing_invoice' THEN
        of_invoice := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        of_invoice := OLD.invoice_id;
    ELSE
        of_invoice := NEW.invoice_id;
    END IF;
    SELECT (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) = (
            SELECT coalesce(sum(net_minor), 0)::bigint, coalesce(sum(tax_minor), 0)::bigint,
                   coalesce(sum(gross_minor), 0)::bigint
            FROM billing_invoiceline WHERE invoice_id = invoice.id)
        INTO same FROM billing_invoice invoice WHERE invoice.id = of_invoice;
    IF same IS FALSE THEN
        RAISE EXCEPTION 'the lines of invoice % do not add up to its totals', of_invoice
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_invoice_adds_up AFTER INSERT OR UPDATE ON billing_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_invoice_adds_up();
CREATE CONSTRAINT TRIGGER billing_invoiceline_adds_up AFTER INSERT OR UPDATE OR DELETE ON billing_invoiceline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_invoice_adds_up();
"""

BACKWARD = """
DROP TRIGGER billing_invoiceline_adds_up ON billing_invoiceline;
DROP TRIGGER billing_invoice_adds_up ON billing_invoice;
DROP FUNCTION billing_invoice_adds_up();
DROP TRIGGER billing_invoicelineusage_of_draft ON billing_invoicelineusage;
DROP FUNCTION billing_usage_of_draft();
DROP TRIGGER billing_invoiceline_of_draft ON billing_invoiceline;
DROP FUNCTION billing_line_of_draft();
DROP TRIGGER billing_invoice_issued ON billing_invoice;
DROP TRIGGER billing_usagewindow_append_only ON billing_usagewindow;
DROP TRIGGER billing_windowset_append_only ON billing_windowset;
DROP FUNCTION billing_refuse();
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
