"""Accepted plans, append-only."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER leasing_planacceptance_append_only BEFORE UPDATE OR DELETE ON leasing_planacceptance
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER leasing_planacceptedlease_append_only BEFORE UPDATE OR DELETE ON leasing_planacceptedlease
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER leasing_planacceptance_append_only ON leasing_planacceptance;
DROP TRIGGER leasing_planacceptedlease_append_only ON leasing_planacceptedlease;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0013_order_book"),
        ("marketplace", "0008_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanAcceptance",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("pac",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("turn", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("inputs", models.JSONField()),
                ("proposals", models.JSONField()),
                ("accepted_by", models.CharField(max_length=30)),
                ("accepted_by_name", models.CharField(max_length=80)),
                ("accepted_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_acceptances",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanAcceptedLease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("proposal", models.CharField(max_length=120)),
                (
                    "acceptance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="leasing.planacceptance",
                    ),
                ),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned_by",
                        to="leasing.lease",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="planacceptance",
            constraint=models.UniqueConstraint(
                fields=("organization", "digest"), name="leasing_planacceptance_digest_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="planacceptance",
            constraint=models.UniqueConstraint(
                fields=("organization", "turn"), name="leasing_planacceptance_turn_once"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
