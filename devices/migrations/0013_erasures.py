"""
Erasures: orders, what stays written down, and the one function that takes readings out of stored rows.

Hot deliveries and archives may change only in the column of a class (for evidence the life trace, too) for which
a record of the erasure stands, and in their salts: triggers see to that, whoever updates.
"""

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

BEFORE = """
CREATE OR REPLACE FUNCTION devices_block_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND devices_is_archived(OLD.device_id, OLD.arrival) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""

TRIGGERS = """
CREATE FUNCTION devices_is_erased(of_device bigint, from_arrival bigint, to_arrival bigint, of_class text)
    RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM devices_erasedrun AS e WHERE e.device_id = of_device AND e.retention = of_class
            AND e.first >= from_arrival AND e.first <= to_arrival AND e.last <= to_arrival
    )
$$;

CREATE OR REPLACE FUNCTION devices_block_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND devices_is_archived(OLD.device_id, OLD.arrival) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND (
            NEW.device_id, NEW.arrival, NEW.received_at, NEW.epoch_number, NEW.sequence_lo, NEW.sequence_hi,
            NEW.count, NEW.at_lo, NEW.at_hi, NEW.leaf
        ) IS NOT DISTINCT FROM (
            OLD.device_id, OLD.arrival, OLD.received_at, OLD.epoch_number, OLD.sequence_lo, OLD.sequence_hi,
            OLD.count, OLD.at_lo, OLD.at_hi, OLD.leaf
        )
        AND ((NEW.evidence, NEW.life) = (OLD.evidence, OLD.life)
            OR devices_is_erased(OLD.device_id, OLD.arrival, OLD.arrival, 'EVIDENCE'))
        AND (NEW.ordinary = OLD.ordinary OR devices_is_erased(OLD.device_id, OLD.arrival, OLD.arrival, 'ORDINARY'))
        AND (NEW.private = OLD.private OR devices_is_erased(OLD.device_id, OLD.arrival, OLD.arrival, 'PRIVATE'))
        AND (NEW.evidence, NEW.life, NEW.ordinary, NEW.private)
            IS DISTINCT FROM (OLD.evidence, OLD.life, OLD.ordinary, OLD.private)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION devices_archive_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
            NEW.device_id, NEW.first, NEW.last, NEW.received_lo, NEW.received_hi, NEW.sequence_lo, NEW.sequence_hi,
            NEW.at_lo, NEW.at_hi, NEW.epoch_number, NEW.count, NEW.leaf
        ) IS NOT DISTINCT FROM (
            OLD.device_id, OLD.first, OLD.last, OLD.received_lo, OLD.received_hi, OLD.sequence_lo, OLD.sequence_hi,
            OLD.at_lo, OLD.at_hi, OLD.epoch_number, OLD.count, OLD.leaf
        )
        AND (NEW.evidence = OLD.evidence OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'EVIDENCE'))
        AND (NEW.ordinary = OLD.ordinary OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'ORDINARY'))
        AND (NEW.private = OLD.private OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'PRIVATE'))
        AND (NEW.facts = OLD.facts
            OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'EVIDENCE')
            OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'ORDINARY')
            OR devices_is_erased(OLD.device_id, OLD.first, OLD.last, 'PRIVATE'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER devices_archive_append_only ON devices_archive;
CREATE TRIGGER devices_archive_append_only BEFORE UPDATE OR DELETE ON devices_archive
    FOR EACH ROW EXECUTE FUNCTION devices_archive_stays();

CREATE TRIGGER devices_erasedrun_append_only BEFORE UPDATE OR DELETE ON devices_erasedrun
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE FUNCTION devices_erasure_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.done_at IS NULL AND (
            NEW.id, NEW.public_id, NEW.device_id, NEW.retention, NEW.channels, NEW.period, NEW.reference, NEW.ordered_at
        ) IS NOT DISTINCT FROM (
            OLD.id, OLD.public_id, OLD.device_id, OLD.retention, OLD.channels, OLD.period, OLD.reference, OLD.ordered_at
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% stays as it is: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER devices_erasure_stays BEFORE UPDATE OR DELETE ON devices_erasure
    FOR EACH ROW EXECUTE FUNCTION devices_erasure_stays();
"""

NO_TRIGGERS = """
DROP TRIGGER devices_erasure_stays ON devices_erasure;
DROP FUNCTION devices_erasure_stays();
DROP TRIGGER devices_erasedrun_append_only ON devices_erasedrun;
DROP TRIGGER devices_archive_append_only ON devices_archive;
CREATE TRIGGER devices_archive_append_only BEFORE UPDATE OR DELETE ON devices_archive
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
DROP FUNCTION devices_archive_stays();
DROP FUNCTION devices_is_erased(bigint, bigint, bigint, text);
"""
NO_WAY_BACK = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM devices_erasure) THEN
        RAISE EXCEPTION 'readings were erased: there is no way back from here';
    END IF;
END $$;
"""

# From the order on a process that does not know of it may store nothing; and a word that was forgotten is not used.
REVISED = """
CREATE TRIGGER devices_erasure_ordered AFTER INSERT ON devices_erasure
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
CREATE TRIGGER devices_statecode_changed AFTER UPDATE ON devices_statecode
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
"""
NOT_REVISED = """
DROP TRIGGER devices_statecode_changed ON devices_statecode;
DROP TRIGGER devices_erasure_ordered ON devices_erasure;
"""

# One row loses readings of one class, and what they hashed to is written down: both or neither.
ERASE = """
CREATE FUNCTION devices_erase(
    by_order bigint, of_row bigint, archived boolean, from_arrival bigint, to_arrival bigint,
    many_deliveries integer, many_readings bigint, digests bytea, at timestamptz,
    evidence_column bytea, ordinary_column bytea, private_column bytea,
    life_column bytea, salt_column bytea, facts_column bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    known devices_erasure%ROWTYPE; changed bigint;
BEGIN
    SELECT * INTO known FROM devices_erasure WHERE id = by_order AND done_at IS NULL;
    IF NOT FOUND OR many_deliveries < 1 OR octet_length(digests) < 32 * many_deliveries THEN
        RAISE EXCEPTION 'devices_erasure: nothing orders this, or nothing is written down of it'
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO devices_erasedrun (
        erasure_id, device_id, retention, first, last, deliveries, readings, groups, at
    ) VALUES (
        by_order, known.device_id, known.retention, from_arrival, to_arrival, many_deliveries, many_readings,
        digests, devices_erase.at
    );
    IF archived THEN
        UPDATE devices_archive SET evidence = evidence_column, ordinary = ordinary_column,
            private = private_column, facts = facts_column
        WHERE device_id = known.device_id AND first = of_row AND from_arrival >= first AND to_arrival <= last;
    ELSE
        UPDATE devices_block SET evidence = evidence_column, ordinary = ordinary_column,
            private = private_column, life = life_column, salt = salt_column, body_hash = ''::bytea
        WHERE device_id = known.device_id AND arrival = of_row AND from_arrival = of_row AND to_arrival = of_row;
    END IF;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION 'devices_erasure: the row % of device % is not there', of_row, known.device_id
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
"""

RETENTIONS = [
    ("EVIDENCE", "Evidence of bills"),
    ("ORDINARY", "Ordinary"),
    ("PRIVATE", "Private to the lessee"),
]


class Migration(migrations.Migration):
    dependencies = [("devices", "0012_exact_numbers_for_people")]

    operations = [
        migrations.CreateModel(
            name="Erasure",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("ers",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("retention", models.CharField(choices=RETENTIONS, max_length=10)),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("reference", models.CharField(max_length=30)),
                ("ordered_at", models.DateTimeField()),
                ("upto", models.BigIntegerField()),
                ("reached", models.BigIntegerField(default=0)),
                ("items", models.PositiveIntegerField(default=0)),
                ("words", models.PositiveIntegerField(default=0)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="devices.device",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["reference"], name="devices_era_referen_6e2559_idx"),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                fields=("reference", "device", "retention", "channels", "period"), name="devices_erasure_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("period__isempty", False), ("period__lower_inf", False), ("period__upper_inf", False)
                ),
                name="devices_erasure_bounded",
            ),
        ),
        migrations.CreateModel(
            name="ErasedRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("retention", models.CharField(max_length=10)),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("deliveries", models.PositiveIntegerField()),
                ("readings", models.PositiveBigIntegerField()),
                ("groups", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="devices.device",
                    ),
                ),
                (
                    "erasure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="devices.erasure"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="erasedrun",
            index=models.Index(fields=["device", "first"], name="devices_era_device__5ed456_idx"),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BEFORE),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(REVISED, NOT_REVISED),
        migrations.RunSQL(ERASE, "DROP FUNCTION devices_erase"),
        migrations.RunSQL(migrations.RunSQL.noop, NO_WAY_BACK),
    ]
