"""Background jobs, and imports of machines and listings with what became of each row."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0030_chains_and_needs"),
    ]

    operations = [
        migrations.CreateModel(
            name="BackgroundJob",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("bgj",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("subject", models.CharField(max_length=30)),
                ("title", models.CharField(max_length=120)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Waits for its turn"),
                            ("RUNNING", "Is being done"),
                            ("SUCCEEDED", "Done"),
                            ("FAILED", "Ended without a result"),
                            ("CANCELLED", "Stopped"),
                        ],
                        default="QUEUED",
                        max_length=10,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField()),
                ("taken_up", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.JSONField(blank=True, default=dict)),
                ("made_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("moved_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="background_jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="background_jobs",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Import",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("imp",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "format",
                    models.CharField(
                        choices=[("CSV", "CSV"), ("XLSX", "XLSX"), ("JSON", "JSON")], max_length=4
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("reject_all", "All rows or none"),
                            ("reject_failed_rows", "Only the good rows"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_trial", models.BooleanField()),
                ("headings", models.JSONField(default=list)),
                ("sites", models.JSONField(blank=True, default=dict)),
                ("made_at", models.DateTimeField()),
                ("ran_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="marketplace.backgroundjob",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("cells", models.JSONField()),
                ("repeats", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waits"),
                            ("READY", "Can be taken in"),
                            ("CREATED", "Taken in"),
                            ("THERE", "Already there"),
                            ("REFUSED", "To be mended"),
                        ],
                        default="WAITING",
                        max_length=8,
                    ),
                ),
                ("equipment", models.JSONField(blank=True, default=list)),
                ("listing", models.CharField(blank=True, max_length=30)),
                ("errors", models.JSONField(blank=True, default=list)),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="marketplace.import",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="backgroundjob",
            index=models.Index(fields=["organization", "-id"], name="marketplace_organiz_5bbd40_idx"),
        ),
        migrations.AddIndex(
            model_name="backgroundjob",
            index=models.Index(
                condition=models.Q(("status__in", ("QUEUED", "RUNNING"))),
                fields=["moved_at"],
                name="marketplace_job_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="backgroundjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("QUEUED", "RUNNING"))),
                fields=("kind", "subject"),
                name="marketplace_backgroundjob_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="backgroundjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("done__lte", models.F("total"))), name="marketplace_backgroundjob_within"
            ),
        ),
        migrations.AddConstraint(
            model_name="backgroundjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("QUEUED", "RUNNING")), ("finished_at__isnull", False), _connector="XOR"
                ),
                name="marketplace_backgroundjob_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["organization", "-id"], name="marketplace_organiz_11f094_idx"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["of", "status"], name="marketplace_importrow_status"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("of", "place"), name="marketplace_importrow_once"),
        ),
    ]
