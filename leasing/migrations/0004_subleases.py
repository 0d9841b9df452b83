"""Sub-leases: one sub-lessee at a time on each level, and a document and a history that stay as they are."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import leasing.rules.subleases
import marketplace.shared.ids

# Agreed, running and ended ones take the machine, from the handover or the agreed day on.
ONE_SUBLESSEE = """
ALTER TABLE leasing_sublease ADD CONSTRAINT leasing_sublease_one_at_a_time
    EXCLUDE USING gist (int8range(unit_id, unit_id, '[]') WITH &&, int4range(depth, depth, '[]') WITH &&,
        tstzrange(COALESCE(active_from, starts_at), COALESCE(active_to, ends_at)) WITH &&)
    WHERE (status IN ('AGREED', 'RUNNING', 'ENDED'));
"""

APPEND_ONLY = """
CREATE TRIGGER leasing_subleasestep_append_only BEFORE UPDATE OR DELETE ON leasing_subleasestep
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""

FROZEN = """
CREATE FUNCTION leasing_sublease_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what sub-lease % says does not change', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_sublease_document_frozen BEFORE UPDATE ON leasing_sublease FOR EACH ROW
    WHEN ((NEW.document, NEW.digest, NEW.lease_id, NEW.unit_id, NEW.under_id, NEW.depth, NEW.sublessor_id,
            NEW.sublessee_id, NEW.asked, NEW.starts_at, NEW.ends_at, NEW.place)
        IS DISTINCT FROM (OLD.document, OLD.digest, OLD.lease_id, OLD.unit_id, OLD.under_id, OLD.depth,
            OLD.sublessor_id, OLD.sublessee_id, OLD.asked, OLD.starts_at, OLD.ends_at, OLD.place))
    EXECUTE FUNCTION leasing_sublease_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0003_offers"),
        ("marketplace", "0007_financial_organizations"),
        ("ownership", "0011_subleases"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sublease",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("sbl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("depth", models.PositiveIntegerField()),
                (
                    "asked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                (
                    "consented",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), blank=True, default=list, size=None
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ACCEPTED", "Waits for consent"),
                            ("AGREED", "Agreed"),
                            ("REFUSED", "Refused"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("EXPIRED", "Expired"),
                            ("RUNNING", "Running"),
                            ("ENDED", "Ended"),
                        ],
                        max_length=10,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("active_from", models.DateTimeField(blank=True, null=True)),
                ("active_to", models.DateTimeField(blank=True, null=True)),
                ("place", models.CharField(max_length=200)),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("proposed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "agreement",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ownership.agreement",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subleases",
                        to="leasing.lease",
                    ),
                ),
                (
                    "sublessee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subleases_taken",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "sublessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subleases_given",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "under",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="below",
                        to="leasing.sublease",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subleases",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SubleaseStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("status_before", models.CharField(blank=True, max_length=10)),
                ("actor", models.CharField(max_length=30)),
                ("actor_name", models.CharField(max_length=80)),
                ("organization", models.CharField(blank=True, max_length=30)),
                ("organization_name", models.CharField(blank=True, max_length=120)),
                ("roles", models.JSONField(default=list)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("propose", "proposed the sub-lease"),
                            ("accept", "accepted the sub-lease"),
                            ("consent", "consented to the sub-lease"),
                            ("refuse", "refused the sub-lease"),
                            ("withdraw", "withdrew the sub-lease"),
                            ("begin", "handed the machine on"),
                            ("end", "ended the sub-lease"),
                            ("expire", "let the sub-lease expire"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ACCEPTED", "Waits for consent"),
                            ("AGREED", "Agreed"),
                            ("REFUSED", "Refused"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("EXPIRED", "Expired"),
                            ("RUNNING", "Running"),
                            ("ENDED", "Ended"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "sublease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="leasing.sublease",
                    ),
                ),
            ],
            options={
                "ordering": ["sublease", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="sublease",
            index=models.Index(fields=["status", "ends_at"], name="leasing_sub_status_fdc303_idx"),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(("sublessor", models.F("sublessee")), _negated=True),
                name="leasing_sublease_two_sides",
            ),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="leasing_sublease_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(("asked__len", models.F("depth")), ("depth__gte", 1), ("depth__lte", 3)),
                name="leasing_sublease_depth",
            ),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "status__in",
                            [
                                leasing.rules.subleases.Status["AGREED"],
                                leasing.rules.subleases.Status["ENDED"],
                                leasing.rules.subleases.Status["RUNNING"],
                            ],
                        ),
                        _negated=True,
                    ),
                    ("consented__contains", models.F("asked")),
                    _connector="OR",
                ),
                name="leasing_sublease_consent_of_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("active_from", None),
                        (
                            "status__in",
                            [
                                leasing.rules.subleases.Status["RUNNING"],
                                leasing.rules.subleases.Status["ENDED"],
                            ],
                        ),
                        _connector="XOR",
                    ),
                    models.Q(
                        ("agreement", None),
                        (
                            "status__in",
                            [
                                leasing.rules.subleases.Status["RUNNING"],
                                leasing.rules.subleases.Status["ENDED"],
                            ],
                        ),
                        _connector="XOR",
                    ),
                ),
                name="leasing_sublease_running_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to", None), ("status", leasing.rules.subleases.Status["ENDED"]), _connector="XOR"
                ),
                name="leasing_sublease_ended_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="sublease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to", None), ("active_to__gt", models.F("active_from")), _connector="OR"
                ),
                name="leasing_sublease_active_period_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="subleasestep",
            constraint=models.UniqueConstraint(
                fields=("sublease", "position"), name="leasing_subleasestep_once"
            ),
        ),
        migrations.RunSQL(
            ONE_SUBLESSEE, "ALTER TABLE leasing_sublease DROP CONSTRAINT leasing_sublease_one_at_a_time"
        ),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER leasing_subleasestep_append_only ON leasing_subleasestep"
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_sublease_is_frozen() CASCADE"),
    ]
