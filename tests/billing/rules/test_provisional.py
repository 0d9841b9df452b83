"""Until when a bill may be objected to, and which lines an objection freezes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.provisional import Asked, bill_digest, open_until, to_freeze

END = datetime(2026, 10, 31, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("grace", "least", "told", "hours"),
    [(24, 24, None, 24), (24, 72, None, 72), (96, 72, None, 96), (24, 24, 48, 48), (24, 24, 12, 24)],
)
def test_a_bill_is_open_for_the_longest_that_was_agreed_set_or_told(grace, least, told, hours):
    known = None if told is None else END + told * HOUR

    assert open_until(END, grace=grace * HOUR, least=least * HOUR, told=known) == END + hours * HOUR


LINES = [
    Asked(1, "base", "LEASING", 65_806),
    Asked(2, "parts", "LEASING", 22_000, "parts"),
    Asked(3, "parts", "LEASING", -2_200),
    Asked(4, "parts", "LEASING", 500),
    Asked(5, "parts", "SERVICE", 700, "parts"),
    Asked(6, "credit", "LEASING", -100),
]


@pytest.mark.parametrize(
    ("component", "found"),
    [
        ("parts", [2, 5]),
        ("", [1, 2, 5]),
        ("credit", []),
        ("gone", []),
        ("meter:parts", [2, 5]),
        ("meter:", []),
        ("meter:energy", []),
    ],
)
def test_one_line_of_each_key_is_frozen(component, found):
    assert to_freeze(LINES, component) == found


NETS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(-5, 5)), max_size=9)


@given(NETS)
def test_whatever_asks_for_money_is_frozen_once_a_key(nets):
    lines = [Asked(place, *one) for place, one in enumerate(nets, 1)]
    by_place = {line.position: line for line in lines}

    frozen = [by_place[place] for place in to_freeze(lines, "")]

    keys = [(line.component, line.tax_category) for line in frozen]
    assert len(keys) == len(set(keys))
    assert set(keys) == {(one.component, one.tax_category) for one in lines if one.net_minor > 0}
    assert all(line.net_minor > 0 for line in frozen)


def test_the_digest_is_that_of_the_parts_in_any_order():
    one, two = ("org_a", "1" * 64), ("org_b", "2" * 64)

    assert bill_digest([one, two]) == bill_digest([two, one]) != bill_digest([one])
