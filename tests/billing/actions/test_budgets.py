"""Budgets are set by one side, looked at by the clock, and told once."""

from copy import copy
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from billing.actions import budgets, invoices, metering
from billing.models import Budget, BudgetCrossing, Invoice
from billing.queries import budgets as queries
from billing.queries import budgets_to_watch, figures_of, running_cost
from billing.rules.budgets import Wanted
from leasing.actions import leases
from leasing.models import Lease
from leasing.rules.leases import Side
from marketplace.models import AuditEntry, Membership, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.pricing.lines import UsageNotRateable
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DAY_AFTER = world.midnight("2026-10-21")


def count(scene, *counts, start=1):
    """Let the machine count parts, and meter it."""
    rows = [
        (number, NINE + timedelta(minutes=number), "ppartcount", parts)
        for number, parts in enumerate(counts, start)
    ]
    scene.say(*rows)
    metering.meter_unit(unit=scene.unit, at=NINE + timedelta(minutes=start + len(counts)), by=scene.clock)


def set_up(scene, wanted, *, lease=True, at=NINE, **given):
    who = {"organization": scene.lessee, "by": scene.buyer, "side": None} | given
    found = Lease.objects.get(pk=scene.lease.pk) if lease else None
    return budgets.set_up(lease=found, wanted=wanted, at=at, **who)


def look(scene, budget, at=DAY_AFTER):
    return budgets.look(budget=budget, by=scene.clock, at=at)


def cost(scene, at=DAY_AFTER):
    return running_cost(Lease.objects.get(pk=scene.lease.pk), at).net.minor


def beside_one_that_cannot_be_rated(monkeypatch):
    """Put a lease that the rule refuses before each lease of a side."""
    leases_of, cost_of = queries.leases_of_month, queries.running_cost

    def with_broken(budget, month):
        for lease, period in leases_of(budget, month):
            broken = copy(lease)
            broken.public_id, broken.number = "lea_broken", "L-BROKEN"
            yield from ((broken, period), (lease, period))

    def refusing(lease, at):
        if lease.public_id == "lea_broken":
            raise UsageNotRateable(meter="parts")
        return cost_of(lease, at)

    monkeypatch.setattr(queries, "leases_of_month", with_broken)
    monkeypatch.setattr(queries, "running_cost", refusing)


class TestSettingOne:
    def test_keeps_of_what_the_side_wants_to_be_told(self, by_part):
        wanted = Wanted(100_000, (100, 50), {"parts": Decimal("90.5")}, idle_days=3)

        made = set_up(by_part, wanted)

        assert made.wanted == Wanted(100_000, (50, 100), {"parts": Decimal("90.5")}, idle_days=3)
        assert (made.side, made.version) == (Side.LESSEE, 1)
        assert AuditEntry.objects.filter(action="budget.set", subject=made.public_id).count() == 1

    def test_needs_the_right_to_read_invoices(self, by_part):
        with pytest.raises(MissingRight):
            set_up(by_part, Wanted(1), by=factory.member(by_part.lessee, Role.VIEWER))

        assert not Budget.objects.exists()

    def test_of_a_lease_is_for_its_sides_alone(self, by_part):
        with pytest.raises(budgets.BudgetNotOfASide):
            set_up(by_part, Wanted(1), organization=by_part.platform, by=by_part.finance)

        assert not Budget.objects.exists()

    def test_says_every_fault_at_its_field(self, by_part):
        with pytest.raises(budgets.BudgetInvalid) as refused:
            set_up(by_part, Wanted(0, (), at_cap=True))

        assert [one.pointer for one in refused.value.flaws] == ["/amount_minor", "/percents", "/at_cap"]
        assert not Budget.objects.exists()

    @pytest.mark.parametrize("lease", [True, False])
    def test_is_done_once_a_side(self, by_part, lease):
        set_up(by_part, Wanted(1), lease=lease)

        with pytest.raises(budgets.BudgetExists):
            set_up(by_part, Wanted(2), lease=lease)

        set_up(by_part, Wanted(2), lease=lease, organization=by_part.lessor, by=by_part.owner)
        set_up(by_part, Wanted(2), lease=not lease)
        assert Budget.objects.count() == 3

    def test_of_all_leases_is_for_one_of_the_two_roles(self, by_part):
        made = [set_up(by_part, Wanted(1), lease=False, side=side) for side in Side if side != "platform"]

        assert [one.side for one in made] == [side for side in Side if side != "platform"]


