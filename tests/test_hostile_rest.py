"""
Every write of the REST API with bodies and headers that no program means: 4xx that says why, nothing stored.

The bodies are those of docs/examples.json, spoiled as text: what a schema cannot say (tests/test_described.py
sends what it can). What is spoiled how follows from the operation's name; ``make rounds`` tries all of it.
"""

import copy
import gzip
import json
from random import Random

import pytest
from django.db import transaction
from django.test import Client
from django.utils.http import urlencode

from tests import described
from tests.examples import kept
from tests.rounds import ROUNDS
from tests.test_described import KEYS, left_behind, things, world
from tests.test_hostile_forms import LOGS, contents, touched

# Who sends a form leaves its files to be collected.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::ResourceWarning")]
__all__ = ["left_behind", "world"]
LOGS = LOGS | {"marketplace_idempotencyrecord", "marketplace_apikey"}  # its answer, and when it was last used
JSON = "application/json"
DEEP = "[" * 10_000 + "]" * 10_000
# Bodies that are no JSON, whatever the operation: they are refused before it is begun.
BROKEN = {
    "nothing": b"",
    "a piece": b'{"a": ',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a figure of 5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "a name twice": b'{"amount_minor": 1, "amount_minor": 2}',
    "nested deep": DEEP.encode(),
    "half a pair": b'{"a": "\\ud800"}',
    "NUL": b'{"a": "\\u0000"}',
    "other letters": '{"a": "计件"}'.encode("gbk"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a mark of order": b"\xef\xbb\xbf{}",
    "packed": gzip.compress(b"{}"),
}
TEXTS = (
    "",
    " ",
    "x" * 200_000,
    "\u202e\u2066",
    "a\x07\x1b[31m\x85",
    "'; DROP TABLE x; --",
    "../../etc/passwd",
    "１２³",
)
VALUES = (None, True, -1, 0, 10**30, 1e300, 0.1, [], {}, [[]], {"a": {"b": []}}, [None], *TEXTS)
HEADERS = (
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"HTTP_ACCEPT": "text/html;q=bad,application/x-nothing"},
    {"HTTP_ACCEPT_LANGUAGE": "zh," * 2_000},
    {"HTTP_IF_MATCH": '"' + "x" * 5_000},
    {"HTTP_IF_NONE_MATCH": '\\,,"" W/'},
    {"HTTP_IDEMPOTENCY_KEY": "x" * 300},
    {"HTTP_IDEMPOTENCY_KEY": "\t\x7f"},
    {"HTTP_AUTHORIZATION": "Bearer " + "." * 2_000},
    {"HTTP_AUTHORIZATION": "Bearer jj_live_\u00e9.x".encode().decode("latin-1")},
    {"HTTP_CONTENT_ENCODING": "gzip"},
    {"HTTP_X_FORWARDED_FOR": "' OR 1=1, ::ffff:"},
    {"HTTP_PREFER": "respond-async; wait=NaN"},
)
QUERIES = (
    "fields=%FF",
    "expand=" + "a." * 500,
    "limit=1e9",
    "cursor=%C0%80",
    "cursor=" + "A" * 4_000,
    "q=" + "%E2%80%AE" * 50,
)
QUERIES += (
    "id=1&id=2&id[]=3",
    "ordering=-__class__",
    "limit=٣",
    "format=../x",
    urlencode([("a", "1")] * 900),
)
ADDRESSES = (
    "..%2f..%2fetc",
    "%FF%FE",
    "x" * 3_000,
    "%F0%9F%92%A9",
    "' OR 1=1",
    "lst_01%0d%0aX: 1",
    "null",
    "-1",
)


def writes():
    """Return the operations that take JSON."""
    return [one for one in described.operations() if (one.body() or ("", {}))[0] == JSON]


