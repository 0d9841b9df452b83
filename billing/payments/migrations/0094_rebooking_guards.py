"""What holds of bookings that are taken back whoever writes: two people, once, and money that is held again."""

from django.db import migrations

MOVES = """
CREATE OR REPLACE FUNCTION payments_acceptancebill_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = OLD.state AND (NEW.ended_on, NEW.bank_line_id, NEW.checker)
        IS NOT DISTINCT FROM (OLD.ended_on, OLD.bank_line_id, OLD.checker)
        AND (OLD.state IN ('HELD', 'PRESENTED') OR (NEW.asks, NEW.asker) = (OLD.asks, OLD.asker)) THEN
        RETURN NEW;
    END IF;
    IF NOT (
        OLD.state = 'PROPOSED' AND NEW.state IN ('HELD', 'DROPPED')
        OR OLD.state = 'HELD' AND NEW.state IN ('PRESENTED', 'HONOURED', 'RETURNED')
        OR OLD.state = 'PRESENTED' AND NEW.state IN ('HONOURED', 'DISHONOURED'){more}
    ) THEN
        RAISE EXCEPTION 'bill % does not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('DISHONOURED', 'RETURNED') AND (OLD.asks <> NEW.state OR OLD.asker = '') THEN
        RAISE EXCEPTION 'bill %: two people end it without money', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
REOPENS = """
        OR OLD.state = 'HONOURED' AND NEW.state = 'HELD' AND EXISTS (
            SELECT 1 FROM payments_linebooking u JOIN payments_linebooking b
                ON b.bank_line_id = u.bank_line_id AND b.number = u.number - 1
            WHERE u.bank_line_id = OLD.bank_line_id AND u.kind = 'UNDO' AND b.kind = 'BILL'
              AND b.target = OLD.public_id)"""
FORWARD = """
CREATE FUNCTION payments_linebooking_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.kind = 'UNDO') <> (NEW.number % 2 = 0) OR NEW.number > 1 AND NOT EXISTS (
        SELECT 1 FROM payments_linebooking WHERE bank_line_id = NEW.bank_line_id AND number = NEW.number - 1
    ) THEN
        RAISE EXCEPTION 'booking % of line %: each second one takes the one before it back', NEW.number,
            NEW.bank_line_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_linebooking_counts BEFORE INSERT ON payments_linebooking
    FOR EACH ROW EXECUTE FUNCTION payments_linebooking_counts();

CREATE FUNCTION payments_linebooking_holds_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments_receipt SET left_minor = left_minor + amount_minor
        WHERE bank_line_id = NEW.bank_line_id AND EXISTS (
            SELECT 1 FROM payments_linebooking b
            WHERE b.bank_line_id = NEW.bank_line_id AND b.number < NEW.number AND b.kind = 'RECEIPT');
    RETURN NULL;
END $$;
CREATE TRIGGER payments_linebooking_holds_again AFTER INSERT ON payments_linebooking
    FOR EACH ROW WHEN (NEW.kind = 'RECEIPT' AND NEW.number > 1)
    EXECUTE FUNCTION payments_linebooking_holds_again();

CREATE FUNCTION payments_rebooking_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'booking anew begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_rebooking_begins BEFORE INSERT ON payments_rebooking
    FOR EACH ROW EXECUTE FUNCTION payments_rebooking_begins();

CREATE FUNCTION payments_rebooking_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'PROPOSED' THEN
        RAISE EXCEPTION 'rebooking % was decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.booking_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_linebooking b WHERE b.id = NEW.booking_id
            AND b.bank_line_id = NEW.bank_line_id AND b.number = NEW.number + 2 AND b.kind = NEW.kind
    ) THEN
        RAISE EXCEPTION 'rebooking %: another booking', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_rebooking_decided BEFORE UPDATE ON payments_rebooking
    FOR EACH ROW EXECUTE FUNCTION payments_rebooking_decided();
CREATE TRIGGER payments_rebooking_keeps BEFORE UPDATE ON payments_rebooking FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'booking_id');
CREATE TRIGGER payments_rebooking_stays BEFORE DELETE ON payments_rebooking
    FOR EACH ROW EXECUTE FUNCTION payments_never_changes();
"""
BACKWARD = """
DROP TRIGGER payments_rebooking_stays ON payments_rebooking;
DROP TRIGGER payments_rebooking_keeps ON payments_rebooking;
DROP TRIGGER payments_rebooking_decided ON payments_rebooking;
DROP FUNCTION payments_rebooking_decided();
DROP TRIGGER payments_rebooking_begins ON payments_rebooking;
DROP FUNCTION payments_rebooking_begins();
DROP TRIGGER payments_linebooking_holds_again ON payments_linebooking;
DROP FUNCTION payments_linebooking_holds_again();
DROP TRIGGER payments_linebooking_counts ON payments_linebooking;
DROP FUNCTION payments_linebooking_counts();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0093_rebookings")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(MOVES.replace("{more}", REOPENS), MOVES.replace("{more}", "")),
    ]
