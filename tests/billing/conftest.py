"""Small scenes: a lease by the hour, one by the part, and readings to deliver."""

import pytest

from tests.billing import world


@pytest.fixture
def by_hour(db):
    """Return the scenario's lease by the hour, without its recording."""
    return world.build("mazak01")


@pytest.fixture
def by_part(db):
    """Return the scenario's lease by the part, without its recording."""
    return world.build("okuma")
