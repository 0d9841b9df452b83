"""Nobody waits for machines whose use ended before their return could be recorded."""

from typing import Any

from django.db import migrations, models
from django.db.migrations.recorder import MigrationRecorder

RETURNS = "0018_returns_and_settlements"  # from it on a return can be written down


def let_go(apps: Any, schema_editor: Any) -> None:
    """Mark the machines that stood since before returns could be recorded in this database."""
    recorder = MigrationRecorder(schema_editor.connection)
    since = (
        recorder.migration_qs.filter(app="leasing", name=RETURNS).values_list("applied", flat=True).first()
    )
    if since is not None:
        units = apps.get_model("leasing", "LeaseUnit").objects
        units.filter(state="STOPPED", active_to__lt=since).update(awaited=False)


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0034_nothing_after_the_settlement"),
    ]

    operations = [
        migrations.AddField(
            model_name="leaseunit",
            name="awaited",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.RunPython(let_go, migrations.RunPython.noop),
    ]
