"""Bindings get a public id, by which REST ends them."""

from functools import partial

from django.db import migrations, models

import marketplace.shared.ids


def name_bindings(apps, schema_editor):
    binding = apps.get_model("devices", "Binding")
    for found in binding.objects.filter(public_id=None).iterator():
        found.public_id = marketplace.shared.ids.new_id("bnd")
        found.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    dependencies = [("devices", "0003_one_statement")]

    operations = [
        migrations.AddField(
            model_name="binding",
            name="public_id",
            field=models.CharField(max_length=30, null=True, editable=False),
        ),
        migrations.RunPython(name_bindings, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="binding",
            name="public_id",
            field=models.CharField(
                default=partial(marketplace.shared.ids.new_id, "bnd"),
                editable=False,
                max_length=30,
                unique=True,
            ),
        ),
    ]
