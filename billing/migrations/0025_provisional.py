"""Bills before they are issued: what was told of them, and objections; the last bill of a lease."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0024_tapes"),
        ("leasing", "0040_referrals"),
        ("marketplace", "0023_saved_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="is_final",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="BillObjection",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("bob",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                ("component", models.CharField(blank=True, max_length=40)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("USAGE", "The quantity is wrong"),
                            ("PRICE", "The price or how it is computed is wrong"),
                            ("DOWNTIME", "The machine could not be used"),
                            ("FACTS", "A fee or credit is wrong or missing"),
                            ("OTHER", "Something else"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("currency", models.CharField(max_length=3)),
                ("net_minor", models.BigIntegerField()),
                ("raised_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("OPEN", "To be answered"),
                            ("AGREED", "Agreed: the bill changes"),
                            ("REJECTED", "Rejected"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("FROZEN", "Issued as a disputed line"),
                            ("LAPSED", "Ended with the issue"),
                        ],
                        default="OPEN",
                        max_length=9,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=500)),
                (
                    "effect",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("REVIEW", "A held quantity that both sides decided"),
                            ("INSPECTION", "An inspection that rejects parts"),
                            ("DOWNTIME", "A standstill that the lessor bears"),
                        ],
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=30)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bill_objections",
                        to="billing.invoice",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bill_objections",
                        to="leasing.lease",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="linedispute",
            name="objection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disputes",
                to="billing.billobjection",
            ),
        ),
        migrations.CreateModel(
            name="BillTelling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                (
                    "how",
                    models.CharField(choices=[("SHOWN", "Shown"), ("NOTIFIED", "Notified")], max_length=8),
                ),
                ("at", models.DateTimeField()),
                ("objections_until", models.DateTimeField()),
                ("currency", models.CharField(max_length=3)),
                ("gross_minor", models.BigIntegerField()),
                ("parts", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bill_tellings",
                        to="leasing.lease",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="billobjection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "OPEN")),
                fields=("lease", "period_start", "seller", "component", "organization"),
                name="billing_billobjection_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="billobjection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("decided_at", None), ("decided_by", None), ("outcome", "OPEN")),
                    models.Q(
                        models.Q(("outcome", "OPEN"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="billing_billobjection_closed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="billobjection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("outcome", "AGREED"),
                        models.Q(("effect", ""), _negated=True),
                        models.Q(("source", ""), _negated=True),
                    ),
                    models.Q(models.Q(("outcome", "AGREED"), _negated=True), ("effect", ""), ("source", "")),
                    _connector="OR",
                ),
                name="billing_billobjection_agreed_by_a_fact",
            ),
        ),
        migrations.AddConstraint(
            model_name="billobjection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invoice__isnull", False), ("outcome", "FROZEN")),
                    models.Q(("outcome", "FROZEN"), _negated=True),
                    _connector="OR",
                ),
                name="billing_billobjection_frozen_on_an_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="billtelling",
            constraint=models.UniqueConstraint(
                fields=("lease", "period_start", "period_end", "organization"),
                name="billing_billtelling_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="billtelling",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_end__gt", models.F("period_start"))),
                name="billing_billtelling_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="billtelling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("at__gte", models.F("period_end")), ("objections_until__gte", models.F("period_end"))
                ),
                name="billing_billtelling_after_the_period",
            ),
        ),
    ]
