"""The lines of a party are found by an index: an owner's income is read with every page of the day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0044_indicators"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="journalline",
            index=models.Index(
                condition=models.Q(("party__isnull", False)),
                fields=["party", "account", "effective_date"],
                name="billing_line_party",
            ),
        ),
    ]
