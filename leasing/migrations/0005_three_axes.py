"""Billing and machines have axes of their own beside the state of the agreement."""

from django.db import migrations, models

THAW = "DROP TRIGGER leasing_lease_terms_frozen ON leasing_lease;"
FREEZE = """
CREATE TRIGGER leasing_lease_terms_frozen BEFORE UPDATE ON leasing_lease FOR EACH ROW
    WHEN (OLD.status NOT IN ('REQUESTED', 'QUOTED', 'COUNTERED')
        AND (NEW.terms IS DISTINCT FROM OLD.terms OR NEW.terms_digest IS DISTINCT FROM OLD.terms_digest))
    EXECUTE FUNCTION leasing_terms_are_frozen();
"""
AXES = """
UPDATE leasing_lease SET billing = CASE status WHEN 'ACTIVE' THEN 'RUNNING' ELSE 'STOPPED' END
    WHERE active_from IS NOT NULL;
UPDATE leasing_leaseunit SET state = CASE WHEN active_to IS NULL THEN 'RUNNING' ELSE 'STOPPED' END
    WHERE active_from IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0004_subleases"),
        ("marketplace", "0008_notifications"),
    ]

    operations = [
        migrations.RunSQL(THAW, FREEZE),
        migrations.RemoveConstraint(
            model_name="lease",
            name="leasing_lease_running_since",
        ),
        migrations.RemoveConstraint(
            model_name="lease",
            name="leasing_lease_ended_at",
        ),
        migrations.AddField(
            model_name="lease",
            name="billing",
            field=models.CharField(
                choices=[
                    ("NOT_STARTED", "Not started"),
                    ("RUNNING", "Billed"),
                    ("PAUSED", "Billing paused"),
                    ("STOPPED", "Billing stopped"),
                    ("Settled"),
                ],
                default="NOT_STARTED",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="leaseunit",
            name="state",
            field=models.CharField(
                choices=[
                    ("RESERVED", "Reserved"),
                    ("IN_TRANSIT", "On its way"),
                    ("INSTALLED", "Installed"),
                    ("RUNNING", "In use"),
                    ("STOPPED", "Standing"),
                    ("RETURNED", "Returned"),
                    ("IN_INSPECTION", "In inspection"),
                    ("IN_REPAIR", "In repair"),
                    ("READY", "Ready again"),
                    ("GONE", "Not coming back"),
                ],
                default="RESERVED",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="subleasestep",
            name="channel",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name="subleasestep",
            name="evidence",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="subleasestep",
            name="reason_code",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="transition",
            name="channel",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name="transition",
            name="evidence",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="transition",
            name="reason_code",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AlterField(
            model_name="lease",
            name="status",
            field=models.CharField(
                choices=[
                    ("REQUESTED", "Requested"),
                    ("QUOTED", "Quoted"),
                    ("COUNTERED", "Counter-offer"),
                    ("ACCEPTED", "Accepted"),
                    ("REFUSED", "Refused"),
                    ("CANCELLED", "Cancelled"),
                    ("EXPIRED", "Expired"),
                    ("ACTIVE", "Running"),
                    ("ENDED", "Ended"),
                    ("APPROVED", "Approved"),
                    ("CONTRACTED", "Under contract"),
                    ("SUSPENDED", "Suspended"),
                    ("NOTICE_GIVEN", "Notice given"),
                    ("TERMINATED", "Terminated"),
                    ("LOST", "Machine lost"),
                    ("BOUGHT_OUT", "Bought by the lessee"),
                    ("Settled"),
                    ("Closed"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="subleasestep",
            name="status_before",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AlterField(
            model_name="transition",
            name="move",
            field=models.CharField(
                choices=[
                    ("request", "requested the lease"),
                    ("quote", "made a quote"),
                    ("counter", "made a counter-offer"),
                    ("accept", "accepted"),
                    ("refuse", "refused"),
                    ("cancel", "cancelled"),
                    ("expire", "let it expire"),
                    ("activate", "began the lease"),
                    ("end", "ended the lease"),
                    ("approve", "approved"),
                    ("contract", "concluded the contract"),
                    ("secure", "recorded the deposit"),
                    ("plan", "planned the hand-over"),
                    ("dispatch", "sent the machine off"),
                    ("hand_over", "handed the machine over"),
                    ("suspend", "suspended the lease"),
                    ("resume", "resumed the lease"),
                    ("change", "changed the lease"),
                    ("give_notice", "gave notice"),
                    ("return", "brought the machine back"),
                    ("inspect", "inspected the machine"),
                    ("repair", "reported the machine ready"),
                    ("damage", "dealt with a damage claim"),
                    ("settle", "settled the lease"),
                    ("close", "closed the lease"),
                    ("terminate", "terminated the lease"),
                    ("lose", "reported the machine lost"),
                    ("buy_out", "sold the machine to the lessee"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="status_after",
            field=models.CharField(
                choices=[
                    ("REQUESTED", "Requested"),
                    ("QUOTED", "Quoted"),
                    ("COUNTERED", "Counter-offer"),
                    ("ACCEPTED", "Accepted"),
                    ("REFUSED", "Refused"),
                    ("CANCELLED", "Cancelled"),
                    ("EXPIRED", "Expired"),
                    ("ACTIVE", "Running"),
                    ("ENDED", "Ended"),
                    ("APPROVED", "Approved"),
                    ("CONTRACTED", "Under contract"),
                    ("SUSPENDED", "Suspended"),
                    ("NOTICE_GIVEN", "Notice given"),
                    ("TERMINATED", "Terminated"),
                    ("LOST", "Machine lost"),
                    ("BOUGHT_OUT", "Bought by the lessee"),
                    ("Settled"),
                    ("Closed"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="status_before",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.RunSQL(FREEZE, THAW),
        migrations.RunSQL(AXES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_from", None),
                    (
                        "status__in",
                        [
                            "ACTIVE",
                            "BOUGHT_OUT",
                            "ENDED",
                            "LOST",
                            "NOTICE_GIVEN",
                            "SUSPENDED",
                            "TERMINATED",
                        ],
                    ),
                    _connector="XOR",
                ),
                name="leasing_lease_running_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to", None),
                    ("status__in", ["BOUGHT_OUT", "ENDED", "LOST", "TERMINATED"]),
                    _connector="XOR",
                ),
                name="leasing_lease_ended_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_from", None),
                    models.Q(("billing", "NOT_STARTED"), _negated=True),
                    _connector="XOR",
                ),
                name="leasing_lease_billed_since",
            ),
        ),
    ]
