"""Which leases could not be billed; when their facts were last looked at; lines are looked at together."""

import django.db.models.deletion
from django.db import migrations, models

# Rows of one statement are looked at together: a month of a lease has some hundred rows of lineage, and a look at
# each costs more than all else of an invoice. UPDATE and DELETE are looked at row by row, as before.
TOGETHER = """
CREATE FUNCTION billing_lines_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM billing_invoice WHERE id IN (SELECT invoice_id FROM added) AND status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the lines of an issued invoice never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER billing_invoiceline_of_draft ON billing_invoiceline;
CREATE TRIGGER billing_invoiceline_of_draft BEFORE UPDATE OR DELETE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_line_of_draft();
CREATE TRIGGER billing_invoiceline_of_drafts AFTER INSERT ON billing_invoiceline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_of_drafts();

CREATE FUNCTION billing_usage_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT line_id FROM added) a
        JOIN billing_invoiceline line ON line.id = a.line_id
        JOIN billing_invoice invoice ON invoice.id = line.invoice_id
        WHERE invoice.status = 'ISSUED'
    ) THEN
        RAISE EXCEPTION 'the usage of an issued invoice never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER billing_invoicelineusage_of_draft ON billing_invoicelineusage;
CREATE TRIGGER billing_invoicelineusage_of_draft BEFORE UPDATE OR DELETE ON billing_invoicelineusage
    FOR EACH ROW EXECUTE FUNCTION billing_usage_of_draft();
CREATE TRIGGER billing_invoicelineusage_of_drafts AFTER INSERT ON billing_invoicelineusage
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_usage_of_drafts();
"""
TOGETHER_BACK = """
DROP TRIGGER billing_invoicelineusage_of_drafts ON billing_invoicelineusage;
DROP TRIGGER billing_invoicelineusage_of_draft ON billing_invoicelineusage;
DROP FUNCTION billing_usage_of_drafts();
CREATE TRIGGER billing_invoicelineusage_of_draft BEFORE INSERT OR UPDATE OR DELETE ON billing_invoicelineusage
    FOR EACH ROW EXECUTE FUNCTION billing_usage_of_draft();
DROP TRIGGER billing_invoiceline_of_drafts ON billing_invoiceline;
DROP TRIGGER billing_invoiceline_of_draft ON billing_invoiceline;
DROP FUNCTION billing_lines_of_drafts();
CREATE TRIGGER billing_invoiceline_of_draft BEFORE INSERT OR UPDATE OR DELETE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_line_of_draft();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0015_tax_invoices"),
        ("leasing", "0038_closed_tickets_and_unready_machines"),
    ]

    operations = [
        migrations.CreateModel(
            name="FactsLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("looked_at", models.DateTimeField()),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facts_look",
                        to="leasing.lease",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BillingFailure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("text", models.TextField()),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("times", models.PositiveIntegerField(default=1)),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="billing_failure",
                        to="leasing.lease",
                    ),
                ),
            ],
            options={
                "ordering": ["-last_at", "lease"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_at__gte", models.F("first_at"))),
                        name="billing_billingfailure_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("code", ""), _negated=True), ("times__gte", 1)),
                        name="billing_billingfailure_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TOGETHER, TOGETHER_BACK),
    ]
