"""
The common delivery in one statement: it goes on where the source stopped, or it is one that came before.

``devices_take`` locks the device's head, looks, stores and moves the head on. Everything else it leaves to
``devices.actions.deliveries``, which locks in the same order. Heads carry the revision of what a delivery may
speak of (channels, state words, the device itself), so that a process may keep it and never use an old one; it
comes from a sequence, because a counter would come back after a rollback.
"""

from django.db import migrations, models

REVISION = """
CREATE SEQUENCE devices_revision;
CREATE FUNCTION devices_revise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'devices_device' THEN
        UPDATE devices_head SET revision = nextval('devices_revision')
            WHERE device_id IN (SELECT id FROM changed);
    ELSE
        UPDATE devices_head SET revision = nextval('devices_revision')
            WHERE device_id IN (SELECT device_id FROM changed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER devices_channel_added AFTER INSERT ON devices_channel
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
CREATE TRIGGER devices_channel_changed AFTER UPDATE ON devices_channel
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
CREATE TRIGGER devices_channel_removed AFTER DELETE ON devices_channel
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
CREATE TRIGGER devices_statecode_added AFTER INSERT ON devices_statecode
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
CREATE TRIGGER devices_device_changed AFTER UPDATE ON devices_device
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION devices_revise();
"""

NO_REVISION = """
DROP TRIGGER devices_device_changed ON devices_device;
DROP TRIGGER devices_statecode_added ON devices_statecode;
DROP TRIGGER devices_channel_removed ON devices_channel;
DROP TRIGGER devices_channel_changed ON devices_channel;
DROP TRIGGER devices_channel_added ON devices_channel;
DROP FUNCTION devices_revise();
DROP SEQUENCE devices_revision;
"""

# Answers (outcome, arrival): stored; again (came before, word for word); key (may not speak any more);
# stale (the caller's vocabulary is old); look (anything else: the caller must look closely).
TAKE = """
CREATE FUNCTION devices_take(
    of_device bigint, with_key bigint, known_revision bigint, public_id text, of_epoch text, at timestamptz,
    first bigint, last bigint, readings integer, earliest bigint, latest bigint,
    evidence_block bytea, ordinary_block bytea, private_block bytea, life_trace bytea,
    body bytea, groups bytea, with_salt bytea,
    OUT outcome text, OUT arrival bigint
) LANGUAGE plpgsql AS $$
DECLARE
    head devices_head%ROWTYPE;
    epoch devices_epoch%ROWTYPE;
    latest_at timestamptz := timestamptz 'epoch' + latest * interval '1 microsecond';
    new_leaf bytea;
BEGIN
    SELECT * INTO head FROM devices_head WHERE device_id = of_device FOR NO KEY UPDATE;
    IF with_key IS NOT NULL AND NOT EXISTS (
        SELECT FROM devices_devicekey AS k JOIN devices_device AS d ON d.id = k.device_id
        WHERE k.id = with_key AND k.device_id = of_device AND k.revoked_at IS NULL AND d.closed_at IS NULL
    ) THEN
        outcome := 'key';
        RETURN;
    END IF;
    IF head.revision <> known_revision THEN
        outcome := 'stale';
        RETURN;
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
        UPDATE devices_head SET last_received_at = at WHERE device_id = of_device;
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
    UPDATE devices_head SET arrivals = devices_take.arrival, leaf = new_leaf, last_received_at = at,
        last_reading_at = greatest(last_reading_at, latest_at) WHERE device_id = of_device;
    outcome := 'stored';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_blocks_and_bindings")]

    operations = [
        migrations.AddField("head", "revision", models.BigIntegerField(default=0)),
        migrations.RunSQL(REVISION, NO_REVISION),
        migrations.RunSQL(
            TAKE,
            "DROP FUNCTION devices_take(bigint, bigint, bigint, text, text, timestamptz, bigint, bigint, integer, "
            "bigint, bigint, bytea, bytea, bytea, bytea, bytea, bytea, bytea)",
        ),
    ]
