"""What listings are found by, and in how many of them each token occurs."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0026_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchTerm",
            fields=[
                ("token", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("documents", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "listing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="marketplace.listing",
                    ),
                ),
                ("tokens", django.contrib.postgres.search.SearchVectorField()),
                ("numbers", models.JSONField(default=dict)),
                ("points", models.PositiveSmallIntegerField()),
                ("rank", models.PositiveSmallIntegerField()),
                ("province", models.CharField(max_length=2)),
                ("owner_kind", models.CharField(max_length=20)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("per_hours", models.BigIntegerField(null=True)),
                ("per_parts", models.BigIntegerField(null=True)),
                ("renewed_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.category",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["tokens"], name="marketplace_searchdoc_tokens"
                    ),
                    models.Index(fields=["-rank", "-listing"], name="marketplace_searchdoc_rank"),
                    models.Index(fields=["renewed_at"], name="marketplace_searchdoc_age"),
                    models.Index(
                        condition=models.Q(("per_hours__isnull", False)),
                        fields=["per_hours", "-listing"],
                        name="marketplace_searchdoc_hours",
                    ),
                    models.Index(
                        condition=models.Q(("per_parts__isnull", False)),
                        fields=["per_parts", "-listing"],
                        name="marketplace_searchdoc_parts",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE marketplace_searchdocument ALTER tokens SET STATISTICS 1000", migrations.RunSQL.noop
        ),
    ]
