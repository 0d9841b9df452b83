"""Warnings about the health of machines; none of them is ever rewritten."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

CREATE = """
CREATE TRIGGER leasing_healthwarning_append_only BEFORE UPDATE OR DELETE ON leasing_healthwarning
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
DROP = "DROP TRIGGER leasing_healthwarning_append_only ON leasing_healthwarning;"


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0013_erasures"),
        ("leasing", "0028_maintenance"),
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.CreateModel(
            name="HealthWarning",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("hwn",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("ALARM_RATE", "More alarms than before")],
                        default="ALARM_RATE",
                        max_length=12,
                    ),
                ),
                ("day", models.DateField()),
                ("alarms", models.PositiveIntegerField()),
                ("seconds", models.PositiveIntegerField()),
                ("alarms_before", models.PositiveIntegerField()),
                ("seconds_before", models.PositiveIntegerField()),
                ("event", models.CharField(max_length=30)),
                ("found_at", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.device"
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="health_warnings",
                        to="marketplace.equipment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["equipment", "-day"], name="leasing_hea_equipme_231a7f_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("device", "kind", "day"), name="leasing_healthwarning_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("alarms__gt", 0), ("seconds__gt", 0), ("seconds_before__gt", 0)),
                        name="leasing_healthwarning_ran",
                    ),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
