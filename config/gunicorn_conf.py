"""gunicorn: threads that wait on the database, a few processes, no control socket."""

import gc
import os
from pathlib import Path
from typing import Any

bind = os.environ.get("BIND", "0.0.0.0:8000")  # in a container all interfaces, on purpose
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # loaded once, shared by the workers
timeout = 60
graceful_timeout = int(os.environ.get("WEB_GRACE", "20"))
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True  # it would write to the home directory and let anyone of our uid stop us
accesslog = os.environ.get("ACCESS_LOG") or None
errorlog = "-"
if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK):  # noqa: S108 - memory, for heartbeats only
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def when_ready(server: Any) -> None:
    """
    Leave out of every search for garbage what is loaded before the processes part: it stays to the end.

    A full search looks at 600,000 objects otherwise and keeps whoever asks just then waiting for 250 ms; it
    writes into the memory that the processes share, too.
    """
    gc.collect()
    gc.freeze()
