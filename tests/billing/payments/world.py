"""The finance desk of a platform: its bank account, owners with something to be paid, and who works there."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Sum

from billing.actions import journals
from billing.models import Book, JournalLine
from billing.payments.actions import order_files, orders, payees, payouts
from billing.payments.models import BankAccount, BankLine, PayeeAccount, PaymentOrder, Receipt
from billing.rules import accounts as chart
from billing.rules.journals import Dims, Line
from marketplace.models import Organization, User
from marketplace.models.parties import Role
from tests.billing.ledger.world import Office, entry, office, payable_to
from tests.billing.world import member
from tests.factories import marketplace as factory

AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
DAY = date(2026, 11, 27)


@dataclass
class Desk:
    """The platform's book, its account for client money, an owner, and two people beside the chief."""

    office: Office
    account: BankAccount
    owner: Organization
    keeper: User
    first: User
    second: User
    clock: User

    @property
    def book(self) -> Book:
        """The platform's book."""
        return self.office.book

    def acts(self, by: User | None = None) -> dict[str, Any]:
        """Who acts for the platform."""
        return {"within": self.office.platform, "by": by or self.first, "at": AT}

    def collected(self, minor: int, key: str, owner: Organization | None = None) -> None:
        """Let something be collected for an owner; a negative amount comes off it."""
        posted = payable_to(owner or self.owner, minor, key)
        journals.post(entry=posted, at=AT, by=self.office.chief)

    def pays(self, owner: Organization | None = None, keeper: User | None = None) -> PayeeAccount:
        """Let an owner name its account, and the platform approve it."""
        owner, keeper = owner or self.owner, keeper or self.keeper
        named = payees.name(
            organization=owner,
            holder=owner.name,
            number=f"3300 9{owner.pk:04d}",
            bank_name="中国银行宁波分行",
            bank_code="104332000001",
            by=keeper,
            at=AT,
        )
        return payees.approve(payee=named, book=self.book, **self.acts(self.second))

    def propose(self, **given: Any) -> PaymentOrder:
        """Propose a payout to the owner."""
        facts = {"book": self.book, "owner": self.owner} | self.acts() | given
        return payouts.propose(**facts)

    def sent(self, order: PaymentOrder) -> PaymentOrder:
        """Approve an order and send it in a file."""
        orders.approve(order=order, **self.acts(self.second))
        order_files.make(
            bank_account=self.account, chosen=[order], format="PAIN001", **self.acts(self.second)
        )
        order.refresh_from_db()
        return order

    def receipt(self, minor: int, key: str, payer: Organization | None = None, **said: Any) -> Receipt:
        """Let money of a payer stand at a receipt, as a bank line that has ``said`` something brings it."""
        holding = chart.UNALLOCATED if payer else chart.SUSPENSE
        whose = Dims(party=payer.public_id) if payer else Dims()
        lines = (Line(chart.CLIENT_MONEY, minor, "CNY"), Line(holding, -minor, "CNY", whose))
        journal = journals.post(entry=entry(key, lines=lines), at=AT, by=self.office.chief)
        return Receipt.objects.create(
            book=self.book,
            source=Receipt.Source.BANK_LINE,
            bank_line=bank_line(self.account, minor, key, **said),
            payer=payer,
            amount_minor=minor,
            left_minor=minor,
            currency="CNY",
            received_on=DAY,
            holding=holding,
            journal=journal,
            made_at=AT,
        )

    def on(self, code: str) -> int:
        """What stands on an account of the platform's book, debits positive."""
        lines = JournalLine.objects.filter(account__book=self.book, account__code=code)
        return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def desk() -> Desk:
    """Return the desk; the owner has named its account, and nothing was collected yet."""
    made = office()
    account = BankAccount.objects.create(
        book=made.book,
        ledger_code=chart.CLIENT_MONEY,
        holder=made.platform.name,
        number="31050001SHEBEIZULIN",
        bank_name="中国工商银行上海分行",
        bank_code="ICBKCNBJSHI",
        opened_at=AT,
    )
    found = Desk(
        made,
        account,
        made.owner,
        member(made.owner, Role.FINANCE),
        member(made.platform, Role.FINANCE),
        member(made.platform, Role.FINANCE),
        made.clock,
    )
    found.pays()
    return found


def bank_line(account: BankAccount, minor: int, key: str, on: date = DAY, **given: Any) -> BankLine:
    """Return a line of an account as an import leaves it; ``key`` is what the bank knows it by."""
    facts = {
        "identity": hashlib.sha256(key.encode()).hexdigest(),
        "booked_on": on,
        "amount_minor": minor,
        "currency": account.currency,
        "bank_ref": key,
        "taken_at": AT,
    }
    return BankLine.objects.create(bank_account=account, **facts | given)


def other_owner(name: str = "Second owner") -> tuple[Organization, User]:
    """Return another owner and who keeps its money."""
    owner = factory.organization(name)
    return owner, member(owner, Role.FINANCE)
