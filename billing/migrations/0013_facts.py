"""A fact of leasing is billed once, by a line that is what the fact is; kept by the database itself."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER billing_awardtax_append_only BEFORE UPDATE OR DELETE ON billing_awardtax
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE TRIGGER billing_invoicelinefact_of_draft BEFORE INSERT OR UPDATE OR DELETE ON billing_invoicelinefact
    FOR EACH ROW EXECUTE FUNCTION billing_usage_of_draft();

CREATE FUNCTION billing_fact_of_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_invoiceline line JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.id = NEW.line_id AND line.kind = NEW.kind AND line.tax_category = NEW.tax_category
          AND invoice.version = NEW.version
    ) THEN
        RAISE EXCEPTION 'billing_invoicelinefact: kind, tax category and version are those of the line'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_invoicelinefact_of_line BEFORE INSERT OR UPDATE ON billing_invoicelinefact
    FOR EACH ROW EXECUTE FUNCTION billing_fact_of_line();
"""

BACKWARD = """
DROP TRIGGER billing_invoicelinefact_of_line ON billing_invoicelinefact;
DROP FUNCTION billing_fact_of_line();
DROP TRIGGER billing_invoicelinefact_of_draft ON billing_invoicelinefact;
DROP TRIGGER billing_awardtax_append_only ON billing_awardtax;
"""


class Migration(migrations.Migration):
    """Triggers in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [
        ("billing", "0012_notes_hold"),
        ("leasing", "0036_expired_registrations"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="recorded",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="AwardTax",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=80)),
                ("is_taxed", models.BooleanField()),
                ("reason", models.TextField(max_length=1000)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="award_taxes",
                        to="leasing.lease",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="billing_awardtax_with_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLineFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("source", models.CharField(max_length=80)),
                ("tax_category", models.CharField(max_length=20)),
                ("version", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("subject", models.CharField(blank=True, max_length=30)),
                ("text", models.CharField(blank=True, max_length=300)),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fact",
                        to="billing.invoiceline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "source", "tax_category", "version"),
                        name="billing_invoicelinefact_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", ""), _negated=True), models.Q(("source", ""), _negated=True)
                        ),
                        name="billing_invoicelinefact_named",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
