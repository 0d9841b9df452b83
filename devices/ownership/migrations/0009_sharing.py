"""Sharing with third parties: requests, what owners object to, gatekeepers; each is written once."""

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

ONCE = """
CREATE FUNCTION ownership_sharingrequest_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may text[] := '{}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ownership_sharingrequest: a request is never deleted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.agreed_at IS NULL THEN
        may := may || ARRAY['price', 'cost', 'price_basis', 'priced_at', 'priced_by',
                            'agreed_at', 'agreed_by', 'agreed_by_name', 'agreed_digest'];
    END IF;
    IF OLD.stopped_at IS NULL THEN
        may := may || ARRAY['stop', 'stopped_at', 'stopped_by', 'stopped_why'];
    END IF;
    IF OLD.erased_at IS NULL THEN
        may := may || ARRAY['erased_at', 'erased_by', 'erased_by_name', 'erasure_statement'];
    END IF;
    IF OLD.noted_overdue_at IS NULL THEN
        may := may || ARRAY['noted_overdue_at'];
    END IF;
    IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
        RAISE EXCEPTION 'ownership_sharingrequest: what was agreed stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_sharingrequest_changes BEFORE UPDATE OR DELETE ON ownership_sharingrequest
    FOR EACH ROW EXECUTE FUNCTION ownership_sharingrequest_changes();
CREATE FUNCTION ownership_sharingobjection_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may text[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.overruled_at IS NULL THEN
        may := ARRAY['overruled_at', 'overruled_by', 'overruled_why'];
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
        RAISE EXCEPTION 'ownership_sharingobjection: what was said stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_sharingobjection_changes BEFORE UPDATE OR DELETE ON ownership_sharingobjection
    FOR EACH ROW EXECUTE FUNCTION ownership_sharingobjection_changes();
CREATE TRIGGER ownership_gatekeeperentry_append_only BEFORE UPDATE OR DELETE ON ownership_gatekeeperentry
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
# A lessee's data are given to a third party by the lessee's own request, accepted, and never to a gatekeeper.
SHARED = """
CREATE FUNCTION ownership_grant_shared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NOT EXISTS (
        SELECT FROM ownership_sharingrequest s JOIN ownership_agreement a ON a.id = NEW.agreement_id
        WHERE s.grant_id = NEW.id AND s.agreed_at IS NOT NULL AND NEW.asked_at IS NOT NULL
            AND a.lessee_id = NEW.given_for_id AND NEW.recipient_id NOT IN (a.lessee_id, a.owner_id)
    ) THEN
        RAISE EXCEPTION 'ownership_grant: shared without a request that was accepted'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT g.designated FROM ownership_gatekeeperentry g
        WHERE g.organization_id = NEW.recipient_id ORDER BY g.id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'ownership_grant: nothing is shared with a gatekeeper' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_grant_shared_at_once BEFORE INSERT ON ownership_grant
    FOR EACH ROW WHEN (NEW.kind = 'SHARING' AND NEW.given_at IS NOT NULL)
    EXECUTE FUNCTION ownership_grant_shared();
CREATE TRIGGER ownership_grant_shared BEFORE UPDATE ON ownership_grant
    FOR EACH ROW WHEN (NEW.kind = 'SHARING' AND NEW.given_at IS NOT NULL AND OLD.given_at IS NULL)
    EXECUTE FUNCTION ownership_grant_shared();
