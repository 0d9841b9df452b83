"""Everything here starts from the same small world."""

import pytest

from tests.leasing import world as worlds


@pytest.fixture
def world(db):
    return worlds.make()
