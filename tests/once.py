"""
What many tests of a module begin from, built once: a world takes longer than most tests that happen in it.

``desk = once.fixture(lambda: Desk(worlds.make()))`` is a fixture like any other to a test: it gets a copy of
its own, and what it writes goes with its savepoint. What was built stays in the transaction around those
savepoints from one test that asks for it to the next. It is rolled back before a test that does not, and when
the module is done.

What is made may begin from what another such fixture made, and names it as its argument: each stands in a
savepoint on the one below. A test that commits gets a world of its own.
"""

import inspect
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

Make = Callable[..., Any]
COMMIT = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


def fixture(make: Make) -> Any:
    """Return a fixture of what is made, before the transaction of the first test that asks for it."""

    def given(module_stage: "Stage", db: None, **below: Any) -> Any:
        return module_stage.copy(make) if module_stage.holds(make) else make(**below)

    own = [one for one in inspect.signature(given).parameters.values() if one.name != "below"]
    asked = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in needs(make)]
    given.__signature__ = inspect.Signature([*own, *asked])
    given.begins_with = make
    return pytest.fixture(given)


def needs(make: Make) -> list[str]:
    """Return the names of the fixtures that something is made from."""
    found = inspect.signature(make).parameters.values()
    return [one.name for one in found if one.default is one.empty and one.kind is not one.VAR_KEYWORD]


def commits(test: Any) -> bool:
    """Say whether a test commits to the database, which is emptied after it."""
    marker = test.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or not COMMIT.isdisjoint(test.fixturenames)


def wanted_by(request: pytest.FixtureRequest) -> dict[str, Make]:
    """Return what makes the beginning that a test asks for, by name: each after those that it stands on."""
    known = request.node._fixtureinfo.name2fixturedefs
    found: dict[str, Make] = {}

    def add(name: str) -> None:
        make = getattr(known[name][-1].func, "begins_with", None) if name in known else None
        if make and name not in found:
            for below in needs(make):
                add(below)
                assert below in found, f"{name} is made once, and {below} is not"
            found[name] = make

    for name in () if commits(request.node) else request.fixturenames:
        add(name)
    return found


@dataclass
class Level:
    """One thing that was made, the copies of all below that it was made from, and its savepoint."""

    name: str
    make: Make
    made: dict[str, Any]
    block: transaction.Atomic


class Stage:
    """The transactions around the tests of a module, while there is something that they share."""

    def __init__(self) -> None:
        self.levels: list[Level] = []
        self.copies: dict[str, Any] | None = None

    def holds(self, make: Make) -> bool:
        """Say whether something stands already."""
        return any(level.make is make for level in self.levels)

    def copy(self, make: Make) -> Any:
        """Return the copy of this test; one thing that stands in two others is one thing in their copies."""
        if self.copies is None:
            self.copies = deepcopy(self.levels[-1].made)
        return self.copies[next(level.name for level in self.levels if level.make is make)]

    def set(self, wanted: dict[str, Make]) -> None:
        """Build what the next test begins from, as far as it does not stand already."""
        self.copies = None
        order = list(wanted.items())
        while [(level.name, level.make) for level in self.levels] != order[: len(self.levels)]:
            self._pull_down()
        for name, make in order[len(self.levels) :]:
            self._build(name, make)

    def clear(self) -> None:
        """Roll back whatever was built."""
        self.copies = None
        while self.levels:
            self._pull_down()

    def _build(self, name: str, make: Make) -> None:
        block = transaction.atomic()
        block._from_testcase = True  # as Django's test cases do: what must be durable may run inside
        block.__enter__()
        below = deepcopy(self.levels[-1].made) if self.levels else {}
        try:
            made = make(**{one: below[one] for one in needs(make)})
        except BaseException:
            _roll_back(block)
            raise
        self.levels.append(Level(name, make, below | {name: made}, block))

    def _pull_down(self) -> None:
        _roll_back(self.levels.pop().block)


def _roll_back(block: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    block.__exit__(None, None, None)
