"""
Templates of what goes out: an order takes its money from where it stood, and waits for bank or provider.

From the approval until a statement shows it the money stands on 2241.07 (payments under way), so that the
bank's account in the books is what the bank says, and nobody can spend the same money twice (finance.md §2.5:
the hold is kept while an answer is missing). Amounts are positive minor units.

Where a provider exchanged, each currency balances by itself against its trading account, as that of a
payment does: of a refund of 100.00 yuan that took 109.41 Hong Kong dollars, 100.00 go from 2241.07 to 9999 in
yuan, and 109.41 from 9999 in dollars off the balance. What the two rates differ by stays on 9999.
"""

from typing import NamedTuple

from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import NOTHING, Dims, Entry, Line
from billing.rules.posting import Head


def ordered(head: Head, amount_minor: int, *, source: str, payee: Dims) -> Entry:
    """Return the entry of an approved order; ``source`` is the account that its money is taken from."""
    return _two(Event.PAYMENT_ORDERED, head, amount_minor, (source, payee), (chart.ORDERED, payee))


class Settled(NamedTuple):
    """What a balance in another currency moved by, and the provider's fee beside it; positive minor units."""

    minor: int
    fee_minor: int
    currency: str


def seen(head: Head, amount_minor: int, *, cash: str, payee: Dims, settled: Settled | None = None) -> Entry:
    """Return the entry of an order that left the account ``cash`` of a bank or provider."""
    if settled is not None:
        return _exchanged(Event.PAYMENT_SEEN, head, amount_minor, -1, cash, payee, settled)
    return _two(Event.PAYMENT_SEEN, head, amount_minor, (chart.ORDERED, payee), (cash, NOTHING))


def came_back(
    head: Head, amount_minor: int, *, cash: str, payee: Dims, settled: Settled | None = None
) -> Entry:
    """
    Return the entry of money that came back (退汇); the order's own entry is taken back beside it.
    """
    if settled is not None:
        return _exchanged(Event.PAYMENT_RETURNED, head, amount_minor, 1, cash, payee, settled)
    return _two(Event.PAYMENT_RETURNED, head, amount_minor, (cash, NOTHING), (chart.ORDERED, payee))


def _exchanged(
    event: Event, head: Head, minor: int, sign: int, cash: str, payee: Dims, settled: Settled
) -> Entry:
    """Return the entry of money in ``settled.currency`` that left the account ``cash`` (-1) or came (1)."""
    got, other = sign * settled.minor, settled.currency
    lines = (
        Line(chart.ORDERED, -sign * minor, head.currency, payee),
        Line(chart.TRADING, sign * minor, head.currency),
        Line(chart.TRADING, -got, other),
        Line(cash, got - settled.fee_minor, other),
        Line(chart.PROVIDER_FEES, settled.fee_minor, other),
    )
    return _of(event, head, tuple(line for line in lines if line.amount_minor))


def _two(event: Event, head: Head, minor: int, debit: tuple[str, Dims], credit: tuple[str, Dims]) -> Entry:
    lines = (
        Line(debit[0], minor, head.currency, debit[1]),
        Line(credit[0], -minor, head.currency, credit[1]),
    )
    return _of(event, head, lines)


def _of(event: Event, head: Head, lines: tuple[Line, ...]) -> Entry:
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
