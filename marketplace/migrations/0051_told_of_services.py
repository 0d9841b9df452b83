"""People are told of services and of the jobs that follow."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0050_services"),
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
                    ("service_invited", "service_invited"),
                    ("service_agreed", "service_agreed"),
                    ("service_declined", "service_declined"),
                    ("service_withdrawn", "service_withdrawn"),
                ],
                max_length=30,
            ),
        ),
    ]
