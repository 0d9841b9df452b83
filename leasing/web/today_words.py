"""What the groups of the day are called, on either side, and where each entry leads."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.models import Annex, ConditionRecord, Deposit, Lease, MaintenanceTicket, Overdue, Ticket
from leasing.queries.day import Entry
from leasing.rules.day import Group, Lack
from leasing.rules.leases import Side

# In the order in which they are shown.
TITLES: dict[tuple[Side, Group], Promise] = {
    (Side.LESSOR, Group.LATE): gettext_lazy("Late: not given back in time"),
    (Side.LESSEE, Group.LATE): gettext_lazy("Late: to be given back at once"),
    (Side.LESSOR, Group.AT_RISK): gettext_lazy("At risk: the machine may not be there"),
    (Side.LESSEE, Group.AT_RISK): gettext_lazy("At risk: your machine may not come"),
    (Side.LESSOR, Group.DECIDE): gettext_lazy("To decide"),
    (Side.LESSEE, Group.DECIDE): gettext_lazy("To answer"),
    (Side.LESSOR, Group.CHANGES): gettext_lazy("Changes to answer"),
    (Side.LESSEE, Group.CHANGES): gettext_lazy("Changes to answer"),
    (Side.LESSOR, Group.BEGINNING): gettext_lazy("Going out"),
    (Side.LESSEE, Group.BEGINNING): gettext_lazy("Arriving"),
    (Side.LESSOR, Group.RECORDS): gettext_lazy("Records of the lessee to confirm"),
    (Side.LESSEE, Group.RECORDS): gettext_lazy("Records to confirm"),
    (Side.LESSOR, Group.TICKETS): gettext_lazy("Faults that wait for you"),
    (Side.LESSEE, Group.TICKETS): gettext_lazy("Repairs to confirm"),
    (Side.LESSOR, Group.MAINTENANCE): gettext_lazy("Times of maintenance to agree to"),
    (Side.LESSEE, Group.MAINTENANCE): gettext_lazy("Times of maintenance to agree to"),
    (Side.LESSOR, Group.ENDING): gettext_lazy("Coming back"),
    (Side.LESSEE, Group.ENDING): gettext_lazy("Going back"),
    (Side.LESSOR, Group.DEPOSITS): gettext_lazy("Deposits to release"),
}
LACKS: dict[Lack, Promise] = {
    Lack.DEPOSIT: gettext_lazy("the deposit"),
    Lack.NOTICE: gettext_lazy("the lessee's word on the data notice"),
    Lack.PLACE: gettext_lazy("the place is not ready"),
}


# An owner's day in four columns, always there; what else waits stands below.
COLUMNS: tuple[tuple[str, Promise, Promise, tuple[Group, ...]], ...] = (
    ("decide", gettext_lazy("To decide"), gettext_lazy("No request waits."), (Group.DECIDE,)),
    ("out", gettext_lazy("Going out"), gettext_lazy("Nothing goes out in seven days."), (Group.BEGINNING,)),
    ("back", gettext_lazy("Coming back"), gettext_lazy("Nothing comes back in seven days."), (Group.ENDING,)),
    ("late", gettext_lazy("Late or at risk"), gettext_lazy("Nothing is late."), (Group.LATE, Group.AT_RISK)),
)
IN_COLUMNS = {(Side.LESSOR, group) for *_names, groups in COLUMNS for group in groups}
Day = dict[tuple[Side, Group], list[Entry]]


def columns(day: Day) -> list[dict[str, Any]]:
    """Return the four columns of an owner's day."""
    found = []
    for anchor, title, none, groups in COLUMNS:
        entries = [entry for group in groups for entry in day.get((Side.LESSOR, group), ())]
        count = sum(day[Side.LESSOR, group][0].total for group in groups if day.get((Side.LESSOR, group)))
        found.append(
            {
                "anchor": f"column-{anchor}",
                "title": title,
                "none": none,
                "late": anchor == "late" and count > 0,
                "count": count,
                "rows": [_row(entry) for entry in entries],
                "more": count - len(entries),
            }
        )
    return found


def sections(day: Day, *, without_columns: bool = False) -> list[dict[str, Any]]:
    """Return the groups that hold something, in the order of the page; not those of the columns, if asked."""
    return [
        {
            "title": title,
            "anchor": f"{side.value}-{group.value}",
            "late": group in (Group.LATE, Group.AT_RISK),
            "count": day[side, group][0].total,
            "rows": [_row(entry) for entry in day[side, group]],
            "more": day[side, group][0].total - len(day[side, group]),
        }
        for (side, group), title in TITLES.items()
        if day.get((side, group)) and not (without_columns and (side, group) in IN_COLUMNS)
    ]


def address(entry: Entry) -> str:
    """Return the page where the next step is taken."""
    subject, lease = entry.subject, entry.lease
    if entry.group == Group.AT_RISK:
        return reverse("lease-risks", args=[lease.public_id])
    if isinstance(subject, Ticket):
        return reverse("ticket", args=[subject.public_id])
    if isinstance(subject, Annex):
        return reverse("lease-change", args=[lease.public_id, subject.number])
    if isinstance(subject, MaintenanceTicket):
        return reverse("maintenance", args=[subject.public_id])
    if isinstance(subject, ConditionRecord):
        return reverse("record", args=[subject.public_id])
    if entry.group == Group.BEGINNING and entry.side == Side.LESSOR and not entry.lacks:
        return reverse("lease-handover", args=[lease.public_id])
    return reverse("lease", args=[lease.public_id])


def _row(entry: Entry) -> dict[str, Any]:
    lease = entry.lease
    return {
        "url": address(entry),
        "title": lease.terms["listing_title"],
        "number": lease.number,
        "partner": (lease.lessee if entry.side == Side.LESSOR else lease.lessor).name,
        "when": entry.when,
        "zone": lease.terms["zone"],
        "what": _what(entry.subject),
        "lacks": [LACKS[lack] for lack in entry.lacks],
        "complete": entry.group == Group.BEGINNING and not entry.lacks,
    }


def _what(subject: Any) -> str:
    """Say in a word how the thing stands."""
    if isinstance(subject, Lease):
        return str(subject.get_status_display())
    if isinstance(subject, Deposit):
        waits = getattr(subject, "is_ordered", False)
        return _("waits for a second person") if waits else subject.state_label
    if isinstance(subject, Annex):
        return str(subject.get_kind_display())
    if isinstance(subject, MaintenanceTicket):
        return f"{subject.rule.what} · {subject.equipment.name}"
    if isinstance(subject, Overdue):
        return str(subject.unit.equipment.name)
    if isinstance(subject, ConditionRecord):
        return f"{subject.get_kind_display()} · {subject.unit.equipment.name}"
    return f"{subject.get_status_display()} · {subject.unit.equipment.name}"
