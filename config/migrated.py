"""
The schema that all migrations make, written down: an empty database is given it whole.

Django renders the models anew for every step of a migration, which takes minutes for a schema of this size
and is the same each time. ``config/schema.sql`` holds what comes of it, and which migrations it stands for;
later ones run on top of it, so it is renewed (``make schema``) when they have become many. ``make check``
compares it with what the migrations make.
"""

import re
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.roles import PEOPLE_ONLY

FILE = Path(__file__).with_name("schema.sql")
HOLDS = "-- holds: "
QUIETLY = "SELECT set_config('search_path', '', true), set_config('check_function_bodies', 'off', true);"
LOUDLY = "SET LOCAL search_path = DEFAULT;"
SINCE = 150000  # of PostgreSQL: the oldest version that the file is tried on
# Settings of the session that dumped it, some of which older servers do not know, and what it says of itself.
OF_THE_SESSION = re.compile(
    r"SET \w+ = .*|SELECT pg_catalog\.set_config\(.*|\\(un)?restrict .*|--|-- (Name: |Dumped |PostgreSQL ).*"
)

Migrations = list[tuple[str, str]]


def written(dump: str, holds: Migrations) -> str:
    """Return the text of the file: a dump of ``pg_dump`` without what changes from run to run."""
    lines = (line for line in dump.splitlines() if not OF_THE_SESSION.fullmatch(line))
    return "\n".join([*(f"{HOLDS}{app} {name}" for app, name in holds), QUIETLY, *lines, LOUDLY, ""])


def held(text: str) -> Migrations:
    """Return the migrations that a text of the file stands for: (app, name) each."""
    found = (line.removeprefix(HOLDS).split(" ", 1) for line in text.splitlines() if line.startswith(HOLDS))
    return [(app, name) for app, name in found]


def give(connection: Any) -> bool:
    """
    Give an empty database the schema, all of it or nothing; return whether it did.

    It does not where there are tables, where the file stands for a migration that is gone, and where
    PostgreSQL is older than the file is known to fit: then all migrations run.
    """
    text = FILE.read_text(encoding="utf-8")
    known = MigrationLoader(None).disk_migrations
    if (
        connection.vendor != "postgresql"
        or connection.pg_version < SINCE
        or connection.introspection.table_names()
        or not _is_public(connection)
        or any(one not in known for one in held(text))
    ):
        return False
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(text)
        for function in PEOPLE_ONLY:  # a dump without the rights of roles lacks this, too
            cursor.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        recorder = MigrationRecorder(connection)
        for app, name in held(text):
            recorder.record_applied(app, name)
    return True


def _is_public(connection: Any) -> bool:
    """Tell whether tables would be made where the file makes them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return bool(cursor.fetchone()[0] == "public")
