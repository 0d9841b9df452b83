"""
The second life of a machine: taken out of service, refurbished, and fit to be let again, or scrapped.

What was lost or sold does not come back. Source: 国发〔2024〕7号 (renewal of equipment at scale): used
equipment is remanufactured and recycled in an orderly way, and what idles is used again.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

MOST_HOURS = Decimal(1_000_000)
MOST_ENTRIES = 100  # of one refurbishment
LONGEST = {
    "what": 300,
    "part": 120,
    "done_by": 120,
    "workshop": 120,
    "reason": 300,
    "test_run": 1000,
    "recycler": 120,
    "certificate": 120,
}


class Life(StrEnum):
    """Where a machine stands in its life."""

    IN_SERVICE = "IN_SERVICE"
    RETIRED = "RETIRED"
    REFURBISHING = "REFURBISHING"
    SCRAPPED = "SCRAPPED"


class Why(StrEnum):
    """Why a machine is out of service: it left the fleet for good, or its owner set it aside."""

    GONE = "GONE"
    SET_ASIDE = "SET_ASIDE"


class Step(StrEnum):
    """What an owner does with a machine."""

    SET_ASIDE = "SET_ASIDE"
    REFURBISH = "REFURBISH"
    FINISH = "FINISH"
    GIVE_UP = "GIVE_UP"
    PUT_BACK = "PUT_BACK"
    SCRAP = "SCRAP"


class Grade(StrEnum):
    """How good a refurbished machine is, as the test run showed."""

    A = "A"
    B = "B"
    C = "C"


class Work(StrEnum):
    """What an entry of the history is about."""

    WORK = "WORK"
    PART = "PART"
    MEASURED = "MEASURED"


STEPS: dict[Life, dict[Step, Life]] = {
    Life.IN_SERVICE: {Step.SET_ASIDE: Life.RETIRED},
    Life.RETIRED: {
        Step.REFURBISH: Life.REFURBISHING,
        Step.PUT_BACK: Life.IN_SERVICE,
        Step.SCRAP: Life.SCRAPPED,
    },
    Life.REFURBISHING: {Step.FINISH: Life.IN_SERVICE, Step.GIVE_UP: Life.RETIRED},
    Life.SCRAPPED: {},
}
TEXTS = {
    "required": gettext_noop("This must be said."),
    "too_long": gettext_noop("At most {most} characters."),
    "hours": gettext_noop("Operating hours are a number from 0 to {most}."),
    "fewer_hours": gettext_noop("The machine had {before} hours before: they do not become fewer."),
    "in_the_future": gettext_noop("This lies in the future."),
    "part_missing": gettext_noop("Name the part that was replaced."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; ``part`` names what was replaced, with its number."""

    kind: Work
    what: str
    done_by: str
    done_on: date
    part: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """How a refurbishment came out: hours of the machine then, what the test run showed, the grade."""

    workshop: str
    hours: Decimal
    test_run: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class Scrapping:
    """Who took a machine to pieces, when, and under which certificate."""

    recycler: str
    certificate: str
    scrapped_on: date


def leads_to(life: Life, step: Step, why: Why | None) -> Life | None:
    """Return where a step leads, or nothing; what is gone (lost or sold) leads nowhere."""
    return None if why is Why.GONE else STEPS[life].get(step)


def entry_flaws(given: Entry, *, on: date) -> list[Flaw]:
    """Return what is wrong with an entry on a local day, each at its field."""
    found = [*_texts(given, "what", "done_by"), *_long(given, "part"), *_future("done_on", given.done_on, on)]
    if given.kind is Work.PART and not given.part.strip():
        found.append(_flaw("part", "part_missing"))
    return found


def finish_flaws(given: Finish, *, before: Decimal | None) -> list[Flaw]:
    """Return what is wrong with how it came out; ``before`` are the hours of the last time, if known."""
    found = _texts(given, "workshop", "test_run")
    if not given.hours.is_finite() or not 0 <= given.hours <= MOST_HOURS:
        found.append(_flaw("hours", "hours", most=str(MOST_HOURS)))
    elif before is not None and given.hours < before:
        found.append(_flaw("hours", "fewer_hours", before=f"{before:f}"))
    return found


def scrapping_flaws(given: Scrapping, *, on: date) -> list[Flaw]:
    """Return what is wrong with a scrapping on a local day, each at its field."""
    return [
        *_texts(given, "recycler", "certificate"),
        *_future("scrapped_on", given.scrapped_on, on),
    ]


def reason_flaws(reason: str) -> list[Flaw]:
    """Return what is wrong with why a machine is set aside."""
    if not reason.strip():
        return [_flaw("reason", "required")]
    return [_flaw("reason", "too_long", most=LONGEST["reason"])] if len(reason) > LONGEST["reason"] else []


def _texts(given: Any, *names: str) -> list[Flaw]:
    missing = [_flaw(name, "required") for name in names if not getattr(given, name).strip()]
    return missing + _long(given, *names)


def _long(given: Any, *names: str) -> list[Flaw]:
    return [
        _flaw(name, "too_long", most=LONGEST[name])
        for name in names
        if len(getattr(given, name)) > LONGEST[name]
    ]


def _future(name: str, day: date, on: date) -> list[Flaw]:
    return [_flaw(name, "in_the_future")] if day > on else []


def _flaw(field: str, code: str, **facts: Any) -> Flaw:
    return Flaw(f"/{field}", code, TEXTS[code], facts)
