"""
PostgreSQL and Redis that live as long as one run: for tests and checks.

    python -m config.up.throwaway [--programs DIRECTORY] COMMAND …

starts what ``DATABASE_URL`` and ``REDIS_URL`` do not name, runs the command, and stops everything. Nothing
has to survive, so durability is off. ``--programs`` takes another PostgreSQL, to test on another version.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.up import postgres, redis_server
from config.up.processes import Process
from config.up.say import CannotStart, line


@contextlib.contextmanager
def services(programs: Path | None = None, given: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """Start what ``given`` does not name; yields the variables that name it."""
    with contextlib.ExitStack() as stack:
        found: dict[str, str] = {}
        folder = tempfile.TemporaryDirectory(prefix="jijian-tests-", ignore_cleanup_errors=True)
        home = Path(stack.enter_context(folder))
        home.chmod(0o711)
        if "DATABASE_URL" not in given:
            cluster = postgres.cluster_at(home / "pg", sockets=home, programs=programs)
            if cluster.isolation.owner != os.geteuid():
                os.chown(home, cluster.isolation.owner, -1)
            cluster.create()
            _until_the_end(stack, cluster.start(log=home / "postgres.log", options=postgres.FOR_TESTS))
            found["DATABASE_URL"] = cluster.url(postgres.OWNER)
        if "REDIS_URL" not in given:
            log = home / "redis.log"
            process, url = redis_server.start(data=home, sockets=home, log=log, env=os.environ, durable=False)
            _until_the_end(stack, process)
            found["REDIS_URL"] = url
        yield found


def _until_the_end(stack: contextlib.ExitStack, process: Process) -> None:
    stack.callback(process.wait, 20)
    stack.callback(process.ask_to_stop)


def main(arguments: list[str]) -> int:
    """Run a command with services around it and return its exit code."""
    ask = argparse.ArgumentParser(prog="python -m config.up.throwaway")
    ask.add_argument("--programs", type=Path, help="the bin directory of another PostgreSQL")
    ask.add_argument("command", nargs=argparse.REMAINDER)
    asked = ask.parse_args(arguments)
    try:
        with services(asked.programs) as found:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command gets it too, and ends first
            env = {"SECRET_KEY": "only-for-tests"} | os.environ | found
            if "DATABASE_URL" in found:
                env["TESTS_MAY_EMPTY"] = "yes"  # as a superuser: nothing in this server is anybody's
            return subprocess.run(asked.command, env=env, preexec_fn=_listen_again).returncode
    except CannotStart as error:
        line(str(error))
        return 1


def _listen_again() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
