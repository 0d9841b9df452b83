"""Maintenance: counted by what the machine says, opened once, given a free time, never against a lease."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import Error
from django.test.utils import CaptureQueriesContext

from devices.ownership.models import AccessEvent
from leasing.actions import leases, maintenance
from leasing.actions.maintenance import MaintenanceInvalid, NotCounted, Wanted
from leasing.actions.maintenance_times import MaintenanceOver, NothingToAgree
from leasing.models import Lease, MaintenanceMeter, MaintenanceRule, MaintenanceTicket
from leasing.queries.maintenance import counter_of, last_done, machines_of, read_until, standing
from leasing.rules.maintenance import Basis, Rhythm, Who
from marketplace.actions import calendar
from marketplace.actions.claims import MachineBusy
from marketplace.models import Claim, Listing, Notification
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import hand_over
from tests.leasing.maintenance import DAY, HOUR, MADE, Workshop
from tests.leasing.tickets import local
from tests.leasing.world import END, HANDOVER

pytestmark = pytest.mark.django_db
MORNING = local("2026-02-22T08:00")


shop = once.fixture(lambda world: Workshop(world))


def near(shop, **more):
    """Return a ticket that is near: 470 of 500 hours, ten of them told by the machine."""
    rule = shop.rule(already=Decimal(460), **more)
    shop.ran(MADE + HOUR, 10)
    return shop.look(rule, local("2026-02-20T09:00"))


class TestCounting:
    def test_goes_on_where_it_ended_and_is_in_the_log(self, shop):
        rule = shop.rule()
        shop.ran(MADE + HOUR, 10)
        shop.look(rule, MADE + DAY)
        shop.look(rule, MADE + DAY)
        shop.ran(MADE + 2 * DAY, 5)
        shop.look(rule, MADE + 3 * DAY)

        assert counter_of(rule, shop.machine) == 15
        assert read_until(rule, shop.machine) == MADE + 3 * DAY
        assert standing(rule, shop.machine, MADE + 3 * DAY).used == 15
        events = AccessEvent.objects.filter(reference=rule.public_id)
        assert {(one.purpose, one.outcome) for one in events} == {("meter_of_record", "PERMIT")}
        assert events.count() == 2

    def test_takes_a_run_over_two_looks_as_one(self, shop):
        rule = shop.rule()
        shop.ran(MADE + HOUR, 30)
        shop.look(rule, MADE + DAY)
        assert counter_of(rule, shop.machine) == 0
        shop.look(rule, MADE + 2 * DAY)

        assert counter_of(rule, shop.machine) == 30

    def test_leaves_out_what_was_before_the_rule(self, shop):
        shop.ran(MADE - DAY, 10)
        rule = shop.rule()
        shop.look(rule, MADE + DAY)

        assert counter_of(rule, shop.machine) == 0

    def test_of_cycles_counts_cycles(self, shop, world):
        counted = {"version": 1, "meter": "cycles", "channel": "execution", "states": ["ACTIVE"]}
        Listing.objects.update(count_rules=[counted])
        rule = shop.rule(Basis.CYCLES, 1000, 10)
        for day in range(3):
            shop.ran(MADE + day * DAY + HOUR, 2)
        shop.look(rule, MADE + 4 * DAY)

        assert counter_of(rule, shop.machine) == 3

    def test_has_the_pace_of_one_to_two_weeks(self, shop):
        rule = shop.rule()
        for day in range(20):
            shop.ran(MADE + day * DAY, 2 if day < 10 else 12)
            shop.look(rule, MADE + day * DAY + 23 * HOUR)

        found = standing(rule, shop.machine, MADE + 20 * DAY)
        assert found.used == 140
        assert MaintenanceMeter.objects.get().pace > 8
        assert found.due_at < MADE + 65 * DAY

    def test_begins_anew_when_the_count_rule_changes(self, shop):
        rule = shop.rule()
        shop.ran(MADE + HOUR, 10)
        shop.look(rule, MADE + DAY)
        changed = {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE", "STOPPED"]}
        Listing.objects.update(count_rules=[changed])
        shop.ran(MADE + 2 * DAY, 5)
        shop.look(rule, MADE + 3 * DAY)

        assert counter_of(rule, shop.machine) == 15

    def test_of_a_machine_that_says_nothing_is_unknown(self, shop, world):
        rule = shop.rule(equipment=world.machines[1])

        assert counter_of(rule, world.machines[1]) is None
        assert read_until(rule, world.machines[1]) is None
        assert standing(rule, world.machines[1], MADE).used == 0


class TestARule:
    def test_needs_the_owner_and_its_machine(self, shop, world):
        for by in (world.watcher, world.buyer):
            wanted = Wanted("Oil", Rhythm(Basis.DAYS, Decimal(90), Decimal(7)), 60, shop.machine)
            with pytest.raises(MissingRight):
                maintenance.make_rule(wanted=wanted, within=world.lessor, by=by, at=MADE)
        with pytest.raises(MissingRight):
            maintenance.make_rule(wanted=wanted, within=world.lessee, by=world.buyer, at=MADE)
        with pytest.raises(MaintenanceInvalid):
            shop.rule(interval=0)
        assert not MaintenanceRule.objects.exists()

    def test_by_hours_needs_a_count_rule(self, shop, world):
        Listing.objects.update(count_rules=[])
        with pytest.raises(NotCounted):
            shop.rule()
        shop.machine.listing_unit.delete()
        with pytest.raises(NotCounted):
            shop.rule()

    def test_for_a_category_holds_for_each_machine(self, shop, world):
        rule = shop.rule(Basis.DAYS, 10, 2, equipment=None, category=world.listing.category)

        assert list(machines_of(rule)) == world.machines
        assert list(MaintenanceRule.objects.about(world.machines[1])) == [rule]
        given = {"by": world.clock, "at": MADE + 8 * DAY}
        made = [maintenance.attend(rule=rule, equipment=one, **given) for one in world.machines]
        assert [one.number for one in made] == [1, 1]

    def test_that_is_retired_withdraws_what_is_open(self, shop, world):
        made = near(shop)
        rule = maintenance.retire_rule(rule=made.rule, by=world.owner, at=MADE + 30 * DAY)
        maintenance.retire_rule(rule=rule, by=world.owner, at=MADE + 31 * DAY)

        assert rule.retired_at == MADE + 30 * DAY
        assert shop.look(rule, MADE + 32 * DAY) is None
        made.refresh_from_db()
        assert made.status == "WITHDRAWN"
        assert not Claim.objects.active().exists()
        assert shop.look(rule, MADE + 33 * DAY) is None
        with pytest.raises(MissingRight):
            maintenance.retire_rule(rule=rule, by=world.buyer, at=MADE)

    def test_is_retired_in_the_same_few_queries_however_many_machines_it_has(self, shop, world):
        def retired(machines):
            category = world.listing.category
            rule = shop.rule(Basis.DAYS, 10, 2, equipment=None, category=category)
            for one in machines:
                maintenance.attend(rule=rule, equipment=one, by=world.clock, at=MADE + 8 * DAY)
            with CaptureQueriesContext(connection) as made:
                maintenance.retire_rule(rule=rule, by=world.owner, at=MADE + 9 * DAY)
            assert not [one for one in made if "marketplace_equipment" in one["sql"]]
            return len(made)

        retired([])
        assert retired(world.machines[:1]) == retired(world.machines)


class TestWhenItComesNear:
    def test_a_ticket_opens_with_the_next_free_time(self, shop, world):
        rule = shop.rule(already=Decimal(449))
        shop.ran(MADE + HOUR, 10)
        assert shop.look(rule, MADE + 12 * HOUR) is None
        shop.ran(MADE + DAY, 1)
        made = shop.look(rule, local("2026-02-20T09:00"))

        assert (made.status, made.number, made.cause) == ("PLANNED", 1, "PLANNED")
        assert (made.claim.reason, made.claim.reference) == ("MAINTENANCE", made.public_id)
        assert made.time == Period(MORNING, MORNING + 4 * HOUR)
        told = Notification.objects.get(kind="maintenance_planned")
        assert (told.organization, told.link) == (world.lessor, f"/maintenance/{made.public_id}/")

    def test_a_second_look_opens_nothing(self, shop):
        made = near(shop)

        assert shop.look(made.rule, local("2026-02-20T10:00")) == made
        assert MaintenanceTicket.objects.count() == 1
        assert Notification.objects.filter(kind="maintenance_planned").count() == 1

    def test_what_stands_in_the_way_is_gone_round(self, shop, world):
        core = Period(MORNING - HOUR, MORNING + 2 * HOUR)
        calendar.block(equipment=shop.machine, reason="OWN_USE", core=core, by=world.owner, at=MADE)

        assert near(shop).time.start == MORNING + 2 * HOUR

    def test_only_the_clock_opens(self, shop, world):
        with pytest.raises(MissingRight):
            maintenance.attend(rule=shop.rule(), equipment=shop.machine, by=world.owner, at=MADE)

    def test_a_machine_that_is_never_free_waits_and_its_owner_is_told_once(self, shop, world):
        core = Period(MADE, None)
        block = calendar.block(equipment=shop.machine, reason="OWN_USE", core=core, by=world.owner, at=MADE)
        made = near(shop)
        shop.look(made.rule, local("2026-02-20T10:00"))

        assert (made.status, made.time) == ("OPEN", None)
        assert Notification.objects.filter(kind="maintenance_waits").count() == 1
        calendar.lift(claim=block, by=world.owner, at=MADE + 30 * DAY)
        assert shop.look(made.rule, MADE + 30 * DAY).status == "PLANNED"

    def test_a_claim_that_was_lifted_is_made_anew(self, shop, world):
        made = near(shop)
        at = local("2026-02-20T10:00")
        calendar.lift(claim=made.claim, by=world.owner, at=at)

        again = shop.look(made.rule, at + HOUR)

        assert (again.status, again.time) == ("PLANNED", Period(MORNING, MORNING + 4 * HOUR))
        assert Claim.objects.active().get() == again.claim

    def test_the_owner_moves_it_here_or_in_the_calendar(self, shop, world):
        made = near(shop)
        at = local("2026-02-20T10:00")
        moved = shop.propose(made, world.lessor, at, starts_at=MORNING + DAY)
        assert moved.time.start == MORNING + DAY
        core = Period(MORNING + 2 * DAY, MORNING + 2 * DAY + HOUR)
        calendar.reschedule(claim=moved.claim, core=core, by=world.owner, at=at)
        assert MaintenanceTicket.objects.get().time == core
        calendar.lift(claim=Claim.objects.get(), by=world.owner, at=at)
        assert MaintenanceTicket.objects.get().time is None
        assert shop.propose(made, world.lessor, at, starts_at=MORNING).time.start == MORNING
        block = Period(MORNING + DAY, MORNING + 2 * DAY)
        calendar.block(equipment=shop.machine, reason="OWN_USE", core=block, by=world.owner, at=at)
        with pytest.raises(MachineBusy):
            shop.propose(made, world.lessor, at, starts_at=MORNING + DAY)
        with pytest.raises(MaintenanceInvalid):
            shop.propose(made, world.lessor, at, starts_at=at)


class TestWhileItIsLeased:
    @pytest.fixture
    def leased(self, shop, world):
        """Return a ticket that comes near in a lease of March and April."""
        shop.lease = world.active()
        rule = shop.rule(already=Decimal(485))
        shop.ran(HANDOVER + HOUR, 10)
        return shop.look(rule, local("2026-03-05T10:00"))

    def test_a_time_is_proposed_to_both_and_nothing_is_claimed(self, shop, world, leased):
        assert (leased.status, leased.lease, leased.claim) == ("PROPOSED", shop.lease, None)
        assert leased.time.start == local("2026-03-07T08:00")
        told = Notification.objects.filter(kind="maintenance_proposed")
        assert {one.organization for one in told} == {world.lessor, world.lessee}
        assert Claim.objects.active().get().reason == "LEASE"
        assert Lease.objects.get(pk=shop.lease.pk).status == "ACTIVE"

    def test_they_agree(self, shop, world, leased):
        at = local("2026-03-05T11:00")
        with pytest.raises(NothingToAgree):
            shop.agree(leased, world.lessor, at)
        other = shop.propose(leased, world.lessee, at, starts_at=local("2026-03-09T18:00"))
        assert other.proposer == world.lessee
        with pytest.raises(NothingToAgree):
            shop.agree(leased, world.lessee, at)
        made = shop.agree(leased, world.lessor, at)

        assert (made.status, made.time.start) == ("AGREED", local("2026-03-09T18:00"))
        assert Notification.objects.get(kind="maintenance_agreed").organization == world.lessee

    def test_others_have_no_word(self, shop, world, leased):
        at = local("2026-03-05T11:00")
        for who, by in ((world.stranger, None), (world.lessee, world.guest), (world.lessor, world.watcher)):
            with pytest.raises(MissingRight):
                shop.agree(leased, who, at, by=by)
            with pytest.raises(MissingRight):
                shop.propose(leased, who, at, starts_at=at + DAY, by=by)
            with pytest.raises(MissingRight):
                shop.done(leased, who, at, by=by)

    def test_the_end_of_the_lease_gives_it_a_time_of_its_own(self, shop, world, leased):
        ended = local("2026-03-06T10:00")
        leases.end(lease=shop.lease, by=world.owner, at=ended)
        with pytest.raises(MissingRight):
            shop.propose(leased, world.lessee, ended + HOUR, starts_at=ended + DAY)
        made = shop.look(leased.rule, ended + HOUR)

        assert (made.status, made.lease) == ("PLANNED", None)
        assert made.time.start >= ended + DAY

    def test_what_can_wait_until_the_lease_is_over_is_planned_then(self, shop, world):
        world.active()
        rule = shop.rule(Basis.DAYS, 91, 80)  # due on 3 May, after the lease
        made = shop.look(rule, local("2026-03-05T10:00"))

        assert (made.status, made.time.start >= END) == ("PLANNED", True)

    def test_what_was_planned_behind_a_lease_to_come_is_proposed_once_that_has_begun(self, shop, world):
        lease = world.accepted()
        made = shop.look(shop.rule(Basis.DAYS, 30, 5), local("2026-02-28T09:00"))  # due on 3 March
        assert (made.status, made.time.start >= END) == ("PLANNED", True)
        assert shop.look(made.rule, local("2026-02-28T10:00")).claim == made.claim
        hand_over(lease, owner=world.owner, buyer=world.buyer, at=HANDOVER)

        again = shop.look(made.rule, HANDOVER + HOUR)

        assert (again.status, again.lease, again.claim) == ("PROPOSED", lease, None)
        assert again.time.start == local("2026-03-03T08:00")
        assert Claim.objects.active().get().reason == "LEASE"
        assert shop.look(made.rule, HANDOVER + 2 * HOUR).version == again.version

    def test_what_began_before_the_lease_stays_as_it_was(self, shop, world):
        made = shop.look(shop.rule(Basis.DAYS, 20, 5), local("2026-02-21T09:00"))  # due on 21 February
        assert made.time.start == local("2026-02-23T08:00")
        world.active()

        assert shop.look(made.rule, HANDOVER + HOUR).version == made.version


class TestDone:
    def test_the_next_is_counted_from_there(self, shop, world):
        first = near(shop)
        at = local("2026-02-22T11:00")
        made = shop.done(first, world.lessor, at, note=" 换油 20 L ")

        assert (made.status, made.counter, made.note, made.done_by) == ("DONE", 10, "换油 20 L", "owner")
        assert Claim.objects.get().core.upper == at
        assert last_done(made.rule, shop.machine) == (at, 10)
        assert standing(made.rule, shop.machine, at).used == 0
        shop.ran(at + HOUR, 459)
        assert shop.look(made.rule, at + 470 * HOUR) is None
        shop.ran(at + 470 * HOUR, 2)
        assert shop.look(made.rule, at + 480 * HOUR).number == 2

    def test_before_its_time_gives_all_of_it_back(self, shop, world):
        made = shop.done(near(shop), world.lessor, local("2026-02-21T11:00"))

        assert not made.claim.active

    def test_of_a_calendar_counts_the_days_from_there(self, shop, world):
        rule = shop.rule(Basis.DAYS, 30, 5)
        made = shop.look(rule, MADE + 26 * DAY)
        shop.done(made, world.lessor, MADE + 40 * DAY)

        assert standing(rule, shop.machine, MADE + 41 * DAY).due_at == MADE + 70 * DAY
        assert shop.look(rule, MADE + 64 * DAY) is None
        assert shop.look(rule, MADE + 65 * DAY).number == 2

    def test_by_the_lessee_where_the_rule_says_so(self, shop, world):
        world.active()
        at = local("2026-03-05T10:00")
        mine, theirs = shop.rule(Basis.DAYS, 30, 5), shop.rule(Basis.DAYS, 30, 5, who=Who.LESSEE)

        with pytest.raises(MissingRight):
            shop.done(shop.look(mine, at), world.lessee, at)
        assert shop.done(shop.look(theirs, at), world.lessee, at).done_by == "buyer"
        assert Notification.objects.get(kind="maintenance_done").organization == world.lessor

    def test_refuses_a_moment_to_come_and_a_second_time(self, shop, world):
        made, at = near(shop), local("2026-02-21T11:00")
        with pytest.raises(MaintenanceInvalid):
            shop.done(made, world.lessor, at, done_at=at + HOUR)
        shop.done(made, world.lessor, at)
        for again in (shop.done, shop.agree):
            with pytest.raises(MaintenanceOver):
                again(made, world.lessor, at)

    def test_stays_as_it_was_recorded(self, shop, world):
        made = shop.done(near(shop), world.lessor, local("2026-02-21T11:00"))

        for statement in ("UPDATE {} SET note = 'x'", "DELETE FROM {}"):
            with pytest.raises(Error, match="stays as"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format("leasing_maintenanceticket"))
        assert timedelta(0) < made.done_at - made.opened_at
