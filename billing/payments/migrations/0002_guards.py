"""What holds of orders whoever writes: the table of moves, and that nothing else of them changes."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_paymentorder_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same payments_paymentorder := NEW;
BEGIN
    same.state := OLD.state;
    IF NEW.state IN ('APPROVED', 'DROPPED') THEN
        same.checker := OLD.checker;
        same.checker_name := OLD.checker_name;
        same.checked_at := OLD.checked_at;
    ELSIF NEW.state = 'SENT' THEN
        same.file_id := OLD.file_id;
    END IF;
    IF NEW.state IN ('DONE', 'RETURNED', 'REJECTED') THEN
        same.ended_on := OLD.ended_on;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.state = 'PROPOSED' AND NEW.state IN ('APPROVED', 'DROPPED')
        OR OLD.state = 'APPROVED' AND NEW.state IN ('SENT', 'DROPPED')
        OR OLD.state = 'SENT' AND NEW.state IN ('DONE', 'RETURNED', 'REJECTED')
        OR OLD.state = 'DONE' AND NEW.state = 'RETURNED'
    ) THEN
        RAISE EXCEPTION 'order % does not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_paymentorder_moves BEFORE UPDATE ON payments_paymentorder
    FOR EACH ROW EXECUTE FUNCTION payments_paymentorder_moves();

CREATE FUNCTION payments_paymentorder_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' OR NEW.checker <> '' OR NEW.file_id IS NOT NULL THEN
        RAISE EXCEPTION 'an order begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_paymentorder_begins BEFORE INSERT ON payments_paymentorder
    FOR EACH ROW EXECUTE FUNCTION payments_paymentorder_begins();
CREATE TRIGGER payments_paymentorder_stays BEFORE DELETE ON payments_paymentorder
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
NEVER = """
CREATE FUNCTION payments_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
INSERT_ONLY = (
    "statementdialect",
    "statement",
    "statementline",
    "bankline",
    "linebooking",
    "allocation",
    "ownerrelease",
    "orderfile",
    "orderstep",
    "payoutitem",
    "refund",
    "requestitem",
    "providerfact",
)
EACH = """
CREATE TRIGGER payments_{table}_stays BEFORE UPDATE OR DELETE ON payments_{table}
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_paymentorder_stays ON payments_paymentorder;
DROP TRIGGER payments_paymentorder_begins ON payments_paymentorder;
DROP FUNCTION payments_paymentorder_begins();
DROP TRIGGER payments_paymentorder_moves ON payments_paymentorder;
DROP FUNCTION payments_paymentorder_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_payments")]

    operations = [
        migrations.RunSQL(NEVER, "DROP FUNCTION payments_never_changes();"),
        *(
            migrations.RunSQL(
                EACH.format(table=table), f"DROP TRIGGER payments_{table}_stays ON payments_{table};"
            )
            for table in INSERT_ONLY
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
