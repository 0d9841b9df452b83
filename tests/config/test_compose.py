"""docker-compose.yml: read as it stands, and its commands run as they stand, without the containers."""

import contextlib
import os
import re
import signal
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from django.conf import settings

from config.celery import app
from config.up import network, secret_files
from config.up.places import ROOT
from config.up.say import CannotStart

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "sender", "beat", "stand-in")


class TestFile:
    def test_every_service_restarts_or_runs_once_and_logs_within_limits(self):
        for name, service in SERVICES.items():
            assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
            assert service["logging"]["options"]["max-size"], name
            assert "healthcheck" in service or name == "migrate", name

    def test_our_containers_are_locked_down(self):
        for name in OURS:
            service = SERVICES[name]
            assert service["user"] == "10001:10001"
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]

    def test_only_the_web_server_has_a_port_and_only_on_this_machine(self):
        open_ones = [name for name in SERVICES if "ports" in SERVICES[name]]
        assert open_ones == ["web", "stand-in"]
        assert all(port.startswith("127.0.0.1:") for name in open_ones for port in SERVICES[name]["ports"])
        assert COMPOSE["networks"]["back"] == {"internal": True}
        assert all(SERVICES[name]["networks"] == ["back"] for name in ("postgres", "redis", "cache"))

    def test_the_stand_in_is_for_test_mode_alone_and_knows_no_secret_of_the_house(self):
        assert [name for name in SERVICES if "profiles" in SERVICES[name]] == ["stand-in"]
        assert SERVICES["stand-in"]["profiles"] == ["test-mode"]
        assert not SERVICES["stand-in"]["secrets"]
        assert not SERVICES["stand-in"]["environment"]

    def test_live_is_what_it_is_unless_somebody_says_test(self):
        assert SERVICES["web"]["environment"]["JIJIAN_MODE"] == "${JIJIAN_MODE:-live}"
        said = dict(
            line.split("=", 1)
            for line in (ROOT / "config" / "test-mode.env").read_text().splitlines()
            if not line.startswith("#")
        )
        assert said["JIJIAN_MODE"] == "test"
        assert said["SECRETS"] != "./secrets"
        assert said["STRIPE_ADDRESS"] == "http://stand-in:12111"

    def test_only_migrations_know_the_owner_of_the_tables(self):
        assert [name for name in OURS if "database_owner_url" in SERVICES[name]["secrets"]] == ["migrate"]
        assert SERVICES["migrate"]["environment"]["DATABASE_URL_FILE"] == "/run/secrets/database_owner_url"

    def test_only_the_worker_can_sign_the_evidence_log(self):
        assert [name for name in SERVICES if "log_signing_key" in SERVICES[name].get("secrets", [])] == [
            "worker"
        ]

    def test_every_secret_that_is_read_is_given_and_written_by_make_secrets(self, tmp_path):
        for name, service in SERVICES.items():
            read = set(re.findall(r"/run/secrets/(\w+)", yaml.safe_dump(service.get("environment", {}))))
            assert read <= set(service.get("secrets", [])), name
        secret_files.write(tmp_path / "secrets")
        named = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
        assert named == {path.name for path in (tmp_path / "secrets").iterdir()}
        script = COMPOSE["configs"]["app_role"]["content"]
        assert set(re.findall(r"/run/secrets/(\w+)", script)) <= set(SERVICES["postgres"]["secrets"])

    def test_queue_and_cache_are_two_servers_and_only_the_cache_evicts(self):
        queue, cache = SERVICES["redis"]["command"], SERVICES["cache"]["command"]
        assert queue[queue.index("--maxmemory-policy") + 1] == "noeviction"
        assert queue[queue.index("--appendonly") + 1] == "yes"
        assert cache[cache.index("--maxmemory-policy") + 1] == "allkeys-lru"

    def test_sending_to_others_keeps_nothing_else_waiting(self):
        queues = {name: SERVICES[name]["command"][5] for name in ("worker", "sender")}
        assert [queue.name for queue in settings.CELERY_TASK_QUEUES] == [queues["worker"], queues["sender"]]
        options = app.amqp.router.route({}, "marketplace.tasks.send_due")
        assert options["queue"].name == queues["sender"]
        assert app.amqp.router.route({}, "billing.tasks.bill_due")["queue"].name == queues["worker"]

    def test_the_database_keeps_its_data_where_the_image_puts_it(self):
        assert SERVICES["postgres"]["image"] == "postgres:18"
        assert SERVICES["postgres"]["volumes"] == ["pg:/var/lib/postgresql"]

    def test_the_application_waits_for_the_migrations(self):
        for name in ("web", "worker", "beat"):
            needs = SERVICES[name]["depends_on"]
            assert needs["migrate"] == {"condition": "service_completed_successfully"}
            assert needs["redis"] == needs["cache"] == {"condition": "service_healthy"}

    def test_the_image_is_built_from_what_is_there(self):
        build = SERVICES["web"]["build"]
        recipe = (ROOT / build["context"] / build["dockerfile"]).read_text()
        for source in re.findall(r"^COPY (\S+) ", recipe, re.M):
            assert source.startswith("--from=") or (ROOT / source).exists(), source
        assert "USER 10001:10001" in recipe


