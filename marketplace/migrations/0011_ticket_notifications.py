"""What is told of fault tickets and standstills."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0010_claim_times"),
    ]

    operations = [
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
                    ("ticket_raised", "ticket_raised"),
                    ("ticket_solved", "ticket_solved"),
                    ("ticket_reopened", "ticket_reopened"),
                    ("downtime_proposed", "downtime_proposed"),
                    ("downtime_contested", "downtime_contested"),
                    ("downtime_settled", "downtime_settled"),
                ],
                max_length=30,
            ),
        ),
    ]
