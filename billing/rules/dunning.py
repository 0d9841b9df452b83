"""Which reminder is due: levels by days after the due day, one after the other, never the same one twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

MOST_LEVELS = 5


class Level(NamedTuple):
    """One level of a policy: from how many days after the due day on, and what its letter says."""

    days: int
    zh: str
    en: str


@dataclass(frozen=True)
class Item:
    """
    What is open of one invoice with its notes, in minor units; ``frozen`` of it is disputed.

    ``sent`` is the last level that a letter named, 0 for none, and ``sent_on`` the day of that letter.
    ``promised_on`` is the day by which the buyer promised to pay, ``held`` whether its seller paused
    reminders.
    """

    invoice: str
    due_on: date
    open_minor: int
    frozen_minor: int = 0
    sent: int = 0
    sent_on: date | None = None
    promised_on: date | None = None
    held: bool = False

    @property
    def asked_minor(self) -> int:
        """What is to be paid now."""
        return max(0, self.open_minor - max(0, self.frozen_minor))

    def late_days(self, today: date) -> int:
        """Return how many days it is late: on the due day itself it is not."""
        return (today - self.due_on).days


def is_left_alone(item: Item, today: date, *, smallest_minor: int) -> bool:
    """Tell whether nobody is reminded of it today: held, promised, disputed, too small or not late."""
    is_promised = item.promised_on is not None and today <= item.promised_on
    is_small = item.asked_minor < max(1, smallest_minor)
    return item.held or is_promised or is_small or item.late_days(today) < 1


def next_level(item: Item, levels: Sequence[Level], today: date, *, smallest_minor: int = 0) -> int | None:
    """
    Return the level (from 1) of which a reminder is due today, if one is.

    A level follows the one before it; between two letters of an invoice lie at least as many days as between
    their levels, also where the first went out late.

    >>> steps = [Level(3, "", ""), Level(14, "", "")]
    >>> next_level(Item("i", date(2026, 11, 1), 100), steps, date(2026, 11, 4))
    1
    """
    if item.sent >= len(levels) or is_left_alone(item, today, smallest_minor=smallest_minor):
        return None
    wanted = levels[item.sent]
    if item.late_days(today) < wanted.days:
        return None
    if item.sent and item.sent_on is not None:
        gap = timedelta(days=wanted.days - levels[item.sent - 1].days)
        if today < item.sent_on + gap:
            return None
    return item.sent + 1


def due(
    items: Iterable[Item], levels: Sequence[Level], today: date, *, smallest_minor: int = 0
) -> list[tuple[Item, int]]:
    """Return the items that step up today with their new levels, in the order in which they fell due."""
    found = [(one, next_level(one, levels, today, smallest_minor=smallest_minor)) for one in items]
    stepping = [(one, level) for one, level in found if level is not None]
    return sorted(stepping, key=lambda pair: (pair[0].due_on, pair[0].invoice))
