"""
Archives of closed hours and pages of the log: tables, the only functions that fill them, and what reads both forms.

Rows of ``devices_block`` and ``devices_logentry`` may go only where a row of ``devices_archive`` or
``devices_logpage`` holds what they held: triggers see to that, whoever deletes.
"""

from importlib import import_module

from django.db import migrations, models

PARTITION_BEFORE = import_module("devices.migrations.0002_blocks_and_bindings").PARTITION
READINGS_BEFORE = import_module("devices.migrations.0006_readings_for_people").FUNCTIONS
CONTINUES_BEFORE = import_module("devices.migrations.0005_evidence_log").CONTINUES

ARCHIVE = """
CREATE TABLE devices_archive (
    device_id     bigint      NOT NULL,
    first         bigint      NOT NULL,
    last          bigint      NOT NULL,
    received_lo   timestamptz NOT NULL,
    received_hi   timestamptz NOT NULL,
    sequence_lo   bigint      NOT NULL,
    sequence_hi   bigint      NOT NULL,
    at_lo         bigint      NOT NULL,
    at_hi         bigint      NOT NULL,
    epoch_number  integer     NOT NULL,
    count         integer     NOT NULL,
    evidence      bytea       COMPRESSION pglz NOT NULL,
    ordinary      bytea       COMPRESSION pglz NOT NULL,
    private       bytea       COMPRESSION pglz NOT NULL,
    facts         bytea       COMPRESSION pglz NOT NULL,
    leaf          bytea       NOT NULL,
    PRIMARY KEY (device_id, first, received_lo),
    CONSTRAINT devices_archive_run CHECK (
        first <= last AND received_lo <= received_hi AND sequence_lo <= sequence_hi AND at_lo <= at_hi
        AND count > 0 AND octet_length(leaf) = 32
    )
) PARTITION BY RANGE (received_lo);
CREATE INDEX devices_archive_sequences_idx ON devices_archive (device_id, epoch_number, sequence_hi, sequence_lo);
CREATE TABLE devices_archive_rest PARTITION OF devices_archive DEFAULT;
CREATE TRIGGER devices_archive_append_only BEFORE UPDATE OR DELETE ON devices_archive
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();

CREATE FUNCTION devices_is_archived(of_device bigint, of_arrival bigint) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT a.last >= of_arrival FROM devices_archive AS a
        WHERE a.device_id = of_device AND a.first <= of_arrival ORDER BY a.first DESC LIMIT 1
    ), false)
$$;

CREATE FUNCTION devices_block_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND devices_is_archived(OLD.device_id, OLD.arrival) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER devices_block_append_only ON devices_block;
CREATE TRIGGER devices_block_append_only BEFORE UPDATE OR DELETE ON devices_block
    FOR EACH ROW EXECUTE FUNCTION devices_block_goes();

CREATE FUNCTION devices_archive_alone(of_device bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('devices_archive', of_device));
$$;
"""

NO_ARCHIVE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM devices_archive) THEN
        RAISE EXCEPTION 'deliveries stand in archives: there is no way back from here';
    END IF;
