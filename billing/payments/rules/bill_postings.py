"""
Templates of acceptance bills: a promise is no money, it stands on 1121 until bank or nobody pays it.

What it settles stands with the payer first (2205.01), and is allocated as any money is. Amounts are positive
minor units.
"""

from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import Dims, Entry, Line
from billing.rules.posting import Head


def received(head: Head, minor: int, *, payer: Dims) -> Entry:
    """Return the entry of a bill that a payer gave."""
    return _two(Event.BILL_RECEIVED, head, minor, (chart.BILLS, payer), (chart.UNALLOCATED, payer))


def honoured(head: Head, minor: int, *, cash: str, payer: Dims) -> Entry:
    """Return the entry of a bill whose money came to the account ``cash``."""
    return _two(Event.BILL_HONOURED, head, minor, (cash, payer), (chart.BILLS, payer))


def failed(head: Head, minor: int, *, payer: Dims) -> Entry:
    """Return the entry of a bill that ends without money; what it paid was taken back before."""
    return _two(Event.BILL_FAILED, head, minor, (chart.UNALLOCATED, payer), (chart.BILLS, payer))


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
