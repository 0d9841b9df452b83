"""Grants: their terms never change; they are answered once, withdrawn once, and a job is closed once."""

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

TERMS_STAY = """
CREATE FUNCTION ownership_grant_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may text[] := '{}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ownership_grant: a grant is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.given_at IS NULL AND OLD.refused_at IS NULL THEN
        may := may || ARRAY['given_at', 'given_by', 'given_by_name', 'given_for_id', 'given_role',
                            'refused_at', 'refused_by', 'refused_why'];
        IF OLD.readable IS NULL THEN
            may := may || ARRAY['generated', 'readable'];
        END IF;
    END IF;
    IF OLD.withdrawn_at IS NULL THEN
        may := may || ARRAY['withdrawn_at', 'withdrawn_by'];
    END IF;
    IF OLD.job_closed_at IS NULL THEN
        may := may || ARRAY['job_closed_at', 'job_closed_by'];
    END IF;
    IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
        RAISE EXCEPTION 'ownership_grant: what was agreed stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_grant_changes BEFORE UPDATE OR DELETE ON ownership_grant
    FOR EACH ROW EXECUTE FUNCTION ownership_grant_changes();
"""
OF_ITS_MACHINE = """
CREATE FUNCTION ownership_grant_of_its_machine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agreement_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ownership_agreement a
        WHERE a.id = NEW.agreement_id AND a.equipment_id = NEW.equipment_id
    ) THEN
        RAISE EXCEPTION 'ownership_grant: the agreement is about another machine'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_grant_of_its_machine BEFORE INSERT ON ownership_grant
    FOR EACH ROW EXECUTE FUNCTION ownership_grant_of_its_machine();
"""
DECLARED_STAYS = """
CREATE TRIGGER ownership_declaredcompetitor_append_only BEFORE UPDATE OR DELETE ON ownership_declaredcompetitor
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0004_data_grants"),
        ("ownership", "0004_agreements_and_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="competitor",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="DeclaredCompetitor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("declared_at", models.DateTimeField()),
                ("declared_by", models.CharField(max_length=30)),
                (
                    "competitor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="competitors_declared",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "competitor"), name="ownership_declaredcompetitor_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("organization", models.F("competitor")), _negated=True),
                        name="ownership_declaredcompetitor_of_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("gra",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("LESSEE_CONSENT", "Consent"),
                            ("REMOTE_DIAGNOSIS", "Remote diagnosis"),
                            ("SERVICE_JOB", "Service job"),
                            ("ORDER", "Lawful order"),
                        ],
                        max_length=16,
                    ),
                ),
                ("party", models.CharField(max_length=16)),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), size=None
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[("read", "every reading"), ("read_aggregate", "figures only")], max_length=14
                    ),
                ),
                ("purpose", models.CharField(max_length=60)),
                ("interval", models.CharField(blank=True, max_length=8)),
                ("generated", django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True)),
                ("readable", django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True)),
                ("lasts", models.PositiveIntegerField(null=True)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("authority", models.CharField(blank=True, max_length=120)),
                ("ordered_on", models.DateField(null=True)),
                ("competitor", models.BooleanField(default=False)),
                ("digest", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField(null=True)),
                ("asked_by", models.CharField(blank=True, max_length=30)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("given_at", models.DateTimeField(null=True)),
                ("given_by", models.CharField(blank=True, max_length=30)),
                ("given_by_name", models.CharField(blank=True, max_length=80)),
                (
                    "given_role",
                    models.CharField(
                        blank=True,
                        choices=[("lessee", "Lessee"), ("owner", "Owner"), ("platform", "Platform")],
                        max_length=8,
                    ),
                ),
                ("refused_at", models.DateTimeField(null=True)),
                ("refused_by", models.CharField(blank=True, max_length=30)),
                ("refused_why", models.CharField(blank=True, max_length=500)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=30)),
                ("job_closed_at", models.DateTimeField(null=True)),
                ("job_closed_by", models.CharField(blank=True, max_length=30)),
                (
                    "agreement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="ownership.agreement",
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="marketplace.equipment",
                    ),
                ),
                (
                    "given_for",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants_given",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants_got",
                        to="marketplace.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["recipient", "equipment"], name="ownership_g_recipie_e91c1c_idx")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked_at__isnull", False), ("given_at__isnull", False), _connector="OR"
                        ),
                        name="ownership_grant_asked_or_given",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("given_at", None), ("refused_at", None), _connector="OR"),
                        name="ownership_grant_answered_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at", None), ("given_at__isnull", False), _connector="OR"
                        ),
                        name="ownership_grant_withdrawn_if_given",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("given_at", None),
                            models.Q(
                                ("generated__isnull", False),
                                ("given_for__isnull", False),
                                ("readable__isnull", False),
                                models.Q(("given_role", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="ownership_grant_given_by_somebody_for_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("readable", None),
                            models.Q(("readable__endswith__isnull", False), ("readable__isempty", False)),
                            _connector="OR",
                        ),
                        name="ownership_grant_time_box",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("generated", None), ("generated__isempty", False), _connector="OR"
                        ),
                        name="ownership_grant_data_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("job_closed_at", None),
                            models.Q(("given_at__isnull", False), ("kind", "SERVICE_JOB")),
                            _connector="OR",
                        ),
                        name="ownership_grant_job_closed_if_one",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TERMS_STAY, "DROP FUNCTION ownership_grant_changes() CASCADE"),
        migrations.RunSQL(OF_ITS_MACHINE, "DROP FUNCTION ownership_grant_of_its_machine() CASCADE"),
        migrations.RunSQL(
            DECLARED_STAYS,
            "DROP TRIGGER ownership_declaredcompetitor_append_only ON ownership_declaredcompetitor",
        ),
    ]
