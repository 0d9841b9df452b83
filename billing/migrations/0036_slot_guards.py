"""Notes, findings and runs over slot bookings keep what those over leases keep; an invoice fits its slot."""

from django.db import migrations

NOTES = """
CREATE OR REPLACE FUNCTION billing_note_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    finding billing_correction;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
    SELECT * INTO finding FROM billing_correction WHERE id = NEW.correction_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED'
        OR (origin.lease_id, origin.booking_id, origin.period_start, origin.seller_id, origin.buyer_id,
            origin.currency)
           IS DISTINCT FROM (NEW.lease_id, NEW.booking_id, NEW.period_start, NEW.seller_id, NEW.buyer_id,
            NEW.currency)
        OR (finding.lease_id, finding.booking_id, finding.period_start)
           IS DISTINCT FROM (NEW.lease_id, NEW.booking_id, NEW.period_start) THEN
        RAISE EXCEPTION 'a note corrects an issued invoice of the same lease or booking, period and seller'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE (lease_id = NEW.lease_id OR booking_id = NEW.booking_id)
            AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND version = NEW.version - 1 AND status = 'ISSUED' AND kind <> 'INTEREST'
    ) THEN
        RAISE EXCEPTION 'a note follows an issued version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND finding.outcome <> 'NOTED' THEN
        RAISE EXCEPTION 'a note whose correction waits is not issued' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND NEW.gross_minor + (
        SELECT coalesce(sum(gross_minor), 0) FROM billing_invoice
        WHERE (lease_id = NEW.lease_id OR booking_id = NEW.booking_id)
            AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND status = 'ISSUED' AND kind <> 'INTEREST' AND id <> NEW.id
    ) < 0 THEN
        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
NOTES_BACK = """
CREATE OR REPLACE FUNCTION billing_note_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
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
            AND kind <> 'INTEREST'
    ) THEN
        RAISE EXCEPTION 'a note follows an issued version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND finding.outcome <> 'NOTED' THEN
        RAISE EXCEPTION 'a note whose correction waits is not issued' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'ISSUED' AND NEW.gross_minor + (
        SELECT coalesce(sum(gross_minor), 0) FROM billing_invoice
        WHERE lease_id = NEW.lease_id AND period_start = NEW.period_start AND seller_id = NEW.seller_id
            AND status = 'ISSUED' AND kind <> 'INTEREST' AND id <> NEW.id
    ) < 0 THEN
        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

DECIDED = """
CREATE OR REPLACE FUNCTION billing_correction_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> 'WAITING' OR NEW.outcome NOT IN ('NOTED', 'SUPERSEDED')
        OR (OLD.public_id, OLD.lease_id, OLD.booking_id, OLD.period_start, OLD.event_limit, OLD.arrivals, OLD.digest,
            OLD.reasons, OLD.recorded, OLD.made_at)
           IS DISTINCT FROM (NEW.public_id, NEW.lease_id, NEW.booking_id, NEW.period_start, NEW.event_limit, NEW.arrivals,
            NEW.digest, NEW.reasons, NEW.recorded, NEW.made_at) THEN
        RAISE EXCEPTION 'billing_correction: only one that waits is decided, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
DECIDED_BACK = """
CREATE OR REPLACE FUNCTION billing_correction_decided() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""

