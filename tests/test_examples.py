"""Every operation of docs/openapi.json has an example of the described shape that tells no secret."""

import json
import re
from datetime import datetime

import pytest

from config import examples
from config.examples import METHODS
from marketplace.rules.event_types import EventType
from tests import described
from tests.examples import Stable

SECRET = re.compile(
    r"jjd?_[0-9A-Za-z]{6,}\.(?!not-a-real-secret)\S|whsec_(?!EXAMPLE)|BEGIN [A-Z ]*PRIVATE KEY"
)


def shapes():
    """Yield name, schema and example of every body that is sent or answered as JSON."""
    for operation in described.operations():
        body = operation.body()
        if body and body[0] == "application/json":
            yield f"{operation.name} sends", operation.about["requestBody"]["content"][body[0]]
        for status, told in operation.about["responses"].items():
            if status.startswith("2") and "application/json" in told.get("content", {}):
                yield f"{operation.name} answers {status}", told["content"]["application/json"]


def test_each_body_and_answer_has_an_example_of_its_shape():
    found = dict(shapes())
    without = [name for name, told in found.items() if "example" not in told]
    wrong = {n: described.flaws(t["schema"], t["example"]) for n, t in found.items() if "example" in t}

    assert without == []
    assert {name: flaws for name, flaws in wrong.items() if flaws} == {}
    assert len(found) > 700


def test_each_operation_has_a_command_to_copy():
    for operation in described.operations():
        command = operation.about["x-codeSamples"][0]["source"]
        assert "$JIJIAN_KEY" in command, operation.name
        assert "{" not in command.split('"')[1], operation.name
        assert ("Idempotency-Key" in command) is (operation.method == "POST"), operation.name


def test_the_problems_that_all_share_have_an_example_of_their_shape():
    for name, told in described.committed()["components"]["responses"].items():
        content = told["content"]["application/problem+json"]
        assert described.flaws(content["schema"], content["example"]) == [], name


def test_each_type_of_event_is_a_webhook_with_what_is_sent():
    webhooks = described.committed()["webhooks"]

    assert set(webhooks) == {str(type) for type in EventType}
    for type, item in webhooks.items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        assert described.flaws(content["schema"], content["example"]) == [], type
        assert described.flaws(content["schema"], content["example"] | {"type": "another"}) != []


def test_no_example_is_left_of_an_operation_that_is_gone():
    assert set(examples.kept()) == {operation.name for operation in described.operations()}


@pytest.mark.parametrize("text", ["jj_AB12CD34.s3cr3t", "whsec_MfKQ9r8", "-----BEGIN PRIVATE KEY-----"])
def test_a_secret_would_be_noticed(text):
    assert SECRET.search(json.dumps({"a": text}))


def test_no_secret_is_told():
    assert SECRET.findall(described.COMMITTED.read_text(encoding="utf-8")) == []


def test_a_quote_in_a_body_does_not_end_the_command(monkeypatch):
    example = {"path": {"public_id": "a/b"}, "request": {"note": "it's"}, "status": 200}
    monkeypatch.setattr(examples, "kept", lambda: {"one": example})

    command = examples.curl({}, METHODS[1], "/x/{public_id}/", {"operationId": "one"})

    assert command.splitlines()[0] == 'curl -X POST "$JIJIAN_URL/x/a%2Fb/" \\'
    assert command.splitlines()[-1] == """  -d '{"note": "it'\\''s"}'"""


def test_each_was_sent_by_a_test():
    """If not: let one send it with success, record that, and name it (docs/rest.md, *The examples*)."""
    assert [name for name, one in examples.kept().items() if "made" in one] == []


SPANS = [("starts_at", "ends_at"), ("active_from", "active_to"), ("made_at", "valid_until")]


def backwards(value):
    """Yield what ends before it began in an example."""
    if isinstance(value, dict):
        times = [[value.get(name) for name in span] for span in SPANS]
        yield from (span for span in times if all(span) and span[0] >= span[1])
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from backwards(one)


def test_nothing_ends_before_it_began():
    found = {name: list(backwards(one)) for name, one in examples.kept().items()}

    assert {name: spans for name, spans in found.items() if spans} == {}
    assert list(backwards({"data": [{"starts_at": "2026-11-02", "ends_at": "2026-11-01"}]})) != []


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-07-01T10:00:30+08:00", "2026-11-02T08:58:00+08:00"),
        ("2026-01-01T10:00:00+08:00", "2026-07-01T09:58:29+08:00"),
        (None, "2026-07-01T09:58:29+08:00"),
    ],
)
def test_times_around_the_moment_keep_their_distance_from_it(now, told):
    stable = Stable(datetime.fromisoformat(now) if now else None)

    assert stable.text("2026-07-01T09:58:29+08:00") == told
