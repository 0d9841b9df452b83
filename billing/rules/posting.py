"""
Templates: which accounts an event moves. Whoever posts names the event and the amounts, never accounts.

Amounts are positive minor units of one currency, unless a template says otherwise. Most events move one
amount from one account to another and stand in ``MOVES``; the others are functions. Rent is booked by the
lease's settlement model: as an agent the platform passes it on to the owner and earns fee and commission;
as principal rent is its own income (CAS 14 第三十四条, IFRS 15.B34–B38).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.rules import accounts as chart
from billing.rules.events import MOVES, Event
from billing.rules.journals import NOTHING, Dims, Entry, Line, Settlement
from leasing.rules.commission import cost
from marketplace.shared.money import Money, round_half_away, share_out, split_gross


@dataclass(frozen=True)
class Head:
    """What every journal says besides its lines; ``party`` of a line is who owes or is owed."""

    book: str
    key: str
    on: date
    currency: str
    memo: str = ""
    source_type: str = ""
    source_id: str = ""


@dataclass(frozen=True)
class TaxedSum:
    """What an invoice asks for at one tax rate."""

    rate: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True)
class InvoiceFacts:
    """An issued invoice as the book of the platform sees it; amounts may be negative."""

    parts: Sequence[TaxedSum]
    settlement: Settlement
    is_sold_by_platform: bool
    is_rent: bool
    is_bought_by_platform: bool
    buyer: Dims
    seller: Dims

    @property
    def net_minor(self) -> int:
        """The sum before tax."""
        return sum(part.net_minor for part in self.parts)

    @property
    def gross_minor(self) -> int:
        """What is to be paid."""
        return sum(part.net_minor + part.tax_minor for part in self.parts)


def move(
    event: Event, head: Head, amount_minor: int, *, debit: Dims = NOTHING, credit: Dims = NOTHING
) -> Entry:
    """
    Return the entry of an event that moves one amount.

    :raises KeyError: if the event is none of ``MOVES``
    """
    template = MOVES[event]
    return _entry(
        event, head, [(template.debit, amount_minor, debit)], [(template.credit, amount_minor, credit)]
    )


def invoice_issued(head: Head, invoice: InvoiceFacts) -> Entry | None:
    """
    Return J01 of one invoice; ``None`` if it asks for nothing.

    As agent (and for what a finance lease bills by use) rent is held for the owner, VAT included, because
    the owner issues the tax invoice. What the platform sells is its own income and its own VAT. What it
    rents itself is its cost (the principal's other half).
    """
    if invoice.is_bought_by_platform and invoice.is_sold_by_platform:
        return None  # nobody owes anything to itself
    if invoice.is_bought_by_platform:
        return _some(Event.OWNER_COST, head, *_cost(invoice))
    if not invoice.is_sold_by_platform:
        gross = invoice.gross_minor
        owed = [(chart.OWNER_UNCOLLECTED, gross, invoice.seller)]
        return _some(Event.INVOICE_ISSUED, head, [(chart.RENT_AGENCY, gross, invoice.buyer)], owed)
    is_own_rent = invoice.is_rent and invoice.settlement is Settlement.PRINCIPAL
    due, income = (chart.RENT_OWN, chart.RENT_INCOME) if is_own_rent else (chart.FEE_DUE, chart.FEE_INCOME)
    earned = [(income, invoice.net_minor, invoice.buyer), *_taxes(invoice)]
    return _some(Event.INVOICE_ISSUED, head, [(due, invoice.gross_minor, invoice.buyer)], earned)


def commission(
    head: Head, *, net_minor: int, rate: Decimal, vat_rate: Decimal, owner: Dims, reverse: bool = False
) -> Entry | None:
    """
    Return J02: what the platform keeps of an owner's rent, with its VAT; ``None`` if that is nothing.

    Commission is ``net_minor`` × ``rate`` rounded half away from zero, its VAT likewise from the rounded
    commission. ``reverse`` takes it back from what is not collected (J25).
    """
    found = cost(net_minor=net_minor, rate=rate, vat_rate=vat_rate)  # as it is shown beforehand
    part, tax = found.commission_minor, found.vat_minor
    if reverse:
        part, tax = -part, -tax
    event = Event.COMMISSION_REVERSED if reverse else Event.COMMISSION
    earned = [(chart.COMMISSION, part, owner), (chart.output_vat(vat_rate), tax, owner)]
    return _some(event, head, [(chart.OWNER_UNCOLLECTED, part + tax, owner)], earned)


def commission_credited(
    head: Head, *, net_minor: int, tax_minor: int, vat_rate: Decimal, owner: Dims
) -> Entry:
    """Return J18: commission given back to an owner who must give rent back."""
    given = [(chart.COMMISSION, net_minor, owner), (chart.output_vat(vat_rate), tax_minor, owner)]
    owes = [(chart.OWNER_OWES, net_minor + tax_minor, owner)]
    return _entry(Event.COMMISSION_REVERSED, head, given, owes)


def card_paid(head: Head, *, fee_minor: int, settles: Mapping[str, int], payer: Dims = NOTHING) -> Entry:
    """Return J03: a provider took the sum of ``settles`` (by receivable) and keeps its fee."""
    gross = sum(settles.values())
    got = [(chart.PENDING, gross - fee_minor, payer), (chart.PROVIDER_FEES, fee_minor, NOTHING)]
    return _entry(Event.CARD_PAID, head, got, _settled(settles, payer))


def bank_received(
    head: Head,
    *,
    settles: Mapping[str, int],
    over_minor: int = 0,
    short_minor: int = 0,
    payer: Dims = NOTHING,
) -> Entry:
    """
    Return the entry of a bank transfer: receivables it settles, what is over, what was let off.

    ``over_minor`` stays with the payer until it is allocated; ``short_minor`` is a small write-off that
    somebody approved.
    """
    received = sum(settles.values()) + over_minor - short_minor
    got = [(chart.CLIENT_MONEY, received, payer), (chart.WRITE_OFF, short_minor, payer)]
    rest = [(chart.UNALLOCATED, over_minor, payer)]
    return _entry(Event.BANK_RECEIVED, head, got, [*_settled(settles, payer), *rest])


def allocated(head: Head, *, settles: Mapping[str, int], payer: Dims) -> Entry:
    """Return the entry by which money of a payer that was over settles receivables."""
    total = sum(settles.values())
    return _entry(Event.ALLOCATED, head, [(chart.UNALLOCATED, total, payer)], _settled(settles, payer))


def fund_levy(
    head: Head, *, owner_minor: int, platform_minor: int, owner: Dims, is_collected: bool = True
) -> Entry:
    """
    Return J06: what owner and platform owe the risk fund; negative amounts give it back.

    The owner's part comes off what is payable to it, or off its rent that is not collected yet.
    """
    source = chart.OWNER_PAYABLE if is_collected else chart.OWNER_UNCOLLECTED
    from_both = [(source, owner_minor, owner), (chart.FUND_SHARE, platform_minor, NOTHING)]
    return _entry(Event.FUND_LEVY, head, from_both, [(chart.TO_FUND, owner_minor + platform_minor, owner)])


def fund_recovered(head: Head, *, fund_minor: int, owner_minor: int, owner: Dims) -> Entry:
    """Return the entry of the fund's book for what a lessee paid later: each gets its share of it."""
    parts = [(chart.RECOVERIES, fund_minor, owner), (chart.OWNER_PAYABLE, owner_minor, owner)]
    got = [(chart.FUND_MONEY, fund_minor + owner_minor, NOTHING)]
    return _entry(Event.FUND_RECOVERED, head, got, parts)


def subsidy_prepaid(
    head: Head, *, amount_minor: int, receivable: str, authority: Dims, lessee: Dims
) -> Entry:
    """Return the entry by which an authority owes a part of an invoice instead of its lessee."""
    due = [(chart.SUBSIDY_DUE, amount_minor, authority)]
    return _entry(Event.SUBSIDY_PREPAID, head, due, [(receivable, amount_minor, lessee)])


def subsidy_refused(
    head: Head, *, amount_minor: int, receivable: str, authority: Dims, lessee: Dims
) -> Entry:
    """Return the entry by which the lessee owes again what the authority did not confirm."""
    owed = [(receivable, amount_minor, lessee)]
    return _entry(Event.SUBSIDY_REFUSED, head, owed, [(chart.SUBSIDY_DUE, amount_minor, authority)])


def credit_note(head: Head, *, rent_minor: int, fee: TaxedSum, buyer: Dims, owner: Dims) -> Entry:
    """
    Return J17: a paid invoice is credited; the owner owes the rent, the platform its fee, both a refund.
    """
    gross = rent_minor + fee.net_minor + fee.tax_minor
    back = [
        (chart.OWNER_OWES, rent_minor, owner),
        (chart.FEE_INCOME, fee.net_minor, buyer),
        (chart.output_vat(fee.rate), fee.tax_minor, buyer),
    ]
    return _entry(Event.CREDIT_NOTE, head, back, [(chart.REFUNDS, gross, buyer)])


def dispute_opened(head: Head, *, amount_minor: int, fee_minor: int, payer: Dims = NOTHING) -> Entry:
    """Return the entry of a disputed payment: the provider takes amount and fee back."""
    gone = [(chart.DISPUTED, amount_minor, payer), (chart.DISPUTE_FEES, fee_minor, NOTHING)]
    return _entry(Event.DISPUTE_OPENED, head, gone, [(chart.AVAILABLE, amount_minor + fee_minor, payer)])


def dispute_lost(head: Head, *, owner_minor: int, own_minor: int, owner: Dims, payer: Dims) -> Entry:
    """Return the entry of a lost dispute: the owner owes its part, the platform bears its own."""
    borne = [(chart.OWNER_OWES, owner_minor, owner), (chart.CREDIT_LOSS, own_minor, payer)]
    return _entry(Event.DISPUTE_LOST, head, borne, [(chart.DISPUTED, owner_minor + own_minor, payer)])


def interest_accrued(head: Head, *, gross_minor: int, vat_rate: Decimal, borrower: Dims = NOTHING) -> Entry:
    """Return J31: interest with its VAT inside; the net is rounded, the tax is the rest."""
    net, tax = split_gross(gross_minor, vat_rate)
    earned = [(chart.INTEREST, net, borrower), (chart.output_vat(vat_rate), tax, borrower)]
    return _entry(Event.INTEREST_ACCRUED, head, [(chart.INTEREST_DUE, gross_minor, borrower)], earned)


def instalment_received(
    head: Head, *, interest_minor: int, principal_minor: int, borrower: Dims = NOTHING
) -> Entry:
    """Return J32: an instalment settles interest and principal."""
    total = interest_minor + principal_minor
    parts = [(chart.INTEREST_DUE, interest_minor, borrower), (chart.PRINCIPAL_DUE, principal_minor, borrower)]
    return _entry(Event.INSTALMENT_RECEIVED, head, [(chart.CLIENT_MONEY, total, borrower)], parts)


def exchanged(
    head: Head, *, settles: Mapping[str, int], got: Money, fee: Money, payer: Dims = NOTHING
) -> Entry:
    """
    Return the entry of a receipt in another currency: ``head.currency`` is settled, ``got`` and ``fee`` came.

    Each currency balances by itself against its trading account.
    """
    settled = sum(settles.values())
    lines = _lines([(chart.TRADING, settled, NOTHING)], _settled(settles, payer), head.currency)
    came = [(chart.PENDING, got.minor, payer), (chart.PROVIDER_FEES, fee.minor, NOTHING)]
    trade = [(chart.TRADING, got.minor + fee.minor, NOTHING)]
    return _of(Event.EXCHANGED, head, lines + _lines(came, trade, got.currency))


def owner_release(*, owner_minor: int, gross_minor: int, paid_minor: int, released_minor: int) -> int:
    """
    Return how much of an owner's share a payment frees; negative if a payment failed.

    ``owner_minor`` × ``paid_minor`` ÷ ``gross_minor``, rounded half away from zero, less what was released: a
    full payment releases exactly the owner's share.

    >>> owner_release(owner_minor=819200, gross_minor=925200, paid_minor=1, released_minor=0)
    1
    """
    return int(round_half_away(Fraction(owner_minor * paid_minor, gross_minor), 0)) - released_minor


def prorated(paid_minor: int, open_minor: Mapping[str, int]) -> dict[str, int]:
    """Share a part payment over the receivables of an invoice by what is open, by largest remainder."""
    names = list(open_minor)
    return dict(zip(names, share_out(paid_minor, [open_minor[name] for name in names]), strict=True))


_Amount = tuple[str, int, Dims]


def _taxes(invoice: InvoiceFacts) -> list[_Amount]:
    return [(chart.output_vat(part.rate), part.tax_minor, invoice.buyer) for part in invoice.parts]


def _cost(invoice: InvoiceFacts) -> tuple[list[_Amount], list[_Amount]]:
    tax = invoice.gross_minor - invoice.net_minor
    spent = [(chart.COST, invoice.net_minor, invoice.seller), (chart.VAT_INPUT, tax, invoice.seller)]
    return spent, [(chart.OWNER_PAYABLE, invoice.gross_minor, invoice.seller)]


def _settled(settles: Mapping[str, int], payer: Dims) -> list[_Amount]:
    return [(account, amount, payer) for account, amount in settles.items()]


def _some(event: Event, head: Head, debits: Iterable[_Amount], credits: Iterable[_Amount]) -> Entry | None:
    entry = _entry(event, head, debits, credits)
    return entry if entry.lines else None


def _entry(event: Event, head: Head, debits: Iterable[_Amount], credits: Iterable[_Amount]) -> Entry:
    return _of(event, head, _lines(debits, credits, head.currency))


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


def _lines(debits: Iterable[_Amount], credits: Iterable[_Amount], currency: str) -> tuple[Line, ...]:
    """Write amounts as lines, leaving out what is nothing."""
    signed = [(account, amount, dims) for account, amount, dims in debits]
    signed += [(account, -amount, dims) for account, amount, dims in credits]
    return tuple(Line(account, amount, currency, dims) for account, amount, dims in signed if amount)
