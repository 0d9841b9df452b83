"""The bank of the demonstration: a statement as banks write it, matched, and what owners are paid of it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from billing.actions import books
from billing.models import Book, FundTransfer, Invoice
from billing.payments.actions import banks, matching, payees, payers, payouts, statements
from billing.payments.models import BankAccount
from billing.queries import with_open
from billing.rules import accounts as chart
from billing.rules.fund_states import Payment
from billing.rules.references import reference_of
from config.demo import late
from config.demo.shop import Shop
from marketplace.models import Organization
from marketplace.shared.money import Money

A_DAY = timedelta(days=1)
HEADS = "交易日期,摘要,借方发生额,贷方发生额,账户余额,对方户名,对方账号,用途,交易流水号"
NUMBER, BANK = "3202018809200123456", "中国工商银行苏州工业园区支行"
FEE = 1_500
OWNER = "yuanlan"


class Line(NamedTuple):
    """A line of the statement; what comes in is positive, in fen."""

    on: date
    minor: int
    text: str
    name: str
    account: str
    memo: str


@transaction.atomic
def pay(shop: Shop) -> None:
    """Let everybody but the late workshop have paid by bank what is due, and somebody whom nobody knows."""
    if BankAccount.objects.exists():
        return
    book = books.platform_book(at=shop.now)
    assert book is not None, "the platform is registered"
    account = _account(shop, book)
    due = list(_due(shop))
    lines = [*_payments(due), *_others(shop, due)]
    who = _who(shop, second=True)
    for payer in {invoice.buyer_id: invoice.buyer for invoice, _ in due}.values():
        known = payers.propose(
            organization=payer, number=_number(payer), holder=payer.name, book=book, **_who(shop)
        )
        payers.approve(account=known, book=book, **who)
    content = _csv(sorted(lines)).encode("gb18030")
    name = f"工商银行明细_{shop.on(0):%Y%m%d}.csv"
    statements.take(bank_account=account, name=name, content=content, **who)
    matching.run(book=book, **who)
    _pay_out(shop, book)


@transaction.atomic
def compensated(shop: Shop) -> None:
    """Let the statement of the day show what the fund paid, once two people have recorded it."""
    paid = FundTransfer.objects.filter(kind=Payment.CLAIM_PAID, stage=FundTransfer.Stage.CONFIRMED)
    account, transfer = BankAccount.objects.get(number=NUMBER), paid.get()
    memo = transfer.reference
    if account.lines.filter(memo=memo).exists():
        return
    opening = account.lines.latest("booked_on", "pk").balance_minor or 0
    line = Line(transfer.moved_on, transfer.amount_minor, "转账", transfer.fund.book.name, "", memo)
    content = _csv([line], opening, "E").encode("gb18030")
    who = _who(shop, second=True)
    name = f"工商银行明细_{transfer.moved_on:%Y%m%d}_2.csv"
    statements.take(bank_account=account, name=name, content=content, **who)
    matching.run(book=account.book, **who)


def _account(shop: Shop, book: Book) -> BankAccount:
    platform = shop.people.organizations["platform"]
    about: dict[str, Any] = {"ledger_code": chart.CLIENT_MONEY, "holder": platform.name, "number": NUMBER}
    return banks.open_account(
        book=book, bank_name=BANK, bank_code="102305018809", **about, **_who(shop) | {"at": shop.day(-80, 9)}
    )


def _due(shop: Shop) -> Iterable[tuple[Invoice, int]]:
    """Yield what is due with what is owed of it, its notes set off, in fen."""
    found = Invoice.objects.originals().issued().filter(due_on__lt=shop.on(0))
    found = found.exclude(lease__in=late.late_leases(shop)).select_related("lease", "buyer", "seller")
    for invoice in found.order_by("due_on", "pk"):
        series: Any = with_open(Invoice.objects.filter(Q(pk=invoice.pk) | Q(corrects=invoice)))
        owed = sum(one.open_minor for one in series)
        if owed > 0:
            yield invoice, owed


def _payments(due: Iterable[tuple[Invoice, int]]) -> Iterable[Line]:
    for invoice, owed in due:
        assert invoice.due_on is not None, "it is issued"
        memo = f"租金 {reference_of(invoice.pk)}"
        yield Line(invoice.due_on - 2 * A_DAY, owed, "转账", invoice.buyer.name, _number(invoice.buyer), memo)


def _others(shop: Shop, due: list[tuple[Invoice, int]]) -> Iterable[Line]:
    """Yield what a desk finds in the morning: a fee, a payer whom nobody knows, a payment made twice."""
    yield Line(shop.on(-1), -FEE, "收费", "本行", "", "账户管理费")
    yield Line(shop.on(-2), 50_000, "转账", "张三", "6222020200112233", "款")
    if due:
        invoice, owed = due[-1]
        memo = f"租金 {reference_of(invoice.pk)}"
        yield Line(shop.on(-1), owed, "转账", invoice.buyer.name, _number(invoice.buyer), memo)


def _pay_out(shop: Shop, book: Book) -> None:
    """Let the owner name its account, and finance propose its payout; the administrator approves it."""
    owner = shop.people.organizations[OWNER]
    named = payees.name(
        organization=owner,
        holder=owner.name,
        number="3204019900112233445",
        bank_name="中国银行常州分行",
        bank_code="104304040012",
        by=shop.people.admins[OWNER],
        at=shop.now,
    )
    payees.approve(payee=named, book=book, **_who(shop))
    payouts.propose_all(book=book, **_who(shop, second=True))


def _csv(lines: Iterable[Line], opening: int = 0, letter: str = "D") -> str:
    """Write lines as Chinese online banks do, with the balance after each and a row of totals."""
    rows, balance, taken, given = [HEADS], opening, 0, 0
    for number, line in enumerate(lines, start=1):
        balance += line.minor
        taken, given = taken + max(-line.minor, 0), given + max(line.minor, 0)
        debit, credit = ("", _yuan(line.minor)) if line.minor > 0 else (_yuan(-line.minor), "")
        cells = (debit, credit, _yuan(balance), line.name, line.account, line.memo, f"{letter}{number:07d}")
        rows.append(",".join((f"{line.on:%Y%m%d}", line.text, *cells)))
    rows.append(f"合计,,{_yuan(taken)},{_yuan(given)},{_yuan(balance)},,,,")
    return "\r\n".join(rows) + "\r\n"


def _yuan(minor: int) -> str:
    return f'"{Money(minor, "CNY").amount:,f}"'


def _number(payer: Organization) -> str:
    """Return the account that a company of the demonstration pays from."""
    return f"32020{payer.pk:06d}8809"


def _who(shop: Shop, *, second: bool = False) -> dict[str, Any]:
    platform, people = shop.people.organizations["platform"], shop.people
    by = late.finance_of_platform(people) if second else people.admins["platform"]
    return {"within": platform, "by": by, "at": shop.now}
