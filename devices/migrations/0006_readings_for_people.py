"""``readings(device, channel, from, to)``: stored readings, one a row, for a person with psql."""

from django.db import migrations

# The block format of devices/rules/blocks.py and columns.py, read byte by byte: for people, not for bulk.
FUNCTIONS = r"""
CREATE FUNCTION devices_varint(block bytea, INOUT place integer, OUT number bigint)
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    shift integer := 0; byte integer;
BEGIN
    number := 0;
    LOOP
        byte := get_byte(block, place);
        place := place + 1;
        number := number | ((byte & 127)::bigint << shift);
        EXIT WHEN byte < 128;
        shift := shift + 7;
    END LOOP;
END $$;

CREATE FUNCTION devices_column(block bytea, INOUT place integer, length integer, OUT numbers bigint[])
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    bytes integer; number bigint;
BEGIN
    numbers := '{}';
    IF length > 0 THEN
        bytes := 1 << get_byte(block, place);
        place := place + 1;
        FOR row IN 0 .. length - 1 LOOP
            number := 0;
            FOR byte IN 0 .. bytes - 1 LOOP
                number := number | (get_byte(block, place + row * bytes + byte)::bigint << (8 * byte));
            END LOOP;
            numbers[row + 1] := number;
        END LOOP;
        place := place + length * bytes;
    END IF;
END $$;

CREATE FUNCTION devices_unzigzag(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ((number >> 1) & 9223372036854775807) # -(number & 1)
$$;

CREATE FUNCTION devices_walk(block bytea, INOUT place integer, length integer, OUT numbers bigint[])
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    number bigint; steps bigint[];
BEGIN
    numbers := '{}';
    IF length > 0 THEN
        SELECT v.place, devices_unzigzag(v.number) INTO place, number FROM devices_varint(block, place) AS v;
        SELECT c.place, c.numbers INTO place, steps FROM devices_column(block, place, length - 1) AS c;
        numbers[1] := number;
        FOR row IN 2 .. length LOOP
            numbers[row] := numbers[row - 1] + devices_unzigzag(steps[row - 1]);
        END LOOP;
    END IF;
END $$;

CREATE FUNCTION devices_values(block bytea, INOUT place integer, length integer, of_device bigint, OUT told text[])
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    tag integer := get_byte(block, place); kind integer := tag & 31; masked boolean := tag & 32 <> 0;
    scale integer; present boolean[]; numbers bigint[]; next integer := 0; known integer := 0;
BEGIN
    told := array_fill(NULL::text, ARRAY[length]);
    place := place + 1;
    IF kind = 1 THEN  -- numbers
        scale := get_byte(block, place);
        place := place + 1;
        FOR row IN 0 .. length - 1 LOOP
            present[row + 1] := NOT masked OR get_bit(block, (place + row / 8) * 8 + row % 8) = 1;
            known := known + present[row + 1]::integer;
        END LOOP;
        place := place + CASE WHEN masked THEN (length + 7) / 8 ELSE 0 END;
        SELECT w.place, w.numbers INTO place, numbers FROM devices_walk(block, place, known) AS w;
        FOR row IN 1 .. length LOOP
            IF present[row] THEN
                next := next + 1;
                told[row] := trim_scale(numbers[next]::numeric * (10::numeric ^ -scale))::text;
            END IF;
        END LOOP;
    ELSIF kind = 2 THEN  -- states
        SELECT c.place, c.numbers INTO place, numbers FROM devices_column(block, place, length) AS c;
        FOR row IN 1 .. length LOOP
            told[row] := (
                SELECT s.word FROM devices_statecode AS s WHERE s.device_id = of_device AND s.code = numbers[row]
            );
        END LOOP;
    ELSIF kind IN (3, 4) THEN  -- texts, and numbers that fit no column
        SELECT c.place, c.numbers INTO place, numbers FROM devices_column(block, place, length) AS c;
        FOR row IN 1 .. length LOOP
            IF numbers[row] > 0 THEN
                told[row] := convert_from(substr(block, place + 1, numbers[row]::integer - 1), 'UTF8');
                IF kind = 4 THEN
                    told[row] := trim_scale(told[row]::numeric)::text;
                END IF;
                place := place + numbers[row]::integer - 1;
            END IF;
        END LOOP;
    ELSIF kind <> 0 THEN
        RAISE EXCEPTION 'column of unknown kind %', kind;
    END IF;
END $$;

CREATE FUNCTION devices_block_readings(block bytea, of_device bigint)
    RETURNS TABLE (sequence bigint, at bigint, channel integer, value text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    place integer := 1; rows bigint; many bigint; number bigint; unit integer; taken integer[];
    channels bigint[] := '{}'; sequences bigint[]; times bigint[]; places bigint[]; told text[];
    units bigint[] := '{1000000,1000,10,1}';
BEGIN
    IF get_byte(block, 0) <> 1 THEN
        RAISE EXCEPTION 'not a block of version 1';
    END IF;
    SELECT v.place, v.number INTO place, rows FROM devices_varint(block, place) AS v;
    SELECT v.place, v.number INTO place, many FROM devices_varint(block, place) AS v;
    FOR one IN 1 .. many LOOP
        SELECT v.place, v.number INTO place, number FROM devices_varint(block, place) AS v;
        channels[one] := number + coalesce(channels[one - 1], 0);
    END LOOP;
    IF rows = 0 THEN
        RETURN;
    END IF;
    SELECT w.place, w.numbers INTO place, sequences FROM devices_walk(block, place, rows::integer) AS w;
    unit := get_byte(block, place);
    SELECT w.place, w.numbers INTO place, times FROM devices_walk(block, place + 1, rows::integer) AS w;
    SELECT c.place, c.numbers INTO place, places FROM devices_column(block, place, rows::integer) AS c;
    FOR one IN 1 .. many LOOP
        SELECT array_agg(p.row ORDER BY p.row) INTO taken
            FROM unnest(places) WITH ORDINALITY AS p (which, row) WHERE p.which = one - 1;
        SELECT v.place, v.told INTO place, told
            FROM devices_values(block, place, coalesce(array_length(taken, 1), 0), of_device) AS v;
        FOR row IN 1 .. coalesce(array_length(taken, 1), 0) LOOP
            sequence := sequences[taken[row]];
            at := times[taken[row]] * units[unit + 1];
            channel := channels[one];
            value := told[row];
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION readings(device text, channel text, since timestamptz, until timestamptz)
    RETURNS TABLE (epoch text, sequence bigint, at timestamptz, value text, arrival bigint)
    LANGUAGE sql STABLE AS $$
    SELECT e.label, r.sequence, timestamptz 'epoch' + r.at * interval '1 microsecond', r.value, b.arrival
    FROM devices_device AS d
    JOIN devices_channel AS c ON c.device_id = d.id AND c.key = readings.channel
    JOIN devices_block AS b ON b.device_id = d.id
        AND b.at_hi >= (extract(epoch FROM since) * 1000000)::bigint
        AND b.at_lo < (extract(epoch FROM until) * 1000000)::bigint
    JOIN devices_epoch AS e ON e.device_id = d.id AND e.number = b.epoch_number
    CROSS JOIN LATERAL devices_block_readings(
        CASE c.retention WHEN 'EVIDENCE' THEN b.evidence WHEN 'ORDINARY' THEN b.ordinary ELSE b.private END, d.id
    ) AS r
    WHERE d.code = readings.device AND r.channel = c.number
        AND r.at >= (extract(epoch FROM since) * 1000000)::bigint
        AND r.at < (extract(epoch FROM until) * 1000000)::bigint
    ORDER BY e.number, r.sequence
$$;
REVOKE EXECUTE ON FUNCTION readings(text, text, timestamptz, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION devices_block_readings(bytea, bigint) FROM PUBLIC;
"""

NO_FUNCTIONS = """
DROP FUNCTION readings(text, text, timestamptz, timestamptz);
DROP FUNCTION devices_block_readings(bytea, bigint);
DROP FUNCTION devices_values(bytea, integer, integer, bigint);
DROP FUNCTION devices_walk(bytea, integer, integer);
DROP FUNCTION devices_unzigzag(bigint);
DROP FUNCTION devices_column(bytea, integer, integer);
DROP FUNCTION devices_varint(bytea, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0005_evidence_log")]

    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
