"""Reminders of what is overdue: what was sent stays as it was sent."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE TRIGGER billing_dunningpolicy_append_only BEFORE UPDATE OR DELETE ON billing_dunningpolicy
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_dunningletter_append_only BEFORE UPDATE OR DELETE ON billing_dunningletter
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_dunningitem_append_only BEFORE UPDATE OR DELETE ON billing_dunningitem
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_paymentpromise_append_only BEFORE UPDATE OR DELETE ON billing_paymentpromise
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_dunningitem_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_dunningletter l JOIN billing_invoice i ON i.id = NEW.invoice_id
        WHERE l.id = NEW.letter_id AND i.status = 'ISSUED' AND NEW.level <= l.level
            AND (i.seller_id, i.buyer_id, i.currency) = (l.seller_id, l.buyer_id, l.currency)
    ) THEN
        RAISE EXCEPTION 'a letter reminds its buyer of issued invoices of its seller'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_dunningitem_fits BEFORE INSERT ON billing_dunningitem
    FOR EACH ROW EXECUTE FUNCTION billing_dunningitem_fits();

CREATE FUNCTION billing_dunninghold_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_dunninghold := NEW;
BEGIN
    same.ended_at := OLD.ended_at;
    same.ended_by_id := OLD.ended_by_id;
    IF OLD.ended_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_dunninghold: a hold is ended once, and nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_dunninghold_ended BEFORE UPDATE ON billing_dunninghold
    FOR EACH ROW EXECUTE FUNCTION billing_dunninghold_ended();
CREATE TRIGGER billing_dunninghold_stays BEFORE DELETE ON billing_dunninghold
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
BACKWARD = """
DROP TRIGGER billing_dunninghold_stays ON billing_dunninghold;
DROP TRIGGER billing_dunninghold_ended ON billing_dunninghold;
DROP FUNCTION billing_dunninghold_ended();
DROP TRIGGER billing_dunningitem_fits ON billing_dunningitem;
DROP FUNCTION billing_dunningitem_fits();
DROP TRIGGER billing_paymentpromise_append_only ON billing_paymentpromise;
DROP TRIGGER billing_dunningitem_append_only ON billing_dunningitem;
DROP TRIGGER billing_dunningletter_append_only ON billing_dunningletter;
DROP TRIGGER billing_dunningpolicy_append_only ON billing_dunningpolicy;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0030_late_interest"),
        ("marketplace", "0023_saved_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DunningPolicy",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dup",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("is_on", models.BooleanField(default=True)),
                ("levels", models.JSONField()),
                ("smallest_minor", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
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
                        related_name="dunning_policies",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-version"],
            },
        ),
        migrations.CreateModel(
            name="DunningLetter",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dun",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("on", models.DateField()),
                ("level", models.PositiveSmallIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                ("content", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters_got",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters_sent",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="billing.dunningpolicy",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PaymentPromise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("promised_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("made_at", models.DateTimeField()),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to="billing.invoice",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DunningHold",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dho",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("through", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
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
                        related_name="dunning_holds",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("seller", "buyer"),
                        name="billing_dunninghold_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="billing_dunninghold_ended_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DunningItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("asked_minor", models.BigIntegerField()),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dunning_items",
                        to="billing.invoice",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing.dunningletter",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("invoice", "level"), name="billing_dunningitem_once"),
                    models.CheckConstraint(
                        condition=models.Q(("asked_minor__gt", 0), ("level__gt", 0)),
                        name="billing_dunningitem_asks",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="dunningpolicy",
            constraint=models.UniqueConstraint(
                fields=("seller", "version"), name="billing_dunningpolicy_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("smallest_minor__gte", 0)), name="billing_dunningpolicy_smallest"
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningletter",
            constraint=models.UniqueConstraint(
                fields=("seller", "buyer", "currency", "on"), name="billing_dunningletter_one_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__gt", 0), ("total_minor__gt", 0)),
                name="billing_dunningletter_asks",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
