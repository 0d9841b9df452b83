"""Who is behind the reads in the log stands beside it, so that a name can go and every proof stays."""

import functools
import hashlib
import json
import secrets

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

# One way: named, masked, erased. Nothing before the law allows it, and nothing but what tells who it was.
ONE_WAY = """
CREATE FUNCTION ownership_loggedperson_one_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'ownership_loggedperson: a pseudonym stays' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.erased_at IS NOT NULL
       OR (NEW.id, NEW.public_id, NEW.organization, NEW.year)
          IS DISTINCT FROM (OLD.id, OLD.public_id, OLD.organization, OLD.year) THEN
        RAISE EXCEPTION 'ownership_loggedperson: this never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.erased_at IS NULL THEN
        IF (NEW."user", NEW.name, NEW.secret) IS DISTINCT FROM (OLD."user", OLD.name, OLD.secret)
           OR OLD.asked_at IS NOT NULL AND NEW.asked_at IS DISTINCT FROM OLD.asked_at THEN
            RAISE EXCEPTION 'ownership_loggedperson: this never changes' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.asked_at IS NULL OR NEW.asked_at IS NOT NULL OR NEW."user" <> '' OR NEW.name <> ''
          OR octet_length(NEW.secret) > 0 THEN
        RAISE EXCEPTION 'ownership_loggedperson: a name goes on request, and whole'
            USING ERRCODE = 'check_violation';
    ELSIF NEW.erased_at < make_timestamptz(OLD.year + 4, 1, 1, 0, 0, 0, 'Asia/Shanghai') THEN
        RAISE EXCEPTION 'ownership_loggedperson: the law still demands the log' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ownership_loggedperson_one_way BEFORE UPDATE OR DELETE ON ownership_loggedperson
    FOR EACH ROW EXECUTE FUNCTION ownership_loggedperson_one_way();
ALTER TABLE ownership_accessevent ADD CONSTRAINT ownership_accessevent_sealed_person
    CHECK (octet_length(sealed_person) = 32 AND octet_length(veil) IN (0, 32));
"""
EVENTS = """
SELECT id, public_id, "user", user_name, organization,
       extract(year FROM at AT TIME ZONE 'Asia/Shanghai')::int, salt, decisions::text
FROM ownership_accessevent WHERE person IS NULL ORDER BY id LIMIT 2000
"""
KNOWN = """
INSERT INTO ownership_loggedperson (public_id, "user", name, organization, year, secret)
VALUES (%s, %s, %s, %s, %s, %s)
"""
MOVED = "UPDATE ownership_accessevent SET person = %s, sealed_person = %s, veil = %s, salt = %s WHERE id = %s"


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def move(apps, schema_editor):
    """
    Take the person out of each event, so that its entry stays what was sealed.

    The salts of an event's commitments came from one seed. They are written down one by one and the seed goes:
    else it would tell the person's salt forever. That one is veiled by the new secret of the person.
    """
    known = {}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ownership_accessevent DISABLE TRIGGER ownership_accessevent_append_only")
        cursor.execute(EVENTS)
        while found := cursor.fetchall():
            cursor.executemany(MOVED, [moved(cursor, known, *row) for row in found])
            cursor.execute(EVENTS)
        cursor.execute("ALTER TABLE ownership_accessevent ENABLE TRIGGER ownership_accessevent_append_only")


def moved(cursor, known, pk, public_id, user, name, organization, year, seed, decisions):
    key, seed = (user, name, organization, year), bytes(seed)
    if key not in known:
        known[key] = marketplace.shared.ids.new_id("per"), secrets.token_bytes(32)
        cursor.execute(KNOWN, [known[key][0], *key, known[key][1]])
    pseudonym, secret = known[key]
    old, own = digest(seed, b"person"), digest(secret, public_id.encode())
    veil = bytes(left ^ right for left, right in zip(old, own, strict=True))
    said = {"user": user, "user_name": name}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    places = range(len(json.loads(decisions)))
    salts = [digest(seed, b"sides"), *(digest(seed, f"decision-{place}".encode()) for place in places)]
    return pseudonym, digest(old, text), veil, b"".join(salts), pk


class Migration(migrations.Migration):
    dependencies = [("ownership", "0011_subleases")]

    operations = [
        migrations.CreateModel(
            name="LoggedPerson",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("per",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                ("user", models.CharField(blank=True, db_index=True, max_length=30)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("organization", models.CharField(blank=True, db_index=True, max_length=30)),
                ("year", models.PositiveSmallIntegerField()),
                (
                    "secret",
                    models.BinaryField(default=functools.partial(secrets.token_bytes, *(32,))),
                ),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("asked_at__isnull", False), ("erased_at", None)),
                        fields=["year"],
                        name="ownership_loggedperson_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("asked_at", None), ("erased_at", None)),
                        fields=("user", "organization", "year", "name"),
                        name="ownership_loggedperson_once",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="accessevent",
            name="person",
            field=models.ForeignKey(
                db_column="person",
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ownership.loggedperson",
                to_field="public_id",
            ),
        ),
        migrations.AddField(
            model_name="accessevent",
            name="sealed_person",
            field=models.BinaryField(default=bytes),
        ),
        migrations.AddField(model_name="accessevent", name="veil", field=models.BinaryField(default=bytes)),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="accessevent",
            name="person",
            field=models.ForeignKey(
                db_column="person",
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ownership.loggedperson",
                to_field="public_id",
            ),
        ),
        migrations.AlterField(model_name="accessevent", name="sealed_person", field=models.BinaryField()),
        migrations.RemoveField(model_name="accessevent", name="user"),
        migrations.RemoveField(model_name="accessevent", name="user_name"),
        migrations.RunSQL(
            ONE_WAY,
            "ALTER TABLE ownership_accessevent DROP CONSTRAINT ownership_accessevent_sealed_person;"
            "DROP FUNCTION ownership_loggedperson_one_way() CASCADE",
        ),
    ]
