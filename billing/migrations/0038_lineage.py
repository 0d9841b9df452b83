"""What a line was counted from is looked at a statement at a time: a look at each row was a third of an invoice."""

import django.db.models.deletion
from django.db import migrations, models

# The foreign keys of lineage looked at each row by itself, some hundred an invoice. What they kept is kept here:
# rows are of lines and window sets that are there; lines are held FOR KEY SHARE, and one advisory lock is shared by
# all who write lineage and taken alone by who deletes window sets, so that neither misses what the other has not
# committed yet. A set that a line was counted from does not go, nor does a line before its lineage. Lineage is
# written anew, never changed.
LINEAGE = """
CREATE OR REPLACE FUNCTION billing_usage_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('billing_invoicelineusage'));
    PERFORM 1 FROM billing_invoiceline WHERE id IN (SELECT line_id FROM added) FOR KEY SHARE;
    IF EXISTS (
        SELECT 1 FROM added a WHERE NOT EXISTS (SELECT 1 FROM billing_windowset s WHERE s.id = a.window_set_id)
    ) OR EXISTS (
        SELECT 1 FROM added a WHERE NOT EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.id = a.line_id)
    ) THEN
        RAISE EXCEPTION 'billing_invoicelineusage: a line was counted from window sets that are there'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT line_id FROM added) a
        JOIN billing_invoiceline line ON line.id = a.line_id
        JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE invoice.status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the usage of an issued invoice never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION billing_windowset_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('billing_invoicelineusage'));
    IF NOT billing_windowset_may_go(OLD) THEN
        RAISE EXCEPTION 'billing_windowset: this version is the newest, or something stands on it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER billing_invoicelineusage_of_draft ON billing_invoicelineusage;
CREATE TRIGGER billing_invoicelineusage_of_draft BEFORE DELETE ON billing_invoicelineusage
    FOR EACH ROW EXECUTE FUNCTION billing_usage_of_draft();
CREATE TRIGGER billing_invoicelineusage_stays BEFORE UPDATE ON billing_invoicelineusage
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_line_without_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_invoicelineusage WHERE line_id = OLD.id)
       AND NOT EXISTS (SELECT 1 FROM billing_invoiceline WHERE id = OLD.id) THEN
        RAISE EXCEPTION 'billing_invoiceline: a line goes with what it was counted from'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_invoiceline_without_usage AFTER DELETE OR UPDATE OF id ON billing_invoiceline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_line_without_usage();
"""
LINEAGE_BACK = """
DROP TRIGGER billing_invoiceline_without_usage ON billing_invoiceline;
DROP FUNCTION billing_line_without_usage();
DROP TRIGGER billing_invoicelineusage_stays ON billing_invoicelineusage;
DROP TRIGGER billing_invoicelineusage_of_draft ON billing_invoicelineusage;
CREATE TRIGGER billing_invoicelineusage_of_draft BEFORE UPDATE OR DELETE ON billing_invoicelineusage
    FOR EACH ROW EXECUTE FUNCTION billing_usage_of_draft();
CREATE OR REPLACE FUNCTION billing_windowset_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT billing_windowset_may_go(OLD) THEN
        RAISE EXCEPTION 'billing_windowset: this version is the newest, or something stands on it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE FUNCTION billing_usage_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT line_id FROM added) a
        JOIN billing_invoiceline line ON line.id = a.line_id
        JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE invoice.status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the usage of an issued invoice never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0037_synthetic")]

    operations = [
        migrations.AlterField(
            model_name="invoicelineusage",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="usage",
                to="billing.invoiceline",
            ),
        ),
        migrations.AlterField(
            model_name="invoicelineusage",
            name="window_set",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.windowset",
            ),
        ),
        migrations.RunSQL(LINEAGE, LINEAGE_BACK),
    ]
