"""A listing may carry data terms of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0004_data_grants"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="data_terms",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
