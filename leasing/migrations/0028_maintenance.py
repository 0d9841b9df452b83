"""Rules of maintenance, what is counted by them, and tickets; what is done stays as it was recorded."""

import functools
from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import leasing.rules.maintenance
import marketplace.shared.ids

STAYS = """
CREATE FUNCTION leasing_maintenance_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status IN ('DONE', 'WITHDRAWN') THEN
        RAISE EXCEPTION 'a maintenance that is over stays as it was recorded' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_maintenance_stays BEFORE UPDATE OR DELETE ON leasing_maintenanceticket
    FOR EACH ROW EXECUTE FUNCTION leasing_maintenance_stays();
"""
GOES = """
DROP TRIGGER leasing_maintenance_stays ON leasing_maintenanceticket;
DROP FUNCTION leasing_maintenance_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0013_erasures"),
        ("leasing", "0027_ticket_photos"),
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.CreateModel(
            name="MaintenanceRule",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("mtr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("what", models.CharField(max_length=120)),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("RUN_TIME", "Hours of run time"),
                            ("CYCLES", "Cycles"),
                            ("DAYS", "Days"),
                            ("MONTHS", "Months"),
                        ],
                        max_length=8,
                    ),
                ),
                ("interval", models.DecimalField(decimal_places=2, max_digits=12)),
                ("warn_before", models.DecimalField(decimal_places=2, max_digits=12)),
                ("already", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=12)),
                ("duration_minutes", models.PositiveIntegerField()),
                (
                    "who",
                    models.CharField(
                        choices=[("LESSOR", "The lessor"), ("LESSEE", "The lessee")],
                        default=leasing.rules.maintenance.Who["LESSOR"],
                        max_length=6,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.category",
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maintenance_rules",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maintenance_rules",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MaintenanceMeter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counted_by", models.JSONField()),
                ("fold", models.JSONField(blank=True, null=True)),
                ("total", models.DecimalField(decimal_places=6, default=Decimal("0"), max_digits=18)),
                ("since", models.DateTimeField()),
                ("upto", models.DateTimeField()),
                ("pace_total", models.DecimalField(decimal_places=6, default=Decimal("0"), max_digits=18)),
                ("pace_at", models.DateTimeField()),
                ("next_total", models.DecimalField(decimal_places=6, default=Decimal("0"), max_digits=18)),
                ("next_at", models.DateTimeField()),
                (
                    "binding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.binding"
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meters",
                        to="leasing.maintenancerule",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MaintenanceTicket",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("mtk",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("OPEN", "Has no time yet"),
                            ("PLANNED", "Planned"),
                            ("PROPOSED", "Proposed to both"),
                            ("AGREED", "Agreed by both"),
                            ("DONE", "Done and recorded"),
                            ("WITHDRAWN", "Withdrawn with its rule"),
                        ],
                        max_length=10,
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("opened_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("counter", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("done_by", models.CharField(blank=True, max_length=80)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "claim",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.claim",
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maintenance_tickets",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maintenance_tickets",
                        to="leasing.lease",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="leasing.maintenancerule",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="maintenancerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("equipment", None), ("category", None), _connector="XOR"),
                name="leasing_maintenancerule_machine_or_category",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("already__gte", 0),
                    ("duration_minutes__gte", 1),
                    ("interval__gt", 0),
                    ("warn_before__gte", 0),
                ),
                name="leasing_maintenancerule_interval_above_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancemeter",
            constraint=models.UniqueConstraint(
                fields=("rule", "binding"), name="leasing_maintenancemeter_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancemeter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("next_total__gte", models.F("pace_total")),
                    ("pace_total__gte", 0),
                    ("total__gte", models.F("next_total")),
                ),
                name="leasing_maintenancemeter_never_falls",
            ),
        ),
        migrations.AddIndex(
            model_name="maintenanceticket",
            index=models.Index(fields=["equipment", "status"], name="leasing_mai_equipme_2e55ba_idx"),
        ),
        migrations.AddConstraint(
            model_name="maintenanceticket",
            constraint=models.UniqueConstraint(
                fields=("rule", "equipment", "number"), name="leasing_maintenanceticket_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenanceticket",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            leasing.rules.maintenance.Status["DONE"],
                            leasing.rules.maintenance.Status["WITHDRAWN"],
                        ],
                    ),
                    _negated=True,
                ),
                fields=("rule", "equipment"),
                name="leasing_maintenanceticket_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenanceticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counter", None), ("done_at", None)),
                    ("status", leasing.rules.maintenance.Status["DONE"]),
                    _connector="XOR",
                ),
                name="leasing_maintenanceticket_done_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenanceticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", leasing.rules.maintenance.Status["DONE"]), _negated=True),
                    models.Q(("counter__isnull", False), ("done_at__isnull", False)),
                    _connector="OR",
                ),
                name="leasing_maintenanceticket_counted_when_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenanceticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", leasing.rules.maintenance.Status["PLANNED"]), _negated=True),
                    models.Q(("claim__isnull", False), ("lease", None)),
                    _connector="OR",
                ),
                name="leasing_maintenanceticket_planned_with_claim",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenanceticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "status__in",
                            [
                                leasing.rules.maintenance.Status["PROPOSED"],
                                leasing.rules.maintenance.Status["AGREED"],
                            ],
                        ),
                        _negated=True,
                    ),
                    models.Q(("claim", None), ("lease__isnull", False), ("starts_at__isnull", False)),
                    _connector="OR",
                ),
                name="leasing_maintenanceticket_proposed_in_lease",
            ),
        ),
        migrations.RunSQL(STAYS, GOES),
    ]
