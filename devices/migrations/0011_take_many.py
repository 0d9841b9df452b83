"""
The common deliveries of one post in one statement, so in one commit (``devices_take_many``); and a delivery in
which nothing is new, once that is known (``devices_hear``).
"""

from django.db import migrations

# One element a delivery, the elements of one device in the order in which they are to be taken. The caller
# gives the devices in rising order: heads are locked in the order of the arrays. What follows a delivery of a
# device that has to be looked at closely is not tried, for it would overtake that one.
TAKE_MANY = """
CREATE FUNCTION devices_take_many(
    of_device bigint[], known_revision bigint[], public_id text[], of_epoch text[], at timestamptz,
    first bigint[], last bigint[], readings integer[], earliest bigint[], latest bigint[],
    evidence_block bytea[], ordinary_block bytea[], private_block bytea[], life_trace bytea[],
    body bytea[], groups bytea[], with_salt bytea[], cost bigint[], most bigint
) RETURNS TABLE (outcome text, arrival bigint, paid timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    waiting bigint;
BEGIN
    FOR i IN 1 .. cardinality(of_device) LOOP
        IF of_device[i] = waiting THEN
            outcome := 'look';
            arrival := NULL;
        ELSE
            SELECT t.outcome, t.arrival, t.paid INTO outcome, arrival, paid FROM devices_take(
                of_device[i], NULL, known_revision[i], public_id[i], of_epoch[i], devices_take_many.at,
                first[i], last[i], readings[i], earliest[i], latest[i],
                evidence_block[i], ordinary_block[i], private_block[i], life_trace[i],
                body[i], groups[i], with_salt[i], cost[i], most
            ) AS t;
            IF outcome IN ('look', 'stale') THEN
                waiting := of_device[i];
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
"""

# Outcome ``again``; ``key``, ``stale`` and ``over`` as ``devices_take`` says them.
HEAR = """
CREATE FUNCTION devices_hear(
    of_device bigint, with_key bigint, known_revision bigint, at timestamptz, cost bigint, most bigint,
    OUT outcome text, OUT arrival bigint, OUT paid timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    head devices_head%ROWTYPE;
BEGIN
    SELECT * INTO head FROM devices_head WHERE device_id = of_device FOR NO KEY UPDATE;
    paid := head.paid_until;
    IF with_key IS NOT NULL AND NOT EXISTS (
        SELECT FROM devices_devicekey AS k JOIN devices_device AS d ON d.id = k.device_id
        WHERE k.id = with_key AND k.device_id = of_device AND k.revoked_at IS NULL AND d.closed_at IS NULL
            AND (k.ends_at IS NULL OR k.ends_at > devices_hear.at)
    ) THEN
        outcome := 'key';
        RETURN;
    END IF;
    IF head.revision <> known_revision THEN
        outcome := 'stale';
        RETURN;
    END IF;
    IF cost IS NOT NULL THEN
        paid := greatest(head.paid_until, devices_hear.at) + cost * interval '1 microsecond';
        IF paid > devices_hear.at + most * interval '1 microsecond' THEN
            paid := head.paid_until;
            outcome := 'over';
            RETURN;
        END IF;
    END IF;
    UPDATE devices_head SET last_received_at = devices_hear.at, paid_until = paid WHERE device_id = of_device;
    outcome := 'again';
END $$;
"""

# Each delivery writes its head and its epoch anew; with room on the page no index is touched (HOT).
ROOM = """
ALTER TABLE devices_head SET (fillfactor = 50);
ALTER TABLE devices_epoch SET (fillfactor = 50);
"""
NO_ROOM = """
ALTER TABLE devices_head RESET (fillfactor);
ALTER TABLE devices_epoch RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0010_archives")]

    operations = [
        migrations.RunSQL(ROOM, NO_ROOM),
        migrations.RunSQL(
            TAKE_MANY,
            "DROP FUNCTION devices_take_many(bigint[], bigint[], text[], text[], timestamptz, bigint[], bigint[], "
            "integer[], bigint[], bigint[], bytea[], bytea[], bytea[], bytea[], bytea[], bytea[], bytea[], "
            "bigint[], bigint)",
        ),
        migrations.RunSQL(
            HEAR, "DROP FUNCTION devices_hear(bigint, bigint, bigint, timestamptz, bigint, bigint)"
        ),
    ]