END $$;
DROP TRIGGER devices_block_append_only ON devices_block;
CREATE TRIGGER devices_block_append_only BEFORE UPDATE OR DELETE ON devices_block
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
DROP FUNCTION devices_block_goes();
DROP FUNCTION devices_archive_alone(bigint);
DROP FUNCTION devices_is_archived(bigint, bigint);
DROP TABLE devices_archive;
"""

# One row for a run of deliveries, and the deliveries go: both or neither. What the row says of them comes from
# themselves; only the four columns come from outside, compared by whoever made them.
FOLD_BLOCKS = """
CREATE FUNCTION devices_fold_blocks(
    of_device bigint, from_arrival bigint, to_arrival bigint, readings bigint,
    evidence_column bytea, ordinary_column bytea, private_column bytea, facts_column bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    seen record; gone bigint; wrong text;
    present timestamptz := greatest(now(), (SELECT at FROM devices_loghead ORDER BY size DESC LIMIT 1));
BEGIN
    SELECT count(*) AS many, count(DISTINCT b.arrival) AS arrivals, sum(b.count) AS told,
        count(DISTINCT b.epoch_number) AS epochs, count(DISTINCT date_trunc('hour', b.received_at, 'UTC')) AS hours,
        date_trunc('hour', max(b.received_at), 'UTC') + interval '1 hour' AS over,
        count(*) FILTER (WHERE e.leaf = b.leaf) AS sealed
    INTO seen FROM devices_block AS b
    LEFT JOIN devices_logentry AS e ON e.device_id = b.device_id AND e.arrival = b.arrival
    WHERE b.device_id = of_device AND b.arrival BETWEEN from_arrival AND to_arrival;
    wrong := CASE
        WHEN from_arrival > to_arrival OR seen.many <> to_arrival - from_arrival + 1
            OR seen.arrivals <> seen.many THEN 'not all of them are there, once'
        WHEN seen.epochs <> 1 THEN 'they are not of one epoch'
        WHEN seen.hours <> 1 OR seen.over > present THEN 'they are not of one hour that is over'
        WHEN seen.told <> readings THEN 'there are ' || seen.told || ' readings, not ' || readings
        WHEN seen.sealed <> seen.many OR NOT EXISTS (
            SELECT FROM devices_logmark WHERE device_id = of_device AND arrival >= to_arrival
        ) THEN 'the log does not hold them all'
    END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'devices_archive: % of deliveries % to % of device %',
            wrong, from_arrival, to_arrival, of_device USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO devices_archive (
        device_id, first, last, received_lo, received_hi, epoch_number, sequence_lo, sequence_hi, count,
        at_lo, at_hi, evidence, ordinary, private, facts, leaf
    ) SELECT of_device, from_arrival, to_arrival, min(received_at), max(received_at), min(epoch_number),
        min(sequence_lo), max(sequence_hi), sum(count), min(at_lo), max(at_hi),
        evidence_column, ordinary_column, private_column, facts_column,
        (array_agg(leaf ORDER BY arrival DESC))[1]
    FROM devices_block WHERE device_id = of_device AND arrival BETWEEN from_arrival AND to_arrival;
    DELETE FROM devices_block WHERE device_id = of_device AND arrival BETWEEN from_arrival AND to_arrival;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> seen.many THEN
        RAISE EXCEPTION 'devices_archive: deliveries % to % of device % were moved meanwhile',
            from_arrival, to_arrival, of_device USING ERRCODE = 'check_violation';
    END IF;
END $$;
"""

PARTITIONS = """
CREATE OR REPLACE FUNCTION devices_make_partition(month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    parent text; parted text; name text; taken boolean; made boolean := false;
BEGIN
    FOR parent, parted IN VALUES ('devices_block', 'received_at'), ('devices_archive', 'received_lo') LOOP
        name := parent || '_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %I < $2)',
            parent || '_rest', parted, parted) INTO taken USING first, after;
        CONTINUE WHEN taken;
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent, first, after);
        made := true;
    END LOOP;
    RETURN made;
END $$;

