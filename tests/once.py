"""
What many tests of a module begin from, built once: a world takes longer than most tests that happen in it.

``desk = once.fixture(lambda: Desk(worlds.make()))`` is a fixture like any other to a test: it gets a copy of
its own, and what it writes goes with its savepoint. What was built stays in the transaction around those
savepoints from one test that asks for it to the next. It is rolled back before a test that does not, and when
the module is done.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction

Make = Callable[[], Any]


def fixture(make: Make) -> Any:
    """Return a fixture of what is made, before the transaction of the first test that asks for it."""

    def given(module_stage: "Stage", db: None) -> Any:
        return deepcopy(module_stage.made)

    given.begins_with = make
    return pytest.fixture(given)


def within(name: str, make: Make) -> Any:
    """Return a fixture of the world of such a fixture, or of a new one where a test asks for no more."""

    def given(request: pytest.FixtureRequest, db: None) -> Any:
        return request.getfixturevalue(name).world if name in request.fixturenames else make()

    return pytest.fixture(given)


def wanted_by(request: pytest.FixtureRequest) -> Make | None:
    """Return what makes the beginning that a test asks for; it can have one."""
    known = request.node._fixtureinfo.name2fixturedefs
    makers = [
        getattr(known[name][-1].func, "begins_with", None) for name in request.fixturenames if name in known
    ]
    found = [make for make in makers if make]
    assert len(found) <= 1, "a test begins from one world"
    return found[0] if found else None


class Stage:
    """The transaction around the tests of a module, while there is something that they share."""

    def __init__(self) -> None:
        self.make: Make | None = None
        self.made: Any = None
        self.block: transaction.Atomic | None = None

    def set(self, make: Make | None) -> None:
        """Build what the next test begins from, unless it stands already."""
        if make is self.make:
            return
        self.clear()
        if make:
            self.block = transaction.atomic()
            self.block._from_testcase = True  # as Django's test cases do: what must be durable may run inside
            self.block.__enter__()
            self.make, self.made = make, make()

    def clear(self) -> None:
        """Roll back whatever was built."""
        if self.block:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)
        self.make = self.made = self.block = None
