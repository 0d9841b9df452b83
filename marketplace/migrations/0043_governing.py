"""Files with what is stored of somebody, and organizations that close."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER marketplace_privacyacceptance_append_only BEFORE UPDATE OR DELETE ON marketplace_privacyacceptance
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
# The gate of marketplace.actions.admission, kept by the database as well.
PUBLISHED = """
CREATE FUNCTION marketplace_offered_by_the_verified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM marketplace_organization
        WHERE id = NEW.owner_id AND (awaits_verification OR closing_at IS NOT NULL))
    THEN
        RAISE EXCEPTION 'listing % is of an organization that is not verified, or closes', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_listing_made_by_the_verified BEFORE INSERT ON marketplace_listing FOR EACH ROW
    WHEN (NEW.status = 'PUBLISHED') EXECUTE FUNCTION marketplace_offered_by_the_verified();
CREATE TRIGGER marketplace_listing_of_the_verified BEFORE UPDATE ON marketplace_listing FOR EACH ROW
    WHEN (NEW.status = 'PUBLISHED' AND (OLD.status <> 'PUBLISHED' OR OLD.owner_id <> NEW.owner_id))
    EXECUTE FUNCTION marketplace_offered_by_the_verified();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0042_second_life_documents_and_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Closing",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("clo",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ASKED", "Closes at the end of its two weeks"),
                            ("TAKEN_BACK", "Taken back"),
                            ("DONE", "Closed"),
                        ],
                        default="ASKED",
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(max_length=30)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(db_index=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DataExport",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("exp",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("PERSON", "What is stored of me"),
                            ("ORGANIZATION", "What is stored of the organization"),
                        ],
                        max_length=12,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(db_index=True, null=True)),
                ("content", models.BinaryField(null=True)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="DataTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("rows", models.PositiveIntegerField()),
                ("csv", models.BinaryField()),
                ("json", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="organization",
            name="closed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="closing_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at", None),
                    models.Q(("closed_at__gte", models.F("closing_at")), ("closing_at__isnull", False)),
                    _connector="OR",
                ),
                name="marketplace_organization_closed_after_it_closes",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("closing_at__isnull", False), ("kind", "PLATFORM"), _negated=True),
                name="marketplace_organization_platform_stays",
            ),
        ),
        migrations.AddField(
            model_name="closing",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closings",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="dataexport",
            name="job",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketplace.backgroundjob",
            ),
        ),
        migrations.AddField(
            model_name="dataexport",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="data_exports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dataexport",
            name="organization",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="data_exports",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="datatable",
            name="of",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tables",
                to="marketplace.dataexport",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "ASKED")),
                fields=("organization",),
                name="marketplace_closing_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state", "ASKED")),
                    models.Q(models.Q(("state", "ASKED"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="marketplace_closing_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "DONE"), _negated=True),
                    ("ended_at__gte", models.F("due_at")),
                    _connector="OR",
                ),
                name="marketplace_closing_not_before_its_time",
            ),
        ),
        migrations.AddIndex(
            model_name="dataexport",
            index=models.Index(fields=["made_by", "-id"], name="marketplace_made_by_c88cbf_idx"),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("content", None), ("ended_at", None), ("expires_at", None), ("sha256", "")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("expires_at__gt", models.F("ended_at")),
                        models.Q(("sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="marketplace_dataexport_ended_with_a_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.CheckConstraint(
                condition=models.Q(("about", "ORGANIZATION"), ("organization", None), _negated=True),
                name="marketplace_dataexport_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="datatable",
            constraint=models.UniqueConstraint(fields=("of", "name"), name="marketplace_datatable_once"),
        ),
        migrations.CreateModel(
            name="PrivacyAcceptance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=12)),
                ("accepted_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="privacy_acceptances",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "version"), name="marketplace_privacyacceptance_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER marketplace_privacyacceptance_append_only ON marketplace_privacyacceptance",
        ),
        migrations.RunSQL(PUBLISHED, "DROP FUNCTION marketplace_offered_by_the_verified() CASCADE"),
    ]
