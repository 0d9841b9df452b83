"""
Which journal a fact of a provider is (finance.md §3.1 J03, J05, J08, J19, J20; §3.2).

What a payer gave stands with the payer (2205.01) until it is allocated to invoices; what an order paid or
gave back is posted by the order (``order_postings``). Each currency balances by itself where the provider
exchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from billing.payments.rules.stripe_facts import Fact, Kind
from billing.rules import accounts as chart
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import NOTHING, Dims, Entry, Line
from billing.rules.posting import Head
from marketplace.shared.money import Money, round_half_away

_MOVES = {
    Kind.PAYOUT: Event.PAYOUT_CREATED,
    Kind.PAYOUT_FAILED: Event.PAYOUT_FAILED,
    Kind.COLLECTED: Event.PAYOUT_CREATED,
    Kind.COLLECT_FAILED: Event.PAYOUT_FAILED,
    Kind.TOPUP: Event.TOPPED_UP,
    Kind.AVAILABLE: Event.FUNDS_AVAILABLE,
    Kind.REVERSAL: Event.OWNER_PAID_BACK,
    Kind.FEE: Event.PROVIDER_FEE,
}


def charged(head: Head, fact: Fact, payer: Dims) -> Entry:
    """
    Return the entry of a charge: net on the balance, fee as cost, all of it the payer's until allocated.

    A charge of 9,252.00 yuan that came as 10,122.83 Hong Kong dollars is 9,252.00 against the trading
    account of yuan, and 10,122.83 less fee against that of dollars (vector ``fx``).
    """
    settles = {chart.UNALLOCATED: fact.amount}
    if not fact.is_exchanged:
        return posting.card_paid(head, fee_minor=fact.fee, settles=settles, payer=payer)
    fee, got = Money(fact.fee, fact.settled_in), Money(fact.gross - fact.fee, fact.settled_in)
    return posting.exchanged(head, settles=settles, got=got, fee=fee, payer=payer)


def disputed(head: Head, fact: Fact, payer: Dims) -> Entry:
    """Return the entry of a disputed charge: its amount is owed again, the provider's fee is gone."""
    return posting.dispute_opened(_in(head, fact), amount_minor=fact.gross, fee_minor=fact.fee, payer=payer)


def dispute_won(head: Head, fact: Fact, payer: Dims) -> Entry:
    """Return the entry of a dispute that was won: its amount is back, the fee too if the provider says so."""
    entry = posting.dispute_opened(_in(head, fact), amount_minor=-fact.gross, fee_minor=fact.fee, payer=payer)
    return replace(entry, kind=Event.DISPUTE_WON.value)


@dataclass(frozen=True)
class Loss:
    """
    Whose money a lost dispute takes.

    ``left`` was not allocated, in the currency of the receipt; it is ``left_lost`` of the loss. ``owners``
    owe what was released to them for the rest; what nobody owes is ours. Minor units.
    """

    left: int
    left_lost: int
    owners: Sequence[tuple[Dims, int]]


def split_loss(fact: Fact, *, left: int) -> tuple[int, int]:
    """
    Return what of a lost dispute goes off what is left of its receipt, in both currencies; minor units.

    What is left goes first: of 9,252.00 with 4,732.00 left, 4,732.00 do, and of 3,000.00 all. Where the
    provider exchanged, what the balance lost is shared in that ratio, rounded half away from zero.
    """
    off = min(left, fact.amount)
    return off, int(round_half_away(Fraction(fact.gross * off, fact.amount), 0))


def dispute_lost(head: Head, fact: Fact, *, loss: Loss, payer: Dims) -> Entry:
    """
    Return the entry of a lost dispute: what was left of the payment goes first, owners owe what was released
    to them for the rest, and what remains is our loss.
    """
    own = fact.gross - loss.left_lost - sum(minor for _, minor in loss.owners)
    borne = [Line(chart.OWNER_OWES, minor, fact.settled_in, owner) for owner, minor in loss.owners]
    if loss.left:
        borne.append(Line(chart.UNALLOCATED, loss.left, fact.currency, payer))
    if loss.left and fact.is_exchanged:
        borne += [
            Line(chart.TRADING, -loss.left, fact.currency),
            Line(chart.TRADING, loss.left_lost, fact.settled_in),
        ]
    entry = posting.dispute_lost(_in(head, fact), owner_minor=0, own_minor=own, owner=NOTHING, payer=payer)
    ours = [line for line in entry.lines if line.account == chart.CREDIT_LOSS and line.amount_minor]
    lines = (*borne, *ours, Line(chart.DISPUTED, -fact.gross, fact.settled_in, payer))
    return replace(entry, lines=lines)


def moved(head: Head, fact: Fact, *, debit: Dims = NOTHING, credit: Dims = NOTHING) -> Entry:
    """
    Return the entry of a fact that moves one amount; what a provider collects is a payout reversed.

    :raises KeyError: if it is none such
    """
    minor = -fact.gross if fact.kind in (Kind.COLLECTED, Kind.COLLECT_FAILED) else fact.gross
    return posting.move(_MOVES[fact.kind], _in(head, fact), minor, debit=debit, credit=credit)


def _in(head: Head, fact: Fact) -> Head:
    return replace(head, currency=fact.settled_in)
