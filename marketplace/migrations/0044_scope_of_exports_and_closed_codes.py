"""A scope of its own for files with an organization's data; who is closed blocks its credit code no more."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0043_governing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("equipment:read", "Read machines"),
                        ("equipment:write", "Register machines"),
                        ("listings:read", "Read listings"),
                        ("listings:write", "Write listings"),
                        ("leases:read", "Read leases"),
                        ("leases:write", "Request and decide leases"),
                        ("devices:read", "Read devices"),
                        ("devices:write", "Write devices"),
                        ("telemetry:read", "Read telemetry"),
                        ("telemetry:write", "Deliver telemetry of the organization's devices"),
                        ("invoices:read", "Read invoices"),
                        ("invoices:write", "Write invoices"),
                        ("data:write", "Give and withdraw rights over data"),
                        ("data:export", "Take along what is stored of the organization, as a file"),
                        ("payments:read", "Read payments, statements and what was matched"),
                        ("payments:write", "Write payments, statements and what is matched"),
                        ("members:read", "Read members and invitations"),
                        ("members:write", "Invite members, and change their roles"),
                        ("verifications:read", "Read verifications of organizations"),
                        ("verifications:write", "Decide verifications of organizations"),
                        ("events:read", "Read the list of events"),
                        ("webhooks:read", "Read webhooks and what was sent to them"),
                        ("webhooks:write", "Set up webhooks"),
                        ("keys:read", "Read API keys and what was called with them"),
                        (
                            "keys:write",
                            "Make API keys that open no more than this one, change and revoke them",
                        ),
                    ],
                    max_length=24,
                ),
                size=None,
            ),
        ),
        migrations.RemoveConstraint(model_name="organization", name="marketplace_organization_code_once"),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.UniqueConstraint(
                condition=models.Q(("awaits_verification", False), ("closed_at", None)),
                fields=("credit_code",),
                name="marketplace_organization_code_once",
            ),
        ),
    ]
