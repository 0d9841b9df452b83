"""What is told is a rule of ours (``marketplace.rules.notifications``): a new kind changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0017_kinds_of_leasing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(max_length=30),
        ),
    ]
