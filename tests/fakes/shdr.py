"""A small SHDR adapter over real TCP: says what it is told, one script a connection, and then hangs up."""

import contextlib
import socket
import threading
import time


class FakeAdapter:
    """``scripts`` are lists of steps: bytes to send, a number of seconds to wait, or a function to call."""

    def __init__(self, *scripts, pong=None):
        self.scripts, self.pong = list(scripts), pong
        self.heard = []
        self.speaking, self.whole, self.owed = threading.Lock(), True, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.closing = False

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.closing = True
        self.server.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while not self.closing:
                link, _ = self.server.accept()
                script = self.scripts.pop(0) if self.scripts else []
                with link, contextlib.suppress(OSError):
                    self.play(link, script)

    def play(self, link, script):
        self.whole, self.owed = True, 0
        hearing = threading.Thread(target=self.listen, args=(link,), daemon=True)
        hearing.start()
        for step in script:
            if isinstance(step, bytes):
                self.say(link, step)
            elif callable(step):
                step()
            else:
                time.sleep(step)
        link.shutdown(socket.SHUT_WR)
        hearing.join(2)

    def listen(self, link):
        with contextlib.suppress(OSError):
            while piece := link.recv(4096):
                self.heard += piece.split(b"\n")[:-1]
                if self.pong is not None:
                    with self.speaking:
                        self.owed += 1
                    self.say(link, b"")

    def say(self, link, piece):
        """Send a piece, and the answers that are owed as soon as no line stands half sent."""
        with self.speaking:
            link.sendall(piece)
            self.whole = piece.endswith(b"\n") if piece else self.whole
            while self.whole and self.owed:
                link.sendall(b"* PONG %d\n" % self.pong)
                self.owed -= 1
