"""When a settled lease is closed, and until when its data are kept."""

from datetime import datetime
from zoneinfo import ZoneInfo

YEARS_KEPT = 3


def retain_until(closed_at: datetime, zone: ZoneInfo) -> datetime:
    """
    Return until when the data of a lease are kept: three years after its completion, in its own zone.

    E-commerce Law, Article 31: not less than three years. A 29 February is kept until 1 March.

        >>> from datetime import UTC
        >>> retain_until(datetime(2028, 2, 29, 4, tzinfo=UTC), ZoneInfo("Asia/Shanghai")).isoformat()
        '2031-03-01T12:00:00+08:00'
    """
    local = closed_at.astimezone(zone)
    try:
        return local.replace(year=local.year + YEARS_KEPT)
    except ValueError:
        return local.replace(year=local.year + YEARS_KEPT, month=3, day=1)
