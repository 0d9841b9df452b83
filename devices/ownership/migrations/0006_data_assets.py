"""The register of data: assets, their grades with an append-only history, and checks of transfers abroad."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER ownership_{table}_append_only BEFORE UPDATE OR DELETE ON ownership_{table}"
    " FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();"
    for table in ("grading", "bordercheck")
)
REWRITTEN = """
DROP TRIGGER ownership_grading_append_only ON ownership_grading;
DROP TRIGGER ownership_bordercheck_append_only ON ownership_bordercheck;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0012_exact_numbers_for_people"),
        ("marketplace", "0003_scope_telemetry_write"),
        ("ownership", "0005_grants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DataAsset",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dat",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CHANNEL", "Readings of a channel"),
                            ("USAGE", "Usage by the quarter-hour"),
                        ],
                        max_length=8,
                    ),
                ),
                ("category", models.CharField(max_length=24)),
                ("unit", models.CharField(blank=True, max_length=24)),
                (
                    "retention",
                    models.CharField(
                        choices=[
                            ("EVIDENCE", "Evidence of bills"),
                            ("ORDINARY", "Ordinary"),
                            ("PRIVATE", "Private to the lessee"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("L1", "L1 public"),
                            ("L2", "L2 internal"),
                            ("L3", "L3 sensitive"),
                            ("L4", "L4 secret"),
                            ("L5", "L5 important data"),
                            ("L6", "L6 core data"),
                        ],
                        max_length=2,
                    ),
                ),
                ("graded_at", models.DateTimeField()),
                ("per_hour", models.PositiveIntegerField(null=True)),
                ("measured_at", models.DateTimeField(null=True)),
                ("registered_at", models.DateTimeField()),
                (
                    "channel",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asset",
                        to="devices.channel",
                    ),
                ),
                ("derived_from", models.ManyToManyField(related_name="derived", to="ownership.dataasset")),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="devices.device",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Grading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("L1", "L1 public"),
                            ("L2", "L2 internal"),
                            ("L3", "L3 sensitive"),
                            ("L4", "L4 secret"),
                            ("L5", "L5 important data"),
                            ("L6", "L6 core data"),
                        ],
                        max_length=2,
                    ),
                ),
                ("rule", models.CharField(max_length=40)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("reference", models.CharField(blank=True, max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gradings",
                        to="ownership.dataasset",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "within",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="dataasset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__isnull", False), ("kind", "CHANNEL")),
                    models.Q(("channel", None), ("kind", "USAGE")),
                    _connector="OR",
                ),
                name="ownership_dataasset_channel_fits_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataasset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "USAGE")),
                fields=("device",),
                name="ownership_dataasset_usage_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="grading",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("grade__in", ["L5", "L6"]), _negated=True),
                    models.Q(("reference", ""), _negated=True),
                    _connector="OR",
                ),
                name="ownership_grading_listed_has_reference",
            ),
        ),
        migrations.CreateModel(
            name="BorderCheck",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("brd",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("destination", models.CharField(max_length=2)),
                ("recipient", models.CharField(max_length=200)),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("L1", "L1 public"),
                            ("L2", "L2 internal"),
                            ("L3", "L3 sensitive"),
                            ("L4", "L4 secret"),
                            ("L5", "L5 important data"),
                            ("L6", "L6 core data"),
                        ],
                        max_length=2,
                    ),
                ),
                ("persons", models.PositiveIntegerField(null=True)),
                ("sensitive_persons", models.PositiveIntegerField(null=True)),
                ("facts", models.JSONField(default=dict)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("not_applicable", "not abroad"),
                            ("free", "free to go"),
                            ("contract_or_certification", "standard contract or certification first"),
                            ("security_assessment", "security assessment first"),
                            ("hold", "on hold: facts are missing"),
                            ("refuse", "refused"),
                        ],
                        max_length=30,
                    ),
                ),
                ("may_go", models.BooleanField()),
                ("step", models.PositiveSmallIntegerField()),
                (
                    "articles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                (
                    "missing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("at", models.DateTimeField()),
                ("assets", models.ManyToManyField(related_name="border_checks", to="ownership.dataasset")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="border_checks",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITTEN),
    ]
