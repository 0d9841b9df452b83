"""What a policy must say, and when it covers."""

from datetime import UTC, datetime, timedelta

import pytest

from leasing.rules.insurance import Holder, flaws
from tests.leasing.insured import BEGAN, ENDS, FIRST_SET, policy
from tests.leasing.world import DECIDED

DAY = timedelta(days=1)
CANCELLED = {"cancelled_at": BEGAN + 90 * DAY, "note": "已转让"}
LATER = BEGAN + 365 * DAY  # 1 January 2027 in Shanghai, still 2026 in UTC


def found(on_lease=False, replaces=False, **changes):
    given = policy(**changes)
    return [(one.pointer, one.code) for one in flaws(given, at=DECIDED, on_lease=on_lease, replaces=replaces)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"currency": "EUR", "document_sha256": "a" * 64},
        FIRST_SET,
        FIRST_SET | {"starts_at": LATER, "ends_at": LATER + DAY, "catalogue_year": 2027},
        {"on_lease": True, "holder": Holder.LESSEE},
        {"on_lease": True, "holder": Holder.OWNER},
        CANCELLED | {"replaces": True},
        CANCELLED | {"replaces": True, "cancelled_at": BEGAN},
    ],
)
def test_a_whole_policy_has_no_flaw(changes):
    assert found(**changes) == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"insurer": " "}, "/insurer", "required"),
        ({"number": ""}, "/number", "required"),
        ({"number": "x" * 61}, "/number", "too_long"),
        ({"sum_minor": 0}, "/sum_minor", "no_sum"),
        ({"sum_minor": 10**15}, "/sum_minor", "no_sum"),
        ({"currency": "XXX"}, "/currency", "unknown_currency"),
        ({"ends_at": BEGAN}, "/ends_at", "not_after"),
        ({"ends_at": BEGAN + 3654 * DAY}, "/ends_at", "too_long_term"),
        (
            {"starts_at": datetime(2015, 1, 1, tzinfo=UTC), "ends_at": DECIDED - 3654 * DAY},
            "/ends_at",
            "too_old",
        ),
        ({"catalogue_item": "5.2.1"}, "/catalogue_item", "only_first_set"),
        ({"catalogue_year": 2024}, "/catalogue_year", "only_first_set"),
        (FIRST_SET | {"catalogue_item": ""}, "/catalogue_item", "required"),
        (FIRST_SET | {"catalogue_year": None}, "/catalogue_year", "no_catalogue_year"),
        (FIRST_SET | {"catalogue_year": 2014}, "/catalogue_year", "no_catalogue_year"),
        (FIRST_SET | {"catalogue_year": 2027}, "/catalogue_year", "no_catalogue_year"),
        ({"document_sha256": "A" * 64}, "/document_sha256", "not_a_sha256"),
        ({"holder": Holder.LESSEE}, "/holder", "needs_a_lease"),
        (CANCELLED, "/cancelled_at", "cancels_nothing"),
        (CANCELLED | {"replaces": True, "cancelled_at": ENDS}, "/cancelled_at", "cancelled_outside"),
        (CANCELLED | {"replaces": True, "cancelled_at": BEGAN - DAY}, "/cancelled_at", "cancelled_outside"),
        (CANCELLED | {"replaces": True, "note": " "}, "/note", "no_reason"),
    ],
)
def test_each_fault_stands_at_its_field(changes, pointer, code):
    assert found(**changes) == [(pointer, code)]


@pytest.mark.parametrize(
    ("since", "until", "covered"),
    [
        (BEGAN - DAY, BEGAN, False),
        (BEGAN - DAY, BEGAN + DAY, True),
        (ENDS - DAY, None, True),
        (ENDS, None, False),
    ],
)
def test_it_covers_its_half_open_period(since, until, covered):
    assert policy().covers(since, until) is covered


def test_it_covers_until_it_was_cancelled():
    assert policy().covers_until == ENDS
    assert policy(**CANCELLED).covers_until == CANCELLED["cancelled_at"]
    assert not policy(**CANCELLED).covers(CANCELLED["cancelled_at"], None)
