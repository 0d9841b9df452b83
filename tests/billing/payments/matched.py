"""The published scenario in the database: invoices issued and booked, lines of the bank, the matcher."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.actions import bookings, books
from billing.models import Correction, Invoice, InvoiceLine
from billing.payments.actions import matching
from billing.payments.models import Allocation, BankLine, PayerAccount, Settlement
from billing.payments.queries.expected import receivables
from marketplace.models import Organization
from tests.billing import world as leases
from tests.billing.payments import scenario, world
from tests.billing.payments.world import AT, Desk
from tests.factories import marketplace as factory

START = leases.midnight("2026-10-01")


@dataclass
class Match:
    """A desk, a running lease to bill, and lessees."""

    desk: Desk
    scene: leases.Scene
    lessees: dict[str, Organization] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)

    def lessee(self, name: str) -> Organization:
        """Return a lessee by its name, made at first use."""
        if name not in self.lessees:
            self.lessees[name] = factory.organization(f"Lessee {name}")
        return self.lessees[name]

    def knows(self, number: str, whose: Organization) -> PayerAccount:
        """Let an account be known as somebody's."""
        return PayerAccount.objects.create(
            number=number,
            holder=whose.name,
            organization=whose,
            stage="APPROVED",
            maker="usr_1",
            made_at=AT,
            checker="usr_2",
            checked_at=AT,
        )

    @transaction.atomic
    def bill(
        self,
        number: str,
        lessee: str,
        gross: int,
        origin: Invoice | None = None,
        seller: Organization | None = None,
    ) -> Invoice:
        """Issue and book rent of the owner, or a note over it; or a fee of another ``seller``, at 6 %."""
        place = Invoice.objects.count()
        rate = Decimal("0.13") if seller is None else Decimal("0.06")
        percent = 100 + int(rate * 100)
        net = gross * 100 // percent if gross > 0 else -(-gross * 100 // percent)
        begins = origin.period_start if origin else START + timedelta(hours=place)
        made = Invoice.objects.create(
            lease=self.scene.lease,
            seller=seller or self.scene.lessor,
            buyer=self.lessee(lessee),
            period_start=begins,
            period_end=begins + timedelta(hours=1),
            version=1 if origin is None else origin.notes.count() + 2,
            kind="INVOICE" if origin is None else "CREDIT_NOTE",
            corrects=origin,
            correction=None if origin is None else _finding(self.scene, begins, origin.notes.count() + 2),
            currency="CNY",
            net_minor=net,
            tax_minor=gross - net,
            gross_minor=gross,
            digest="0" * 64,
            drafted_at=AT,
        )
        InvoiceLine.objects.create(
            invoice=made,
            position=1,
            component="rent" if seller is None else "fee",
            kind="base_fee",
            description="Base fee",
            amount=Decimal(net) / 100,
            currency="CNY",
            net_minor=net,
            tax_minor=gross - net,
            gross_minor=gross,
            tax_category="LEASE_MOVABLE" if seller is None else "SERVICE",
            tax_rate=rate,
            legal_basis="",
        )
        made.status, made.number, made.issued_at = Invoice.Status.ISSUED, number, AT
        made.due_on = date(2026, 11, 1) + timedelta(days=place)
        made.save()
        bookings.invoice_issued(invoice=made, at=AT, by=self.desk.clock)
        self.invoices[number] = made
        return made

    def line(self, minor: int, key: str, **given: Any) -> BankLine:
        """Put a line on the account for client money."""
        return world.bank_line(self.desk.account, minor, key, **given)

    def run(self) -> int:
        """Run the matcher as the clock does."""
        acts = self.desk.acts(self.desk.clock)
        return matching.run(book=self.desk.book, **acts)

    def open(self) -> dict[str, int]:
        """Return what the books have as open of each invoice."""
        found = receivables(self.desk.book)
        return {number: sum(found.get(one.pk, {}).values()) for number, one in self.invoices.items()}


def begin() -> Match:
    """Return a desk with a lease to bill, at ten per cent commission."""
    scene = leases.build("okuma")
    desk = world.desk()
    books.agree(lease=scene.lease, commission_rate=Decimal("0.10"), at=AT, by=desk.office.chief)
    return Match(desk, scene)


def whole() -> Match:
    """Return the scenario before the matcher runs; ``made.lines`` by their names."""
    made = begin()
    for one in scenario.SCENARIO["invoices"]:
        made.bill(one["no"], one["lessee"], one["gross_fen"])
    for number, who in scenario.SCENARIO["known_payer_accounts"].items():
        made.knows(number, made.desk.owner if who == "owner O1" else made.lessee(who))
    Settlement.objects.create(
        provider="stripe",
        reference="po_1",
        amount_minor=77_618,
        currency="CNY",
        state="PAID",
        created_at=AT,
        arrives_on=date(2026, 11, 10),
    )
    made.desk.collected(815_200, "release")
    order = made.desk.sent(made.desk.propose())
    for place, one in enumerate(scenario.SCENARIO["bank_lines"], start=1):
        made.line(
            one["amount_fen"],
            one["bank_txn_id"] or f"none-{place}",
            on=date.fromisoformat(one["date"]),
            counterparty=one["counterparty"],
            counterparty_account=one["counterparty_account"],
            memo=one["memo"].replace("OUT-7", order.reference),
            bank_ref=one["bank_txn_id"] or "",
        )
    return made


def standing() -> int:
    """Return what allocations add up to."""
    return sum(one.amount_minor for one in Allocation.objects.all())


def _finding(scene: leases.Scene, start: Any, version: int) -> Correction:
    """Write the finding that a note names."""
    return Correction.objects.create(
        lease=scene.lease,
        period_start=start,
        event_limit=start + timedelta(hours=1),
        digest=f"{start.timestamp():.0f}{version}".rjust(64, "0"),
        outcome=Correction.Outcome.NOTED,
        made_at=AT,
    )
