"""The lessee accepts what the lessor asks while the lessor asks for less: one of the two comes too late."""

from contextlib import ExitStack
from unittest.mock import patch

import pytest
from django.db import IntegrityError

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import damage
from leasing.models import DamageClaim
from leasing.models.damage import DamageClaimQuerySet
from leasing.models.leases import LeaseQuerySet
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.shared.errors import DomainError
from tests.concurrency.test_leases import fresh
from tests.leasing import world as worlds
from tests.leasing.damage import DAY, SEEN, Damage
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)


def no_locks():
    stack = ExitStack()
    for one in (EquipmentQuerySet, LeaseQuerySet, DamageClaimQuerySet):
        stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
    return stack


def look_together():
    """Hold both between looking and writing until both have looked, or it is clear that they cannot."""
    meeting, look = Meeting(), damage.allowed_acts

    def looked(**given):
        found = look(**given)
        meeting.wait()
        return found

    return patch.object(damage, "allowed_acts", looked)


def accept_and_ask_for_less(scene):
    made, world = scene.contested(), scene.world

    def given(who, by):
        found = DamageClaim.objects.with_sides().get(pk=made.pk)
        return {"claim": found, "within": who, "by": fresh(by), "at": SEEN + DAY}

    return made, at_once(
        lambda: damage.accept(digest=made.digest, amount_minor=320_000, **given(world.lessee, world.buyer)),
        lambda: damage.offer(amount_minor=200_000, text="各让一步", **given(world.lessor, world.owner)),
    )


def test_whoever_comes_second_is_told():
    with look_together():
        made, found = accept_and_ask_for_less(Damage(worlds.make(machines=1)))

    assert sum(isinstance(one, DamageClaim) for one in found) == 1, found
    assert sum(isinstance(one, DomainError) for one in found) == 1, found
    made.refresh_from_db()
    assert (made.awarded_minor, made.asked_minor) in ((320_000, 320_000), (None, 200_000))


def test_without_locks_the_database_alone_holds_the_line():
    with look_together(), no_locks():
        made, found = accept_and_ask_for_less(Damage(worlds.make(machines=1)))

    assert sum(isinstance(one, IntegrityError) for one in found) == 1, found
    made.refresh_from_db()
    assert (made.awarded_minor, made.asked_minor) in ((320_000, 320_000), (None, 200_000))
