"""
Whatever is sent to any operation of the REST API, the answer is one that docs/openapi.json describes.

Schemathesis makes requests from the description: bodies that fit it, and bodies that do not. They go to the
WSGI application in this process, about the things of the world of ``tests.doors``, with keys of an owner, a
lessee and the platform by turns; what one of them may not read is asked for by the others, too. Nothing of
it stays: each request happens in a savepoint of its own.
"""

import contextlib
import gc
import re
import warnings
from functools import cache
from unittest import mock
from zlib import crc32

import pytest
import schemathesis
from django.db import connections, transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from config.wsgi import application
from marketplace.actions import api_keys
from marketplace.models.apikeys import Scope
from tests import described, doors
from tests.rounds import ROUNDS
from tests.test_doors import MOVES, REST, WRITES

# Who sends a form leaves its files to be collected, see below.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::ResourceWarning")]
KEYS = ("lessor", "lessee", "platform")
EXAMPLES = 1 if ROUNDS == 1 else 2 * ROUNDS
# Bodies decide which scope is needed, or are looked at first; or what must have been seen is public.
SAID_LATER = {
    "categories_versions_create",
    "data_products_create",
    "telemetry_create",
    "telemetry_cloudevents_create",
    "telemetry_deliveries_create",
}
# Read by nobody: what they are asked about is not in this world, or the request that is drawn is refused.
UNREAD = {
    "access_log_consistency_retrieve",
    "log_consistency_retrieve",
    "books_account",
    "books_vat",
    "data_grants_effect_retrieve",
    "data_sharing_effect_retrieve",
    "devices_export",
    "devices_readings_retrieve",
    "telemetry_days_retrieve",
    "test_clock_retrieve",
}
MODES = {"fitting": GenerationMode.POSITIVE, "unfitting": GenerationMode.NEGATIVE}
AS_DRAWN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all requests; it is put away at the end by a rollback."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
    with django_db_blocker.unblock(), block:
        made = doors.build()
        made.keys = {who: key_of(made.people[who], made.scene) for who in KEYS}
        yield made
        transaction.set_rollback(True)


@pytest.fixture(scope="module", autouse=True)
def left_behind():
    """Let what was sent go where nobody minds that its files were not closed."""
    yield
    cases.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


def key_of(person, scene, scopes=Scope.values):
    within = {"lessor": scene.lessor, "lessee": scene.lessee, "platform": scene.platform}
    who = next(who for who in KEYS if within[who].memberships.filter(user=person).exists())
    _, text = api_keys.create(
        organization=within[who], name="described", scopes=scopes, by=person, at=doors.AFTER
    )
    return text


def things(world):
    """Return, by the name of an operation, which things of the world its address takes."""
    found = {}
    for name, row in (WRITES | REST).items():
        noun = row[0] if isinstance(row, tuple) else row
        given = {key: str(value) for key, value in (world.ids[noun] if noun else {}).items()}
        given |= {"move": MOVES[name]} if name in MOVES else {}
        path = reverse(name, kwargs=given)
        for method in described.METHODS:
            operation = described.operation_at(method.upper(), path)
            if operation is not None:
                found[operation.name] = given
    return found


def within(environ, start_response):
    """Answer inside the transaction of the test: its connection is kept, as Django's own client does."""
    with (
        contextlib.closing(environ["wsgi.input"]),
        mock.patch.object(connections["default"], "close_if_unusable_or_obsolete"),
    ):
        return list(application(environ, start_response))


def sent(case, key, about):
    """Send a request with a key about things of the world, and put away what it did."""
    case.path_parameters = {**(case.path_parameters or {}), **about}
    case.headers["Authorization"] = f"Bearer {key}"
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        answer = case.call(base_url="http://localhost", app=within)
        transaction.set_rollback(True)
    return answer


@cache
def cases(mode):
    """Return requests of every operation, always the same; those that do not fit, where a body is sent."""
    schema = schemathesis.openapi.from_dict(described.committed())
    return [pair for found in schema.get_all_operations() for pair in drawn(mode, found)]


def drawn(mode, found):
    """Return the requests of one operation, whatever others there are."""
    operation, kept = described.operation_named(found.ok().definition.raw["operationId"]), []
    if mode == "unfitting" and operation.body() is None and ROUNDS == 1:
        return kept
    strategy = found.ok().as_strategy(generation_mode=MODES[mode])
    with contextlib.suppress(Unsatisfiable):  # where nothing can be sent that does not fit
        seed(crc32(operation.name.encode()))(AS_DRAWN(given(case=strategy)(kept_in(kept))))()
    return [(operation, case) for case in kept]


def kept_in(kept):
    """Return a test that keeps what it is given."""

    def keep(case):
        kept.append(case)

    return keep


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_one_that_is_described(mode, world):
    about, wrong, done = things(world), [], set()
    for number, (operation, case) in enumerate(cases(mode)):
        turn = number % len(KEYS)
        for who in (*KEYS[turn:], *KEYS[:turn]):
            answer = sent(case, world.keys[who], about.get(operation.name, {}))
            kind = (answer.headers.get("content-type") or [""])[0]
            asked = f"{operation.method} {operation.path} as {who}, {case.query} {str(case.body)[:200]}"
            flaws = described.wrong(operation, answer.status_code, kind, answer.content)
            wrong += [f"{asked}: {flaw}" for flaw in flaws]
            if answer.status_code < 300:
                done.add(operation.name)
                if mode == "unfitting" and described.flaws(operation.body()[1], case.body):
                    wrong.append(f"{asked}: taken, though it does not fit")
            if operation.name in done or operation.method != "GET":
                break

    assert not wrong, "\n".join([f"{len(wrong)} answers", *wrong])
    if mode == "fitting":  # else an interface that refuses all would pass
        reads = {one.name for one in described.operations() if one.method == "GET"}
        assert reads - done == UNREAD
        assert len(done - reads) > 30


@pytest.fixture(scope="module")
def bare(world):
    """Return the owner's key without any scope."""
    return key_of(world.people["lessor"], world.scene, scopes=())


def test_a_key_without_scopes_is_told_the_scope_that_is_described(world, bare):
    """
    Where none is described, no scope is asked for, or the body decides which one.

    Where two are, one writes what it must have seen: the one that is missed first is told.
    """
    about, wrong = things(world), []
    for operation, case in {
        operation.name: (operation, case) for operation, case in cases("fitting")
    }.values():
        answer = sent(case, bare, about.get(operation.name, {}))
        told = (
            [one for one in re.findall(r"\b[a-z]+:[a-z]+\b", answer.text) if one in Scope.values]
            if b"missing_scope" in answer.content
            else []
        )
        described_as = operation.about["security"][0].get("apiKey", [])
        as_described = bool(told) == bool(described_as) and set(told) <= set(described_as)
        if not as_described and (told or operation.name not in SAID_LATER):
            wrong.append(f"{operation.name}: described as {described_as}, asked for {told}")

    assert not wrong, "\n".join(
        [f"put the scopes into docs/examples.json, or mend the door: {len(wrong)}", *wrong]
    )
