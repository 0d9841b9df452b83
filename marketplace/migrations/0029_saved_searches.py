"""A saved filter of the catalogue is a saved search: how often its person is told, and of what already."""

import django.db.models.deletion
from django.db import migrations, models

KNOWN_SINCE = """
UPDATE marketplace_searchdocument known SET changed_at = coalesce(listing.published_at, known.renewed_at)
FROM marketplace_listing listing WHERE listing.id = known.listing_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0028_taken_times"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told", models.BooleanField(default=True)),
                ("found_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="looked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="stopped",
            field=models.CharField(
                blank=True,
                choices=[("UNREADABLE", "UNREADABLE"), ("OVER", "OVER"), ("LEFT", "LEFT")],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="telling",
            field=models.CharField(
                choices=[
                    ("AT_ONCE", "AT_ONCE"),
                    ("DAILY", "DAILY"),
                    ("WEEKLY", "WEEKLY"),
                    ("NEVER", "NEVER"),
                ],
                default="NEVER",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="whole",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="changed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(KNOWN_SINCE, migrations.RunSQL.noop),
        migrations.AlterField(model_name="searchdocument", name="changed_at", field=models.DateTimeField()),
        migrations.AddIndex(
            model_name="savedfilter",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="marketplace_searches_due",
            ),
        ),
        migrations.AddIndex(
            model_name="searchdocument",
            index=models.Index(fields=["changed_at"], name="marketplace_searchdoc_news"),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.CheckConstraint(
                condition=models.Q(("page", "catalogue"), ("telling", "NEVER"), _connector="OR"),
                name="marketplace_savedfilter_told_of_searches",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_at", None),
                    models.Q(
                        models.Q(("telling", "NEVER"), _negated=True),
                        ("looked_at__isnull", False),
                        ("stopped", ""),
                    ),
                    _connector="OR",
                ),
                name="marketplace_savedfilter_due",
            ),
        ),
        migrations.AddField(
            model_name="savedfind",
            name="listing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="marketplace.listing"
            ),
        ),
        migrations.AddField(
            model_name="savedfind",
            name="saved",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="finds",
                to="marketplace.savedfilter",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfind",
            constraint=models.UniqueConstraint(
                fields=("saved", "listing"), name="marketplace_savedfind_once"
            ),
        ),
    ]
