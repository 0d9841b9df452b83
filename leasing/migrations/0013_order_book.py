"""The order book: what a lessee has to make until when, and how its machines are worked."""

import functools
from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0012_deposits"),
        ("marketplace", "0008_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shift",
                    models.CharField(
                        choices=[
                            ("ONE", "One shift: 5 days of 8 hours"),
                            ("TWO", "Two shifts: 5 days of 16 hours"),
                            ("THREE", "Three shifts: 5 days of 24 hours"),
                            ("CONTINUOUS", "Round the clock: 7 days of 24 hours"),
                        ],
                        default="TWO",
                        max_length=10,
                    ),
                ),
                (
                    "availability",
                    models.DecimalField(decimal_places=4, default=Decimal("0.85"), max_digits=5),
                ),
                ("weeks", models.PositiveSmallIntegerField(default=12)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_book",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("availability__gt", 0), ("availability__lte", 1)),
                        name="leasing_orderbook_availability",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weeks__gte", 1), ("weeks__lte", 52)),
                        name="leasing_orderbook_weeks",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductionOrder",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("pro",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("reference", models.CharField(max_length=40)),
                ("part", models.CharField(max_length=120)),
                ("material", models.CharField(blank=True, max_length=200)),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("due_before", models.DateField()),
                ("cycle_seconds", models.DecimalField(decimal_places=3, max_digits=12)),
                ("setup_seconds", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                ("earliest_start", models.DateField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "To be made"), ("DONE", "Made"), ("CANCELLED", "Cancelled")],
                        default="OPEN",
                        max_length=9,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.category",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="production_orders",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organization", "state", "due_before"], name="leasing_pro_organiz_24426a_idx"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "reference"), name="leasing_productionorder_reference_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cycle_seconds__gt", 0), ("quantity__gt", 0), ("setup_seconds__gte", 0)
                        ),
                        name="leasing_productionorder_takes_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("earliest_start", None),
                            ("earliest_start__lt", models.F("due_before")),
                            _connector="OR",
                        ),
                        name="leasing_productionorder_starts_before_due",
                    ),
                ],
            },
        ),
    ]
