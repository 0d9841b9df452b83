"""What is proposed: it helps, it is the cheapest that is enough, and it says what stays short."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from leasing.rules.estimates import estimate
from leasing.rules.plan_words import TEXTS
from leasing.rules.planning import HOUR, load
from leasing.rules.plans import Inputs, Kind
from leasing.rules.proposals import MOST, plan
from marketplace.shared.period import Period, local_midnight
from tests.leasing.rules.planned import CALENDAR, DAY, MONDAY, ZONE, inputs, leased, offer, order, terms
from tests.rounds import tries

ENERGY = {"id": "energy", "kind": "per_unit", "meter": "energy", "unit": "kWh", "price": "1.00"}
GOOD = {"id": "good", "kind": "per_unit", "meter": "good_parts", "unit": "piece", "price": "2.00"}


@st.composite
def worlds(draw):
    """Draw an order book, leases and offers of two categories."""
    categories = st.sampled_from(["M1-MC", "M1-LA"])
    orders = [
        order(f"P-{n}", hours, due, earliest=early if early is None or early < due else None, category=of)
        for n, (hours, due, early, of) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.integers(1, 60),
                        st.integers(0, 30),
                        st.one_of(st.none(), st.integers(0, 25)),
                        categories,
                    ),
                    max_size=6,
                )
            )
        )
    ]
    machines = [
        leased(f"L-{n}", 0, end, until if until and until > end else None, category=of)
        for n, (end, until, of) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.integers(1, 40), st.one_of(st.none(), st.integers(1, 28)), categories),
                    max_size=3,
                )
            )
        )
    ]
    offers = [
        offer(f"X-{n}", count, start, start + days, minimum_days=least, category=of, terms=terms(base))
        for n, (count, start, days, least, of, base) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.integers(1, 2),
                        st.integers(0, 20),
                        st.integers(1, 28),
                        st.integers(1, 10),
                        categories,
                        st.sampled_from(["1000.00", "3000.00"]),
                    ),
                    max_size=3,
                )
            )
        )
    ]
    return inputs(orders, machines, offers)


def short_with(given_, category, proposals, without=()):
    """Return what is short in a category, in microseconds, if the proposals are done."""
    spans = []
    for one in given_.leased:
        if one.category == category:
            gone = [p.starts for p in proposals if p.kind is Kind.RELEASE and p.subject == one.lease]
            for start, end in one.spans:
                last = min([end, *gone])
                spans += [(start, last)] if start < last else []
    spans += [
        (p.starts, p.ends)
        for p in proposals
        if p.category == category and p.kind is not Kind.RELEASE and p not in without
    ]
    orders = [one for one in given_.orders if one.category == category]
    return load(given_.calendar, category, orders, spans).short


class TestForAnyBook:
    @settings(max_examples=tries(60))
    @given(worlds())
    def test_what_is_proposed_is_enough_or_it_says_what_stays_short(self, given_):
        made = plan(given_)

        for stands in made.loads:
            left = short_with(given_, stands.category, made.proposals)
            said = made.remaining.get(stands.category, Decimal(0))
            assert said == Decimal(-(-left * 100 // HOUR)) / 100

    @settings(max_examples=tries(60))
    @given(worlds())
    def test_nothing_is_proposed_that_does_not_help(self, given_):
        made = plan(given_)

        for one in made.proposals:
            assert one.starts < one.ends
            if one.kind is Kind.RELEASE:
                assert one.cost.minor > 0
                assert not short_with(given_, one.category, made.proposals)
                continue
            assert one.hours > 0
            with_all = short_with(given_, one.category, made.proposals)
            assert short_with(given_, one.category, made.proposals, without=[one]) > with_all

    @settings(max_examples=tries(30))
    @given(worlds(), st.randoms(use_true_random=False))
    def test_the_same_comes_of_the_same_in_whatever_order_it_stands(self, given_, chance):
        def mixed(values):
            return tuple(chance.sample(values, len(values)))

        other = replace(
            given_,
            orders=mixed(given_.orders),
            leased=mixed(given_.leased),
            offers=tuple(replace(one, machines=mixed(one.machines)) for one in mixed(given_.offers)),
        )

        assert plan(other) == plan(given_)
        assert Inputs.parse(other.document()).digest() == given_.digest()
        assert plan(Inputs.parse(given_.document())) == plan(given_)

    @settings(max_examples=tries(60))
    @given(worlds(), st.integers(0, 27), st.integers(1, 28))
    def test_one_more_machine_never_makes_a_plan_later(self, given_, start, days):
        more = replace(given_, leased=(*given_.leased, leased("more", start, start + days, runs=False)))
        before, after = plan(given_), plan(more)

        late = {one.reference: one.done for load in after.loads for one in load.late}
        was_late = {one.reference: one.done for load in before.loads for one in load.late}
        assert set(late) <= set(was_late)
        for reference, done in late.items():
            assert was_late[reference] is None or (done is not None and done <= was_late[reference])
        of = {load.category: load.short for load in before.loads}
        assert all(load.short <= of.get(load.category, 0) for load in after.loads)


def whats(made):
    return [(one.kind, one.subject, one.starts - MONDAY, one.ends - MONDAY) for one in made.proposals]


class TestMore:
    def test_equal_cost_is_decided_by_the_smaller_id(self):
        made = plan(inputs([order("A", 6, 7)], [], [offer("Y"), offer("X")]))

        assert whats(made) == [(Kind.ADD, "X", 4 * DAY, 5 * DAY)]

    def test_an_extension_comes_before_a_machine_that_costs_the_same(self):
        machine = leased("L-1", 0, 7, 28)

        made = plan(inputs([order("A", 6, 9, earliest=7)], [machine], [offer("A")]))

        assert whats(made) == [(Kind.EXTEND, "L-1", 7 * DAY, 8 * DAY)]
        assert not made.proposals[0].by_hand

    def test_a_lease_that_does_not_run_alone_is_extended_by_hand(self):
        orders = [order("A", 6, 9, earliest=7)]
        coming = leased("L-1", 0, 7, 28, runs=False)
        both = [replace(leased("U-1", 0, 7, 28), lease="L-1"), replace(leased("U-2", 0, 7, 28), lease="L-1")]

        for machines in ([coming], both):
            (one,) = plan(inputs(orders, machines, [])).proposals
            assert (one.kind, one.by_hand) == (Kind.EXTEND, True)
            assert TEXTS["on_its_page"] in [phrase.msgid for phrase in one.reasons]

    def test_several_are_put_together_when_none_is_enough(self):
        made = plan(inputs([order("A", 60, 7)], [], [offer("X", machines=3)]))

        assert [(one.starts - MONDAY, one.hours) for one in made.proposals] == [
            (timedelta_days(0), Decimal("30.00")),
            (timedelta_days(0), Decimal("30.00")),
        ]
        assert len({one.key for one in made.proposals}) == 2
        assert made.remaining == {}
        first, second = (TEXTS["most"], TEXTS["enough"])
        assert [one.reasons[1].msgid for one in made.proposals] == [first, second]

    def test_it_says_what_stays_short(self):
        made = plan(inputs([order("A", 60, 7)], [], [offer("X")]))

        assert made.remaining == {"M1-MC": Decimal("30.00")}

    def test_there_is_an_end_to_what_is_proposed(self):
        made = plan(inputs([order("A", 600, 7)], [], [offer("X", machines=20)]))

        assert (len(made.proposals), made.remaining) == (MOST, {"M1-MC": Decimal("240.00")})

    def test_an_overdue_order_is_not_helped_by_a_machine(self):
        made = plan(inputs([order("A", 6, 0)], [], [offer("X")]))

        assert (made.proposals, made.remaining) == ((), {"M1-MC": Decimal("6.00")})

    def test_a_machine_of_another_kind_or_of_other_days_does_not_help(self):
        others = [offer("X", category="M1-LA"), offer("Y", start=7), offer("Z", end=6, minimum_days=7)]

        assert plan(inputs([order("A", 6, 7)], [], others)).proposals == ()

    def test_the_days_that_the_owner_asks_for_lie_where_the_machine_is_free(self):
        early = plan(inputs([order("A", 6, 28)], [], [offer("X", start=20, minimum_days=7)]))

        assert whats(early) == [(Kind.ADD, "X", 21 * DAY, 28 * DAY)]
        assert TEXTS["minimum"] in [one.msgid for one in early.proposals[0].reasons]

    def test_what_was_asked_for_and_not_decided_counts_and_is_not_extended(self):
        asked = leased("L-1", 0, 7, None, agreed=False, runs=False)

        made = plan(inputs([order("A", 30, 7), order("B", 6, 14, earliest=7)], [asked], []))

        assert (whats(made), made.remaining) == ([], {"M1-MC": Decimal("6.00")})

    def test_an_offer_with_data_terms_of_its_own_is_asked_for_by_hand(self):
        made = plan(inputs([order("A", 6, 7)], [], [offer("X", own_data_terms=True)]))

        assert made.proposals[0].by_hand
        assert TEXTS["data_terms"] in [one.msgid for one in made.proposals[0].reasons]

    def test_the_cost_is_the_calculators(self):
        of = terms(components=[GOOD, ENERGY])
        made = plan(inputs([order("A", 6, 7, cycle_seconds=Decimal(1800))], [], [offer("X", terms=of)]))

        (one,) = made.proposals
        assert one.usage == {"run_time": Decimal("3.00"), "good_parts": 6, "energy": 0}
        period = Period(local_midnight(one.starts, ZONE), local_midnight(one.ends, ZONE))
        assert one.cost == estimate(of.price_plan, one.usage, period, zone=ZONE, anchor_day=1).gross
        assert TEXTS["not_foreseen"] in [phrase.msgid for phrase in one.reasons]

    def test_use_is_rounded_up_so_that_nothing_is_left_out(self):
        third = order("A", 1, 7, cycle_seconds=Decimal("1201"))

        (one,) = plan(inputs([third], [], [offer("X")])).proposals

        assert one.usage["run_time"] == Decimal("0.34")
        assert Fraction(one.usage["run_time"]) * 3600 >= third.seconds

    def test_what_became_needless_is_taken_back(self):
        """X leaves least short at first, but what is taken after it is enough alone with Y."""
        orders = [order("A", 30, 7), order("B", 30, 14, earliest=7)]
        offers = [offer("X", start=2, end=11), offer("Y", end=7, minimum_days=7)]
        offers.append(offer("Z", start=7, end=14, minimum_days=7))

        made = plan(inputs(orders, [], offers))

        assert sorted(one.subject for one in made.proposals) == ["Y", "Z"]
        assert made.remaining == {}


class TestLess:
    def test_nothing_goes_back_on_the_word_of_an_empty_book(self):
        assert plan(inputs([], [leased("L-1")])).proposals == ()

    def test_nothing_goes_back_while_orders_are_due_behind_the_plan(self):
        made = plan(inputs([order("A", 6, 35)], [leased("L-1", end=60)]))

        assert (made.proposals, made.loads[0].beyond) == ((), 1)

    def test_nothing_goes_back_for_a_few_days_or_for_nothing(self):
        few = plan(inputs([order("A", 6, 25, earliest=23)], [leased("L-1", end=28)]))
        free = plan(inputs([order("A", 6, 7)], [leased("L-1", terms=terms("0.00"))]))

        assert few.proposals == free.proposals == ()

    def test_only_what_runs_goes_back(self):
        made = plan(inputs([order("A", 6, 7)], [leased("L-1", runs=False)]))

        assert made.proposals == ()

    def test_says_what_is_saved_and_why(self):
        (one,) = plan(inputs([order("A", 6, 7)], [leased("L-1")])).proposals

        assert (one.kind, one.starts - MONDAY, one.by_hand) == (Kind.RELEASE, DAY, False)
        assert [phrase.msgid for phrase in one.reasons] == [
            TEXTS["idle"],
            TEXTS["saves"],
            TEXTS["lessor_agrees"],
        ]
        assert one.reasons[0].facts["day"] == "2026-03-02"

    def test_one_of_several_machines_goes_back_by_hand(self):
        several = [replace(leased("U-1"), lease="L-1"), replace(leased("U-2"), lease="L-1")]

        made = plan(inputs([order("A", 6, 7)], several))

        assert made.proposals
        assert all(one.by_hand for one in made.proposals)
        assert TEXTS["on_its_page"] in [phrase.msgid for phrase in made.proposals[0].reasons]


def timedelta_days(days):
    return days * DAY


def test_the_digest_changes_with_what_a_plan_follows_from():
    base = inputs([order("A", 6, 7)], [leased("L-1")], [offer("X")])
    others = [
        replace(base, turn=1),
        replace(base, orders=()),
        replace(base, orders=(order("A", 7, 7),)),
        replace(base, leased=(leased("L-1", end=27),)),
        replace(base, offers=(offer("X", terms=terms("1.00", title="X")),)),
        replace(base, calendar=replace(CALENDAR, weeks=5)),
    ]

    assert len({base.digest(), *(one.digest() for one in others)}) == 7
