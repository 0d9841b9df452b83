"""
Post a message to an address of others, with bounds on everything and to nothing inside.

The name is resolved once, each address it leads to must be one of the internet, and the connection goes to
that very address: what the name leads to a moment later does not matter. No redirect is followed, no proxy
asked, nothing of an answer read but its beginning, and after ``DEADLINE_S`` the connection is cut.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
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
    found = _posted(url, headers, body, is_local_fine)
    return found._replace(duration_ms=int((time.monotonic() - begun) * 1000))


def _posted(url: str, headers: Mapping[str, str], body: bytes, is_local_fine: bool) -> Posted:
    try:
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        addresses = _resolved(host, port)
    except (OSError, ValueError):
        return Posted("NO_ADDRESS")
    if not is_local_fine and not (is_tls and all_public(addresses)):
        return Posted("INSIDE")
    connection = _Pinned(host, port, addresses[0], is_tls=is_tls)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close", **headers}
    try:
        connection.request("POST", path, body=body, headers=given)
        answer = connection.getresponse()
        read = answer.read(READ_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Posted(_reason(error, connection.is_cut))
    finally:
        connection.close()
    outcome = "ARRIVED" if 200 <= answer.status < 300 else "ANSWERED"
    return Posted(outcome, answer.status, read.decode("utf-8", "replace"))


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _reason(error: Exception, is_cut: bool) -> str:
    if is_cut or isinstance(error, TimeoutError):
        return "TOO_SLOW"
    return "NOT_TRUSTED" if isinstance(error, ssl.SSLError) else "NO_CONNECTION"


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name leads to now; TLS is checked against the name."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=CONNECT_S)
        self.address, self.is_tls, self.is_cut = address, is_tls, False
        self.default_port = 443 if is_tls else 80
        self._watch = threading.Timer(DEADLINE_S, self._cut)
        self._watch.daemon = True
        self._held: Any = None

    def connect(self) -> None:
        self._watch.start()
        self._held = plain = socket.create_connection((self.address, self.port), CONNECT_S)
        self.sock = plain
        if self.is_tls:
            context = ssl.create_default_context()
            given: dict[str, Any] = {"server_hostname": self.host, "do_handshake_on_connect": False}
            self._held = self.sock = secured = context.wrap_socket(plain, **given)
            secured.do_handshake()

    def close(self) -> None:
        self._watch.cancel()
        super().close()

    def _cut(self) -> None:
        """End whatever is waited for: an answer that comes a byte at a time never runs into a timeout."""
        self.is_cut = True
        if self._held is not None:
            try:
                self._held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
