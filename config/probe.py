"""
Health of one process, for a container's health check: ``python -m config.probe web|worker|beat``.

Only the standard library: a probe that loads all applications costs more than it learns.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

STALE = 30  # seconds; worker and beat touch their file every five


def web() -> str:
    """Ask the server itself; "" if it answers."""
    url = os.environ.get("PROBE_URL", "http://127.0.0.1:8000/readyz")
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".*") or "localhost"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers={"Host": host}), timeout=2) as answer:  # noqa: S310
            return "" if answer.status == 200 else f"{url} answers {answer.status}"
    except OSError as error:
        return f"{url}: {error}"


def alive(name: str) -> str:
    """Look at the age of a heartbeat file; "" if it is fresh."""
    folder = Path(os.environ.get("HEARTBEAT_DIR") or Path(__file__).resolve().parents[1] / "var" / "run")
    path = folder / f"{name}.alive"
    try:
        age = time.time() - path.stat().st_mtime
    except OSError as error:
        return f"no heartbeat: {error}"
    return "" if age < STALE else f"the last heartbeat in {path} is {age:.0f} s old"


def main(arguments: list[str]) -> int:
    """Return 0 if the named process is well, else 1 with one line that says why."""
    if arguments == ["web"]:
        trouble = web()
    elif arguments in (["worker"], ["beat"], ["replayer"]):
        trouble = alive(arguments[0])
    else:
        trouble = "usage: python -m config.probe web|worker|beat|replayer"
    if trouble:
        sys.stderr.write(trouble + "\n")
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
