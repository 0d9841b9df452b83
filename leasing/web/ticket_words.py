"""What a ticket's pages say, in the reader's language."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from leasing.models import DowntimeCredit, Ticket
from leasing.rules.tickets import Attribution, Move, Severity, Side, Status
from leasing.web.files import local
from leasing.web.words import in_words
from marketplace.models import Organization

HEADLINES = {
    Status.OPEN: gettext_noop("{raiser} has reported this. {lessor} answers until {response_due}."),
    Status.REOPENED: gettext_noop("{lessee} says that it still does not work. {lessor} goes on."),
    Status.ACKNOWLEDGED: gettext_noop("{lessor} has seen it and repairs until {solution_due}."),
    Status.IN_WORK: gettext_noop("{lessor} is repairing, until {solution_due}."),
    Status.SOLVED: gettext_noop(
        "{lessor} says that it works again. {lessee} confirms or reopens until {confirm_by}."
    ),
    Status.WITHDRAWN: gettext_noop("Withdrawn by {raiser}."),
}
ATTRIBUTED = {
    Attribution.NONE: gettext_noop("It works again. Who bears the standstill is not proposed yet."),
    Attribution.PROPOSED: gettext_noop(
        "{proposer} proposes who bears the standstill. The answer is due until {reply_by}."
    ),
    Attribution.CONTESTED: gettext_noop(
        "Who bears the standstill is contested: propose anew, or the platform decides."
    ),
    Attribution.AGREED: gettext_noop("It works again, and both agree who bears the standstill."),
    Attribution.DECIDED: gettext_noop("It works again. The platform has decided who bears the standstill."),
}
DONE = gettext_noop("It works again.")
CLOSED = gettext_noop("Closed with the end of the use; nobody says that the machine was repaired.")
CLOSED_ATTRIBUTED = ATTRIBUTED | {
    Attribution.NONE: gettext_noop(
        "Closed with the end of the use; nobody says that the machine was repaired. Who bears the standstill "
        "is not proposed yet."
    ),
    Attribution.AGREED: gettext_noop("Closed with the end of the use. Both agree who bears the standstill."),
    Attribution.DECIDED: gettext_noop(
        "Closed with the end of the use. The platform has decided who bears the standstill."
    ),
}
CLOSED_LABEL = gettext_noop("Closed with the use")
KINDS = {
    Status.OPEN: "fault",
    Status.REOPENED: "fault",
    Status.ACKNOWLEDGED: "idle",
    Status.IN_WORK: "idle",
    Status.SOLVED: "info",
    Status.CONFIRMED: "run",
}
ANSWER_KINDS = {
    Attribution.PROPOSED: "idle",
    Attribution.CONTESTED: "fault",
    Attribution.AGREED: "run",
    Attribution.DECIDED: "run",
}


def was_closed(found: Ticket) -> bool:
    """Tell whether a ticket was closed because the use was over, and not because it works again."""
    return bool(getattr(found, "was_closed", False))


def label(found: Ticket) -> str:
    """Say in a word or two how far the repair is; what was only closed does not work again."""
    return _(CLOSED_LABEL) if was_closed(found) else str(found.get_status_display())


def kind(found: Ticket) -> str:
    """Return the colour and shape of that word."""
    return "off" if was_closed(found) else KINDS.get(Status(found.status), "off")


def headline(found: Ticket) -> str:
    """Say in one sentence how the ticket stands."""
    text = HEADLINES.get(Status(found.status))
    if text is None:
        closed, stood = was_closed(found), found.severity == Severity.DOWN
        attributed, done = (CLOSED_ATTRIBUTED, CLOSED) if closed else (ATTRIBUTED, DONE)
        text = attributed[Attribution(found.attribution)] if stood else done
    return _(text).format(
        raiser=found.raised_by.name,
        lessor=found.lease.lessor.name,
        lessee=found.lease.lessee.name,
        proposer=found.proposed_by.name if found.proposed_by else "",
        response_due=_moment(found, found.response_due_at),
        solution_due=_moment(found, found.solution_due_at),
        confirm_by=_moment(found, found.confirm_by),
        reply_by=_moment(found, found.reply_by),
    )


def row(found: Ticket, organization: Organization) -> dict[str, Any]:
    """Return a line of a list."""
    return {
        "url": reverse("ticket", args=[found.public_id]),
        "machine": found.unit.equipment.name,
        "severity": found.get_severity_display(),
        "lease": found.lease.number,
        "lease_url": reverse("lease", args=[found.lease.public_id]),
        "reported_at": found.reported_at,
        "zone": found.lease.terms["zone"],
        "status": found.status,
        "kind": kind(found),
        "label": label(found),
        "yours": is_yours(found, organization),
    }


def heads() -> list[str]:
    """Return the columns of the list as a file."""
    return [_("Machine"), _("What the fault does"), _("Reported"), _("Lease"), _("State")]


def cells(found: Ticket) -> list[object]:
    """Return a line of the list as a file."""
    named = [found.unit.equipment.name, found.get_severity_display()]
    reported = local(found.reported_at, found.lease.terms["zone"])
    return [*named, reported, found.lease.number, str(label(found))]


def is_yours(found: Ticket, organization: Organization) -> bool:
    """Tell whether the ticket waits for the organization."""
    side = found.side_of(organization)
    if found.attribution == Attribution.CONTESTED:
        return side is Side.PLATFORM
    if found.attribution == Attribution.PROPOSED:
        return side in (Side.LESSOR, Side.LESSEE) and organization.pk != found.proposed_by_id
    waits = {Status.SOLVED: Side.LESSEE, Status.CONFIRMED: None, Status.WITHDRAWN: None}
    return side is not None and side is waits.get(Status(found.status), Side.LESSOR)


def times(found: Ticket) -> list[dict[str, Any]]:
    """Return promise and fact of response and solution."""
    repaired = found.status in (Status.SOLVED, Status.CONFIRMED) and not was_closed(found)
    end = found.down_to if repaired else None
    facts = (
        (_("First answer"), found.response_due_at, found.responded_at, found.response),
        (_("Repair"), found.solution_due_at, end, found.solution if end else None),
    )
    return [
        {"label": label, "due": due, "done": done, "took": took, "late": bool(done and done > due)}
        for label, due, done, took in facts
    ]


def evidence(found: Ticket) -> dict[str, Any] | None:
    """Return what the machine said of the standstill, with lengths as spans of time."""
    if found.evidence is None:
        return None
    spans = {
        name.removesuffix("_seconds"): timedelta(seconds=found.evidence[name])
        for name in ("reported_seconds", "ran_seconds", "stood_seconds")
        if name in found.evidence
    }
    return spans | {"measured": found.evidence["measured"], "stands": found.stands}


def events(found: Ticket) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first."""
    return [
        {
            "at": step.occurred_at,
            "who": " · ".join(name for name in (step.actor_name, step.organization_name) if name)
            if step.organization
            else _("the clock"),
            "what": _what(step.get_move_display(), step.facts.get("cause", "")),
            "why": step.reason,
            "kind": "off" if step.move == Move.CLOSE else KINDS.get(Status(step.status_after), "off"),
        }
        for step in found.steps.order_by("-position")
    ]


def credit(one: DowntimeCredit) -> dict[str, Any]:
    """Return a line of what a standstill gives."""
    percent = "" if one.share is None else f"{one.share.normalize():f}"
    days = "" if one.days is None else str(one.days)
    text = _("{days} days longer") if one.share is None else _("{percent} % of what the period costs anyhow")
    return {
        "period": one.period,
        "stood": timedelta(seconds=one.seconds),
        "gives": text.format(days=days, percent=percent),
        "url": reverse("ticket", args=[one.ticket.public_id]),
    }


def _what(move: Any, cause: str) -> str:
    return f"{move}{_(': ')}{Ticket.Bearer(cause).label}" if cause else str(move)


def _moment(found: Ticket, moment: Any) -> str:
    return "" if moment is None else in_words(moment, found.lease.agreed.zone)
