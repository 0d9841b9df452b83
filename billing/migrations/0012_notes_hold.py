"""Notes belong to an issued invoice and never credit more than it; findings and disputes are decided once."""

from django.db import migrations

# The row of the corrected invoice is the lock under which versions are added up: the sum sees what committed.
NOTES = """
CREATE FUNCTION billing_note_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    finding billing_correction;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
    SELECT * INTO finding FROM billing_correction WHERE id = NEW.correction_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED'
        OR (origin.lease_id, origin.period_start, origin.seller_id, origin.buyer_id, origin.currency)
           <> (NEW.lease_id, NEW.period_start, NEW.seller_id, NEW.buyer_id, NEW.currency)
        OR (finding.lease_id, finding.period_start) <> (NEW.lease_id, NEW.period_start) THEN
        RAISE EXCEPTION 'a note corrects an issued invoice of the same lease, period and seller'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start
            AND seller_id = NEW.seller_id AND version = NEW.version - 1 AND status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'a note follows an issued version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND finding.outcome <> 'NOTED' THEN
        RAISE EXCEPTION 'a note whose correction waits is not issued' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND NEW.gross_minor + (
        SELECT coalesce(sum(gross_minor), 0) FROM billing_invoice
        WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND status = 'ISSUED' AND id <> NEW.id
    ) < 0 THEN
        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_note_of_invoice BEFORE INSERT OR UPDATE ON billing_invoice
    FOR EACH ROW WHEN (NEW.kind <> 'INVOICE') EXECUTE FUNCTION billing_note_of_invoice();
"""
NOTES_BACK = """
DROP TRIGGER billing_note_of_invoice ON billing_invoice;
DROP FUNCTION billing_note_of_invoice();
"""

CORRECTIONS = """
CREATE FUNCTION billing_correction_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> 'WAITING' OR NEW.outcome NOT IN ('NOTED', 'SUPERSEDED')
        OR (OLD.public_id, OLD.lease_id, OLD.period_start, OLD.event_limit, OLD.arrivals, OLD.digest,
            OLD.reasons, OLD.recorded, OLD.made_at)
           IS DISTINCT FROM (NEW.public_id, NEW.lease_id, NEW.period_start, NEW.event_limit, NEW.arrivals,
            NEW.digest, NEW.reasons, NEW.recorded, NEW.made_at) THEN
        RAISE EXCEPTION 'billing_correction: only one that waits is decided, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_correction_decided BEFORE UPDATE ON billing_correction
    FOR EACH ROW EXECUTE FUNCTION billing_correction_decided();
CREATE TRIGGER billing_correction_stays BEFORE DELETE ON billing_correction
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_correctedday_append_only BEFORE UPDATE OR DELETE ON billing_correctedday
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_correction_has_notes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    drafts bigint;
    issued bigint;
    now_is text;
BEGIN
    SELECT outcome INTO now_is FROM billing_correction WHERE id = NEW.id;
    SELECT count(*) FILTER (WHERE status = 'DRAFT'), count(*) FILTER (WHERE status = 'ISSUED')
        INTO drafts, issued FROM billing_invoice WHERE correction_id = NEW.id;
    IF (issued > 0) <> (now_is = 'NOTED') OR (drafts > 0) <> (now_is = 'WAITING') THEN
        RAISE EXCEPTION 'billing_correction: its notes do not fit its outcome' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_correction_has_notes AFTER INSERT OR UPDATE ON billing_correction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_correction_has_notes();
"""
CORRECTIONS_BACK = """
DROP TRIGGER billing_correction_has_notes ON billing_correction;
DROP FUNCTION billing_correction_has_notes();
DROP TRIGGER billing_correctedday_append_only ON billing_correctedday;
DROP TRIGGER billing_correction_stays ON billing_correction;
DROP TRIGGER billing_correction_decided ON billing_correction;
DROP FUNCTION billing_correction_decided();
"""

DISPUTES = """
CREATE FUNCTION billing_linedispute_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line billing_invoiceline;
    state text;
BEGIN
    SELECT * INTO line FROM billing_invoiceline WHERE id = NEW.line_id;
    SELECT status INTO state FROM billing_invoice WHERE id = line.invoice_id;
    IF state <> 'ISSUED' OR NEW.conceded_minor > line.net_minor THEN
        RAISE EXCEPTION 'billing_linedispute: an issued line is disputed, and at most its net conceded'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.outcome <> 'OPEN'
        OR (OLD.public_id, OLD.line_id, OLD.reason, OLD.raised_by_id, OLD.raised_at, OLD.answer_by)
           IS DISTINCT FROM (NEW.public_id, NEW.line_id, NEW.reason, NEW.raised_by_id, NEW.raised_at,
            NEW.answer_by)) THEN
        RAISE EXCEPTION 'billing_linedispute: a decision is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_linedispute_decided BEFORE INSERT OR UPDATE ON billing_linedispute
    FOR EACH ROW EXECUTE FUNCTION billing_linedispute_decided();
CREATE TRIGGER billing_linedispute_stays BEFORE DELETE ON billing_linedispute
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
DISPUTES_BACK = """
DROP TRIGGER billing_linedispute_stays ON billing_linedispute;
DROP TRIGGER billing_linedispute_decided ON billing_linedispute;
DROP FUNCTION billing_linedispute_decided();
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0011_notes")]
    operations = [
        migrations.RunSQL(NOTES, NOTES_BACK),
        migrations.RunSQL(CORRECTIONS, CORRECTIONS_BACK),
        migrations.RunSQL(DISPUTES, DISPUTES_BACK),
    ]
