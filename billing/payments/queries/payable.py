"""What owners are to be paid: the lines of their accounts (2241.01) that no standing payout pays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from billing.models import AccountBalance, Book, Journal, JournalLine
from billing.payments.models import PaymentOrder, PayoutItem
from billing.payments.rules import order_states as states
from billing.rules import accounts as chart
from marketplace.models import Organization
from marketplace.shared.money import Money

PAYMENTS = "payment_order"


@dataclass(frozen=True)
class PayableSum:
    """What one owner is to be paid in one currency, and of how many lines it is made up."""

    owner: Organization
    amount: Money
    count: int


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


def counting(lines: QuerySet[JournalLine], through: date | None) -> QuerySet[JournalLine]:
    """Leave out what counts on a later day, except where it lowers the payout."""
    if through is None:
        return lines
    return lines.filter(Q(effective_date__lte=through) | Q(amount_minor__gt=0))


def payable_sums(book: Book, *, through: date | None = None) -> list[PayableSum]:
    """Return what :func:`payables` has in it, added up by the database: no line is loaded."""
    lines = counting(unpaid_lines(book), through).filter(account__party__isnull=False).order_by()
    summed = lines.values("account__party", "currency").annotate(total=Sum("amount_minor"), count=Count("pk"))
    rows = list(summed.filter(total__lt=0).order_by("account__party", "currency"))
    owners = Organization.objects.in_bulk({row["account__party"] for row in rows})
    return [
        PayableSum(owners[row["account__party"]], Money(-row["total"], row["currency"]), row["count"])
        for row in rows
    ]


def payables(
    book: Book, *, owners: Iterable[Organization] | None = None, through: date | None = None
) -> list[Payable]:
    """
    Return what is to be paid by owner and currency, owners in the order of their keys; nothing negative.

    ``through`` leaves out what counts on a later day, except where it lowers the payout.
    """
    lines = counting(unpaid_lines(book), through)
    lines = lines.select_related("account__party", "journal", "invoice", "lease")
    if owners is not None:
        lines = lines.filter(account__party__in=list(owners))
    found: dict[tuple[int, str], list[JournalLine]] = defaultdict(list)
    for line in lines.order_by("account__party", "pk"):
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
