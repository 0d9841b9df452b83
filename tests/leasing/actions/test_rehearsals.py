"""A change is tried without being made: the refusals of its acceptance, and nothing written."""

import pytest

from devices.ownership.models import Agreement
from leasing.actions import annex_effects, annexes, moves
from leasing.actions.rehearsals import rehearse
from leasing.models import LeaseUnit
from leasing.rules.annexes import Change, Kind
from marketplace.actions import calendar
from marketplace.actions.claims import MachineBusy
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, EARLY_END, LATER, NEW_END, NOW, Changes
from tests.leasing.world import END, HANDOVER, START

world = once.fixture(lambda: worlds.make(machines=3))
changes = once.fixture(lambda world: Changes(world))


def tried(changes, kind, **given):
    given = {"by": changes.world.buyer, "within": changes.world.lessee} | given
    acts = {name: given.pop(name) for name in ("by", "within")}
    change = Change(Kind(kind), **given)
    return rehearse(lease=changes.now(), change=change, valid_until=NOW + 3 * DAY, at=NOW, **acts)


def block(changes, machine, start, days=3):
    core = Period(start, start + days * DAY)
    calendar.block(equipment=machine, reason="MAINTENANCE", core=core, by=changes.world.owner, at=HANDOVER)


def spans(taken):
    return {one.machine: (one.starts_at, one.ends_at) for one in taken}


class TestRehearse:
    def test_says_how_long_machines_are_taken_and_changes_nothing(self, changes):
        before = (AuditEntry.objects.count(), Agreement.objects.get().span.end)
        seen = tried(changes, "EXTEND", ends_at=NEW_END)

        assert spans(seen.before) == {"VMC-1": (START, END)}
        assert spans(seen.after) == {"VMC-1": (START, NEW_END)}
        assert changes.taken(changes.first) == [(START, END)]
        assert (AuditEntry.objects.count(), Agreement.objects.get().span.end) == before

    def test_of_machines_that_come_and_go(self, changes):
        pair = (changes.first.public_id, changes.second.public_id)
        seen = tried(changes, "SWAP", swap=(pair,), effective_from=LATER)

        assert spans(seen.after) == {"VMC-1": (START, LATER), "VMC-2": (LATER, END)}
        at_once = tried(changes, "ADD", add=(changes.third.public_id,))
        assert spans(at_once.after)["VMC-3"] == (NOW, END)
        assert not changes.taken(changes.third)
        assert LeaseUnit.objects.count() == 1

    def test_of_a_sale_leaves_the_calendar(self, changes):
        seen = tried(changes, "BUY_OUT", price_minor=1, title="合同 7")

        assert seen.before == seen.after

    def test_refuses_what_the_acceptance_would(self, changes):
        block(changes, changes.first, END + 5 * DAY)
        block(changes, changes.second, NOW + DAY)

        with pytest.raises(MachineBusy):
            tried(changes, "EXTEND", ends_at=NEW_END)
        with pytest.raises(MachineBusy):
            tried(changes, "ADD", add=(changes.second.public_id,))
        with pytest.raises(annexes.AnnexInvalid):
            tried(changes, "SHORTEN", ends_at=NEW_END)
        agreed = (changes.third.public_id,)
        changes.agreed("ADD", add=list(agreed), effective_from=LATER)
        with pytest.raises(annex_effects.ChangeWaits):
            tried(changes, "SHORTEN", ends_at=LATER)
        assert tried(changes, "SHORTEN", ends_at=EARLY_END)

    def test_asks_for_the_right_and_a_running_lease(self, changes, world):
        with pytest.raises(MissingRight):
            tried(changes, "EXTEND", ends_at=NEW_END, by=world.guest)
        with pytest.raises(MissingRight):
            tried(changes, "EXTEND", ends_at=NEW_END, by=world.owner)
        changes.lease = world.ask()
        with pytest.raises(moves.LeaseMoveRefused):
            tried(changes, "EXTEND", ends_at=NEW_END)
