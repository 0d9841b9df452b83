"""Red letters: moves by their table alone, and never more than the blue e-invoice or the note has at a rate."""

import datetime
import functools

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import marketplace.shared.ids

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

CREATE OR REPLACE FUNCTION billing_taxinvoice_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_taxinvoice := NEW;
BEGIN
    same.withdrawn_at := OLD.withdrawn_at;
    same.withdrawn_by := OLD.withdrawn_by;
    same.withdrawn_why := OLD.withdrawn_why;
    IF OLD.withdrawn_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_taxinvoice: a record can be taken back once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_redletter WHERE blue_id = NEW.id AND state IN ('AWAITING', 'CONFIRMED', 'ISSUED')
    ) THEN
        RAISE EXCEPTION 'billing_taxinvoice: a red letter stands over this record'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION billing_taxinvoice_of_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state = 'ISSUED' FROM billing_redletter WHERE id = NEW.red_letter_id) <> EXISTS (
        SELECT 1 FROM billing_taxinvoice WHERE red_letter_id = NEW.red_letter_id AND withdrawn_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a red letter is issued while its red e-invoice stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_taxinvoice_of_letter AFTER INSERT OR UPDATE ON billing_taxinvoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.red_letter_id IS NOT NULL)
    EXECUTE FUNCTION billing_taxinvoice_of_letter();
"""
FITS_BACK = """
DROP TRIGGER billing_taxinvoice_of_letter ON billing_taxinvoice;
DROP FUNCTION billing_taxinvoice_of_letter();
CREATE OR REPLACE FUNCTION billing_taxinvoice_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_taxinvoice := NEW;
BEGIN
    same.withdrawn_at := OLD.withdrawn_at;
    same.withdrawn_by := OLD.withdrawn_by;
    same.withdrawn_why := OLD.withdrawn_why;
    IF OLD.withdrawn_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_taxinvoice: a record can be taken back once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION billing_taxinvoice_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND status = 'ISSUED' AND currency = 'CNY'
            AND seller_id = NEW.organization_id AND net_minor = NEW.net_minor AND tax_minor = NEW.tax_minor
    ) THEN
        RAISE EXCEPTION 'an official e-invoice says what the issued invoice of its seller says'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
LETTERS = """
CREATE FUNCTION billing_face_sums(face jsonb)
    RETURNS TABLE (rate numeric, net bigint, tax bigint) LANGUAGE sql IMMUTABLE AS $$
    SELECT (item->>'rate')::numeric, (item->>'net_minor')::bigint, (item->>'tax_minor')::bigint
    FROM jsonb_array_elements(face->'items') item
$$;

CREATE FUNCTION billing_redletter_fits() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER billing_redletter_fits BEFORE INSERT ON billing_redletter
    FOR EACH ROW EXECUTE FUNCTION billing_redletter_fits();

CREATE FUNCTION billing_redletter_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_redletter := NEW;
    is_issued boolean;
BEGIN
    same.state := OLD.state;
    SELECT count(*) > 0 INTO is_issued FROM billing_taxinvoice
        WHERE red_letter_id = NEW.id AND withdrawn_at IS NULL;
    IF same IS DISTINCT FROM OLD OR is_issued <> (NEW.state = 'ISSUED')
        OR OLD.state || '>' || NEW.state NOT IN (
            'AWAITING>CONFIRMED', 'AWAITING>REFUSED', 'AWAITING>REVOKED', 'AWAITING>LAPSED',
            'CONFIRMED>REVOKED', 'CONFIRMED>ISSUED', 'ISSUED>CONFIRMED'
        ) THEN
        RAISE EXCEPTION 'billing_redletter: from % to % is no move, and nothing else changes',
            OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_redletter_moves BEFORE UPDATE ON billing_redletter
    FOR EACH ROW EXECUTE FUNCTION billing_redletter_moves();
CREATE TRIGGER billing_redletter_stays BEFORE DELETE ON billing_redletter
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_redletter_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM billing_redletter WHERE id = NEW.id) IS DISTINCT FROM (
        SELECT state FROM billing_redlettermove WHERE letter_id = NEW.id ORDER BY id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'a red letter stands where its last move left it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_redletter_told AFTER INSERT OR UPDATE ON billing_redletter
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_redletter_told();
CREATE TRIGGER billing_redlettermove_append_only BEFORE UPDATE OR DELETE ON billing_redlettermove
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_taxinvoiceuse_append_only BEFORE UPDATE OR DELETE ON billing_taxinvoiceuse
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
LETTERS_BACK = """
DROP TRIGGER billing_taxinvoiceuse_append_only ON billing_taxinvoiceuse;
DROP TRIGGER billing_redlettermove_append_only ON billing_redlettermove;
DROP TRIGGER billing_redletter_told ON billing_redletter;
DROP FUNCTION billing_redletter_told();
DROP TRIGGER billing_redletter_stays ON billing_redletter;
DROP TRIGGER billing_redletter_moves ON billing_redletter;
DROP FUNCTION billing_redletter_moves();
DROP TRIGGER billing_redletter_fits ON billing_redletter;
DROP FUNCTION billing_redletter_fits();
DROP FUNCTION billing_face_sums(jsonb);
"""
# What was recorded of a note before is through that note; no record changes otherwise.
THROUGH_OF_NOTES = """
ALTER TABLE billing_taxinvoice DISABLE TRIGGER billing_taxinvoice_kept;
UPDATE billing_taxinvoice SET through = note.version FROM billing_invoice note
    WHERE note.id = billing_taxinvoice.invoice_id AND note.kind <> 'INVOICE';
