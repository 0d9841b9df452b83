"""Receivables tapes stay as they were made."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

FORWARD = """
CREATE TRIGGER billing_tape_append_only BEFORE UPDATE OR DELETE ON billing_tape
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0023_loans"),
        ("marketplace", "0022_batch_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tape",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("tap",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("through", models.DateField()),
                ("known_at", models.DateTimeField()),
                ("version", models.PositiveSmallIntegerField()),
                ("salt", models.CharField(max_length=32)),
                ("rows", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tapes", to="billing.book"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("known_at__lte", models.F("made_at"))),
                        name="billing_tape_known_before_it_is_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="billing_tape_hashed"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, "DROP TRIGGER billing_tape_append_only ON billing_tape"),
    ]
