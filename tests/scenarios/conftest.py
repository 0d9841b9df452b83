"""A real worker beside the test: another process, the same database, the real broker, a queue of its own."""

import os
import subprocess
import sys
import time
import uuid
from urllib.parse import quote

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection


def database_url() -> str:
    """Return the address of the test database as another process must be told."""
    given = connection.settings_dict
    user = given["USER"] + (f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else "")
    if given["HOST"].startswith("/"):
        return f"postgres://{user}@/{given['HOST']}/{given['NAME']}"
    return f"postgres://{user}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


@pytest.fixture
def worker(transactional_db, tmp_path):
    """Start a Celery worker and stop it; tasks of this test go to it alone."""
    queue = f"test-{uuid.uuid4().hex[:12]}"
    usual, current_app.conf.task_default_queue = current_app.conf.task_default_queue, queue
    current_app.amqp.queues.select_add(queue)
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "TASK_QUEUE": queue,
        "HEARTBEAT_DIR": str(tmp_path),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "solo", "-l", "warning"]
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        wait_until(lambda: (tmp_path / "worker.alive").exists() or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "worker.log").read_text()
        yield queue
    finally:
        process.terminate()
        process.wait(30)
        log.close()
        current_app.conf.task_default_queue = usual


def wait_until(holds, seconds: float = 40) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
