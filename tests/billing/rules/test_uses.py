from datetime import UTC, date, datetime
from decimal import Decimal

from billing.rules.cutting import Cut
from billing.rules.metering import Day
from billing.rules.uses import Use
from devices.rules.increments import Flag
from devices.rules.readings import instant
from marketplace.rules.pricing.spread import Slice

TEN = datetime(2026, 7, 1, 10, tzinfo=UTC)


def cut(quantity, flags=0):
    at = instant(TEN)
    return Cut(at, at + 900_000_000, quantity, flags, 1, 2, 1, 1)


class TestUse:
    def test_is_what_is_billed_of_the_meters_of_the_plan_and_when(self):
        use = Use.of(["parts"])

        use.add(Day("parts", date(2026, 7, 1), (cut(3), cut(4, Flag.HELD | Flag.DIP))))
        use.add(Day("cycles", date(2026, 7, 1), (cut(9),)))

        assert use.totals == {"parts": 3}
        assert use.slices == {"parts": [Slice(TEN, Decimal(3))]}
