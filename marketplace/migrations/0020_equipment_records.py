"""Records of what was done to a machine, each for good; a newer one may take the place of an older."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

KEPT = """
CREATE TRIGGER marketplace_equipmentrecord_append_only BEFORE UPDATE OR DELETE ON marketplace_equipmentrecord
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();

CREATE FUNCTION marketplace_record_replaces_its_like() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM marketplace_equipmentrecord prior JOIN marketplace_equipment machine
                ON machine.id = prior.equipment_id
            WHERE prior.id = NEW.replaces_id AND prior.id <> NEW.id AND prior.equipment_id = NEW.equipment_id
                AND prior.kind = NEW.kind AND (prior.organization_id = NEW.organization_id
                    OR (machine.owner_id = NEW.organization_id AND prior.result = 'OPEN'
                        AND NEW.result = 'FAILED'))) THEN
        RAISE EXCEPTION 'a record replaces one of the same machine, kind and organization'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_equipmentrecord_replaces_its_like BEFORE INSERT ON marketplace_equipmentrecord
    FOR EACH ROW EXECUTE FUNCTION marketplace_record_replaces_its_like();
"""
UNKEPT = """
DROP TRIGGER marketplace_equipmentrecord_append_only ON marketplace_equipmentrecord;
DROP TRIGGER marketplace_equipmentrecord_replaces_its_like ON marketplace_equipmentrecord;
DROP FUNCTION marketplace_record_replaces_its_like();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0019_claims_have_versions"),
    ]

    operations = [
        migrations.CreateModel(
            name="EquipmentRecord",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("eqr",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CLEANING", "Cleaning"),
                            ("CALIBRATION", "Calibration"),
                            ("STERILISATION", "Sterilisation"),
                            ("BATCH", "Batch record"),
                            ("QUALIFICATION", "Qualification"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("OPEN", "running, not released yet"),
                            ("PASSED", "found good"),
                            ("FAILED", "found not good"),
                        ],
                        max_length=6,
                    ),
                ),
                ("done_at", models.DateTimeField()),
                ("done_by", models.CharField(max_length=120)),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
                ("reference", models.CharField(blank=True, max_length=120)),
                ("batch", models.CharField(blank=True, max_length=60)),
                ("product", models.CharField(blank=True, max_length=60)),
                ("released_by", models.CharField(blank=True, max_length=120)),
                ("document_sha256", models.CharField(blank=True, max_length=64)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="marketplace.equipmentrecord",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["equipment", "-done_at"], name="marketplace_equipme_0f0616_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("done_at__lte", models.F("recorded_at"))),
                        name="marketplace_equipmentrecord_not_of_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None),
                            models.Q(("result", "PASSED"), ("valid_until__gt", models.F("done_at"))),
                            _connector="OR",
                        ),
                        name="marketplace_equipmentrecord_holds_after_it_was_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "BATCH"),
                                ("valid_until", None),
                                models.Q(("batch", ""), _negated=True),
                                models.Q(("product", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("kind", "BATCH"), _negated=True),
                                ("batch", ""),
                                ("product", ""),
                                ("released_by", ""),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_equipmentrecord_batches_alone_have_numbers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("kind", "BATCH"), _negated=True),
                                models.Q(("result", "OPEN"), _negated=True),
                            ),
                            models.Q(
                                ("kind", "BATCH"),
                                models.Q(
                                    ("result", "OPEN"),
                                    models.Q(("released_by", ""), _negated=True),
                                    _connector="XOR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_equipmentrecord_open_or_released",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "CALIBRATION"), _negated=True),
                            models.Q(
                                models.Q(("reference", ""), _negated=True),
                                models.Q(
                                    models.Q(("result", "PASSED"), _negated=True),
                                    ("valid_until__isnull", False),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="marketplace_equipmentrecord_calibration_has_certificate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("document_sha256", ""),
                            ("document_sha256__regex", "^[0-9a-f]{64}$"),
                            _connector="OR",
                        ),
                        name="marketplace_equipmentrecord_document_is_hashed",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "BATCH"), ("replaces", None)),
                        fields=("equipment", "organization", "batch"),
                        name="marketplace_equipmentrecord_batch_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEPT, UNKEPT),
    ]
