"""A service of the terms becomes an order of its provider, and goes from planned to accepted."""

from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import leases, service_openings, service_orders
from leasing.actions.service_order_moves import (
    ServiceOrderChanged,
    ServiceOrderInvalid,
    ServiceOrderMoveRefused,
)
from leasing.models import Lease, ServiceOrder, ServiceOrderStep
from leasing.queries import leases_to_order_for
from leasing.rules.history import first_broken
from marketplace.models import Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.money import Money
from tests import once
from tests.leasing import world as worlds
from tests.leasing.jobs import DAY, REPORT, Yard
from tests.leasing.world import DECIDED, END, HANDOVER

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
APRIL = datetime(2026, 4, 1, tzinfo=ZONE)
FOREVER = END + 400 * DAY


@once.fixture
def yard(world):
    return Yard(world)


@once.fixture
def lease(yard):
    return yard.active()


def told(organization):
    found = Notification.objects.filter(organization=organization, kind__startswith="job_")
    return list(found.order_by("pk").values_list("kind", flat=True))


def states(lease):
    return dict(ServiceOrder.objects.filter(lease=lease).values_list("kind", "status"))


class TestOpening:
    def test_begins_with_the_contract_for_each_service_but_those_by_the_period(self, yard):
        lease = yard.contracted()

        assert states(lease) == {"MAINTENANCE": "PLANNED", "TRAINING": "PLANNED"}
        order = yard.order(lease)
        assert (order.provider, order.agreed.price) == (yard.workshop, Money(120_000, "CNY"))
        assert order.not_before == DECIDED + timedelta(hours=48)
        assert told(yard.workshop) == ["job_opened"] * 2
        assert told(yard.world.lessee) == ["job_opened"] * 2
        assert told(yard.world.lessor) == []

    def test_one_by_the_period_begins_with_the_hand_over(self, yard, lease):
        order = yard.order(lease, "ENERGY_MANAGEMENT")

        assert (order.month_from, order.month_to) == (HANDOVER, APRIL)
        assert order.provider == yard.adviser

    def test_the_clock_opens_each_period_once(self, yard, lease):
        assert yard.clock(lease, APRIL - timedelta(seconds=1)) == []
        (made,) = yard.clock(lease, APRIL)
        assert (made.month_from, made.month_to, made.number) == (APRIL, END, 2)
        assert yard.clock(lease, APRIL) == yard.clock(lease, FOREVER) == []

    def test_a_clock_that_stood_opens_what_it_missed_and_nothing_to_drop_at_once(self, yard, lease):
        Lease.objects.filter(pk=lease.pk).update(ends_at=END + 40 * DAY)
        late = END + 35 * DAY  # April is over for more than thirty days
        made = yard.clock(lease, late)
        assert [f"{one.month_from.astimezone(ZONE):%m-%d}" for one in made] == ["05-01", "06-01"]
        assert not ServiceOrder.objects.due(late).filter(pk__in=[one.pk for one in made]).exists()

    def test_a_period_that_a_lease_was_extended_in_has_one_order(self, yard, lease):
        Lease.objects.filter(pk=lease.pk).update(ends_at=END - 10 * DAY)
        yard.clock(lease, APRIL)
        Lease.objects.filter(pk=lease.pk).update(ends_at=END + 10 * DAY)
        assert yard.clock(lease, END - DAY) == []
        (may,) = yard.clock(lease, END)
        assert may.month_from == END

    def test_of_a_contract_with_work_by_the_period_alone_waits_for_the_hand_over(self, yard):
        lease = yard.world.ready(services=yard.ids[2:])
        assert list(leases_to_order_for(DECIDED)) == []
        assert yard.clock(lease, DECIDED) == []

    def test_a_lease_from_before_there_were_orders_is_looked_at(self, yard):
        with patch.object(service_openings, "begin_with_lease"):
            lease = yard.contracted()
        assert list(leases_to_order_for(DECIDED)) == [lease]
        assert len(yard.clock(lease, DECIDED)) == 2

    def test_only_leases_that_miss_something_are_looked_at(self, yard, lease):
        assert list(leases_to_order_for(APRIL - timedelta(seconds=1))) == []
        assert list(leases_to_order_for(APRIL)) == [lease]
        yard.clock(lease, APRIL)
        assert list(leases_to_order_for(APRIL)) == []

    def test_a_lease_without_services_has_none(self, world):
        assert world.active().service_orders.count() == 0
        assert list(leases_to_order_for(APRIL)) == []

    def test_nobody_orders_from_itself(self, yard, world):
        own = yard.offered(world.lessee, kind="TRAINING", basis="HOUR", price_minor=1, description_zh="自训")
        assert world.active(services=[own]).service_orders.count() == 0

    def test_is_the_clocks(self, yard, lease):
        with pytest.raises(MissingRight):
            service_openings.open_due(lease=lease, by=yard.world.buyer, at=APRIL)

    def test_a_lease_that_is_over_gets_nothing(self, yard, lease):
        leases.end(lease=lease, by=yard.world.owner, at=HANDOVER + DAY)
        assert yard.clock(lease, APRIL) == []


