"""
PostgreSQL and Redis for the tests, once per run, unless ``DATABASE_URL`` and ``REDIS_URL`` name others.

A pytest plugin (``-p tests.services``): it works in the controller before Django reads its settings, and the
xdist workers inherit what it put into the environment.
"""

import base64
import contextlib
import gc
import os
import sys
from collections.abc import Iterator

import pytest

from config.up import messages, throwaway

RUNNING = contextlib.ExitStack()
OTHER_DATABASES = 15  # of Redis: a test that empties the cache must not sign out the people of another worker


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    gc.disable()  # what is read until all tests are collected stays (tests/conftest.py)
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    os.environ.setdefault("LOG_SIGNING_KEY", base64.b64encode(b"only for tests: 32 bytes of seed").decode())
    if "PYTEST_XDIST_WORKER" not in os.environ:
        # Each worker, and each program that a test starts, would compile all of the sources again.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False
        if messages.stale():
            messages.compile_all()
        found = RUNNING.enter_context(throwaway.services())
        if "DATABASE_URL" in found:
            found["TESTS_OWN_SERVER"] = "yes"
        os.environ.update(found)
        for name in found:
            RUNNING.callback(os.environ.pop, name, None)
    elif os.environ["REDIS_URL"].endswith("?db=0"):  # a throw-away server, ours or that of who called us
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) % OTHER_DATABASES
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("db=0", f"db={number + 1}")
    return (yield)


def pytest_unconfigure() -> None:
    RUNNING.close()
