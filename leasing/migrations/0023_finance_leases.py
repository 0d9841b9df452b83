"""Finance leases: licences, schedules that add up, and entries in the register that follow each other."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
TABLES = (
    "leasing_financelicence",
    "leasing_financelease",
    "leasing_financeinstalment",
    "leasing_financeregistration",
)

# At the end of the transaction, since the lease comes before its instalments: the principals add up.
ADDS_UP = """
CREATE FUNCTION leasing_finance_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint := CASE TG_TABLE_NAME WHEN 'leasing_financelease' THEN (to_jsonb(NEW)->>'id')::bigint
        ELSE (to_jsonb(NEW)->>'finance_id')::bigint END;
BEGIN
    IF (SELECT principal_minor FROM leasing_financelease WHERE id = found) IS DISTINCT FROM
            (SELECT sum(principal_minor) FROM leasing_financeinstalment WHERE finance_id = found) THEN
        RAISE EXCEPTION 'the instalments of finance lease % do not add up to its principal', found
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER leasing_financelease_adds_up AFTER INSERT ON leasing_financelease
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leasing_finance_adds_up();
CREATE CONSTRAINT TRIGGER leasing_financeinstalment_adds_up AFTER INSERT ON leasing_financeinstalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leasing_finance_adds_up();
"""

# Only what is not registered is registered, only what is registered is changed; positions have no gap.
FOLLOWS = """
CREATE FUNCTION leasing_registration_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last leasing_financeregistration%ROWTYPE;
BEGIN
    SELECT * INTO last FROM leasing_financeregistration WHERE finance_id = NEW.finance_id
        ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last.position, 0) + 1
            OR (NEW.kind = 'REGISTER') <> (last.id IS NULL OR last.kind = 'CANCEL') OR NEW."on" < last."on" THEN
        RAISE EXCEPTION 'entry % of finance lease % does not follow from the one before', NEW.position,
            NEW.finance_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_financeregistration_follows BEFORE INSERT ON leasing_financeregistration
    FOR EACH ROW EXECUTE FUNCTION leasing_registration_follows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0022_back_with_a_record"),
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.CreateModel(
            name="FinanceLicence",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("flc",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.CharField(max_length=60)),
                ("authority", models.CharField(max_length=120)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="finance_licences",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FinanceLease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("principal_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "end",
                    models.CharField(
                        choices=[
                            ("TRANSFER", "The lessee gets the machine for a nominal price"),
                            ("RETURN", "The machine goes back"),
                        ],
                        max_length=8,
                    ),
                ),
                ("nominal_price_minor", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="finance",
                        to="leasing.lease",
                    ),
                ),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="leasing.financelicence",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FinanceRegistration",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("frg",)),
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
                            ("REGISTER", "Registered"),
                            ("AMEND", "Amended"),
                            ("EXTEND", "Extended"),
                            ("CANCEL", "Cancelled in the register"),
                        ],
                        max_length=8,
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("on", models.DateField()),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "finance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="leasing.financelease",
                    ),
                ),
            ],
            options={
                "ordering": ["finance", "position"],
            },
        ),
        migrations.CreateModel(
            name="FinanceInstalment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("principal_minor", models.BigIntegerField()),
                ("interest_minor", models.BigIntegerField()),
                (
                    "finance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="instalments",
                        to="leasing.financelease",
                    ),
                ),
            ],
            options={
                "ordering": ["finance", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("finance", "number"), name="leasing_financeinstalment_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("interest_minor__gte", 0), ("number__gte", 1), ("principal_minor__gte", 0)
                        ),
                        name="leasing_financeinstalment_not_negative",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="financelicence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="leasing_financelicence_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="financelease",
            constraint=models.CheckConstraint(
                condition=models.Q(("nominal_price_minor__gte", 0), ("principal_minor__gt", 0)),
                name="leasing_financelease_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="financelease",
            constraint=models.CheckConstraint(
                condition=models.Q(("end", "TRANSFER"), ("nominal_price_minor", 0), _connector="XOR"),
                name="leasing_financelease_price_of_what_is_transferred",
            ),
        ),
        migrations.AddConstraint(
            model_name="financeregistration",
            constraint=models.UniqueConstraint(
                fields=("finance", "position"), name="leasing_financeregistration_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="financeregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "CANCEL"), ("expires_on__isnull", False), _connector="XOR"),
                name="leasing_financeregistration_ends_unless_cancelled",
            ),
        ),
        migrations.AddConstraint(
            model_name="financeregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_on", None), ("expires_on__gt", models.F("on")), _connector="OR"),
                name="leasing_financeregistration_ends_later",
            ),
        ),
        *(
            migrations.RunSQL(APPEND_ONLY.format(table=table), f"DROP TRIGGER {table}_append_only ON {table}")
            for table in TABLES
        ),
        migrations.RunSQL(ADDS_UP, "DROP FUNCTION leasing_finance_adds_up() CASCADE"),
        migrations.RunSQL(FOLLOWS, "DROP FUNCTION leasing_registration_follows() CASCADE"),
    ]
