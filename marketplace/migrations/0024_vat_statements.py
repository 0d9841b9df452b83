"""How organizations are taxed, each statement for good."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER marketplace_vatstatement_append_only BEFORE UPDATE OR DELETE ON marketplace_vatstatement
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0023_saved_filters"),
    ]

    operations = [
        migrations.CreateModel(
            name="VatStatement",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("vat",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("GENERAL", "general taxpayer"), ("SMALL_SCALE", "small-scale taxpayer")],
                        max_length=11,
                    ),
                ),
                (
                    "rounding",
                    models.CharField(
                        choices=[("LINE", "at each line"), ("GROUP", "once for each category and rate")],
                        max_length=5,
                    ),
                ),
                ("valid_from", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                (
                    "made_for",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vat_statements",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organization", "-valid_from"], name="marketplace_organiz_92b5cd_idx"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        name="marketplace_vatstatement_has_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rounding__in", ["LINE", "GROUP"]), ("status__in", ["GENERAL", "SMALL_SCALE"])
                        ),
                        name="marketplace_vatstatement_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER marketplace_vatstatement_append_only ON marketplace_vatstatement",
        ),
    ]
