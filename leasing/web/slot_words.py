"""What the pages of slots say, in the reader's language."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from leasing.actions.slots import shares_of
from leasing.models import SlotBooking
from leasing.rules.slot_plans import agreed_plan, fee_charge, plan_of, use_charge
from leasing.rules.slots import Side, Status, share_of
from marketplace.models import Listing, Organization
from marketplace.queries import taxes_of
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.words import LINES
from marketplace.rules.quotes import taxed_lines
from marketplace.rules.slot_schedules import DAYS, Schedule, hours_text
from marketplace.shared.money import Money, format_money

WEEKDAYS = dict(
    zip(
        DAYS,
        (
            gettext_noop("Monday"),
            gettext_noop("Tuesday"),
            gettext_noop("Wednesday"),
            gettext_noop("Thursday"),
            gettext_noop("Friday"),
            gettext_noop("Saturday"),
            gettext_noop("Sunday"),
        ),
        strict=True,
    )
)
SENTENCES = {
    Status.ASKED: (
        gettext_noop("{lessee} asks for this slot. Confirm it until {answer_until}, or refuse it."),
        gettext_noop("{lessor} confirms until {answer_until}. Until then the machine is kept free for you."),
    ),
    Status.BOOKED: (
        gettext_noop("{lessee} comes at {starts_at}."),
        gettext_noop("The machine is yours from {starts_at} until {ends_at}."),
    ),
    Status.REFUSED: (
        gettext_noop("Refused. {lessee} reads your reason."),
        gettext_noop("Refused. The reason stands below."),
    ),
    Status.EXPIRED: (gettext_noop("Nobody confirmed it in time. Nothing is owed."),) * 2,
    Status.CANCELLED: (gettext_noop("Cancelled. Owed for it: {fee} net."),) * 2,
    Status.DONE: (gettext_noop("Done. Owed for it: {amount} net."),) * 2,
    Status.NO_SHOW: (gettext_noop("Nobody came. Owed for it: {fee} net."),) * 2,
    Status.WAIVED: (gettext_noop("Nothing is owed for this slot. The reason stands below."),) * 2,
}
KINDS = {
    Status.BOOKED: "run",
    Status.DONE: "run",
    Status.ASKED: "idle",
    Status.REFUSED: "fault",
    Status.NO_SHOW: "fault",
}


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Say from when until when, on one local day or over its midnight."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    closes = f"{last:%H:%M}" if last.date() == first.date() else date_format(last, "SHORT_DATE_FORMAT")
    return f"{first:%H:%M}–{closes}"


def moment(when: datetime | None, zone: ZoneInfo) -> str:
    """Say a local day and time."""
    return (
        ""
        if when is None
        else f"{date_format(when.astimezone(zone), 'DATE_FORMAT')} {when.astimezone(zone):%H:%M}"
    )


def rules(schedule: Schedule, slots: int, currency: str) -> list[str]:
    """Say what whoever books agrees to: price, sample, cancelling, confirmation, set-up and cleaning."""
    amount = schedule.price_minor * slots
    said = [
        ngettext(
            "{amount} net for {n} slot of {length}.", "{amount} net for {n} slots of {length}.", slots
        ).format(amount=format_money(Money(amount, currency)), n=slots, length=length(schedule.slot))
    ]
    if schedule.hand_in is not None:
        said.append(
            _("Hand the sample in {time} before it begins, at: {place}.").format(
                time=length(schedule.hand_in), place=schedule.hand_in_place
            )
        )
    fee = share_of(amount, schedule.late_fee_percent, currency)
    text = (
        _("Cancelling is free until {time} before it begins. Later, or if nobody comes, {fee} net are owed.")
        if fee
        else _("Cancelling is free until it begins.")
    )
    said.append(text.format(time=length(schedule.cancel_before), fee=format_money(Money(fee, currency))))
    if schedule.confirm:
        said.append(_("The owner confirms each booking; until then the machine is kept free for you."))
    if schedule.setup or schedule.cleaning:
        said.append(
            _("Set-up ({setup}) and cleaning ({cleaning}) come on top of your time and cost nothing.").format(
                setup=length(schedule.setup), cleaning=length(schedule.cleaning)
            )
        )
    return said


def length(time: timedelta) -> str:
    """Say a length of time in hours and minutes."""
    hours, minutes = divmod(time // timedelta(minutes=1), 60)
    parts = []
    if hours:
        parts.append(ngettext("{n} hour", "{n} hours", hours).format(n=hours))
    if minutes or not hours:
        parts.append(ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes))
    return " ".join(parts)


def opening_rows(schedule: Schedule) -> list[dict[str, str]]:
    """Return the opening hours of a week, for a table."""
    return [
        {"day": _(WEEKDAYS[name]), "hours": hours_text(schedule.hours.get(number, ())) or _("closed")}
        for number, name in enumerate(DAYS)
    ]


def headline(found: SlotBooking, side: Side | None) -> str:
    """Say in one sentence how the booking stands, from the reader's side."""
    return _(SENTENCES[Status(found.status)][side is Side.LESSEE]).format(
        lessor=found.lessor.name,
        lessee=found.lessee.name,
        starts_at=moment(found.starts_at, found.zone),
        ends_at=moment(found.ends_at, found.zone),
        answer_until=moment(found.answer_until, found.zone),
        fee=format_money(Money(found.fee_minor, found.currency)),
        amount=format_money(Money(found.amount_minor, found.currency)),
    )


