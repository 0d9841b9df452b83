"""A plan is accepted by its digest and carried out whole, or nothing happens."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from leasing.actions import annexes, early_ends, leases, orders, plans
from leasing.models import Annex, Lease, PlanAcceptance, PlanAcceptedLease
from leasing.queries import planning as queries
from leasing.rules.leases import Status
from leasing.rules.planning import HOUR, Shift
from leasing.rules.plans import Inputs, Kind
from leasing.rules.proposals import plan
from marketplace.actions import calendar
from marketplace.models import AuditEntry, Claim, Listing
from marketplace.models.parties import Role
from marketplace.permissions import ROLES, MissingRight, Permission
from marketplace.shared.period import Period, local_midnight
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import LATER, NOW, Changes
from tests.leasing.shop import DAY, Shop
from tests.leasing.sublet import BEGUN, Sublet
from tests.leasing.world import ASKED, END, HANDOVER

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


@once.fixture
def shop(world):
    return Shop(world)


def fresh(lease):
    return Lease.objects.select_related("lessor", "lessee", "listing").get(pk=lease.pk)


def nothing_happened():
    return not Lease.objects.exists() and not PlanAcceptance.objects.exists()


class TestPlan:
    def test_proposes_the_machines_that_search_would_find(self, shop):
        shop.put(quantity="60")

        made = shop.plan()

        (one,) = made.proposals
        # two shifts at 0.85 are 13.6 h a day: five days of the week before 9 March, seven at least
        assert (one.kind, one.subject) == (Kind.ADD, shop.world.listing.public_id)
        assert (one.starts, one.ends) == (date(2026, 3, 2), date(2026, 3, 9))
        assert one.usage == {"run_time": Decimal("60.00")}

    def test_sees_the_calendar_with_buffers(self, shop):
        shop.put(quantity="60")
        # 24 hours before and behind are the listing's: 2 to 8 March would need 1 to 9 March
        busy = Period(local_midnight(date(2026, 3, 9), ZONE), local_midnight(date(2026, 3, 20), ZONE))
        for machine in shop.world.machines:
            calendar.block(
                equipment=machine, reason=Claim.Reason.MAINTENANCE, core=busy, by=shop.world.owner, at=ASKED
            )

        (one,) = shop.plan().proposals

        assert one.ends == date(2026, 3, 8)

    def test_counts_what_was_asked_for_until_it_is_decided_or_late(self, shop):
        shop.put(quantity="60")
        asked = shop.world.ask()

        assert shop.plan().proposals == ()
        leases.refuse(lease=asked, reason="No", by=shop.world.owner, at=ASKED)
        assert len(shop.plan().proposals) == 1
        shop.world.ask()
        late = shop.plan(asked.decide_by + timedelta(hours=1))
        assert sum(week.capacity for week in late.loads[0].weeks) == 0

    def test_does_not_count_what_is_sub_let(self, shop):
        shop.put(due_before="2026-03-23", earliest_start="2026-03-12", quantity="30")
        sublet = Sublet(shop.world)
        assert shop.plan(HANDOVER).loads[0].short == 0
        made = sublet.running()

        (load,) = shop.plan(BEGUN).loads

        assert made.status == "RUNNING"
        hours = {week.name: week.capacity for week in load.weeks}
        assert hours["2026-W11"] == 0 < hours["2026-W17"]

    def test_leaves_out_own_and_broken_offers_and_other_kinds(self, shop):
        shop.put(quantity="60")
        Listing.objects.update(count_rules=[])
        assert shop.plan().proposals == ()
        Listing.objects.update(count_rules=shop.world.listing.count_rules, owner=shop.world.lessee)
        assert shop.plan().proposals == ()

    def test_extends_a_lease_up_to_the_next_claim(self, shop):
        world = shop.world
        lease = world.active(
            period=Period(local_midnight(date(2026, 3, 1), ZONE), local_midnight(date(2026, 3, 16), ZONE))
        )
        Listing.objects.update(status="PAUSED")
        shop.put(due_before="2026-03-28", earliest_start="2026-03-16", quantity="200")

        def until():
            (one,) = shop.plan(HANDOVER).proposals
            assert (one.kind, one.subject, one.by_hand) == (Kind.EXTEND, lease.public_id, False)
            return one.ends

        assert until() == date(2026, 3, 28)
        machine = lease.units.get().equipment
        next_ = Period(local_midnight(date(2026, 3, 21), ZONE), local_midnight(date(2026, 3, 22), ZONE))
        calendar.block(
            equipment=machine, reason=Claim.Reason.OWN_USE, core=next_, by=world.owner, at=HANDOVER
        )
        assert until() == date(2026, 3, 20)

    def test_counts_a_machine_from_when_it_comes_until_it_leaves(self, db):
        shop = Shop(worlds.make(machines=3))
        changes = Changes(shop.world)
        shop.put(due_before="2026-04-30", earliest_start="2026-03-20", quantity="400")

        def hours(at):
            (load,) = shop.plan(at).loads
            return sum(week.capacity for week in load.weeks)

        now, later = hours(NOW), hours(LATER)
        pair = (changes.first.public_id, changes.second.public_id)
        annex = changes.agreed("SWAP", swap=[pair], effective_from=LATER)

        # Monday the 16th, two shifts at 0.85, is a whole day with neither machine
        assert now - hours(NOW) == Decimal("13.6") * HOUR
        changes.tick(annex, LATER)
        assert hours(LATER) == later
        third = [changes.third.public_id]
        more = changes.propose("ADD", add=third, at=LATER, effective_from=LATER + 3 * DAY)
        changes.accept(more, at=LATER)
        assert hours(LATER) > later

    def test_counts_nothing_of_what_comes_after_an_end_that_is_asked_for(self, db):
        shop = Shop(worlds.make(machines=3))
        changes = Changes(shop.world)
        shop.put(due_before="2026-04-30", earliest_start="2026-03-20", quantity="400")
        changes.agreed("ADD", add=[changes.third.public_id], effective_from=LATER)
        changes.propose("SHORTEN", ends_at=LATER - DAY, by=shop.world.buyer)

        (load,) = shop.plan(NOW).loads
        assert [week.name for week in load.weeks if week.capacity] == ["2026-W11"]

    def test_does_not_extend_after_a_notice(self, shop, world):
        lease = world.active()
        Listing.objects.update(status="PAUSED")
        shop.put(due_before="2026-05-09", earliest_start="2026-05-01", quantity="60")
        (one,) = shop.plan(NOW).proposals
        assert one.kind == Kind.EXTEND

        early_ends.give_notice(lease=fresh(lease), ends_at=END - 5 * DAY, by=world.buyer, at=NOW)

        assert shop.plan(NOW).proposals == ()


class TestChanges:
    @pytest.fixture
    def lease(self, world):
        return world.active()

    def accept(self, shop, **changes):
        return shop.accept(shop.plan(NOW), at=NOW, **changes)

    def test_an_extension_is_proposed_and_counts_until_it_is_answered(self, shop, world, lease):
        Listing.objects.update(status="PAUSED")
        shop.put(due_before="2026-05-09", earliest_start="2026-05-01", quantity="60")

        (one,) = shop.plan(NOW).proposals
        acceptance = self.accept(shop, note="请延期")

        annex = Annex.objects.get()
        assert (annex.kind, annex.side, annex.note, annex.state) == ("EXTEND", "lessee", "请延期", "PROPOSED")
        assert annex.change.ends_at == local_midnight(one.ends, ZONE)
        assert annex.valid_until == NOW + 7 * DAY
        (made,) = acceptance.changes.all()
        assert (made.annex, made.proposal) == (annex, acceptance.proposals[0]["key"])
        assert str(made) == f"{world.lessee} · 0 · {annex}"
        assert not acceptance.leases.exists()
        assert shop.plan(NOW).proposals == ()
        annexes.decline(annex=annex, by=world.owner, at=NOW)
        assert [one.kind for one in shop.plan(NOW).proposals] == [Kind.EXTEND]

    def test_what_nobody_answered_in_time_is_proposed_again(self, shop, lease):
        Listing.objects.update(status="PAUSED")
        shop.put(due_before="2026-05-09", earliest_start="2026-05-01", quantity="60")
        self.accept(shop)

        assert len(shop.plan(NOW + 7 * DAY).proposals) == 1

    def test_a_return_is_an_earlier_end(self, shop, world, lease):
        shop.put(due_before="2026-03-16", earliest_start="2026-03-11", quantity="10")
        (one,) = shop.plan(NOW).proposals
        assert (one.kind, one.by_hand) == (Kind.RELEASE, False)

        self.accept(shop)

        annex = Annex.objects.get()
        assert annex.kind == "SHORTEN"
        assert annex.change.ends_at == local_midnight(one.starts, ZONE)
        assert annex.valid_until == min(NOW + 7 * DAY, annex.change.ends_at)
        assert shop.plan(NOW).proposals == ()
        annexes.accept(annex=annex, digest=annex.digest, by=world.owner, at=NOW)
        assert fresh(lease).ends_at == local_midnight(one.starts, ZONE)

    def test_all_or_nothing_with_machines_that_are_asked_for(self, shop, world, lease, monkeypatch):
        shop.put(due_before="2026-05-09", earliest_start="2026-05-01", quantity="150")
        made = shop.plan(NOW)
        assert {one.kind for one in made.proposals} == {Kind.EXTEND, Kind.ADD}

        def refused(**given):
            raise leases.ListingNotOffered

        with monkeypatch.context() as patch:
            patch.setattr(leases, "request", refused)
            with pytest.raises(leases.ListingNotOffered):
                self.accept(shop)
        assert not Annex.objects.exists()
        acceptance = self.accept(shop)
        assert (acceptance.changes.count(), acceptance.leases.count()) == (1, 1)

    def test_is_for_those_who_may_change_leases(self, shop, world, lease, monkeypatch):
        Listing.objects.update(status="PAUSED")
        shop.put(due_before="2026-05-09", earliest_start="2026-05-01", quantity="60")
        monkeypatch.setitem(ROLES, Role.OPERATOR, ROLES[Role.OPERATOR] - {Permission.LEASE_END})

        with pytest.raises(MissingRight):
            self.accept(shop)
        assert not PlanAcceptance.objects.exists()

    @pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    def test_what_was_proposed_stays(self, shop, lease, change):
        Listing.objects.update(status="PAUSED")
        shop.put(due_before="2026-05-09", earliest_start="2026-05-01", quantity="60")
        self.accept(shop)

        with pytest.raises(Exception) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format("leasing_planacceptedannex"))
        assert "append-only" in str(refused.value) or "rewrite" in str(refused.value)


class TestAccept:
    def test_asks_for_the_machines_and_records_what_it_followed_from(self, shop, world):
        shop.put(quantity="120")
        made = shop.plan()
        assert len(made.proposals) == 2

        acceptance = shop.accept(made, note="请尽快")

        found = list(Lease.objects.order_by("pk"))
        assert [(one.status, one.lessee, one.note) for one in found] == [
            (Status.REQUESTED, world.lessee, "请尽快")
        ] * 2
        assert sum(one.usage_expected["run_time"] for one in found) == Decimal("120.00")
        assert [one.lease for one in acceptance.leases.all()] == found
        assert {one.proposal for one in acceptance.leases.all()} == {one.key for one in made.proposals}
        assert (acceptance.accepted_by, acceptance.turn) == (world.buyer.public_id, 0)
        assert plan(Inputs.parse(acceptance.inputs)) == made
        assert acceptance.proposals[0]["cost_minor"] == made.proposals[0].cost.minor
        assert AuditEntry.objects.get(action="plan.accept").subject == acceptance.public_id
        assert (str(acceptance), str(acceptance.leases.first())) == (
            f"{world.lessee} · 0",
            f"{world.lessee} · 0 · {found[0]}",
        )
        assert shop.plan().proposals == ()

    def test_takes_some_of_it(self, shop):
        shop.put(quantity="120")
        made = shop.plan()

        shop.accept(made, keys=[made.proposals[1].key])

        assert Lease.objects.count() == 1
        assert len(shop.plan().proposals) == 1

    def test_is_done_once(self, shop):
        shop.put(quantity="60")
        made = shop.plan()
        shop.accept(made)

        with pytest.raises(plans.PlanAccepted) as refused:
            shop.accept(made)

        assert refused.value.facts == {"who": "buyer"}
        assert Lease.objects.count() == 1

    def test_can_be_done_again_when_the_lessor_refused(self, shop):
        shop.put(quantity="60")
        shop.accept(shop.plan())
        leases.refuse(lease=Lease.objects.get(), reason="No", by=shop.world.owner, at=ASKED)

        shop.accept(shop.plan())

        assert list(PlanAcceptance.objects.order_by("pk").values_list("turn", flat=True)) == [0, 1]

    def test_refuses_a_plan_that_is_no_longer_so(self, shop, world):
        shop.put(quantity="60")
        changes = [
            lambda: shop.put("A-2", quantity="1"),
            lambda: Listing.objects.update(minimum_days=8),
            lambda: Listing.objects.update(price_plan=world.listing.price_plan | {"cap": {"amount": "9.00"}}),
            lambda: orders.set_up(
                organization=world.lessee,
                shift=Shift.ONE,
                availability=Decimal(1),
                weeks=4,
                by=world.buyer,
                at=ASKED,
            ),
        ]
        for change in changes:
            made = shop.plan()
            change()
            with pytest.raises(plans.PlanStale):
                shop.accept(made)
        made = shop.plan()
        with pytest.raises(plans.PlanStale):
            shop.accept(made, at=ASKED + DAY)

        assert nothing_happened()

    def test_refuses_what_the_plan_does_not_propose(self, shop):
        shop.put(quantity="60")
        made = shop.plan()
        key = made.proposals[0].key

        for keys in ([], ["add:lst_1:2026-03-02:2026-03-09:0"], [key, key]):
            with pytest.raises(plans.ProposalUnknown):
                shop.accept(made, keys=keys)

        assert nothing_happened()

    def test_refuses_what_is_done_by_hand(self, shop):
        shop.put(quantity="60")
        changed = {"template": "default_rights", "version": 1, "changes": [{"x": 1}]}
        terms = queries.terms_of(shop.world.listing)
        object.__setattr__(terms, "data_terms", changed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queries, "terms_of", lambda listing: terms)
            made = shop.plan()
            with pytest.raises(plans.ProposalByHand) as refused:
                shop.accept(made)

        assert refused.value.facts == {"name": shop.world.listing.title}
        assert nothing_happened()

    def test_does_nothing_if_one_of_it_cannot_be_done(self, shop, monkeypatch):
        shop.put(quantity="120")
        made, asked, request = shop.plan(), [], leases.request

        def second_fails(**given):
            asked.append(given)
            if len(asked) > 1:
                raise leases.ListingNotOffered
            return request(**given)

        monkeypatch.setattr(leases, "request", second_fails)
        with pytest.raises(leases.ListingNotOffered):
            shop.accept(made)

        assert nothing_happened()

    def test_is_for_those_who_may_request_leases(self, shop, world):
        shop.put(quantity="60")
        made = shop.plan()

        for person in (world.guest, world.owner):
            with pytest.raises(MissingRight):
                shop.accept(made, by=person)
        assert nothing_happened()

    @pytest.mark.parametrize("table", ["leasing_planacceptance", "leasing_planacceptedlease"])
    @pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    def test_what_was_accepted_stays(self, shop, table, change):
        shop.put(quantity="60")
        shop.accept(shop.plan())

        with pytest.raises(Exception) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table))

        assert "append-only" in str(refused.value) or "rewrite" in str(refused.value)
        assert PlanAcceptedLease.objects.count() == 1
