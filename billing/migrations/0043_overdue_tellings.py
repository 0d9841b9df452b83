"""Which invoices were told of as overdue, for good."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER billing_overduetelling_append_only BEFORE UPDATE OR DELETE ON billing_overduetelling
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0042_subsidy_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name="OverdueTelling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overdue_telling",
                        to="billing.invoice",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER billing_overduetelling_append_only ON billing_overduetelling"
        ),
    ]
