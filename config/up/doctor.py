"""``manage.py doctor``: look for what would keep the local start from working, and say what to do."""

import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config.up import isolation, lock, network, postgres, redis_server
from config.up.places import Places, here
from config.up.say import CannotStart, line

Finding = tuple[bool, str]
ENOUGH_DISK = 2 * 1024**3
EARLIEST_SENSIBLE_TIME = 1_760_000_000  # October 2025: a clock before that is wrong


def main() -> int:
    """Print one line per finding; 1 if something needs attention."""
    bad = 0
    for well, text in findings(here()):
        line(f"{'ok ' if well else '!! '} {text}")
        bad += not well
    return int(bool(bad))


def findings(places: Places) -> Iterator[Finding]:
    yield python()
    yield packages()
    yield disk(places)
    yield attempt("PostgreSQL", lambda: database(places))
    yield attempt("Redis", lambda: os.environ.get("REDIS_URL") or str(redis_server.program()))
    yield attempt("port", web_port) if not lock.held(places) else running(places)
    yield clock()
    yield browser()


def attempt(what: str, find: Callable[[], str]) -> Finding:
    try:
        return True, f"{what}: {find()}"
    except CannotStart as error:
        return False, f"{what}: {error}"


def python() -> Finding:
    version = sys.version.split()[0]
    return sys.version_info >= (3, 11), f"Python {version} (needed: 3.11 or newer)"


def packages() -> Finding:
    missing = [
        name for name in ("django", "celery", "psycopg", "gunicorn") if importlib.util.find_spec(name) is None
    ]
    return (
        not missing,
        f"packages: {', '.join(missing)} missing, run `make install`" if missing else "packages: installed",
    )


def disk(places: Places) -> Finding:
    folder = next(path for path in (places.var, *places.var.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    return free > ENOUGH_DISK, f"disk: {free / 1024**3:.1f} GiB free at {folder} (needed: 2)"


def database(places: Places) -> str:
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return "a server of yours (DATABASE_URL)"
    chosen = isolation.choose(programs=postgres.wheel_programs(), cluster=places.cluster)
    return f"embedded, {chosen.value}"


def web_port() -> str:
    first = os.environ.get("PORT") or "8000"
    if not first.isdigit():
        raise CannotStart(f"PORT={first} is not a number")
    with network.listen(int(first)) as ours:
        return f"{ours.getsockname()[1]} is free"


def running(places: Places) -> Finding:
    return True, f"running: {lock.state(places).get('url', 'still starting')}"


def clock() -> Finding:
    return time.time() > EARLIEST_SENSIBLE_TIME, f"clock: {time.strftime('%Y-%m-%d %H:%M %Z')}"


def browser() -> Finding:
    found = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    fonts = any(Path("/usr/share/fonts").rglob("*CJK*"))
    if found and fonts:
        return True, f"browser tests: {found}, Chinese fonts installed"
    return (
        True,
        "browser tests (optional): apt-get install chromium fonts-noto-cjk, see docs/operations.md",
    )
