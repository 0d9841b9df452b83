"""What the pages of maintenance say, in the reader's language."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from leasing.models import MaintenanceRule, MaintenanceTicket
from leasing.queries.maintenance import standings
from leasing.rules.maintenance import METERED, OVER, Basis, Standing, Status
from marketplace.models import Equipment, Organization
from marketplace.shared import clock

UNITS = {
    Basis.RUN_TIME: gettext_noop("{used} of {interval} h"),
    Basis.CYCLES: gettext_noop("{used} of {interval} cycles"),
}
EVERY = {
    Basis.RUN_TIME: gettext_noop("every {interval} h of run time"),
    Basis.CYCLES: gettext_noop("every {interval} cycles"),
    Basis.DAYS: gettext_noop("every {interval} days"),
    Basis.MONTHS: gettext_noop("every {interval} months"),
}
AT_PACE = gettext_noop("{used}, due about {day} at the present pace")
NO_PACE = gettext_noop("{used}; it does not run at present, so no day can be said")
OVERDUE = gettext_noop("{used}: due now")
BY_DAY = gettext_noop("due on {day}")
DUE_SINCE = gettext_noop("due since {day}")
UNHEARD = gettext_noop("{used}; no device tells more yet")
HEADLINES = {
    Status.OPEN: gettext_noop("It has no time yet. The owner makes time for it, or the clock finds some."),
    Status.PLANNED: gettext_noop("The machine is kept free for it."),
    Status.PROPOSED: gettext_noop(
        "{proposer} proposes this time. The other side agrees, or proposes another."
    ),
    Status.AGREED: gettext_noop("Both sides agreed to this time."),
    Status.DONE: gettext_noop("Done on {done}. The next is counted from there."),
    Status.WITHDRAWN: gettext_noop("Its rule holds no more."),
}
KINDS = {
    Status.OPEN: "fault",
    Status.PLANNED: "info",
    Status.PROPOSED: "idle",
    Status.AGREED: "info",
    Status.DONE: "run",
}


def number(value: Decimal) -> str:
    """Write hours or counts with one decimal at most."""
    rounded = value.quantize(Decimal("0.1"))
    return f"{rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded:f}"


def every(rule: MaintenanceRule) -> str:
    """Say how often."""
    return _(EVERY[Basis(rule.basis)]).format(interval=number(rule.interval))


def state(rule: MaintenanceRule, found: Standing, heard: bool) -> str:
    """Say how a machine stands to a rule, with the figures."""
    basis = Basis(rule.basis)
    if basis not in METERED or found.used is None:
        return _(DUE_SINCE if found.due else BY_DAY).format(day=_day(found.due_at))
    used = _(UNITS[basis]).format(used=number(found.used), interval=number(rule.interval))
    if found.due:
        return _(OVERDUE).format(used=used)
    if not heard:
        return _(UNHEARD).format(used=used)
    return _(NO_PACE if found.due_at is None else AT_PACE).format(used=used, day=_day(found.due_at))


def rows(machine: Equipment, tickets: list[MaintenanceTicket], at: datetime) -> list[dict[str, Any]]:
    """Return a line for each rule of a machine: how often, how it stands, and its open ticket."""
    open_now = {one.rule_id: one for one in tickets if one.status not in OVER}
    return [
        {
            "rule": rule,
            "every": every(rule),
            "state": state(rule, found, heard),
            "kind": "fault" if found.due else "idle" if found.near else "run",
            "label": _("due") if found.due else _("soon") if found.near else _("not due"),
            "ticket": open_now.get(rule.pk),
        }
        for rule, found, heard in standings(machine, at)
    ]


def ticket_row(found: MaintenanceTicket) -> dict[str, Any]:
    """Return a line of the list of tickets."""
    time = found.time
    return {
        "ticket": found,
        "kind": KINDS.get(Status(found.status), "off"),
        "label": found.get_status_display(),
        "time": found.done_at if found.done_at else time.start if time else None,
        "counter": _counter(found),
    }


def page(found: MaintenanceTicket, reader: Organization) -> dict[str, Any]:
    """Return what the page of one ticket says; the counter to the owner alone."""
    text = HEADLINES[Status(found.status)]
    return {
        "ticket": found,
        "kind": KINDS.get(Status(found.status), "off"),
        "headline": _(text).format(proposer=found.proposer.name, done=_day(found.done_at)),
        "every": every(found.rule),
        "time": found.time,
        "counter": _counter(found) if reader == found.equipment.owner else "",
        "now": timezone.localtime(clock.now()).replace(second=0, microsecond=0),
    }


def _counter(found: MaintenanceTicket) -> str:
    if found.counter is None or Basis(found.rule.basis) not in METERED:
        return ""
    return number(found.counter)


def _day(moment: datetime | None) -> str:
    return "" if moment is None else date_format(timezone.localtime(moment), "DATE_FORMAT")
