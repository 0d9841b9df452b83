"""The register of a finance lease: what may follow what, and what both sides are warned of."""

from datetime import date

import pytest

from leasing.rules.finance_registrations import Entry, Kind, State, flaws, state, warning

TODAY = date(2026, 6, 1)
FIRST = Entry(Kind.REGISTER, "01234567890123456789", date(2026, 3, 5), date(2029, 3, 4))
SHORT = Entry(Kind.REGISTER, "SHORT-0001", date(2026, 1, 1), date(2026, 5, 31))
TO_TODAY = Entry(Kind.REGISTER, "TODAY-0001", date(2026, 1, 1), TODAY)
OVER = Entry(Kind.CANCEL, "CANCEL-0001", date(2026, 5, 1), None)


def faults(entry, before=()):
    return [(flaw.pointer, flaw.code) for flaw in flaws(entry, before=before, today=TODAY)]


def entry(kind=Kind.AMEND, number="AMEND-0001", on=TODAY, expires_on=date(2030, 1, 1)):
    return Entry(kind, number, on, expires_on)


@pytest.mark.parametrize(
    ("made", "before"),
    [
        (FIRST, ()),
        (entry(), (FIRST,)),
        (entry(Kind.EXTEND), (FIRST,)),
        (entry(Kind.CANCEL, expires_on=None), (FIRST,)),
        (entry(Kind.REGISTER), (FIRST, OVER)),
        (entry(Kind.REGISTER), (SHORT,)),
    ],
)
def test_what_follows_is_recorded(made, before):
    assert faults(made, before) == []


@pytest.mark.parametrize(
    ("made", "before", "fault"),
    [
        (entry(), (), ("/kind", "not_registered")),
        (entry(Kind.CANCEL, expires_on=None), (FIRST, OVER), ("/kind", "not_registered")),
        (entry(Kind.REGISTER), (FIRST,), ("/kind", "registered_already")),
        (entry(Kind.REGISTER), (TO_TODAY,), ("/kind", "registered_already")),
        (entry(Kind.EXTEND), (SHORT,), ("/kind", "not_registered")),
        (entry(number="五"), (FIRST,), ("/number", "not_a_number_of_registration")),
        (entry(number="123"), (FIRST,), ("/number", "not_a_number_of_registration")),
        (entry(on=date(2026, 6, 2)), (FIRST,), ("/on", "in_the_future")),
        (entry(on=date(2026, 3, 4)), (FIRST,), ("/on", "before_the_last")),
        (entry(expires_on=None), (FIRST,), ("/expires_on", "expiry_needed")),
        (entry(expires_on=TODAY), (FIRST,), ("/expires_on", "expiry_not_after")),
        (entry(Kind.EXTEND, expires_on=date(2029, 3, 4)), (FIRST,), ("/expires_on", "expiry_not_after")),
        (entry(expires_on=date(2057, 1, 1)), (FIRST,), ("/expires_on", "expiry_too_far")),
        (entry(Kind.CANCEL), (FIRST,), ("/expires_on", "no_expiry")),
    ],
)
def test_what_does_not_follow_is_refused_at_its_field(made, before, fault):
    assert faults(made, before) == [fault]


@pytest.mark.parametrize(
    ("entries", "day", "expected", "says"),
    [
        ((), TODAY, State.NONE, "is not registered"),
        ((FIRST,), TODAY, State.REGISTERED, None),
        ((FIRST,), date(2029, 2, 1), State.REGISTERED, None),
        ((FIRST,), date(2029, 2, 2), State.SOON, "ends on 2029-03-04"),
        ((FIRST,), date(2029, 3, 4), State.SOON, "ends on 2029-03-04"),
        ((FIRST,), date(2029, 3, 5), State.EXPIRED, "ended on 2029-03-04"),
        ((FIRST, OVER), TODAY, State.CANCELLED, "was cancelled on 2026-05-01"),
        ((FIRST, OVER, entry(Kind.REGISTER)), TODAY, State.REGISTERED, None),
    ],
)
def test_state_and_warning_on_a_day(entries, day, expected, says):
    said = warning(entries, day)

    assert state(entries, day) is expected
    assert (said is None) is (says is None)
    assert said is None or says in said[0].format(**said[1])
