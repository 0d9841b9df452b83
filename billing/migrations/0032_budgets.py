"""Budgets, and what of them came about, which stays as it was written down."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE TRIGGER billing_budgetcrossing_append_only BEFORE UPDATE OR DELETE ON billing_budgetcrossing
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0031_dunning"),
        ("leasing", "0040_referrals"),
        ("marketplace", "0023_saved_filters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("bud",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("lessee", "We lease"), ("lessor", "We let")], max_length=8),
                ),
                ("currency", models.CharField(default="CNY", max_length=3)),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                (
                    "percents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), size=None
                    ),
                ),
                ("quantities", models.JSONField(blank=True, default=dict)),
                ("at_cap", models.BooleanField(default=False)),
                ("idle_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("span_start", models.DateTimeField(blank=True, null=True)),
                ("span_end", models.DateTimeField(blank=True, null=True)),
                ("net_minor", models.BigIntegerField(blank=True, null=True)),
                ("forecast_minor", models.BigIntegerField(blank=True, null=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lease",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="budgets",
                        to="leasing.lease",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="budgets",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="BudgetCrossing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PERCENT", "Part of the budget"),
                            ("QUANTITY", "Quantity of a meter"),
                            ("CAP", "Cap of the price"),
                            ("IDLE", "No use"),
                        ],
                        max_length=8,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("key", models.CharField(max_length=80)),
                ("percent", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("limit_minor", models.BigIntegerField(blank=True, null=True)),
                ("meter", models.CharField(blank=True, max_length=12)),
                ("limit", models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ("quantity", models.DecimalField(blank=True, decimal_places=6, max_digits=28, null=True)),
                ("days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("span_start", models.DateTimeField()),
                ("span_end", models.DateTimeField()),
                ("net_minor", models.BigIntegerField()),
                ("forecast_minor", models.BigIntegerField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="crossings",
                        to="billing.budget",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("organization", "side", "lease"),
                name="billing_budget_one_a_side",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", None), ("amount_minor__gt", 0), _connector="OR"),
                name="billing_budget_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetcrossing",
            constraint=models.UniqueConstraint(
                fields=("budget", "since", "kind", "key"), name="billing_budgetcrossing_told_once"
            ),
        ),
        migrations.RunSQL(
            FORWARD, "DROP TRIGGER billing_budgetcrossing_append_only ON billing_budgetcrossing"
        ),
    ]
