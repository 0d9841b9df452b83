"""
What the tests send to the REST API and are answered, as it goes: ``-p tests.recording``, see docs/rest.md.

``docs/examples.json`` is made from it by ``tests.examples``: an example that a test has sent is a true one.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.handlers.base import BaseHandler
from django.utils import timezone

TARGET = Path(os.environ.get("RECORDED", "var/recorded.jsonl"))
LARGEST = 60_000
REAL = BaseHandler.get_response


def pytest_configure():
    """Write down each exchange with the REST API from now on."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text("")
    BaseHandler.get_response = recorded


def recorded(self, request):
    """Answer as ever, and add a line for what was asked and answered."""
    told = request.path.startswith("/api/v1/")
    sent = bodied(request) if told else b""
    answer = REAL(self, request)
    if told and answer.status_code < 300:
        write(request, sent, answer)
    return answer


def bodied(request):
    """Return what is sent as JSON; reading it first is all the same to a view."""
    small = int(request.META.get("CONTENT_LENGTH") or 0) <= LARGEST
    return request.body if small and request.content_type == "application/json" else b""


def read_clock():
    """Return the time of a test that runs on the machine's clock; nothing, if it stands at one of its own."""
    here, real = timezone.now(), datetime.now(UTC)
    return here.isoformat() if abs(here - real) < timedelta(minutes=1) else None


def write(request, sent, answer):
    """Add one line."""
    line = {
        "at": read_clock(),
        "method": request.method,
        "path": request.path,
        "query": request.META.get("QUERY_STRING", ""),
        "sent_as": request.META.get("CONTENT_TYPE", ""),
        "sent": sent.decode("utf-8", "replace"),
        "status": answer.status_code,
        "answered_as": answer.headers.get("Content-Type", ""),
        "answer": "" if answer.streaming else answer.content[:LARGEST].decode("utf-8", "replace"),
    }
    with TARGET.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
