"""Start ``manage.py up`` as a person would, read what it says, and press Ctrl-C."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

NOT_OURS = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "LOG_SIGNING_KEY"}
NOT_OURS |= {"INSTANCE", "JIJIAN_VAR", "PORT"}


class Start:
    """One running ``manage.py up``; ended with the block, by force if need be."""

    def __init__(self, project: Path, *arguments: str, notes: Path | None = None, **env: str) -> None:
        kept = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
        notes = notes or project
        self.output = notes / f"said-{len(list(notes.glob('said-*')))}.txt"
        with self.output.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *arguments],
                cwd=project,
                env=kept | env,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> "Start":
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def url(self) -> str:
        return re.findall(r"http://127\.0\.0\.1:\d+", self.said)[0]

    def until(self, text: str, seconds: float = 60) -> "Start":
        """Wait until it says this; an end before that shows everything it said."""
        end = time.monotonic() + seconds
        while text not in self.said:
            ended = self.process.poll() is not None and text not in self.said
            assert not ended, f"exit {self.process.returncode}:\n{self.said}"
            assert time.monotonic() < end, self.said
            time.sleep(0.02)
        return self

    def ready(self) -> "Start":
        return self.until("Stop: Ctrl-C")

    def press_ctrl_c(self) -> int:
        """The terminal sends it to the whole group; returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended()

    def ended(self, seconds: float = 40) -> int:
        return self.process.wait(seconds)


def end_all(project: Path) -> None:
    """After a failed test: nothing of it may disturb the next one."""
    for pid in left_behind(project):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def left_behind(project: Path, patience: float = 5) -> list[int]:
    """The processes that still name this project in their command, folder or environment."""
    end = time.monotonic() + patience
    while (found := _processes_of(project)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def _processes_of(project: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            seen = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            seen += os.fsencode((entry / "cwd").readlink())
            if os.fsencode(project) in seen:
                found.append(int(entry.name))
    return found
