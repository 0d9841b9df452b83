"""What is planned before a machine is handed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leasing.rules.condition import utc
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST = 200
# What a site must have before a machine comes; "not needed" is ready as well.
SITE = {
    "power": gettext_noop("Power"),
    "air": gettext_noop("Compressed air"),
    "floor": gettext_noop("Floor and way in"),
    "clean_class": gettext_noop("Clean class, climate"),
    "crew": gettext_noop("Crew and lifting gear"),
}
TEXTS = {
    "missing": gettext_noop("Say it for each of these: {names}."),
    "unknown": gettext_noop("There is nothing called “{name}” on this list."),
    "not_yes_or_no": gettext_noop("Ready is yes or no."),
    "too_long": gettext_noop("At most {most} characters."),
    "after_the_lease": gettext_noop("The hand-over lies before the end of the lease."),
    "in_the_past": gettext_noop("This lies in the past."),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """When the machine comes, by which delivery order, insured how on its way, and what the site has."""

    planned_for: datetime
    delivery: str
    site_ready: Mapping[str, bool]
    transit_insurance: str = ""

    def dump(self) -> dict[str, Any]:
        """Write the plan as the history keeps it."""
        return {
            "planned_for": utc(self.planned_for),
            "delivery": self.delivery,
            "transit_insurance": self.transit_insurance,
            "site_ready": dict(self.site_ready),
        }


def flaws(plan: Plan, *, ends_at: datetime, at: datetime) -> list[Flaw]:
    """Return what is wrong with a plan, each at its field."""
    found = []
    if plan.planned_for < at:
        found.append(_flaw("/planned_for", "in_the_past"))
    if plan.planned_for >= ends_at:
        found.append(_flaw("/planned_for", "after_the_lease"))
    missing = [name for name in SITE if name not in plan.site_ready]
    if missing:
        found.append(_flaw("/site_ready", "missing", names=", ".join(missing)))
    found += [_flaw("/site_ready", "unknown", name=name) for name in plan.site_ready if name not in SITE]
    if any(value is not True and value is not False for value in plan.site_ready.values()):
        found.append(_flaw("/site_ready", "not_yes_or_no"))
    texts = {"/delivery": plan.delivery, "/transit_insurance": plan.transit_insurance}
    return found + [
        _flaw(place, "too_long", most=LONGEST) for place, text in texts.items() if len(text) > LONGEST
    ]


def not_ready(facts: Mapping[str, Any]) -> list[str]:
    """Return what the site lacks, by the facts of the last plan."""
    return [name for name in SITE if facts.get("site_ready", {}).get(name) is not True]


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
