"""Official e-invoices: a record never changes but to be taken back, and is of an issued invoice in yuan."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE FUNCTION billing_taxinvoice_fits() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER billing_taxinvoice_fits BEFORE INSERT ON billing_taxinvoice
    FOR EACH ROW EXECUTE FUNCTION billing_taxinvoice_fits();

CREATE FUNCTION billing_taxinvoice_kept() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER billing_taxinvoice_kept BEFORE UPDATE ON billing_taxinvoice
    FOR EACH ROW EXECUTE FUNCTION billing_taxinvoice_kept();
CREATE TRIGGER billing_taxinvoice_stays BEFORE DELETE ON billing_taxinvoice
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_taxdocument_append_only BEFORE UPDATE OR DELETE ON billing_taxdocument
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
BACKWARD = """
DROP TRIGGER billing_taxdocument_append_only ON billing_taxdocument;
DROP TRIGGER billing_taxinvoice_stays ON billing_taxinvoice;
DROP TRIGGER billing_taxinvoice_kept ON billing_taxinvoice;
DROP FUNCTION billing_taxinvoice_kept();
DROP TRIGGER billing_taxinvoice_fits ON billing_taxinvoice;
DROP FUNCTION billing_taxinvoice_fits();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0013_facts"),
        ("marketplace", "0022_batch_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaxInvoice",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("txi",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("SPECIAL", "Special VAT invoice"), ("ORDINARY", "Ordinary invoice")],
                        max_length=8,
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("issued_on", models.DateField()),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("face", models.JSONField()),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=30)),
                ("withdrawn_why", models.CharField(blank=True, max_length=200)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tax_invoices",
                        to="billing.invoice",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaxDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "form",
                    models.CharField(choices=[("XML", "XML"), ("OFD", "OFD"), ("PDF", "PDF")], max_length=3),
                ),
                ("content", models.BinaryField()),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("added_by", models.CharField(max_length=30)),
                ("added_at", models.DateTimeField()),
                (
                    "tax_invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="billing.taxinvoice",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="taxinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("number",),
                name="billing_taxinvoice_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("invoice",),
                name="billing_taxinvoice_one_stands",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^[0-9]{20}$")), name="billing_taxinvoice_twenty_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", ""), ("withdrawn_why", "")),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        models.Q(("withdrawn_by", ""), _negated=True),
                        models.Q(("withdrawn_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_taxinvoice_withdrawn_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxdocument",
            constraint=models.UniqueConstraint(
                fields=("tax_invoice", "form"), name="billing_taxdocument_each_form_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="billing_taxdocument_hashed"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