-- A month of hot deliveries that is over by a day and empty goes. It is looked at under the lock of the table,
-- and whoever cannot have that soon tries again another time: nobody waits long behind it.
CREATE FUNCTION devices_drop_empty_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    name text; taken boolean; dropped integer := 0;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'devices_block'::regclass AND c.relname ~ '^devices_block_[0-9]{6}$'
            AND (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC'
                <= now() - interval '1 day'
        ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO taken;
        CONTINUE WHEN taken;
        BEGIN
            LOCK TABLE ONLY devices_block IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO taken;
            IF NOT taken THEN
                EXECUTE format('DROP TABLE %I', name);
                dropped := dropped + 1;
            END IF;
        EXCEPTION WHEN lock_not_available THEN
            RETURN dropped;
        END;
    END LOOP;
    RETURN dropped;
END $$;
"""

NO_PARTITIONS = "DROP FUNCTION devices_drop_empty_partitions();" + PARTITION_BEFORE.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)

# Both forms in one statement, so that no reader sees a delivery twice or not at all while it is moved.
HOLDING = """
CREATE VIEW devices_holding AS
    SELECT device_id, arrival AS first, arrival AS last, received_at AS received_lo, received_at AS received_hi,
        epoch_number, sequence_lo, sequence_hi, count, at_lo, at_hi, evidence, ordinary, private,
        life, salt, NULL::bytea AS facts, leaf
    FROM devices_block
    UNION ALL
    SELECT device_id, first, last, received_lo, received_hi,
        epoch_number, sequence_lo, sequence_hi, count, at_lo, at_hi, evidence, ordinary, private,
        NULL::bytea, NULL::bytea, facts, leaf
    FROM devices_archive;
"""

# A page holds 256 entries: of each device in it the first arrival (the next ones rise by one, which the log has
# always refused to break), and of each entry one byte that says whose it is, and its leaf.
PAGES = """
CREATE TABLE devices_logpage (
    position  bigint   PRIMARY KEY,
    devices   bigint[] NOT NULL,
    arrivals  bigint[] NOT NULL,
    places    bytea    NOT NULL,
    leaves    bytea    NOT NULL,
    CONSTRAINT devices_logpage_whole CHECK (
        position >= 0 AND position % 256 = 0 AND octet_length(places) = 256 AND octet_length(leaves) = 256 * 32
        AND cardinality(devices) = cardinality(arrivals) AND cardinality(devices) BETWEEN 1 AND 256
    )
);
ALTER TABLE devices_logpage ALTER leaves SET STORAGE EXTERNAL;
CREATE TRIGGER devices_logpage_append_only BEFORE UPDATE OR DELETE ON devices_logpage
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();

CREATE FUNCTION devices_logentry_goes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place integer := OLD.position % 256;
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM devices_logpage AS p WHERE p.position = OLD.position - place
            AND p.devices[get_byte(p.places, place) + 1] = OLD.device_id
            AND substr(p.leaves, place * 32 + 1, 32) = OLD.leaf
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER devices_logentry_append_only ON devices_logentry;
CREATE TRIGGER devices_logentry_append_only BEFORE UPDATE OR DELETE ON devices_logentry
    FOR EACH ROW EXECUTE FUNCTION devices_logentry_goes();

CREATE VIEW devices_logged AS
    SELECT e.position, 1 AS size, ARRAY[e.device_id] AS devices, ARRAY[d.public_id::text] AS public_ids,
        ARRAY[e.arrival] AS arrivals, '\\x00'::bytea AS places, e.leaf AS leaves
    FROM devices_logentry AS e JOIN devices_device AS d ON d.id = e.device_id
    UNION ALL
    SELECT p.position, 256, p.devices, (
            SELECT array_agg(d.public_id::text ORDER BY said.place)
            FROM unnest(p.devices) WITH ORDINALITY AS said (id, place) JOIN devices_device AS d ON d.id = said.id
        ), p.arrivals, p.places, p.leaves
    FROM devices_logpage AS p;
"""

NO_PAGES = """
DROP VIEW devices_logged;
DROP TRIGGER devices_logentry_append_only ON devices_logentry;
CREATE TRIGGER devices_logentry_append_only BEFORE UPDATE OR DELETE ON devices_logentry
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
DROP FUNCTION devices_logentry_goes();
DROP TABLE devices_logpage;
"""

FOLD_LOG = """
CREATE FUNCTION devices_log_foldable(start bigint, below bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT min(e.position) FROM devices_logentry AS e
    WHERE e.position >= start AND e.position < least(start - start % 25600 + 25600, below - below % 256)
    GROUP BY e.position / 256
    HAVING count(*) = 256 AND bool_and(devices_is_archived(e.device_id, e.arrival))
    ORDER BY 1
$$;

CREATE FUNCTION devices_fold_log(page bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF (SELECT count(*) <> 256 OR NOT bool_and(devices_is_archived(device_id, arrival))
        FROM devices_logentry WHERE position >= page AND position < page + 256) THEN
        RAISE EXCEPTION 'devices_logpage: not all deliveries from % on are in archives', page
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO devices_logpage (position, devices, arrivals, places, leaves)
    WITH entry AS (
        SELECT e.*, row_number() OVER (PARTITION BY e.device_id ORDER BY e.position) - 1 AS turn
        FROM devices_logentry AS e WHERE e.position >= page AND e.position < page + 256
    ), said AS (
        SELECT device_id, min(arrival) AS arrival, row_number() OVER (ORDER BY min(position)) - 1 AS place
        FROM entry GROUP BY device_id
    )
    SELECT page,
        (SELECT array_agg(device_id ORDER BY place) FROM said), (SELECT array_agg(arrival ORDER BY place) FROM said),
        string_agg(substr(int4send(said.place::integer), 4, 1), ''::bytea ORDER BY entry.position),
        string_agg(entry.leaf, ''::bytea ORDER BY entry.position)
    FROM entry JOIN said USING (device_id) HAVING bool_and(entry.arrival = said.arrival + entry.turn);
    DELETE FROM devices_logentry WHERE position >= page AND position < page + 256;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> 256 THEN
        RAISE EXCEPTION 'devices_logpage: entries from % on were moved meanwhile', page
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
"""

# As in migration 0005, but what came before may stand in a page, or in an archive, which takes what is sealed.
CONTINUES = """
CREATE OR REPLACE FUNCTION devices_logentry_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first bigint; last bigint; many bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO first, last, many FROM added;
    IF last - first + 1 <> many OR first < 0
       OR first > 0 AND NOT EXISTS (SELECT 1 FROM devices_logentry WHERE position = first - 1)
          AND NOT EXISTS (SELECT 1 FROM devices_logpage WHERE position = first - 256)
       OR EXISTS (SELECT 1 FROM devices_logpage WHERE position > first - 256) THEN
        RAISE EXCEPTION 'devices_logentry: the log has a hole' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a WHERE devices_is_archived(a.device_id, a.arrival)
            OR a.arrival <> 1 AND NOT EXISTS (
                SELECT 1 FROM devices_logentry e
                WHERE e.device_id = a.device_id AND e.arrival = a.arrival - 1 AND e.position < a.position
            ) AND NOT devices_is_archived(a.device_id, a.arrival - 1)
    ) THEN
        RAISE EXCEPTION 'devices_logentry: a delivery is left out' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

READINGS = r"""
CREATE FUNCTION devices_archive_readings(held bytea, of_device bigint)
    RETURNS TABLE (place bigint, sequence bigint, at bigint, channel integer, value text)
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    byte integer := 1; many bigint; places bigint[];
BEGIN
    held := held || ''::bytea;  -- unpacked once, not at each byte
    IF get_byte(held, 0) <> 1 THEN
        RAISE EXCEPTION 'not an archive of version 1';
    END IF;
    SELECT v.place, v.number INTO byte, many FROM devices_varint(held, byte) AS v;
    SELECT w.place, w.numbers INTO byte, places FROM devices_walk(held, byte, many::integer) AS w;
    RETURN QUERY SELECT places[n.row], n.sequence, n.at, n.channel, n.value FROM (
        SELECT r.*, row_number() OVER (ORDER BY r.sequence) AS row
        FROM devices_block_readings(substr(held, byte + 1), of_device) AS r
    ) AS n;
END $$;

CREATE OR REPLACE FUNCTION readings(device text, channel text, since timestamptz, until timestamptz)
    RETURNS TABLE (epoch text, sequence bigint, at timestamptz, value text, arrival bigint)
    LANGUAGE sql STABLE AS $$
    SELECT e.label, r.sequence, timestamptz 'epoch' + r.at * interval '1 microsecond', r.value, h.first + r.place
    FROM devices_device AS d
    JOIN devices_channel AS c ON c.device_id = d.id AND c.key = readings.channel
    JOIN devices_holding AS h ON h.device_id = d.id
        AND h.at_hi >= (extract(epoch FROM since) * 1000000)::bigint
        AND h.at_lo < (extract(epoch FROM until) * 1000000)::bigint
    JOIN devices_epoch AS e ON e.device_id = d.id AND e.number = h.epoch_number
    CROSS JOIN LATERAL (
        SELECT CASE c.retention WHEN 'EVIDENCE' THEN h.evidence WHEN 'ORDINARY' THEN h.ordinary ELSE h.private END
    ) AS held (content)
    CROSS JOIN LATERAL (
        SELECT 0::bigint AS place, b.* FROM devices_block_readings(held.content, d.id) AS b WHERE h.facts IS NULL
        UNION ALL
        SELECT a.* FROM devices_archive_readings(held.content, d.id) AS a WHERE h.facts IS NOT NULL
    ) AS r
    WHERE d.code = readings.device AND r.channel = c.number
        AND r.at >= (extract(epoch FROM since) * 1000000)::bigint
        AND r.at < (extract(epoch FROM until) * 1000000)::bigint
    ORDER BY e.number, r.sequence
$$;
REVOKE EXECUTE ON FUNCTION devices_archive_readings(bytea, bigint) FROM PUBLIC;
"""

NO_READINGS = (
    "CREATE OR REPLACE FUNCTION readings("
    + READINGS_BEFORE.split("CREATE FUNCTION readings(")[1].split("REVOKE")[0]
    + "DROP FUNCTION devices_archive_readings(bytea, bigint);"
)
NO_CONTINUES = CONTINUES_BEFORE.split("CREATE TRIGGER")[0].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)


class Migration(migrations.Migration):
    dependencies = [("devices", "0009_meter_changes")]

    operations = [
        migrations.CreateModel(
            name="Holding",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id", "first", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("first", models.BigIntegerField()),
            ],
            options={"managed": False, "db_table": "devices_holding"},
        ),
        migrations.CreateModel(
            name="Logged",
            fields=[("position", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"managed": False, "db_table": "devices_logged"},
        ),
        migrations.RunSQL(ARCHIVE, NO_ARCHIVE),
        migrations.RunSQL(FOLD_BLOCKS, "DROP FUNCTION devices_fold_blocks"),
        migrations.RunSQL(PARTITIONS, NO_PARTITIONS),
        migrations.RunSQL(HOLDING, "DROP VIEW devices_holding"),
        migrations.RunSQL(PAGES, NO_PAGES),
        migrations.RunSQL(FOLD_LOG, "DROP FUNCTION devices_fold_log; DROP FUNCTION devices_log_foldable"),
        migrations.RunSQL(CONTINUES, NO_CONTINUES),
        migrations.RunSQL(READINGS, NO_READINGS),
    ]
