"""A credit code belongs to who is verified, and a sign-up keeps no password: who confirms it sets one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0035_joining"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="joinrequest",
            name="password_hash",
        ),
        migrations.AlterField(
            model_name="organization",
            name="credit_code",
            field=models.CharField(db_index=True, max_length=18),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.UniqueConstraint(
                condition=models.Q(("awaits_verification", False)),
                fields=("credit_code",),
                name="marketplace_organization_code_once",
            ),
        ),
    ]
