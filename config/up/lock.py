"""One start per folder: a lock that the kernel releases however the parent ends."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from typing import Any

from config.up.places import Places
from config.up.say import AlreadyRunning


@contextlib.contextmanager
def only_one(places: Places) -> Iterator[None]:
    """
    Hold this folder.

    :raises AlreadyRunning: if somebody else does, with the address if it is known yet
    """
    places.var.mkdir(parents=True, exist_ok=True, mode=0o711)
    with places.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            url = state(places).get("url")
            raise AlreadyRunning(
                f"already running: {url}" if url else "already starting in this folder"
            ) from None
        yield


def held(places: Places) -> bool:
    """Whether the services of this folder are up or starting."""
    try:
        with places.lock.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def state(places: Places) -> dict[str, Any]:
    """What the running parent wrote about itself; empty if there is nothing readable."""
    try:
        found = json.loads(places.running.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_state(places: Places, **facts: Any) -> None:
    """Replace the state in one stroke, readable by us alone."""
    new = places.running.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(facts, indent=1))
    new.replace(places.running)
