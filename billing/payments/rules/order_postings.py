"""
Templates of what goes out: an order takes its money from where it stood, and waits for bank or provider.

From the approval until a statement shows it the money stands on 2241.07 (payments under way), so that the
bank's account in the books is what the bank says, and nobody can spend the same money twice (finance.md §2.5:
the hold is kept while an answer is missing). Amounts are positive minor units.
"""

from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import NOTHING, Dims, Entry, Line
from billing.rules.posting import Head


def ordered(head: Head, amount_minor: int, *, source: str, payee: Dims) -> Entry:
    """Return the entry of an approved order; ``source`` is the account that its money is taken from."""
    return _two(Event.PAYMENT_ORDERED, head, amount_minor, (source, payee), (chart.ORDERED, payee))


def seen(head: Head, amount_minor: int, *, cash: str, payee: Dims) -> Entry:
    """Return the entry of an order that left the account ``cash`` of a bank or provider."""
    return _two(Event.PAYMENT_SEEN, head, amount_minor, (chart.ORDERED, payee), (cash, NOTHING))


def came_back(head: Head, amount_minor: int, *, cash: str, payee: Dims) -> Entry:
    """
    Return the entry of money that came back (退汇); the order's own entry is taken back beside it.
    """
    return _two(Event.PAYMENT_RETURNED, head, amount_minor, (cash, NOTHING), (chart.ORDERED, payee))


def _two(event: Event, head: Head, minor: int, debit: tuple[str, Dims], credit: tuple[str, Dims]) -> Entry:
    lines = (
        Line(debit[0], minor, head.currency, debit[1]),
        Line(credit[0], -minor, head.currency, credit[1]),
    )
    return Entry(
        book=head.book,
        kind=event.value,
        key=head.key,
        on=head.on,
        lines=lines,
        memo=head.memo,
        source_type=head.source_type,
        source_id=head.source_id,
    )
