"""What holds of allocations whoever writes: no more than is left of the money, and than the invoice asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_allocation_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid payments_allocation;
    asked billing_invoice;
    given billing_invoice;
    total numeric;
BEGIN
    SELECT * INTO asked FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
    IF NEW.undoes_id IS NOT NULL THEN
        SELECT * INTO paid FROM payments_allocation WHERE id = NEW.undoes_id;
        IF paid.undoes_id IS NOT NULL OR paid.invoice_id <> NEW.invoice_id
            OR paid.receipt_id IS DISTINCT FROM NEW.receipt_id OR paid.note_id IS DISTINCT FROM NEW.note_id
            OR paid.amount_minor <> -NEW.amount_minor OR paid.let_off_minor <> -NEW.let_off_minor THEN
            RAISE EXCEPTION 'allocation %: it does not undo %', NEW.public_id, NEW.undoes_id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    SELECT sum(amount_minor + let_off_minor) INTO total FROM payments_allocation WHERE invoice_id = NEW.invoice_id;
    IF asked.status <> 'ISSUED' OR asked.currency <> NEW.currency OR total > asked.gross_minor THEN
        RAISE EXCEPTION 'allocation %: more than invoice % asks for', NEW.public_id, NEW.invoice_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.note_id IS NOT NULL THEN
        SELECT * INTO given FROM billing_invoice WHERE id = NEW.note_id FOR NO KEY UPDATE;
        SELECT sum(amount_minor) INTO total FROM payments_allocation WHERE note_id = NEW.note_id;
        IF given.kind <> 'CREDIT_NOTE' OR given.corrects_id IS DISTINCT FROM NEW.invoice_id
            OR total > -given.gross_minor THEN
            RAISE EXCEPTION 'allocation %: more than note % gives', NEW.public_id, NEW.note_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END IF;
    UPDATE payments_receipt SET left_minor = left_minor - NEW.amount_minor
        WHERE id = NEW.receipt_id AND currency = NEW.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'allocation %: another currency', NEW.public_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_allocation_fits AFTER INSERT ON payments_allocation
    FOR EACH ROW EXECUTE FUNCTION payments_allocation_fits();

CREATE FUNCTION payments_receipt_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same payments_receipt := NEW;
BEGIN
    same.left_minor := OLD.left_minor;
    IF OLD.payer_id IS NULL THEN
        same.payer_id := NULL;
        same.holding := OLD.holding;
    END IF;
    IF same IS DISTINCT FROM OLD OR (NEW.left_minor <> OLD.left_minor AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'receipt %: what came in does not change', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_receipt_moves BEFORE UPDATE ON payments_receipt
    FOR EACH ROW EXECUTE FUNCTION payments_receipt_moves();
CREATE TRIGGER payments_receipt_stays BEFORE DELETE ON payments_receipt
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_receipt_stays ON payments_receipt;
DROP TRIGGER payments_receipt_moves ON payments_receipt;
DROP FUNCTION payments_receipt_moves();
DROP TRIGGER payments_allocation_fits ON payments_allocation;
DROP FUNCTION payments_allocation_fits();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_statements"), ("billing", "0042_subsidy_answers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
