"""Three values, unknown facts, events, places; and the index decides as the oracle."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.ownership.rules.odrl.comparing import holds
from devices.ownership.rules.odrl.compiling import Compiled
from devices.ownership.rules.odrl.conflicts import can_hold_together, conflicts
from devices.ownership.rules.odrl.evaluating import Basis, evaluate
from devices.ownership.rules.odrl.policies import (
    Action,
    Constraint,
    Duty,
    Logical,
    Policy,
    Rule,
    RuleKind,
    Strategy,
)
from devices.ownership.rules.odrl.questions import Event, Performance, Request, World
from devices.ownership.rules.odrl.truth import Truth, every, exactly_one, some
from devices.ownership.rules.odrl.vocabulary import ACTIONS, OPERANDS, covers
from tests.devices.ownership.rules.odrl.test_reading import CONDITION_OF, NAMES, VALUES, policy
from tests.rounds import tries

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def compared(left, operator, *right, context=None, **world):
    request = Request("urn:a", "read", "urn:b", context or {})
    return holds(Constraint(left, operator, right), request, World(now=NOON, **world))


class TestTruth:
    def test_every_and_some_are_kleenes(self):
        for one, other in product(Truth, repeat=2):
            assert every([one, other]) is min(one, other, key=[F, U, T].index)
            assert some([one, other]) is max(one, other, key=[F, U, T].index)

    def test_exactly_one(self):
        assert exactly_one([T, F]) is T
        assert exactly_one([T, U]) is U
        assert exactly_one([T, T, U]) is F
        assert exactly_one([F, F]) is F
        assert exactly_one([]) is F


class TestComparing:
    @pytest.mark.parametrize("left", sorted(set(OPERANDS) - {"dateTime", "dayOfWeek", "recipient"}))
    def test_what_nobody_said_is_unknown(self, left):
        kind = OPERANDS[left]
        operator = "eq" if kind != "event" else "gt"
        assert compared(left, operator, VALUES[kind][0]) is U

    def test_an_unreadable_fact_is_unknown(self):
        assert compared("count", "lteq", "5", context={"count": "many"}) is U

    def test_an_unknown_operand_is_unknown(self):
        assert compared("ex:age", "eq", "18", context={"ex:age": "18"}) is U

    @pytest.mark.parametrize(
        ("left", "operator", "right"),
        [
            ("count", "lteq", ("many",)),
            ("count", "isA", ("1",)),
            ("dateTime", "lt", ("2026-13-45T00:00:00Z",)),
            ("delayPeriod", "lt", ("P",)),
            ("event", "gt", ("a", "b")),
        ],
    )
    def test_a_comparison_that_makes_no_sense_is_unknown(self, left, operator, right):
        assert compared(left, operator, *right, context={left: "1"}) is U

    def test_units_must_be_the_same(self):
        request = Request("a", "b", "c", {"payAmount": "5"}, {"payAmount": "CNY"})
        assert holds(Constraint("payAmount", "eq", ("5.00",), "CNY"), request, World()) is T
        assert holds(Constraint("payAmount", "eq", ("5.00",), "EUR"), request, World()) is U

    @pytest.mark.parametrize(
        ("operator", "value", "expected"),
        [
            ("lt", "PT16M", T),
            ("gteq", "PT15M", T),
            ("gt", "PT15M", F),
            ("eq", "PT900S", T),
            ("neq", "P1D", T),
        ],
    )
    def test_durations_are_compared_by_length(self, operator, value, expected):
        assert compared("timeInterval", operator, value, context={"timeInterval": "PT15M"}) is expected

    @pytest.mark.parametrize("outer", ["310115", "310100", "310000", "CN"])
    def test_a_district_is_in_what_its_code_says(self, outer):
        assert compared("spatial", "isPartOf", outer, context={"spatial": "310115"}) is T

    def test_a_place_elsewhere_is_not(self):
        assert compared("spatial", "isPartOf", "320000", context={"spatial": "310115"}) is F
        assert compared("spatial", "isPartOf", "CN", context={"spatial": "DE-BY"}) is F
        assert compared("spatial", "hasPart", "CN-SH", context={"spatial": "CN"}) is T

    def test_a_purpose_is_one_of_a_wider_one_through_others(self):
        wider = frozenset({("repair", "maintenance"), ("maintenance", "upkeep")})
        context = {"purpose": "repair"}
        assert compared("purpose", "isA", "upkeep", context=context, member_of=wider) is T
        assert compared("purpose", "isA", "sale", context=context, member_of=wider) is F

    def test_lists(self):
        context = {"purpose": ("a", "b")}
        assert compared("purpose", "isAllOf", "a", "b", context=context) is T
        assert compared("purpose", "isAllOf", "a", "c", context=context) is F
        assert compared("purpose", "isAnyOf", "a", "c", context=context) is T
        assert compared("purpose", "isNoneOf", "c", context=context) is T
        assert compared("purpose", "eq", "a", context=context) is U

    @pytest.mark.parametrize(
        ("began", "ended", "holding"),
        [(None, None, "lt"), (-1, None, "eq"), (0, 1, "eq"), (-2, -1, "gt"), (-1, 0, "gt"), (1, None, "lt")],
    )
    def test_before_during_after_an_event(self, began, ended, holding):
        moments = [None if hours is None else NOON + timedelta(hours=hours) for hours in (began, ended)]
        events = {"lease:leaseEnd": Event(*moments)}
        for operator in ("lt", "eq", "gt"):
            expected = T if operator == holding else F
            assert compared("event", operator, "lease:leaseEnd", events=events) is expected

    def test_the_day_of_the_week_is_that_of_the_zone(self):
        late = datetime(2026, 11, 25, 17, tzinfo=UTC)  # Thursday already in Shanghai
        day = Constraint("dayOfWeek", "eq", ("Thursday",))
        request = Request("a", "read", "b")
        assert holds(day, request, World(now=late)) is F
        assert holds(day, request, World(now=late, zone=ZoneInfo("Asia/Shanghai"))) is T

    def test_without_a_clock_times_are_unknown(self):
        for left, value in (("dateTime", "2030-01-01"), ("dayOfWeek", "Monday")):
            assert holds(Constraint(left, "neq", (value,)), Request("a", "b", "c"), World()) is U


class TestActions:
    def test_sell_is_no_use(self):
        assert covers("transfer", "sell")
        assert not covers("use", "sell")

    def test_a_narrow_rule_does_not_cover_a_wide_request(self):
        assert covers("play", "display")
        assert not covers("display", "play")

    def test_old_terms_are_the_new_ones(self):
        assert covers("write", "modify")
        assert covers("modify", "write")
        assert covers("use", "pay")

    def test_an_unknown_action_is_covered_by_nothing_but_itself(self):
        assert not covers("use", "haunt")
        assert set(ACTIONS.values()) - {None} <= set(ACTIONS)


def allowing(*conditions, **more):
    return Rule("allow", RuleKind.PERMISSION, Action("use"), "urn:a", "urn:b", conditions, **more)


def forbidding(*conditions):
    return Rule("forbid", RuleKind.PROHIBITION, Action("read"), "urn:a", "urn:b", conditions)


def decided(*rules, conflict=Strategy.PROHIBIT, context=None, **world):
    request = Request("urn:a", "read", "urn:b", context or {})
    return evaluate([Policy("p", "Agreement", rules, conflict)], request, World(now=NOON, **world))


REPAIR = Constraint("purpose", "eq", ("repair",))


class TestEvaluate:
    def test_an_unknown_fact_makes_no_permission_and_is_named(self):
        found = decided(allowing(REPAIR))

        assert not found.permits
        assert found.missing == ("purpose",)

    def test_an_unknown_fact_makes_a_prohibition(self):
        found = decided(allowing(), forbidding(REPAIR))

        assert (found.permits, found.basis, found.deciding) == (
            False,
            Basis.EXPLICIT_PROHIBITION,
            ("forbid",),
        )

    def test_a_prohibition_whose_condition_fails_forbids_nothing(self):
        assert decided(allowing(), forbidding(REPAIR), context={"purpose": "safety"}).permits

    def test_an_offer_permits_nothing(self):
        offer = Policy("p", "Offer", (allowing(),), Strategy.PROHIBIT)

        assert not evaluate([offer], Request("urn:a", "read", "urn:b"), World()).permits

    def test_a_duty_comes_first(self):
        rule = allowing(duties=(Duty("pay", Action("compensate")),))

        assert decided(rule).basis is Basis.DUTY_NOT_FULFILLED
        assert decided(rule, duties={"pay": Performance(True)}).permits
        assert decided(rule, duties={"pay": Performance(False, True)}).basis is Basis.NO_ACTIVE_PERMISSION

    def test_no_policies_permit_nothing(self):
        assert not evaluate([], Request("urn:a", "read", "urn:b"), World()).permits


class TestConflicts:
    def test_stretches_that_do_not_meet_do_not_conflict(self):
        early = Constraint("dateTime", "lt", ("2026-01-01",))
        late = Constraint("dateTime", "gteq", ("2026-01-01",))
        assert conflicts([Policy("p", "Set", (allowing(early), forbidding(late)))]) == []
        assert conflicts([Policy("p", "Set", (allowing(early), forbidding(early)))])

    def test_other_purposes_do_not_conflict(self):
        other = Constraint("purpose", "eq", ("safety",))
        assert conflicts([Policy("p", "Set", (allowing(REPAIR), forbidding(other)))]) == []

    def test_a_rule_about_any_action_meets_every_other(self):
        anything = Rule("forbid", RuleKind.PROHIBITION, None, "urn:a", "urn:b")
        assert conflicts([Policy("p", "Set", (allowing(), anything))])

    def test_what_must_be_done_and_may_not_conflicts(self):
        owed = Rule("owe", RuleKind.OBLIGATION, Action("delete"), "urn:a", "urn:b")
        assert conflicts([Policy("p", "Set", (owed, Rule("no", RuleKind.PROHIBITION, Action("delete"))))])

    def test_what_cannot_be_shown_apart_conflicts(self):
        other = Logical("or", (Constraint("purpose", "eq", ("safety",)), REPAIR))
        assert conflicts([Policy("p", "Set", (allowing(REPAIR), forbidding(other)))])

    @settings(max_examples=tries(150))
    @given(st.lists(CONDITION_OF, min_size=1, max_size=4), st.data())
    def test_what_holds_somewhere_is_never_said_to_exclude_itself(self, conditions, data):
        context = {
            left: data.draw(st.sampled_from(VALUES[kind]) | st.just(tuple(VALUES[kind])))
            for left, kind in OPERANDS.items()
        }
        request, world = Request("urn:a", "read", "urn:b", context), world_drawn(data)
        if all(holds(one, request, world) is T for one in conditions):
            assert can_hold_together(conditions)


def world_drawn(data):
    pairs = data.draw(st.frozensets(st.tuples(NAMES, NAMES), max_size=3))
    now = data.draw(
        st.none()
        | st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 1)).map(lambda d: d.replace(tzinfo=UTC))
    )
    events = {"lease:leaseEnd": Event(NOON, None)} if data.draw(st.booleans()) else {}
    return World(now=now, member_of=pairs, events=events)


@settings(max_examples=tries(150))
@given(policy("p"), policy("q"), st.data())
def test_the_index_decides_as_the_oracle(one, other, data):
    lefts = data.draw(st.sets(st.sampled_from(sorted(OPERANDS))))
    context = {left: data.draw(st.sampled_from(VALUES[OPERANDS[left]])) for left in lefts}
    asked = Request(data.draw(NAMES), data.draw(st.sampled_from(sorted(ACTIONS))), data.draw(NAMES), context)
    world = world_drawn(data)

    plain, indexed = evaluate([one, other], asked, world), Compiled([one, other]).decide(asked, world)

    assert (indexed.permits, indexed.basis, indexed.deciding) == (plain.permits, plain.basis, plain.deciding)
    assert indexed.missing == plain.missing
