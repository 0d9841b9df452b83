from decimal import Decimal

import pytest

from devices.rules.counters import Behaviour, Counter, CounterTerms
from devices.rules.increments import Flag, add, total
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading, number
from tests.marketplace.vectors import rating

SECOND = 1_000_000


def run(values, *, step=SECOND, counter=None, **terms):
    counter = counter or Counter(CounterTerms("parts", **terms))
    found = []
    for place, value in enumerate(values):
        found += counter.read(Reading(place, place * step, "parts", value))
    return counter, [(one.quantity, one.flags) for one in found]


def billed(found):
    result = 0
    for quantity, flags in found:
        result = add(result, 0 if flags & Flag.HELD else quantity)
    return result


@pytest.mark.parametrize("case", rating("counter"), ids=lambda case: case["id"])
class TestVectorsOfCounters:
    def test_agree_for_a_counter_that_restarts_from_zero(self, case):
        values = [number(value) for value in case["input"]["readings"]]

        counter, found = run(values, behaviour=Behaviour.RESTARTS_FROM_ZERO)

        assert billed(found) == number(case["expected"]["increase"])
        assert len(counter.resets) == number(case["expected"]["resets"])

    def test_agree_when_two_pieces_are_joined(self, case):
        readings = [
            Reading(place, place, "parts", number(value))
            for place, value in enumerate(case["input"]["readings"])
        ]
        terms = Terms(counters=(CounterTerms("parts", Behaviour.RESTARTS_FROM_ZERO),))
        first = Fold(terms)
        before = first.feed(readings[:3]).increments

        after = Fold.resume(terms, first.save()).feed(readings[3:]).increments

        assert total(before + after, "counter.parts") == number(case["expected"]["increase"])


@pytest.mark.parametrize("case", rating("counter_resets"), ids=lambda case: case["id"])
def test_vectors_of_resets_agree(case):
    values = [number(value) for value in case["input"]["readings"]]

    assert len(run(values, behaviour=Behaviour.RESTARTS_FROM_ZERO)[0].resets) == number(
        case["expected"]["resets"]
    )


@pytest.mark.parametrize("case", rating("counter_to_delta"), ids=lambda case: case["id"])
def test_vectors_of_deltas_agree(case):
    values = [number(value) for value in case["input"]["readings"]]

    deltas = [number(delta) for delta in case["expected"]["deltas"] if delta is not None]

    assert [quantity for quantity, _ in run(values)[1]] == deltas


@pytest.mark.parametrize("case", rating("counter_order"), ids=lambda case: case["id"])
def test_vectors_of_order_agree(case):
    fold = Fold(Terms(counters=(CounterTerms("parts"),)))
    late = [Reading(int(one["t"]), 0, "parts", number(one["v"])) for one in case["input"]["readings"]]

    with pytest.raises(ValueError) as caught:
        fold.feed(late)

    assert caught.value.reason == case["expected"]["error"]


class TestCounter:
    def test_bills_rises_after_a_baseline(self):
        assert run([2379, 2379, 2381, Decimal("2381.5")])[1] == [(2, Flag.NONE), (Decimal("0.5"), Flag.NONE)]

    def test_marks_growth_across_a_gap(self):
        assert run([1, None, 4])[1] == [(3, Flag.UNOBSERVED)]

    def test_treats_a_text_as_no_reading(self):
        assert run([1, "off", 4])[1] == [(3, Flag.UNOBSERVED)]

    def test_takes_a_return_to_the_mark_for_a_false_reading(self):
        counter, found = run([2379, 0, 2388])

        assert found == [(9, Flag.AFTER_DIP)]
        assert [(fall.mark, fall.low, fall.next_value) for fall in counter.dips] == [(2379, 0, 2388)]

    def test_takes_growth_below_the_mark_for_a_reset(self):
        counter, found = run([3, 0, 0, 1, 2])

        assert found == [(1, Flag.RESET), (1, Flag.NONE)]
        assert [(fall.mark, fall.low) for fall in counter.resets] == [(3, 0)]

    def test_bills_nothing_for_a_fall_that_is_not_explained(self):
        counter, found = run([10, 4, 4, 2])

        assert (found, counter.open_dip) == ([], (10, 2))

    def test_has_no_open_dip_before_a_fall(self):
        assert run([])[0].open_dip is None
        assert run([5])[0].open_dip is None


class TestRollOver:
    def test_counts_on_across_the_width(self):
        counter, found = run([65_530, 4], behaviour=Behaviour.ROLLS_OVER, modulus=65_536)

        assert (found, counter.mark) == ([(10, Flag.ROLLED_OVER)], 4)

    @pytest.mark.parametrize(("before", "after"), [(30_000, 4), (65_530, 30_000)])
    def test_is_not_believed_from_the_middle(self, before, after):
        counter, found = run([before, after], behaviour=Behaviour.ROLLS_OVER, modulus=65_536)

        assert (found, counter.open_dip) == ([], (before, after))

    def test_needs_a_width(self):
        with pytest.raises(ValueError, match="modulus"):
            CounterTerms("parts", Behaviour.ROLLS_OVER)


class TestHold:
    def test_bills_nothing_after_a_fall_until_the_counter_is_back(self):
        counter, found = run([10, 0, 3, 4], behaviour=Behaviour.HOLD)

        assert (found, counter.open_dip) == ([], (10, 0))
        assert billed(run([10, 0, 3, 12], behaviour=Behaviour.HOLD)[1]) == 2


class TestPlausibility:
    def test_bills_up_to_the_bound_and_holds_the_rest(self):
        found = run([73, 73, 75], shortest_cycle=23 * SECOND)[1]

        assert found == [(1, Flag.NONE), (1, Flag.HELD)]

    def test_lets_growth_pass_that_had_the_time(self):
        assert run([73, 75], step=23 * SECOND, shortest_cycle=23 * SECOND)[1] == [(2, Flag.NONE)]

    def test_gives_no_time_when_the_clock_went_back(self):
        assert run([73, 75], step=-SECOND, shortest_cycle=SECOND)[1] == [(1, Flag.NONE), (1, Flag.HELD)]

    def test_is_a_length_of_time(self):
        with pytest.raises(ValueError, match="above zero"):
            CounterTerms("parts", shortest_cycle=0)
