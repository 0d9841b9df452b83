"""
Which tests run first, and which run on another version of the database as well.

A pytest plugin (``-p tests.picking``). With ``--database-alone`` only those tests stay that look at the
database itself: what a table refuses, who waits for whom, what is committed, statements written by hand. What
asks it through the ORM alone is the same on every version that Django supports.
"""

from functools import cache
from types import CodeType, FunctionType

import pytest

from tests.once import commits

# A file that takes minutes would leave the other worker waiting, if it began at the end.
FIRST = (
    "tests/config/test_up.py",
    "tests/e2e/",
    "tests/devices/test_truth.py",
    "tests/devices/test_storm.py",
)
# Rooms of tests in which all is about the database or about SQL written by hand, and ways through everything.
WHOLE = (
    "tests/concurrency/",
    "tests/billing/ledger/",
    "tests/leasing/models/",
    "tests/leasing/queries/",
    "tests/marketplace/test_availability.py",
    "tests/marketplace/actions/",
    "tests/leasing/actions/test_pools.py",
    "tests/marketplace/test_among.py",
    "tests/marketplace/shared/test_prepared.py",
    "tests/devices/actions/",
    "tests/devices/api/test_posts.py",
    "tests/devices/management/test_verify_log.py",
    "tests/devices/ownership/test_sql_face.py",
    "tests/devices/ownership/actions/test_log.py",
    "tests/devices/ownership/actions/test_sealing.py",
    "tests/billing/actions/test_batches.py",
    "tests/billing/actions/test_checks.py",
    "tests/billing/actions/test_check_runs.py",
    "tests/billing/actions/test_superseded.py",
    "tests/billing/actions/test_synthetic.py",
    "tests/billing/test_archived.py",
    "tests/billing/test_due.py",
    "tests/billing/test_two_at_once.py",
    "tests/billing/payments/actions/",
    "tests/scenarios/",
    "tests/search/test_found.py",
)
# What another version says otherwise: its own errors, and SQL that Django did not write.
SAYS = {
    "IntegrityError",
    "DatabaseError",
    "InternalError",
    "OperationalError",
    "ProgrammingError",
    "cursor",
    "in_between",
    "at_once",
}
# The server of make run, browsers, and doors, of which a cursor counts the rows alone.
APART = ("tests/config/", "tests/e2e/", "tests/test_doors.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-alone", action="store_true", help="only tests that look at the database itself"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("database_alone"):
        kept = [item for item in items if is_of_the_database(item)]
        config.hook.pytest_deselected(items=[*{*items} - {*kept}])
        items[:] = kept
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


def is_of_the_database(item: pytest.Item) -> bool:
    """Say whether a test may go otherwise on another version of the database."""
    if item.nodeid.startswith(APART):
        return False
    function, room = getattr(item, "function", None), getattr(item, "cls", None)
    if item.nodeid.startswith(WHOLE) or "guard" in item.nodeid.lower() or commits(item):
        return True
    return function is not None and says(function, room)


def says(function: FunctionType, room: type | None = None) -> bool:
    """
    Say whether a test names what the database itself says.

    Or what it calls does: a function that its module has from the tests, or a method of its class.
    """
    names = named(function.__code__)
    around = [*map(function.__globals__.get, names), *(getattr(room, name, None) for name in names)]
    called = [one for one in around if isinstance(one, FunctionType) and one.__module__.startswith("tests.")]
    return any(not SAYS.isdisjoint(named(one.__code__)) for one in (function, *called))


@cache
def named(code: CodeType) -> frozenset[str]:
    """Return the names in the code of a function, and in the functions in it."""
    inner = (named(one) for one in code.co_consts if isinstance(one, CodeType))
    return frozenset(code.co_names).union(*inner)
