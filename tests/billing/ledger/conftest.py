"""The office that keeps the book."""

import pytest

from tests.billing.ledger import world


@pytest.fixture
def office(db):
    """Return a platform with its book."""
    return world.office()
