"""
Whatever is sent to any operation of the REST API, the answer is one that docs/openapi.json describes.

Schemathesis makes requests from the description: bodies that fit it, and bodies that do not. They go to the WSGI
application in this process, about the things of the world of ``tests.doors``, with keys of an owner, a lessee and
the platform by turns. Nothing of it stays: each request happens in a savepoint of its own.
"""

import contextlib
import os
from unittest import mock

import pytest
import schemathesis
from django.db import connections, transaction
from django.urls import reverse
from hypothesis.errors import Unsatisfiable
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.generation import GenerationMode

from config.wsgi import application
from marketplace.actions import api_keys
from marketplace.models.apikeys import Scope
from tests import described, doors
from tests.rounds import ROUNDS
from tests.test_doors import MOVES, REST, WRITES

pytestmark = [
    pytest.mark.django_db,
    # Files of forms are left open by who sends them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
KEYS = ("lessor", "lessee", "platform")
EXAMPLES = int(os.environ.get("EX", 1 if ROUNDS == 1 else 2 * ROUNDS))
MODES = {"fitting": GenerationMode.POSITIVE, "unfitting": GenerationMode.NEGATIVE}
ONE_AT_A_TIME = settings(
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


def key_of(person, scene):
    within = {"lessor": scene.lessor, "lessee": scene.lessee, "platform": scene.platform}
    who = next(who for who in KEYS if within[who].memberships.filter(user=person).exists())
    _, text = api_keys.create(
        organization=within[who], name="described", scopes=Scope.values, by=person, at=doors.AFTER
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
    with mock.patch.object(connections["default"], "close_if_unusable_or_obsolete"):
        return list(application(environ, start_response))


def ask(world, case, who, about):
    """Send a request with somebody's key, and return what is wrong with the answer."""
    case.path_parameters = {**(case.path_parameters or {}), **about}
    case.headers["Authorization"] = f"Bearer {world.keys[who]}"
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        answer = case.call(base_url="http://localhost", app=within)
        transaction.set_rollback(True)
    operation = described.operation_named(case.operation.definition.raw["operationId"])
    kind = (answer.headers.get("content-type") or [""])[0]
    return [
        f"{operation.method} {operation.path} as {who}, {case.query} {str(case.body)[:200]}: {flaw}"
        for flaw in described.wrong(operation, answer.status_code, kind, answer.content)
    ]


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_one_that_is_described(mode, world):
    schema = schemathesis.openapi.from_dict(described.committed())
    about = things(world)
    wrong, turn = [], iter(range(10**9)).__next__

    def every(number, operation):
        @seed(number + int(os.environ.get("SEED", 0)))
        @ONE_AT_A_TIME
        @given(case=operation.as_strategy(generation_mode=MODES[mode]))
        def once(case):
            wrong.extend(
                ask(
                    world,
                    case,
                    KEYS[(number + turn()) % 3],
                    about.get(operation.definition.raw["operationId"], {}),
                )
            )

        with contextlib.suppress(Unsatisfiable):  # where nothing can be sent that does not fit
            once()

    for number, found in enumerate(schema.get_all_operations()):
        every(number, found.ok())

    assert not wrong, "\n".join([f"{len(wrong)} answers", *wrong])


def test_scopes(world):
    import json

    schema = schemathesis.openapi.from_dict(described.committed())
    about = things(world)
    world.keys = {}
    within_ = {"lessor": world.scene.lessor, "lessee": world.scene.lessee, "platform": world.scene.platform}
    for who in KEYS:
        _, world.keys[who] = api_keys.create(
            organization=within_[who], name="n", scopes=[], by=world.people[who], at=doors.AFTER
        )
    got = {}
    for number, found in enumerate(schema.get_all_operations()):
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        cases = []

        @seed(number)
        @ONE_AT_A_TIME
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def once(case):
            cases.append(case)

        once()
        for who in KEYS:
            case = cases[0]
            case.path_parameters = {**(case.path_parameters or {}), **about.get(name, {})}
            case.headers["Authorization"] = f"Bearer {world.keys[who]}"
            block = transaction.atomic()
            block._from_testcase = True
            with block:
                answer = case.call(base_url="http://localhost", app=within)
                transaction.set_rollback(True)
            text = answer.content[:400].decode("utf8", "replace")
            got.setdefault(name, []).append(
                (who, answer.status_code, text if answer.status_code == 403 else "")
            )
            if "missing_scope" in text:
                break
    open("/tmp/rec/scopes.json", "w").write(json.dumps(got))
