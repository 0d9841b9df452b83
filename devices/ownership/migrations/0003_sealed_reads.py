"""The log of reads is sealed: a queue, entries, stored hashes, signed heads, and what keeps them honest."""

import functools
import secrets

import django.db.models.deletion
from django.db import migrations, models

HASHES = """
ALTER TABLE ownership_evententry ADD CONSTRAINT ownership_evententry_hash CHECK (octet_length(leaf) = 32);
ALTER TABLE ownership_eventnode ADD CONSTRAINT ownership_eventnode_hash CHECK (octet_length(total) = 32);
ALTER TABLE ownership_eventhead ADD CONSTRAINT ownership_eventhead_hash
    CHECK (octet_length(root) = 32 AND octet_length(signature) = 64 AND size > 0);
"""
APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER ownership_{table}_append_only BEFORE UPDATE OR DELETE ON ownership_{table}"
    " FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();"
    for table in ("evententry", "eventnode", "eventhead")
)

# Every event waits for the sealer from the moment it is written, and leaves the queue only into the log.
QUEUE = """
CREATE FUNCTION ownership_accessevent_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ownership_unsealedevent (event_id) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER ownership_accessevent_waits AFTER INSERT ON ownership_accessevent
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ownership_accessevent_waits();
CREATE FUNCTION ownership_unsealedevent_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone WHERE NOT EXISTS (SELECT 1 FROM ownership_evententry e WHERE e.event_id = gone.event_id)
    ) THEN
        RAISE EXCEPTION 'ownership_unsealedevent: an event is not in the log' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ownership_unsealedevent_leaves AFTER DELETE ON ownership_unsealedevent
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION ownership_unsealedevent_leaves();
INSERT INTO ownership_unsealedevent (event_id) SELECT id FROM ownership_accessevent;
"""
NO_QUEUE = """
DROP TRIGGER ownership_accessevent_waits ON ownership_accessevent;
DROP FUNCTION ownership_accessevent_waits();
DROP TRIGGER ownership_unsealedevent_leaves ON ownership_unsealedevent;
DROP FUNCTION ownership_unsealedevent_leaves();
"""
SEAL_ALONE = """
CREATE FUNCTION ownership_seal_alone() RETURNS boolean LANGUAGE sql AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('ownership_log', 0));
$$;
"""
CONTINUES = """
CREATE FUNCTION ownership_evententry_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first bigint; last bigint; many bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO first, last, many FROM added;
    IF last - first + 1 <> many OR first < 0
       OR first > 0 AND NOT EXISTS (SELECT 1 FROM ownership_evententry WHERE position = first - 1) THEN
        RAISE EXCEPTION 'ownership_evententry: the log has a hole' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ownership_evententry_continues AFTER INSERT ON ownership_evententry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ownership_evententry_continues();
CREATE FUNCTION ownership_eventhead_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('ownership_log', 0));
    IF EXISTS (SELECT 1 FROM ownership_eventhead WHERE size >= NEW.size) THEN
        RAISE EXCEPTION 'ownership_eventhead: heads only grow' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT max(position) FROM ownership_evententry) IS DISTINCT FROM NEW.size - 1 THEN
        RAISE EXCEPTION 'ownership_eventhead: a head covers the entries there are'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_eventhead_grows BEFORE INSERT ON ownership_eventhead
    FOR EACH ROW EXECUTE FUNCTION ownership_eventhead_grows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0009_meter_changes"),
        ("ownership", "0002_one_lessee_and_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventNode",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("total", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="UnsealedEvent",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="ownership.accessevent",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="accessevent",
            name="salt",
            field=models.BinaryField(default=functools.partial(secrets.token_bytes, *(16,))),
        ),
        migrations.CreateModel(
            name="EventEntry",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf", models.BinaryField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entry",
                        to="ownership.accessevent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventHead",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("signature", models.BinaryField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.logkey"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(HASHES, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        migrations.RunSQL(QUEUE, NO_QUEUE),
        migrations.RunSQL(SEAL_ALONE, "DROP FUNCTION ownership_seal_alone()"),
        migrations.RunSQL(
            CONTINUES,
            "DROP FUNCTION ownership_evententry_continues() CASCADE;"
            "DROP FUNCTION ownership_eventhead_grows() CASCADE",
        ),
    ]
