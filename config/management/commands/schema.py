"""``manage.py schema``: write ``config/schema.sql``, or check it against what the migrations make."""

import contextlib
import difflib
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from config import migrated
from config.up import postgres

STEP_BY_STEP, AT_ONCE = "jijian_schema_each", "jijian_schema_whole"
SHOWN = 40  # lines of a difference


class Command(BaseCommand):
    """Makes databases of its own on the server that ``DATABASE_URL`` names, and drops them."""

    help = "Write config/schema.sql anew from the migrations; with --check only compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if migrations make another schema")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            holds = sorted(MigrationLoader(None).disk_migrations)
            migrated.FILE.write_text(migrated.written(_made(STEP_BY_STEP), holds), encoding="utf-8")
            self.stdout.write(f"wrote {migrated.FILE.name}: {len(holds)} migrations")
            return
        with ThreadPoolExecutor() as pool:
            each, whole = (migrated.written(dump, []) for dump in pool.map(_made, (STEP_BY_STEP, AT_ONCE)))
        if each != whole:
            lines = (each.splitlines(), whole.splitlines(), "migrations", migrated.FILE.name)
            shown = "\n".join(list(difflib.unified_diff(*lines, lineterm=""))[:SHOWN])
            raise CommandError(f"{shown}\n{migrated.FILE.name} is not what the migrations make: make schema")


def _made(name: str) -> str:
    """
    Return the dump of a database made by each migration, or from the file and later ones.

    It is read in and dumped once more: PostgreSQL writes some conditions of a table differently when it has
    read what it wrote itself.
    """
    with _database(name):
        _migrate(name)
        dump = _dumped(name)
    with _database(name), psycopg.connect(_address(name)) as again:
        again.execute(migrated.written(dump, []))
        again.commit()
        return _dumped(name)


@contextlib.contextmanager
def _database(name: str) -> Iterator[None]:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(_address(settings.DATABASES["default"]["NAME"]), autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield
        finally:
            server.execute(drop)


def _address(database: str) -> str:
    """Return how libpq is told where a database of the server is."""
    found = settings.DATABASES["default"]
    there = {key.lower(): str(found[key]) for key in ("HOST", "PORT", "USER", "PASSWORD") if found[key]}
    return psycopg.conninfo.make_conninfo(dbname=database, **there)


def _migrate(name: str) -> None:
    url = urlsplit(os.environ["DATABASE_URL"])
    env = {"DATABASE_URL": urlunsplit(url._replace(path=f"{url.path.rpartition('/')[0]}/{name}"))}
    each = ["--each"] if name == STEP_BY_STEP else []
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *each]
    subprocess.run(command, env=os.environ | env, cwd=settings.BASE_DIR, check=True)


def _dumped(name: str) -> str:
    dump: list[str | Path] = [
        postgres.wheel_programs() / "pg_dump",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
    ]
    env = postgres.clean_environment()
    done = subprocess.run([*dump, _address(name)], env=env, check=True, capture_output=True, text=True)
    return done.stdout
