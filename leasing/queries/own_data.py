"""What of leases stands in the file of an organization, and what of them hinders its closing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_noop

from leasing.models import (
    DamageClaim,
    Deposit,
    Lease,
    ServiceOrder,
    SlotBooking,
    Sublease,
    Ticket,
    Transition,
)
from leasing.rules.service_orders import Status as Work
from leasing.rules.slots import Status as Slot
from leasing.rules.states import Status
from marketplace.models import Organization
from marketplace.queries.own_data import Open, Table
from marketplace.rules.own_data import About

DONE: Final = (Status.REFUSED, Status.CANCELLED, Status.EXPIRED, Status.CLOSED)


def _sides(one: Organization, path: str = "") -> Q:
    return Q(**{f"{path}lessor": one}) | Q(**{f"{path}lessee": one})


def hindrances(one: Organization, _at: datetime) -> Iterator[Open]:
    """Yield what is not over: leases, bookings, sub-leases, services, damage, deposits that are held."""
    leases = Lease.objects.filter(_sides(one)).exclude(status__in=DONE)
    yield Open("leases", gettext_noop("leases that are not closed: {count}"), leases, "/leases/")
    slots = SlotBooking.objects.filter(_sides(one), status__in=[Slot.ASKED, Slot.BOOKED])
    yield Open("slots", gettext_noop("bookings that are not over: {count}"), slots, "/slots/")
    subleases = Sublease.objects.filter(Q(sublessor=one) | Q(sublessee=one))
    running = subleases.filter(status__in=["PROPOSED", "ACCEPTED", "AGREED", "RUNNING"])
    yield Open("subleases", gettext_noop("sub-leases that are not over: {count}"), running, "/subleases/")
    work = ServiceOrder.objects.filter(provider=one).exclude(status__in=[Work.ACCEPTED, Work.CANCELLED])
    yield Open("services", gettext_noop("services that are not accepted: {count}"), work, "/jobs/")
    damage = DamageClaim.objects.filter(_sides(one, "lease__")).open()
    yield Open("damage", gettext_noop("damage claims that are open: {count}"), damage, "/leases/")
    held = Deposit.objects.filter(_sides(one, "lease__"), held_minor__gt=0)
    yield Open("deposits", gettext_noop("deposits that are held: {count}"), held, "/leases/")


def tables() -> Iterator[Table]:
    """Yield the tables of an organization's leases."""
    sides: dict[str, Any] = {"lessor_id": F("lessor__public_id"), "lessee_id": F("lessee__public_id")}

    def of(name: str, rows: Any) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "leases",
        lambda one: (
            Lease.objects.filter(_sides(one))
            .order_by("pk")
            .values(
                "public_id",
                "number",
                "status",
                "starts_at",
                "ends_at",
                "active_from",
                "active_to",
                "terms",
                "terms_digest",
                "note",
                "requested_at",
                commission_rate=Case(When(lessor=one, then=F("commission__rate"))),  # its lessee sees none
                lessor_public_id=sides["lessor_id"],
                lessee_public_id=sides["lessee_id"],
            )
        ),
    )
    yield of(
        "lease_steps",
        lambda one: (
            Transition.objects.filter(_sides(one, "lease__"))
            .order_by("pk")
            .values(
                "move",
                "status_after",
                "actor_name",
                "organization_name",
                "occurred_at",
                "reason",
                lease_number=F("lease__number"),
            )
        ),
    )
    yield of(
        "slot_bookings",
        lambda one: (
            SlotBooking.objects.filter(_sides(one))
            .order_by("pk")
            .values("public_id", "status", "starts_at", "ends_at", "slots", "amount_minor", "currency")
        ),
    )
    yield from _about_machines()


def _about_machines() -> Iterator[Table]:
    def of(name: str, rows: Any) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "tickets",
        lambda one: (
            Ticket.objects.filter(_sides(one, "lease__"))
            .order_by("pk")
            .values("public_id", "status", "severity", "reported_at", lease_number=F("lease__number"))
        ),
    )
    yield of(
        "deposits",
        lambda one: (
            Deposit.objects.filter(_sides(one, "lease__"))
            .order_by("pk")
            .values(
                "public_id",
                "amount_minor",
                "held_minor",
                "released_minor",
                "set_off_minor",
                "currency",
                lease_number=F("lease__number"),
            )
        ),
    )
    yield of(
        "damage_claims",
        lambda one: (
            DamageClaim.objects.filter(_sides(one, "lease__"))
            .order_by("pk")
            .values("public_id", "state", "asked_minor", "conceded_minor", lease_number=F("lease__number"))
        ),
    )
