"""What else must hold of subsidies whoever writes: how a settlement begins, and what a note is granted by."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION billing_subsidysettlement_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'DRAFTED' OR NEW.month <> date_trunc('month', NEW.month)::date
        OR NEW.confirmed_minor IS NOT NULL OR NEW.paid_on IS NOT NULL
        OR (NEW.answer, NEW.bank_reference) <> ('', '')
        OR (NEW.submitted_by, NEW.confirmed_by, NEW.paid_by, NEW.handed_by) <> ('', '', '', '') THEN
        RAISE EXCEPTION 'a settlement begins as a draft of a month' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidysettlement_begins BEFORE INSERT ON billing_subsidysettlement
    FOR EACH ROW EXECUTE FUNCTION billing_subsidysettlement_begins();

CREATE FUNCTION billing_subsidysettlement_hands_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'HANDED_ON' AND NOT EXISTS (
        SELECT 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id AND mode = 'CLAIM'
    ) THEN
        RAISE EXCEPTION 'settlement %: only what was claimed is passed on', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidysettlement_hands_on BEFORE UPDATE ON billing_subsidysettlement
    FOR EACH ROW EXECUTE FUNCTION billing_subsidysettlement_hands_on();

CREATE FUNCTION billing_subsidygrant_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing_subsidyprogramme WHERE id = NEW.programme_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.first_id
            AND extract(year FROM issued_at AT TIME ZONE 'Asia/Shanghai') = NEW.year
    ) THEN
        RAISE EXCEPTION 'a grant uses the cap of the year of issue' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.first_id <> NEW.invoice_id AND NOT EXISTS (
        SELECT 1 FROM billing_subsidygrant
        WHERE invoice_id = NEW.first_id AND programme_id = NEW.programme_id AND rules_id = NEW.rules_id
    ) THEN
        RAISE EXCEPTION 'a note is borne by the programme of its invoice, by the same terms'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_subsidyitem i JOIN billing_subsidygrant g ON g.id = i.grant_id
        WHERE g.first_id = NEW.first_id AND i.stands AND i.confirmed_minor IS NULL
    ) THEN
        RAISE EXCEPTION 'invoice %: the authority has still to answer', NEW.first_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_subsidygrant_follows BEFORE INSERT ON billing_subsidygrant
    FOR EACH ROW EXECUTE FUNCTION billing_subsidygrant_follows();
"""
BACKWARD = """
DROP TRIGGER billing_subsidygrant_follows ON billing_subsidygrant;
DROP FUNCTION billing_subsidygrant_follows();
DROP TRIGGER billing_subsidysettlement_hands_on ON billing_subsidysettlement;
DROP FUNCTION billing_subsidysettlement_hands_on();
DROP TRIGGER billing_subsidysettlement_begins ON billing_subsidysettlement;
DROP FUNCTION billing_subsidysettlement_begins();
"""
MOVES = """
CREATE OR REPLACE FUNCTION billing_subsidysettlement_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_subsidysettlement := NEW;
    asked bigint;
    answered bigint;
    waiting bigint;
BEGIN
    same.status := OLD.status;
    IF NEW.status = 'SUBMITTED' THEN
        same.submitted_by := OLD.submitted_by;
    ELSIF NEW.status = 'CONFIRMED' THEN
        same.confirmed_by := OLD.confirmed_by;
        same.confirmed_minor := OLD.confirmed_minor;
        same.answer := OLD.answer;
    ELSIF NEW.status = 'PAID' THEN
        same.paid_by := OLD.paid_by;
        same.paid_on := OLD.paid_on;
        same.bank_reference := OLD.bank_reference;
    ELSIF NEW.status = 'HANDED_ON' THEN
        same.handed_by := OLD.handed_by;
    END IF;
    IF same IS DISTINCT FROM OLD OR NOT (
        OLD.status = 'DRAFTED' AND NEW.status IN ('SUBMITTED', 'DROPPED')
        OR OLD.status = 'SUBMITTED' AND NEW.status IN ({after_submitted})
        OR OLD.status = 'CONFIRMED' AND NEW.status = 'PAID'
        OR OLD.status = 'PAID' AND NEW.status = 'HANDED_ON'
    ) OR ({unsubmitted})
      OR (NEW.confirmed_by = '') <> (NEW.status IN ('DRAFTED', 'DROPPED', 'SUBMITTED'))
      OR (NEW.paid_by = '') <> (NEW.status NOT IN ('PAID', 'HANDED_ON'))
      OR (NEW.handed_by = '') <> (NEW.status <> 'HANDED_ON') THEN
        RAISE EXCEPTION 'settlement % does not go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT coalesce(sum(amount_minor), 0), coalesce(sum(confirmed_minor), 0),
           count(*) FILTER (WHERE confirmed_minor IS NULL)
        INTO asked, answered, waiting FROM billing_subsidyitem WHERE settlement_id = NEW.id;
    IF (NEW.status = 'SUBMITTED' AND asked <> NEW.total_minor)
        OR (NEW.status = 'CONFIRMED' AND (waiting <> 0 OR answered IS DISTINCT FROM NEW.confirmed_minor)) THEN
        RAISE EXCEPTION 'settlement %: its items do not add up', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
UNSUBMITTED = "(NEW.submitted_by = '') <> (NEW.status IN ('DRAFTED', 'DROPPED'))"
NOW = MOVES.format(
    after_submitted="'CONFIRMED', 'DROPPED'",
    unsubmitted=f"NEW.status <> 'DROPPED' AND {UNSUBMITTED}",
)
BEFORE = MOVES.format(after_submitted="'CONFIRMED'", unsubmitted=UNSUBMITTED)


class Migration(migrations.Migration):
    dependencies = [("billing", "0041_unrated")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD), migrations.RunSQL(NOW, BEFORE)]
