"""What was held of a line goes with the booking that takes it back; who ends a bill without money is kept."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION payments_linebooking_takes_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments_receipt r SET left_minor = left_minor - amount_minor
        FROM payments_linebooking b
        WHERE r.bank_line_id = NEW.bank_line_id AND b.bank_line_id = NEW.bank_line_id
          AND b.number = NEW.number - 1 AND b.kind = 'RECEIPT';
    RETURN NULL;
END $$;
CREATE TRIGGER payments_linebooking_takes_back AFTER INSERT ON payments_linebooking
    FOR EACH ROW WHEN (NEW.kind = 'UNDO') EXECUTE FUNCTION payments_linebooking_takes_back();

CREATE OR REPLACE FUNCTION payments_acceptancebill_ends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line payments_bankline;
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NEW.state IN ('DISHONOURED', 'RETURNED') THEN
        IF NEW.decider IN ('', NEW.asker) THEN
            RAISE EXCEPTION 'bill %: two people end it without money', NEW.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        UPDATE payments_receipt SET left_minor = left_minor - NEW.amount_minor WHERE bill_id = NEW.id;
    ELSIF NEW.state = 'HONOURED' THEN
        SELECT * INTO line FROM payments_bankline WHERE id = NEW.bank_line_id;
        IF (line.amount_minor, line.currency) IS DISTINCT FROM (NEW.amount_minor, NEW.currency) THEN
            RAISE EXCEPTION 'bill %: another amount came', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER payments_acceptancebill_keeps ON payments_acceptancebill;
CREATE TRIGGER payments_acceptancebill_keeps BEFORE UPDATE ON payments_acceptancebill FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'asks', 'asker',
        'asker_name', 'bank_line_id', 'ended_on', 'decider');
"""
BACKWARD = """
DROP TRIGGER payments_acceptancebill_keeps ON payments_acceptancebill;
CREATE TRIGGER payments_acceptancebill_keeps BEFORE UPDATE ON payments_acceptancebill FOR EACH ROW
    EXECUTE FUNCTION payments_keeps_but('state', 'checker', 'checker_name', 'checked_at', 'asks', 'asker',
        'asker_name', 'bank_line_id', 'ended_on');

CREATE OR REPLACE FUNCTION payments_acceptancebill_ends() RETURNS trigger LANGUAGE plpgsql AS $$
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

DROP TRIGGER payments_linebooking_takes_back ON payments_linebooking;
DROP FUNCTION payments_linebooking_takes_back();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0091_dispute_losses")]

    operations = [
        migrations.AddField(
            model_name="acceptancebill",
            name="decider",
            field=models.CharField(blank=True, default="", max_length=30),
            preserve_default=False,
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