class TestOrderingAgain:
    def test_a_lessee_orders_a_service_once_more_and_may_drop_that(self, yard, lease):
        given = {"lease": lease, "service": yard.ids[0], "by": yard.world.buyer, "at": HANDOVER}
        made = service_openings.order_again(**given)

        assert (made.number, made.by_lessee, made.provider) == (2, True, yard.workshop)
        dropped = yard.act("cancel", made, yard.world.lessee, HANDOVER, text="不需要了")
        assert dropped.status == "CANCELLED"

    def test_what_the_contract_promises_a_lessee_does_not_drop(self, yard, lease):
        with pytest.raises(ServiceOrderMoveRefused) as refused:
            yard.act("cancel", yard.order(lease), yard.world.lessee, HANDOVER, text="不要")
        assert refused.value.facts["allowed"] == ["propose"]

    @pytest.mark.parametrize("which", [2, None])
    def test_refuses_what_cannot_be_ordered(self, yard, lease, which):
        service = "svc_unknown" if which is None else yard.ids[which]
        with pytest.raises(service_openings.ServiceNotAgreed):
            service_openings.order_again(lease=lease, service=service, by=yard.world.buyer, at=HANDOVER)

    def test_is_the_lessees(self, yard, lease):
        for person in (yard.world.owner, yard.world.guest, yard.people[yard.workshop]):
            with pytest.raises(MissingRight):
                service_openings.order_again(lease=lease, service=yard.ids[0], by=person, at=HANDOVER)

    def test_is_not_before_the_contract_nor_behind_the_lease(self, yard):
        lease = yard.world.ask(services=yard.ids)
        with pytest.raises(service_openings.LeaseNotUnderContract):
            service_openings.order_again(lease=lease, service=yard.ids[0], by=yard.world.buyer, at=HANDOVER)


class TestTheDay:
    def test_is_proposed_by_one_and_agreed_to_by_the_other(self, yard, lease):
        order = yard.agreed(lease)

        assert (order.status, order.starts_at, order.contact) == (
            "AGREED",
            HANDOVER + 3 * DAY,
            "王工, 二号门",
        )
        assert order.proposed_for is None
        assert told(yard.world.lessee)[-1] == "job_proposed"
        assert told(yard.workshop)[-1] == "job_agreed"

    def test_holds_until_another_one_is_agreed(self, yard, lease):
        order = yard.agreed(lease)
        moved = yard.act("propose", order, yard.world.lessee, HANDOVER, starts_at=HANDOVER + 9 * DAY)

        assert (moved.status, moved.starts_at) == ("AGREED", HANDOVER + 3 * DAY)
        moved = yard.act("agree", moved, yard.workshop, HANDOVER, contact="不算数")
        assert (moved.starts_at, moved.contact) == (HANDOVER + 9 * DAY, "王工, 二号门")

    def test_nobody_agrees_with_itself(self, yard, lease):
        order = yard.act("propose", yard.order(lease), yard.workshop, HANDOVER, starts_at=HANDOVER + DAY)
        with pytest.raises(ServiceOrderMoveRefused):
            yard.act("agree", order, yard.workshop, HANDOVER)

    def test_a_bad_one_changes_nothing(self, yard, lease):
        order = yard.order(lease)
        with pytest.raises(ServiceOrderInvalid) as refused:
            yard.act("propose", order, yard.world.lessee, HANDOVER, starts_at=HANDOVER, contact="x" * 201)
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/starts_at", "/contact"]
        assert ServiceOrder.objects.get(pk=order.pk).version == 1

    @pytest.mark.parametrize("verb", ["propose", "agree"])
    def test_is_no_matter_of_lessor_stranger_or_viewer(self, yard, lease, verb):
        order = yard.order(lease)
        more = {"starts_at": HANDOVER + DAY} if verb == "propose" else {}
        for who in (yard.world.lessor, yard.world.stranger, yard.adviser):
            with pytest.raises(MissingRight):
                yard.act(verb, order, who, HANDOVER, **more)
        yard.people[yard.workshop] = worlds.person("onlooker", yard.workshop, Role.VIEWER)
        with pytest.raises(MissingRight):
            yard.act(verb, order, yard.workshop, HANDOVER, **more)


