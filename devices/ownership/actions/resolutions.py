"""The resolutions that can be asked for."""

from datetime import timedelta

from django.utils.translation import gettext_noop

from devices.ownership.rules.intervals import MOST_BUCKETS
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.period import Period


class IntervalNotPositive(Invalid):
    """A resolution is a length of time."""

    code = "interval_not_positive"
    text = gettext_noop("The interval must be longer than nothing. Give 15 minutes, for example.")


class IntervalTooFine(Invalid):
    """There would be too many figures a channel."""

    code = "interval_too_fine"
    text = gettext_noop(
        "This gives {count} intervals a channel; {most} are allowed. Ask for a longer interval or less time."
    )


def check(*, interval: timedelta | None, period: Period) -> None:
    """
    Let a resolution pass, or none.

    :raises IntervalNotPositive: if the interval is empty
    :raises IntervalTooFine: if a channel would have more than 10,000 intervals
    """
    if interval is None:
        return
    if interval <= timedelta():
        raise IntervalNotPositive(
            flaws=[Flaw("/interval", IntervalNotPositive.code, IntervalNotPositive.text)]
        )
    count = 0 if period.end is None else -(-period.duration() // interval)
    if count > MOST_BUCKETS:
        facts = {"count": count, "most": MOST_BUCKETS}
        flaw = Flaw("/interval", IntervalTooFine.code, IntervalTooFine.text, facts)
        raise IntervalTooFine(flaws=[flaw], **facts)
