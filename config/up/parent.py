"""The parent process: start everything in order, watch it, stop it in the reverse order."""

import json
import os
import secrets
import shutil
import signal
import sys
import threading
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from config.up import lock, messages, network, postgres, prepared, redis_server
from config.up.places import Places
from config.up.processes import Process, end_leftovers, run_to_end, wait_until
from config.up.say import CannotStart, Interrupted, line, step
from config.up.secret_files import new_signing_key

PATIENCE = 25  # seconds that running work may take to finish
PREPARED_WITHIN = 2  # a second Ctrl-C counts only after this, one press may arrive twice

WORKER = ("worker", "-P", "threads", "-c", "4", "-l", "INFO", "--without-gossip", "--without-mingle")
BEAT = ("beat", "-S", "config.celery:BeatScheduler", "-l", "INFO", "--pidfile=", "-s")


STRIPE = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_ADDRESS")


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    demo: bool = False
    port: int = 8000
    verbose: bool = False
    test_mode: bool = False


class Parent:
    """Holds what has been started so far; groups are stopped last to first."""

    def __init__(self, places: Places, options: Options) -> None:
        self.places, self.options = places, options
        self.token = secrets.token_hex(8)
        self.stop, self.hurry = threading.Event(), threading.Event()
        self.groups: list[list[Process]] = []
        self.env = dict(os.environ) | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "INSTANCE": self.token,
            "JIJIAN_VAR": str(places.var),
            "HEARTBEAT_DIR": str(places.run),
            "PYTHONUNBUFFERED": "1",
        }
        if options.demo:
            self.env["DEMO"] = "1"
        if options.test_mode:
            self.env["JIJIAN_MODE"] = "test"
        self.owner_env: dict[str, str] = {}
        self.role = self.env.pop("DATABASE_APP_ROLE", postgres.APP)
        self.embedded: postgres.Cluster | None = None
        self.url = ""
        self._asked_at = 0.0
        self._follower = Follower(places.log) if options.verbose else None

    # -- the life of a start ---------------------------------------------------------------------------

    def run(self) -> int:
        """Bring everything up, serve until asked to stop, and return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        try:
            self.places.make()
            self.clear_leftovers()
            self.set_secrets()
            self.start_services()
            self.prepare()
            self.start_application()
            self.announce()
            return self.watch()
        except Interrupted:
            return 130
        except CannotStart as error:
            line(f"\n{error}")
            return 1
        finally:
            self.stop_all()

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        """The signal handler: the first one stops in order, a later one does not wait for work."""
        if not self.stop.is_set():
            self._asked_at = time.monotonic()
            self.stop.set()
        elif time.monotonic() - self._asked_at > PREPARED_WITHIN:
            self.hurry.set()

    def clear_leftovers(self) -> None:
        """What a killed parent left: children on their way out, old heartbeats, an old state file."""
        former = lock.state(self.places)
        end_leftovers(former.get("pids", ()), former.get("token") or self.token)
        self.places.running.unlink(missing_ok=True)
        for heartbeat in self.places.run.glob("*.alive"):
            heartbeat.unlink()

    def set_secrets(self) -> None:
        """One secret key and one key for the evidence log per folder, made on the first start."""
        self.set_secret("SECRET_KEY", self.places.secret, secrets.token_urlsafe(48))
        self.set_secret("LOG_SIGNING_KEY", self.places.signing_key, new_signing_key())

    def set_secret(self, name: str, path: Path, made: str) -> None:
        """Take the variable, or what was made before, or what was made now."""
        if name in self.env or f"{name}_FILE" in self.env:
            return
        if not path.exists():
            new = path.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(made)
            new.replace(path)
        self.env[name] = path.read_text()

    # -- starting --------------------------------------------------------------------------------------

    def start_services(self) -> None:
        """PostgreSQL and Redis, where the environment does not name others."""
        os.environ["INSTANCE"] = self.token
        if not {"DATABASE_URL", "DATABASE_URL_FILE"} & self.env.keys():
            self.start_postgres()
        elif owner_url := secret_of("DATABASE_OWNER_URL", self.env):
            self.owner_env = {"DATABASE_URL": owner_url}
            self.role = urllib.parse.urlsplit(secret_of("DATABASE_URL", self.env)).username or postgres.APP
        if not {"REDIS_URL", "REDIS_URL_FILE"} & self.env.keys():
            owner = self.embedded.isolation.owner if self.embedded else os.geteuid()
            process, url = redis_server.start(
                data=self.places.redis,
                sockets=self.places.make_sockets(owner),
                log=self.places.log / "redis.log",
                env=self.env,
                stop=self.stop,
            )
            self.add([process])
            self.env["REDIS_URL"] = url
            step("Redis is up (unix socket only)")

    def start_postgres(self) -> None:
        cluster = postgres.cluster_at(self.places.cluster, sockets=self.places.sockets)
        self.embedded = cluster
        self.places.make_sockets(cluster.isolation.owner)
        if cluster.create(stop=self.stop):
            step("database created")
        log = self.places.log / "postgres.log"
        self.add([cluster.start(log=log, options=postgres.for_serving(), stop=self.stop)])
        self.env["DATABASE_URL"] = cluster.url(postgres.APP)
        self.owner_env = {"DATABASE_URL": cluster.url(postgres.OWNER)}
        step(f"PostgreSQL 18 is up (unix socket only, {cluster.isolation.value})")

    def prepare(self) -> None:
        """Schema, grants and demonstration, unless this database is known to have them."""
        if messages.stale():
            messages.compile_all()
        identity = self.embedded.identity if self.embedded else ""
        print_ = prepared.fingerprint(self.places.root, identity=identity, demo=self.options.demo)
        if self.embedded and prepared.known(self.places, print_, demo=self.options.demo):
            step("schema is up to date")
        else:
            demo = ["--demo"] if self.options.demo else []
            command = [sys.executable, "manage.py", "prepare", "--role", self.role, *demo]
            process = self.python("prepare", command, env=self.env | self.owner_env, shown=True)
            self.groups.append([process])
            run_to_end(process, stop=self.stop)
            self.groups.pop()
            prepared.remember(self.places, print_)
        if not self.owner_env:
            self.env["DATABASE_APP_ROLE"] = self.role

    def stand_at(self, port: int) -> None:
        """Say where the pages are, to the processes, too: links in mails lead to this start."""
        self.url = f"http://{network.HOST}:{port}"
        self.env.setdefault("SITE_URL", self.url)

    def start_application(self) -> None:
        """Web, worker, beat and the replayer, all at once; ready when each has shown it."""
        celery = [sys.executable, "-m", "celery", "-A", "config"]
        worker, beat = [*celery, *WORKER], [*celery, *BEAT, f"{self.places.run}/beat.db"]
        with network.listen(self.options.port) as ours:
            self.stand_at(ours.getsockname()[1])
            plays = self.options.demo or self.options.test_mode
            if plays and not {"STRIPE_API_KEY", "STRIPE_API_KEY_FILE"} & self.env.keys():
                self.start_stand_in()
            gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi", "-c", "config/gunicorn_conf.py"]
            web_env = self.env | {"BIND": f"fd://{ours.fileno()}", "WEB_CONCURRENCY": "2", "WEB_THREADS": "4"}
            group = [web := self.python("web", gunicorn, env=web_env, fds=(ours.fileno(),))]
        self.groups.append(group)
        group.append(self.python("worker", worker))
        group.append(self.python("beat", beat))
        if self.options.demo:
            group.append(self.python("replayer", [sys.executable, "manage.py", "replayer"]))
        self.write_state()
        wait_until(lambda: network.answers_with(f"{self.url}/healthz", self.token), web, stop=self.stop)
        for process in group[1:]:
            alive = self.places.run / f"{process.name}.alive"
            wait_until(alive.exists, process, stop=self.stop)
        step(f"{', '.join(process.name for process in group)} are up")

    def start_stand_in(self) -> None:
        """A stand-in for the payment provider: payments work without keys or network."""
        with network.listen(0) as free:
            port = free.getsockname()[1]
        secret, key = f"whsec_{self.token}", f"sk_test_{self.token}"
        command = [sys.executable, "-m", "config.stand_in", "--port", str(port), "--secret", secret]
        self.env |= {
            "STRIPE_API_KEY": key,
            "STRIPE_WEBHOOK_SECRET": secret,
            "STRIPE_ADDRESS": f"http://{network.HOST}:{port}",
        }
        command += ["--webhooks", f"{self.url}/webhooks/stripe/"]
        if self.options.test_mode:
            command += ["--clock", f"{self.url}/api/v1/test/clock/"]
        self.add([self.python("stripe", command)])

    def python(
        self,
        name: str,
        command: list[str],
        *,
        env: dict[str, str] | None = None,
        fds: tuple[int, ...] = (),
        shown: bool = False,
    ) -> Process:
        """Start one of the application's own processes."""
        log = self.places.log / f"{name}.log"
        return Process(
            name, command, log=log, env=env or self.env, cwd=self.places.root, pass_fds=fds, shown=shown
        )

    def add(self, group: list[Process]) -> None:
        """Remember a started group here and on disk, so that a later start can find what was left."""
        self.groups.append(group)
        self.write_state()

    def write_state(self, **more: object) -> None:
        shared = (
            "DATABASE_URL",
            "REDIS_URL",
            "SECRET_KEY",
            "DATABASE_APP_ROLE",
            "DEMO",
            "JIJIAN_MODE",
            "SITE_URL",
            *STRIPE,
        )
        facts = {
            "pid": os.getpid(),
            "token": self.token,
            "pids": [process.pid for group in self.groups for process in group],
            "env": {name: self.env[name] for name in shared if name in self.env},
        }
        lock.write_state(self.places, **facts, **more)

    # -- serving and stopping --------------------------------------------------------------------------

    def announce(self) -> None:
        """One line with the word ready, the addresses with their logins, and how to stop."""
        self.write_state(url=f"{self.url}/")
        step("ready")
        line()
        if self.options.test_mode:
            played = self.env.get("STRIPE_ADDRESS", "-")
            line(f"  测试 TEST   clock: {self.url}/test-clock/   stand-in of the payment provider: {played}/")
        for text in addresses(self.places, self.url, demo=self.options.demo):
            line(f"  {text}")
        line()
        line(f"  Logs: {os.path.relpath(self.places.log)}/   Stop: Ctrl-C   Forget all: manage.py up --reset")

    def watch(self) -> int:
        """Serve until asked to stop (0) or until a process dies by itself (1)."""
        while not self.stop.wait(0.3):
            if self._follower:
                self._follower.show()
            for process in (process for group in self.groups for process in group):
                if process.exit_code is not None:
                    raise process.failure()
        return 0

    def stop_all(self) -> None:
        """Web, worker, beat and replayer first, then Redis, then PostgreSQL."""
        if self.groups:
            started = time.monotonic()
            line()
            step(f"stopping; running work may finish ({PATIENCE} s at most, Ctrl-C again to hurry)")
            for group in reversed(self.groups):
                for process in group:
                    process.ask_to_stop()
                for process in group:
                    process.wait(PATIENCE, self.hurry if group is not self.groups[0] else None)
            step(f"stopped in {time.monotonic() - started:.1f} s")
        self.places.running.unlink(missing_ok=True)
        shutil.rmtree(self.places.sockets, ignore_errors=True)


