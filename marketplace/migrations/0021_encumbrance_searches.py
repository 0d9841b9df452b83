"""Searches of the register of movables, each for good."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER marketplace_encumbrancesearch_append_only BEFORE UPDATE OR DELETE ON marketplace_encumbrancesearch
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0020_equipment_records"),
    ]

    operations = [
        migrations.CreateModel(
            name="EncumbranceSearch",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("enc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("searched_at", models.DateTimeField()),
                ("query_number", models.CharField(max_length=60)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("CLEAR", "nothing registered"),
                            ("ENCUMBERED", "a right of somebody else is registered"),
                        ],
                        max_length=10,
                    ),
                ),
                ("registration_number", models.CharField(blank=True, max_length=60)),
                ("holder", models.CharField(blank=True, max_length=120)),
                ("consent", models.CharField(blank=True, max_length=120)),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="encumbrance_searches",
                        to="marketplace.equipment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["equipment", "-searched_at"], name="marketplace_equipme_a00b36_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("searched_at__lte", models.F("recorded_at")),
                            models.Q(("query_number", ""), _negated=True),
                        ),
                        name="marketplace_encumbrancesearch_not_of_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("consent", ""),
                                ("holder", ""),
                                ("registration_number", ""),
                                ("result", "CLEAR"),
                            ),
                            models.Q(
                                ("result", "ENCUMBERED"),
                                models.Q(("registration_number", ""), _negated=True),
                                models.Q(("holder", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_encumbrancesearch_found_has_a_holder",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER marketplace_encumbrancesearch_append_only ON marketplace_encumbrancesearch",
        ),
    ]
