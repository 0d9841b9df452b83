"""
Which tests run first, and which run on another version of the database as well.

A pytest plugin (``-p tests.picking``). With ``--database-alone`` only those tests stay that look at the
database itself: what a table refuses, who waits for whom, what is committed, statements written by hand. What
asks it through the ORM alone is the same on every version that Django supports.
"""

from functools import cache
from types import CodeType

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
    "tests/devices/actions/",
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
)
# What another version says otherwise: its own errors, and SQL that Django did not write.
SAYS = {
    "IntegrityError",
    "DatabaseError",
    "InternalError",
    "ProgrammingError",
    "cursor",
    "in_between",
    "at_once",
}
APART = ("tests/config/", "tests/e2e/")  # the server of make run, and browsers


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
    code = getattr(getattr(item, "function", None), "__code__", None)
    return item.nodeid.startswith(WHOLE) or "guard" in item.nodeid.lower() or commits(item) or says(code)


@cache
def says(code: CodeType | None) -> bool:
    """Say whether the code of a test names what the database itself says."""
    if code is None:
        return False
    return not SAYS.isdisjoint(code.co_names) or any(
        says(one) for one in code.co_consts if isinstance(one, CodeType)
    )
