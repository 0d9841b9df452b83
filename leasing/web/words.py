"""What a lease's pages say, in the reader's language."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from leasing.models import Lease, Transition
from leasing.rules.estimates import Estimate
from leasing.rules.leases import Side, Status
from leasing.rules.offers import Mandate
from marketplace.rules.pricing import words
from marketplace.rules.quotes import billed_unit
from marketplace.shared.errors import DomainError

SENTENCES: dict[Status, tuple[str, str]] = {
    # what the lessee reads, what the lessor reads
    Status.REQUESTED: (
        gettext_noop("{lessor} decides your request until {decide_by}."),
        gettext_noop("{lessee} asks for this machine. Decide until {decide_by}."),
    ),
    Status.QUOTED: (
        gettext_noop("{lessor} made you a quote. Accept it until {decide_by}, or answer it."),
        gettext_noop("Your quote is with {lessee}, who may accept it until {decide_by}."),
    ),
    Status.COUNTERED: (
        gettext_noop("Your counter-offer is with {lessor}, who decides until {decide_by}."),
        gettext_noop("{lessee} answers your quote with another offer. Decide until {decide_by}."),
    ),
    Status.ACCEPTED: (
        gettext_noop("Accepted, and the machine is kept for you. {lessor} still has to approve it."),
        gettext_noop("Accepted, and the machine is kept for {lessee}. A second person has to approve it."),
    ),
    Status.APPROVED: (
        gettext_noop(
            "Approved, and the machine is kept for you. You and {lessor} have to sign the contract."
        ),
        gettext_noop("Approved. You and {lessee} have to sign the contract."),
    ),
    Status.CONTRACTED: (
        gettext_noop("The machine is kept for you. {lessor} hands it over from {starts_at} on."),
        gettext_noop("The machine is kept for {lessee}. Hand it over from {starts_at} on."),
    ),
    Status.REFUSED: (
        gettext_noop("{lessor} refused the request. The reason stands below."),
        gettext_noop("You refused the request of {lessee}."),
    ),
    Status.CANCELLED: (
        gettext_noop("You cancelled this lease. Nothing is owed."),
        gettext_noop("{lessee} cancelled. The machine is free again."),
    ),
    Status.EXPIRED: (
        gettext_noop("Nobody decided in time, or the machine was never handed over. Nothing is owed."),
        gettext_noop(
            "Nobody decided in time, or the machine was never handed over. The machine is free again."
        ),
    ),
    Status.ACTIVE: (
        gettext_noop("Runs since {active_from} and ends at {ends_at}. You pay for what the machine does."),
        gettext_noop("Runs since {active_from} at {lessee} and ends at {ends_at}."),
    ),
    Status.SUSPENDED: (
        gettext_noop("Suspended since the step shown below; it ends at {ends_at}."),
        gettext_noop("Suspended at {lessee}; it ends at {ends_at}."),
    ),
    Status.NOTICE_GIVEN: (
        gettext_noop("Notice is given: it runs until {ends_at}, then the machine goes back."),
        gettext_noop("Notice is given: it runs at {lessee} until {ends_at}, then the machine comes back."),
    ),
    Status.TERMINATED: (
        gettext_noop("Terminated: ran from {active_from} to {active_to}. The reason stands below."),
        gettext_noop("Terminated: ran from {active_from} to {active_to} at {lessee}."),
    ),
    Status.LOST: (
        gettext_noop("{lessor} reported the machine lost: ran from {active_from} to {active_to}."),
        gettext_noop("The machine was reported lost: ran from {active_from} to {active_to} at {lessee}."),
    ),
    Status.BOUGHT_OUT: (
        gettext_noop("You bought the machine: ran from {active_from} to {active_to}."),
        gettext_noop("{lessee} bought the machine: ran from {active_from} to {active_to}."),
    ),
    Status.ENDED: (
        gettext_noop("Ran from {active_from} to {active_to}."),
        gettext_noop("Ran from {active_from} to {active_to} at {lessee}."),
    ),
    Status.SETTLED: (
        gettext_noop("Ran from {active_from} to {active_to}. What is owed is settled with {lessor}."),
        gettext_noop("Ran from {active_from} to {active_to}. What is owed is settled with {lessee}."),
    ),
    Status.CLOSED: (
        gettext_noop("Closed: ran from {active_from} to {active_to}. Nothing is open any more."),
        gettext_noop("Closed: ran from {active_from} to {active_to} at {lessee}. Nothing is open any more."),
    ),
}
KINDS = {
    Status.ACCEPTED: "run",
    Status.APPROVED: "run",
    Status.CONTRACTED: "run",
    Status.ACTIVE: "run",
    Status.NOTICE_GIVEN: "run",
    Status.SUSPENDED: "idle",
    Status.TERMINATED: "fault",
    Status.LOST: "fault",
    Status.REFUSED: "fault",
    Status.REQUESTED: "idle",
    Status.QUOTED: "idle",
    Status.COUNTERED: "idle",
}
MANDATES: dict[Mandate, str | Promise] = {
    Mandate.OFFICE: gettext_lazy("By my office in the organization"),
    Mandate.LEGAL_REPRESENTATIVE: gettext_lazy("As its legal representative"),
    Mandate.POWER_OF_ATTORNEY: gettext_lazy("By power of attorney"),
}


def said(error: DomainError) -> str:
    """Say a refusal in one line, with what is wrong at its items where it has any."""
    texts = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws] or [
        _(error.text).format(**error.facts)
    ]
    return " ".join(texts)


def headline(lease: Lease, side: Side | None) -> str:
    """Say in one sentence how the lease stands, from the reader's side."""
    return _(SENTENCES[Status(lease.status)][side != Side.LESSEE]).format(
        lessor=lease.lessor.name,
        lessee=lease.lessee.name,
        decide_by=_moment(lease, lease.decide_by),
        starts_at=_moment(lease, lease.starts_at),
        ends_at=_moment(lease, lease.ends_at),
        active_from=_moment(lease, lease.active_from),
        active_to=_moment(lease, lease.active_to),
    )


