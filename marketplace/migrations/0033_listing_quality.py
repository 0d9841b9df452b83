"""Pictures of offers, checks by the platform, nameplates that are alike."""

import functools

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

import marketplace.models.equipment
import marketplace.shared.ids

# What is written alike is compared alike: full width, small letters, blanks and strokes, O and 0, I, L and 1.
NAMEPLATE_KEY = r"""
CREATE FUNCTION marketplace_nameplate_key(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(
        regexp_replace(upper(normalize(given, NFKC)), '[\s!-/:-@\[-`{-~‐-―−·・]', '', 'g'), 'OIL', '011')
$$;
"""
APPEND_ONLY = """
CREATE TRIGGER marketplace_equipmentcheck_append_only BEFORE UPDATE OR DELETE ON marketplace_equipmentcheck
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER marketplace_organizationcheck_append_only BEFORE UPDATE OR DELETE ON marketplace_organizationcheck
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
NO_APPEND_ONLY = """
DROP TRIGGER marketplace_equipmentcheck_append_only ON marketplace_equipmentcheck;
DROP TRIGGER marketplace_organizationcheck_append_only ON marketplace_organizationcheck;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0032_imports"),
    ]

    operations = [
        migrations.RunSQL(NAMEPLATE_KEY, "DROP FUNCTION marketplace_nameplate_key(text)"),
        migrations.CreateModel(
            name="EquipmentCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("passed", models.BooleanField()),
                ("seen", models.CharField(max_length=120)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("checked_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("ech",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("NAMEPLATE", "Photo of the nameplate, read against the serial number"),
                            ("CALIBRATION", "Calibration certificate"),
                            ("ENCUMBRANCE", "Search of the register of movables"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ListingPhoto",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("lph",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("alt_zh", models.CharField(max_length=160)),
                ("alt_en", models.CharField(max_length=160)),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("full", models.BinaryField()),
                ("card", models.BinaryField()),
                ("thumb", models.BinaryField()),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="NameplateCase",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("npc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("maker_name", models.CharField(max_length=80)),
                ("serial_number", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("DIFFERENT", "Two different machines"),
                            ("FIRST_WRONG", "The one registered first is wrong"),
                            ("SECOND_WRONG", "The other one is wrong"),
                        ],
                        default="OPEN",
                        max_length=12,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, max_length=30)),
                ("decided_by_name", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="OrganizationCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("passed", models.BooleanField()),
                ("seen", models.CharField(max_length=120)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("checked_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("och",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CREDIT_CODE", "Both check digits of the credit code"),
                            ("LICENCE", "Business licence, read against the credit code"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="equipment",
            name="marketplace_equipment_nameplate_once",
        ),
        migrations.AddField(
            model_name="equipment",
            name="is_disproved",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="equipment",
            index=models.Index(
                marketplace.models.equipment.NameplateKey("serial_number"),
                marketplace.models.equipment.NameplateKey("maker_name"),
                name="marketplace_nameplate_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_disproved", False)),
                fields=("maker_name", "serial_number"),
                name="marketplace_equipment_nameplate_once",
            ),
        ),
        migrations.AddField(
            model_name="equipmentcheck",
            name="equipment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="marketplace.equipment"
            ),
        ),
        migrations.AddField(
            model_name="listingphoto",
            name="listing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="marketplace.listing"
            ),
        ),
        migrations.AddField(
            model_name="nameplatecase",
            name="claimant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.organization"
            ),
        ),
        migrations.AddField(
            model_name="nameplatecase",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases_as_first",
                to="marketplace.equipment",
            ),
        ),
        migrations.AddField(
            model_name="nameplatecase",
            name="second",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases_as_second",
                to="marketplace.equipment",
            ),
        ),
        migrations.AddField(
            model_name="organizationcheck",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="marketplace.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="equipmentcheck",
            index=models.Index(fields=["equipment", "-checked_at"], name="marketplace_equipme_2077b2_idx"),
        ),
        migrations.AddConstraint(
            model_name="equipmentcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_at__lte", models.F("recorded_at")),
                    ("valid_until__gt", models.F("checked_at")),
                    models.Q(("seen", ""), _negated=True),
                ),
                name="marketplace_equipmentcheck_holds_for_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="listingphoto",
            constraint=models.UniqueConstraint(
                fields=("listing", "sha256"), name="marketplace_listingphoto_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="listingphoto",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("listing", "position"),
                name="marketplace_listingphoto_one_at_a_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="listingphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("alt_zh", ""), _negated=True),
                    models.Q(("alt_en", ""), _negated=True),
                    ("height__gte", 1),
                    ("width__gte", 1),
                ),
                name="marketplace_listingphoto_is_described",
            ),
        ),
        migrations.AddIndex(
            model_name="nameplatecase",
            index=models.Index(fields=["state", "-id"], name="marketplace_state_c5b234_idx"),
        ),
        migrations.AddConstraint(
            model_name="nameplatecase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("second__isnull", False)),
                fields=("first", "second"),
                name="marketplace_nameplatecase_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplatecase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("second", None)),
                fields=("first", "claimant"),
                name="marketplace_nameplatecase_claimed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplatecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("reason", ""), ("state", "OPEN")),
                    models.Q(
                        models.Q(("state", "OPEN"), _negated=True),
                        ("decided_at__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="marketplace_nameplatecase_decided_with_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="organizationcheck",
            index=models.Index(fields=["organization", "-checked_at"], name="marketplace_organiz_ffbde2_idx"),
        ),
        migrations.AddConstraint(
            model_name="organizationcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_at__lte", models.F("recorded_at")),
                    ("valid_until__gt", models.F("checked_at")),
                    models.Q(("seen", ""), _negated=True),
                ),
                name="marketplace_organizationcheck_holds_for_a_time",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, NO_APPEND_ONLY),
    ]
