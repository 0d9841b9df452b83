"""Runs of the standing checks, their results and findings; nothing of them is ever rewritten."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE TRIGGER billing_checkrun_append_only BEFORE UPDATE OR DELETE ON billing_checkrun
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_checkresult_append_only BEFORE UPDATE OR DELETE ON billing_checkresult
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_checkfinding_solved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same billing_checkfinding := NEW;
BEGIN
    same.solved_at := OLD.solved_at;
    same.solved_in_id := OLD.solved_in_id;
    IF OLD.solved_at IS NOT NULL OR same IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'billing_checkfinding: a finding is solved once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_checkfinding_solved BEFORE UPDATE ON billing_checkfinding
    FOR EACH ROW EXECUTE FUNCTION billing_checkfinding_solved();
CREATE TRIGGER billing_checkfinding_stays BEFORE DELETE ON billing_checkfinding
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
BACKWARD = """
DROP TRIGGER billing_checkfinding_stays ON billing_checkfinding;
DROP TRIGGER billing_checkfinding_solved ON billing_checkfinding;
DROP FUNCTION billing_checkfinding_solved();
DROP TRIGGER billing_checkresult_append_only ON billing_checkresult;
DROP TRIGGER billing_checkrun_append_only ON billing_checkrun;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0019_red_letters"),
        ("leasing", "0038_closed_tickets_and_unready_machines"),
        ("marketplace", "0022_batch_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckRun",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("chk",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=30)),
                ("actor_name", models.CharField(max_length=80)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CheckResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=24)),
                ("count", models.PositiveIntegerField()),
                ("failure", models.CharField(blank=True, max_length=300)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="billing.checkrun",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["code", "-id"], name="billing_che_code_888be0_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "code"), name="billing_checkresult_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckFinding",
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
                ("code", models.CharField(max_length=24)),
                ("subject", models.CharField(blank=True, max_length=120)),
                ("expected", models.DecimalField(decimal_places=18, max_digits=40)),
                ("found", models.DecimalField(decimal_places=18, max_digits=40)),
                ("unit", models.CharField(blank=True, max_length=12)),
                ("facts", models.JSONField(default=dict)),
                ("failure", models.CharField(blank=True, max_length=300)),
                ("since", models.DateTimeField()),
                ("solved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="leasing.lease",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="billing.checkrun",
                    ),
                ),
                (
                    "solved_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="solved",
                        to="billing.checkrun",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["seller", "-id"], name="billing_che_seller__5ffbb0_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("solved_at", None)),
                        fields=("code", "subject"),
                        name="billing_checkfinding_stands_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("solved_at", None), ("solved_in", None)),
                            models.Q(
                                ("solved_at__gte", models.F("since")),
                                ("solved_at__isnull", False),
                                ("solved_in__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="billing_checkfinding_solved_in_a_run",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subject", ""), ("failure", ""), _connector="XOR"),
                        name="billing_checkfinding_named_or_failed",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