def events(lease: Lease) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first."""
    steps = sorted(lease.transitions.all(), key=lambda step: -step.position)
    return [_event(step) for step in steps]


def history_heads() -> list[str]:
    """Return the headings of the history as a file."""
    return [
        _("Time"),
        _("Written down"),
        _("Step"),
        _("Person"),
        _("Organization"),
        _("State then"),
        _("Why"),
    ]


def history_cells(lease: Lease) -> Iterator[list[object]]:
    """Yield the history as a file says it, oldest first: when each step was taken, and when written down."""
    for step in sorted(lease.transitions.all(), key=lambda one: one.position):
        who = step.actor_name if step.organization else _("the clock")
        after = step.get_status_after_display()
        said = [step.get_move_display(), who, step.organization_name, after, step.reason]
        yield [step.occurred_at, step.recorded_at, *said]


def expected_rows(lease: Lease) -> list[tuple[str, str]]:
    """Return what the lessee expects to use, per meter."""
    plan = lease.agreed.price_plan
    return [
        (_(words.METERS[meter]), f"{quantity:,f} {_(words.UNITS[billed_unit(plan, meter)])}")
        for meter, quantity in lease.usage_expected.items()
    ]


def estimate_rows(made: Estimate) -> list[dict[str, Any]]:
    """Return the sum of each kind of line over all billing periods."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for piece in made.pieces:
        for taxed in piece.quote.lines:
            line = taxed.line
            name = _(words.LINES[line.kind])
            name = f"{name} · {_(words.METERS[line.meter])}" if line.meter else name
            row = rows.setdefault(
                (line.component, line.kind, line.seller),
                {"name": name, "seller": line.seller, "net": 0, "tax": 0},
            )
            row["net"] += line.net.minor
            row["tax"] += taxed.tax.minor
    return list(rows.values())


def _event(step: Transition) -> dict[str, Any]:
    who = " · ".join(name for name in (step.actor_name, step.organization_name) if name)
    return {
        "at": step.occurred_at,
        "who": _("the clock") if not step.organization else who,
        "what": step.get_move_display(),
        "why": step.reason,
        "kind": KINDS.get(Status(step.status_after), "off"),
    }


def _moment(lease: Lease, moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(lease.agreed.zone)
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M}"


def in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Say a moment in the reader's language, in the zone of the lease."""
    there = moment.astimezone(zone)
    return f"{date_format(there, 'DATE_FORMAT')} {there:%H:%M}"