def spots(value, at=()):
    """Return the way to every value within a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(spot for key, each in inner for spot in spots(each, (*at, key)))]


def spoiled(body, spot, value):
    """Return a body with another value at a spot."""
    if not spot:
        return value
    body = copy.deepcopy(body)
    inner = body
    for key in spot[:-1]:
        inner = inner[key]
    inner[spot[-1]] = value
    return body


def sent(method, path, key, body=b"", **more):
    """Send, take it back, and return the answer and the tables that it changed."""
    block = transaction.atomic()
    block._from_testcase = True
    block.__enter__()
    try:
        before = touched()
        headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "content_type": JSON} | more
        answer = Client(raise_request_exception=False).generic(method, path, body, **headers)
        now = touched()
        tables = {one for one, many in now.items() if many != before.get(one)} - LOGS
        after = contents(tables)
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)
    return answer, {one for one, was in contents(tables).items() if was != after[one]}


def wrong_with(answer, changed):
    """Return what should not be so of an answer to what cannot be meant, or may be."""
    refused = answer.status_code >= 400
    if answer.status_code >= 500:
        return f"{answer.status_code} {getattr(answer, 'exc_info', None)}"
    if refused and changed:
        return f"{answer.status_code}, stored nevertheless: {sorted(changed)}"
    if refused and not answer["Content-Type"].startswith("application/problem+json"):
        return f"{answer.status_code} as {answer['Content-Type']}"
    if refused and not (json.loads(answer.content).get("detail") and json.loads(answer.content).get("code")):
        return f"{answer.status_code} without a word of why"
    return ""


def chosen(chance, many, among):
    among = list(among)
    return among if ROUNDS > 1 else chance.sample(among, min(many, len(among)))


def test_a_body_that_is_no_json_is_refused_and_nothing_is_stored(world):
    about, wrong = things(world), []
    for number, operation in enumerate(writes()):
        path = operation.path.format(**about.get(operation.name, {}) | missing(operation, about))
        for name, body in chosen(Random(operation.name), 2, BROKEN.items()):
            if (
                name == "nothing"
                and "requestBody" in operation.about
                and not operation.about["requestBody"].get("required")
            ):
                continue
            answer, changed = sent(operation.method, path, world.keys[KEYS[number % 3]], body)
            fault = wrong_with(answer, changed)
            if name != "nothing" and answer.status_code < 400:
                fault = f"{answer.status_code}: was taken"
            if fault:
                wrong.append(f"{operation.method} {path}, {name}: {fault}")

    assert not wrong, "\n".join(wrong)


def missing(operation, about):
    """Return something for the parts of an address that the world has nothing for."""
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return {name: "x" for name in names if name not in about.get(operation.name, {})}


def test_values_of_other_kinds_are_refused_or_taken_as_a_whole(world):
    about, wrong, examples = things(world), [], kept()
    for number, operation in enumerate(writes()):
        body = examples[operation.name].get("request")
        if not isinstance(body, dict | list):
            continue
        path = operation.path.format(**about.get(operation.name, {}) | missing(operation, about))
        chance = Random(operation.name)
        for spot in chosen(chance, 2, spots(body)):
            for value in chosen(chance, 1, VALUES):
                text = json.dumps(spoiled(body, spot, value)).encode()
                answer, changed = sent(operation.method, path, world.keys[KEYS[number % 3]], text)
                fault = wrong_with(answer, changed)
                if fault:
                    wrong.append(f"{operation.method} {path}, {spot} = {str(value)[:40]!r}: {fault}")

    assert not wrong, "\n".join(wrong)


def test_addresses_questions_and_headers_that_nobody_means_end_in_no_fault(world):
    about, wrong = things(world), []
    for number, operation in enumerate(described.operations()):
        given, key = about.get(operation.name, {}) | missing(operation, about), world.keys[KEYS[number % 3]]
        chance = Random(operation.name)
        path = operation.path.format(**given)
        asked = [(f"{path}?{query}", {}) for query in chosen(chance, 1, QUERIES)]
        asked += [(path, header) for header in chosen(chance, 1, HEADERS)]
        if given:
            asked += [
                (operation.path.format(**dict.fromkeys(given, odd)), {})
                for odd in chosen(chance, 1, ADDRESSES)
            ]
        for address, header in asked:
            body = b"" if operation.method == "GET" else b"{}"
            answer, changed = sent(operation.method, address, key, body, **header)
            fault = wrong_with(answer, changed)
            if fault and not (answer.status_code == 404 and "without" not in fault):
                wrong.append(f"{operation.method} {address[:120]} {header}: {fault}")

    assert not wrong, "\n".join(wrong)
