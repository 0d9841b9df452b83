"""The partitioned table of blocks, and what constraints of Django cannot say."""

from django.db import migrations

BLOCKS = """
CREATE TABLE devices_block (
    device_id     bigint      NOT NULL,
    arrival       bigint      NOT NULL,
    received_at   timestamptz NOT NULL,
    epoch_number  integer     NOT NULL,
    sequence_lo   bigint      NOT NULL,
    sequence_hi   bigint      NOT NULL,
    count         integer     NOT NULL,
    at_lo         bigint      NOT NULL,
    at_hi         bigint      NOT NULL,
    evidence      bytea       NOT NULL,
    ordinary      bytea       NOT NULL,
    private       bytea       NOT NULL,
    life          bytea       NOT NULL,
    body_hash     bytea       NOT NULL,
    leaf          bytea       NOT NULL,
    salt          bytea       NOT NULL,
    PRIMARY KEY (device_id, arrival, received_at),
    CONSTRAINT devices_block_sequences CHECK (sequence_lo <= sequence_hi AND at_lo <= at_hi AND count > 0)
) PARTITION BY RANGE (received_at);
ALTER TABLE devices_block ALTER evidence SET STORAGE EXTERNAL, ALTER ordinary SET STORAGE EXTERNAL,
    ALTER private SET STORAGE EXTERNAL, ALTER life SET STORAGE EXTERNAL;
CREATE INDEX devices_block_sequences_idx ON devices_block (device_id, epoch_number, sequence_hi, sequence_lo);
CREATE TABLE devices_block_rest PARTITION OF devices_block DEFAULT;
CREATE TRIGGER devices_block_append_only BEFORE UPDATE OR DELETE ON devices_block
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""

# The application may not own tables, so it asks the owner for the partition of a month.
PARTITION = """
CREATE FUNCTION devices_make_partition(month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    after timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    name text := 'devices_block_' || to_char(month, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT 1 FROM devices_block_rest WHERE received_at >= first AND received_at < after) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF devices_block FOR VALUES FROM (%L) TO (%L)', name, first, after);
    RETURN true;
END $$;
"""

ONE_MACHINE = """
ALTER TABLE devices_binding ADD CONSTRAINT devices_binding_one_machine_at_a_time
    EXCLUDE USING gist (int8range(device_id, device_id, '[]') WITH &&, period WITH &&);
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial"), ("marketplace", "0002_exclusion_and_history")]

    operations = [
        migrations.RunSQL(BLOCKS, "DROP TABLE devices_block"),
        migrations.RunSQL(PARTITION, "DROP FUNCTION devices_make_partition(date)"),
        migrations.RunSQL(
            ONE_MACHINE, "ALTER TABLE devices_binding DROP CONSTRAINT devices_binding_one_machine_at_a_time"
        ),
    ]
