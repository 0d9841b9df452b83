from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from marketplace.actions import chains
from marketplace.models import AuditEntry, Chain, ChainMember, Listing, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.marketplace.needs_world import Market

pytestmark = pytest.mark.django_db
world = once.fixture(Market)


def told(organization):
    found = Notification.objects.filter(organization=organization).order_by("pk")
    return list(found.values_list("kind", flat=True))


class TestBeginning:
    def test_is_for_lead_enterprises(self, world):
        with pytest.raises(chains.NotALeader):
            chains.create(leader=world.other, name="Mine", by=world.ole, at=NOON)

        assert Chain.objects.count() == 1

    @pytest.mark.parametrize("name", ["", "  ", "x" * 81, "Pumps", " Pumps "])
    def test_needs_a_name_of_its_own(self, world, name):
        with pytest.raises(chains.ChainNameRefused):
            chains.create(leader=world.lead, name=name, by=world.lia, at=NOON)

    def test_needs_the_right(self, world):
        viewer = make.member(world.lead, Role.VIEWER)

        with pytest.raises(MissingRight):
            chains.create(leader=world.lead, name="More", by=viewer, at=NOON)

    def test_is_bounded(self, world, monkeypatch):
        monkeypatch.setattr(chains, "MOST_LED", 1)

        with pytest.raises(chains.ChainFull):
            chains.create(leader=world.lead, name="More", by=world.lia, at=NOON)

    def test_is_written_down(self, world):
        made = chains.create(leader=world.lead, name=" Valves ", by=world.lia, at=NOON)

        assert made.name == "Valves"
        assert AuditEntry.objects.filter(action="chain.create", subject=made.public_id).exists()


class TestMembers:
    def test_are_told_and_tell_the_leader(self, world):
        assert told(world.member) == ["chain_invited"]
        assert told(world.lead) == ["chain_accepted"]

    def test_may_decline(self, world):
        chains.invite(chain=world.chain, member=world.other, by=world.lia, at=NOON)
        chains.decline(chain=world.chain, within=world.other, by=world.ole, at=NOON)

        assert not Chain.objects.visible_to(world.other).exists()
        assert told(world.lead)[-1] == "chain_declined"

    def test_may_come_back(self, world):
        chains.leave(chain=world.chain, within=world.member, by=world.max, at=NOON)
        chains.invite(chain=world.chain, member=world.member, by=world.lia, at=NOON)
        chains.accept(chain=world.chain, within=world.member, by=world.max, at=NOON)

        assert ChainMember.objects.get().status == "ACCEPTED"
        assert Chain.objects.open_to(world.member).exists()

    def test_may_be_taken_out(self, world):
        chains.remove(chain=world.chain, member=world.member, by=world.lia, at=NOON)

        assert told(world.member)[-1] == "chain_removed"
        assert not Chain.objects.visible_to(world.member).exists()

    def test_that_said_no_or_were_taken_out_are_left_in_peace_for_a_week(self, world):
        chains.invite(chain=world.chain, member=world.other, by=world.lia, at=NOON)
        chains.decline(chain=world.chain, within=world.other, by=world.ole, at=NOON)
        chains.remove(chain=world.chain, member=world.member, by=world.lia, at=NOON)
        week = NOON + timedelta(days=7)
        for one in (world.member, world.other):
            with pytest.raises(chains.ChainAskedTooSoon) as refused:
                chains.invite(chain=world.chain, member=one, by=world.lia, at=week - timedelta(seconds=1))
            assert refused.value.facts["day"] == "2026-11-27"
            assert chains.invite(chain=world.chain, member=one, by=world.lia, at=week).status == "INVITED"

    @pytest.mark.parametrize("step", ["accept", "decline"])
    def test_answer_once(self, world, step):
        with pytest.raises(chains.ChainStepRefused):
            getattr(chains, step)(chain=world.chain, within=world.member, by=world.max, at=NOON)

    def test_that_are_none_can_neither_leave_nor_join(self, world):
        for step in (chains.leave, chains.accept):
            with pytest.raises(chains.ChainStepRefused):
                step(chain=world.chain, within=world.other, by=world.ole, at=NOON)

    def test_are_invited_once_and_never_the_leader(self, world):
        for organization in (world.member, world.lead):
            with pytest.raises(chains.ChainStepRefused):
                chains.invite(chain=world.chain, member=organization, by=world.lia, at=NOON)

        assert ChainMember.objects.count() == 1

    def test_are_invited_by_the_leader_alone(self, world):
        for step in (chains.invite, chains.remove):
            with pytest.raises(MissingRight):
                step(chain=world.chain, member=world.member, by=world.max, at=NOON)

    def test_are_bounded(self, world, monkeypatch):
        monkeypatch.setattr(chains, "MOST_MEMBERS", 1)

        with pytest.raises(chains.ChainFull):
            chains.invite(chain=world.chain, member=world.other, by=world.lia, at=NOON)

    def test_that_are_invited_know_of_the_chain_and_see_nothing_of_it(self, world):
        listing = world.closed_listing()
        chains.invite(chain=world.chain, member=world.other, by=world.lia, at=NOON)

        assert Chain.objects.visible_to(world.other).exists()
        assert not listing.is_open_to(world.other)


class TestOpening:
    def test_shows_a_listing_to_the_chain_alone(self, world):
        listing = world.closed_listing()
        seen = [
            one
            for one in (world.lia, world.max, world.ole)
            if listing in Listing.objects.visible_to(one, one.memberships.get().organization)
        ]

        assert seen == [world.lia, world.max]
        assert listing not in Listing.objects.visible_to(AnonymousUser(), None)
        assert listing not in Listing.objects.published()
        assert [listing.is_open_to(one) for one in (world.lead, world.member, world.other)] == [
            True,
            True,
            False,
        ]

    def test_is_read_by_the_organization_that_one_acts_for(self, world):
        listing = world.closed_listing()
        type(world.ole.memberships.get()).objects.create(
            user=world.ole, organization=world.member, role=Role.VIEWER
        )
        seen = [
            one
            for one in (world.member, world.other, None)
            if listing in Listing.objects.visible_to(world.ole, one)
        ]

        assert seen == [world.member]

    def test_ends_when_the_member_leaves(self, world):
        listing = world.closed_listing()
        chains.leave(chain=world.chain, within=world.member, by=world.max, at=NOON)

        assert listing not in Listing.objects.visible_to(world.max, world.member)
        assert not listing.is_open_to(world.member)

    def test_can_be_taken_back(self, world):
        listing = world.closed_listing()
        version = listing.version
        listing = chains.open_listing(listing=listing, chain=None, by=world.lia, at=NOON)
        again = chains.open_listing(listing=listing, chain=None, by=world.lia, at=NOON)

        assert listing in Listing.objects.published()
        assert again.version == version + 1

    def test_is_for_chains_of_ones_own(self, world):
        listing = world.listing()

        with pytest.raises(chains.NotYourChain):
            chains.open_listing(listing=listing, chain=world.chain, by=world.ole, at=NOON)
        with pytest.raises(MissingRight):
            chains.open_listing(listing=listing, chain=None, by=world.lia, at=NOON)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            lambda world: Listing.objects.filter(owner=world.other).update(chain=world.chain),
            lambda world: Chain.objects.update(leader=world.other),
            lambda world: ChainMember.objects.update(member=world.lead),
            lambda world: ChainMember.objects.update(changed_at=None),
        ],
    )
    def test_keeps_leaders_and_members(self, world, change):
        world.listing()

        with pytest.raises(IntegrityError), transaction.atomic():
            change(world)
