"""A claim may be a hold until a moment, and says more of its reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0005_listing_data_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="held_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="claim",
            name="note",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="claim",
            name="reason",
            field=models.CharField(
                choices=[
                    ("LEASE", "Lease"),
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
    ]
