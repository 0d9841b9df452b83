"""The clock comes twice at once to an agreement that is over, on real transactions: its duties begin once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from devices.ownership.actions import duties
from devices.ownership.models import Agreement, Duty
from devices.ownership.models.agreements import AgreementQuerySet
from devices.ownership.permissions import terms
from marketplace.shared.period import Period
from tests.concurrency.test_joining import together
from tests.concurrency.test_leases import outcome
from tests.concurrency.test_matching import unlocked
from tests.factories import marketplace as make
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=9)


@pytest.fixture
def come():
    owner = make.organization()
    period = Period(START, END)
    Agreement.objects.create(
        equipment=make.equipment(owner),
        owner=owner,
        lessee=make.organization(),
        reference="lea_1",
        period=(period.start, period.end),
        opened_at=START,
    )
    clock = make.user("clock", is_robot=True)
    return lambda: duties.incur_missing(by=clock, at=END)


def test_the_duties_begin_once(come):
    with together(duties.duties, "at_close"):
        results = at_once(come, come)

    assert outcome(results) == ["int", "int"]
    assert Duty.objects.count() == len(duties.duties.at_close(ends_at=END, at=END, terms=terms()))


def test_without_the_lock_one_of_them_fails(come):
    with unlocked(AgreementQuerySet), together(Duty.objects, "create"):
        results = at_once(come, come)

    assert [type(one) for one in results if isinstance(one, Exception)] == [IntegrityError], results
