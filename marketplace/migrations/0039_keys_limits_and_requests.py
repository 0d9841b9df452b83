"""Keys have two secrets while they are rotated, and networks; limits by organization; what was asked over REST."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import marketplace.models.apikeys


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0037_needs_reopen"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("method", models.CharField(max_length=10)),
                ("path", models.CharField(max_length=300)),
                ("status", models.PositiveSmallIntegerField()),
                ("code", models.CharField(blank=True, max_length=60)),
                ("request_id", models.CharField(max_length=64)),
                ("address", models.GenericIPAddressField(null=True)),
                ("duration_ms", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="apikey",
            name="last_used_from",
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=marketplace.models.apikeys.Cidr(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="note",
            field=models.CharField(blank=True, max_length=400),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_secret_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_secret_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="rotated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="requests_a_minute",
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
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
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("old_secret_hash", ""), ("old_secret_until", None)),
                    models.Q(
                        models.Q(("old_secret_hash", ""), _negated=True),
                        ("old_secret_until__gt", models.F("rotated_at")),
                        ("old_secret_until__isnull", False),
                        ("rotated_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="marketplace_apikey_old_secret_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("old_secret_hash", models.F("secret_hash")), _negated=True),
                name="marketplace_apikey_other_secret",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("networks__len__lte", 20)), name="marketplace_apikey_few_networks"
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requests_a_minute", None), ("requests_a_minute__range", (1, 100000)), _connector="OR"
                ),
                name="marketplace_organization_requests_a_minute",
            ),
        ),
        migrations.AddField(
            model_name="apirequest",
            name="key",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="marketplace.apikey",
            ),
        ),
        migrations.AddField(
            model_name="apirequest",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="apirequest",
            index=models.Index(fields=["organization", "-id"], name="marketplace_request_of"),
        ),
        migrations.AddIndex(
            model_name="apirequest",
            index=models.Index(fields=["key", "-id"], name="marketplace_request_key"),
        ),
        migrations.AddConstraint(
            model_name="apirequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__range", (100, 599))), name="marketplace_apirequest_status"
            ),
        ),
    ]