class TestTheWork:
    def test_is_reported_and_accepted(self, yard, lease):
        order = yard.done(lease)
        at = HANDOVER + 3 * DAY
        assert (order.status, order.report, order.quantity, order.accept_by) == (
            "DONE",
            REPORT,
            Decimal(1),
            at + 5 * DAY,
        )
        order = yard.act("accept", order, yard.world.lessee, at + DAY)
        assert (order.status, order.accepted_at, order.accept_by) == ("ACCEPTED", at + DAY, None)
        assert told(yard.world.lessee)[-2:] == ["job_begun", "job_done"]
        assert told(yard.workshop)[-1] == "job_accepted"

    def test_begins_on_an_agreed_day_alone(self, yard, lease):
        with pytest.raises(ServiceOrderMoveRefused):
            yard.act("start", yard.order(lease), yard.workshop, HANDOVER)

    def test_of_a_period_needs_no_day(self, yard, lease):
        order = yard.act("start", yard.order(lease, "ENERGY_MANAGEMENT"), yard.adviser, APRIL)
        assert order.status == "IN_WORK"

    def test_by_the_hour_is_billed_by_its_hours(self, yard, lease):
        order = yard.trained(lease, Decimal("6.5"))

        (fact,) = ServiceOrder.objects.billable()
        assert (fact, fact.quantity, fact.provider) == (order, Decimal("6.50"), yard.workshop)
        assert fact.agreed.charge(fact.quantity).total() == Money(195_000, "CNY")  # 6.5 h of 300.00

    def test_hours_are_refused_where_they_are_not_priced(self, yard, lease):
        order = yard.act("start", yard.agreed(lease), yard.workshop, HANDOVER + DAY)
        with pytest.raises(ServiceOrderInvalid):
            yard.act("finish", order, yard.workshop, HANDOVER + DAY, text="ok", hours=Decimal(1))

    def test_is_the_providers(self, yard, lease):
        order = yard.agreed(lease)
        for verb, more in (("start", {}), ("finish", {"text": "ok"})):
            with pytest.raises(MissingRight):
                yard.act(verb, order, yard.world.lessee, HANDOVER + DAY, **more)

    def test_somebody_who_saw_another_version_is_told(self, yard, lease):
        order = yard.agreed(lease)
        with pytest.raises(ServiceOrderChanged):
            yard.act("start", order, yard.workshop, HANDOVER + DAY, expected=1)


class TestTheAnswer:
    def test_an_objection_needs_a_reason_and_is_worked_off(self, yard, lease):
        order, at = yard.done(lease), HANDOVER + 4 * DAY
        with pytest.raises(ServiceOrderInvalid):
            yard.act("object_to", order, yard.world.lessee, at, text=" ")
        order = yard.act("object_to", order, yard.world.lessee, at, text="噪声仍在")
        assert (order.status, order.accept_by) == ("OBJECTED", None)
        assert not ServiceOrder.objects.billable().exists()
        assert told(yard.workshop)[-1] == "job_objected"

        order = yard.act("start", order, yard.workshop, at + DAY)
        order = yard.act("finish", order, yard.workshop, at + DAY, text="更换轴承")
        assert (order.status, order.accept_by) == ("DONE", at + 6 * DAY)

    def test_an_objection_may_be_dropped(self, yard, lease):
        order, at = yard.done(lease), HANDOVER + 4 * DAY
        order = yard.act("object_to", order, yard.world.lessee, at, text="噪声仍在")
        assert yard.act("accept", order, yard.world.lessee, at + DAY).status == "ACCEPTED"

    def test_silence_of_five_days_accepts(self, yard, lease):
        order = yard.done(lease)
        until = order.accept_by
        given = {"order": order, "by": yard.world.clock}
        assert service_orders.close_due(**given, at=until - timedelta(seconds=1)).status == "DONE"

        made = service_orders.close_due(**given, at=until + 3 * DAY)

        assert (made.status, made.accepted_at) == ("ACCEPTED", until)
        assert made.steps.latest("position").facts == {"silence": True}
        assert told(yard.workshop)[-1] == told(yard.world.lessee)[-1] == "job_accepted"
        service_orders.close_due(**given, at=until + 4 * DAY)
        assert ServiceOrder.objects.get(pk=order.pk).version == made.version

    def test_an_objection_is_not_accepted_by_silence(self, yard, lease):
        order = yard.done(lease)
        order = yard.act("object_to", order, yard.world.lessee, HANDOVER + 4 * DAY, text="噪声仍在")
        assert service_orders.close_due(order=order, by=yard.world.clock, at=FOREVER).status == "OBJECTED"

    def test_what_was_accepted_by_silence_is_not_objected_to(self, yard, lease):
        order = yard.done(lease)
        service_orders.close_due(order=order, by=yard.world.clock, at=order.accept_by)
        with pytest.raises(ServiceOrderMoveRefused):
            yard.act("object_to", order, yard.world.lessee, FOREVER, text="太晚")

    def test_is_the_lessees_and_silence_the_clocks(self, yard, lease):
        order = yard.done(lease)
        for who in (yard.workshop, yard.world.lessor):
            with pytest.raises(MissingRight):
                yard.act("accept", order, who, HANDOVER + 4 * DAY)
        with pytest.raises(MissingRight):
            service_orders.close_due(order=order, by=yard.world.owner, at=FOREVER)


