"""The port of the web server, and the proof that it is ours."""

import contextlib
import socket
import urllib.request

from config.up.say import CannotStart

HOST = "127.0.0.1"
TRIES = 20


def listen(first: int) -> socket.socket:
    """
    Listen on the first free port from ``first`` on.

    The web server inherits the socket itself: nobody can take the port between looking and serving.
    """
    for port in range(first, min(first + TRIES, 65536)):
        ours = socket.socket()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            ours.bind((HOST, port))
            ours.listen(128)
            return ours
        ours.close()
    raise CannotStart(f"The ports {first} to {first + TRIES - 1} are all taken: choose another with --port.")


def answers_with(url: str, token: str) -> bool:
    """Whether the server there is the one that we started, not whoever else holds that port."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.read(200).decode().strip() == token)
    except (OSError, ValueError):
        return False
