"""An MTConnect agent over HTTP, read with bounds: connect, every pause, the whole answer, and its size."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from devices.rules import mtconnect
from devices.rules.mtconnect import Document
from devices.rules.readings import Refused

CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


class Unanswered(Exception):
    """The other side is away, too slow, or answered with nothing that can be used; try again later."""


class Agent:
    """
    One agent by its address, such as ``http://192.0.2.7:5000`` or, for one machine, ``…:5000/Mazak``.

    ``pause`` is the longest wait for the next byte and ``deadline`` the longest for a whole answer, in
    seconds; ``size`` is the most bytes of an answer. Redirects are not followed.
    """

    def __init__(
        self, url: str, *, pause: float = 10, deadline: float = 60, size: int = mtconnect.SIZE
    ) -> None:
        """:raises ValueError: if the address is no http(s) address with a host"""
        parts = urlsplit(url)
        if parts.scheme not in CONNECTIONS or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("the address of an agent is http://host:port or https://host:port")
        self._connect = CONNECTIONS[parts.scheme]
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._pause, self._deadline, self._size = pause, deadline, size

    def current(self) -> Document:
        """
        Return the last value of every data item.

        :raises Unanswered: if there is no usable answer
        :raises Refused: as :func:`devices.rules.mtconnect.read`
        """
        return self._get("/current")

    def sample(self, start: int, count: int) -> Document:
        """
        Return up to ``count`` observations from ``start`` on.

        :raises Unanswered: if there is no usable answer
        :raises Refused: as :func:`devices.rules.mtconnect.read`; ``agent_error`` too where ``start`` is not
            in the agent's buffer
        """
        return self._get(f"/sample?from={start}&count={count}")

    def _get(self, place: str) -> Document:
        try:
            status, body = self._answer(self._path + place)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(f"{type(error).__name__}: {error}"[:300]) from error
        try:
            found = mtconnect.read(body, size=self._size)
        except Refused as refused:
            if status == 200 or refused.reason == "agent_error":
                raise
            raise Unanswered(f"status {status}") from refused
        if status != 200:
            raise Unanswered(f"status {status}")
        return found

    def _answer(self, target: str) -> tuple[int, bytes]:
        connection = self._connect(self._host, self._port, timeout=self._pause)
        with contextlib.closing(connection):
            connection.connect()
            with _ended_after(self._deadline, connection.sock):
                connection.request("GET", target, headers={"Accept": "text/xml, application/xml"})
                response = connection.getresponse()
                return response.status, response.read(self._size + 1)


@contextlib.contextmanager
def _ended_after(seconds: float, link: socket.socket) -> Iterator[None]:
    """Shut the link after a time, whatever it is doing: an answer that drips byte by byte ends too."""
    timer = threading.Timer(seconds, _shut, [link])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
