"""What owners are to be paid: the lines of their accounts (2241.01) that no standing payout pays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Sum

from billing.models import AccountBalance, Book, Journal, JournalLine
from billing.payments.models import PaymentOrder, PayoutItem
from billing.payments.rules import order_states as states
from billing.rules import accounts as chart
from marketplace.models import Organization

PAYMENTS = "payment_order"


@dataclass(frozen=True)
class Payable:
    """What one owner is to be paid in one currency; ``lines`` are those that make it up."""

    owner: Organization
    currency: str
    lines: tuple[JournalLine, ...]

    @property
    def amount_minor(self) -> int:
        """Releases less what comes off them; 0 or less if nothing is to be paid."""
        return -sum(line.amount_minor for line in self.lines)


def unpaid_lines(book: Book) -> QuerySet[JournalLine]:
    """Keep the lines of owners' accounts of a book that no standing payout pays, without those of payouts."""
    paid = PayoutItem.objects.filter(line=OuterRef("pk"), order__state__in=states.STANDING)
    lines = JournalLine.objects.filter(account__book=book, account__code=chart.OWNER_PAYABLE)
    return lines.exclude(journal__source_type=PAYMENTS).exclude(Exists(paid))


def payables(
    book: Book, *, owners: Iterable[Organization] | None = None, through: date | None = None
) -> list[Payable]:
    """
    Return what is to be paid by owner and currency, owners in the order of their keys; nothing negative.

    ``through`` leaves out what counts on a later day, except where it lowers the payout.
    """
    lines = unpaid_lines(book).select_related("account__party", "journal", "invoice", "lease")
    if owners is not None:
        lines = lines.filter(account__party__in=list(owners))
    found: dict[tuple[int, str], list[JournalLine]] = defaultdict(list)
    for line in lines.order_by("account__party", "pk"):
        if through is None or line.effective_date <= through or line.amount_minor > 0:
            found[line.account.party_id or 0, line.currency].append(line)
    made = [
        Payable(lines[0].account.party, currency, tuple(lines))
        for (_, currency), lines in found.items()
        if lines[0].account.party is not None
    ]
    return [payable for payable in made if payable.amount_minor > 0]


def lock_accounts(book: Book, owners: Iterable[Organization]) -> list[AccountBalance]:
    """Lock the balances of owners' accounts: who proposes payouts of the same owner waits here."""
    mine = AccountBalance.objects.filter(
        account__book=book, account__code=chart.OWNER_PAYABLE, account__party__in=list(owners)
    )
    return list(mine.select_related("account").locked())


def debt_of(book: Book, owner: Organization, currency: str) -> int:
    """Return what an owner owes (1221.01); minor units, 0 if it owes nothing."""
    lines = JournalLine.objects.filter(
        account__book=book, account__code=chart.OWNER_OWES, party=owner, currency=currency
    )
    return max(int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0), 0)


def ordered_of(book: Book, owner: Organization, currency: str) -> int:
    """Return what proposed payouts are to pay to an owner: it stands on its account still."""
    waiting = PaymentOrder.objects.filter(
        book=book, payee=owner, currency=currency, kind="PAYOUT", state=states.State.PROPOSED
    )
    return int(waiting.aggregate(total=Sum("amount_minor"))["total"] or 0)


def set_offs_of(book: Book, owner: Organization) -> int:
    """Return how often debts of an owner were set off."""
    return Journal.objects.filter(book=book, source_type="set_off", source_id=owner.public_id).count()
