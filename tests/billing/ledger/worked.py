"""The worked journals of the published vectors, made by our templates from their terms."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.rules import accounts as chart
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import NOTHING, Dims, Entry, Settlement
from billing.rules.posting import Head, InvoiceFacts, TaxedSum
from tests.marketplace.vectors import FINANCE

EXAMPLE = FINANCE["journal_example"]
VECTORS: dict[str, Any] = {journal["id"]: journal for journal in EXAMPLE["journals"]}
CLOSING: dict[str, int] = EXAMPLE["closing_balances_fen"]
VAT_13, VAT_6 = Decimal("0.13"), Decimal("0.06")
# The one account that the vectors name without its number.
PATHS = {row.path: code for code, row in chart.CHART.items()} | {"Equity:LenderCapital": chart.CAPITAL}
NOBODY = {"owner": Dims(), "buyer": Dims(), "deposit": Dims()}


def head(journal: str, book: str = "P") -> Head:
    """Return what the journal of the vectors says besides its lines."""
    found = VECTORS[journal[:3]]
    day = date.fromisoformat(found["date"])
    return Head(book, f"example:{journal}", day, "CNY", found["description"])


def invoice(journal: str, part: TaxedSum, *, by_platform: bool, who: dict[str, Dims]) -> Entry:
    """Return one seller's part of an invoice that the vectors show on one paper."""
    facts = InvoiceFacts(
        [part], Settlement.AGENT, by_platform, not by_platform, False, who["buyer"], who["owner"]
    )
    made = posting.invoice_issued(head(journal), facts)
    assert made is not None
    return made


def commission(journal: str, net_minor: int, who: dict[str, Dims], *, reverse: bool = False) -> Entry:
    """Return the commission of 10 % on a net rent."""
    made = posting.commission(
        head(journal),
        net_minor=net_minor,
        rate=Decimal("0.10"),
        vat_rate=VAT_6,
        owner=who["owner"],
        reverse=reverse,
    )
    assert made is not None
    return made


def entries(who: dict[str, Dims] = NOBODY, *, lender: str = "P") -> list[Entry]:
    """Return all 32 journals in the order of the vectors, J01 and J15 in two: one a seller."""
    owner, buyer, deposit = who["owner"], who["buyer"], who["deposit"]

    def move(
        journal: str, event: Event, minor: int, debit: Dims = NOTHING, credit: Dims = NOTHING, book: str = "P"
    ):
        return posting.move(event, head(journal, book), minor, debit=debit, credit=credit)

    both = {chart.RENT_AGENCY: 904000, chart.FEE_DUE: 21200}
    return [
        invoice("J01a", TaxedSum(VAT_13, 800000, 104000), by_platform=False, who=who),
        invoice("J01b", TaxedSum(VAT_6, 20000, 1200), by_platform=True, who=who),
        commission("J02", 800000, who),
        move("J11", Event.DEPOSIT_RECEIVED, 2000000, credit=deposit),
        move("J29", Event.CAPITAL_PAID_IN, 12000000, book=lender),
        move("J30", Event.LOAN_PAID_OUT, 12000000, book=lender),
        posting.card_paid(head("J03"), fee_minor=32382, settles=both, payer=buyer),
        move("J04", Event.OWNER_COLLECTED, 819200, owner, owner),
        move("J05", Event.FUNDS_AVAILABLE, 892818),
        posting.fund_levy(head("J06"), owner_minor=4000, platform_minor=4000, owner=owner),
        move("J07", Event.OWNER_TRANSFERRED, 815200, debit=owner),
        move("J08", Event.PAYOUT_CREATED, 77618),
        move("J09", Event.PAYOUT_SEEN, 77618),
        move("J10", Event.FUND_PAID, 8000),
        move("J12", Event.DEPOSIT_SET_OFF, 300000, deposit, owner),
        invoice("J15a", TaxedSum(VAT_13, 500000, 65000), by_platform=False, who=who),
        invoice("J15b", TaxedSum(VAT_6, 12500, 750), by_platform=True, who=who),
        commission("J16", 500000, who),
        posting.interest_accrued(head("J31", lender), gross_minor=60000, vat_rate=VAT_6),
        posting.instalment_received(head("J32", lender), interest_minor=60000, principal_minor=972797),
        move("J13", Event.DEPOSIT_RETURNED, 1700000, debit=deposit),
        move("J14", Event.AWARD_PAID, 300000, debit=owner),
        posting.credit_note(
            head("J17"), rent_minor=45200, fee=TaxedSum(VAT_6, 1000, 60), buyer=buyer, owner=owner
        ),
        posting.commission_credited(head("J18"), net_minor=4000, tax_minor=240, vat_rate=VAT_6, owner=owner),
        move("J19", Event.OWNER_PAID_BACK, 40960, credit=owner),
        move("J20", Event.TOPPED_UP, 5300),
        move("J21", Event.REFUNDED, 46260, debit=buyer),
        move("J22", Event.ALLOWANCE, 13250),
        move("J23", Event.FEE_WRITTEN_OFF, 13250, credit=buyer),
        move("J24", Event.RENT_UNCOLLECTIBLE, 565000, owner, buyer),
        commission("J25", 500000, who, reverse=True),
        move("J26", Event.CLAIM_APPROVED, 282500, credit=owner),
        move("J27", Event.CLAIM_RECEIVED, 282500),
        move("J28", Event.OWNER_PAID, 282500, debit=owner),
    ]
