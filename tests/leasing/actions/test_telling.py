"""The side that did not make a move is told of it, both of what the clock does, nobody of own acts."""

from datetime import timedelta

import pytest
from django.utils import translation

from leasing.actions import leases, moves, telling
from leasing.rules.leases import Move
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests.leasing import world as worlds


def told(kind):
    found = Notification.objects.filter(kind=kind)
    return {one.organization for one in found}


def test_every_move_has_a_sentence():
    assert set(telling.KINDS) | telling.TOLD_BY_THEIR_ACTIONS == set(Move)


class TestWhoIsTold:
    def test_a_request_is_told_the_lessor(self, world):
        lease = world.ask()

        one = Notification.objects.get()
        assert (one.organization, one.kind, one.person) == (world.lessor, "lease_request", None)
        assert one.link == f"/leases/{lease.public_id}/"
        assert lease.number in one.said
        assert world.lessee.name in one.said

    def test_an_offer_is_told_who_did_not_make_it(self, world):
        world.countered()

        assert told("lease_quote") == {world.lessee}
        assert told("lease_counter") == {world.lessor}

    def test_the_life_of_a_lease_is_told_move_by_move(self, world):
        lease = world.active()
        leases.end(lease=lease, by=world.buyer, at=worlds.HANDOVER + timedelta(days=2))

        assert list(Notification.objects.order_by("pk").values_list("kind", "organization")) == [
            ("lease_request", world.lessor.pk),
            ("lease_accept", world.lessee.pk),
            ("contract_concluded", world.lessor.pk),
            ("contract_concluded", world.lessee.pk),
            ("deposit_moved", world.lessee.pk),
            ("record_to_confirm", world.lessee.pk),
            ("record_confirmed", world.lessor.pk),
            ("lease_activate", world.lessor.pk),
            ("lease_activate", world.lessee.pk),
            ("lease_end", world.lessor.pk),
        ]

    def test_what_the_clock_does_is_told_both(self, world):
        lease = world.ask()
        leases.close_due(lease=lease, by=world.clock, at=lease.starts_at + timedelta(days=1))

        assert told("lease_expire") == {world.lessor, world.lessee}

    def test_a_move_of_another_branch_is_told_by_the_same_place(self, world):
        lease = world.accepted()
        moves.write_down(
            lease=lease,
            move=Move.DISPATCH,
            before=lease.status,
            by=world.owner,
            within=world.lessor,
            at=worlds.DECIDED,
            reason="",
            facts={},
        )

        assert told("lease_dispatch") == {world.lessee}

    def test_a_move_that_is_refused_is_told_nobody(self, world):
        lease = world.ask()
        with pytest.raises(MissingRight):
            leases.refuse(lease=lease, reason="no", by=world.outsider, at=worlds.DECIDED)
        with pytest.raises(moves.RecordMissing):
            leases.refuse(lease=lease, reason=" ", by=world.owner, at=worlds.DECIDED)

        assert told("lease_refuse") == set()


@pytest.mark.parametrize("kind", telling.KINDS.values())
def test_each_sentence_is_said_in_chinese(kind, world):
    facts = {"who": "宁波精工", "lease": "L1", "machine": "VMC"}
    one = Notification(organization=world.lessor, kind=kind, facts=facts, made_at=worlds.ASKED)

    with translation.override("zh-hans"):
        assert "租约" in one.said
        assert "Next" not in one.said
