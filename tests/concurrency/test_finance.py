"""Two record the registration of one finance lease at once."""

from unittest.mock import patch

import pytest

from leasing.actions import finance
from leasing.models import FinanceRegistration, Lease
from leasing.models.leases import LeaseQuerySet
from leasing.rules import finance_registrations
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import world as worlds
from tests.leasing.actions.test_finance import GIVEN
from tests.leasing.financed import contracted
from tests.leasing.world import DECIDED
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def both():
    """Let two people of the lessor record what they read on the certificate, after both have looked."""
    world = worlds.make(machines=1)
    lease = contracted(world)
    acts = [
        lambda: finance.register(
            lease=Lease.objects.get(pk=lease.pk),
            kind=finance_registrations.Kind.REGISTER,
            by=fresh(world.owner),
            at=DECIDED,
            **GIVEN,
        )
    ] * 2
    with meet(finance_registrations, "flaws"):
        return at_once(*acts)


def test_the_second_is_told_that_it_is_registered():
    assert outcome(both()) == ["FinanceRegistration", "RegistrationInvalid"]
    assert FinanceRegistration.objects.count() == 1


def test_without_the_lock_the_second_is_refused_by_the_database_alone():
    with patch.object(LeaseQuerySet, "locked", lambda self: self.order_by("pk")):
        results = both()

    assert outcome(results) == ["FinanceRegistration", "IntegrityError"]
    assert FinanceRegistration.objects.count() == 1
