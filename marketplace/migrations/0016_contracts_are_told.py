"""What happens to contracts is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0015_slots"),
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
                    ("lease_to_approve", "lease_to_approve"),
                    ("lease_refused", "lease_refused"),
                    ("contract_to_sign", "contract_to_sign"),
                    ("contract_signed", "contract_signed"),
                    ("contract_concluded", "contract_concluded"),
                    ("template_published", "template_published"),
                ],
                max_length=30,
            ),
        ),
    ]
