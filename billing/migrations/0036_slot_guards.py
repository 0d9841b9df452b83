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
            AND version = NEW.version - 1 AND status = 'ISSUED'
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
            AND status = 'ISSUED' AND id <> NEW.id
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
    FOR EACH ROW WHEN (NEW.booking_id IS NOT NULL) EXECUTE FUNCTION billing_invoice_of_slot();
"""
SLOTS_BACK = """
DROP TRIGGER billing_invoice_of_slot ON billing_invoice;
DROP FUNCTION billing_invoice_of_slot();
"""


class Migration(migrations.Migration):
    """Functions in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("billing", "0035_slot_invoices")]
    operations = [
        migrations.RunSQL(NOTES, NOTES_BACK),
        migrations.RunSQL(DECIDED, DECIDED_BACK),
        migrations.RunSQL(PARTS, PARTS_BACK),
        migrations.RunSQL(SLOTS, SLOTS_BACK),
    ]
