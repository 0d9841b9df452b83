"""
Remember what is already done, so that later starts do not do it again.

Schema, grants and demonstration are up to date as long as the files that make them and the database
that holds them are the ones of the last time.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from config.up.places import Places

ROOMS = ("marketplace", "devices", "leasing", "billing", "config")


def sources(root: Path) -> Iterator[Path]:
    """The files that decide what the database holds: migrations, demonstration, grants, the lock."""
    yield root / "requirements.txt"
    yield root / "config" / "roles.py"
    yield from sorted((root / "config" / "management").rglob("*.py"))
    for room in ROOMS:
        yield from sorted((root / room).rglob("migrations/*.py"))
        demo = root / room / "demo"
        yield from sorted(path for path in demo.rglob("*") if path.is_file() and path.suffix != ".pyc")


def fingerprint(root: Path, *, identity: str, demo: bool) -> str:
    """One hash over names and contents of the sources, and the database's own identity."""
    total = hashlib.sha256(f"{identity} {demo}".encode())
    for path in sources(root):
        total.update(str(path.relative_to(root)).encode() + b"\0")
        with contextlib.suppress(FileNotFoundError):
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def known(places: Places, print_: str, *, demo: bool) -> bool:
    """Whether exactly this was prepared before."""
    if demo and not places.demo.exists():
        return False
    try:
        return bool(json.loads(places.prepared.read_text())["fingerprint"] == print_)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def remember(places: Places, print_: str) -> None:
    places.prepared.write_text(json.dumps({"fingerprint": print_}))
