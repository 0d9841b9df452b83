"""A timer that disagrees by more than a minute and one percent holds what it does not confirm."""

from decimal import Decimal

import pytest

from billing.rules.cutting import Cut
from billing.rules.witness import confirmed
from devices.rules.increments import Flag

QUARTER = 900_000_000


def cuts(*seconds):
    return [
        Cut(place * QUARTER, (place + 1) * QUARTER, quantity, 0, 1, 2, 1, 1)
        for place, quantity in enumerate(seconds)
    ]


def amounts(found):
    billed = sum(cut.quantity for cut in found if not cut.held)
    return billed, sum(cut.quantity for cut in found if cut.held)


class TestConfirmed:
    @pytest.mark.parametrize(
        ("states", "timer", "billed_and_held"),
        [
            ((900, 900), (900, 900), (1800, 0)),
            ((900, 900), (900, 840), (1800, 0)),  # a minute is borne
            ((900, 900), (900, 839), (1739, 61)),
            ((900,) * 10, (900,) * 9 + (811,), (9000, 0)),  # and so is one percent
            ((900,) * 10, (900,) * 9 + (800,), (8900, 100)),
            ((900, 900), (), (1800, 0)),  # it said nothing
            ((900, 900), (0,), (0, 1800)),
        ],
    )
    def test_holds_what_the_timer_does_not_confirm(self, states, timer, billed_and_held):
        found = confirmed(cuts(*states), states=cuts(*states), timer=cuts(*timer))

        assert amounts(found) == billed_and_held

    def test_takes_it_from_the_end_of_the_day(self):
        found = confirmed(cuts(900, 900), states=cuts(900, 900), timer=cuts(600))

        assert [(cut.start // QUARTER, cut.quantity, bool(cut.flags & Flag.WITNESS)) for cut in found] == [
            (0, 600, False),
            (0, 300, True),
            (1, 900, True),
        ]

    def test_shows_a_timer_that_saw_more_and_bills_the_lower(self):
        found = confirmed(cuts(900), states=cuts(900), timer=cuts(900, Decimal("300.5")))

        assert amounts(found) == (900, 0)
        assert [cut.flags & Flag.WITNESS for cut in found] == [0, Flag.WITNESS]