class TestDropping:
    def test_a_provider_gives_up_what_it_cannot_do_and_nothing_is_owed(self, yard, lease):
        order = yard.agreed(lease)
        with pytest.raises(ServiceOrderInvalid):
            yard.act("cancel", order, yard.workshop, HANDOVER, text="")
        order = yard.act("cancel", order, yard.workshop, HANDOVER, text="没有备件")
        assert (order.status, told(yard.world.lessee)[-1]) == ("CANCELLED", "job_cancelled")
        assert not ServiceOrder.objects.billable().exists()

    def test_a_period_that_nobody_worked_in_is_dropped_a_month_later(self, yard, lease):
        order = yard.order(lease, "ENERGY_MANAGEMENT")
        given = {"order": order, "by": yard.world.clock}
        late = order.month_to + 30 * DAY
        assert service_orders.close_due(**given, at=late - timedelta(seconds=1)).status == "PLANNED"
        assert service_orders.close_due(**given, at=late).status == "CANCELLED"
        assert told(yard.adviser)[-1] == "job_cancelled"


class TestTheEndOfTheLease:
    def test_cancels_what_nobody_began_and_keeps_the_rest(self, yard, lease):
        yard.act("start", yard.agreed(lease), yard.workshop, HANDOVER + DAY)

        leases.end(lease=lease, by=yard.world.owner, at=HANDOVER + 2 * DAY)

        assert states(lease) == {
            "MAINTENANCE": "IN_WORK",
            "TRAINING": "CANCELLED",
            "ENERGY_MANAGEMENT": "PLANNED",
        }
        assert told(yard.workshop)[-1] == told(yard.world.lessee)[-1] == "job_lease_over"
        assert yard.act("finish", yard.order(lease), yard.workshop, HANDOVER + 3 * DAY, text="ok")

    def test_before_it_began_cancels_all(self, yard):
        lease = yard.contracted()
        leases.cancel(lease=lease, by=yard.world.buyer, at=DECIDED)
        assert set(states(lease).values()) == {"CANCELLED"}

    def test_by_the_clock_cancels_all(self, yard):
        lease = yard.contracted()
        leases.close_due(lease=lease, by=yard.world.clock, at=FOREVER)
        assert set(states(lease).values()) == {"CANCELLED"}


class TestTheHistory:
    def test_is_a_chain_of_every_step(self, yard, lease):
        order = yard.act("accept", yard.done(lease), yard.world.lessee, HANDOVER + 4 * DAY)
        steps = list(order.steps.all())

        assert [step.move for step in steps] == ["open", "propose", "agree", "start", "finish", "accept"]
        assert first_broken([step.link() for step in steps]) is None

    def test_is_not_rewritten(self, yard, lease):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceOrderStep.objects.update(reason="anders")
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceOrderStep.objects.all().delete()


class TestTheDatabase:
    def test_keeps_what_was_ordered(self, yard, lease):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceOrder.objects.filter(lease=lease).update(service={})

    def test_keeps_what_was_accepted(self, yard, lease):
        order = yard.act("accept", yard.done(lease), yard.world.lessee, HANDOVER + 4 * DAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceOrder.objects.filter(pk=order.pk).update(quantity=9)

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "AGREED"},
            {"status": "DONE"},
            {"status": "ACCEPTED"},
            {"accept_by": HANDOVER},
            {"accepted_at": HANDOVER},
            {"proposed_by": "lessee"},
        ],
    )
    def test_refuses_a_state_without_its_facts(self, yard, lease, changes):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceOrder.objects.filter(pk=yard.order(lease).pk).update(**changes)

    @pytest.mark.parametrize("changes", [{}, {"month_from": None, "month_to": None}])
    def test_refuses_a_second_order_for_a_period_and_one_without(self, yard, lease, changes):
        order = yard.order(lease, "ENERGY_MANAGEMENT")
        order.pk, order.public_id, order.number = None, "svo_other", 7
        for name, value in changes.items():
            setattr(order, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            order.save(force_insert=True)