PARTS = """
CREATE OR REPLACE FUNCTION billing_runpart_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_item billing_runitem;
    now_is text;
    same billing_runpart := NEW;
BEGIN
    SELECT * INTO of_item FROM billing_runitem WHERE id = NEW.item_id;
    SELECT state INTO now_is FROM billing_invoicerun WHERE id = of_item.run_id;
    IF TG_OP = 'INSERT' THEN
        IF now_is <> 'PREVIEWING' OR NEW.invoice_id IS NOT NULL THEN
            RAISE EXCEPTION 'billing_runpart: a preview is made once, and bills nothing'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    same.invoice_id := OLD.invoice_id;
    IF same IS DISTINCT FROM OLD OR OLD.invoice_id IS NOT NULL OR now_is <> 'RUNNING' THEN
        RAISE EXCEPTION 'billing_runpart: a preview stays, and gets its invoice once, in its run'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND kind = 'INVOICE' AND status = 'ISSUED'
            AND (lease_id, booking_id) IS NOT DISTINCT FROM (of_item.lease_id, of_item.booking_id)
            AND (period_start, period_end, seller_id, digest, gross_minor)
              = (of_item.period_start, of_item.period_end, NEW.seller_id, NEW.digest, NEW.gross_minor)
    ) THEN
        RAISE EXCEPTION 'billing_runpart: what is issued is what was approved'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
PARTS_BACK = """
CREATE OR REPLACE FUNCTION billing_runpart_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_item billing_runitem;
    now_is text;
    same billing_runpart := NEW;
BEGIN
    SELECT * INTO of_item FROM billing_runitem WHERE id = NEW.item_id;
    SELECT state INTO now_is FROM billing_invoicerun WHERE id = of_item.run_id;
    IF TG_OP = 'INSERT' THEN
        IF now_is <> 'PREVIEWING' OR NEW.invoice_id IS NOT NULL THEN
            RAISE EXCEPTION 'billing_runpart: a preview is made once, and bills nothing'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    same.invoice_id := OLD.invoice_id;
    IF same IS DISTINCT FROM OLD OR OLD.invoice_id IS NOT NULL OR now_is <> 'RUNNING' THEN
        RAISE EXCEPTION 'billing_runpart: a preview stays, and gets its invoice once, in its run'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND kind = 'INVOICE' AND status = 'ISSUED'
            AND (lease_id, period_start, period_end, seller_id, digest, gross_minor)
              = (of_item.lease_id, of_item.period_start, of_item.period_end, NEW.seller_id, NEW.digest,
                 NEW.gross_minor)
    ) THEN
        RAISE EXCEPTION 'billing_runpart: what is issued is what was approved'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

SLOTS = """
CREATE FUNCTION billing_invoice_of_slot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booking leasing_slotbooking;
BEGIN
    SELECT * INTO booking FROM leasing_slotbooking WHERE id = NEW.booking_id;
    IF (NEW.buyer_id, NEW.period_start, NEW.period_end, NEW.currency)
        <> (booking.lessee_id, booking.starts_at, booking.ends_at, booking.currency) THEN
        RAISE EXCEPTION 'the invoice of a slot is for its lessee and its time' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_invoice_of_slot BEFORE INSERT OR UPDATE ON billing_invoice
    FOR EACH ROW WHEN (NEW.booking_id IS NOT NULL AND NEW.kind <> 'INTEREST') EXECUTE FUNCTION billing_invoice_of_slot();
"""
SLOTS_BACK = """
DROP TRIGGER billing_invoice_of_slot ON billing_invoice;
DROP FUNCTION billing_invoice_of_slot();
"""

