"""Processes under one parent: started apart from the terminal, stopped in order, never left behind."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from config.up.isolation import Isolation, before_exec
from config.up.say import CannotStart, Interrupted, step, tail

LARGEST_LOG = 5_000_000


class Process:
    """
    One child in a session of its own, writing to its log; ``shown`` leaves its answers on the terminal.

    Ctrl-C at the terminal therefore reaches only the parent, which stops its children one group after
    the other. If the parent dies the kernel stops the child.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
        stop_signal: int = signal.SIGTERM,
        isolation: Isolation = Isolation.OURSELVES,
        pass_fds: Sequence[int] = (),
        shown: bool = False,
    ) -> None:
        self.name, self.stop_signal, self.log = name, stop_signal, log
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".old"))
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=None if shown else output,
                stderr=output,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=pass_fds,
                preexec_fn=before_exec(stop_signal, isolation),
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code is None:
            self._popen.send_signal(self.stop_signal)

    def wait(self, seconds: float, hurry: threading.Event | None = None) -> None:
        """Wait for the end; after ``seconds``, or when asked to hurry, kill the whole group."""
        end = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < end and not (hurry and hurry.is_set()):
            time.sleep(0.02)
        if self.exit_code is None:
            step(f"{self.name} is still busy: killed")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # also what it may have left of its own children
        self._popen.wait()

    def failure(self) -> CannotStart:
        return CannotStart(
            f"{self.name} exited with {self.exit_code}. The end of {self.log}:\n{tail(self.log)}"
        )


def wait_until(
    check: Callable[[], bool], process: Process, *, stop: threading.Event | None = None, seconds: float = 60
) -> None:
    """
    Wait until a process is ready to serve.

    :raises Interrupted: if the person asked to stop
    :raises CannotStart: if the process ended or took too long, with the end of its log
    """
    end = time.monotonic() + seconds
    while not check():
        if stop and stop.is_set():
            raise Interrupted
        if process.exit_code is not None:
            raise process.failure()
        if time.monotonic() > end:
            raise CannotStart(f"{process.name} is not ready after {seconds:.0f} s: see {process.log}")
        time.sleep(0.04)


def bring_up(process: Process, check: Callable[[], bool], *, stop: threading.Event | None) -> Process:
    """Return the process when it is ready; end it when it does not get so far."""
    try:
        wait_until(check, process, stop=stop)
    except BaseException:
        process.ask_to_stop()
        process.wait(20)
        raise
    return process


def run_to_end(process: Process, *, stop: threading.Event) -> None:
    """
    Wait for a process that does one job.

    :raises Interrupted: if the person asked to stop; the job is ended first
    :raises CannotStart: if the job failed
    """
    while process.exit_code is None:
        if stop.wait(0.05):
            process.ask_to_stop()
            process.wait(10)
            raise Interrupted
    if process.exit_code:
        raise process.failure()


def end_leftovers(pids: Sequence[int], token: str, seconds: float = 20) -> None:
    """
    Wait for children of a parent that was killed, and end those that do not go by themselves.

    A pid alone proves nothing, numbers are used again: only a process that carries the former parent's
    token in its environment is touched.
    """
    end = time.monotonic() + seconds
    left = [pid for pid in pids if _carries(pid, token)]
    while left and time.monotonic() < end:
        time.sleep(0.1)
        left = [pid for pid in left if _carries(pid, token)]
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _carries(pid: int, token: str) -> bool:
    try:
        return token.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
