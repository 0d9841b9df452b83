"""
How often something may be tried: so many within a time, then a wait that doubles with every further try.

Example, sign-in of one account from one network: 5 tries within 15 minutes; then 30 s, 1 min, 2 min … at most
15 min.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_DOUBLINGS = 20


@dataclass(frozen=True)
class Limit:
    """``most`` tries ``within`` a time are free; then one waits ``wait``, twice that … to ``longest``."""

    most: int
    within: timedelta
    wait: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Tried:
    """What is known: how many tries since when, and until when nothing more is taken."""

    hits: int
    since: datetime
    until: datetime | None = None


def is_shut(tried: Tried | None, at: datetime) -> bool:
    """Tell whether one has to wait."""
    return tried is not None and tried.until is not None and at < tried.until


def after(tried: Tried | None, limit: Limit, at: datetime) -> Tried:
    """Return what is known after one more try at ``at``, which was not shut out."""
    if tried is None or at >= max(tried.since + limit.within, tried.until or tried.since):
        hits, since = 1, at
    else:
        hits, since = tried.hits + 1, tried.since
    over = hits - limit.most
    if over < 0:
        return Tried(hits, since)
    wait = min(limit.wait * 2 ** min(over, MOST_DOUBLINGS), limit.longest)
    return Tried(hits, since, at + wait)


QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
SIGN_IN_HERE = Limit(5, QUARTER, timedelta(seconds=30), QUARTER)  # an account, from one network
SIGN_IN_ACCOUNT = Limit(100, QUARTER, timedelta(seconds=30), QUARTER)  # from all: nobody shuts its owner out
SIGN_IN_ADDRESS = Limit(100, QUARTER, timedelta(minutes=1), HOUR)
SECOND_FACTOR = Limit(5, HOUR, timedelta(minutes=1), HOUR)
JOIN_ADDRESS = Limit(5, HOUR, HOUR, DAY)
JOIN_HERE = Limit(3, HOUR, HOUR, DAY)  # an e-mail address, from one network
JOIN_EMAIL = Limit(20, DAY, HOUR, DAY)
REGISTER = Limit(3, HOUR, HOUR, DAY)  # by somebody who has an account
ASK_ADDRESS = Limit(5, HOUR, HOUR, DAY)
ASK_ORGANIZATION = Limit(10, DAY, DAY, DAY)
CODE_ADDRESS = Limit(60, HOUR, timedelta(minutes=10), DAY)
RESET_ADDRESS = Limit(10, HOUR, HOUR, DAY)
RESET_EMAIL = Limit(3, HOUR, HOUR, DAY)
INVITE = Limit(50, DAY, HOUR, DAY)
INVITE_UNVERIFIED = Limit(10, DAY, HOUR, DAY)
PASSWORD = Limit(5, HOUR, timedelta(minutes=1), HOUR)
EXPORT = Limit(5, DAY, HOUR, DAY)  # what is stored of a person, or of an organization
