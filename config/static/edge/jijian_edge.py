#!/usr/bin/env python3
"""
Number readings, keep them on disk, and deliver them to Jijian until each is acknowledged.

One file for Linux, Python 3.9 or newer, nothing to install. Lines come from standard input or a file
that grows:

    some-program | python3 jijian_edge.py --server https://jijian.example --key-file key \\
        --spool /var/lib/jijian --format csv

A line is durable once it stands in the spool: each record has a checksum, and what a power cut tore off is
dropped at the next start. It is sent in order, again and again, until the server has acknowledged it, and
only then forgotten. With ``--input FILE`` the spool knows how far the file was read, so nothing is read twice
or left out however often this program is killed. The numbers belong to the spool: a new spool is a new epoch.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import errno
import fcntl
import http.client
import json
import os
import random
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib
from datetime import datetime, timezone
from pathlib import Path

LINE_LENGTH, PIECE, MOST_IN_LINE = 65_536, 65_536, 1000
SEGMENT, BODY = 256 * 1024, 1024 * 1024
LONGEST_WAIT, LONGEST_TOLD, LEVELS, EDGES = 60, 3600, ("normal", "warning", "fault"), ("15", "30", "45")


def say(text: str) -> None:
    print(now(), text, file=sys.stderr, flush=True)  # noqa: T201


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")  # noqa: UP017


def record(payload: object) -> bytes:
    """Write one record: its checksum, its content as JSON, and the end of a line."""
    text = json.dumps(payload, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def content(line: bytes) -> dict | None:
    """Read a record, or ``None`` if it is torn or damaged."""
    whole = line.endswith(b"\n") and line[:9] == b"%08x " % zlib.crc32(line[9:-1])
    return json.loads(line[9:-1]) if whole else None


class Spool:
    """
    Segments ``<first number>.log`` in a folder, each with a header and one record a line of input.

    A record is ``{"n": first number, "r": [[time, channel, value], …], "p": place in the input}``.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.changed = folder, threading.Condition()
        self.lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.names = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OSError(f"another program uses {folder}") from None
        self.firsts = sorted(int(path.stem) for path in folder.glob("[0-9]" * 20 + ".log"))
        self.epoch, self.position, self.next, self.end = f"edge-{uuid.uuid4().hex}", "", 1, 0
        (self._recover if self.firsts else self._new_segment)()

    def _path(self, first: int) -> Path:
        return self.folder / f"{first:020d}.log"

    def _recover(self) -> None:
        """Find the epoch and the last whole record; drop what a power cut tore off after it."""
        with self._path(self.firsts[-1]).open("r+b") as file:
            head = content(file.readline())
            if head is None:
                raise OSError(f"{self.folder} is damaged: move it away, and a new spool begins a new epoch")
            self.epoch, self.next, self.position, self.end = head["epoch"], head["n"], head["p"], file.tell()
            while line := file.readline():
                found = content(line)
                if found is not None:
                    self.next, self.position = found["n"] + len(found["r"]), found["p"]
                    self.end = file.tell()
            if self.end < file.tell():
                say(f"dropped {file.tell() - self.end} torn bytes of {file.name}")
                file.truncate(self.end)
                os.fsync(file.fileno())

    def _new_segment(self) -> None:
        """Begin a segment that is there as a whole or not at all."""
        path = self._path(self.next)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(record({"epoch": self.epoch, "n": self.next, "r": [], "p": self.position}))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        os.fsync(self.names)
        self.firsts.append(self.next)
        self.end = path.stat().st_size

    def append(self, lines: list[tuple[list, str]]) -> None:
        """Number lines and make them durable; on a full disk nothing is left half-written."""
        text, after = b"", self.next
        for readings_of_line, position in lines:
            text += record({"n": after, "r": readings_of_line, "p": position})
            after += len(readings_of_line)
        with self._path(self.firsts[-1]).open("r+b", buffering=0) as file:
            try:
                file.seek(self.end)
                while text:
                    text = text[file.write(text) :]
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), self.end)
                raise
            end = file.tell()
        with self.changed:
            self.next, self.position, self.end = after, lines[-1][1], end
            if self.end > SEGMENT:
                with contextlib.suppress(OSError):  # the lines are durable; try again after the next
                    self._new_segment()
            self.changed.notify_all()

    def read(self, cursor: tuple[int, int], most: int) -> tuple[list[dict], tuple[int, int]]:
        """Return durable readings from a place on, of one segment and quarter-hour, and the place after."""
        first, offset = cursor
        with self.changed:
            newer = [other for other in self.firsts if other > first]
            end = self._path(first).stat().st_size if newer else self.end
        found: list[dict] = []
        starts: dict[int, int] = {}
        with self._path(first).open("rb") as file:
            file.seek(offset)
            while offset < end and len(found) < most and file.tell() - cursor[1] < BODY:
                told = content(file.readline())
                if told is None:
                    say(f"a record of {file.name} is damaged and cannot be sent")
                elif found and len(found) + len(told["r"]) > most:
                    break
                else:
                    starts[len(found)], rows = offset, enumerate(told["r"], told["n"])
                    found += [{"sequence": n, "at": t, "channel": key, "value": v} for n, (t, key, v) in rows]
                offset = file.tell()
        quarter = [one["at"][:14] + str(sum(one["at"][14:16] >= edge for edge in EDGES)) for one in found]
        changes = [n for n in starts if 0 < n < len(found) and quarter[n] != quarter[n - 1]]
        if 0 < len(changes) <= max(4, len(found) // 16):  # clocks that contradict each other are left alone
            return found[: changes[0]], (first, starts[changes[0]])
        return found, (newer[0], 0) if newer and offset >= end else (first, offset)

    def forget(self, before: int) -> None:
        """Delete the segments before one, whose readings are all acknowledged."""
        with self.changed:
            while self.firsts[0] < before:
                self._path(self.firsts.pop(0)).unlink()
            self.changed.notify_all()


def readings(line: bytes | None, form: str) -> list[tuple[str, str, object]]:
    """Read one line: time (ours if it is empty), channel and value, as text so that none is rounded."""
    if line is None:
        raise ValueError(f"more than {LINE_LENGTH} bytes")
    text = line.decode("utf-8-sig").strip()
    found = FORMS[form](text) if text and not text.startswith("*") else []
    if len(found) > MOST_IN_LINE or any(not channel for _, channel, _ in found):
        raise ValueError("a value without a channel, or more than 1,000 values")
    return [(at or now(), channel, value) for at, channel, value in found]


def from_csv(text: str) -> list[tuple[str, str, object]]:
    cells = [cell.strip() for cell in next(csv.reader([text], strict=True))]
    if len(cells) != 3:
        raise ValueError("a line is time,channel,value")
    return [] if cells == ["at", "channel", "value"] else [(cells[0], cells[1], cells[2])]


def from_shdr(text: str) -> list[tuple[str, str, object]]:
    """Read pairs, or one condition as a text with its level in capitals; assets are passed over."""
    at, *parts = (part.strip() for part in text.split("|"))
    if parts and parts[0].startswith("@"):
        return []
    if len(parts) == 6 and parts[1].lower() in LEVELS:
        return [(at, parts[0], "|".join([parts[1].upper(), *parts[2:]]))]
    if len(parts) == 6 and parts[1].lower() == "unavailable" and not any(parts[2:]):
        return [(at, parts[0], None)]
    if not parts or len(parts) % 2:
        raise ValueError("a line is time|key|value|key|value")
    return [(at, key, value) for key, value in zip(parts[::2], parts[1::2])]  # noqa: B905 - Python 3.9


FORMS = {"csv": from_csv, "shdr": from_shdr}


class Input:
    """Lines of standard input or of a file, as many at a time as are there, with the place after each."""

    def __init__(self, path: str, position: str, once: bool) -> None:
        self.path, self.once, self.held, self.skipping = path, once, b"", False
        self.inode, _, offset = position.partition(":")
        self.offset = int(offset or 0)

    def batches(self):
        if self.path != "-":
            while True:
                if os.path.exists(self.path):  # noqa: PTH110
                    with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123
                        yield from self._follow(file)
                if self.once:
                    return
                time.sleep(0.2)
        while piece := os.read(sys.stdin.fileno(), PIECE):
            yield self._cut(piece)
        yield self._cut(b"\n")

    def _follow(self, file):
        """Read a file until another, or a shorter one, has its name; a last line without end is not one."""
        inode, self.held = str(os.fstat(file.fileno()).st_ino), b""
        if inode != self.inode or self.offset > os.fstat(file.fileno()).st_size:
            self.inode, self.offset = inode, 0
        file.seek(self.offset)
        while True:
            piece = file.read(PIECE)
            if piece:
                yield self._cut(piece)
                continue
            there = os.stat(self.path if os.path.exists(self.path) else file.fileno())  # noqa: PTH110, PTH116
            if self.once or str(there.st_ino) != inode or there.st_size < file.tell():
                return
            time.sleep(0.2)

    def _cut(self, piece: bytes) -> list[tuple[bytes | None, str]]:
        """Return whole lines, ``None`` for one that is too long, which is passed over without being held."""
        *whole, self.held = (self.held + piece).split(b"\n")
        found: list[tuple[bytes | None, str]] = []
        for line in whole:
            self.offset += len(line) + 1
            told = None if self.skipping or len(line) > LINE_LENGTH else line
            found.append((told, f"{self.inode}:{self.offset}"))
            self.skipping = False
        if self.skipping or len(self.held) > LINE_LENGTH:
            self.offset, self.held, self.skipping = self.offset + len(self.held), b"", True
        return found


def number_all(spool: Spool, given: argparse.Namespace) -> None:
    """Write everything that comes into the spool, until the input ends."""
    for lines in Input(given.input, spool.position, given.once).batches():
        parsed = []
        for line, position in lines:
            try:
                found = readings(line, given.format)
            except (ValueError, csv.Error) as error:
                say(f"a line cannot be read and is left out: {str(error)[:200]}")
                continue
            if found:
                parsed.append((found, position))
        if parsed:
            keep(spool, parsed, given.most_bytes)


def keep(spool: Spool, parsed: list, most_bytes: int) -> None:
    """Append, waiting while the spool or the disk is full: the input is held up, nothing is dropped."""
    with spool.changed:
        while (len(spool.firsts) - 1) * SEGMENT + spool.end > most_bytes:
            spool.changed.wait(1)
    while True:
        try:
            return spool.append(parsed)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
        say("the disk is full; waiting")
        time.sleep(5)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to the named server and to no other."""

    def redirect_request(self, *args, **more):
        return None


class Sending(threading.Thread):
    """Sends the spool in order and forgets what is acknowledged; ``done`` is the first number that is not."""

    def __init__(self, spool: Spool, given: argparse.Namespace) -> None:
        super().__init__(daemon=True)
        self.spool, self.given, self.most, self.done, self.failures = spool, given, given.batch, 0, 0
        self.cursor = (spool.firsts[0], 0)
        self.opener = urllib.request.build_opener(NoRedirect)

    def run(self) -> None:
        try:
            self._run()
        except Exception as error:
            say(f"cannot go on: {error!r}")
            os._exit(1)  # nothing is lost by it

    def _run(self) -> None:
        while True:
            upto = self.spool.next
            found, cursor = self.spool.read(self.cursor, self.most)
            wait = self.send(found) if found else 0
            if wait:
                time.sleep(wait)
                continue
            with self.spool.changed:
                idle, self.cursor = cursor == self.cursor, cursor
                self.spool.forget(before=cursor[0])
                if idle:
                    self.done = upto
                    self.spool.changed.notify_all()
                    self.spool.changed.wait(0.2)

    def send(self, found: list[dict]) -> float:
        """Send readings; return 0 when they are acknowledged, else how many seconds to wait."""
        body = json.dumps({"epoch": self.spool.epoch, "readings": found}).encode()
        try:
            key = self.given.key_file.read_text().strip()  # a new one needs no restart
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            request = urllib.request.Request(f"{self.given.server}/api/v1/telemetry", body, headers)  # noqa: S310
            with self.opener.open(request, timeout=30) as response:
                told = json.loads(response.read(16 * BODY))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 413 and self.most > 1:
                self.most //= 2
                return 0.01
            told = error.headers.get("Retry-After") or ""
            asked = min(int(told), LONGEST_TOLD) if told.isdigit() else 0
            return max(asked, self.failed(f"status {error.code} {error.reason}"))
        except (OSError, ValueError, http.client.HTTPException) as error:
            return self.failed(str(error))
        if not isinstance(told, dict) or told.get("ack") != found[-1]["sequence"]:
            return self.failed("the answer acknowledges something else")
        for kind in ("rejected", "conflicts"):
            for one in told.get(kind) or []:
                say(f"{kind}: {one.get('sequence')} {one.get('code')}: {one.get('detail')}")
        self.failures = 0
        return 0

    def failed(self, reason: str) -> float:
        self.failures += 1
        wait = min(LONGEST_WAIT, 2 ** min(self.failures, 8) / 2) * random.uniform(0.5, 1)  # noqa: S311
        say(f"{reason}; next try in {wait:.1f} s")
        return wait


def options(arguments: list[str] | None) -> argparse.Namespace:
    ask = argparse.ArgumentParser(description="Number, keep and deliver readings to Jijian.")
    ask.add_argument("--server", required=True, help="such as https://jijian.example")
    ask.add_argument("--spool", required=True, type=Path, help="a folder of its own on a disk that lasts")
    ask.add_argument("--format", required=True, choices=sorted(FORMS))
    ask.add_argument("--input", default="-", help="a file that grows; standard input if left out")
    ask.add_argument("--key-file", required=True, type=Path, help="holds the device's key, jjd_…")
    ask.add_argument("--once", action="store_true", help="end when the file is read and acknowledged")
    ask.add_argument("--batch", type=int, default=1000, help="readings in a delivery, at most 4,000")
    ask.add_argument("--most-bytes", type=int, default=1024**3, help="size at which the input is held up")
    given = ask.parse_args(arguments)
    server = urllib.parse.urlsplit(given.server)
    if server.scheme != "https" and server.hostname not in ("localhost", "127.0.0.1", "::1"):
        ask.error("--server begins with https://, for the key must not be read on the way")
    given.server, key = given.server.rstrip("/"), given.key_file.read_text().strip()
    if not key.startswith("jjd_") or not 1 <= given.batch <= 4000 or given.most_bytes < 2 * SEGMENT:
        ask.error(f"a key begins with jjd_, --batch is 1 to 4,000, --most-bytes at least {2 * SEGMENT}")
    return given


def main(arguments: list[str] | None = None) -> int:
    given = options(arguments)
    try:
        spool = Spool(given.spool)
        sending = Sending(spool, given)
        sending.start()
        number_all(spool, given)
        while sending.done < spool.next:
            time.sleep(0.05)
        return 0
    except (OSError, KeyboardInterrupt) as error:
        say(f"stopped: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
