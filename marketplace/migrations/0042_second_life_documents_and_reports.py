"""Documents of machines, their second life, what was reported of offers, and nameplate cases opened again."""

import functools

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

GUARDS = """
CREATE TRIGGER marketplace_refurbishmententry_append_only BEFORE UPDATE OR DELETE
    ON marketplace_refurbishmententry FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER marketplace_scrapping_append_only BEFORE UPDATE OR DELETE ON marketplace_scrapping
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER marketplace_contentstep_append_only BEFORE UPDATE OR DELETE ON marketplace_contentstep
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER marketplace_refurbishment_is_over BEFORE UPDATE OR DELETE ON marketplace_refurbishment
    FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER marketplace_equipmentdocument_same_file BEFORE UPDATE ON marketplace_equipmentdocument
    FOR EACH ROW WHEN (OLD.content <> NEW.content OR OLD.sha256 <> NEW.sha256
        OR OLD.equipment_id <> NEW.equipment_id) EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
NO_GUARDS = """
DROP TRIGGER marketplace_refurbishmententry_append_only ON marketplace_refurbishmententry;
DROP TRIGGER marketplace_scrapping_append_only ON marketplace_scrapping;
DROP TRIGGER marketplace_contentstep_append_only ON marketplace_contentstep;
DROP TRIGGER marketplace_refurbishment_is_over ON marketplace_refurbishment;
DROP TRIGGER marketplace_equipmentdocument_same_file ON marketplace_equipmentdocument;
"""
# Until now a machine was retired only when it was lost or sold.
GONE = "UPDATE marketplace_equipment SET retirement = 'GONE' WHERE status = 'RETIRED'"


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0041_moved_clock"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentCase",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("cca",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("LISTING", "the offer"),
                            ("PHOTO", "a picture"),
                            ("DOCUMENT", "a document"),
                        ],
                        max_length=8,
                    ),
                ),
                ("item", models.CharField(blank=True, max_length=30)),
                ("named", models.CharField(max_length=160)),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("UNTRUE", "What it says is not true"),
                            ("NOT_THEIRS", "The machine is not theirs"),
                            ("FORBIDDEN", "It is forbidden to offer or show this"),
                            ("SECRET", "It shows people or trade secrets"),
                            ("FRAUD", "It looks like fraud"),
                            ("OTHER", "Something else"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "waits for the platform"),
                            ("HIDDEN", "hidden by the platform"),
                            ("ANSWERED", "the owner has answered"),
                            ("DISMISSED", "nothing wrong was found"),
                            ("SHOWN", "shown again"),
                        ],
                        max_length=9,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("answer", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="ContentStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("REPORT", "reported"),
                            ("HIDE", "hidden"),
                            ("DISMISS", "found nothing wrong"),
                            ("ANSWER", "answered by the owner"),
                            ("KEEP", "left hidden"),
                            ("SHOW", "shown again"),
                        ],
                        max_length=7,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("by", models.CharField(max_length=30)),
                ("by_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="EquipmentDocument",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("edo",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("MANUAL", "Manual"),
                            ("CALIBRATION", "Calibration certificate"),
                            ("SAFETY", "CE or explosion-proof certificate"),
                            ("INSPECTION", "Inspection report"),
                            ("SAMPLE", "Process sample"),
                            ("REFURBISHMENT", "Paper of a refurbishment"),
                            ("SCRAPPING", "Certificate of scrapping"),
                            ("OTHER", "Another document"),
                        ],
                        max_length=14,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("EVERYBODY", "everybody"),
                            ("SIGNED_IN", "whoever is signed in"),
                            ("LESSEES", "lessees of this machine"),
                        ],
                        max_length=10,
                    ),
                ),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("media_type", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("pages", models.PositiveSmallIntegerField()),
                ("added_by", models.CharField(max_length=30)),
                ("added_by_name", models.CharField(max_length=80)),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Refurbishment",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("rfb",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("begun_by", models.CharField(max_length=30)),
                ("begun_by_name", models.CharField(max_length=80)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("finished_by", models.CharField(blank=True, max_length=30)),
                ("finished_by_name", models.CharField(blank=True, max_length=80)),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("DONE", "refurbished"), ("GIVEN_UP", "given up")], max_length=8
                    ),
                ),
                ("workshop", models.CharField(blank=True, max_length=120)),
                ("hours", models.DecimalField(blank=True, decimal_places=1, max_digits=9, null=True)),
                ("test_run", models.TextField(blank=True, max_length=1000)),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("A", "A: as new, within the maker's tolerances"),
                            ("B", "B: good, all functions tested"),
                            ("C", "C: works, with limits that are written down"),
                        ],
                        max_length=1,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RefurbishmentEntry",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("rfe",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("WORK", "Work done"), ("PART", "Part replaced"), ("MEASURED", "Measured")],
                        max_length=8,
                    ),
                ),
                ("what", models.CharField(max_length=300)),
                ("part", models.CharField(blank=True, max_length=120)),
                ("done_by", models.CharField(max_length=120)),
                ("done_on", models.DateField()),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["done_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Scrapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recycler", models.CharField(max_length=120)),
                ("certificate", models.CharField(max_length=120)),
                ("scrapped_on", models.DateField()),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="equipment",
            name="retired_why",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="equipment",
            name="retirement",
            field=models.CharField(
                blank=True,
                choices=[("GONE", "lost or sold"), ("SET_ASIDE", "set aside by its owner")],
                db_default="",
                default="",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="nameplatecase",
            name="reopened_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="nameplatecase",
            name="reopened_why",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="equipment",
            name="status",
            field=models.CharField(
                choices=[
                    ("IN_SERVICE", "In service"),
                    ("RETIRED", "Retired"),
                    ("REFURBISHING", "Being refurbished"),
                    ("SCRAPPED", "Scrapped"),
                ],
                default="IN_SERVICE",
                max_length=12,
            ),
        ),
        migrations.RunSQL(GONE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="equipment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("retirement", ""), ("status", "IN_SERVICE")),
                    models.Q(("status", "RETIRED"), models.Q(("retirement", ""), _negated=True)),
                    models.Q(("retirement", "SET_ASIDE"), ("status__in", ["REFURBISHING", "SCRAPPED"])),
                    _connector="OR",
                ),
                name="marketplace_equipment_out_of_service_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplatecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reopened_at", None), ("reopened_why", "")),
                    models.Q(
                        ("reopened_at__gte", models.F("opened_at")),
                        models.Q(("reopened_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="marketplace_nameplatecase_reopened_with_a_reason",
            ),
        ),
        migrations.AddField(
            model_name="contentcase",
            name="listing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="content_cases",
                to="marketplace.listing",
            ),
        ),
        migrations.AddField(
            model_name="contentcase",
            name="photo",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="content_cases",
                to="marketplace.listingphoto",
            ),
        ),
        migrations.AddField(
            model_name="contentcase",
            name="reporter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="contentstep",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="marketplace.contentcase",
            ),
        ),
        migrations.AddField(
            model_name="equipmentdocument",
            name="equipment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="marketplace.equipment",
            ),
        ),
        migrations.AddField(
            model_name="contentcase",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="content_cases",
                to="marketplace.equipmentdocument",
            ),
        ),
        migrations.AddField(
            model_name="refurbishment",
            name="equipment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refurbishments",
                to="marketplace.equipment",
            ),
        ),
        migrations.AddField(
            model_name="equipmentdocument",
            name="refurbishment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="marketplace.refurbishment",
            ),
        ),
        migrations.AddField(
            model_name="refurbishmententry",
            name="refurbishment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="marketplace.refurbishment",
            ),
        ),
        migrations.AddField(
            model_name="scrapping",
            name="equipment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scrapping",
                to="marketplace.equipment",
            ),
        ),
        migrations.AddIndex(
            model_name="contentcase",
            index=models.Index(fields=["state", "opened_at"], name="marketplace_state_fcbbf5_idx"),
        ),
        migrations.AddConstraint(
            model_name="contentcase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "OPEN")),
                fields=("listing", "item", "reporter"),
                name="marketplace_contentcase_reported_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="contentcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("about", "LISTING"), ("document", None), ("photo", None)),
                    models.Q(("about", "PHOTO"), ("document", None)),
                    models.Q(("about", "DOCUMENT"), ("photo", None)),
                    _connector="OR",
                ),
                name="marketplace_contentcase_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="contentcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), ("reporter__isnull", False), ("state", "OPEN")),
                    models.Q(
                        models.Q(("state", "OPEN"), _negated=True), models.Q(("reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="marketplace_contentcase_decided_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="contentcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("moved_at__gte", models.F("opened_at"))),
                name="marketplace_contentcase_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="refurbishment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("equipment",),
                name="marketplace_refurbishment_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="refurbishment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("grade", ""), ("hours", None), ("outcome", "")),
                    models.Q(
                        ("finished_at__gte", models.F("begun_at")),
                        ("grade", ""),
                        ("hours", None),
                        ("outcome", "GIVEN_UP"),
                    ),
                    models.Q(
                        ("finished_at__gte", models.F("begun_at")),
                        ("hours__gte", 0),
                        ("outcome", "DONE"),
                        models.Q(("grade", ""), _negated=True),
                        models.Q(("test_run", ""), _negated=True),
                        models.Q(("workshop", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="marketplace_refurbishment_over_with_an_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="equipmentdocument",
            index=models.Index(
                condition=models.Q(("valid_until__isnull", False)),
                fields=["valid_until"],
                name="marketplace_edo_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentdocument",
            constraint=models.UniqueConstraint(
                fields=("equipment", "sha256"), name="marketplace_equipmentdocument_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentdocument",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("equipment", "position"),
                name="marketplace_equipmentdocument_one_at_a_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="equipmentdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title", ""), _negated=True),
                    ("media_type__in", ["application/pdf", "image/jpeg"]),
                    ("pages__gte", 1),
                    ("size__gte", 1),
                ),
                name="marketplace_equipmentdocument_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="refurbishmententry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("what", ""), _negated=True),
                    models.Q(("done_by", ""), _negated=True),
                    models.Q(
                        models.Q(("kind", "PART"), _negated=True),
                        models.Q(("part", ""), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="marketplace_refurbishmententry_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="scrapping",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recycler", ""), _negated=True), models.Q(("certificate", ""), _negated=True)
                ),
                name="marketplace_scrapping_with_a_certificate",
            ),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
