"""Insurance policies of machines, each record for good; a newer one may take the place of an older."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

KEPT = """
CREATE TRIGGER leasing_insurancepolicy_append_only BEFORE UPDATE OR DELETE ON leasing_insurancepolicy
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();

CREATE FUNCTION leasing_insurance_is_of_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM leasing_insurancepolicy prior
            WHERE prior.id = NEW.replaces_id AND prior.id <> NEW.id AND prior.equipment_id = NEW.equipment_id
                AND prior.lease_id IS NOT DISTINCT FROM NEW.lease_id
                AND prior.organization_id = NEW.organization_id) THEN
        RAISE EXCEPTION 'a policy replaces one of the same machine, lease and organization'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lease_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM leasing_leaseunit unit JOIN leasing_lease lease ON lease.id = unit.lease_id
            WHERE unit.lease_id = NEW.lease_id AND unit.equipment_id = NEW.equipment_id
                AND NEW.organization_id IN (lease.lessor_id, lease.lessee_id)) THEN
        RAISE EXCEPTION 'a policy on a lease is of a machine of it, by one of its sides'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_insurancepolicy_is_of_its_place BEFORE INSERT ON leasing_insurancepolicy
    FOR EACH ROW EXECUTE FUNCTION leasing_insurance_is_of_its_place();
"""
UNKEPT = """
DROP TRIGGER leasing_insurancepolicy_append_only ON leasing_insurancepolicy;
DROP TRIGGER leasing_insurancepolicy_is_of_its_place ON leasing_insurancepolicy;
DROP FUNCTION leasing_insurance_is_of_its_place();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0032_trends_of_gauges"),
        ("marketplace", "0021_encumbrance_searches"),
    ]

    operations = [
        migrations.CreateModel(
            name="InsurancePolicy",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ins",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PROPERTY", "Property insurance"),
                            ("TRANSIT", "Transit insurance"),
                            ("BREAKDOWN", "Machinery breakdown insurance"),
                            ("LIABILITY", "Liability insurance"),
                            ("FIRST_SET", "First set insurance"),
                        ],
                        max_length=10,
                    ),
                ),
                ("insurer", models.CharField(max_length=120)),
                ("number", models.CharField(max_length=60)),
                ("sum_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "holder",
                    models.CharField(
                        choices=[
                            ("OWNER", "Whoever owns the machine"),
                            ("LESSOR", "Lessor"),
                            ("LESSEE", "Lessee"),
                        ],
                        max_length=6,
                    ),
                ),
                ("catalogue_item", models.CharField(blank=True, max_length=120)),
                ("catalogue_year", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("document_sha256", models.CharField(blank=True, max_length=64)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_by", models.CharField(max_length=30)),
                ("recorded_by_name", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policies",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policies",
                        to="leasing.lease",
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
                        to="leasing.insurancepolicy",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["equipment", "-ends_at"], name="leasing_ins_equipme_0954f4_idx"),
                    models.Index(fields=["ends_at"], name="leasing_ins_ends_at_32d182_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__gt", models.F("starts_at")),
                            ("sum_minor__gt", 0),
                            models.Q(("insurer", ""), _negated=True),
                            models.Q(("number", ""), _negated=True),
                        ),
                        name="leasing_insurancepolicy_says_what_it_covers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("catalogue_year__isnull", False),
                                ("kind", "FIRST_SET"),
                                models.Q(("catalogue_item", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("kind", "FIRST_SET"), _negated=True),
                                ("catalogue_item", ""),
                                ("catalogue_year", None),
                            ),
                            _connector="OR",
                        ),
                        name="leasing_insurancepolicy_first_set_has_its_item",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("holder", "OWNER"), ("lease__isnull", False), _connector="OR"),
                        name="leasing_insurancepolicy_sides_hold_on_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at", None),
                            models.Q(
                                ("cancelled_at__gte", models.F("starts_at")),
                                ("cancelled_at__lt", models.F("ends_at")),
                                ("replaces__isnull", False),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="leasing_insurancepolicy_cancelled_in_its_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("document_sha256", ""),
                            ("document_sha256__regex", "^[0-9a-f]{64}$"),
                            _connector="OR",
                        ),
                        name="leasing_insurancepolicy_document_is_hashed",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEPT, UNKEPT),
    ]
