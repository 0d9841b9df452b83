"""Changes of leases, two at once, on real transactions; each race is shown without its guards as well."""

from unittest.mock import patch

import pytest

from leasing.actions import annex_credit, annexes, limits, offers
from leasing.models import Lease
from leasing.models.credit_limits import CreditLimitQuerySet
from leasing.queries import cost_of, expected_charges
from marketplace.models import Claim
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import (
    at_once,
    fresh,
    no_constraint,
    no_lock,
    outcome,
    write_together,
)
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, NEW_END, NOW, Changes
from tests.leasing.world import END

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def changes():
    return Changes(worlds.make(machines=3))


def accept(changes, annex):
    return lambda: annexes.accept(
        annex=changes.loaded(annex), digest=annex.digest, by=fresh(changes.world.buyer), at=NOW
    )


def overlapping(machine):
    """Count pairs of active claims on a machine that meet."""
    spans = list(Claim.objects.active().filter(equipment=machine).values_list("period", flat=True))
    return sum(
        one.lower < two.upper and two.lower < one.upper
        for place, one in enumerate(spans)
        for two in spans[place + 1 :]
    )


class TestExtendAgainstAnotherLease:
    """The days behind a lease are taken by its extension and by another lease at the same moment."""

    def both(self, changes):
        world, annex = changes.world, changes.propose("EXTEND", ends_at=NEW_END)
        later = world.ask(period=Period(END + 3 * DAY, END + 20 * DAY))
        return (
            accept(changes, annex),
            lambda: offers.accept(
                lease=later, equipment=changes.first, by=fresh(world.owner), at=worlds.DECIDED
            ),
        )

    def test_one_wins_and_the_other_is_told_why(self, changes):
        both = self.both(changes)
        with write_together():
            results = at_once(*both)

        assert outcome(results) in (["Annex", "MachineBusy"], ["Lease", "MachineBusy"])
        assert overlapping(changes.first) == 0

    def test_without_both_guards_the_machine_is_booked_twice(self, changes):
        both = self.both(changes)
        with no_constraint(), no_lock(), write_together():
            results = at_once(*both)
            twice = overlapping(changes.first)

        assert (outcome(results), twice) == (["Annex", "Lease"], 1)


class TestOneLimit:
    """What the lessor's limit leaves is enough for one of two extensions."""

    def both(self, changes):
        world, second = changes.world, Changes.__new__(Changes)
        second.world, second.lease = world, world.active()
        chief = worlds.person("chief", world.lessor, Role.ADMIN)
        made = [one.propose("EXTEND", ends_at=NEW_END, by=world.buyer) for one in (changes, second)]
        more = cost_of(changes.now(), made[0].change, 1, NOW).expected
        enough = sum(expected_charges(one).minor for one in Lease.objects.all()) + more.minor
        given = {"currency": "CNY", "reason": "Rated B", "by": chief, "at": NOW, "amount_minor": enough}
        limits.grant(lessor=world.lessor, lessee=world.lessee, **given)
        acts = [
            lambda annex=annex: annexes.accept(
                annex=changes.loaded(annex), digest=annex.digest, by=fresh(world.owner), at=NOW
            )
            for annex in made
        ]
        # the machines of the listing are locked by every change, so only leases of two listings meet
        with no_lock(), meet(annex_credit, "change_decision"):
            return outcome(at_once(*acts))

    def test_is_enough_for_one(self, changes):
        assert self.both(changes) == ["Annex", "AnnexNeedsApproval"]

    def test_without_its_lock_is_exceeded(self, changes):
        with patch.object(CreditLimitQuerySet, "lock", lambda self, lessor, lessee: None):
            assert self.both(changes) == ["Annex", "Annex"]
