"""``devices_take`` knows keys with an end, and how fast a device may deliver; still one statement."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("devices.migrations.0003_one_statement").TAKE
ARGUMENTS = (
    "bigint, bigint, bigint, text, text, timestamptz, bigint, bigint, integer, "
    "bigint, bigint, bytea, bytea, bytea, bytea, bytea, bytea, bytea"
)

# ``cost`` is the time that pays for the delivery, ``most`` how far ahead it may be paid, both in µs
# (devices.rules.pace); without cost there is no limit. Outcome ``over``: too many readings, nothing happened.
TAKE = """
CREATE FUNCTION devices_take(
    of_device bigint, with_key bigint, known_revision bigint, public_id text, of_epoch text, at timestamptz,
    first bigint, last bigint, readings integer, earliest bigint, latest bigint,
    evidence_block bytea, ordinary_block bytea, private_block bytea, life_trace bytea,
    body bytea, groups bytea, with_salt bytea, cost bigint, most bigint,
    OUT outcome text, OUT arrival bigint, OUT paid timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    head devices_head%ROWTYPE;
    epoch devices_epoch%ROWTYPE;
    latest_at timestamptz := timestamptz 'epoch' + latest * interval '1 microsecond';
    new_leaf bytea;
BEGIN
    SELECT * INTO head FROM devices_head WHERE device_id = of_device FOR NO KEY UPDATE;
    paid := head.paid_until;
    IF with_key IS NOT NULL AND NOT EXISTS (
        SELECT FROM devices_devicekey AS k JOIN devices_device AS d ON d.id = k.device_id
        WHERE k.id = with_key AND k.device_id = of_device AND k.revoked_at IS NULL AND d.closed_at IS NULL
            AND (k.ends_at IS NULL OR k.ends_at > devices_take.at)
    ) THEN
        outcome := 'key';
        RETURN;
    END IF;
    IF head.revision <> known_revision THEN
        outcome := 'stale';
        RETURN;
    END IF;
    IF cost IS NOT NULL THEN
        paid := greatest(head.paid_until, devices_take.at) + cost * interval '1 microsecond';
        IF paid > devices_take.at + most * interval '1 microsecond' THEN
            paid := head.paid_until;
            outcome := 'over';
            RETURN;
        END IF;
    END IF;
    SELECT * INTO epoch FROM devices_epoch AS e WHERE e.device_id = of_device AND e.label = of_epoch;
    IF NOT FOUND OR last - first + 1 <> readings THEN
        outcome := 'look';
        RETURN;
    END IF;
    IF epoch.covered @> int8range(first, last + 1) AND EXISTS (
        SELECT FROM devices_block AS b
        WHERE b.device_id = of_device AND b.epoch_number = epoch.number
            AND b.sequence_hi = last AND b.sequence_lo = first AND b.body_hash = body
    ) THEN
        UPDATE devices_head SET last_received_at = devices_take.at, paid_until = paid WHERE device_id = of_device;
        outcome := 'again';
        RETURN;
    END IF;
    IF upper(epoch.covered) IS DISTINCT FROM first THEN
        outcome := 'look';
        RETURN;
    END IF;
    arrival := head.arrivals + 1;
    new_leaf := sha256(
        convert_to('jijian-delivery-2' || E'\\n' || public_id || E'\\n' || arrival || E'\\n', 'UTF8')
        || head.leaf || groups);
    INSERT INTO devices_block (
        device_id, arrival, received_at, epoch_number, sequence_lo, sequence_hi, count, at_lo, at_hi,
        evidence, ordinary, private, life, body_hash, leaf, salt
    ) VALUES (
        of_device, arrival, at, epoch.number, first, last, readings, earliest, latest,
        evidence_block, ordinary_block, private_block, life_trace, body, new_leaf, with_salt
    );
    UPDATE devices_epoch SET covered = covered + int8multirange(int8range(first, last + 1)) WHERE id = epoch.id;
    UPDATE devices_head SET arrivals = devices_take.arrival, leaf = new_leaf, last_received_at = devices_take.at,
        last_reading_at = greatest(last_reading_at, latest_at), paid_until = paid WHERE device_id = of_device;
    outcome := 'stored';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0007_device_life")]

    operations = [
        migrations.RunSQL(f"DROP FUNCTION devices_take({ARGUMENTS})", BEFORE),
        migrations.RunSQL(TAKE, f"DROP FUNCTION devices_take({ARGUMENTS}, bigint, bigint)"),
    ]