class TestChangingOne:
    def test_takes_other_wishes(self, by_part):
        made = set_up(by_part, Wanted(1))

        changed = budgets.change(
            budget=made, wanted=Wanted(2), within=by_part.lessee, by=by_part.buyer, at=NINE, expected=1
        )

        assert (changed.amount_minor, changed.version) == (2, 2)

    def test_is_refused_to_who_saw_another_version(self, by_part):
        made = set_up(by_part, Wanted(1))

        with pytest.raises(budgets.BudgetChanged):
            budgets.end(budget=made, within=by_part.lessee, by=by_part.buyer, at=NINE, expected=2)

        made.refresh_from_db()
        assert (made.ended_at, made.version) == (None, 1)

    def test_is_refused_to_everybody_else(self, by_part):
        made = set_up(by_part, Wanted(1))
        both = factory.member(by_part.lessee)
        Membership.objects.create(user=both, organization=by_part.lessor, role=Role.ADMIN)

        with pytest.raises(MissingRight):
            budgets.end(budget=made, within=by_part.lessor, by=by_part.owner, at=NINE)
        with pytest.raises(MissingRight):
            budgets.end(budget=made, within=by_part.lessor, by=both, at=NINE)
        with pytest.raises(budgets.BudgetInvalid):
            budgets.change(budget=made, wanted=Wanted(0), within=by_part.lessee, by=by_part.buyer, at=NINE)

        made.refresh_from_db()
        assert (made.ended_at, made.version) == (None, 1)

    def test_ends_it_and_a_new_one_may_begin(self, by_part):
        made = set_up(by_part, Wanted(1))
        budgets.end(budget=made, within=by_part.lessee, by=by_part.buyer, at=NINE)

        assert look(by_part, made) == []
        with pytest.raises(budgets.BudgetEnded):
            budgets.end(budget=made, within=by_part.lessee, by=by_part.buyer, at=NINE)
        assert set_up(by_part, Wanted(1)).pk != made.pk


class TestLooking:
    def test_tells_once_with_the_figures_as_they_stood(self, by_part):
        count(by_part, 0, 40)
        budget = set_up(by_part, Wanted(cost(by_part), (50, 100, 120)))

        told = look(by_part, budget)

        assert [one.percent for one in told] == [50, 100]
        assert {one.net_minor for one in told} == {cost(by_part)}
        assert look(by_part, budget) == []
        said = Notification.objects.filter(kind="budget_reached")
        assert {one.organization for one in said} == {by_part.lessee}
        assert [one.facts["percent"] for one in said.order_by("pk")] == ["50", "100"]
        budget.refresh_from_db()
        assert (budget.net_minor, budget.checked_at) == (cost(by_part), DAY_AFTER)

    def test_a_fall_takes_nothing_back_and_is_not_told_again(self, by_part):
        count(by_part, 0, 40)
        budget = set_up(by_part, Wanted(cost(by_part), (100,)))
        [told] = look(by_part, budget)
        budgets.change(
            budget=budget,
            wanted=Wanted(cost(by_part) * 2, (100,)),
            within=by_part.lessee,
            by=by_part.buyer,
            at=NINE,
        )
        assert look(by_part, budget) == []
        budget.refresh_from_db()
        budgets.change(
            budget=budget,
            wanted=Wanted(told.net_minor, (100,)),
            within=by_part.lessee,
            by=by_part.buyer,
            at=NINE,
        )

        assert look(by_part, budget) == []
        assert BudgetCrossing.objects.count() == 1

    def test_a_quantity_is_told_once(self, by_part):
        budget = set_up(by_part, Wanted(quantities={"parts": Decimal(40)}))
        count(by_part, 0, 39)
        assert look(by_part, budget) == []
        count(by_part, 40, start=3)

        [told] = look(by_part, budget)

        assert (told.meter, told.quantity, told.limit) == ("parts", 40, 40)
        assert Notification.objects.get(kind="budget_meter").facts["limit"] == "40"
        assert look(by_part, budget) == []

    def test_days_without_use_are_told_once_for_each_time(self, by_part):
        budget = set_up(by_part, Wanted(idle_days=2))
        count(by_part, 0, 4)
        used = world.midnight("2026-10-20")

        assert look(by_part, budget, at=used + timedelta(days=2, seconds=-1)) == []
        [told] = look(by_part, budget, at=used + timedelta(days=2))
        assert (told.since, told.days) == (used, 2)
        assert look(by_part, budget, at=used + timedelta(days=5)) == []

    def test_before_any_use_they_count_from_the_handover(self, by_part):
        budget = set_up(by_part, Wanted(idle_days=2))

        [told] = look(by_part, budget, at=by_part.lease.active_from + timedelta(days=3))

        assert told.since == by_part.lease.active_from

    def test_a_machine_that_did_not_come_costs_nothing_yet(self, by_part, monkeypatch):
        budget = set_up(by_part, Wanted(1))
        monkeypatch.setattr("billing.queries.budgets.running_cost", lambda *given: None)

        assert figures_of(budget, DAY_AFTER) is None
        assert look(by_part, budget) == []

    def test_needs_the_right(self, by_part):
        budget = set_up(by_part, Wanted(1))

        with pytest.raises(MissingRight):
            budgets.look(budget=budget, by=by_part.owner, at=NINE)

    def test_of_all_leases_counts_billing_periods_that_begin_in_the_month(self, by_part):
        count(by_part, 0, 40)
        budget = set_up(by_part, Wanted(cost(by_part), (100,)), lease=False)

        [told] = look(by_part, budget)

        assert told.span_start == world.midnight("2026-10-01")
        assert told.span_end == world.midnight("2026-11-01")
        assert told.net_minor == cost(by_part)
        assert Notification.objects.get(kind="budget_month").facts["percent"] == "100"

    def test_a_lease_that_cannot_be_rated_is_named_and_the_others_count(self, by_part, monkeypatch):
        count(by_part, 0, 40)
        budget = set_up(by_part, Wanted(1, (100,)), lease=False)
        beside_one_that_cannot_be_rated(monkeypatch)

        [told] = look(by_part, budget)

        kept = Budget.objects.get()
        assert told.net_minor == kept.net_minor == cost(by_part)
        assert kept.unrated == [["lea_broken", "L-BROKEN", "usage_not_rateable"]]
        monkeypatch.undo()
        look(by_part, budget)
        assert Budget.objects.get().unrated == []

    def test_a_lessor_counts_what_it_sells(self, by_part):
        count(by_part, 0, 40)
        budget = set_up(by_part, Wanted(1), organization=by_part.lessor, by=by_part.owner)
        made = running_cost(Lease.objects.get(pk=by_part.lease.pk), DAY_AFTER).charge

        figures = figures_of(budget, DAY_AFTER)

        assert figures.net_minor == sum(line.net.minor for line in made.of("owner"))
        assert figures.net_minor < made.total().minor

    def test_what_is_billed_counts_as_billed(self, by_part):
        count(by_part, 0, 40)
        ours = set_up(by_part, Wanted(1))
        theirs = set_up(by_part, Wanted(1), organization=by_part.lessor, by=by_part.owner)
        invoices.bill(lease=by_part.lease, at=world.midnight("2026-11-02"), by=by_part.clock)
        october = world.midnight("2026-10-31")
        papers = Invoice.objects.issued().filter(lease=by_part.lease)

        figures = [figures_of(one, october) for one in (ours, theirs)]

        assert figures[0].net_minor == sum(one.net_minor for one in papers)
        assert figures[1].net_minor == papers.get(seller=by_part.lessor).net_minor
        assert figures[0].forecast_minor == figures[0].net_minor


