"""An import keeps the versions of the dictionaries in which its author meant the numbers of its rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0050_announcements")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="dictionaries",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
