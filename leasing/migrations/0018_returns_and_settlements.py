"""A machine comes back, is inspected and made ready; a lease is settled and closed."""

from django.db import migrations, models

# A column that a trigger looks at keeps its type; the trigger steps aside.
WITHOUT = "DROP TRIGGER leasing_transition_both_signed ON leasing_transition;"
WITH = """
CREATE TRIGGER leasing_transition_both_signed BEFORE INSERT ON leasing_transition FOR EACH ROW
    WHEN (NEW.move = 'contract') EXECUTE FUNCTION leasing_both_have_signed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0017_steps_say_how_they_came"),
        ("marketplace", "0017_kinds_of_leasing"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lease",
            name="leasing_lease_running_since",
        ),
        migrations.RemoveConstraint(
            model_name="lease",
            name="leasing_lease_ended_at",
        ),
        migrations.AlterField(
            model_name="lease",
            name="billing",
            field=models.CharField(
                choices=[
                    ("NOT_STARTED", "Not started"),
                    ("RUNNING", "Billed"),
                    ("PAUSED", "Billing paused"),
                    ("STOPPED", "Billing stopped"),
                    ("SETTLED", "Settled"),
                ],
                default="NOT_STARTED",
                max_length=16,
            ),
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
                    ("SETTLED", "Settled"),
                    ("CLOSED", "Closed"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
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
        migrations.RunSQL(WITHOUT, WITH),
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
                    ("reassign", "gave the lease another machine of the listing"),
                    ("dispatch", "sent the machine off"),
                    ("hand_over", "handed the machine over"),
                    ("suspend", "suspended the lease"),
                    ("resume", "resumed the lease"),
                    ("change", "changed the lease"),
                    ("give_notice", "gave notice"),
                    ("terminate", "terminated the lease"),
                    ("lose", "reported the machine lost"),
                    ("buy_out", "sold the machine to the lessee"),
                    ("return", "took the machine back"),
                    ("inspect", "inspected the machine"),
                    ("repair", "began to repair the machine"),
                    ("ready", "made the machine ready again"),
                    ("claim_damage", "claimed for damage"),
                    ("answer_damage", "answered the damage claim"),
                    ("decide_damage", "decided the damage claim"),
                    ("settle", "settled the lease"),
                    ("close", "closed the lease"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunSQL(WITH, WITHOUT),
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
                    ("SETTLED", "Settled"),
                    ("CLOSED", "Closed"),
                ],
                max_length=16,
            ),
        ),
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
                            "CLOSED",
                            "ENDED",
                            "LOST",
                            "NOTICE_GIVEN",
                            "SETTLED",
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
                    (
                        "status__in",
                        [
                            "BOUGHT_OUT",
                            "CLOSED",
                            "ENDED",
                            "LOST",
                            "SETTLED",
                            "TERMINATED",
                        ],
                    ),
                    _connector="XOR",
                ),
                name="leasing_lease_ended_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="leaseunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "state__in",
                            [
                                "IN_INSPECTION",
                                "IN_REPAIR",
                                "READY",
                                "RETURNED",
                            ],
                        ),
                        _negated=True,
                    ),
                    ("active_to__isnull", False),
                    _connector="OR",
                ),
                name="leasing_leaseunit_comes_back_after_its_use",
            ),
        ),
    ]
