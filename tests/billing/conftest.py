"""Small scenes: a lease by the hour, one by the part, and readings to deliver."""

from tests import once
from tests.billing import world

# The scenario's lease by the hour, and the one by the part, without their recordings.
by_hour = once.fixture(lambda: world.build("mazak01"))
by_part = once.fixture(lambda: world.build("okuma"))