"""
WRITTEN_AT_WILL = """
DROP FUNCTION ownership_sharingrequest_changes() CASCADE;
DROP FUNCTION ownership_sharingobjection_changes() CASCADE;
DROP TRIGGER ownership_gatekeeperentry_append_only ON ownership_gatekeeperentry;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0007_financial_organizations"),
        ("ownership", "0008_registrations"),
    ]

    operations = [
        migrations.CreateModel(
            name="GatekeeperEntry",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("gat",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("designated", models.BooleanField()),
                ("on", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=30)),
                ("by_name", models.CharField(max_length=80)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="SharingObjection",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("obj",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("MEASURES", "Trade secret: measures first"),
                            ("DAMAGE", "Trade secret: grave damage in spite of measures"),
                            ("MEASURES_BROKEN", "Agreed measures not kept"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("measures", models.CharField(blank=True, max_length=500)),
                ("authority", models.CharField(blank=True, max_length=120)),
                ("notice", models.CharField(blank=True, max_length=80)),
                ("noticed_on", models.DateField(null=True)),
                ("objected_at", models.DateTimeField()),
                ("objected_by", models.CharField(max_length=30)),
                ("overruled_at", models.DateTimeField(null=True)),
                ("overruled_by", models.CharField(blank=True, max_length=30)),
                ("overruled_why", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SharingRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sharing",
                        to="ownership.grant",
                    ),
                ),
                ("asked_by_name", models.CharField(max_length=80)),
                ("price_cap", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("destination", models.CharField(max_length=2)),
                ("screening", models.JSONField(default=list)),
                ("price", models.BigIntegerField(null=True)),
                ("cost", models.BigIntegerField(null=True)),
                ("price_basis", models.CharField(blank=True, max_length=500)),
                ("priced_at", models.DateTimeField(null=True)),
                ("priced_by", models.CharField(blank=True, max_length=30)),
                ("agreed_at", models.DateTimeField(null=True)),
                ("agreed_by", models.CharField(blank=True, max_length=30)),
                ("agreed_by_name", models.CharField(blank=True, max_length=80)),
                ("agreed_digest", models.CharField(blank=True, max_length=64)),
                (
                    "stop",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RECALLED", "Taken back"),
                            ("DECLINED", "Declined"),
                            ("GATEKEEPER", "Designated as a gatekeeper"),
                            ("MEASURES_BROKEN", "Measures not kept"),
                        ],
                        max_length=16,
                    ),
                ),
                ("stopped_at", models.DateTimeField(null=True)),
                ("stopped_by", models.CharField(blank=True, max_length=30)),
                ("stopped_why", models.CharField(blank=True, max_length=500)),
                ("erased_at", models.DateTimeField(null=True)),
                ("erased_by", models.CharField(blank=True, max_length=30)),
                ("erased_by_name", models.CharField(blank=True, max_length=80)),
                ("erasure_statement", models.CharField(blank=True, max_length=500)),
                ("noted_overdue_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="grant",
            name="channels",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=200), blank=True, default=list, size=None
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
                    ("SHARING", "Sharing request"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "SHARING"), _negated=True),
                    ("agreement__isnull", False),
                    _connector="OR",
                ),
                name="ownership_grant_shared_by_a_lessee",
            ),
        ),
        migrations.AddField(
            model_name="gatekeeperentry",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gatekeeper_entries",
                to="marketplace.organization",
            ),
        ),
        migrations.AddField(
            model_name="sharingrequest",
            name="border_check",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ownership.bordercheck",
            ),
        ),
        migrations.AddField(
            model_name="sharingobjection",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="objections",
                to="ownership.sharingrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="gatekeeperentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True),
                name="ownership_gatekeeperentry_has_a_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("price_cap", None), ("price_cap__gte", 0), _connector="OR"),
                    models.Q(("cost", None), ("cost__gte", 0), _connector="OR"),
                    models.Q(
                        models.Q(("price", None), ("priced_at", None)),
                        models.Q(("price__gte", 0), ("priced_at__isnull", False)),
                        _connector="OR",
                    ),
                ),
                name="ownership_sharingrequest_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("price", None),
                    ("price_cap", None),
                    ("price__lte", models.F("price_cap")),
                    _connector="OR",
                ),
                name="ownership_sharingrequest_price_within_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("destination", "CN"), ("border_check__isnull", False), _connector="OR"),
                name="ownership_sharingrequest_abroad_by_a_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at", None), models.Q(("erasure_statement", ""), _negated=True), _connector="OR"
                ),
                name="ownership_sharingrequest_erased_by_a_statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingobjection",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="ownership_sharingobjection_in_writing"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharingobjection",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", "MEASURES"), ("noticed_on__isnull", False), _connector="OR"),
                name="ownership_sharingobjection_told_to_an_authority",
            ),
        ),
        migrations.RunSQL(ONCE, WRITTEN_AT_WILL),
        migrations.RunSQL(SHARED, "DROP FUNCTION ownership_grant_shared() CASCADE"),
    ]
