"""Statements of settlement; a lease is settled when nothing is open, and its deposit is set off as agreed."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import leasing.rules.settlements
import marketplace.shared.ids

# What a statement says does not change, and one that was answered stays as it is.
FROZEN = """
CREATE FUNCTION leasing_settlement_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'statement % says and stands as it was made', OLD.public_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER leasing_settlement_frozen BEFORE UPDATE ON leasing_settlement FOR EACH ROW
    WHEN (OLD.state <> 'PROPOSED'
        OR (NEW.public_id, NEW.lease_id, NEW.number, NEW.side, NEW.document, NEW.digest, NEW.currency,
            NEW.set_off_minor, NEW.balance_minor, NEW.text, NEW.made_by_name, NEW.made_at, NEW.answer_by)
        IS DISTINCT FROM (OLD.public_id, OLD.lease_id, OLD.number, OLD.side, OLD.document, OLD.digest,
            OLD.currency, OLD.set_off_minor, OLD.balance_minor, OLD.text, OLD.made_by_name, OLD.made_at,
            OLD.answer_by)
        OR OLD.referred_at IS NOT NULL AND (NEW.referred_at, NEW.referred_text)
            IS DISTINCT FROM (OLD.referred_at, OLD.referred_text))
    EXECUTE FUNCTION leasing_settlement_is_frozen();
CREATE TRIGGER leasing_settlement_kept BEFORE DELETE ON leasing_settlement
    FOR EACH ROW EXECUTE FUNCTION leasing_settlement_is_frozen();
"""
# The history cannot say that a lease was settled without a statement, or while something is open.
SETTLED = """
CREATE FUNCTION leasing_settles_when_nothing_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leasing_settlement WHERE lease_id = NEW.lease_id AND state IN ('AGREED', 'DECIDED'))
        OR EXISTS (SELECT FROM leasing_leaseunit WHERE lease_id = NEW.lease_id AND state NOT IN ('READY', 'GONE'))
        OR EXISTS (SELECT FROM leasing_damageclaim WHERE lease_id = NEW.lease_id
            AND state IN ('RAISED', 'CONTESTED'))
    THEN
        RAISE EXCEPTION 'something is open before lease % can be settled', NEW.lease_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_transition_settles BEFORE INSERT ON leasing_transition FOR EACH ROW
    WHEN (NEW.move = 'settle') EXECUTE FUNCTION leasing_settles_when_nothing_is_open();
"""
# The figures of the deposit are kept by another trigger of the same table, whose name comes before.
SET_OFF = """
CREATE FUNCTION leasing_sets_off_as_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT d.set_off_minor > COALESCE((SELECT s.set_off_minor FROM leasing_settlement s
            WHERE s.lease_id = d.lease_id AND s.state IN ('AGREED', 'DECIDED')), 0)
        FROM leasing_deposit d WHERE d.id = NEW.deposit_id)
    THEN
        RAISE EXCEPTION 'of deposit % no more is set off than was agreed', NEW.deposit_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER leasing_depositmovement_sets_off AFTER INSERT ON leasing_depositmovement FOR EACH ROW
    WHEN (NEW.kind = 'SET_OFF') EXECUTE FUNCTION leasing_sets_off_as_agreed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0024_damage_claims"),
    ]

    operations = [
        migrations.CreateModel(
            name="Settlement",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("stl",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "side",
                    models.CharField(
                        choices=[("lessee", "Lessee"), ("lessor", "Lessor"), ("platform", "Platform")],
                        max_length=10,
                    ),
                ),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("set_off_minor", models.BigIntegerField()),
                ("balance_minor", models.BigIntegerField()),
                ("text", models.TextField(blank=True, max_length=1000)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("REPLACED", "Replaced by another"),
                            ("AGREED", "Agreed by both"),
                            ("DECIDED", "Decided by the platform"),
                        ],
                        default="PROPOSED",
                        max_length=10,
                    ),
                ),
                ("referred_at", models.DateTimeField(blank=True, null=True)),
                ("referred_text", models.TextField(blank=True, max_length=1000)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="leasing.lease",
                    ),
                ),
            ],
            options={
                "ordering": ["lease", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("lease", "number"), name="leasing_settlement_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PROPOSED")),
                        fields=("lease",),
                        name="leasing_settlement_one_open",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    leasing.rules.settlements.State["AGREED"],
                                    leasing.rules.settlements.State["DECIDED"],
                                ],
                            )
                        ),
                        fields=("lease",),
                        name="leasing_settlement_one_final",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("balance_minor__gte", 0), ("set_off_minor__gte", 0)),
                        name="leasing_settlement_nothing_below_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at", None),
                            models.Q(("state", "PROPOSED"), _negated=True),
                            _connector="XOR",
                        ),
                        name="leasing_settlement_decided_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("side", "platform"),
                            models.Q(("state", "DECIDED"), _negated=True),
                            _connector="XOR",
                        ),
                        name="leasing_settlement_platform_decides",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION leasing_settlement_is_frozen() CASCADE"),
        migrations.RunSQL(SETTLED, "DROP FUNCTION leasing_settles_when_nothing_is_open() CASCADE"),
        migrations.RunSQL(SET_OFF, "DROP FUNCTION leasing_sets_off_as_agreed() CASCADE"),
    ]
