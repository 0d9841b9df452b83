"""Registration certificates of data property: chains of entries, and what the platform signed of them."""

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER ownership_registrationentry_append_only BEFORE UPDATE OR DELETE ON ownership_registrationentry
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER ownership_registrationsignature_append_only
    BEFORE UPDATE OR DELETE ON ownership_registrationsignature
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER ownership_registration_kept BEFORE DELETE ON ownership_registration
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
REWRITTEN = """
DROP TRIGGER ownership_registration_kept ON ownership_registration;
DROP TRIGGER ownership_registrationsignature_append_only ON ownership_registrationsignature;
DROP TRIGGER ownership_registrationentry_append_only ON ownership_registrationentry;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0013_erasures"),
        ("marketplace", "0005_listing_data_terms"),
        ("ownership", "0007_duties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Registration",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("reg",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(null=True)),
                ("running", models.PositiveIntegerField(null=True)),
                ("applied_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("year", "running"), name="ownership_registration_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("running", None), ("year", None)),
                            models.Q(("running__isnull", False), ("year__isnull", False)),
                            _connector="OR",
                        ),
                        name="ownership_registration_whole_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegistrationEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("FIRST", "First registration"),
                            ("TRANSFER", "Transfer"),
                            ("CHANGE", "Change"),
                            ("RENEWAL", "Renewal"),
                            ("CANCELLATION", "Cancellation"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("APPLIED", "Applied for"),
                            ("AGREED", "Agreed by the recipient"),
                            ("GRANTED", "Granted"),
                            ("REFUSED", "Refused"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[
                            ("hold", "Right to hold"),
                            ("process", "Right to use"),
                            ("operate", "Right to operate as a product"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "assets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("years", models.PositiveSmallIntegerField()),
                ("valid_from", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("content", models.CharField(max_length=64)),
                ("evidence", models.JSONField(default=dict)),
                ("grounds", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations_held",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations_offered",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ownership.registration",
                    ),
                ),
                (
                    "within",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["registration", "position"],
            },
        ),
        migrations.CreateModel(
            name="RegistrationSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signature", models.BinaryField()),
                ("signed_at", models.DateTimeField()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signed",
                        to="ownership.registrationentry",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.logkey"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="registrationentry",
            constraint=models.UniqueConstraint(
                fields=("registration", "position"), name="ownership_registrationentry_one_next"
            ),
        ),
        migrations.AddConstraint(
            model_name="registrationentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("step", "REFUSED"), _negated=True),
                    models.Q(("grounds", []), _negated=True),
                    _connector="OR",
                ),
                name="ownership_registrationentry_refused_has_ground",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITTEN),
    ]
