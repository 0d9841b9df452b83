"""The day of owner and lessee: over REST and as a page, each thing once and where it belongs."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from leasing.actions import contracts, deposits, handovers, offers
from leasing.models import Deposit, DepositOrder, Lease
from leasing.queries.day import day_of
from leasing.rules.day import SHOWN, Group, Lack
from leasing.rules.leases import Side
from marketplace.actions import api_keys
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.factories.leasing import read_notice, recorded, secure
from tests.leasing.lateness import LATE, Late
from tests.leasing.tickets import FIXED, Desk
from tests.leasing.world import DECIDED, END, HANDOVER, START, person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OURS, THEIRS = Side.LESSOR, Side.LESSEE


def named(organization, at):
    """Return the groups of a day with the numbers of their leases."""
    return {
        (side.value, group.value): [entry.lease.number for entry in found]
        for (side, group), found in day_of(organization, at).items()
    }


def pages(user):
    made = Client(headers={"accept-language": "zh-hans"})
    made.force_login(user)
    return made


class TestDeciding:
    def test_a_request_is_the_owners_and_a_quote_the_lessees(self, world):
        asked, quoted, countered = world.ask(), world.quoted(), world.countered()
        assert named(world.lessor, DECIDED) == {("lessor", "decide"): [asked.number, countered.number]}
        assert named(world.lessee, DECIDED) == {("lessee", "decide"): [quoted.number]}
        assert named(world.stranger, DECIDED) == {}

    def test_what_waits_for_an_approval_is_the_owners(self, world):
        lease = world.accepted()
        Lease.objects.filter(pk=lease.pk).update(status="ACCEPTED")
        assert named(world.lessor, DECIDED) == {("lessor", "decide"): [lease.number]}
        assert named(world.lessee, DECIDED) == {}

    def test_a_contract_waits_for_whoever_has_not_signed(self, world):
        lease = world.ask(period=Period(START, START + 200 * DAY))
        lease = offers.accept(lease=lease, by=world.owner, at=DECIDED)
        assert lease.status == "APPROVED"
        assert named(world.lessor, DECIDED) == {("lessor", "decide"): [lease.number]}
        assert named(world.lessee, DECIDED) == {("lessee", "decide"): [lease.number]}
        digest = lease.contract.digest
        contracts.sign(
            lease=lease, within=world.lessor, digest=digest, mandate="OFFICE", by=world.owner, at=DECIDED
        )
        assert named(world.lessor, DECIDED) == {}
        assert named(world.lessee, DECIDED) == {("lessee", "decide"): [lease.number]}


class TestHandingOver:
    def test_a_hand_over_of_the_next_seven_days_says_what_it_lacks(self, world):
        lease = world.accepted()
        soon = START - 7 * DAY
        assert named(world.lessor, soon - timedelta(seconds=1)) == {}

        (entry,) = day_of(world.lessor, soon)[OURS, Group.BEGINNING]
        assert (entry.lacks, entry.when, entry.total) == ((Lack.DEPOSIT, Lack.NOTICE), START, 1)
        (theirs,) = day_of(world.lessee, soon)[THEIRS, Group.BEGINNING]
        assert theirs.lacks == entry.lacks

        read_notice(lease, by=world.buyer, at=soon)
        secure(lease, by=world.owner, at=soon)
        (entry,) = day_of(world.lessor, soon)[OURS, Group.BEGINNING]
        assert entry.lacks == ()

    def test_the_record_waits_for_the_lessee_until_it_answers(self, world):
        lease = world.ready()
        secure(lease, by=world.owner, at=DECIDED)
        (record,) = recorded(lease, by=world.owner, at=HANDOVER)
        assert ("lessee", "records") in named(world.lessee, HANDOVER)
        assert ("lessor", "records") not in named(world.lessor, HANDOVER)

        handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER)

        assert ("lessee", "records") not in named(world.lessee, HANDOVER)


class TestComingBack:
    def test_ends_of_the_next_seven_days_stand_on_both_sides(self, world):
        lease = world.active()
        assert named(world.lessor, END - 7 * DAY - timedelta(seconds=1)) == {}
        assert named(world.lessor, END - 7 * DAY) == {("lessor", "ending"): [lease.number]}
        assert named(world.lessee, END - 7 * DAY) == {("lessee", "ending"): [lease.number]}

    def test_a_late_machine_and_what_it_puts_at_risk(self, world):
        late = Late(world)
        late.tick()
        first, following = late.first.number, late.next.number
        ours = named(world.lessor, LATE)
        assert ours["lessor", "late"] == [first]
        assert ours["lessor", "at_risk"] == [following]
        assert named(world.lessee, LATE) == {("lessee", "late"): [first]}
        assert named(world.stranger, LATE)["lessee", "at_risk"] == [following]

    def test_deposits_of_what_is_over_and_orders_that_wait(self, world):
        late = Late(world)
        number = late.first.number
        assert named(world.lessor, LATE)["lessor", "deposits"] == [number]
        deposit = Deposit.objects.get(lease=late.first)
        deposits.order(
            deposit=deposit, amount_minor=deposit.held_minor, reason="back", by=world.owner, at=LATE
        )
        (entry,) = day_of(world.lessor, LATE)[OURS, Group.DEPOSITS]
        assert entry.subject.is_ordered
        chief = person("chief", world.lessor, Role.ADMIN)
        deposits.approve(order=DepositOrder.objects.get(), by=chief, at=LATE)
        assert (OURS, Group.DEPOSITS) not in day_of(world.lessor, LATE)


class TestTickets:
    def test_a_fault_is_the_owners_until_it_is_repaired_then_the_lessees(self, world):
        desk = Desk(world)
        ticket = desk.report()
        at = ticket.reported_at
        assert ("lessor", "tickets") in named(world.lessor, at)
        assert ("lessee", "tickets") not in named(world.lessee, at)
        desk.act("solve", ticket, world.lessor, FIXED, text="换了驱动器")
        assert ("lessor", "tickets") not in named(world.lessor, at)
        assert ("lessee", "tickets") in named(world.lessee, at)

    def test_who_bears_it_waits_for_the_side_that_answers(self, world):
        desk = Desk(world)
        ticket = desk.proposed()
        asked = [side for side in (world.lessor, world.lessee) if side != ticket.proposed_by]
        for side in (world.lessor, world.lessee):
            waits = any(group == "tickets" for _side, group in named(side, ticket.reported_at))
            assert waits is (side in asked)


class TestInterfaces:
    @pytest.fixture
    def late(self, world):
        made = Late(world)
        made.tick()
        with patch.object(timezone, "now", return_value=LATE):
            yield made

    def test_rest_says_the_groups_with_counts_and_ids(self, world, late):
        client = APIClient()
        client.force_login(world.owner)
        groups = {(one["side"], one["group"]): one for one in client.get("/api/v1/today/").json()["groups"]}
        row = groups["lessor", "late"]
        assert (row["count"], row["items"][0]["number"]) == (1, late.first.number)
        assert row["items"][0]["subject"].startswith("ovd_")
        assert groups["lessor", "beginning"]["items"][0]["missing"] == ["deposit", "notice"]

    def test_a_key_needs_the_scope(self, world, late):
        chief = person("chief", world.lessor, Role.ADMIN)
        given = {"organization": world.lessor, "by": chief, "at": LATE}
        _key, blind = api_keys.create(name="a", scopes=["devices:read"], **given)
        _key, reads = api_keys.create(name="b", scopes=["leases:read"], **given)
        codes = [
            APIClient().get("/api/v1/today/", headers={"authorization": f"Bearer {text}"}).status_code
            for text in (blind, reads)
        ]
        assert codes == [403, 200]

    def test_the_page_leads_to_each_next_step(self, world, late):
        page = pages(world.owner).get("/today/").content.decode()
        for said in (
            "逾期或有风险",
            "待交出",
            "待退还的押金",
            "缺少",
            late.first.number,
            late.next.number,
        ):
            assert said in page
        assert f'href="/leases/{late.first.public_id}/"' in page
        assert f'href="/leases/{late.next.public_id}/risks/"' in page
        theirs = pages(world.outsider).get("/today/").content.decode()
        assert "待到场" in theirs
        assert late.first.number not in theirs

    def test_a_complete_hand_over_leads_to_its_record(self, world, late):
        read_notice(late.next, by=world.outsider, at=LATE)
        secure(late.next, by=world.owner, at=LATE)
        page = pages(world.owner).get("/today/").content.decode()
        assert "已齐备" in page
        assert f'href="/leases/{late.next.public_id}/hand-over/"' in page

    def test_tickets_and_records_lead_to_themselves(self, world):
        desk = Desk(world)
        ticket = desk.report()
        other = world.ready(period=Period(END + 10 * DAY, END + 30 * DAY))
        secure(other, by=world.owner, at=DECIDED)
        with patch.object(timezone, "now", return_value=END + 11 * DAY):
            recorded(other, by=world.owner, at=END + 11 * DAY)
            page = pages(world.owner).get("/today/").content.decode()
            assert f'href="/tickets/{ticket.public_id}/"' in page
            theirs = pages(world.buyer).get("/today/").content.decode()
            record = other.condition_records.get()
            assert f'href="/records/{record.public_id}/"' in theirs

    def test_a_day_without_anything_says_so_and_the_navigation_leads_there(self, world):
        page = pages(world.outsider).get("/today/").content.decode()
        assert "暂无待办" in page
        assert '<a href="/today/" aria-current="page">今日</a>' in page
        assert '<a href="/conversations/">留言</a>' in page

    def test_a_full_day_is_counted_whole_shown_in_part_and_costs_no_more(self, world):
        for _ in range(SHOWN + 3):
            world.ask()
        client = pages(world.owner)
        cache.clear()
        with patch.object(timezone, "now", return_value=DECIDED), CaptureQueriesContext(connection) as made:
            page = client.get("/today/").content.decode()
        assert len(made) <= 12
        assert f">{SHOWN + 3}<" in page
        assert "另有 3 项" in page
        found = day_of(world.lessor, DECIDED)[OURS, Group.DECIDE]
        assert (len(found), found[0].total) == (SHOWN, SHOWN + 3)
