"""Credit limits, contracts, signatures and general terms; all stay as they were made."""

import datetime
import functools

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
TABLES = ("leasing_creditlimit", "leasing_contract", "leasing_signature", "leasing_termstemplate")

# A contract is concluded when both sides are bound, whoever writes it down.
BOTH_SIGNED = """
CREATE FUNCTION leasing_both_have_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM leasing_signature s JOIN leasing_contract c ON c.id = s.contract_id
            WHERE c.lease_id = NEW.lease_id) < 2 THEN
        RAISE EXCEPTION 'the contract of lease % has not been signed by both sides', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_transition_both_signed BEFORE INSERT ON leasing_transition FOR EACH ROW
    WHEN (NEW.move = 'contract') EXECUTE FUNCTION leasing_both_have_signed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0015_slots"),
        ("marketplace", "0016_contracts_are_told"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ctr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[("ACCEPTANCES", "Offer and acceptance"), ("WRITTEN", "Written form")],
                        max_length=12,
                    ),
                ),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contract",
                        to="leasing.lease",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TermsTemplate",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("tpl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("TERMS", "General terms of lease"),
                            ("COUNT_RULE", "Rules of counting"),
                            ("DATA_TERMS", "Terms on data"),
                        ],
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                ("text_zh", models.TextField(max_length=50000)),
                ("text_en", models.TextField(max_length=50000)),
                ("digest", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField()),
                ("effective_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
            ],
            options={
                "ordering": ["kind", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "version"), name="leasing_termstemplate_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "effective_at__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("published_at"), "+", models.Value(datetime.timedelta(days=7))
                                ),
                            )
                        ),
                        name="leasing_termstemplate_with_notice",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditLimit",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("crl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(default="CNY", max_length=3)),
                ("longest_months", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(max_length=2000)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "lessee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_limits",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "lessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_limits_set",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["lessor", "lessee", "-id"], name="leasing_cre_lessor__67e907_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", None), ("amount_minor__gte", 0), _connector="OR"),
                        name="leasing_creditlimit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="leasing_creditlimit_period_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lessor", models.F("lessee")), _negated=True),
                        name="leasing_creditlimit_for_others",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("lessee", "Lessee"), ("lessor", "Lessor")], max_length=6),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("OFFER", "Offer"),
                            ("ACCEPTANCE", "Acceptance by fingerprint"),
                            ("SIGNATURE", "Signature"),
                        ],
                        max_length=12,
                    ),
                ),
                ("organization_name", models.CharField(max_length=120)),
                ("signer", models.CharField(max_length=30)),
                ("signer_name", models.CharField(max_length=80)),
                ("roles", models.JSONField(default=list)),
                (
                    "mandate",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("OFFICE", "By office in the organization"),
                            ("LEGAL_REPRESENTATIVE", "As legal representative"),
                            ("POWER_OF_ATTORNEY", "By power of attorney"),
                        ],
                        max_length=24,
                    ),
                ),
                ("mandate_reference", models.CharField(blank=True, max_length=120)),
                ("offer", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("adapter", models.CharField(max_length=40)),
                ("seal", models.JSONField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="leasing.contract",
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
            ],
            options={
                "ordering": ["contract", "at", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "side"), name="leasing_signature_once")
                ],
            },
        ),
        *(
            migrations.RunSQL(APPEND_ONLY.format(table=table), f"DROP TRIGGER {table}_append_only ON {table}")
            for table in TABLES
        ),
        migrations.RunSQL(BOTH_SIGNED, "DROP FUNCTION leasing_both_have_signed() CASCADE"),
    ]
