"""A real server as in production, and a closed-loop client over keep-alive connections."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PROCESSES, THREADS = 2, 4


class Server(NamedTuple):
    """Where it listens, and the process that began it."""

    port: int
    pid: int

    def memory(self) -> float:
        """Return what its workers hold in memory, in MiB, shared pages counted in each."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        pages = [int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Load(NamedTuple):
    """What a drive measured; ``p50`` and ``p99`` are milliseconds of an answer."""

    seconds: float
    answers: int
    p50: float
    p99: float
    failed: int


@contextlib.contextmanager
def server(environment: dict[str, str]) -> Iterator[Server]:
    """Start gunicorn as production does; what it could not answer is printed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"]
    variables = os.environ | environment
    variables |= {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": str(PROCESSES), "WEB_THREADS": str(THREADS)}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=variables, stderr=errors)
        yield from _served(process, port)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
        print(said[said.find("Traceback") :] if "Traceback" in said else "", end="")


def _served(process: subprocess.Popen[bytes], port: int) -> Iterator[Server]:
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        time.sleep(1)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def request(path: str, key: str, body: bytes) -> bytes:
    """Return a whole POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(port: int, queues: Sequence[Iterable[bytes]]) -> Load:
    """Send every queue over a connection of its own, each request after the answer to the one before."""
    times: list[float] = []
    failed: list[bytes] = []
    start = threading.Barrier(len(queues) + 1)

    def one(queue: Iterable[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            start.wait()
            for wanted in queue:
                began = time.perf_counter()
                connection.sendall(wanted)
                answer = _answer(connection)
                times.append(time.perf_counter() - began)
                if not answer.startswith(b"HTTP/1.1 200"):
                    failed.append(answer)

    threads = [threading.Thread(target=one, args=(queue,)) for queue in queues]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failed:
        print(failed[0][:600].decode(errors="replace"))
    ordered = sorted(times)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    return Load(seconds, len(ordered), p50 * 1000, p99 * 1000, len(failed))


def _answer(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        found += _more(connection)
    head, _, rest = found.partition(b"\r\n\r\n")
    marker = head.lower().index(b"content-length:") + 15
    length = int(head[marker:].split(b"\r\n", 1)[0])
    while len(rest) < length:
        rest += _more(connection)
    return head + b"\r\n\r\n" + rest


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the server hung up")
    return part