class TestMakeSecrets:
    def test_writes_them_once_for_us_and_the_container(self, tmp_path):
        folder = tmp_path / "secrets"
        secret_files.write(folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
        before = (folder / "secret_key").read_text()

        with pytest.raises(CannotStart, match="Nothing was changed"):
            secret_files.write(folder)
        assert (folder / "secret_key").read_text() == before
        assert (
            urlsplit((folder / "database_url").read_text()).password
            == (folder / "pg_app_password").read_text()
        )


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database of this test's own, on the server of the tests."""
    url = os.environ["DATABASE_URL"]
    server, _, _ = url.rpartition("/")
    name = f"compose_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(to_libpq(f"{server}/postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def to_libpq(url: str) -> str:
    """``postgres://user@//folder/name`` is Django's way to write a socket."""
    user, _, rest = url.removeprefix("postgres://").partition("@/")
    if not rest.startswith("/"):
        return url
    folder, _, name = rest.rpartition("/")
    return f"host={folder} user={user} dbname={name}"


@pytest.fixture
def environment(database, tmp_path) -> dict[str, str]:
    """The variables of a service, with this machine's servers behind the names."""
    (tmp_path / "database_url").write_text(database + "\n")
    (tmp_path / "secret_key").write_text("only-for-tests\n")
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "SECRET_KEY")}
    return kept | {
        "DATABASE_URL_FILE": str(tmp_path / "database_url"),
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "CACHE_URL": os.environ["REDIS_URL"],
        "HEARTBEAT_DIR": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
    }


@contextlib.contextmanager
def running(name: str, environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen]:
    """Start the command of a service; ended for sure."""
    with (tmp_path / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            SERVICES[name]["command"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def probe(name: str, environment: dict[str, str]) -> int:
    """Run the service's own health check."""
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[0] == "CMD"
    return subprocess.run(test[1:], cwd=ROOT, env=environment, capture_output=True).returncode


class TestCommands:
    def test_migrate_brings_an_empty_database_up_to_date_and_grants_the_application(
        self, environment, database
    ):
        done = subprocess.run(
            SERVICES["migrate"]["command"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        with psycopg.connect(to_libpq(database)) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND has_table_privilege('jijian_app', oid, 'SELECT')"
            ).fetchone()
        assert tables is not None
        assert tables[0] > 20

    @pytest.mark.parametrize("name", ["web", "worker", "beat"])
    def test_a_service_becomes_healthy_and_stops_when_told_to(self, name, environment, tmp_path):
        with network.listen(8770) as ours:
            address = f"127.0.0.1:{ours.getsockname()[1]}"
        environment |= {"BIND": address, "PROBE_URL": f"http://{address}/readyz"}
        assert probe(name, environment) == 1

        with running(name, environment, tmp_path) as process:
            end = time.monotonic() + 60
            while probe(name, environment):
                said = (tmp_path / f"{name}.log").read_text()[-2000:]
                assert process.poll() is None, said
                assert time.monotonic() < end, said
                time.sleep(0.2)
            process.terminate()
            assert process.wait(60) == 0


class TestProbe:
    def test_needs_nothing_but_the_standard_library(self):
        code = "import sys; before = set(sys.modules); import config.probe; print(*set(sys.modules) - before)"
        loaded = subprocess.run(
            [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        outside = {name.partition(".")[0] for name in loaded.stdout.split()} - set(sys.stdlib_module_names)
        assert outside == {"config"}

    def test_an_old_heartbeat_is_a_failure(self, tmp_path):
        path = tmp_path / "worker.alive"
        path.touch()
        environment = dict(os.environ) | {"HEARTBEAT_DIR": str(tmp_path)}
        assert probe("worker", environment) == 0
        os.utime(path, (0, time.time() - 60))
        assert probe("worker", environment) == 1
