"""Banks and insurers: they lease nothing, and may be given what lessees share."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0006_claim_holds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="organization",
            name="kind",
            field=models.CharField(
                choices=[
                    ("LEAD_ENTERPRISE", "Lead enterprise"),
                    ("SME", "Small or medium enterprise"),
                    ("INSTITUTE", "Research institute"),
                    ("LESSOR", "Leasing company"),
                    ("MAKER", "Machine maker"),
                    ("SERVICE_PROVIDER", "Service provider"),
                    ("HUB", "Regional data hub"),
                    ("PLATFORM", "Platform"),
                    ("REGULATOR", "Regulator or court"),
                    ("FINANCIAL", "Bank or insurer"),
                ],
                max_length=20,
            ),
        ),
    ]
