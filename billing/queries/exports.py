"""A book as it is exported: accounts, journals in order of their days, and balances that must come out."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from django.db.models import Max, Min

from billing.models import Account, Book, Journal, JournalLine, Seal
from billing.queries.journals import DIMS, LINES
from billing.queries.ledger import trial_balance
from billing.rules.accounts import CHART, export_path
from billing.rules.export_values import BookFile, Check, OpenAccount, Posted, PostedLine

AT_ONCE = 2000

# What banks and providers say is on accounts of a book up to a day; rooms above this one add what they know.
outside: list[Callable[[Book, date], Iterable[Check]]] = []


def book_file(book: Book, through: date) -> BookFile:
    """Return a book up to a day; its journals are read while they are written, in parts."""
    journals = Journal.objects.filter(book=book, effective_date__lte=through)
    first = journals.aggregate(first=Min("effective_date"))["first"] or through
    checks = _told(book, first, through)
    return BookFile(
        code=book.code,
        currency=book.currency,
        opened=min([first, *(check.on for check in checks)]),
        accounts=_accounts(book, checks),
        journals=_journals(book, through),
        checks=checks,
    )


def _told(book: Book, first: date, through: date) -> list[Check]:
    """Return our trial balances, and what others say of accounts; what both say of a day stands once."""
    ours = [check for day in month_ends(first, through) for check in _checks(book, day)]
    theirs = [check for told in outside for check in told(book, through)]
    return sorted(dict.fromkeys([*ours, *theirs]), key=lambda check: check.on)


def last_seal(book: Book, through: date) -> tuple[int, str]:
    """Return number and hash of the last seal of a book's journals up to a day; 0 and nothing without one."""
    seals = Seal.objects.filter(book=book, journal__effective_date__lte=through)
    last = seals.order_by("number").last()
    return (last.number, last.hash) if last else (0, "")


def _accounts(book: Book, checks: Iterable[Check]) -> list[OpenAccount]:
    """Return the accounts with a line, and those that others tell of though nothing was booked on them."""
    used = set(Account.objects.filter(book=book).values_list("code", "currency"))
    told = {(check.path, check.currency) for check in checks}
    told -= {(export_path(*key, of_book=book.currency), key[1]) for key in used}
    wanted = {
        (code, currency)
        for currency in {currency for _, currency in told}
        for code in CHART
        if (export_path(code, currency, of_book=book.currency), currency) in told
    }
    return [
        OpenAccount(
            export_path(code, currency, of_book=book.currency),
            code,
            CHART[code].name,
            CHART[code].name_zh,
            currency,
        )
        for code, currency in sorted(used | wanted)
    ]


def month_of(book: Book, first: date, last: date) -> Iterator[Posted]:
    """Return the journals of a book that count on days from ``first`` through ``last``, in their order."""
    return _journals(book, last, first)


def _journals(book: Book, through: date, since: date = date.min) -> Iterator[Posted]:
    journals = Journal.objects.filter(book=book, effective_date__range=(since, through))
    last = journals.aggregate(last=Max("id"))["last"]
    rows = journals.filter(id__lte=last or 0).order_by("effective_date", "id")
    rows = rows.select_related("reverses").prefetch_related(LINES)
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield Posted(
            public_id=row.public_id,
            kind=row.kind,
            key=row.idempotency_key,
            on=row.effective_date,
            occurred_on=row.occurred_on,
            posted_at=row.posted_at,
            memo=row.memo,
            source=row.source_id,
            reverses=row.reverses.public_id if row.reverses else "",
            content_hash=row.content_hash,
            lines=[_line(line, book) for line in row.lines.all()],
        )


def _line(line: JournalLine, book: Book) -> PostedLine:
    dims = {name: found.public_id for name in DIMS if (found := getattr(line, name)) is not None}
    code, currency = line.account.code, line.currency
    return PostedLine(
        export_path(code, currency, of_book=book.currency), code, line.amount_minor, currency, dims
    )


def _checks(book: Book, day: date) -> list[Check]:
    return [
        Check(day, export_path(row.account, row.currency, of_book=book.currency), row.balance, row.currency)
        for row in trial_balance(book, day)
    ]


def month_ends(first: date, through: date) -> list[date]:
    """Return the last days of the months from ``first`` on, and ``through``."""
    firsts = [first.replace(day=1)]
    while firsts[-1] <= through:
        firsts.append((firsts[-1] + timedelta(days=32)).replace(day=1))
    ends = [after - timedelta(days=1) for _, after in pairwise(firsts)]
    return [end for end in ends if end < through] + [through]
