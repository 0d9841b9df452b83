"""Everything here starts from the same small world."""

from tests import once
from tests.leasing import world as worlds

world = once.fixture(worlds.make)
