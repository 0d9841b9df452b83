"""
The migrated database of the tests, kept from run to run: migrating takes longer than many runs do.

It is a dump under ``var/``, named by a hash of everything that says what a migrated database holds. Only the
throw-away server of the tests uses it; on a server that ``DATABASE_URL`` names, every run migrates.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from config.up import postgres

NAME = "tests_template"
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "tests"
SAYS_WHAT_IT_HOLDS = ("*/migrations/*.py", "*/*/migrations/*.py", "*/models/*.py", "*/*/models/*.py")
AND = ("requirements.txt", "config/roles.py", "config/settings.py")


def key() -> str:
    """Return the hash by which a dump is found again."""
    found = hashlib.sha256()
    for path in sorted({one for pattern in SAYS_WHAT_IT_HOLDS for one in ROOT.glob(pattern)}):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for name in AND:
        found.update((ROOT / name).read_bytes())
    return found.hexdigest()[:24]


def ready() -> str:
    """Make the template database in the throw-away server, if nobody has; returns its name."""
    with psycopg.connect(_address("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [NAME])  # the workers start at one moment
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE DATABASE {NAME}")
            _fill(FOLDER / f"{key()}.dump")
    return NAME


def _address(database: str) -> str:
    """Return how libpq is told where a database of the server is: its only door is a socket."""
    user, _, sockets = (
        os.environ["DATABASE_URL"].rpartition("/")[0].removeprefix("postgres://").partition("@/")
    )
    return f"host={sockets} user={user} dbname={database}"


def _fill(kept: Path) -> None:
    address = _address(NAME)
    programs, clean = postgres.wheel_programs(), postgres.clean_environment()
    if kept.exists():
        subprocess.run([programs / "pg_restore", "--dbname", address, kept], env=clean, check=True)
        return
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{NAME}"
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=os.environ | {"DATABASE_URL": url}, cwd=ROOT, check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.dump"):
        old.unlink(missing_ok=True)
    half = kept.with_suffix(f".{os.getpid()}")
    subprocess.run([programs / "pg_dump", "-Fc", "-Z1", "--file", half, address], env=clean, check=True)
    half.rename(kept)
