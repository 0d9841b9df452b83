"""Baselines of indicators, as the platform stated them, for good."""

import functools

from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER billing_indicatorbaseline_append_only BEFORE UPDATE OR DELETE ON billing_indicatorbaseline
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0043_overdue_tellings"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndicatorBaseline",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ibl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("indicator", models.CharField(max_length=20)),
                ("industry", models.CharField(blank=True, max_length=2)),
                ("value", models.DecimalField(decimal_places=1, max_digits=4)),
                ("source", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        fields=["indicator", "industry", "valid_from"], name="billing_ind_indicat_cd5ed3_idx"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("indicator__in", ("penetration",)),
                            ("value__gte", 0),
                            ("value__lte", 100),
                            ("industry__regex", "^([0-9]{2})?$"),
                            models.Q(("source", ""), _negated=True),
                        ),
                        name="billing_indicatorbaseline_figures",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER billing_indicatorbaseline_append_only ON billing_indicatorbaseline"
        ),
    ]
