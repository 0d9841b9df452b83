"""Machines that were not given back in time, and what that puts at risk."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0018_returns_and_settlements"),
        ("marketplace", "0018_kinds_are_a_rule"),
    ]

    operations = [
        migrations.CreateModel(
            name="AtRisk",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("atr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("LATE", "The machine is not back yet"),
                            ("GONE", "The machine is not there any more"),
                        ],
                        max_length=4,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.claim"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="risks",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at", None)),
                        fields=("claim",),
                        name="leasing_atrisk_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resolved_at", None), ("resolved_at__gte", models.F("since")), _connector="OR"
                        ),
                        name="leasing_atrisk_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Overdue",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ovd",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField()),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overdue",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("unit",), name="leasing_overdue_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reminded_at__gte", models.F("since")),
                            models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        ),
                        name="leasing_overdue_in_order",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="leaseunit",
            index=models.Index(
                condition=models.Q(("state", "STOPPED")),
                fields=["active_to"],
                name="leasing_leaseunit_standing",
            ),
        ),
    ]
