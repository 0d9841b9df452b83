"""One baseline, stated twice at one moment."""

from datetime import date
from decimal import Decimal
from unittest.mock import patch

import pytest

from billing.actions import indicators
from billing.models import IndicatorBaseline
from marketplace.models.parties import OrganizationQuerySet
from tests.factories import marketplace as make
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def state():
    platform = make.platform()
    given = {"indicator": "penetration", "industry": "34", "value": Decimal(30), "source": "A paper"}
    given |= {
        "valid_from": date(2026, 1, 1),
        "within": platform,
        "by": make.member(platform),
        "at": make.NOON,
    }
    return lambda: indicators.state_baseline(**given)


def test_with_the_lock_it_is_kept_once(state):
    first, second = at_once(state, state)

    assert first == second
    assert IndicatorBaseline.objects.count() == 1


def test_without_the_lock_it_is_kept_twice(state):
    meanwhile, _ = in_between(IndicatorBaseline.objects, "create", state)
    with patch.object(OrganizationQuerySet, "locked", lambda self: self), meanwhile:
        state()

    assert IndicatorBaseline.objects.count() == 2
