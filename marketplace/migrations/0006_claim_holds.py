"""A claim may be a hold: it keeps its machine until a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0005_listing_data_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="held_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
