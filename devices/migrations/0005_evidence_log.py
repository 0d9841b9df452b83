"""The log of deliveries with its heads and signatures, and what constraints of Django cannot say about them."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

HASHES = """
ALTER TABLE devices_logentry ADD CONSTRAINT devices_logentry_hash CHECK (octet_length(leaf) = 32);
ALTER TABLE devices_lognode ADD CONSTRAINT devices_lognode_hash CHECK (octet_length(total) = 32);
ALTER TABLE devices_logkey ADD CONSTRAINT devices_logkey_hash CHECK (octet_length(public_key) = 32);
ALTER TABLE devices_signingkey ADD CONSTRAINT devices_signingkey_hash CHECK (octet_length(public_key) = 32);
ALTER TABLE devices_devicesigningkey ADD CONSTRAINT devices_devicesigningkey_hash
    CHECK (octet_length(public_key) = 32);
ALTER TABLE devices_loghead ADD CONSTRAINT devices_loghead_hash
    CHECK (octet_length(root) = 32 AND octet_length(signature) = 64 AND size > 0);
ALTER TABLE devices_countersignature ADD CONSTRAINT devices_countersignature_hash
    CHECK (octet_length(signature) = 64);
ALTER TABLE devices_daysignature ADD CONSTRAINT devices_daysignature_hash
    CHECK (octet_length(root) = 32 AND octet_length(signature) = 64);
"""

TABLES = ("logentry", "lognode", "loghead", "logkey", "countersignature", "daysignature")
APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER devices_{table}_append_only BEFORE UPDATE OR DELETE ON devices_{table}"
    " FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();"
    for table in TABLES
)

# One lock for everything that grows the log; the trigger below takes it too, so nobody can go round it.
SEAL_ALONE = """
CREATE FUNCTION devices_seal_alone() RETURNS boolean LANGUAGE sql AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('devices_log', 0));
$$;
"""

# Entries go on where the log ends, and each device's arrivals rise by one.
CONTINUES = """
CREATE FUNCTION devices_logentry_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first bigint; last bigint; many bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO first, last, many FROM added;
    IF last - first + 1 <> many OR first < 0
       OR first > 0 AND NOT EXISTS (SELECT 1 FROM devices_logentry WHERE position = first - 1) THEN
        RAISE EXCEPTION 'devices_logentry: the log has a hole' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a WHERE a.arrival <> 1 AND NOT EXISTS (
            SELECT 1 FROM devices_logentry e
            WHERE e.device_id = a.device_id AND e.arrival = a.arrival - 1 AND e.position < a.position
        )
    ) THEN
        RAISE EXCEPTION 'devices_logentry: a delivery is left out' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER devices_logentry_continues AFTER INSERT ON devices_logentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION devices_logentry_continues();
"""

# A head covers exactly the entries there are, and more of them than any head before it.
GROWS = """
CREATE FUNCTION devices_loghead_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('devices_log', 0));
    IF EXISTS (SELECT 1 FROM devices_loghead WHERE size >= NEW.size) THEN
        RAISE EXCEPTION 'devices_loghead: heads only grow' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT max(position) FROM devices_logentry) IS DISTINCT FROM NEW.size - 1 THEN
        RAISE EXCEPTION 'devices_loghead: a head covers the entries there are' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER devices_loghead_grows BEFORE INSERT ON devices_loghead
    FOR EACH ROW EXECUTE FUNCTION devices_loghead_grows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0004_binding_public_id"),
        ("marketplace", "0002_exclusion_and_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("key_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("public_key", models.BinaryField()),
                ("first_used_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LogMark",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="log_mark",
                        serialize=False,
                        to="devices.device",
                    ),
                ),
                ("arrival", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LogNode",
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
            name="DeviceSigningKey",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("dsk",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("public_key", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing_keys",
                        to="devices.device",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DaySignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("signature", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="day_signatures",
                        to="devices.device",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="devices.devicesigningkey",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LogEntry",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("arrival", models.BigIntegerField()),
                ("leaf", models.BinaryField()),
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
            ],
        ),
        migrations.CreateModel(
            name="LogHead",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("signature", models.BinaryField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="heads", to="devices.logkey"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SigningKey",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("sgk",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("public_key", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing_keys",
                        to="marketplace.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Countersignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signature", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "head",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="countersignatures",
                        to="devices.loghead",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="countersignatures",
                        to="devices.signingkey",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="devicesigningkey",
            constraint=models.UniqueConstraint(
                fields=("device", "public_key"), name="devices_devicesigningkey_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="daysignature",
            constraint=models.UniqueConstraint(
                fields=("device", "day", "key"), name="devices_daysignature_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="daysignature",
            constraint=models.CheckConstraint(
                condition=models.Q(("last__gte", models.F("first"))), name="devices_daysignature_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="logentry",
            constraint=models.UniqueConstraint(fields=("device", "arrival"), name="devices_logentry_once"),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.UniqueConstraint(
                fields=("organization", "public_key"), name="devices_signingkey_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="countersignature",
            constraint=models.UniqueConstraint(fields=("head", "key"), name="devices_countersignature_once"),
        ),
        migrations.RunSQL(HASHES, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        migrations.RunSQL(SEAL_ALONE, "DROP FUNCTION devices_seal_alone()"),
        migrations.RunSQL(CONTINUES, "DROP FUNCTION devices_logentry_continues() CASCADE"),
        migrations.RunSQL(GROWS, "DROP FUNCTION devices_loghead_grows() CASCADE"),
    ]
