"""A listing may be let by the slot: its schedules, each version for good, and what they occupy."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER marketplace_slotschedule_append_only BEFORE UPDATE OR DELETE ON marketplace_slotschedule
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0014_messages"),
    ]

    operations = [
        migrations.AlterField(
            model_name="claim",
            name="reason",
            field=models.CharField(
                choices=[
                    ("LEASE", "Lease"),
                    ("SLOT", "Slot booking"),
                    ("TRANSPORT", "Transport"),
                    ("INSTALLATION", "Installation"),
                    ("MAINTENANCE", "Maintenance"),
                    ("CALIBRATION", "Calibration"),
                    ("OWN_USE", "Owner's own use"),
                    ("OVERDUE", "Overdue"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grant_asked", "grant_asked"),
                    ("grant_given", "grant_given"),
                    ("grant_refused", "grant_refused"),
                    ("grant_withdrawn", "grant_withdrawn"),
                    ("denial_spike", "denial_spike"),
                    ("duty_soon", "duty_soon"),
                    ("duty_due", "duty_due"),
                    ("duty_overdue", "duty_overdue"),
                    ("payment_soon", "payment_soon"),
                    ("payment_due", "payment_due"),
                    ("payment_overdue", "payment_overdue"),
                    ("payment_escalated", "payment_escalated"),
                    ("data_regraded", "data_regraded"),
                    ("data_erased", "data_erased"),
                    ("agreement_suspended", "agreement_suspended"),
                    ("agreement_resumed", "agreement_resumed"),
                    ("slot_asked", "slot_asked"),
                    ("slot_booked", "slot_booked"),
                    ("slot_confirmed", "slot_confirmed"),
                    ("slot_refused", "slot_refused"),
                    ("slot_cancelled", "slot_cancelled"),
                    ("slot_expired", "slot_expired"),
                    ("slot_done", "slot_done"),
                    ("slot_no_show", "slot_no_show"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="SlotSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("is_offered", models.BooleanField(default=True)),
                ("document", models.JSONField()),
                ("made_by", models.CharField(max_length=30)),
                ("made_at", models.DateTimeField()),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slot_schedules",
                        to="marketplace.listing",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("listing", "version"), name="marketplace_slotschedule_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER marketplace_slotschedule_append_only ON marketplace_slotschedule"
        ),
    ]
