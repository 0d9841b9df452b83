"""Service orders: one a service or period, a history that stays as it is, and nothing changed afterwards."""

import functools

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import leasing.rules.service_orders
import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER leasing_serviceorderstep_append_only BEFORE UPDATE OR DELETE ON leasing_serviceorderstep
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
NOT_APPEND_ONLY = "DROP TRIGGER leasing_serviceorderstep_append_only ON leasing_serviceorderstep"

FROZEN = """
CREATE FUNCTION leasing_serviceorder_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was ordered or settled with service order % does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_serviceorder_frozen BEFORE UPDATE ON leasing_serviceorder FOR EACH ROW
    WHEN ((NEW.public_id, NEW.lease_id, NEW.provider_id, NEW.service_id, NEW.service, NEW.kind, NEW.basis,
            NEW.number, NEW.ordered_at, NEW.by_lessee, NEW.not_before, NEW.month_from, NEW.month_to)
        IS DISTINCT FROM (OLD.public_id, OLD.lease_id, OLD.provider_id, OLD.service_id, OLD.service, OLD.kind,
            OLD.basis, OLD.number, OLD.ordered_at, OLD.by_lessee, OLD.not_before, OLD.month_from, OLD.month_to))
    EXECUTE FUNCTION leasing_serviceorder_is_frozen();
CREATE TRIGGER leasing_serviceorder_settled BEFORE UPDATE ON leasing_serviceorder FOR EACH ROW
    WHEN (OLD.status IN ('ACCEPTED', 'CANCELLED'))
    EXECUTE FUNCTION leasing_serviceorder_is_frozen();
CREATE TRIGGER leasing_serviceorder_kept BEFORE DELETE ON leasing_serviceorder FOR EACH ROW
    EXECUTE FUNCTION leasing_serviceorder_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0020_calendar_feeds"),
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceOrder",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("svo",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("service_id", models.CharField(max_length=30)),
                ("service", models.JSONField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MAINTENANCE", "Maintenance"),
                            ("TRAINING", "Training"),
                            ("INSTALLATION", "Installation"),
                            ("OPERATOR", "Operator"),
                            ("ENERGY_MANAGEMENT", "Energy management"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("ORDER", "per order"),
                            ("HOUR", "per hour"),
                            ("MONTH", "per billing period"),
                        ],
                        max_length=5,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PLANNED", "Planned work"),
                            ("AGREED", "Day agreed"),
                            ("IN_WORK", "In work"),
                            ("DONE", "Done, to accept"),
                            ("ACCEPTED", "Work accepted"),
                            ("OBJECTED", "Objected to"),
                            ("CANCELLED", "Dropped"),
                        ],
                        default="PLANNED",
                        max_length=10,
                    ),
                ),
                ("ordered_at", models.DateTimeField()),
                ("by_lessee", models.BooleanField(default=False)),
                ("not_before", models.DateTimeField()),
                ("month_from", models.DateTimeField(blank=True, null=True)),
                ("month_to", models.DateTimeField(blank=True, null=True)),
                ("proposed_for", models.DateTimeField(blank=True, null=True)),
                (
                    "proposed_by",
                    models.CharField(
                        blank=True, choices=[("provider", "Provider"), ("lessee", "Lessee")], max_length=8
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("contact", models.CharField(blank=True, max_length=200)),
                ("report", models.TextField(blank=True, max_length=2000)),
                ("quantity", models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("accept_by", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_orders",
                        to="leasing.lease",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_orders",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ServiceOrderStep",
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
                            ("open", "ordered the service"),
                            ("propose", "proposed a day"),
                            ("agree", "agreed to the day"),
                            ("start", "began the work"),
                            ("finish", "reported the work as done"),
                            ("accept", "accepted the work"),
                            ("object", "objected to the work"),
                            ("cancel", "dropped the order"),
                        ],
                        max_length=12,
                    ),
                ),
                ("status_before", models.CharField(blank=True, max_length=10)),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("PLANNED", "Planned work"),
                            ("AGREED", "Day agreed"),
                            ("IN_WORK", "In work"),
                            ("DONE", "Done, to accept"),
                            ("ACCEPTED", "Work accepted"),
                            ("OBJECTED", "Objected to"),
                            ("CANCELLED", "Dropped"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="leasing.serviceorder",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="serviceorder",
            index=models.Index(fields=["provider", "status", "-id"], name="leasing_ser_provide_327f3e_idx"),
        ),
        migrations.AddIndex(
            model_name="serviceorder",
            index=models.Index(fields=["status", "accept_by"], name="leasing_ser_status_e4dd50_idx"),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.UniqueConstraint(
                fields=("lease", "service_id", "number"), name="leasing_serviceorder_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("month_from__isnull", False)),
                fields=("lease", "service_id", "month_from"),
                name="leasing_serviceorder_one_a_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("month_from", None), ("month_to", None), models.Q(("basis", "MONTH"), _negated=True)
                    ),
                    models.Q(
                        ("basis", "MONTH"),
                        ("month_from__isnull", False),
                        ("month_to__gt", models.F("month_from")),
                        ("month_to__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="leasing_serviceorder_period_of_periodic",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("proposed_for", None), models.Q(("proposed_by", ""), _negated=True), _connector="XOR"
                ),
                name="leasing_serviceorder_proposed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "AGREED"), _negated=True),
                    ("starts_at__isnull", False),
                    _connector="OR",
                ),
                name="leasing_serviceorder_agreed_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "status__in",
                            [
                                leasing.rules.service_orders.Status["ACCEPTED"],
                                leasing.rules.service_orders.Status["DONE"],
                                leasing.rules.service_orders.Status["OBJECTED"],
                            ],
                        ),
                        _negated=True,
                    ),
                    models.Q(
                        ("done_at__isnull", False),
                        ("quantity__gt", 0),
                        ("quantity__isnull", False),
                        models.Q(("report", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="leasing_serviceorder_reported",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("accept_by", None), ("status", "DONE"), _connector="XOR"),
                name="leasing_serviceorder_answered_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted_at", None), ("status", "ACCEPTED"), _connector="XOR"),
                name="leasing_serviceorder_accepted_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceorderstep",
            constraint=models.UniqueConstraint(
                fields=("order", "position"), name="leasing_serviceorderstep_once"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_serviceorder_is_frozen() CASCADE"),
    ]
