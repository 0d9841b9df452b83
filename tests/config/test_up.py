"""The local start, tried in the ways in which it could go wrong."""

import base64
import json
import os
import re
import shutil
import signal
import socket
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.up import postgres, throwaway
from config.up.places import ROOT, Places
from tests.config.starting import Start, end_all, left_behind

STEPS = ("database created", "PostgreSQL 18 is up", "Redis is up", "preparing", "replayer are up", "ready")
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "listen_addresses": "",
}
STUB = Path(__file__).parent / "stub"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The real starter in a played project, in a folder with a space and a long name."""
    folder = tmp_path / ("a project with " + "many words " * 9).strip()
    shutil.copytree(STUB, folder)
    shutil.copytree(ROOT / "config" / "up", folder / "config" / "up")
    (folder / "config" / "__init__.py").touch()
    (folder / "requirements.txt").write_text("nothing")
    yield folder
    end_all(folder)


def called(project: Path, name: str) -> dict:
    return json.loads((project / "var" / f"called-{name}.json").read_text())


class TestWhole:
    """The real thing, nothing played."""

    @pytest.mark.slow
    def test_starts_twice_and_every_address_it_prints_answers(self, tmp_path):
        var = tmp_path / "var"
        for prepared in (None, var / "prepared.json"):
            before = prepared and prepared.read_text()
            with Start(ROOT, "--demo", "--port", "8790", notes=tmp_path, JIJIAN_VAR=str(var)) as start:
                start.until("Stop: Ctrl-C", seconds=300)
                addresses = re.findall(r"http://127\.0\.0\.1:\d+\S*", start.said)
                assert len(addresses) > 3
                assert {url: urllib.request.urlopen(url).status for url in addresses} == dict.fromkeys(
                    addresses, 200
                )
                assert start.press_ctrl_c() == 0
            assert left_behind(var) == []
            assert (before and before == prepared.read_text()) or prepared is None


class TestUp:
    def test_starts_everything_and_stops_it_in_order(self, project):
        with Start(project, "--demo", "--port", "8710") as start:
            start.ready()
            token = urllib.request.urlopen(f"{start.url}/healthz").read().decode()
            assert token == called(project, "worker")["env"]["INSTANCE"]
            assert f"{start.url}/  someone  something" in start.said

            assert start.press_ctrl_c() == 0

        places = [start.said.index(step) for step in STEPS]
        assert places == sorted(places)
        ended = (project / "var" / "ended").read_text().splitlines()
        assert sorted(ended) == [f"{name} before redis" for name in ("beat", "replayer", "web", "worker")]
        assert left_behind(project) == []
        assert not (project / "var" / "up.json").exists()
        assert not Places(project / "var").sockets.exists()
        assert list((project / "var" / "redis").iterdir()) != []

    def test_the_database_is_durable_and_the_application_owns_nothing(self, project):
        with Start(project, "--port", "8710") as start:
            start.ready()
            url = called(project, "web")["env"]["DATABASE_URL"]
            folder = url.partition("@/")[2].rpartition("/")[0]
            with psycopg.connect(host=folder, user=postgres.APP, dbname=postgres.DATABASE) as connection:
                show = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in DURABLE}
                rights = connection.execute(
                    "SELECT rolsuper, rolcreatedb, rolcreaterole, pg_get_userbyid(datdba)"
                    " FROM pg_roles, pg_database"
                    " WHERE rolname = current_user AND datname = current_database()"
                ).fetchone()
            start.press_ctrl_c()

        assert show == DURABLE
        assert rights == (False, False, False, postgres.OWNER)
        assert called(project, "prepare")["env"]["DATABASE_URL"].startswith(f"postgres://{postgres.OWNER}@")

    def test_a_later_start_does_not_prepare_again_until_something_changed(self, project):
        for change, prepares in ((None, True), (None, False), ("migrations", True)):
            if change:
                (project / "billing" / change).mkdir(parents=True)
                (project / "billing" / change / "0001_initial.py").touch()
            with Start(project, "--demo", "--port", "8710") as start:
                assert start.ready().press_ctrl_c() == 0
            assert ("preparing" in start.said) is prepares

    def test_a_second_start_in_the_same_folder_names_the_first(self, project):
        with Start(project, "--port", "8710") as first:
            first.ready()
            url = first.url
            with Start(project) as second:
                assert second.ended() == 3
                assert second.said == f"already running: {url}/\n"
            assert urllib.request.urlopen(f"{url}/").status == 200

    def test_takes_the_next_port_when_one_is_taken(self, project):
        with socket.create_server(("127.0.0.1", 8730)), Start(project, "--port", "8730") as start:
            assert start.ready().url == "http://127.0.0.1:8731"

    def test_ctrl_c_while_preparing_leaves_nothing_and_the_next_start_goes_on(self, project):
        with Start(project, "--port", "8710", STUB_PREPARE_SECONDS="60") as start:
            start.until("preparing")
            assert start.press_ctrl_c() == 130
        assert left_behind(project) == []

        with Start(project, "--port", "8710") as again:
            assert again.ready().press_ctrl_c() == 0
        assert "database created" not in again.said

    def test_a_killed_parent_takes_its_children_along_and_the_next_start_recovers(self, project):
        with Start(project, "--port", "8710") as start:
            start.ready()
            start.process.kill()
            start.ended()
            assert left_behind(project, patience=10) == []
        assert (project / "var" / "up.json").exists()
        (project / "var" / "pg18.new").mkdir()  # and a cluster that was never finished

        with Start(project, "--port", "8710") as again:
            assert again.ready().press_ctrl_c() == 0

    def test_a_dead_service_ends_the_rest_and_names_its_log(self, project):
        with Start(project, "--port", "8710") as start:
            start.ready()
            pid = int((project / "var" / "pg18" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGKILL)
            assert start.ended() == 1
        assert "postgres exited with -9" in start.said
        assert "log/postgres.log" in start.said
        assert left_behind(project) == []

    def test_uses_the_servers_that_the_environment_names(self, project):
        with throwaway.services(given={}) as found, Start(project, "--port", "8710", **found) as start:
            assert start.ready().press_ctrl_c() == 0
        assert not (project / "var" / "pg18").exists()
        assert "PostgreSQL" not in start.said
        prepare, web = called(project, "prepare")["env"], called(project, "web")["env"]
        assert prepare["DATABASE_URL"] == web["DATABASE_URL"] == found["DATABASE_URL"]
        assert web["REDIS_URL"] == found["REDIS_URL"]
        assert "DATABASE_APP_ROLE" not in prepare
        assert web["DATABASE_APP_ROLE"] == postgres.APP

    def test_an_owner_of_its_own_prepares_for_the_login_of_the_application(self, project):
        with throwaway.services(given={}) as found:
            owner = {"DATABASE_OWNER_URL": found["DATABASE_URL"]}
            application = {"DATABASE_URL": found["DATABASE_URL"].replace("jijian_owner@", "someone@")}
            with Start(project, "--port", "8710", **(found | owner | application)) as start:
                assert start.ready().press_ctrl_c() == 0
        prepare, web = called(project, "prepare"), called(project, "web")["env"]
        assert prepare["env"]["DATABASE_URL"] == owner["DATABASE_OWNER_URL"]
        assert prepare["arguments"][1:4] == ["prepare", "--role", "someone"]
        assert web["DATABASE_URL"] == application["DATABASE_URL"]
        assert "DATABASE_APP_ROLE" not in web

    def test_reset_forgets_everything(self, project):
        (project / "var" / "pg18").mkdir(parents=True)
        (project / "var" / "demo.json").touch()
        with Start(project, "--reset") as start:
            assert start.ended() == 0
        assert sorted(path.name for path in (project / "var").iterdir()) == [
            "log",
            "redis",
            "run",
            "static",
            "up.lock",
        ]

    def test_secrets_are_readable_by_us_alone(self, project):
        with Start(project, "--port", "8710") as start:
            start.ready()
            files = [project / "var" / name for name in ("secret_key", "log_signing_key", "up.json")]
            modes = [stat.S_IMODE(path.stat().st_mode) for path in files]
            start.press_ctrl_c()
        assert modes == [0o600, 0o600, 0o600]
        assert len(files[0].read_text()) > 50
        assert len(base64.b64decode(files[1].read_text())) == 32
