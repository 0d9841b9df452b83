"""Two transactions that wait for each other: PostgreSQL ends one, and that one does its work again."""

from contextlib import suppress
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.gateway import transactions
from marketplace.models import Equipment
from tests.concurrency.test_leases import outcome
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def machines():
    owner = make.organization()
    return [make.equipment(owner, name=name) for name in ("A", "B")]


def crosswise(machines):
    """Return two actions that lock the machines in opposite orders, and meet between the two locks once."""
    meeting, tries = Meeting(), []

    def rename(first, second, name):
        tries.append(name)
        for machine in (first, second):
            found = Equipment.objects.select_for_update().get(pk=machine.pk)
            found.name += name
            found.save(update_fields=["name"])
            if tries.count(name) == 1 and machine is first:
                meeting.wait()
        return name

    return rename, tries


def names(machines):
    return sorted("".join(sorted(Equipment.objects.get(pk=one.pk).name)) for one in machines)


class TestDeadlock:
    def test_is_tried_again_and_both_are_done_once(self, machines):
        rename, tries = crosswise(machines)
        act = transactions.atomic(rename)

        results = at_once(lambda: act(*machines, "x"), lambda: act(*machines[::-1], "y"))

        assert sorted(results) == ["x", "y"]
        assert len(tries) == 3
        assert names(machines) == ["Axy", "Bxy"]

    def test_without_the_second_try_one_is_not_done(self, machines):
        rename, tries = crosswise(machines)
        act = transaction.atomic(rename)

        results = at_once(lambda: act(*machines, "x"), lambda: act(*machines[::-1], "y"))

        assert outcome(results) == ["OperationalError", "str"]
        assert len(tries) == 2

    def test_goes_on_after_the_last_try(self):
        broken = OperationalError()
        broken.__cause__ = transactions.DeadlockDetected()
        tries = []

        @transactions.atomic
        def act():
            tries.append(1)
            raise broken

        with patch.object(transactions, "PAUSES", (0, 0)), pytest.raises(OperationalError):
            act()

        assert len(tries) == 3

    def test_inside_of_another_transaction_is_the_business_of_the_outermost(self):
        broken = OperationalError()
        broken.__cause__ = transactions.DeadlockDetected()
        tries = []

        @transactions.atomic
        def inner():
            tries.append("inner")
            raise broken

        @transactions.atomic
        def outer():
            tries.append("outer")
            inner()

        with patch.object(transactions, "PAUSES", (0,)), pytest.raises(OperationalError):
            outer()

        assert tries == ["outer", "inner"] * 2

    def test_actions_that_are_one_have_one_savepoint(self, machines):
        act = transactions.atomic(lambda name: Equipment.objects.filter(pk=machines[0].pk).update(name=name))

        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            with suppress(ZeroDivisionError), transactions.as_one():
                act("one")
                act("two")
                raise ZeroDivisionError
            act("three")

        assert [query["sql"].partition(" ")[0] for query in asked] == [
            *("SAVEPOINT", "UPDATE", "UPDATE", "ROLLBACK", "RELEASE"),
            *("SAVEPOINT", "UPDATE", "RELEASE"),
        ]
        assert Equipment.objects.get(pk=machines[0].pk).name == "three"

    def test_another_error_is_not_tried_again(self):
        tries = []

        @transactions.atomic
        def act():
            tries.append(1)
            raise OperationalError("the server is away")

        with pytest.raises(OperationalError):
            act()

        assert len(tries) == 1
