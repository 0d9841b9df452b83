"""Periods that indicators are asked for: half-open local days, with those before them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MONTHS = (1, 3, 12)


@dataclass(frozen=True)
class Days:
    """Local days from ``first`` up to and without ``end``."""

    first: date
    end: date

    @property
    def months(self) -> int:
        """How many whole calendar months these are; 0 if they are something else."""
        whole = self.first.day == 1 and self.end.day == 1
        return _number(self.end) - _number(self.first) if whole else 0

    @property
    def is_calendar(self) -> bool:
        """Whether these are a calendar month, quarter or year."""
        return self.months in MONTHS and (self.first.month - 1) % self.months == 0

    @property
    def name(self) -> str:
        """
        Name them.

        >>> [Days(date(2026, first, 1), end).name for first, end in
        ...  ((9, date(2026, 10, 1)), (7, date(2026, 10, 1)), (1, date(2027, 1, 1)))]
        ['2026-09', '2026-Q3', '2026']
        """
        if not self.is_calendar:
            return f"{self.first:%Y-%m-%d} – {self.end - timedelta(days=1):%Y-%m-%d}"
        if self.months == 12:
            return f"{self.first:%Y}"
        return f"{self.first:%Y-%m}" if self.months == 1 else f"{self.first:%Y}-Q{self.first.month // 3 + 1}"

    def before(self) -> "Days":
        """
        Return the period before: as many months, or else as many days.

        >>> Days(date(2026, 1, 1), date(2026, 4, 1)).before().name
        '2025-Q4'
        """
        if months := self.months:
            return Days(_month(_number(self.first) - months), self.first)
        return Days(self.first - (self.end - self.first), self.first)

    def with_those_before(self, many: int) -> Sequence["Days"]:
        """Return these and the periods before, the newest first."""
        found = [self]
        while len(found) < many:
            found.append(found[-1].before())
        return found

    def split(self) -> Sequence["Days"]:
        """Return its calendar months, the oldest first; itself alone if it is not made of them."""
        first = _number(self.first)
        return [Days(_month(first + n), _month(first + n + 1)) for n in range(self.months)] or [self]


def month_of(day: date) -> Days:
    """Return the calendar month of a day."""
    return Days(_month(_number(day)), _month(_number(day) + 1))


def quarter_of(day: date) -> Days:
    """Return the calendar quarter of a day."""
    first = _number(day) // 3 * 3
    return Days(_month(first), _month(first + 3))


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


LEAD = 5  # the part of a step, as 1/LEAD, that sums have to be added up before somebody asks
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_known(now: datetime, step: timedelta) -> datetime:
    """
    Return the cut-off of a question as known now: a full step, so that all who ask meanwhile ask the same.

    >>> [as_known(datetime(2026, 11, 28, 5, 40, second, tzinfo=UTC), timedelta(minutes=5)).minute
    ...  for second in (0, 59)]
    [35, 35]
    >>> as_known(datetime(2026, 11, 28, 5, 41, tzinfo=UTC), timedelta(minutes=5)).minute
    40
    """
    since = now - step / LEAD - EPOCH
    return EPOCH + since // step * step


def ahead(now: datetime, step: timedelta) -> datetime:
    """Return a moment at which people ask with the latest full step that lies behind ``now``."""
    return now + step / LEAD
