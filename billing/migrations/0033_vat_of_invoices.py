"""By what the seller of an invoice was taxed; nothing is said of those from before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0032_budgets"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="vat",
            field=models.JSONField(default=dict),
        ),
    ]
