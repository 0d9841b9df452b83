"""What a sub-lease's pages say, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from devices.ownership.rules.sentences import listed
from leasing.models import Sublease
from leasing.rules.subleases import Side, Status
from leasing.web.files import first_day, last_day
from marketplace.models import Organization

OVER = {
    Status.REFUSED: gettext_noop("Refused. The reason stands below."),
    Status.WITHDRAWN: gettext_noop("Withdrawn before it began."),
    Status.EXPIRED: gettext_noop("It never began, and its time or its lease is over."),
    Status.ENDED: gettext_noop("Ran from {active_from} to {active_to}."),
    Status.RUNNING: gettext_noop("Runs since {active_from} at {sublessee} and ends at {ends_at}."),
}
WAITS = {
    Status.PROPOSED: {
        Side.SUBLESSOR: gettext_noop("{sublessee} reads your proposal and decides."),
        Side.SUBLESSEE: gettext_noop(
            "{sublessor} offers you this machine. Read what is agreed, then accept or refuse."
        ),
        Side.ABOVE: gettext_noop(
            "{sublessor} wants to sub-let this machine to {sublessee}, who has not answered yet."
        ),
    },
    Status.ACCEPTED: {
        Side.SUBLESSOR: gettext_noop("{sublessee} has accepted. It waits for the consent of {missing}."),
        Side.SUBLESSEE: gettext_noop("You have accepted. It waits for the consent of {missing}."),
        Side.ABOVE: gettext_noop(
            "{sublessor} wants to sub-let this machine to {sublessee}. It waits for the consent of {missing}."
        ),
    },
    Status.AGREED: {
        Side.SUBLESSOR: gettext_noop("Everybody has agreed. Hand the machine on from {starts_at}."),
        Side.SUBLESSEE: gettext_noop(
            "Everybody has agreed. {sublessor} hands the machine over from {starts_at} on."
        ),
        Side.ABOVE: gettext_noop("Everybody has agreed. It begins with the handover, from {starts_at} on."),
    },
}
KINDS = {
    Status.AGREED: "run",
    Status.RUNNING: "run",
    Status.REFUSED: "fault",
    Status.PROPOSED: "idle",
    Status.ACCEPTED: "idle",
}


def headline(found: Sublease, side: Side | None, organization: Organization, names: Mapping[str, str]) -> str:
    """Say in one sentence how the sub-lease stands, from the reader's side."""
    status = Status(found.status)
    text = OVER.get(status) or WAITS[status][side or Side.ABOVE]
    missing = [names[one] for one in found.asked if one not in found.consented]
    return _(text).format(
        sublessor=found.sublessor.name,
        sublessee=found.sublessee.name,
        missing=listed(missing, _),
        starts_at=_moment(found, found.starts_at),
        ends_at=_moment(found, found.ends_at),
        active_from=_moment(found, found.active_from),
        active_to=_moment(found, found.active_to),
    )


def row(found: Sublease, organization: Organization) -> dict[str, Any]:
    """Return a line of a list."""
    side = found.side_of(organization)
    return {
        "url": reverse("sublease", args=[found.public_id]),
        "machine": found.unit.equipment.name,
        "sublessor": found.sublessor.name,
        "sublessee": found.sublessee.name,
        "starts_at": found.starts_at,
        "ends_at": found.active_to or found.ends_at,
        "zone": found.lease.terms["zone"],
        "status": found.status,
        "kind": KINDS.get(Status(found.status), "off"),
        "label": found.get_status_display(),
        "yours": _is_yours(found, side, organization),
    }


def heads() -> list[str]:
    """Return the columns of the list as a file."""
    return [_("Machine"), _("Who lends on"), _("Lent on to"), _("First day"), _("Last day"), _("State")]


def cells(found: Sublease) -> list[object]:
    """Return a line of the list as a file."""
    zone = found.lease.terms["zone"]
    days = first_day(found.starts_at, zone), last_day(found.active_to or found.ends_at, zone)
    names = [found.unit.equipment.name, found.sublessor.name, found.sublessee.name]
    return [*names, *days, found.get_status_display()]


def _is_yours(found: Sublease, side: Side | None, organization: Organization) -> bool:
    """Tell whether the sub-lease waits for the organization."""
    if found.status == Status.ACCEPTED:
        return organization.public_id in set(found.asked) - set(found.consented)
    waits = {Status.PROPOSED: Side.SUBLESSEE, Status.AGREED: Side.SUBLESSOR}
    return side is not None and waits.get(Status(found.status)) is side


def events(found: Sublease) -> list[dict[str, Any]]:
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


def _moment(found: Sublease, moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(found.lease.agreed.zone)
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M}"
