"""Two people correct one record at once, on real transactions: one takes its place."""

import threading
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

import pytest

from marketplace.actions import equipment_records
from marketplace.models import EquipmentRecord
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.rules.equipment_records import Kind, Result, Written
from tests.concurrency.test_leases import at_once, outcome
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def replace_together():
    """Hold both between finding the record in force and replacing it, until both have, or cannot."""
    meeting, found = threading.Barrier(2, timeout=2), equipment_records._replaced

    def met(*given):
        old = found(*given)
        with suppress(threading.BrokenBarrierError):  # the other waits at the lock: that is what it is for
            meeting.wait()
        return old

    return patch.object(equipment_records, "_replaced", met)


@pytest.fixture
def acts():
    owner = make.organization()
    given = Written(Kind.CLEANING, Result.PASSED, NOON - timedelta(days=1), "Li")
    who = {"equipment": make.equipment(owner), "given": given, "by": make.member(owner), "at": NOON}
    old = equipment_records.add(**who)
    return [lambda: equipment_records.add(replaces=old.public_id, **who)] * 2


class TestTwoCorrections:
    def test_one_takes_the_place(self, acts):
        with replace_together():
            results = at_once(*acts)

        assert outcome(results) == ["AlreadyReplaced", "EquipmentRecord"]
        assert EquipmentRecord.objects.count() == 2

    def test_without_the_lock_the_other_meets_the_database(self, acts):
        with (
            patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk")),
            replace_together(),
        ):
            results = at_once(*acts)

        assert outcome(results) == ["EquipmentRecord", "IntegrityError"]
        assert EquipmentRecord.objects.count() == 2
