"""Published offers by their age: those that wait for a check for longest are found without reading the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0046_dictionary_versions")]

    operations = [
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                condition=models.Q(("chain", None), ("status", "PUBLISHED")),
                fields=["published_at", "id"],
                name="marketplace_listing_by_age",
            ),
        ),
    ]
