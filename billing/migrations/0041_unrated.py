"""Leases that a budget could not rate are kept with it; interest that is claimed has its official e-invoice."""

from django.db import migrations, models

FITS = """
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
    ELSIF about.kind = 'INTEREST' THEN
        is_in_order := NEW.through = 1 AND about.gross_minor > 0;
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
"""
FITS_BACK = """
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
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0040_subsidy_guards")]

    operations = [
        migrations.AddField(
            model_name="budget",
            name="unrated",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(FITS, FITS_BACK),
    ]
