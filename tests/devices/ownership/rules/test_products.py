"""Data products: how a price is shared, what stands against an offer, and where things are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules import products
from devices.ownership.rules.odrl import offering, reading, writing
from devices.ownership.rules.products import Ground, Item, LicenceState, Licensed, Role, Share, State
from marketplace.shared.money import Money, share_out
from marketplace.shared.period import Period

AT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PAST = Period(AT - 9 * DAY, AT - DAY)
ROLES = st.sampled_from(list(Role))
POINTS = st.lists(st.integers(0, 9_999), min_size=1, max_size=6).filter(sum)


@st.composite
def splits(draw):
    """Draw whole splits: parts of 10,000 for organizations with roles."""
    weights = draw(POINTS)
    parts = share_out(products.WHOLE, weights)
    return [Share(f"org_{n}", draw(ROLES), part) for n, part in enumerate(parts)]


class TestSplit:
    @given(price=st.integers(1, 10**12), shares=splits())
    def test_adds_up_and_nobody_is_further_than_one_fen_from_its_part(self, price, shares):
        whole = products.ordered(shares)

        parts = products.split(price, whole)

        assert sum(parts) == price
        for share, part in zip(whole, parts, strict=True):
            assert abs(part * products.WHOLE - price * share.points) < products.WHOLE
            assert part == 0 or share.points

    @given(price=st.integers(1, 10**12), shares=splits(), seed=st.randoms())
    def test_does_not_hang_on_the_order_in_which_it_was_said(self, price, shares, seed):
        mixed = list(shares)
        seed.shuffle(mixed)

        assert products.ordered(mixed) == products.ordered(shares)
        assert products.split(price, products.ordered(mixed)) == products.split(
            price, products.ordered(shares)
        )

    def test_gives_the_odd_fen_to_the_largest_remainder_and_then_to_the_lessee(self):
        said = [Share("p", "platform", 500), Share("o", "owner", 4_750), Share("l", "lessee", 4_750)]

        shares = products.ordered(said)

        assert [one.role for one in shares] == ["lessee", "owner", "platform"]
        assert products.split(10_001, shares) == [4_751, 4_750, 500]

    def test_needs_everybody_touched_whole_parts_and_the_platform(self):
        sides = {"l": "lessee", "o": "owner"}
        good = [Share("l", "lessee", 9_000), Share("o", "owner", 0), Share("p", "platform", 1_000)]

        def codes(*shares, fee=500):
            return products.share_faults(shares, sides, fee=fee)

        assert codes(*good) == []
        assert codes(*good, fee=1_001) == ["share_of_platform"]
        assert codes(good[0], Share("x", "maker", 0), good[2]) == ["share_of_side_missing"]
        assert codes(*good, Share("l", "lessee", 0)) == ["share_twice"]
        assert codes(*good[:2], Share("p", "platform", 999)) == ["share_not_whole"]
        assert codes(*good, Share("x", "owner", 0)) == ["share_role_wrong"]
        negative = [Share("l", "lessee", 9_001), Share("o", "owner", -1), good[2]]
        assert codes(*negative) == ["share_negative"]


def item(**changes):
    given = {"grade": "L2", "is_personal": False, "is_series": True, "has_right": True, "has_machine": True}
    given |= {"disputed": False, "erased": False, "sides": [("a", 10)]}
    return Item(**(given | changes))


class TestSharesOfAForm:
    def said(self, sides, **parts):
        found = products.shares_of(sides, "p", **({"owner": 2_000, "fee": 500} | parts))
        assert products.share_faults(found, sides, fee=500) == []
        return {one.organization: one.points for one in found}

    def test_the_lessees_get_what_is_left_and_share_alike(self):
        assert self.said({"l": "lessee", "o": "owner"}) == {"p": 500, "l": 7_500, "o": 2_000}
        two = self.said({"l": "lessee", "m": "lessee", "o": "owner"}, owner=2_001)
        assert two == {"p": 500, "l": 3_750, "m": 3_749, "o": 2_001}

    def test_where_one_side_is_missing_the_other_gets_it(self):
        assert self.said({"o": "owner"}) == {"p": 500, "o": 9_500}
        assert self.said({"l": "lessee"}) == {"p": 500, "l": 9_500}


def test_what_bills_rest_on_is_sold_as_what_it_measures():
    assert products.sold_as("energy", counts=True) == "energy"
    assert products.sold_as("billing_counters", counts=True) == "production_counts"
    assert products.sold_as("billing_counters", counts=False) == "machine_condition"


class TestFindings:
    @pytest.mark.parametrize(
        ("changes", "ground"),
        [
            ({"grade": "L5"}, Ground.NOT_TRADED),
            ({"grade": "L6"}, Ground.NOT_TRADED),
            ({"is_personal": True}, Ground.PERSONAL_DATA),
            ({"is_series": False}, Ground.NO_SERIES),
            ({"has_right": False}, Ground.MISSING_AUTHORIZATION),
            ({"has_machine": False}, Ground.NO_MACHINE),
            ({"disputed": True}, Ground.DISPUTE_OPEN),
            ({"erased": True}, Ground.ERASED),
        ],
    )
    def test_each_ground_stands_at_its_series(self, changes, ground):
        found = products.findings(PAST, [item(), item(**changes)], at=AT)

        assert found == [("/assets/1", ground)]

    def test_a_period_is_over_at_its_end_and_no_moment_before(self):
        assert products.findings(Period(AT - DAY, AT), [item()], at=AT) == []
        early = products.findings(Period(AT - DAY, AT), [item()], at=AT - timedelta(microseconds=1))
        assert early == [("/period", Ground.PERIOD_NOT_OVER)]
        assert products.findings(Period(AT, None), [item()], at=AT) == [("/period", Ground.PERIOD_NOT_OVER)]

    @pytest.mark.parametrize(
        ("lengths", "small"),
        [((9,), False), ((1, 1), True), ((1,) * 4, True), ((1,) * 5, False), ((4, 1, 1, 1, 1), False),
         ((5, 1, 1, 1, 1), True), ((0,) * 5, False)],
    )  # fmt: skip
    def test_several_are_five_or_more_and_none_has_above_half(self, lengths, small):
        sides = [(f"org_{n}", length) for n, length in enumerate(lengths)]

        found = products.findings(PAST, [item(sides=[one]) for one in sides], at=AT)

        assert found == ([("/assets", Ground.SMALL_GROUP)] if small else [])

    def test_every_ground_has_words(self):
        assert set(products.GROUNDS) == set(Ground)


class TestState:
    def state(self, **changes):
        given = {"parties": ["o"], "consented": [], "published_at": None, "withdrawn_at": None}
        return products.state(**(given | {"newer": False} | changes))

    def test_follows_from_consents_publication_and_withdrawal(self):
        assert self.state() is State.WAITING
        assert self.state(consented=["o"]) is State.READY
        assert self.state(consented=["o"], published_at=AT) is State.ON_SALE
        assert self.state(published_at=AT, newer=True) is State.SUPERSEDED
        assert self.state(published_at=AT, newer=True, withdrawn_at=AT) is State.WITHDRAWN

    def test_of_a_licence_to_the_microsecond(self):
        tick = timedelta(microseconds=1)
        late = AT + products.PAY_WITHIN
        paid = Licensed(AT, paid_at=AT, until=AT + DAY)

        assert products.licence_state(Licensed(AT), at=late - tick) is LicenceState.UNPAID
        assert products.licence_state(Licensed(AT), at=late) is LicenceState.LAPSED
        assert products.licence_state(Licensed(AT, withdrawn_at=AT), at=AT) is LicenceState.LAPSED
        assert products.licence_state(paid, at=AT + DAY - tick) is LicenceState.ACTIVE
        assert products.licence_state(paid, at=AT + DAY) is LicenceState.ENDED
        gone = Licensed(AT, paid_at=AT, until=AT + DAY, withdrawn_at=AT)
        assert products.licence_state(gone, at=AT) is LicenceState.ACTIVE, "what was paid runs on"
        ended = Licensed(AT, paid_at=AT, until=AT + DAY, terminated_at=AT)
        assert products.licence_state(ended, at=AT) is LicenceState.TERMINATED

    def test_a_place_is_free_until_taken_and_again_if_it_was_never_paid(self):
        assert products.place_for([], 1) == 1
        assert products.place_for([(1, False)], 1) is None
        assert products.place_for([(1, True)], 1) == 1
        assert products.place_for([(1, True), (1, False), (3, False)], 3) == 2


def test_the_islands_are_abroad_as_the_law_has_it():
    assert products.country_of("810000", "CN") == "HK"
    assert products.country_of("320594", "CN") == "CN"
    assert products.country_of("320594", "DE") == "DE"


class TestPolicy:
    TERMS = offering.Terms(("operation",), "PT1H", 30, 2, ("SME",), False, Money(10_001, "CNY"))

    def test_an_offer_is_in_the_closed_subset_and_says_price_and_limits(self):
        policy = offering.offer("prd_1:1", seller="org_1", terms=self.TERMS)
        document = writing.written(policy)

        assert reading.read(document) == policy
        assert not policy.in_force
        permission, sales = document["permission"]
        assert permission["duty"][0]["action"] == "compensate"
        assert permission["duty"][0]["constraint"][0]["rightOperand"]["@value"] == "100.01"
        assert sales["constraint"][0]["rightOperand"]["@value"] == "2"
        assert [one["action"] for one in document["prohibition"]] == ["distribute", "sell"]

    def test_a_licence_is_an_agreement_with_the_buyer_in_its_time_box(self):
        box = Period(AT, AT + DAY)
        policy = offering.licence(
            "lic_1", of="prd_1:1", seller="org_1", buyer="org_2", terms=self.TERMS, readable=box
        )

        assert reading.read(writing.written(policy)) == policy
        assert policy.in_force
        assert {one.assignee for one in policy.rules} == {"urn:jijian:organization:org_2"}