class TestTheClock:
    def test_looks_where_something_came(self, by_part):
        budget, whole = set_up(by_part, Wanted(1)), set_up(by_part, Wanted(1), lease=False)
        both = [budget.pk, whole.pk]
        assert budgets_to_watch(NINE) == both
        soon = NINE + timedelta(hours=2)
        Budget.objects.update(checked_at=soon)

        assert budgets_to_watch(soon + timedelta(minutes=5)) == []
        assert budgets_to_watch(soon + timedelta(hours=6)) == both
        count(by_part, 0, 4)
        metering.meter_unit(unit=by_part.unit, at=soon, by=by_part.clock)
        by_part.say((9, NINE + timedelta(minutes=9), "ppartcount", 5))
        metering.meter_unit(unit=by_part.unit, at=soon + timedelta(minutes=1), by=by_part.clock)
        assert budgets_to_watch(soon + timedelta(minutes=5)) == both

    def test_looks_at_a_lease_that_is_over_only_for_news(self, by_part):
        set_up(by_part, Wanted(1))
        leases.close_due(lease=by_part.lease, by=by_part.clock, at=by_part.lease.ends_at)
        Budget.objects.update(checked_at=by_part.lease.ends_at + timedelta(hours=1))

        assert budgets_to_watch(by_part.lease.ends_at + timedelta(days=30)) == []

    def test_leaves_what_is_ended(self, by_part):
        budget = set_up(by_part, Wanted(1))
        budgets.end(budget=budget, within=by_part.lessee, by=by_part.buyer, at=NINE)

        assert budgets_to_watch(NINE) == []


def test_what_was_told_is_never_rewritten(by_part):
    count(by_part, 0, 40)
    [told] = look(by_part, set_up(by_part, Wanted(1, (100,))))

    for act in (lambda: told.delete(), lambda: BudgetCrossing.objects.update(net_minor=0)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
