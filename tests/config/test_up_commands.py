"""The commands around the start: doctor, and other commands that find running services."""

import json

import pytest

from config.up import attach, cli, doctor, lock
from config.up.parent import Parent
from config.up.places import Places, here


@pytest.fixture
def places(tmp_path, monkeypatch) -> Places:
    monkeypatch.setenv("JIJIAN_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("PORT", raising=False)
    (tmp_path / "var").mkdir()
    return Places(tmp_path / "var")


class TestDoctor:
    def test_finds_nothing_wrong_here(self, places, capsys):
        assert cli.main(["doctor"]) == 0
        assert all(line.startswith("ok ") for line in capsys.readouterr().out.splitlines())

    def test_says_what_to_do_about_each_trouble(self, places, monkeypatch, capsys):
        monkeypatch.delenv("DATABASE_URL", raising=False)
        monkeypatch.delenv("REDIS_URL", raising=False)
        monkeypatch.setenv("PORT", "web")
        monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
        monkeypatch.setattr(doctor.redis_server.shutil, "which", lambda name: None)
        monkeypatch.setattr(doctor.redis_server.os, "access", lambda *_: False)
        monkeypatch.setattr(doctor, "ENOUGH_DISK", 2**80)
        assert cli.main(["doctor"]) == 1
        troubles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!! ")]
        for part in ("make install", "GiB free", "DATABASE_URL", "REDIS_URL", "PORT=web is not a number"):
            assert any(part in line for line in troubles), part


class TestPort:
    @pytest.mark.parametrize("text", ["web", "80", "70000", "-1", ""])
    def test_refuses_what_is_no_port_for_a_person(self, text, capsys):
        with pytest.raises(SystemExit):
            cli.parser().parse_args([f"--port={text}"])
        assert "is not a port between 1024 and 65535" in capsys.readouterr().err


class TestAttach:
    FOUND = {"DATABASE_URL": "postgres://found", "SECRET_KEY": "found"}

    def test_uses_running_services_but_overrides_nothing(self, places):
        lock.write_state(places, env=self.FOUND)
        env = {"SECRET_KEY": "mine"}
        with lock.only_one(places):
            attach.attach(env)
        assert env == {"SECRET_KEY": "mine", "DATABASE_URL": "postgres://found"}

    def test_leaves_everything_alone_when_nothing_runs(self, places):
        lock.write_state(places, env=self.FOUND)
        env: dict[str, str] = {}
        attach.attach(env)
        assert env == {}

    def test_leaves_everything_alone_when_a_database_is_named(self, places):
        lock.write_state(places, env=self.FOUND)
        env = {"DATABASE_URL": "mine"}
        with lock.only_one(places):
            attach.attach(env)
        assert env == {"DATABASE_URL": "mine"}


class TestState:
    @pytest.mark.parametrize("content", ["", "{", "[]", '"text"'])
    def test_a_damaged_file_says_nothing(self, places, content):
        places.running.write_text(content)
        assert lock.state(places) == {}

    def test_is_readable_by_us_alone(self, places):
        lock.write_state(places, url="http://here/")
        assert json.loads(places.running.read_text()) == {"url": "http://here/"}
        assert places.running.stat().st_mode & 0o077 == 0


class TestTestMode:
    def test_has_a_state_of_its_own_beside_that_of_the_usual_start(self, monkeypatch):
        monkeypatch.delenv("JIJIAN_VAR", raising=False)
        usual, apart = here(), here(test_mode=True)

        assert (usual.var.name, apart.var.name) == ("var", "var-test")
        assert usual.sockets != apart.sockets

    @pytest.mark.parametrize("asked", [[], ["--test-mode"]])
    def test_is_told_to_every_process_and_to_none_without_being_asked_for(self, places, monkeypatch, asked):
        monkeypatch.delenv("JIJIAN_MODE", raising=False)
        parent = Parent(places, cli.wanted(cli.parser().parse_args(asked)))

        assert parent.env.get("JIJIAN_MODE") == ("test" if asked else None)

    def test_secrets_of_a_second_installation_go_into_a_folder_of_their_own(self, tmp_path, monkeypatch):
        monkeypatch.setattr(cli, "ROOT", tmp_path)

        assert cli.main(["make_secrets", "secrets-test"]) == 0
        assert len(list((tmp_path / "secrets-test").iterdir())) == 6
