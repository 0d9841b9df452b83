"""
Post a message to an address of others, with bounds on everything and to nothing inside.

The name is resolved once, each address it leads to must be one of the internet, and the connection goes to
one of these very addresses: what the name leads to a moment later does not matter. No redirect is followed,
no proxy asked, nothing of an answer read but its beginning, and ``DEADLINE_S`` after the beginning,
resolving included, it is over.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from marketplace.rules.addresses import all_public

CONNECT_S = 5
DEADLINE_S = 15
READ_BYTES = 2048
AGENT = "Jijian-Webhooks/1"


class Posted(NamedTuple):
    """How it ended, by the names of ``WebhookAttempt.Outcome``; status and beginning of an answer, if any."""

    outcome: str
    status: int | None = None
    answer: str = ""
    duration_ms: int = 0


def post(url: str, headers: Mapping[str, str], body: bytes, *, is_local_fine: bool = False) -> Posted:
    """Post a body once; whatever goes wrong is told, nothing is raised."""
    begun = time.monotonic()
    found = _posted(url, headers, body, is_local_fine, begun + DEADLINE_S)
    return found._replace(duration_ms=int((time.monotonic() - begun) * 1000))


def _posted(url: str, headers: Mapping[str, str], body: bytes, is_local_fine: bool, until: float) -> Posted:
    try:
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        addresses = _resolved(host, port, until)
    except TimeoutError:
        return Posted("TOO_SLOW")
    except (OSError, ValueError):
        return Posted("NO_ADDRESS")
    if not is_local_fine and not (is_tls and all_public(addresses)):
        return Posted("INSIDE")
    connection = _Pinned(host, port, addresses, is_tls=is_tls, until=until)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close", **headers}
    try:
        connection.request("POST", path, body=body, headers=given)
        answer = connection.getresponse()
        return Posted(_outcome(answer.status), answer.status, _beginning(answer))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Posted(_reason(error, connection.is_cut))
    finally:
        connection.end()


def _resolved(host: str, port: int, until: float) -> list[str]:
    """
    Ask the system in a thread: it has no bound of its own, and a server of names may be slow on purpose.

    :raises TimeoutError: if there is no answer in time; the thread ends when the system gives up
    """
    told: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()
    threading.Thread(target=lambda: told.put(_asked(host, port)), daemon=True).start()
    try:
        found = told.get(timeout=max(until - time.monotonic(), 0))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found


def _asked(host: str, port: int) -> list[str] | Exception:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        return OSError(str(error))  # also where asking took its own time: the name leads nowhere
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _outcome(status: int) -> str:
    return "ARRIVED" if 200 <= status < 300 else "ANSWERED"


def _beginning(answer: http.client.HTTPResponse) -> str:
    """The status was seen, which is the answer: what goes wrong with the rest changes nothing."""
    try:
        read = answer.read(READ_BYTES)
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    finally:
        answer.close()
    return read.decode("utf-8", "replace")


def _reason(error: Exception, is_cut: bool) -> str:
    if is_cut or isinstance(error, TimeoutError):
        return "TOO_SLOW"
    return "NOT_TRUSTED" if isinstance(error, ssl.SSLError) else "NO_CONNECTION"


class _Pinned(http.client.HTTPConnection):
    """A connection to one of some addresses, whatever the name leads to now; TLS is checked by the name."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], *, is_tls: bool, until: float) -> None:
        super().__init__(host, port, timeout=CONNECT_S)
        self.addresses, self.is_tls, self.until, self.is_cut = addresses, is_tls, until, False
        self.default_port = 443 if is_tls else 80
        self._watch = threading.Timer(max(until - time.monotonic(), 0), self._cut)
        self._watch.daemon = True
        self._held: Any = None

    def connect(self) -> None:
        self._watch.start()
        self._held = self.sock = plain = self._connected()
        plain.settimeout(DEADLINE_S)  # the watch cuts earlier
        if self.is_tls:
            context = ssl.create_default_context()
            given: dict[str, Any] = {"server_hostname": self.host, "do_handshake_on_connect": False}
            self._held = self.sock = secured = context.wrap_socket(plain, **given)
            secured.do_handshake()

    def _connected(self) -> socket.socket:
        """Nothing is sent before there is a connection, so another address may be tried."""
        failed: OSError = TimeoutError()
        for address in self.addresses:
            left = self.until - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection((address, self.port), min(CONNECT_S, left))
            except OSError as error:
                failed = error
        raise failed

    def end(self) -> None:
        """Close it, and watch no more: ``close`` is called as soon as the head of an answer is read."""
        self._watch.cancel()
        self.close()

    def _cut(self) -> None:
        """End whatever is waited for: an answer that comes a byte at a time never runs into a timeout."""
        self.is_cut = True
        if self._held is not None:
            try:
                self._held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