ALTER TABLE billing_taxinvoice ENABLE TRIGGER billing_taxinvoice_kept;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0018_run_guards"),
        ("marketplace", "0022_batch_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="RedLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("red",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("INVOICE_WRONG", "Issued in error"),
                            ("RETURNED", "Goods returned"),
                            ("SERVICE_ENDED", "Service ended early"),
                            ("ALLOWANCE", "Allowance"),
                        ],
                        max_length=13,
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=200)),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("face", models.JSONField()),
                ("applied_at", models.DateTimeField()),
                ("lapses_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AWAITING", "Waits for confirmation"),
                            ("CONFIRMED", "Confirmed"),
                            ("ISSUED", "Red e-invoice issued"),
                            ("REFUSED", "Refused"),
                            ("REVOKED", "Revoked"),
                            ("LAPSED", "Void after 72 hours"),
                        ],
                        max_length=9,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RedLetterMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("APPLY", "applied for"),
                            ("CONFIRM", "confirmed by the other side"),
                            ("REFUSE", "refused by the other side"),
                            ("REVOKE", "revoked by who applied"),
                            ("LAPSE", "void: not confirmed within 72 hours"),
                            ("ISSUE", "red e-invoice recorded"),
                            ("REOPEN", "record of the red e-invoice taken back"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AWAITING", "Waits for confirmation"),
                            ("CONFIRMED", "Confirmed"),
                            ("ISSUED", "Red e-invoice issued"),
                            ("REFUSED", "Refused"),
                            ("REVOKED", "Revoked"),
                            ("LAPSED", "Void after 72 hours"),
                        ],
                        max_length=9,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=200)),
                ("by", models.CharField(max_length=30)),
                ("by_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="TaxInvoiceUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("NONE", "neither deducted nor booked"),
                            ("DEDUCTED", "use confirmed (input tax deducted)"),
                            ("BOOKED", "booking confirmed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("by", models.CharField(max_length=30)),
                ("by_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="taxinvoice",
            name="billing_taxinvoice_one_stands",
        ),
        migrations.AddField(
            model_name="taxinvoice",
            name="through",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="redletter",
            name="applicant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.organization"
            ),
        ),
        migrations.AddField(
            model_name="redletter",
            name="blue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="red_letters",
                to="billing.taxinvoice",
            ),
        ),
        migrations.AddField(
            model_name="redletter",
            name="note",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="red_letters", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="taxinvoice",
            name="red_letter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tax_invoices",
                to="billing.redletter",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("red_letter", None), ("withdrawn_at", None)),
                fields=("invoice",),
                name="billing_taxinvoice_one_stands",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("red_letter__isnull", False), ("withdrawn_at", None)),
                fields=("red_letter",),
                name="billing_taxinvoice_one_red_stands",
            ),
        ),
        migrations.AddField(
            model_name="redlettermove",
            name="letter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="billing.redletter"
            ),
        ),
        migrations.AddField(
            model_name="redlettermove",
            name="organization",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="taxinvoiceuse",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.organization"
            ),
        ),
        migrations.AddField(
            model_name="taxinvoiceuse",
            name="tax_invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="billing.taxinvoice"
            ),
        ),
        migrations.AddIndex(
            model_name="redletter",
            index=models.Index(
                condition=models.Q(("state", "AWAITING")), fields=["lapses_at"], name="billing_red_awaiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="redletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["AWAITING", "CONFIRMED", "ISSUED"])),
                fields=("number",),
                name="billing_redletter_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="redletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["AWAITING", "CONFIRMED", "ISSUED"])),
                fields=("note", "blue"),
                name="billing_redletter_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="redletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^[0-9]{20}$")), name="billing_redletter_twenty_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="redletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("net_minor__lt", 0), models.Q(("net_minor", 0), ("tax_minor__lt", 0)), _connector="OR"
                ),
                name="billing_redletter_takes_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="redletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lapses_at", None),
                    (
                        "lapses_at",
                        django.db.models.expressions.CombinedExpression(
                            models.F("applied_at"), "+", models.Value(datetime.timedelta(days=3))
                        ),
                    ),
                    _connector="OR",
                ),
                name="billing_redletter_in_72_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="redletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lapses_at__isnull", False),
                    models.Q(("state__in", ["AWAITING", "LAPSED"]), _negated=True),
                    _connector="OR",
                ),
                name="billing_redletter_awaited_by_somebody",
            ),
        ),
        migrations.RunSQL(THROUGH_OF_NOTES, migrations.RunSQL.noop),
        migrations.RunSQL(LETTERS, LETTERS_BACK),
        migrations.RunSQL(FITS, FITS_BACK),
    ]
