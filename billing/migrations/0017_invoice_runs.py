"""Invoice runs, what stands in them, and who wants to look before anything is billed."""

import functools

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0016_looks"),
        ("leasing", "0038_closed_tickets_and_unready_machines"),
        ("marketplace", "0022_batch_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceRun",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("run",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("cut_off", models.DateTimeField()),
                ("only", models.JSONField(blank=True, default=list)),
                ("jump_percent", models.PositiveSmallIntegerField(default=50)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PREVIEWING", "Preview is being made"),
                            ("PREVIEWED", "To be approved"),
                            ("APPROVED", "Approved"),
                            ("RUNNING", "Being issued"),
                            ("FINISHED", "Finished"),
                            ("WITH_FAILURES", "Finished, some not billed"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="PREVIEWING",
                        max_length=13,
                    ),
                ),
                ("cursor", models.BigIntegerField(default=0)),
                ("looked", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("made_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("approved_alone", models.BooleanField(default=False)),
                ("approved_digest", models.CharField(blank=True, max_length=64)),
                ("stepped_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_runs",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RunItem",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("rit",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("READY", "To be billed"),
                            ("UNRATEABLE", "Cannot be computed"),
                            ("LEFT_OUT", "Left out"),
                            ("BLOCKED", "Waits for an earlier period"),
                            ("BILLED", "Billed"),
                            ("ALREADY", "Was billed already"),
                            ("CHANGED", "Changed since the preview"),
                            ("FAILED", "Failed"),
                        ],
                        default="READY",
                        max_length=10,
                    ),
                ),
                ("flags", models.JSONField(blank=True, default=list)),
                ("problem_code", models.CharField(blank=True, max_length=60)),
                ("problem_text", models.TextField(blank=True)),
                ("problem_facts", models.JSONField(blank=True, default=dict)),
                ("problem_pointer", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_items",
                        to="leasing.lease",
                    ),
                ),
                (
                    "left_out_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing.invoicerun",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="RunPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("gross_minor", models.BigIntegerField()),
                ("last_gross_minor", models.BigIntegerField(blank=True, null=True)),
                ("digest", models.CharField(max_length=64)),
                ("flags", models.JSONField(blank=True, default=list)),
                ("changes", models.JSONField(blank=True, default=list)),
                (
                    "invoice",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_part",
                        to="billing.invoice",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="billing.runitem",
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
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="BillingMode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("AUTOMATIC", "By itself, as soon as it is due"),
                            ("REVIEWED", "By an approved invoice run alone"),
                        ],
                        max_length=9,
                    ),
                ),
                ("set_at", models.DateTimeField()),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billing_mode",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mode__in", ["AUTOMATIC", "REVIEWED"])),
                        name="billing_billingmode_known",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="invoicerun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["APPROVED", "PREVIEWED", "PREVIEWING", "RUNNING"])),
                fields=("organization",),
                name="billing_invoicerun_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicerun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None),
                    ("approved_alone", True),
                    models.Q(("approver", models.F("maker")), _negated=True),
                    _connector="OR",
                ),
                name="billing_invoicerun_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicerun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approved_at", None), ("approver", None), ("state__in", ["PREVIEWING", "PREVIEWED"])
                    ),
                    ("state", "CANCELLED"),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_digest", models.F("digest")),
                        ("approver__isnull", False),
                        ("state__in", ["APPROVED", "RUNNING", "FINISHED", "WITH_FAILURES"]),
                        models.Q(("digest", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_invoicerun_approved_as_seen",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicerun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at", None), ("state__in", ["APPROVED", "PREVIEWED", "PREVIEWING", "RUNNING"])
                    ),
                    models.Q(
                        models.Q(
                            ("state__in", ["APPROVED", "PREVIEWED", "PREVIEWING", "RUNNING"]), _negated=True
                        ),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="billing_invoicerun_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicerun",
            constraint=models.CheckConstraint(
                condition=models.Q(("looked__lte", models.F("total"))),
                name="billing_invoicerun_looked_at_no_more_than_all",
            ),
        ),
        migrations.AddIndex(
            model_name="runitem",
            index=models.Index(fields=["run", "state", "lease"], name="billing_run_run_id_38f986_idx"),
        ),
        migrations.AddConstraint(
            model_name="runitem",
            constraint=models.UniqueConstraint(
                fields=("run", "lease", "period_start"), name="billing_runitem_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="runitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_end__gt", models.F("period_start"))),
                name="billing_runitem_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="runitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("left_out_by__isnull", False),
                        ("state", "LEFT_OUT"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "LEFT_OUT"), _negated=True), ("left_out_by", None), ("reason", "")
                    ),
                    _connector="OR",
                ),
                name="billing_runitem_left_out_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="runitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["BLOCKED", "CHANGED", "FAILED", "UNRATEABLE"]),
                    ("problem_code", ""),
                    _connector="XOR",
                ),
                name="billing_runitem_says_what_stops_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="runpart",
            constraint=models.UniqueConstraint(fields=("item", "seller"), name="billing_runpart_once"),
        ),
        migrations.AddConstraint(
            model_name="runpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "gross_minor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("net_minor"), "+", models.F("tax_minor")
                        ),
                    )
                ),
                name="billing_runpart_gross",
            ),
        ),
    ]
