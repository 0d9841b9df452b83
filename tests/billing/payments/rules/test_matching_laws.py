"""What holds of every batch, whatever is in it."""

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Status
from billing.payments.rules.matching.facts import Facts, Line, OpenItem
from billing.rules.references import reference_of
from tests.rounds import tries

DAY = date(2026, 11, 1)
AMOUNTS = st.sampled_from([100, 200, 300, 500, 700, 1000, 100_000, 99_950])
ITEMS = st.lists(st.tuples(st.integers(1, 3), AMOUNTS, st.integers(0, 3)), max_size=8)
LINES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(AMOUNTS, AMOUNTS.map(lambda minor: -minor)),
        st.sampled_from(["", "A1", "A2", "A3"]),
        st.integers(0, 9),
        st.sampled_from(["", "租金 ", "冲正 ", "手续费 "]),
    ),
    max_size=10,
)


def facts(items):
    made = [
        OpenItem(
            key,
            f"X-2026-{key:06d}",
            reference_of(key),
            payer,
            minor,
            minor,
            "CNY",
            DAY + timedelta(days),
            DAY,
        )
        for key, (payer, minor, days) in enumerate(items, start=1)
    ]
    names = {1: "苏州精工机械有限公司", 2: "宁波协力注塑厂", 3: "常州新锐装备有限公司"}
    return Facts(items=made, accounts={"A1": 1, "A2": 2, "A3": 3}, names=names)


def lines(given_lines):
    return [
        Line(
            key,
            DAY + timedelta(days),
            minor,
            counterparty="宁波协力注塑厂" if named % 2 else "",
            counterparty_account=account,
            memo=word + (reference_of(named) if 0 < named < 5 else f"X-2026-{named:05d}" if named else ""),
        )
        for key, (days, minor, account, named, word) in enumerate(given_lines, start=1)
    ]


@given(ITEMS, LINES, st.randoms(use_true_random=False))
@settings(max_examples=tries(300), deadline=None)
def test_laws_of_a_batch(items, given_lines, chance):
    batch, known = lines(given_lines), facts(items)
    made = match(batch, known)
    left = {item.id: item.open_minor for item in known.items}

    assert sorted(one.line.id for one in made) == [line.id for line in batch]  # each once
    for one in made:
        paid = sum(share.amount_minor for share in one.shares)
        assert one.target is not None or paid + one.rest_minor == one.line.amount_minor
        assert all(share.amount_minor > 0 for share in one.shares)
        assert not one.shares or one.rest_minor >= 0
        assert one.status is not Status.AUTO or one.code is None
        for share in one.shares:
            assert share.amount_minor + share.let_off_minor <= left[share.item]
            if one.status is Status.AUTO:
                assert not share.let_off_minor
                left[share.item] -= share.amount_minor
    assert all(minor >= 0 for minor in left.values())
    chance.shuffle(batch)
    assert match(batch, known) == made
    shuffled = list(known.items)
    random.Random(7).shuffle(shuffled)
    assert match(batch, Facts(shuffled, known.accounts, known.names)) == made
