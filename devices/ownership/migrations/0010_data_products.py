"""Data products: versions, consents, licences; what was said stays, and nothing is sold but what is on sale."""

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids

TABLES = ("productversion", "productstep", "datalicence", "licencestep")
APPEND_ONLY = (
    "".join(
        f"""
CREATE TRIGGER ownership_{table}_append_only BEFORE UPDATE OR DELETE ON ownership_{table}
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
        for table in TABLES
    )
    + """
CREATE TRIGGER ownership_dataproduct_kept BEFORE UPDATE OR DELETE ON ownership_dataproduct
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
)
REWRITTEN = (
    "".join(f"DROP TRIGGER ownership_{table}_append_only ON ownership_{table};" for table in TABLES)
    + "DROP TRIGGER ownership_dataproduct_kept ON ownership_dataproduct;"
)
# Who has to consent does so before anything is published, and nothing happens to what was withdrawn.
CONSENTED = """
CREATE FUNCTION ownership_productstep_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ownership_productstep s
               WHERE s.version_id = NEW.version_id AND s.kind = 'WITHDRAWN') THEN
        RAISE EXCEPTION 'ownership_productstep: it was withdrawn' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'PUBLISHED' AND EXISTS (
        SELECT FROM ownership_productversion v, unnest(v.parties) AS party
        WHERE v.id = NEW.version_id AND NOT EXISTS (
            SELECT FROM ownership_productstep s JOIN marketplace_organization o ON o.id = s.organization_id
            WHERE s.version_id = v.id AND s.kind = 'CONSENTED' AND o.public_id = party)
    ) THEN
        RAISE EXCEPTION 'ownership_productstep: a consent is missing' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_productstep_fits BEFORE INSERT ON ownership_productstep
    FOR EACH ROW EXECUTE FUNCTION ownership_productstep_fits();
"""
# Whole shares, whole prices, only what is on sale, and no more licences than were offered.
SOLD = """
CREATE FUNCTION ownership_productversion_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum((one->>'points')::bigint) FROM jsonb_array_elements(NEW.shares) one)
        IS DISTINCT FROM 10000 THEN
        RAISE EXCEPTION 'ownership_productversion: the shares are not the whole'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_productversion_fits BEFORE INSERT ON ownership_productversion
    FOR EACH ROW EXECUTE FUNCTION ownership_productversion_fits();

CREATE FUNCTION ownership_datalicence_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sold ownership_productversion;
BEGIN
    SELECT * INTO sold FROM ownership_productversion WHERE id = NEW.version_id;
    IF (sold.price, sold.currency, sold.digest) IS DISTINCT FROM (NEW.price, NEW.currency, NEW.digest)
        OR (SELECT sum((one->>'minor')::bigint) FROM jsonb_array_elements(NEW.split) one)
            IS DISTINCT FROM NEW.price THEN
        RAISE EXCEPTION 'ownership_datalicence: this is not what was offered'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.place NOT BETWEEN 1 AND sold.most_licences OR NOT EXISTS (
        SELECT FROM ownership_productstep s WHERE s.version_id = sold.id AND s.kind = 'PUBLISHED'
    ) OR EXISTS (
        SELECT FROM ownership_productstep s WHERE s.version_id = sold.id AND s.kind = 'WITHDRAWN'
    ) THEN
        RAISE EXCEPTION 'ownership_datalicence: this is not on sale' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_datalicence_fits BEFORE INSERT ON ownership_datalicence
    FOR EACH ROW EXECUTE FUNCTION ownership_datalicence_fits();

CREATE FUNCTION ownership_licencestep_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ownership_licencestep s
               WHERE s.licence_id = NEW.licence_id AND s.kind = 'TERMINATED')
        OR (NEW.kind = 'PAID' AND EXISTS (
            SELECT FROM ownership_productstep s JOIN ownership_datalicence l ON l.version_id = s.version_id
            WHERE l.id = NEW.licence_id AND s.kind = 'WITHDRAWN')) THEN
        RAISE EXCEPTION 'ownership_licencestep: it is over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_licencestep_fits BEFORE INSERT ON ownership_licencestep
    FOR EACH ROW EXECUTE FUNCTION ownership_licencestep_fits();
"""
GONE = "".join(
    f"DROP FUNCTION ownership_{table}_fits() CASCADE;"
    for table in ("productversion", "datalicence", "licencestep")
)


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0007_financial_organizations"),
        ("ownership", "0009_sharing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DataLicence",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("lic",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("destination", models.CharField(max_length=2)),
                ("price", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("split", models.JSONField()),
                ("place", models.PositiveIntegerField()),
                ("attempt", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DataProduct",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("prd",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LicenceStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("PAID", "Payment recorded"), ("TERMINATED", "Terminated")], max_length=10
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("until", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CONSENTED", "Consented"),
                            ("PUBLISHED", "Published"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=80)),
                ("about", models.CharField(blank=True, max_length=500)),
                ("source", models.CharField(max_length=500)),
                ("basis", models.CharField(max_length=300)),
                (
                    "assets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), size=None
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("interval", models.CharField(max_length=8)),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("L1", "L1 public"),
                            ("L2", "L2 internal"),
                            ("L3", "L3 sensitive"),
                            ("L4", "L4 secret"),
                            ("L5", "L5 important data"),
                            ("L6", "L6 core data"),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None
                    ),
                ),
                ("days", models.PositiveIntegerField()),
                ("most_licences", models.PositiveIntegerField()),
                (
                    "recipients",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("abroad", models.BooleanField(default=False)),
                ("price", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("shares", models.JSONField()),
                (
                    "parties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                ("evidence", models.JSONField()),
                ("content", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["product", "number"],
            },
        ),
        migrations.AddField(
            model_name="grant",
            name="assets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="given_role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("lessee", "Lessee"),
                    ("owner", "Owner"),
                    ("platform", "Platform"),
                    ("seller", "Seller of a data product"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="kind",
            field=models.CharField(
                choices=[
                    ("LESSEE_CONSENT", "Consent"),
                    ("REMOTE_DIAGNOSIS", "Remote diagnosis"),
                    ("SERVICE_JOB", "Service job"),
                    ("ORDER", "Lawful order"),
                    ("PRODUCT", "Licence of a data product"),
                    ("SHARING", "Sharing request"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "PRODUCT"), _negated=True),
                    models.Q(
                        models.Q(("assets", []), _negated=True),
                        models.Q(("reference", ""), _negated=True),
                        models.Q(("interval", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="ownership_grant_sold_names_assets",
            ),
        ),
        migrations.AddField(
            model_name="datalicence",
            name="border_check",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ownership.bordercheck",
            ),
        ),
        migrations.AddField(
            model_name="datalicence",
            name="buyer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="data_licences",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="datalicence",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="dataproduct",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="data_products",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="licencestep",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="licencestep",
            name="licence",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="ownership.datalicence"
            ),
        ),
        migrations.AddField(
            model_name="licencestep",
            name="within",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.organization"
            ),
        ),
        migrations.AddField(
            model_name="productstep",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="productstep",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.organization"
            ),
        ),
        migrations.AddField(
            model_name="productversion",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="productversion",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="ownership.dataproduct",
            ),
        ),
        migrations.AddField(
            model_name="productstep",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="ownership.productversion",
            ),
        ),
        migrations.AddField(
            model_name="datalicence",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="licences",
                to="ownership.productversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencestep",
            constraint=models.UniqueConstraint(fields=("licence", "kind"), name="ownership_licencestep_once"),
        ),
        migrations.AddConstraint(
            model_name="licencestep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "PAID")),
                fields=("reference",),
                name="ownership_licencestep_one_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencestep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "PAID"), _negated=True),
                    models.Q(models.Q(("reference", ""), _negated=True), ("until__gt", models.F("at"))),
                    _connector="OR",
                ),
                name="ownership_licencestep_paid_by_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.UniqueConstraint(
                fields=("product", "number"), name="ownership_productversion_one_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("grade__in", ["L5", "L6"]), _negated=True),
                name="ownership_productversion_never_important",
            ),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("currency__in", ["CNY", "EUR", "GBP", "HKD", "JPY", "USD"]),
                    ("days__gte", 1),
                    ("most_licences__gte", 1),
                    ("price__gte", 1),
                ),
                name="ownership_productversion_priced_and_limited",
            ),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__endswith__lte", models.F("at")), ("period__isempty", False)),
                name="ownership_productversion_period_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="productstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "CONSENTED")),
                fields=("version", "organization"),
                name="ownership_productstep_consents_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="productstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "CONSENTED"), _negated=True),
                fields=("version", "kind"),
                name="ownership_productstep_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="datalicence",
            constraint=models.UniqueConstraint(
                fields=("version", "place", "attempt"), name="ownership_datalicence_one_a_place"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITTEN),
        migrations.RunSQL(CONSENTED, "DROP FUNCTION ownership_productstep_fits() CASCADE"),
        migrations.RunSQL(SOLD, GONE),
    ]
