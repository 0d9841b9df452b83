"""What holds of allocations (migration 0020) is looked at for all rows of a statement at once."""

from importlib import import_module

from django.db import migrations

ROW_BY_ROW = import_module("billing.payments.migrations.0020_allocation_guards").FORWARD
# A plan made while the table was empty stays with the session: without the setting it would go on reading all of
# the table for each invoice.
TOGETHER = """
DROP TRIGGER payments_allocation_fits ON payments_allocation;
CREATE OR REPLACE FUNCTION payments_allocation_fits() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    wrong text;
    named bigint;
BEGIN
    PERFORM 1 FROM billing_invoice
        WHERE id IN (SELECT invoice_id FROM fresh UNION SELECT note_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
    SELECT f.public_id, f.undoes_id INTO wrong, named
        FROM fresh f JOIN payments_allocation paid ON paid.id = f.undoes_id
        WHERE paid.undoes_id IS NOT NULL OR paid.invoice_id <> f.invoice_id
           OR paid.receipt_id IS DISTINCT FROM f.receipt_id OR paid.note_id IS DISTINCT FROM f.note_id
           OR paid.amount_minor <> -f.amount_minor OR paid.let_off_minor <> -f.let_off_minor
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: it does not undo %', wrong, named USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.public_id, f.invoice_id INTO wrong, named
        FROM fresh f LEFT JOIN billing_invoice asked ON asked.id = f.invoice_id
        WHERE asked.id IS NULL OR asked.status <> 'ISSUED' OR asked.currency <> f.currency OR asked.gross_minor < (
            SELECT sum(a.amount_minor + a.let_off_minor) FROM payments_allocation a WHERE a.invoice_id = f.invoice_id)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: more than invoice % asks for', wrong, named USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.public_id, f.note_id INTO wrong, named
        FROM fresh f LEFT JOIN billing_invoice given ON given.id = f.note_id
        WHERE f.note_id IS NOT NULL AND (given.id IS NULL OR given.kind <> 'CREDIT_NOTE'
           OR given.corrects_id IS DISTINCT FROM f.invoice_id OR -given.gross_minor < (
            SELECT sum(a.amount_minor) FROM payments_allocation a WHERE a.note_id = f.note_id))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: more than note % gives', wrong, named USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.public_id INTO wrong
        FROM fresh f LEFT JOIN payments_receipt r ON r.id = f.receipt_id
        WHERE f.receipt_id IS NOT NULL AND r.currency IS DISTINCT FROM f.currency
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation %: another currency', wrong USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM payments_receipt WHERE id IN (SELECT receipt_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
    UPDATE payments_receipt r SET left_minor = r.left_minor - taken.minor
        FROM (SELECT receipt_id, sum(amount_minor) AS minor FROM fresh GROUP BY receipt_id) taken
        WHERE r.id = taken.receipt_id;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_allocation_fits AFTER INSERT ON payments_allocation REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION payments_allocation_fits();
"""
BACK = "DROP TRIGGER payments_allocation_fits ON payments_allocation;" + ROW_BY_ROW.partition(
    "CREATE FUNCTION payments_receipt_moves()"
)[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("payments", "0094_rebooking_guards")]

    operations = [migrations.RunSQL(TOGETHER, BACK)]
