"""Of which days and months of the synthetic contract enough is known to compare them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from billing.rules.synthetic import LATE
from billing.rules.synthetic_price import ZONE
from marketplace.shared.period import local_midnight

SETTLES = timedelta(seconds=LATE) + timedelta(hours=1)  # late deliveries, then a run of the metering
SILENT_AT_MOST = timedelta(minutes=30)
METERED_WITHIN = timedelta(hours=1)  # the machine itself may be lost for 25 minutes
ISSUED_WITHIN = timedelta(hours=6)  # behind the end of the period and its grace
DAYS = 40
MONTHS = 3


@dataclass(frozen=True)
class Month:
    """A calendar month of the contract, or its part: ``share`` are its days and those of the whole month."""

    start: datetime
    end: datetime
    share: tuple[int, int]


def settled(begun: datetime, sent_to: datetime) -> list[date]:
    """Return the latest local days of which everything was sent, the oldest first."""
    last = (sent_to - SETTLES).astimezone(ZONE).date()
    first = max(begun.astimezone(ZONE).date(), last - timedelta(days=DAYS))
    return [first + timedelta(days=number) for number in range((last - first).days)]


def months(begun: datetime, until: datetime) -> Iterator[Month]:
    """Yield the months from the beginning of the contract to the one around ``until``."""
    start = begun
    while start < until:
        day = start.astimezone(ZONE).date()
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        end = local_midnight(following, ZONE)
        yield Month(start, end, ((following - day).days, (following - first).days))
        start = end
