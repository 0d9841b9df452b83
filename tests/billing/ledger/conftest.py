"""The office that keeps the book."""

from tests import once
from tests.billing.ledger import world

# A platform with its book.
office = once.fixture(world.office)
