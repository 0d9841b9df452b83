"""What holds of payouts and refunds whoever writes: what they pay is there, once, and leaves a receipt."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_payoutitem_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid record;
BEGIN
    SELECT o.kind, o.book_id, o.payee_id, o.currency, a.book_id AS of_book, a.party_id, a.code, l.account_id,
           l.currency AS of_currency
        INTO paid FROM payments_paymentorder o, billing_journalline l
        JOIN billing_account a ON a.id = l.account_id WHERE o.id = NEW.order_id AND l.id = NEW.line_id;
    IF paid.kind <> 'PAYOUT' OR paid.code <> '2241.01' OR paid.party_id IS DISTINCT FROM paid.payee_id
        OR paid.of_book <> paid.book_id OR paid.of_currency <> paid.currency THEN
        RAISE EXCEPTION 'a payout pays lines of its owner''s account' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM billing_accountbalance WHERE account_id = paid.account_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM payments_payoutitem i JOIN payments_paymentorder o ON o.id = i.order_id
        WHERE i.line_id = NEW.line_id AND i.id <> NEW.id
          AND o.state IN ('PROPOSED', 'APPROVED', 'SENT', 'DONE')
    ) THEN
        RAISE EXCEPTION 'line % is paid by another order', NEW.line_id USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_payoutitem_once AFTER INSERT ON payments_payoutitem
    FOR EACH ROW EXECUTE FUNCTION payments_payoutitem_once();

CREATE FUNCTION payments_paymentorder_pays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
    taken bigint;
    of_receipt bigint;
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NEW.kind = 'PAYOUT' AND NEW.state = 'APPROVED' THEN
        SELECT -sum(l.amount_minor) INTO total
            FROM payments_payoutitem i JOIN billing_journalline l ON l.id = i.line_id
            WHERE i.order_id = NEW.id;
        IF total IS DISTINCT FROM NEW.amount_minor THEN
            RAISE EXCEPTION 'payout %: its lines do not add up', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.kind = 'REFUND' THEN
        SELECT receipt_id INTO of_receipt FROM payments_refund WHERE order_id = NEW.id;
        taken := CASE
            WHEN NEW.state = 'APPROVED' THEN NEW.amount_minor
            WHEN NEW.state IN ('RETURNED', 'REJECTED') OR (NEW.state = 'DROPPED' AND OLD.state = 'APPROVED')
                THEN -NEW.amount_minor
            ELSE 0 END;
        IF of_receipt IS NOT NULL AND taken <> 0 THEN
            UPDATE payments_receipt SET left_minor = left_minor - taken WHERE id = of_receipt;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_paymentorder_pays AFTER UPDATE ON payments_paymentorder
    FOR EACH ROW EXECUTE FUNCTION payments_paymentorder_pays();
"""
BACKWARD = """
DROP TRIGGER payments_paymentorder_pays ON payments_paymentorder;
DROP FUNCTION payments_paymentorder_pays();
DROP TRIGGER payments_payoutitem_once ON payments_payoutitem;
DROP FUNCTION payments_payoutitem_once();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_guards"), ("billing", "0042_subsidy_answers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
