"""The lessee agrees to a statement while the lessor claims for more damage: one of the two comes too late."""

from contextlib import ExitStack
from unittest.mock import patch

import pytest

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import moves, settlements
from leasing.models import DamageClaim, Lease, Settlement
from leasing.models.damage import DamageClaimQuerySet
from leasing.models.leases import LeaseQuerySet
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.shared.errors import DomainError
from tests.concurrency.test_leases import fresh
from tests.leasing import world as worlds
from tests.leasing.settling import READY, Settling
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: None)


def no_locks():
    stack = ExitStack()
    for one in (EquipmentQuerySet, LeaseQuerySet, DamageClaimQuerySet):
        stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
    return stack


def look_together():
    """Hold both between looking and writing the lease, until both have looked or it is clear they cannot."""
    meeting, write = Meeting(), moves.carry_out

    def carry_out(**given):
        meeting.wait()
        return write(**given)

    return patch.object(moves, "carry_out", carry_out)


def agree_and_claim(scene):
    scene.back()
    made = scene.propose()
    world = scene.world

    def agree():
        found = Settlement.objects.select_related("lease__lessor", "lease__lessee").get(pk=made.pk)
        given = {"by": fresh(world.buyer), "within": world.lessee, "at": READY}
        return settlements.agree(settlement=found, digest=made.digest, **given)

    with look_together():
        return at_once(agree, lambda: scene.claimed(by=fresh(world.owner)))


def stands(scene):
    return scene.now().status, DamageClaim.objects.filter(state="RAISED").count()


def test_whoever_comes_second_is_told():
    scene = Settling(worlds.make(machines=1))
    found = agree_and_claim(scene)

    assert sum(isinstance(one, DomainError) for one in found) == 1, found
    assert sum(isinstance(one, (Lease, DamageClaim)) for one in found) == 1, found
    assert stands(scene) in (("SETTLED", 0), ("ENDED", 1))


def test_without_locks_nobody_is_told():
    """Both are written down, or one is thrown out by the trigger of the history, as they come."""
    scene = Settling(worlds.make(machines=1))
    with no_locks():
        found = agree_and_claim(scene)

    assert not any(isinstance(one, DomainError) for one in found), found
