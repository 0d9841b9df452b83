"""Post to the books: once per key, in balance, on a day that is open; and take back, once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop

from billing.actions import invoice_events
from billing.actions.journal_rows import Rows
from billing.gateway import copies
from billing.models import Account, AccountBalance, Book, Journal, JournalLine, PeriodLock, Seal
from billing.models.periods import Locked
from billing.queries.journals import entry_of
from billing.rules.accounts import Side
from billing.rules.journals import LONGEST_MEMO, Entry, checked
from billing.rules.locks import booked_on
from marketplace.actions import audit
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money

JUST_AFTER = timedelta(microseconds=1)


class NoSuchBook(Invalid):
    """There is no book with this code."""

    code = "no_such_book"
    text = gettext_noop("There is no book with the code “{book}”.")


class KeyUsedOtherwise(NotPossible):
    """The key names another entry already: neither is changed."""

    code = "key_used_otherwise"
    text = gettext_noop(
        "Under the key “{key}” something else is posted in this book. Use a key of its own for each fact."
    )


class AlreadyReversed(NotPossible):
    """A journal is taken back once."""

    code = "already_reversed"
    text = gettext_noop("{journal} has been taken back already.")


class IsAReversal(NotPossible):
    """What takes a journal back is not taken back itself."""

    code = "is_a_reversal"
    text = gettext_noop("{journal} takes another journal back. Post the fact anew instead.")


class PeriodLocked(NotPossible):
    """The day is locked, and the entry was to stay on it."""

    code = "period_locked"
    text = gettext_noop(
        "This book is locked through {through}. Post it without keeping the day, or unlock it."
    )


class BalanceTooLow(NotPossible):
    """More would leave an account than is on it."""

    code = "balance_too_low"
    text = gettext_noop("On {account} there are {balance}, and {wanted} should leave it.")


@atomic
def post(*, entry: Entry, at: datetime, by: User, keep_date: bool = False) -> Journal:
    """
    Post one entry by hand; the same entry under its key again is the same journal.

    A fact whose day is locked is booked on the first open day, with its own day kept. With ``keep_date`` it
    stays on its day: under a soft lock that needs the right to lock, under a hard one it is refused.

    :raises MissingRight: if ``by`` may not post to the book, or may not post into a soft lock
    :raises EntryInvalid: if the entry does not balance, or names what is not there
    :raises NoSuchBook: if the book is not known
    :raises KeyUsedOtherwise: if the key was used for something else
    :raises PeriodLocked: if the day is to be kept, and is locked hard
    :raises BalanceTooLow: if it would take an account below its floor
    """
    book = _book(entry.book)
    require(by, Permission.BOOK_POST, within=book.organization)
    [journal] = write(entries=[entry], at=at, by=by, keep_date=keep_date)
    audit.record(
        by=by,
        action="journal.post",
        subject=journal.public_id,
        at=at,
        within=book.organization,
        key=entry.key,
    )
    return journal


@atomic
def reverse(*, journal: Journal, key: str, on: date, reason: str, at: datetime, by: User) -> Journal:
    """
    Take a journal back by one that mirrors it; under the same key again it is the same journal.

    :raises MissingRight: if ``by`` may not post to the book
    :raises EntryInvalid: if the key is empty
    :raises AlreadyReversed: if it was taken back, also by somebody at the same moment
    :raises IsAReversal: if it takes back another one
    :raises BalanceTooLow: if it would take an account below its floor
    """
    book = journal.book
    require(by, Permission.BOOK_POST, within=book.organization)
    if journal.reverses_id is not None:
        raise IsAReversal(journal=journal.public_id)
    memo = reason.strip()[:LONGEST_MEMO]
    back = entry_of(journal).reversed(key=key, on=on, of=journal.public_id, memo=memo)
    [made] = write(entries=[back], at=at, by=by)
    audit.record(
        by=by,
        action="journal.reverse",
        subject=journal.public_id,
        at=at,
        within=book.organization,
        reason=memo,
        reversal=made.public_id,
    )
    return made


@atomic
def write(*, entries: Sequence[Entry], at: datetime, by: User, keep_date: bool = False) -> list[Journal]:
    """
    Write entries in few statements however many they are, and return their journals in the same order.

    Asking for the right is the caller's part; what :func:`post` refuses is refused here too, and then none of
    them is written. Nothing is posted before the last sealing of its book: ``at`` is moved up to it.
    """
    opened = invoice_events.watch(entries=entries)
    books, rows, wanted = _prepared(entries, at, by, keep_date=keep_date)
    Journal.objects.bulk_create(wanted, ignore_conflicts=True)
    made = _stored(entries, wanted)
    fresh = [
        (entry, journal)
        for entry, journal, row in zip(entries, made, wanted, strict=True)
        if journal.public_id == row.public_id
    ]
    lines = rows.lines(fresh, books)
    _check_floors(lines, rows.accounts)
    JournalLine.objects.bulk_create(lines)
    invoice_events.tell(before=opened, entries=[entry for entry, _ in fresh], at=at)
    return made


@atomic
def write_new(*, entries: Sequence[Entry], at: datetime, by: User) -> list[Journal]:
    """
    Write entries whose keys cannot be in use, as those of documents made in this transaction, by COPY.

    The rest is as in :func:`write`; a key that is in use breaks the transaction.
    """
    opened = invoice_events.watch(entries=entries)
    books, rows, wanted = _prepared(entries, at, by)
    copies.keys_for(wanted)
    copies.copy_rows(wanted)
    lines = rows.lines(list(zip(entries, wanted, strict=True)), books)
    _check_floors(lines, rows.accounts)
    copies.copy_rows(lines)
    invoice_events.tell(before=opened, entries=entries, at=at)
    return wanted


def _prepared(
    entries: Sequence[Entry], at: datetime, by: User, *, keep_date: bool = False
) -> tuple[dict[str, Book], Rows, list[Journal]]:
    """Return the books under their lock, what stands behind the entries, and their journals, unsaved."""
    for entry in entries:
        checked(entry)
    books = {book.code: book for book in Book.objects.shared(entry.book for entry in entries)}
    days = _Days(books.values(), by, keep_date)
    rows = Rows(entries)
    wanted = []
    for entry in entries:
        if entry.book not in books:
            raise NoSuchBook(book=entry.book)
        wanted.append(_journal(entry, books[entry.book], days, rows, at, by))
    return books, rows, wanted


class _Days:
    """What is locked and sealed of the books, read once under their lock."""

    def __init__(self, books: Iterable[Book], by: User, keep_date: bool) -> None:
        self.by, self.keep_date = by, keep_date
        self.locked: dict[int, Locked] = {}
        self.sealed: dict[int, datetime | None] = {}
        for book in books:
            self.locked[book.pk] = PeriodLock.objects.of(book)
            last = Seal.objects.filter(book=book).order_by("number").last()
            self.sealed[book.pk] = last.sealed_at if last else None

    def posted_at(self, book: Book, at: datetime) -> datetime:
        """
        Return when something is posted: after the last sealing, so that what was sealed stays whole.
        """
        sealed = self.sealed[book.pk]
        return at if sealed is None else max(at, sealed + JUST_AFTER)

    def effective(self, book: Book, day: date) -> date:
        """Return the day on which a fact of ``day`` is booked."""
        soft, hard = self.locked[book.pk]
        if not self.keep_date:
            return booked_on(day, soft=soft, hard=hard)
        if hard is not None and day <= hard:
            raise PeriodLocked(through=hard.isoformat())
        if soft is not None and day <= soft:
            require(self.by, Permission.BOOK_LOCK, within=book.organization)
        return day


def _book(code: str) -> Book:
    book = Book.objects.select_related("organization").filter(code=code).first()
    if book is None:
        raise NoSuchBook(book=code)
    return book


def _journal(entry: Entry, book: Book, days: _Days, rows: Rows, at: datetime, by: User) -> Journal:
    return new_row(
        Journal,
        book_id=book.pk,
        kind=entry.kind,
        effective_date=days.effective(book, entry.on),
        occurred_on=entry.on,
        posted_at=days.posted_at(book, at),
        idempotency_key=entry.key,
        content_hash=entry.content_hash(),
        memo=entry.memo,
        reverses_id=rows.journal(entry.reverses),
        source_type=entry.source_type,
        source_id=entry.source_id,
        actor=by.public_id,
        actor_name=by.name,
    )


def _stored(entries: Sequence[Entry], wanted: Sequence[Journal]) -> list[Journal]:
    """Read back what stands under the keys now: ours, or what somebody wrote before."""
    keys = {entry.key for entry in entries}
    rows = Journal.objects.filter(book__in={row.book_id for row in wanted}, idempotency_key__in=keys)
    found = {(row.book_id, row.idempotency_key): row for row in rows.select_related("book")}
    made = []
    for entry, row in zip(entries, wanted, strict=True):
        stored = found.get((row.book_id, entry.key))
        if stored is None:
            raise AlreadyReversed(journal=entry.reverses)
        if stored.content_hash != row.content_hash:
            raise KeyUsedOtherwise(key=entry.key)
        made.append(stored)
    return made


def _check_floors(lines: Iterable[JournalLine], opened: Mapping[int, Account]) -> None:
    """Look under the locks of the balances whether all that leaves is there; the database looks again."""
    moved: dict[int, int] = defaultdict(int)
    accounts: dict[int, Account] = {}
    for line in lines:
        account = opened[line.account_id]
        if account.has_floor:
            accounts[account.pk] = account
            moved[account.pk] += line.amount_minor * Side(account.normal_side).sign
    for balance in AccountBalance.objects.filter(account__in=accounts).locked():
        left = balance.balance_minor + moved[balance.account_id]
        if left < 0:
            account = accounts[balance.account_id]
            raise BalanceTooLow(
                account=str(account),
                balance=_shown(balance.balance_minor, account.currency),
                wanted=_shown(-moved[balance.account_id], account.currency),
            )


def _shown(minor: int, currency: str) -> str:
    return f"{currency} {Money(minor, currency).amount:,f}"
