"""What happened, and where it is sent to; keys that held the scopes of invoices get those of payments."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE FUNCTION marketplace_event_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sequence IS NOT NULL OR NEW.sequence IS NULL
        OR (to_jsonb(NEW) - 'sequence') <> (to_jsonb(OLD) - 'sequence') THEN
        RAISE EXCEPTION 'marketplace_event: an event gets its place once, and nothing else changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_event_stands BEFORE UPDATE ON marketplace_event
    FOR EACH ROW EXECUTE FUNCTION marketplace_event_stands();
CREATE TRIGGER marketplace_webhookattempt_stands BEFORE UPDATE ON marketplace_webhookattempt
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
BACKWARD = """
DROP TRIGGER marketplace_webhookattempt_stands ON marketplace_webhookattempt;
DROP TRIGGER marketplace_event_stands ON marketplace_event;
DROP FUNCTION marketplace_event_stands();
"""
# Keys made before there were scopes of payments go on as they did; new ones say it.
KEYS_GO_ON = """
UPDATE marketplace_apikey SET scopes = scopes || ARRAY['payments:read']::varchar[]
    WHERE 'invoices:read' = ANY (scopes) AND NOT 'payments:read' = ANY (scopes);
UPDATE marketplace_apikey SET scopes = scopes || ARRAY['payments:write']::varchar[]
    WHERE 'invoices:write' = ANY (scopes) AND NOT 'payments:write' = ANY (scopes);
"""
KEYS_BACK = """
UPDATE marketplace_apikey SET scopes = array_remove(array_remove(array_remove(array_remove(array_remove(
    scopes, 'payments:read'), 'payments:write'), 'events:read'), 'webhooks:read'), 'webhooks:write');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0025_synthetic"),
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
                        ("payments:read", "Read payments, statements and what was matched"),
                        ("payments:write", "Write payments, statements and what is matched"),
                        ("events:read", "Read the list of events"),
                        ("webhooks:read", "Read webhooks and what was sent to them"),
                        ("webhooks:write", "Set up webhooks"),
                    ],
                    max_length=24,
                ),
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("evt",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("type", models.CharField(max_length=30)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("object", models.CharField(max_length=30)),
                ("occurred_at", models.DateTimeField()),
                ("sequence", models.PositiveBigIntegerField(blank=True, null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("once", models.CharField(blank=True, max_length=120)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.PositiveBigIntegerField(default=0)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="event_head",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("whd",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waits to be sent"),
                            ("DELIVERED", "Arrived"),
                            ("FAILED", "Given up"),
                            ("STOPPED", "Stopped"),
                        ],
                        default="WAITING",
                        max_length=9,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sent", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="marketplace.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("ARRIVED", "It was taken"),
                            ("ANSWERED", "It was answered, and not with 2xx"),
                            ("NO_ADDRESS", "The name leads nowhere"),
                            ("INSIDE", "The name leads into an inner network"),
                            ("NO_CONNECTION", "No connection"),
                            ("NOT_TRUSTED", "The certificate is not trusted"),
                            ("TOO_SLOW", "No answer in time"),
                            ("NO_SECRET", "The secret cannot be read: rotate it"),
                        ],
                        max_length=13,
                    ),
                ),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=500)),
                ("duration_ms", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="marketplace.webhookdelivery",
                    ),
                ),
            ],
            options={
                "ordering": ["delivery", "-number"],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("whe",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), blank=True, default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "Messages are sent"),
                            ("DISABLED", "Switched off"),
                            ("REMOVED", "Taken away"),
                        ],
                        default="ACTIVE",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("BY_HAND", "by somebody of yours"),
                            ("GONE", "because it answered 410 (gone)"),
                            ("FAILING", "because nothing arrived for days"),
                        ],
                        max_length=8,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhook_endpoints",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="endpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="marketplace.webhookendpoint",
            ),
        ),
        migrations.CreateModel(
            name="WebhookSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secrets",
                        to="marketplace.webhookendpoint",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("sequence", None)), fields=["id"], name="marketplace_event_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["occurred_at"], name="marketplace_event_age"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("organization", "sequence"), name="marketplace_event_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                condition=models.Q(("once", ""), _negated=True),
                fields=("organization", "once"),
                name="marketplace_event_told_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookattempt",
            constraint=models.UniqueConstraint(
                fields=("delivery", "number"), name="marketplace_webhookattempt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), ("state", "ACTIVE")),
                    models.Q(("state", "ACTIVE"), _negated=True),
                    _connector="OR",
                ),
                name="marketplace_webhookendpoint_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "WAITING")), fields=["next_at"], name="marketplace_delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["endpoint", "-id"], name="marketplace_delivery_listed"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "event"), name="marketplace_webhookdelivery_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("next_at__isnull", False), ("state", "WAITING")),
                    models.Q(
                        models.Q(("state", "WAITING"), _negated=True),
                        ("ended_at__isnull", False),
                        ("next_at", None),
                    ),
                    _connector="OR",
                ),
                name="marketplace_webhookdelivery_waits_or_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhooksecret",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at", None)),
                fields=("endpoint",),
                name="marketplace_webhooksecret_one_goes_on",
            ),
        ),
        migrations.RunSQL(KEYS_GO_ON, KEYS_BACK),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