PAPERS = """
CREATE OR REPLACE FUNCTION billing_taxinvoice_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about billing_invoice;
    net bigint;
    tax bigint;
    is_in_order boolean;
BEGIN
    SELECT * INTO about FROM billing_invoice WHERE id = NEW.invoice_id;
    IF NEW.red_letter_id IS NOT NULL THEN
        SELECT net_minor, tax_minor INTO net, tax FROM billing_redletter
            WHERE id = NEW.red_letter_id AND note_id = NEW.invoice_id AND state = 'CONFIRMED';
    ELSIF about.kind = 'INVOICE' THEN
        SELECT sum(net_minor), sum(tax_minor) INTO net, tax FROM billing_invoice
            WHERE (lease_id, booking_id, period_start, seller_id)
                    IS NOT DISTINCT FROM (about.lease_id, about.booking_id, about.period_start, about.seller_id)
                AND kind <> 'INTEREST' AND version <= NEW.through AND status = 'ISSUED';
    ELSE
        SELECT sum(rates.net), sum(rates.tax) INTO net, tax FROM (
            SELECT sum(net_minor) AS net, sum(tax_minor) AS tax FROM billing_invoiceline
            WHERE invoice_id = about.id GROUP BY tax_rate
        ) rates WHERE rates.net > 0 OR rates.net = 0 AND rates.tax > 0;
    END IF;
    IF about.kind = 'INVOICE' THEN
        is_in_order := EXISTS (
            SELECT 1 FROM billing_invoice WHERE (id = about.id OR corrects_id = about.id)
                AND version = NEW.through AND status = 'ISSUED'
        ) AND NOT EXISTS (
            SELECT 1 FROM billing_invoice note JOIN billing_taxinvoice own ON own.invoice_id = note.id
            WHERE note.corrects_id = about.id AND note.version <= NEW.through AND own.withdrawn_at IS NULL
        );
    ELSE
        is_in_order := NEW.through = about.version AND EXISTS (
            SELECT 1 FROM billing_taxinvoice WHERE invoice_id = about.corrects_id AND withdrawn_at IS NULL
                AND through < about.version
        );
    END IF;
    IF about.status <> 'ISSUED' OR about.currency <> 'CNY' OR about.seller_id <> NEW.organization_id
        OR (net, tax) IS DISTINCT FROM (NEW.net_minor, NEW.tax_minor) OR NOT is_in_order THEN
        RAISE EXCEPTION 'an official e-invoice says what the issued invoice of its seller says'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION billing_redletter_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    note billing_invoice;
    blue billing_taxinvoice;
    origin billing_invoice;
    stand text[] := ARRAY['AWAITING', 'CONFIRMED', 'ISSUED'];
BEGIN
    -- whoever else takes back from the same blue e-invoice waits here
    SELECT * INTO blue FROM billing_taxinvoice WHERE id = NEW.blue_id FOR NO KEY UPDATE;
    SELECT * INTO note FROM billing_invoice WHERE id = NEW.note_id;
    SELECT * INTO origin FROM billing_invoice WHERE id = blue.invoice_id;
    IF NEW.state <> (CASE WHEN NEW.lapses_at IS NULL THEN 'CONFIRMED' ELSE 'AWAITING' END)
        OR note.kind = 'INVOICE' OR note.status <> 'ISSUED' OR blue.withdrawn_at IS NOT NULL
        OR blue.red_letter_id IS NOT NULL OR blue.through >= note.version
        OR NEW.applicant_id NOT IN (note.seller_id, note.buyer_id)
        OR (origin.lease_id, origin.booking_id, origin.period_start, origin.seller_id)
           IS DISTINCT FROM (note.lease_id, note.booking_id, note.period_start, note.seller_id)
        OR (SELECT (sum(net), sum(tax)) <> (NEW.net_minor, NEW.tax_minor) FROM billing_face_sums(NEW.face)) THEN
        RAISE EXCEPTION 'a red letter is of an issued note, over an earlier e-invoice of the same period'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT rate FROM (
            SELECT * FROM billing_face_sums(blue.face)
            UNION ALL SELECT sums.* FROM billing_redletter other, billing_face_sums(other.face) sums
                WHERE other.blue_id = blue.id AND other.state = ANY (stand)
            UNION ALL SELECT * FROM billing_face_sums(NEW.face)
        ) known GROUP BY rate HAVING sum(net) < 0 OR sum(tax) < 0
    ) OR EXISTS (
        SELECT rate FROM (
            SELECT tax_rate AS rate, net_minor AS net, tax_minor AS tax FROM billing_invoiceline
                WHERE invoice_id = note.id
            UNION ALL SELECT sums.rate, -sums.net, -sums.tax
                FROM billing_redletter other, billing_face_sums(other.face) sums
                WHERE other.note_id = note.id AND other.state = ANY (stand)
            UNION ALL SELECT sums.rate, -sums.net, -sums.tax FROM billing_face_sums(NEW.face) sums
        ) known WHERE rate IN (SELECT sums.rate FROM billing_face_sums(NEW.face) sums)
        GROUP BY rate HAVING sum(net) > 0
    ) THEN
        RAISE EXCEPTION 'red letters take back at most what the blue e-invoice and the note have at a rate'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION billing_interestclaim_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    paper billing_invoice;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
    SELECT * INTO paper FROM billing_invoice WHERE id = NEW.document_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED' OR paper.kind <> 'INTEREST'
        OR paper.status <> 'ISSUED'
        OR (origin.lease_id, origin.booking_id, origin.seller_id, origin.buyer_id, origin.currency)
           IS DISTINCT FROM (paper.lease_id, paper.booking_id, paper.seller_id, paper.buyer_id, paper.currency)
        OR (SELECT seller_id FROM billing_lateterms WHERE id = NEW.terms_id) <> origin.seller_id THEN
        RAISE EXCEPTION 'interest is claimed of an issued invoice, by its seller, under its terms'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_interestclaim WHERE invoice_id = NEW.invoice_id AND through > NEW.through
    ) OR (
        SELECT sum(d.gross_minor) FROM billing_interestclaim c JOIN billing_invoice d ON d.id = c.document_id
        WHERE c.invoice_id = NEW.invoice_id
    ) <> greatest(0, NEW.total_minor - NEW.waived_minor) THEN
        RAISE EXCEPTION 'the documents of interest add up to the running total less what was waived'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
PAPERS_BACK = """
CREATE OR REPLACE FUNCTION billing_taxinvoice_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about billing_invoice;
    net bigint;
    tax bigint;
    is_in_order boolean;
