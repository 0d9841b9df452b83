"""A common telemetry post takes the short way through WSGI, everything else the long one, unchanged."""

import io
import json

import pytest
from django.db import OperationalError
from django.utils import timezone

from config import door
from config.wsgi import application
from devices import queries
from devices.actions import devices, quick
from marketplace.actions.parties import robot
from tests.devices.machines import lathe

pytestmark = pytest.mark.django_db(transaction=True)  # real requests end with real connections
AT = "2026-03-02T09:14:58.120Z"


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def key(device):
    return devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())[1]


def rows(*sequences):
    readings = [{"sequence": number, "at": AT, "channel": "parts", "value": number} for number in sequences]
    return json.dumps({"epoch": "e", "readings": readings}).encode()


def ask(app, key, body=b"", method="POST", path=door.ADDRESS):
    answered = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {key}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    parts = app(environ, lambda status, headers: answered.append((status, dict(headers))))
    content = b"".join(parts)
    status, headers = answered[0]
    return status, headers, json.loads(content) if content else None


def nobody(environ, start_response):
    pytest.fail("the long way was taken")


class TestDoor:
    def test_answers_the_common_post_itself(self, device, key):
        ask(application, key, rows(1))

        status, headers, answer = ask(door.Door(nobody), key, rows(2, 3))

        assert (status, answer["accepted"], answer["ack"]) == ("200 OK", 2, 3)
        assert headers["Content-Type"] == "application/json"
        assert int(headers["Content-Length"]) > 0
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert len(headers["X-Request-Id"]) == 26
        assert [one.sequence for one in queries.readings(device, channels=None)] == [1, 2, 3]

    def test_hands_on_what_must_be_looked_at_with_its_body(self, device, key):
        ask(application, key, rows(1))

        status, _, answer = ask(application, key, rows(5))

        assert (status, answer["accepted"], answer["gaps"]) == ("200 OK", 1, [{"from": 2, "to": 4}])

    @pytest.mark.parametrize(
        ("wrong", "body", "status", "code"),
        [
            (None, b"{", "400 Bad Request", "not_a_delivery"),
            (None, b"x" * (2 * 1024 * 1024 + 1), "413 Request Entity Too Large", "body_too_large"),
            ("jjd_nothing.at-all", b"{}", "401 Unauthorized", "authentication_failed"),
        ],
    )
    def test_leaves_every_refusal_to_django(self, key, wrong, body, status, code):
        told, headers, answer = ask(application, wrong or key, body)

        assert (told, answer["code"]) == (status, code)
        assert headers["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(("method", "path"), [("GET", door.ADDRESS), ("POST", "/livez")])
    def test_is_open_to_nothing_else(self, key, method, path):
        with pytest.raises(pytest.fail.Exception):
            ask(door.Door(nobody), key, rows(1), method, path)

    def test_takes_the_long_way_when_the_database_fails_in_the_short_one(self, device, key, monkeypatch):
        ask(application, key, rows(1))
        tried = []

        def failing(**asked):
            tried.append(asked)
            raise OperationalError

        monkeypatch.setattr(quick, "store", failing)

        status, headers, answer = ask(application, key, rows(2))

        assert len(tried) == 2  # the long way asks the same statement, and reports
        assert (status, answer["code"]) == ("503 Service Unavailable", "database_unavailable")
        assert headers["Retry-After"] == "5"
