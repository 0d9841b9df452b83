"""
What a change of our balance at a provider is, where no object of the provider tells: two people say it.

Amounts are signed minor units, as the provider's list has them (finance.md §4.4: what is of an unknown
kind is printed, never guessed).
"""

from enum import StrEnum

from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import Entry, Line
from billing.rules.posting import Head


class Means(StrEnum):
    """What such a change can be."""

    FEE = "FEE"
    HELD = "HELD"
    OTHER = "OTHER"


def account_of(means: str, net: int) -> str:
    """
    Return the account against which a change stands; other gains and losses are kept apart.

    >>> account_of("FEE", -250), account_of("OTHER", 250)
    ('6603.01', '6301.09')
    """
    if means == Means.OTHER:
        return chart.OTHER_INCOME if net > 0 else chart.OTHER_LOSS
    return {Means.FEE: chart.PROVIDER_FEES, Means.HELD: chart.RESERVED}[Means(means)]


def classified(head: Head, *, net: int, means: str) -> Entry:
    """Return the entry of a change of ``net`` that nothing of it was booked of."""
    return _entry(head, Line(chart.AVAILABLE, net, head.currency), account_of(means, net), -net)


def classified_anew(head: Head, *, net: int, means: str, was: str) -> Entry:
    """Return the entry by which a change that was booked as ``was`` becomes something else."""
    back = Line(account_of(was, net), net, head.currency)
    return _entry(head, back, account_of(means, net), -net)


def _entry(head: Head, line: Line, account: str, minor: int) -> Entry:
    return Entry(
        book=head.book,
        kind=Event.MOVEMENT_CLASSIFIED.value,
        key=head.key,
        on=head.on,
        lines=(line, Line(account, minor, head.currency)),
        memo=head.memo,
        source_type=head.source_type,
        source_id=head.source_id,
    )
