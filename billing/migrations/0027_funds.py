"""Risk funds: rules, owners that take part, contributions, claims, and payments of two people."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0026_provisional_guards"),
        ("marketplace", "0023_saved_filters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fund",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("fnd",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "book",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fund", to="billing.book"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="FundRules",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("frl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("valid_from", models.DateField()),
                ("basis", models.CharField(max_length=200)),
                ("levy_per_mille", models.DecimalField(decimal_places=4, max_digits=9)),
                ("match_percent", models.DecimalField(decimal_places=4, max_digits=9)),
                ("cover_percent", models.DecimalField(decimal_places=4, max_digits=9)),
                ("lessee_cap_minor", models.BigIntegerField(blank=True, null=True)),
                ("owner_cap_minor", models.BigIntegerField(blank=True, null=True)),
                ("year_cap_minor", models.BigIntegerField(blank=True, null=True)),
                ("waiting_days", models.PositiveSmallIntegerField()),
                (
                    "steps",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("REMINDER", "Reminder"),
                                ("FORMAL_NOTICE", "Formal notice"),
                                ("DEPOSIT_APPLIED", "Deposit applied"),
                                ("MEDIATION", "Mediation"),
                                ("COURT", "Court or arbitration"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("floor_minor", models.BigIntegerField(default=0)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rules", to="billing.fund"
                    ),
                ),
            ],
            options={
                "ordering": ["fund", "number"],
            },
        ),
        migrations.CreateModel(
            name="FundContribution",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("fco",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("net_minor", models.BigIntegerField()),
                ("owner_minor", models.BigIntegerField()),
                ("platform_minor", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="billing.fund",
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fund_contribution",
                        to="billing.invoice",
                    ),
                ),
                (
                    "journal",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.journal",
                    ),
                ),
                (
                    "rules",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.fundrules"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FundClaim",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("fcl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("collection", models.JSONField(default=list)),
                ("deposit_minor", models.BigIntegerField(default=0)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("claimed_by", models.CharField(max_length=30)),
                ("claimed_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("CLAIMED", "Claim made"),
                            ("REVIEWED", "Reviewed, waits for a second person"),
                            ("APPROVED", "Approved"),
                            ("PAID", "Paid by the fund"),
                            ("SETTLED", "Paid to the owner"),
                            ("REJECTED", "Rejected"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="CLAIMED",
                        max_length=9,
                    ),
                ),
                ("waterfall", models.JSONField(default=list)),
                ("loss_minor", models.BigIntegerField(default=0)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("reviewed_by", models.CharField(blank=True, max_length=30)),
                ("approved_by", models.CharField(blank=True, max_length=30)),
                ("approved_on", models.DateField(blank=True, null=True)),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="billing.fund"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fund_claims",
                        to="billing.invoice",
                    ),
                ),
                (
                    "lessee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fund_claims",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "rules",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.fundrules"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FundTransfer",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ftr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CONTRIBUTION", "Contributions paid over to the fund"),
                            ("CLAIM_PAID", "The fund paid a claim"),
                            ("OWNER_PAID", "The claim was passed on to the owner"),
                            ("RECOVERY", "The lessee paid later"),
                            ("OWNER_SHARE", "The owner's share of it was passed on"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("fund_minor", models.BigIntegerField(default=0)),
                ("moved_on", models.DateField()),
                ("reference", models.CharField(max_length=60)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Waits for a second person to confirm"),
                            ("CONFIRMED", "Confirmed"),
                            ("DROPPED", "Not confirmed"),
                        ],
                        default="PROPOSED",
                        max_length=9,
                    ),
                ),
                ("maker", models.CharField(max_length=30)),
                ("maker_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("checker", models.CharField(blank=True, max_length=30)),
                ("checker_name", models.CharField(blank=True, max_length=80)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "claim",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="billing.fundclaim",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="billing.fund",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FundClaimStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("actor", models.CharField(max_length=30)),
                ("actor_name", models.CharField(max_length=80)),
                ("organization", models.CharField(blank=True, max_length=30)),
                ("organization_name", models.CharField(blank=True, max_length=120)),
                ("roles", models.JSONField(default=list)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("channel", models.CharField(blank=True, max_length=8)),
                ("reason_code", models.CharField(blank=True, max_length=40)),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("evidence", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("claim", "claimed"),
                            ("withdraw", "withdrew the claim"),
                            ("review", "reviewed the claim"),
                            ("approve", "approved the claim"),
                            ("reject", "rejected the claim"),
                            ("pay", "confirmed that the fund paid"),
                            ("settle", "confirmed that the owner was paid"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status_before", models.CharField(blank=True, max_length=9)),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("CLAIMED", "Claim made"),
                            ("REVIEWED", "Reviewed, waits for a second person"),
                            ("APPROVED", "Approved"),
                            ("PAID", "Paid by the fund"),
                            ("SETTLED", "Paid to the owner"),
                            ("REJECTED", "Rejected"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="billing.fundclaim",
                    ),
                ),
            ],
            options={
                "ordering": ["claim", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("claim", "position"), name="billing_fundclaimstep_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FundMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                ("joined_by_name", models.CharField(max_length=80)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="billing.fund",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fund_memberships",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at", None)),
                        fields=("owner",),
                        name="billing_fundmembership_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_at", None), ("left_at__gte", models.F("joined_at")), _connector="OR"
                        ),
                        name="billing_fundmembership_in_order",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="fundrules",
            constraint=models.UniqueConstraint(fields=("fund", "number"), name="billing_fundrules_once"),
        ),
        migrations.AddConstraint(
            model_name="fundrules",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cover_percent__gte", 0),
                    ("cover_percent__lte", 100),
                    ("floor_minor__gte", 0),
                    ("levy_per_mille__gte", 0),
                    ("match_percent__gte", 0),
                ),
                name="billing_fundrules_rates",
            ),
        ),
        migrations.AddIndex(
            model_name="fundclaim",
            index=models.Index(fields=["fund", "status", "-id"], name="billing_fun_fund_id_1a8f8a_idx"),
        ),
        migrations.AddIndex(
            model_name="fundclaim",
            index=models.Index(fields=["owner", "status", "-id"], name="billing_fun_owner_i_19e337_idx"),
        ),
        migrations.AddConstraint(
            model_name="fundclaim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("REJECTED", "WITHDRAWN")), _negated=True),
                fields=("invoice",),
                name="billing_fundclaim_one_lives",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gte", 0),
                    ("deposit_minor__gte", 0),
                    ("loss_minor__gte", models.F("amount_minor")),
                ),
                name="billing_fundclaim_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by", ""), ("approved_on", None)),
                    models.Q(
                        ("amount_minor__gt", 0),
                        ("approved_on__isnull", False),
                        models.Q(("reviewed_by", ""), _negated=True),
                        models.Q(("approved_by", models.F("reviewed_by")), _negated=True),
                        models.Q(("approved_by", models.F("claimed_by")), _negated=True),
                        models.Q(("reviewed_by", models.F("claimed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_fundclaim_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundtransfer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stage", "DROPPED"), _negated=True),
                fields=("fund", "kind", "reference"),
                name="billing_fundtransfer_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundtransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0),
                    ("fund_minor__gte", 0),
                    ("fund_minor__lte", models.F("amount_minor")),
                ),
                name="billing_fundtransfer_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundtransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "CONTRIBUTION"), ("claim__isnull", False), _connector="XOR"),
                name="billing_fundtransfer_of_a_claim",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundtransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage", "CONFIRMED"), _negated=True),
                    models.Q(
                        models.Q(("checker", ""), _negated=True),
                        models.Q(("checker", models.F("maker")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_fundtransfer_two_people",
            ),
        ),
    ]
