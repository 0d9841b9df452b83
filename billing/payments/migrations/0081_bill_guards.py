"""What holds of acceptance bills whoever writes: their moves, each part once, and what happens to receipts."""

from django.db import migrations

# Two numeric ranges need no extension: one of the number alone, one of the units of a split bill.
FORWARD = """
ALTER TABLE payments_acceptancebill ADD CONSTRAINT payments_acceptancebill_once
    EXCLUDE USING gist (numrange(number::numeric, number::numeric, '[]') WITH &&,
                        int8range(first_unit, last_unit, '[]') WITH &&)
    WHERE (state NOT IN ('DROPPED', 'RETURNED'));

CREATE FUNCTION payments_acceptancebill_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = OLD.state AND (NEW.ended_on, NEW.bank_line_id, NEW.checker)
        IS NOT DISTINCT FROM (OLD.ended_on, OLD.bank_line_id, OLD.checker)
        AND (OLD.state IN ('HELD', 'PRESENTED') OR (NEW.asks, NEW.asker) = (OLD.asks, OLD.asker)) THEN
        RETURN NEW;
    END IF;
    IF NOT (
        OLD.state = 'PROPOSED' AND NEW.state IN ('HELD', 'DROPPED')
        OR OLD.state = 'HELD' AND NEW.state IN ('PRESENTED', 'HONOURED', 'RETURNED')
        OR OLD.state = 'PRESENTED' AND NEW.state IN ('HONOURED', 'DISHONOURED')
    ) THEN
        RAISE EXCEPTION 'bill % does not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('DISHONOURED', 'RETURNED') AND (OLD.asks <> NEW.state OR OLD.asker = '') THEN
        RAISE EXCEPTION 'bill %: two people end it without money', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_acceptancebill_moves BEFORE UPDATE ON payments_acceptancebill
    FOR EACH ROW EXECUTE FUNCTION payments_acceptancebill_moves();

CREATE FUNCTION payments_acceptancebill_ends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line payments_bankline;
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NEW.state IN ('DISHONOURED', 'RETURNED') THEN
        UPDATE payments_receipt SET left_minor = left_minor - NEW.amount_minor WHERE bill_id = NEW.id;
    ELSIF NEW.state = 'HONOURED' THEN
        SELECT * INTO line FROM payments_bankline WHERE id = NEW.bank_line_id;
        IF (line.amount_minor, line.currency) IS DISTINCT FROM (NEW.amount_minor, NEW.currency) THEN
            RAISE EXCEPTION 'bill %: another amount came', NEW.id USING ERRCODE = 'check_violation';
        END IF;
        UPDATE payments_receipt SET left_minor = left_minor - NEW.amount_minor
            WHERE bank_line_id = NEW.bank_line_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_acceptancebill_ends AFTER UPDATE ON payments_acceptancebill
    FOR EACH ROW EXECUTE FUNCTION payments_acceptancebill_ends();

CREATE FUNCTION payments_acceptancebill_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' OR NEW.checker <> '' OR NEW.asks <> '' THEN
        RAISE EXCEPTION 'a bill begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_acceptancebill_begins BEFORE INSERT ON payments_acceptancebill
    FOR EACH ROW EXECUTE FUNCTION payments_acceptancebill_begins();
CREATE TRIGGER payments_acceptancebill_stays BEFORE DELETE ON payments_acceptancebill
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
CREATE TRIGGER payments_billstep_stays BEFORE UPDATE OR DELETE ON payments_billstep
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
DROP TRIGGER payments_acceptancebill_keeps ON payments_acceptancebill;
CREATE TRIGGER payments_acceptancebill_keeps BEFORE UPDATE ON payments_acceptancebill FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'asks', 'asker',
        'asker_name', 'bank_line_id', 'ended_on');
"""
BACKWARD = """
DROP TRIGGER payments_acceptancebill_keeps ON payments_acceptancebill;
CREATE TRIGGER payments_acceptancebill_keeps BEFORE UPDATE ON payments_acceptancebill FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'ended_on');
DROP TRIGGER payments_billstep_stays ON payments_billstep;
DROP TRIGGER payments_acceptancebill_stays ON payments_acceptancebill;
DROP TRIGGER payments_acceptancebill_begins ON payments_acceptancebill;
DROP FUNCTION payments_acceptancebill_begins();
DROP TRIGGER payments_acceptancebill_ends ON payments_acceptancebill;
DROP FUNCTION payments_acceptancebill_ends();
DROP TRIGGER payments_acceptancebill_moves ON payments_acceptancebill;
DROP FUNCTION payments_acceptancebill_moves();
ALTER TABLE payments_acceptancebill DROP CONSTRAINT payments_acceptancebill_once;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0080_bills")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
