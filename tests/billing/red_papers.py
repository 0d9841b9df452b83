"""An invoice of 113.00 with its official e-invoice, and notes over it, for tests of red letters."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.actions import red_letters, tax_invoices
from billing.models import Correction, Invoice, InvoiceLine, RedLetter, TaxInvoice
from billing.queries import papers_wanted
from billing.rules.red_letters import Reason
from billing.rules.tax_invoices import Kind
from tests.billing import world

START, END = world.midnight("2026-10-15"), world.midnight("2026-11-01")
AT = world.midnight("2026-11-02") + timedelta(hours=9)
DAY = date(2026, 11, 2)
BLUE, RED, OWN = "26322000000000000001", "26322000000000000002", "26322000000000000003"
LETTER, NEXT = "32059426111000000001", "32059426111000000002"


@dataclass
class Papers:
    """A lease whose rent of October was billed, and everybody around it."""

    scene: world.Scene
    invoice: Invoice

    def note(self, net: int, tax: int, rate: str = "0.13", *more: tuple[int, int, str]) -> Invoice:
        """Issue a note over the invoice: net and tax in fen, at a rate."""
        return issue(self.scene, self.invoice, ((net, tax, rate), *more))

    def blue(self, of: Invoice | None = None, number: str = BLUE) -> TaxInvoice:
        """Record the blue e-invoice to ask for now."""
        return self.record(of or self.invoice, number)

    def record(self, of: Invoice, number: str, at: datetime = AT) -> TaxInvoice:
        """Record the official e-invoice to ask for now as the bureau issued it."""
        face = papers_wanted(of, kind=Kind.SPECIAL)[0].face
        given = replace(face, number=number, issued_on=DAY)
        return tax_invoices.record(invoice=of, given=given, by=self.scene.owner, at=at)

    def apply(
        self, note: Invoice, side: str = "seller", number: str = LETTER, at: datetime = AT, **changes: Any
    ) -> RedLetter:
        """Apply for a red letter as a side."""
        given = {"reason": Reason.ALLOWANCE, "remark": "", "number": number} | changes
        return red_letters.apply(note=note, at=at, **given, **self.who(side))

    def who(self, side: str) -> dict[str, Any]:
        """Return who acts for a side."""
        if side == "seller":
            return {"within": self.scene.lessor, "by": self.scene.owner}
        return {"within": self.scene.lessee, "by": self.scene.buyer}


def build() -> Papers:
    """Bill 100.00 and 13.00 VAT."""
    scene = world.build("okuma")
    return Papers(scene, issue(scene, None, ((10_000, 1_300, "0.13"),)))


@transaction.atomic
def issue(scene: world.Scene, origin: Invoice | None, rows: tuple[tuple[int, int, str], ...]) -> Invoice:
    """Write an invoice of the lessor, or a note over one, and issue it."""
    net, tax = sum(row[0] for row in rows), sum(row[1] for row in rows)
    version = Invoice.objects.filter(seller=scene.lessor).count() + 1
    kind = "INVOICE" if origin is None else ("CREDIT_NOTE" if net + tax <= 0 else "DEBIT_NOTE")
    made = Invoice.objects.create(
        lease=scene.lease,
        seller=scene.lessor,
        buyer=scene.lessee,
        period_start=START,
        period_end=END,
        version=version,
        kind=kind,
        corrects=origin,
        correction=None if origin is None else finding(scene, version),
        currency="CNY",
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
        digest="0" * 64,
        drafted_at=AT,
    )
    for position, row in enumerate(rows, start=1):
        line(made, position, *row)
    made.status, made.number = Invoice.Status.ISSUED, f"{scene.lessor.credit_code[-6:]}-2026-{version:06d}"
    made.issued_at, made.due_on = AT, DAY + timedelta(days=30)
    made.save()
    return Invoice.objects.get(pk=made.pk)


def line(of: Invoice, position: int, net: int, tax: int, rate: str) -> InvoiceLine:
    """Write a line of rent."""
    return InvoiceLine.objects.create(
        invoice=of,
        position=position,
        component=f"rent-{rate}",
        kind="base",
        description="Base fee",
        amount=Decimal(net) / 100,
        currency="CNY",
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
        tax_category="LEASE_MOVABLE" if rate == "0.13" else "SERVICE",
        tax_rate=Decimal(rate),
        legal_basis="VAT Law art. 10",
    )


def finding(scene: world.Scene, version: int) -> Correction:
    """Write the finding that a note names."""
    return Correction.objects.create(
        lease=scene.lease,
        period_start=START,
        event_limit=END,
        digest=f"{version:064d}",
        outcome=Correction.Outcome.NOTED,
        made_at=AT,
    )
