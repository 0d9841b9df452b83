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
        hearing = threading.Thread(target=self.listen, args=(link,), daemon=True)
        hearing.start()
        for step in script:
            if isinstance(step, bytes):
                link.sendall(step)
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
                    link.sendall(b"* PONG %d\n" % self.pong)
