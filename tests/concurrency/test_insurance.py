"""Two people correct one policy at once, on real transactions: one takes its place."""

from unittest.mock import patch

import pytest

from leasing.actions import insurance
from leasing.models import InsurancePolicy
from marketplace.models.equipment import EquipmentQuerySet
from tests.concurrency.test_leases import outcome
from tests.factories import marketplace as make
from tests.leasing.insured import policy
from tests.leasing.world import DECIDED
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def replace_together():
    """Hold both between finding the policy in force and replacing it, until both have, or cannot."""
    meeting, found = Meeting(), insurance._replaced

    def met(*given):
        old = found(*given)
        meeting.wait()
        return old

    return patch.object(insurance, "_replaced", met)


@pytest.fixture
def acts():
    owner = make.organization()
    who = {"equipment": make.equipment(owner), "given": policy(), "by": make.member(owner), "at": DECIDED}
    old = insurance.add(**who)
    return [lambda: insurance.add(replaces=old.public_id, **who)] * 2


class TestTwoCorrections:
    def test_one_takes_the_place(self, acts):
        with replace_together():
            results = at_once(*acts)

        assert outcome(results) == ["InsurancePolicy", "PolicyReplaced"]
        assert InsurancePolicy.objects.count() == 2

    def test_without_the_lock_the_other_meets_the_database(self, acts):
        with (
            patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk")),
            replace_together(),
        ):
            results = at_once(*acts)

        assert outcome(results) == ["InsurancePolicy", "IntegrityError"]
        assert InsurancePolicy.objects.count() == 2