BEGIN
    SELECT * INTO about FROM billing_invoice WHERE id = NEW.invoice_id;
    IF NEW.red_letter_id IS NOT NULL THEN
        SELECT net_minor, tax_minor INTO net, tax FROM billing_redletter
            WHERE id = NEW.red_letter_id AND note_id = NEW.invoice_id AND state = 'CONFIRMED';
    ELSIF about.kind = 'INVOICE' THEN
        SELECT sum(net_minor), sum(tax_minor) INTO net, tax FROM billing_invoice
            WHERE (lease_id, period_start, seller_id) = (about.lease_id, about.period_start, about.seller_id)
                AND version <= NEW.through AND status = 'ISSUED';
    ELSE
        SELECT sum(rates.net), sum(rates.tax) INTO net, tax FROM (
            SELECT sum(net_minor) AS net, sum(tax_minor) AS tax FROM billing_invoiceline
            WHERE invoice_id = about.id GROUP BY tax_rate
        ) rates WHERE rates.net > 0 OR rates.net = 0 AND rates.tax > 0;
    END IF;
    IF about.kind = 'INVOICE' THEN
        is_in_order := EXISTS (
            SELECT 1 FROM billing_invoice WHERE (id = about.id OR corrects_id = about.id)
                AND version = NEW.through AND status = 'ISSUED'
        ) AND NOT EXISTS (
            SELECT 1 FROM billing_invoice note JOIN billing_taxinvoice own ON own.invoice_id = note.id
            WHERE note.corrects_id = about.id AND note.version <= NEW.through AND own.withdrawn_at IS NULL
        );
    ELSE
        is_in_order := NEW.through = about.version AND EXISTS (
            SELECT 1 FROM billing_taxinvoice WHERE invoice_id = about.corrects_id AND withdrawn_at IS NULL
                AND through < about.version
        );
    END IF;
    IF about.status <> 'ISSUED' OR about.currency <> 'CNY' OR about.seller_id <> NEW.organization_id
        OR (net, tax) IS DISTINCT FROM (NEW.net_minor, NEW.tax_minor) OR NOT is_in_order THEN
        RAISE EXCEPTION 'an official e-invoice says what the issued invoice of its seller says'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION billing_redletter_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    note billing_invoice;
    blue billing_taxinvoice;
    origin billing_invoice;
    stand text[] := ARRAY['AWAITING', 'CONFIRMED', 'ISSUED'];
