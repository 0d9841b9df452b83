"""What the played processes have in common: they note how they were called and how they ended."""

import json
import os
import signal
import socket
import sys
from pathlib import Path

VAR = Path(os.environ["JIJIAN_VAR"]) if "JIJIAN_VAR" in os.environ else Path("var")


def remember(name):
    (VAR / f"called-{name}.json").write_text(json.dumps({"arguments": sys.argv, "env": dict(os.environ)}))


def write_demo():
    row = {"label": "Marketplace", "url_path": "/", "login": "someone", "password": "something"}
    (VAR / "demo.json").write_text(json.dumps([row]))


def live(name):
    """Show a heartbeat; when asked to stop, note whether Redis is still there."""
    signal.signal(signal.SIGTERM, lambda *_: end(name))
    (Path(os.environ["HEARTBEAT_DIR"]) / f"{name}.alive").touch()


def end(name):
    path = os.environ["REDIS_URL"].removeprefix("unix://").partition("?")[0]
    with socket.socket(socket.AF_UNIX) as redis:
        up = redis.connect_ex(path) == 0
    with (VAR / "ended").open("a") as file:
        file.write(f"{name} {'before' if up else 'after'} redis\n")
    os._exit(0)
