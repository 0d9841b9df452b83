"""What the pages of service orders say, in the reader's language."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from leasing.models import ServiceOrder
from leasing.rules.service_orders import Side, Status, next_side
from leasing.web.files import first_day, local
from leasing.web.words import in_words
from marketplace.models import Organization
from marketplace.rules.services import Basis

HEADLINES = {
    Status.PLANNED: gettext_noop("{provider} and {lessee} agree on a day. Next: somebody proposes one."),
    Status.AGREED: gettext_noop("{provider} comes on {starts_at}."),
    Status.IN_WORK: gettext_noop(
        "{provider} is at work. Its report counts as accepted if {lessee} does not object within five days."
    ),
    Status.DONE: gettext_noop(
        "{provider} says that it is done. {lessee} accepts it or objects until {accept_by}; "
        "without an answer until then it is accepted."
    ),
    Status.ACCEPTED: gettext_noop("Accepted on {accepted_at}: it is owed to {provider}."),
    Status.OBJECTED: gettext_noop(
        "{lessee} objects, and nothing is owed. {provider} does it again, or {lessee} accepts it after all."
    ),
    Status.CANCELLED: gettext_noop("Dropped: nothing is to be done, and nothing is owed."),
}
PROPOSED = gettext_noop("{proposer} proposes {proposed_for}. Next: the other side agrees to it.")
BY_PERIOD = gettext_noop("The work of this period. {provider} begins when it suits, and reports.")
KINDS = {
    Status.PLANNED: "idle",
    Status.AGREED: "info",
    Status.IN_WORK: "info",
    Status.DONE: "idle",
    Status.ACCEPTED: "run",
    Status.OBJECTED: "fault",
}
NEXT = {
    (Side.PROVIDER, Status.PLANNED): gettext_noop("Propose a day"),
    (Side.PROVIDER, Status.AGREED): gettext_noop("Go there and begin"),
    (Side.PROVIDER, Status.IN_WORK): gettext_noop("Finish and report"),
    (Side.PROVIDER, Status.OBJECTED): gettext_noop("Do it again"),
    (Side.LESSEE, Status.PLANNED): gettext_noop("Agree to the day"),
    (Side.LESSEE, Status.AGREED): gettext_noop("Agree to the day"),
    (Side.LESSEE, Status.DONE): gettext_noop("Accept or object"),
}
ANSWER_DAY = gettext_noop("Agree to the day")
BEGIN = gettext_noop("Begin the work")
WAITS = gettext_noop("waits for the customer")


def headline(order: ServiceOrder) -> str:
    """Say in one sentence how the order stands."""
    status = Status(order.status)
    text = HEADLINES[status]
    if status in (Status.PLANNED, Status.AGREED) and order.proposed_by:
        text = PROPOSED
    elif status is Status.PLANNED and order.basis == Basis.MONTH:
        text = BY_PERIOD
    proposer = order.party[Side(order.proposed_by)].name if order.proposed_by else ""
    return _(text).format(
        provider=order.provider.name,
        lessee=order.lease.lessee.name,
        proposer=proposer,
        starts_at=_moment(order, order.starts_at),
        proposed_for=_moment(order, order.proposed_for),
        accept_by=_moment(order, order.accept_by),
        accepted_at=_moment(order, order.accepted_at),
    )


def next_step(order: ServiceOrder, organization: Organization) -> str:
    """Say what the organization does next, or for whom it waits; nothing once the order is over."""
    turn, side = next_side(order.stand), order.side_of(organization)
    if turn is None:
        return ""
    if side is not turn:
        return _(WAITS) if side is Side.PROVIDER else ""
    if side is Side.PROVIDER and order.proposed_by == Side.LESSEE:
        return _(ANSWER_DAY)
    if side is Side.PROVIDER and order.status == Status.PLANNED and order.basis == Basis.MONTH:
        return _(BEGIN)
    return _(NEXT[turn, Status(order.status)])


def row(order: ServiceOrder, organization: Organization) -> dict[str, Any]:
    """Return a line of a list."""
    return {
        "url": reverse("job", args=[order.public_id]),
        "name": order.get_kind_display(),
        "description": order.agreed.description(get_language() or ""),
        "machines": order.machines,
        "place": order.place,
        "customer": order.lease.lessee.name,
        "provider": order.provider.name,
        "when": order.starts_at or order.proposed_for,
        "month": month(order),
        "zone": order.lease.agreed.zone.key,
        "status": order.status,
        "label": order.get_status_display(),
        "kind": KINDS.get(Status(order.status), "off"),
        "yours": order.side_of(organization) is not None
        and next_side(order.stand) is order.side_of(organization),
        "next": next_step(order, organization),
    }


def heads() -> list[str]:
    """Return the columns of a provider's list as a file."""
    names = [_("Service"), _("Description of the service"), _("Machines"), _("Place"), _("Customer")]
    return [*names, _("Planned for"), _("State"), _("Next step")]


def cells(order: ServiceOrder, organization: Organization) -> list[object]:
    """Return a line of a provider's list as a file."""
    shown = row(order, organization)
    days = (
        []
        if shown["month"] is None
        else [first_day(one, shown["zone"]).isoformat() for one in shown["month"]]
    )
    when = local(shown["when"], shown["zone"]) or " – ".join(days)
    work = [shown["name"], shown["description"], "; ".join(map(str, shown["machines"])), shown["place"]]
    return [*work, shown["customer"], when, shown["label"], str(shown["next"] or "")]


def month(order: ServiceOrder) -> tuple[datetime, datetime] | None:
    """Return the days of the period that an order is for: the first, and the last one itself."""
    if order.month_from is None or order.month_to is None:
        return None
    zone = order.lease.agreed.zone
    return order.month_from.astimezone(zone), (order.month_to - timedelta(microseconds=1)).astimezone(zone)


def facts(order: ServiceOrder) -> dict[str, Any]:
    """Return what the page of an order shows of the work."""
    return row_facts(order) | {
        "description": order.agreed.description(get_language() or ""),
        "price": [_(phrase.msgid).format(**phrase.facts) for phrase in order.agreed.price_phrases()],
        "hours": order.quantity if order.basis == Basis.HOUR else None,
    }


def row_facts(order: ServiceOrder) -> dict[str, Any]:
    """Return names, place and period of the work."""
    return {
        "name": order.get_kind_display(),
        "machines": order.machines,
        "place": order.place,
        "month": month(order),
        "headline": headline(order),
        "kind": KINDS.get(Status(order.status), "off"),
    }


def events(order: ServiceOrder) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first."""
    return [
        {
            "at": step.occurred_at,
            "who": " · ".join(name for name in (step.actor_name, step.organization_name) if name)
            if step.organization
            else _("the clock"),
            "what": step.get_move_display(),
            "why": _(step.reason) if step.reason and not step.organization else step.reason,
            "kind": KINDS.get(Status(step.status_after), "off"),
        }
        for step in order.steps.order_by("-position")
    ]


def _moment(order: ServiceOrder, moment: datetime | None) -> str:
    zone: ZoneInfo = order.lease.agreed.zone
    return "" if moment is None else in_words(moment, zone)