def cost(found: SlotBooking) -> dict[str, Any] | None:
    """Say what a booking costs as it stands, or will cost once it is done, with VAT; none if it is free."""
    status, plan = Status(found.status), agreed_plan(found.document)
    coming = status in (Status.ASKED, Status.BOOKED)
    if not coming and not found.owed_minor:
        return None
    charge = fee_charge(plan, found.fee_minor)
    if coming or status is Status.DONE:
        charge = use_charge(plan, found.slots)
    return _said(charge, found.ends_at, found.zone, found.lessor) | {"coming": coming}


def offered_cost(listing: Listing, schedule: Schedule, slots: int, day: datetime) -> dict[str, Any]:
    """Say what a run of slots would cost with VAT and the share of the platform."""
    plan = plan_of(schedule, listing.currency, shares_of(listing=listing))
    return _said(use_charge(plan, slots), day, ZoneInfo(listing.zone), listing.owner)


def _said(charge: Charge, ends_at: datetime, zone: ZoneInfo, lessor: Organization) -> dict[str, Any]:
    """Return the lines with their tax, as a page shows them; the tax day is that on which the slot ends."""
    day = (ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    lines = taxed_lines(charge.lines, on=day, taxes=taxes_of(lessor, day))
    shown = [
        {
            "name": _(LINES[one.line.kind]),
            "seller": one.line.seller,
            "net": one.line.net,
            "rate": one.rate.rate,
            "tax": one.tax,
            "gross": one.gross,
        }
        for one in lines
    ]
    return {"lines": shown, "gross": Money.total((one.gross for one in lines), charge.currency)}


def rows(bookings: Iterable[SlotBooking], organization: Organization) -> list[dict[str, Any]]:
    """Return the lines of a list."""
    return [_row(found, organization) for found in bookings]


def heads() -> list[str]:
    """Return the headings of the list as a file."""
    return [_("Day"), _("Time"), _("Machine"), _("Partner"), _("Our side"), _("State")]


def cells(row: dict[str, Any]) -> list[object]:
    """Return a line of the list as a file has it."""
    told = [row[name] for name in ("span", "machine", "partner", "role", "label")]
    return [row["day"], *map(str, told)]


def events(found: SlotBooking) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first."""
    return [
        {
            "at": step.occurred_at,
            "who": " · ".join(name for name in (step.actor_name, step.organization_name) if name)
            if step.organization
            else _("the clock"),
            "what": step.get_move_display(),
            "why": step.reason,
            "kind": KINDS.get(Status(step.status_after), "off"),
        }
        for step in found.steps.order_by("-position")
    ]


def _row(found: SlotBooking, organization: Organization) -> dict[str, Any]:
    side = found.side_of(organization)
    waits = {Status.ASKED: Side.LESSOR}.get(Status(found.status)) is side and side is not None
    return {
        "url": reverse("slot-booking", args=[found.public_id]),
        "machine": found.equipment.name,
        "partner": found.lessee.name if side is Side.LESSOR else found.lessor.name,
        "role": _("we let") if side is Side.LESSOR else _("we use"),
        "day": found.starts_at.astimezone(found.zone).date(),
        "span": span(found.starts_at, found.ends_at, found.zone),
        "status": found.status,
        "kind": KINDS.get(Status(found.status), "off"),
        "label": found.get_status_display(),
        "sample": found.hand_in_until is not None
        and found.handed_in_at is None
        and found.status == Status.BOOKED,
        "yours": waits,
    }
