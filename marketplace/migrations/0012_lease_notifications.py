"""Kinds of notifications about the life of a lease."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0011_ticket_notifications"),
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
                    ("change_proposed", "change_proposed"),
                    ("change_accepted", "change_accepted"),
                    ("change_declined", "change_declined"),
                    ("notice_given", "notice_given"),
                    ("lease_suspended", "lease_suspended"),
                    ("lease_resumed", "lease_resumed"),
                    ("default_noticed", "default_noticed"),
                    ("lease_terminated", "lease_terminated"),
                    ("machine_lost", "machine_lost"),
                ],
                max_length=30,
            ),
        ),
    ]
