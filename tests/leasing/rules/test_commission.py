"""Which rate applies: the most specific one, on its days; what it costs is rounded as it is booked."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from leasing.rules.commission import Dated, Scope, applying, changes, cost, earliest, midnight, percent

FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 40).map(lambda days: FIRST + timedelta(days=days))
TARGETS = [
    (Scope.DEFAULT, None),
    *((Scope.CATEGORY, key) for key in (1, 2, 3)),
    (Scope.OWNER, 7),
    (Scope.OWNER, 8),
]


@st.composite
def tariffs(draw):
    """Rates of several scopes; those of one follow each other, with or without days between."""
    rates, key = [], 0
    for scope, target in TARGETS:
        bounds = sorted(draw(st.sets(DAYS, max_size=4)))
        for place, starts_on in enumerate(bounds):
            ends_on = bounds[place + 1] if place + 1 < len(bounds) else None
            if draw(st.booleans()) and ends_on:
                ends_on = max(starts_on + timedelta(days=1), ends_on - timedelta(days=1))
            key += 1
            share = Decimal(draw(st.integers(0, 99_999))).scaleb(-5)
            rates.append(Dated(key, scope, target, share, starts_on, ends_on))
    return rates


@given(tariffs(), st.sampled_from([7, 8, 9]), st.permutations([1, 2, 3]), DAYS)
def test_the_most_specific_rate_in_force_applies_and_no_other(rates, owner, path, on):
    found = applying(rates, owner=owner, path=path, on=on)

    def place(one):
        """Say how far a rate is from the owner: none if it is not about it."""
        if one.scope is Scope.OWNER:
            return 0 if one.target == owner else None
        return 1 + path.index(one.target) if one.scope is Scope.CATEGORY else 9

    fitting = [one for one in rates if one.holds_on(on) and place(one) is not None]
    assert found == min(fitting, key=place, default=None)
    if found is not None:
        assert found.starts_on <= on
        assert found.ends_on is None or on < found.ends_on


@given(tariffs(), st.sampled_from([7, 9]), DAYS)
def test_changes_tell_every_later_day(rates, owner, after):
    told = changes(rates, owner=owner, path=[2, 1], after=after)

    now = applying(rates, owner=owner, path=[2, 1], on=after)
    days = dict(told)
    for step in range(1, 60):
        day = after + timedelta(days=step)
        now = days.get(day, now)
        assert applying(rates, owner=owner, path=[2, 1], on=day) == now
    assert [day for day, _rate in told] == sorted(days)


@given(st.integers(0, 10**12), st.integers(0, 99_999))
def test_a_cost_is_the_share_to_the_minor_unit_and_its_tax(net, share):
    rate = Decimal(share).scaleb(-5)
    found = cost(net_minor=net, rate=rate, vat_rate=Decimal("0.06"))

    assert abs(found.commission_minor - net * rate) <= Decimal("0.5")
    assert abs(found.vat_minor - found.commission_minor * Decimal("0.06")) <= Decimal("0.5")
    assert found.gross_minor == found.commission_minor + found.vat_minor


def test_halves_go_away_from_zero():
    assert cost(net_minor=5, rate=Decimal("0.1"), vat_rate=Decimal("0.06")).commission_minor == 1
    assert cost(net_minor=4, rate=Decimal("0.1"), vat_rate=Decimal("0.06")).commission_minor == 0


def test_those_who_pay_more_have_seven_full_days():
    for moment, day in (
        (datetime(2025, 12, 31, 16, tzinfo=UTC), 8),  # 1 January, midnight in Shanghai
        (datetime(2025, 12, 31, 16, 0, 1, tzinfo=UTC), 9),
        (datetime(2026, 1, 1, 15, 59, tzinfo=UTC), 9),  # 23:59
    ):
        assert earliest(moment, rises=True) == date(2026, 1, day)
        assert earliest(moment, rises=False) == date(2026, 1, 2)
        assert midnight(earliest(moment, rises=True)) - moment >= timedelta(days=7)
    assert [percent(Decimal(text)) for text in ("0.1", "0.00001", "0.0825")] == ["10 %", "0.001 %", "8.25 %"]
