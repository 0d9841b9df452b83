"""Two people correct one record, or open one batch, at once, on real transactions: one does."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from marketplace.actions import equipment_records
from marketplace.models import EquipmentRecord
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.rules.equipment_records import Kind, Result, Written
from tests.concurrency.test_leases import outcome
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def meet_after(name):
    """Hold both behind a look at what is in force, until both have looked, or cannot."""
    meeting, found = Meeting(), getattr(equipment_records, name)

    def met(*given):
        old = found(*given)
        meeting.wait()
        return old

    return patch.object(equipment_records, name, met)


def without_the_lock():
    return patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk"))


@pytest.fixture
def acts():
    owner = make.organization()
    given = Written(Kind.CLEANING, Result.PASSED, NOON - timedelta(days=1), "Li")
    who = {"equipment": make.equipment(owner), "given": given, "by": make.member(owner), "at": NOON}
    old = equipment_records.add(**who)
    return [lambda: equipment_records.add(replaces=old.public_id, **who)] * 2


class TestTwoCorrections:
    def test_one_takes_the_place(self, acts):
        with meet_after("_replaced"):
            results = at_once(*acts)

        assert outcome(results) == ["AlreadyReplaced", "EquipmentRecord"]
        assert EquipmentRecord.objects.count() == 2

    def test_without_the_lock_the_other_meets_the_database(self, acts):
        with without_the_lock(), meet_after("_replaced"):
            results = at_once(*acts)

        assert outcome(results) == ["EquipmentRecord", "IntegrityError"]
        assert EquipmentRecord.objects.count() == 2


class TestTwoRecordsOfABatch:
    @pytest.fixture
    def acts(self):
        owner = make.organization()
        done = NOON - timedelta(days=1)
        given = Written(Kind.BATCH, Result.OPEN, done, "Li", batch="B-1", product="mAb-3")
        who = {"equipment": make.equipment(owner), "given": given, "by": make.member(owner), "at": NOON}
        return [lambda: equipment_records.add(**who)] * 2

    def test_one_is_in_force(self, acts):
        with meet_after("_check_number"):
            results = at_once(*acts)

        assert outcome(results) == ["BatchTaken", "EquipmentRecord"]
        assert EquipmentRecord.objects.count() == 1

    def test_without_the_lock_the_other_meets_the_database(self, acts):
        with without_the_lock(), meet_after("_check_number"):
            results = at_once(*acts)

        assert outcome(results) == ["EquipmentRecord", "IntegrityError"]
        assert EquipmentRecord.objects.count() == 1
