"""What every test may ask for."""

import gc
import os

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import TransactionTestCase
from hypothesis import Phase, settings
from whitenoise.middleware import WhiteNoiseMiddleware

from devices.ownership.models.persons import REMEMBERED
from marketplace.actions import api_keys
from marketplace.models import Organization, User
from marketplace.models.apikeys import Scope
from tests import emptying, once, template
from tests.factories.marketplace import NOON
from tests.rounds import tries
from tests.seeing import SeeingClient

# A shared machine may be slow, which proves nothing. Where CI is set, the same would be tried each time.
settings.register_profile("house", deadline=None, derandomize=False, max_examples=tries())
# Of changed rules (make mutate) it is asked whether a test fails, not what fails shortest, and always alike.
settings.register_profile(
    "changed", deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("changed" if "MUTANT_UNDER_TEST" in os.environ else "house")

# People of tests are many and hashing their password well takes long on purpose; the settings are checked
# by tests/config/test_settings.py.
REAL_HASHERS = django_settings.PASSWORD_HASHERS
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *REAL_HASHERS]

# Tests ask more in a minute than any program, and nobody reads what they asked (tests/config/test_limits.py
# sets both anew).
django_settings.REST_REQUESTS_A_MINUTE = django_settings.REST_REQUESTS_A_MINUTE_UNKNOWN = 100_000
django_settings.REST_LOG = False

# Every browser of a test sets the middleware up anew; looking for all static files took a fifth of its time.
FIND, FOUND = WhiteNoiseMiddleware.add_files_from_finders, {}


def find_once(self: WhiteNoiseMiddleware) -> None:
    if not FOUND:
        FIND(self)
        FOUND.update(self.files)
    self.files.update(FOUND)


WhiteNoiseMiddleware.add_files_from_finders = find_once

# A test that commits leaves an empty database behind.
TransactionTestCase._fixture_teardown = emptying.empty


def pytest_collection_finish():
    """Look through what stays to the end, above all the tests themselves, for garbage no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Let the database of the tests begin as a copy of one that is migrated, on a server of our own."""
    if "TESTS_OWN_SERVER" in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = template.ready()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Close what a browser left open: beside its event loop a thread has connections of another kind."""
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def nobody_is_remembered():
    """Forget who was in the log of reads: the rows go with each test."""
    REMEMBERED.clear()


@pytest.fixture(scope="module")
def module_stage(django_db_setup, django_db_blocker):
    """Keep what the tests of a module begin from; see ``tests.once``."""
    found = once.Stage()
    yield found
    with django_db_blocker.unblock():
        found.clear()


@pytest.fixture
def beginning(request, module_stage, django_db_blocker):
    """Set the stage before the transaction of a test begins."""
    with django_db_blocker.unblock():
        module_stage.set(once.wanted_by(request))


@pytest.fixture
def _django_db_helper(beginning, _django_db_helper):
    """Begin the transaction of a test, as pytest-django does, on the stage that was set."""


@pytest.fixture
def keyed(db):
    """Return a function that gives a REST client acting with an API key of a person and organization."""

    def client(person: User, organization: Organization, *scopes: str) -> SeeingClient:
        _, text = api_keys.create(
            organization=organization, name="test", scopes=scopes or Scope.values, by=person, at=NOON
        )
        found = SeeingClient()
        found.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return found

    return client
