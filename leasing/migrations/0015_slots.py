"""Slot bookings: what is agreed and each step stay as they are."""

import functools

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import leasing.rules.slots
import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER leasing_slotstep_append_only BEFORE UPDATE OR DELETE ON leasing_slotstep
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""

FROZEN = """
CREATE FUNCTION leasing_slotbooking_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what slot booking % says does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_slotbooking_document_frozen BEFORE UPDATE ON leasing_slotbooking FOR EACH ROW
    WHEN ((NEW.document, NEW.digest, NEW.listing_id, NEW.schedule_id, NEW.equipment_id, NEW.claim_id,
            NEW.lessor_id, NEW.lessee_id, NEW.starts_at, NEW.ends_at, NEW.slots, NEW.price_minor,
            NEW.amount_minor, NEW.currency, NEW.note, NEW.booked_at)
        IS DISTINCT FROM (OLD.document, OLD.digest, OLD.listing_id, OLD.schedule_id, OLD.equipment_id,
            OLD.claim_id, OLD.lessor_id, OLD.lessee_id, OLD.starts_at, OLD.ends_at, OLD.slots, OLD.price_minor,
            OLD.amount_minor, OLD.currency, OLD.note, OLD.booked_at))
    EXECUTE FUNCTION leasing_slotbooking_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0014_plan_acceptances"),
        ("marketplace", "0015_slots"),
    ]

    operations = [
        migrations.CreateModel(
            name="SlotBooking",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("slb",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ASKED", "Waits for confirmation"),
                            ("BOOKED", "Booked"),
                            ("REFUSED", "Refused"),
                            ("EXPIRED", "Expired"),
                            ("CANCELLED", "Cancelled"),
                            ("DONE", "Done"),
                            ("NO_SHOW", "Nobody came"),
                        ],
                        max_length=10,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("slots", models.PositiveSmallIntegerField()),
                ("price_minor", models.PositiveBigIntegerField()),
                ("amount_minor", models.PositiveBigIntegerField()),
                ("fee_minor", models.PositiveBigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("answer_until", models.DateTimeField(blank=True, null=True)),
                ("handed_in_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("booked_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "claim",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.claim"
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slot_bookings",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "lessee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots_taken",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "lessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots_given",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slot_bookings",
                        to="marketplace.listing",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.slotschedule",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlotStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("status_before", models.CharField(blank=True, max_length=10)),
                ("actor", models.CharField(max_length=30)),
                ("actor_name", models.CharField(max_length=80)),
                ("organization", models.CharField(blank=True, max_length=30)),
                ("organization_name", models.CharField(blank=True, max_length=120)),
                ("roles", models.JSONField(default=list)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("book", "booked the slot"),
                            ("confirm", "confirmed the slot"),
                            ("refuse", "refused the slot"),
                            ("cancel", "cancelled the slot"),
                            ("hand_in", "received the sample"),
                            ("done", "finished the work"),
                            ("no_show", "noted that nobody came"),
                            ("expire", "let the slot expire"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("ASKED", "Waits for confirmation"),
                            ("BOOKED", "Booked"),
                            ("REFUSED", "Refused"),
                            ("EXPIRED", "Expired"),
                            ("CANCELLED", "Cancelled"),
                            ("DONE", "Done"),
                            ("NO_SHOW", "Nobody came"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="leasing.slotbooking",
                    ),
                ),
            ],
            options={
                "ordering": ["booking", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="slotbooking",
            index=models.Index(fields=["lessor", "starts_at"], name="leasing_slo_lessor__8cf2bd_idx"),
        ),
        migrations.AddIndex(
            model_name="slotbooking",
            index=models.Index(fields=["lessee", "starts_at"], name="leasing_slo_lessee__cacca8_idx"),
        ),
        migrations.AddIndex(
            model_name="slotbooking",
            index=models.Index(fields=["status", "answer_until"], name="leasing_slo_status_dd2d31_idx"),
        ),
        migrations.AddConstraint(
            model_name="slotbooking",
            constraint=models.CheckConstraint(
                condition=models.Q(("lessor", models.F("lessee")), _negated=True),
                name="leasing_slotbooking_two_sides",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotbooking",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="leasing_slotbooking_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotbooking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount_minor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("price_minor"), "*", models.F("slots")
                        ),
                    ),
                    ("slots__gte", 1),
                ),
                name="leasing_slotbooking_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotbooking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_at", None), ("status", leasing.rules.slots.Status["DONE"]), _connector="XOR"
                ),
                name="leasing_slotbooking_done_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotbooking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fee_minor", 0),
                    (
                        "status__in",
                        [leasing.rules.slots.Status["CANCELLED"], leasing.rules.slots.Status["NO_SHOW"]],
                    ),
                    _connector="OR",
                ),
                name="leasing_slotbooking_fee_of_what_did_not_happen",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotbooking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", leasing.rules.slots.Status["ASKED"]), _negated=True),
                    ("answer_until__isnull", False),
                    _connector="OR",
                ),
                name="leasing_slotbooking_answer_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotstep",
            constraint=models.UniqueConstraint(fields=("booking", "position"), name="leasing_slotstep_once"),
        ),
        migrations.RunSQL(APPEND_ONLY, "DROP TRIGGER leasing_slotstep_append_only ON leasing_slotstep"),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_slotbooking_is_frozen() CASCADE"),
    ]
