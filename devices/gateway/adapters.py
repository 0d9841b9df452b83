"""
An SHDR adapter over TCP, seen from the side of the agent.

We connect, send ``* PING`` and expect ``* PONG`` and the interval of its heartbeat. An adapter that answers
pings is given up when nothing at all comes for twice its interval; one that never answers after ten minutes.
"""

import contextlib
import re
import socket
import time
from collections.abc import Iterator

from devices.gateway.agents import Unanswered
from devices.rules.shdr import Splitter

PIECE = 65_536
SILENT = 600.0
SHORTEST, LONGEST = 0.1, 600.0
TICK = 0.25
_PONG = re.compile(rb"\*\s*PONG\s+(\d{1,9})\s*", re.ASCII)


class Adapter:
    """One connection to an adapter; ``connect`` is the longest wait for it, in seconds."""

    def __init__(self, host: str, port: int, *, connect: float = 10, silent: float = SILENT) -> None:
        """:raises Unanswered: if nobody answers there"""
        try:
            self._link = socket.create_connection((host, port), timeout=connect)
        except (OSError, UnicodeError) as error:
            raise Unanswered(f"{type(error).__name__}: {error}"[:300]) from error
        self._link.settimeout(TICK)
        self._splitter = Splitter()
        self._interval: float | None = None
        self._silent = silent

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._link.close()

    def lines(self) -> Iterator[list[bytes | None]]:
        """
        Yield what has come, line by line, at least every quarter of a second even if that is nothing.

        ``None`` stands for a line that was too long. Heartbeats are answered here and left out.

        :raises Unanswered: when the link is lost or nothing comes for too long
        """
        heard = pinged = time.monotonic()
        self._ping()
        while True:
            piece = self._receive()
            now = time.monotonic()
            if piece:
                heard = now
                yield [line for line in self._splitter.feed(piece) if not self._is_heartbeat(line)]
            else:
                yield []
            if now - heard > self._patience():
                raise Unanswered(f"nothing came for {now - heard:.1f} s")
            if now - pinged >= (self._interval or min(10.0, self._silent / 3)):
                self._ping()
                pinged = now

    def _patience(self) -> float:
        return self._silent if self._interval is None else 2 * self._interval

    def _receive(self) -> bytes:
        """Return what has come, nothing if nothing has."""
        try:
            piece = self._link.recv(PIECE)
        except TimeoutError:
            return b""
        except OSError as error:
            raise Unanswered(f"{type(error).__name__}: {error}"[:300]) from error
        if not piece:
            raise Unanswered("the adapter hung up")
        return piece

    def _ping(self) -> None:
        """Ask for an answer; if that fails, lines may have come all the same, and reading tells the end."""
        with contextlib.suppress(OSError):
            self._link.sendall(b"* PING\n")

    def _is_heartbeat(self, line: bytes | None) -> bool:
        if line is None or not line.lstrip().startswith(b"*"):
            return False
        told = _PONG.fullmatch(line.strip())
        if told:
            self._interval = min(max(int(told[1]) / 1000, SHORTEST), LONGEST)
        return True
