"""The claims of a machine in the order of their times, however many others have."""

from django.db import migrations, models

import marketplace.models.claims


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0009_movable_claims"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                models.F("equipment"),
                marketplace.models.claims.Ends(),
                marketplace.models.claims.Begins(),
                condition=models.Q(("active", True)),
                name="marketplace_claim_times",
            ),
        ),
    ]