def secret_of(name: str, env: Mapping[str, str]) -> str:
    """A variable, or the content of the file that ``NAME_FILE`` names; "" if there is neither."""
    file = env.get(f"{name}_FILE")
    return env.get(name) or (Path(file).read_text().strip() if file else "")


class Follower:
    """Shows on the terminal what is added to the logs (``up -v``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen = {path: path.stat().st_size for path in folder.glob("*.log")}

    def show(self) -> None:
        for path in sorted(self.folder.glob("*.log")):
            with path.open("rb") as file:
                file.seek(self.seen.get(path, 0))
                text = file.read()
                self.seen[path] = file.tell()
            for one in text.decode(errors="replace").splitlines():
                line(f"{path.stem:>8} | {one}")


def addresses(places: Places, url: str, *, demo: bool) -> list[str]:
    """The pages to open, each on its own line, with who may sign in there."""
    if not demo:
        return [
            f"Jijian  {url}/",
            "First administrator: manage.py createsuperuser   With sample data: make run",
        ]
    try:
        rows = json.loads(places.demo.read_text())
        lines = [
            (row["label"], f"{url}{row['url_path']}", row["login"] or "", row["password"] or "")
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(
            f"{places.demo} is unreadable ({error}): manage.py up --reset --demo makes it anew"
        ) from error
    widths = [max(len(row[column]) for row in lines) for column in range(3)] if lines else []
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
        for row in lines
    ]
