"""Damage claims: a range between two sums that only closes, and the words of everybody."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import leasing.rules.damage
import marketplace.shared.ids

# What is claimed does not change; the two sums move towards each other alone; what is over stays as it is.
FROZEN = """
CREATE FUNCTION leasing_damageclaim_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'damage claim % says and stands as it was agreed', NEW.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_damageclaim_frozen BEFORE UPDATE ON leasing_damageclaim FOR EACH ROW
    WHEN ((NEW.public_id, NEW.lease_id, NEW.unit_id, NEW.number, NEW.document, NEW.digest, NEW.currency,
            NEW.claimed_minor, NEW.reply_until, NEW.raised_at)
        IS DISTINCT FROM (OLD.public_id, OLD.lease_id, OLD.unit_id, OLD.number, OLD.document, OLD.digest,
            OLD.currency, OLD.claimed_minor, OLD.reply_until, OLD.raised_at)
        OR OLD.state IN ('ACCEPTED', 'DECIDED', 'WITHDRAWN')
        OR NEW.asked_minor > OLD.asked_minor
        OR OLD.conceded_minor IS NOT NULL
            AND (NEW.conceded_minor IS NULL OR NEW.conceded_minor < OLD.conceded_minor)
        OR OLD.referred_at IS NOT NULL AND NEW.referred_at IS DISTINCT FROM OLD.referred_at)
    EXECUTE FUNCTION leasing_damageclaim_is_frozen();
CREATE TRIGGER leasing_damageclaim_begins_as_claimed BEFORE INSERT ON leasing_damageclaim FOR EACH ROW
    WHEN (NEW.state <> 'RAISED' OR NEW.asked_minor <> NEW.claimed_minor OR NEW.conceded_minor IS NOT NULL
        OR NEW.referred_at IS NOT NULL)
    EXECUTE FUNCTION leasing_damageclaim_is_frozen();
CREATE FUNCTION leasing_damageclaim_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'damage claim % stays', OLD.public_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_damageclaim_kept BEFORE DELETE ON leasing_damageclaim
    FOR EACH ROW EXECUTE FUNCTION leasing_damageclaim_is_kept();
"""
NOT_FROZEN = """
DROP FUNCTION leasing_damageclaim_is_frozen() CASCADE;
DROP FUNCTION leasing_damageclaim_is_kept() CASCADE;
"""
APPEND_ONLY = """
CREATE TRIGGER leasing_damageword_append_only BEFORE UPDATE OR DELETE ON leasing_damageword
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0023_finance_leases"),
    ]

    operations = [
        migrations.CreateModel(
            name="DamageClaim",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dmg",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("claimed_minor", models.BigIntegerField()),
                ("asked_minor", models.BigIntegerField()),
                ("conceded_minor", models.BigIntegerField(blank=True, null=True)),
                ("awarded_minor", models.BigIntegerField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("RAISED", "Waits for the lessee's answer"),
                            ("CONTESTED", "Contested"),
                            ("ACCEPTED", "Accepted"),
                            ("DECIDED", "Decided by the platform"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="RAISED",
                        max_length=10,
                    ),
                ),
                ("reply_until", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("referred_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="damage_claims",
                        to="leasing.lease",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="damage_claims",
                        to="leasing.leaseunit",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "number"],
            },
        ),
        migrations.CreateModel(
            name="DamageWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("raise", "raised the damage claim"),
                            ("accept", "accepted"),
                            ("contest", "contested it"),
                            ("offer", "offered another sum"),
                            ("refer", "asked the platform to decide"),
                            ("decide", "decided"),
                            ("withdraw", "withdrew the damage claim"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("lessee", "Lessee"), ("lessor", "Lessor"), ("platform", "Platform")],
                        max_length=10,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("text", models.TextField(blank=True, max_length=1000)),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("organization_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="leasing.damageclaim",
                    ),
                ),
            ],
            options={
                "ordering": ["claim", "position"],
            },
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.UniqueConstraint(fields=("lease", "number"), name="leasing_damageclaim_once"),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("asked_minor__gte", 0),
                    ("asked_minor__lte", models.F("claimed_minor")),
                    ("claimed_minor__gt", 0),
                ),
                name="leasing_damageclaim_never_more_than_claimed",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("conceded_minor", None),
                    models.Q(("conceded_minor__gte", 0), ("conceded_minor__lte", models.F("asked_minor"))),
                    _connector="OR",
                ),
                name="leasing_damageclaim_conceded_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("awarded_minor", None),
                    models.Q(
                        ("awarded_minor__gte", 0),
                        ("awarded_minor__lte", models.F("asked_minor")),
                        models.Q(
                            ("conceded_minor", None),
                            ("awarded_minor__gte", models.F("conceded_minor")),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="leasing_damageclaim_awarded_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("awarded_minor", None),
                    (
                        "state__in",
                        [leasing.rules.damage.State["ACCEPTED"], leasing.rules.damage.State["DECIDED"]],
                    ),
                    _connector="XOR",
                ),
                name="leasing_damageclaim_awarded_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_at", None),
                    models.Q(
                        (
                            "state__in",
                            [leasing.rules.damage.State["CONTESTED"], leasing.rules.damage.State["RAISED"]],
                        ),
                        _negated=True,
                    ),
                    _connector="XOR",
                ),
                name="leasing_damageclaim_decided_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(("conceded_minor", None), ("state", "CONTESTED"), _negated=True),
                name="leasing_damageclaim_contested_with_a_sum",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(("referred_at", None), ("state", "DECIDED"), _negated=True),
                name="leasing_damageclaim_decided_when_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="damageword",
            constraint=models.UniqueConstraint(fields=("claim", "position"), name="leasing_damageword_once"),
        ),
        migrations.RunSQL(FROZEN, NOT_FROZEN),
        migrations.RunSQL(APPEND_ONLY, "DROP TRIGGER leasing_damageword_append_only ON leasing_damageword"),
    ]
