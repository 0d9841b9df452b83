"""Versions of specification dictionaries, and what owners state of machines with them."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER marketplace_dictionaryversion_append_only BEFORE UPDATE OR DELETE
    ON marketplace_dictionaryversion FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER marketplace_specstatement_append_only BEFORE UPDATE OR DELETE
    ON marketplace_specstatement FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
NOT_ANY_MORE = """
DROP TRIGGER marketplace_dictionaryversion_append_only ON marketplace_dictionaryversion;
DROP TRIGGER marketplace_specstatement_append_only ON marketplace_specstatement;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0048_offers_by_age"),
    ]

    operations = [
        migrations.CreateModel(
            name="DictionaryVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("fields", models.JSONField()),
                ("renamed", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("made_by", models.CharField(blank=True, max_length=30)),
                ("made_by_name", models.CharField(blank=True, max_length=80)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["category", "number"],
            },
        ),
        migrations.CreateModel(
            name="SpecStatement",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("sst",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("dictionary_version", models.PositiveSmallIntegerField()),
                ("values", models.JSONField()),
                ("sources", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("stated_by", models.CharField(blank=True, max_length=30)),
                ("stated_by_name", models.CharField(blank=True, max_length=80)),
                ("stated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["equipment", "-number"],
            },
        ),
        migrations.AddField(
            model_name="equipment",
            name="dictionary_version",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name="equipment",
            constraint=models.CheckConstraint(
                condition=models.Q(("dictionary_version__gte", 1)),
                name="marketplace_equipment_stated_with_a_version",
            ),
        ),
        migrations.AddField(
            model_name="dictionaryversion",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dictionary_versions",
                to="marketplace.category",
            ),
        ),
        migrations.AddField(
            model_name="specstatement",
            name="equipment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="spec_statements",
                to="marketplace.equipment",
            ),
        ),
        migrations.AddConstraint(
            model_name="dictionaryversion",
            constraint=models.UniqueConstraint(
                fields=("category", "number"), name="marketplace_dictionaryversion_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="dictionaryversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("made_by", ""), ("number", 1)),
                    models.Q(
                        ("number__gte", 2),
                        models.Q(("made_by", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="marketplace_dictionaryversion_made_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="specstatement",
            constraint=models.UniqueConstraint(
                fields=("equipment", "number"), name="marketplace_specstatement_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="specstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number", 1),
                    models.Q(("number__gte", 2), models.Q(("stated_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="marketplace_specstatement_stated_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="specstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("dictionary_version__gte", 1)),
                name="marketplace_specstatement_stated_with_a_version",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, NOT_ANY_MORE),
    ]