BEGIN
    -- whoever else takes back from the same blue e-invoice waits here
    SELECT * INTO blue FROM billing_taxinvoice WHERE id = NEW.blue_id FOR NO KEY UPDATE;
    SELECT * INTO note FROM billing_invoice WHERE id = NEW.note_id;
    SELECT * INTO origin FROM billing_invoice WHERE id = blue.invoice_id;
    IF NEW.state <> (CASE WHEN NEW.lapses_at IS NULL THEN 'CONFIRMED' ELSE 'AWAITING' END)
        OR note.kind = 'INVOICE' OR note.status <> 'ISSUED' OR blue.withdrawn_at IS NOT NULL
        OR blue.red_letter_id IS NOT NULL OR blue.through >= note.version
        OR NEW.applicant_id NOT IN (note.seller_id, note.buyer_id)
        OR (origin.lease_id, origin.period_start, origin.seller_id)
           <> (note.lease_id, note.period_start, note.seller_id)
        OR (SELECT (sum(net), sum(tax)) <> (NEW.net_minor, NEW.tax_minor) FROM billing_face_sums(NEW.face)) THEN
        RAISE EXCEPTION 'a red letter is of an issued note, over an earlier e-invoice of the same period'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT rate FROM (
            SELECT * FROM billing_face_sums(blue.face)
            UNION ALL SELECT sums.* FROM billing_redletter other, billing_face_sums(other.face) sums
                WHERE other.blue_id = blue.id AND other.state = ANY (stand)
            UNION ALL SELECT * FROM billing_face_sums(NEW.face)
        ) known GROUP BY rate HAVING sum(net) < 0 OR sum(tax) < 0
    ) OR EXISTS (
        SELECT rate FROM (
            SELECT tax_rate AS rate, net_minor AS net, tax_minor AS tax FROM billing_invoiceline
                WHERE invoice_id = note.id
            UNION ALL SELECT sums.rate, -sums.net, -sums.tax
                FROM billing_redletter other, billing_face_sums(other.face) sums
                WHERE other.note_id = note.id AND other.state = ANY (stand)
            UNION ALL SELECT sums.rate, -sums.net, -sums.tax FROM billing_face_sums(NEW.face) sums
        ) known WHERE rate IN (SELECT sums.rate FROM billing_face_sums(NEW.face) sums)
        GROUP BY rate HAVING sum(net) > 0
    ) THEN
        RAISE EXCEPTION 'red letters take back at most what the blue e-invoice and the note have at a rate'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION billing_interestclaim_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin billing_invoice;
    paper billing_invoice;
BEGIN
    SELECT * INTO origin FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
    SELECT * INTO paper FROM billing_invoice WHERE id = NEW.document_id;
    IF origin.kind <> 'INVOICE' OR origin.status <> 'ISSUED' OR paper.kind <> 'INTEREST'
        OR paper.status <> 'ISSUED'
        OR (origin.lease_id, origin.seller_id, origin.buyer_id, origin.currency)
           <> (paper.lease_id, paper.seller_id, paper.buyer_id, paper.currency)
        OR (SELECT seller_id FROM billing_lateterms WHERE id = NEW.terms_id) <> origin.seller_id THEN
        RAISE EXCEPTION 'interest is claimed of an issued invoice, by its seller, under its terms'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_interestclaim WHERE invoice_id = NEW.invoice_id AND through > NEW.through
    ) OR (
        SELECT sum(d.gross_minor) FROM billing_interestclaim c JOIN billing_invoice d ON d.id = c.document_id
        WHERE c.invoice_id = NEW.invoice_id
    ) <> greatest(0, NEW.total_minor - NEW.waived_minor) THEN
        RAISE EXCEPTION 'the documents of interest add up to the running total less what was waived'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """Functions in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0035_slot_invoices")]
    operations = [
        migrations.RunSQL(NOTES, NOTES_BACK),
        migrations.RunSQL(DECIDED, DECIDED_BACK),
        migrations.RunSQL(PARTS, PARTS_BACK),
        migrations.RunSQL(SLOTS, SLOTS_BACK),
        migrations.RunSQL(PAPERS, PAPERS_BACK),
    ]
