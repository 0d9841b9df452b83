"""Money owed for data, data given back before they are erased, and the steps of what is late."""

import functools

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

# What is owed never changes; it ends once, and its steps are noted.
FROZEN = """
CREATE TRIGGER ownership_takencopy_append_only BEFORE UPDATE OR DELETE ON ownership_takencopy
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE FUNCTION ownership_paymentduty_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.paid_at IS NOT NULL OR OLD.waived_at IS NOT NULL
       OR (NEW.public_id, NEW.debtor_id, NEW.creditor_id, NEW.agreement_id, NEW.amount, NEW.currency,
           NEW.source, NEW.subject, NEW.due_at, NEW.incurred_at)
          IS DISTINCT FROM (OLD.public_id, OLD.debtor_id, OLD.creditor_id, OLD.agreement_id, OLD.amount,
           OLD.currency, OLD.source, OLD.subject, OLD.due_at, OLD.incurred_at) THEN
        RAISE EXCEPTION 'ownership_paymentduty: what is owed never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_paymentduty_frozen BEFORE UPDATE OR DELETE ON ownership_paymentduty
    FOR EACH ROW EXECUTE FUNCTION ownership_paymentduty_frozen();
"""
THAWED = """
DROP TRIGGER ownership_takencopy_append_only ON ownership_takencopy;
DROP FUNCTION ownership_paymentduty_frozen() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0013_erasures"),
        ("marketplace", "0008_notifications"),
        ("ownership", "0012_logged_persons"),
    ]

    operations = [
        migrations.AddField(
            model_name="duty",
            name="noted",
            field=models.CharField(blank=True, max_length=9),
        ),
        migrations.AlterField(
            model_name="duty",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ERASE", "Erase"),
                    ("RETAIN", "Keep"),
                    ("INFORM", "Tell the lessee before erasing"),
                    ("RETURN", "Give data back"),
                ],
                max_length=6,
            ),
        ),
        migrations.CreateModel(
            name="PaymentDuty",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("pay",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("source", models.CharField(max_length=20)),
                ("subject", models.CharField(max_length=30)),
                ("due_at", models.DateTimeField()),
                ("incurred_at", models.DateTimeField()),
                ("noted", models.CharField(blank=True, max_length=9)),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                ("reference", models.CharField(blank=True, max_length=140)),
                ("waived_at", models.DateTimeField(blank=True, null=True)),
                ("waived_because", models.CharField(blank=True, max_length=300)),
                (
                    "agreement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="ownership.agreement",
                    ),
                ),
                (
                    "creditor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_payments_due",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "debtor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_payments_owed",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "payment duties",
                "indexes": [
                    models.Index(
                        condition=models.Q(("paid_at", None), ("waived_at", None)),
                        fields=["due_at"],
                        name="ownership_paymentduty_undone",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "subject", "debtor", "creditor"), name="ownership_paymentduty_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="ownership_paymentduty_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("debtor", models.F("creditor")), _negated=True),
                        name="ownership_paymentduty_two_sides",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid_at", None), ("waived_at", None), _connector="OR"),
                        name="ownership_paymentduty_one_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("paid_at", None), ("reference", "")),
                            models.Q(("paid_at__isnull", False), models.Q(("reference", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="ownership_paymentduty_paid_by_reference",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TakenCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("taken_at", models.DateTimeField()),
                ("event", models.CharField(max_length=30)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="ownership.agreement",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.device"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "taken copies",
                "constraints": [
                    models.UniqueConstraint(fields=("event", "agreement"), name="ownership_takencopy_once")
                ],
            },
        ),
        migrations.RunSQL(FROZEN, THAWED),
    ]
