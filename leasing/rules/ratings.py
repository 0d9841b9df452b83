"""
How the two sides of a settled lease rate each other: on closed criteria, within two weeks, blind.

Nobody sees what the other side wrote before both have, or the time is over; then both stand there at once.
What a company is known for is counted from facts, and is shown only where it rests on three lessees or more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

TIME_TO_RATE = timedelta(days=14)
WORST, BEST = 1, 5
LONGEST_TEXT, LONGEST_REASON = 1000, 300
FEWEST = 3  # lessees that a figure of a company rests on
LATE_AFTER = timedelta(hours=24)  # a machine that is handed over a day after the agreed moment came late
TENTH = Decimal("0.1")


class Criterion(StrEnum):
    """What is rated; each side reads it in its own words."""

    AS_AGREED = "as_agreed"
    MACHINE = "machine"
    PUNCTUAL = "punctual"
    CONTACT = "contact"


TEXTS = {
    "required": gettext_noop("Choose one to five for this."),
    "out_of_range": gettext_noop("A rating is a whole number from one to five."),
    "unknown_criterion": gettext_noop("This is not something that is rated."),
    "text_too_long": gettext_noop("Write at most {most} characters."),
    "text_required": gettext_noop("Write something."),
    "personal": gettext_noop("Leave out telephone numbers and addresses of people: everybody reads this."),
}
# An e-mail address; a mobile or a long number such as that of an identity card or an account.
PERSONAL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|(?<!\d)1[3-9](?:[ -]?\d){9}(?!\d)|\d{15,}")


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a company as a lessor. A figure that rests on too little is ``None``."""

    leases: int | None
    stars: Decimal | None
    ratings: int
    on_time_percent: int | None
    cancelled_percent: int | None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to show."""
        return self.leases is not None or self.stars is not None


def score_flaws(scores: Mapping[str, object]) -> list[Flaw]:
    """Return what is wrong with scores: each criterion once, a whole number from one to five."""
    known = {one.value for one in Criterion}
    found = [_flaw(f"/scores/{one.value}", "required") for one in Criterion if scores.get(one.value) is None]
    for name, score in scores.items():
        if name not in known:
            found.append(_flaw("/scores", "unknown_criterion"))
        elif score is not None and (type(score) is not int or not WORST <= score <= BEST):
            found.append(_flaw(f"/scores/{name}", "out_of_range"))
    return found


def text_flaws(pointer: str, text: str, *, most: int = LONGEST_TEXT, needed: bool = False) -> list[Flaw]:
    """Return what is wrong with words that everybody will read."""
    if needed and not text.strip():
        return [_flaw(pointer, "text_required")]
    if len(text) > most:
        return [_flaw(pointer, "text_too_long", most=str(most))]
    return [_flaw(pointer, "personal")] if PERSONAL.search(text) else []


def closes_at(settled_at: datetime) -> datetime:
    """Return until when a lease can be rated."""
    return settled_at + TIME_TO_RATE


def stars(total: int, count: int) -> Decimal:
    """
    Return the average of scores to a tenth, half up.

    >>> stars(5 + 4 + 4 + 4, 4)
    Decimal('4.3')
    """
    return (Decimal(total) / count).quantize(TENTH, ROUND_HALF_UP)


def percent(part: int, whole: int, lessees: int) -> int | None:
    """
    Return a share in whole percent, half up, if it is of three lessees or more; of fewer nothing.

    >>> percent(2, 3, lessees=3), percent(2, 3, lessees=2)
    (67, None)
    """
    return (200 * part + whole) // (2 * whole) if lessees >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Counted:
    """Things of one sort, and with how many different lessees they were."""

    many: int = 0
    lessees: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether they say something of a company: one lessee that comes often does not."""
        return self.lessees >= FEWEST


def figures(
    *,
    settled: Counted,
    ratings: Counted,
    total: int,
    handovers: Counted,
    on_time: int,
    accepted: Counted,
    cancelled: int,
) -> Figures:
    """
    Return what may be said of a lessor: ``total`` is the sum of all scores of its published ``ratings``,
    ``accepted`` are the leases that were agreed on and wait no longer, ``cancelled`` those of them that
    never began, though the lessee had not cancelled.
    """
    return Figures(
        leases=settled.many if settled.is_enough else None,
        stars=stars(total, ratings.many * len(Criterion)) if ratings.is_enough else None,
        ratings=ratings.many if ratings.is_enough else 0,
        on_time_percent=percent(on_time, handovers.many, handovers.lessees),
        cancelled_percent=percent(cancelled, accepted.many, accepted.lessees),
    )


def _flaw(pointer: str, code: str, **facts: str) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
