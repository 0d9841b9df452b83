"""Photos and records of how machines were when they changed hands; none of them is ever rewritten."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = "".join(
    f"""
CREATE TRIGGER leasing_{table}_append_only BEFORE UPDATE OR DELETE ON leasing_{table}
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
    for table in ("photo", "conditionrecord", "recordanswer")
)
REWRITE = "".join(
    f"DROP TRIGGER leasing_{table}_append_only ON leasing_{table};"
    for table in ("photo", "conditionrecord", "recordanswer")
)
# Pictures do not compress again, and a page that lists photos must not read them.
PHOTOS = """
ALTER TABLE leasing_photo ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE leasing_photo ADD CONSTRAINT leasing_photo_is_small
    CHECK (octet_length(content) BETWEEN 1 AND 1500000 AND sha256 = encode(sha256(content), 'hex'));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0010_suspensions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConditionRecord",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("rec",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("HANDOVER", "Hand-over"),
                            ("RETURN", "Return"),
                            ("INSPECTION", "Inspection after the return"),
                        ],
                        max_length=10,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "side",
                    models.CharField(choices=[("lessee", "Lessee"), ("lessor", "Lessor")], max_length=6),
                ),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("happened_at", models.DateTimeField()),
                ("answer_until", models.DateTimeField()),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="condition_records",
                        to="leasing.lease",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="condition_records",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Photo",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("pho",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("content", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("taken_by", models.CharField(max_length=30)),
                ("taken_by_name", models.CharField(max_length=80)),
                ("organization", models.CharField(max_length=30)),
                ("organization_name", models.CharField(max_length=120)),
                ("taken_at", models.DateTimeField()),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="leasing.lease"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecordAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "word",
                    models.CharField(
                        choices=[("CONFIRMED", "confirmed"), ("OBJECTED", "objected to")], max_length=10
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("digest", models.CharField(max_length=64)),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("organization", models.CharField(max_length=30)),
                ("organization_name", models.CharField(max_length=120)),
                ("roles", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="leasing.conditionrecord",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="conditionrecord",
            constraint=models.UniqueConstraint(
                fields=("unit", "kind", "number"), name="leasing_conditionrecord_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.CheckConstraint(
                condition=models.Q(("height__gte", 1), ("width__gte", 1)), name="leasing_photo_has_dots"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("word", "CONFIRMED"), models.Q(("reason", ""), _negated=True), _connector="XOR"
                ),
                name="leasing_recordanswer_objection_with_reason",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITE),
        migrations.RunSQL(PHOTOS, "ALTER TABLE leasing_photo DROP CONSTRAINT leasing_photo_is_small"),
    ]
