"""
Templates of what comes in: a line of the bank is one entry; what is allocated later, or taken back, another.

Amounts are positive minor units. Each part is of one invoice and one of its receivables (finance.md §3.2).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import Dims, Entry, Line
from billing.rules.posting import Head


class Part(NamedTuple):
    """What of a receivable is settled, ``let_off_minor`` of it by a small write-off."""

    account: str
    minor: int
    let_off_minor: int
    about: Dims


def received(
    head: Head, *, cash: str, parts: Sequence[Part], rest_minor: int, holding: str, payer: Dims
) -> Entry:
    """Return the entry of money on the account ``cash``: receivables it settles; the rest is held."""
    got = sum(part.minor for part in parts) + rest_minor
    is_unknown = not parts and holding == chart.SUSPENSE
    lines = [
        Line(cash, got, head.currency),
        *_settled(head, parts),
        Line(holding, -rest_minor, head.currency, payer),
    ]
    return _of(Event.UNKNOWN_RECEIVED if is_unknown else Event.BANK_RECEIVED, head, lines)


def allocated(head: Head, *, parts: Sequence[Part], holding: str, payer: Dims) -> Entry:
    """Return the entry by which held money settles receivables."""
    total = sum(part.minor for part in parts)
    return _of(Event.ALLOCATED, head, [Line(holding, total, head.currency, payer), *_settled(head, parts)])


def undone(head: Head, *, parts: Sequence[Part], holding: str, payer: Dims) -> Entry:
    """Return the mirror of :func:`allocated`: the invoice is owed again, the money is held again."""
    lines = allocated(head, parts=parts, holding=holding, payer=payer).lines
    return _of(Event.ALLOCATED, head, [_mirrored(one) for one in lines])


def netted(head: Head, *, account: str, minor: int, note: Dims, invoice: Dims) -> Entry:
    """Return the entry by which a credit note settles its invoice."""
    pair = [Line(account, minor, head.currency, note), Line(account, -minor, head.currency, invoice)]
    return _of(Event.ALLOCATED, head, pair)


def owed_back(head: Head, *, account: str, minor: int, note: Dims) -> Entry:
    """Return the entry by which a credit note over a paid invoice becomes a refund that is owed."""
    pair = [Line(account, minor, head.currency, note), Line(chart.REFUNDS, -minor, head.currency, note)]
    return _of(Event.CREDIT_NOTE, head, pair)


def named(head: Head, *, minor: int, payer: Dims) -> Entry:
    """Return the entry by which money in suspense is a known payer's."""
    pair = [Line(chart.SUSPENSE, minor, head.currency), Line(chart.UNALLOCATED, -minor, head.currency, payer)]
    return _of(Event.ALLOCATED, head, pair)


def released(head: Head, minor: int, *, payable: int, owner: Dims) -> Entry:
    """
    Return the entry of an owner's share that is freed, or taken back where ``minor`` is negative.

    ``payable`` of it, signed alike, moves the account of what is paid to the owner; the rest what it owes.
    """
    lines = [
        Line(chart.OWNER_UNCOLLECTED, minor, head.currency, owner),
        Line(chart.OWNER_PAYABLE, -payable, head.currency, owner),
        Line(chart.OWNER_OWES, -(minor - payable), head.currency, owner),
    ]
    return _of(Event.OWNER_COLLECTED, head, lines)


def booked(event: Event, head: Head, minor: int, *, cash: str, other: str) -> Entry:
    """Return the entry of what the bank itself took (negative) or gave: fees, interest, own money."""
    return _of(event, head, [Line(cash, minor, head.currency), Line(other, -minor, head.currency)])


def _settled(head: Head, parts: Sequence[Part]) -> Iterable[Line]:
    for part in parts:
        yield Line(chart.WRITE_OFF, part.let_off_minor, head.currency, part.about)
        yield Line(part.account, -(part.minor + part.let_off_minor), head.currency, part.about)


def _mirrored(line: Line) -> Line:
    return Line(line.account, -line.amount_minor, line.currency, line.dims)


def _of(event: Event, head: Head, lines: Iterable[Line]) -> Entry:
    return Entry(
        book=head.book,
        kind=event.value,
        key=head.key,
        on=head.on,
        lines=tuple(line for line in lines if line.amount_minor),
        memo=head.memo,
        source_type=head.source_type,
        source_id=head.source_id,
    )
