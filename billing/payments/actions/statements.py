"""
Files of banks: kept as they came, read once, and every movement stored once, in however many files it is.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.payments.actions import orders, statement_rows
from billing.payments.models import BankAccount, StatementDialect, StatementFile
from billing.payments.rules.statements import dialects, reading
from billing.payments.rules.statements.dialects import BadDialect, Dialect
from billing.payments.rules.statements.parsed import MOST_BYTES, ReadFile, Unreadable, flaw
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.later import later

AT_ONCE = 300_000  # bytes; what is larger is read by the worker
LONGEST_NAME = 200
State = StatementFile.State


class StatementInvalid(Invalid):
    """The file cannot be taken at all; flaws say why."""

    code = "statement_invalid"
    text = gettext_noop("This file cannot be taken as a bank statement.")


class DialectInvalid(Invalid):
    """What was said of the columns cannot be used; flaws say why."""

    code = "dialect_invalid"
    text = gettext_noop("The columns cannot be read like this.")


class AccountClosed(NotPossible):
    """Nothing is imported to an account that is not used any more."""

    code = "bank_account_closed"
    text = gettext_noop("This bank account is closed. Choose another one.")


def take(
    *, bank_account: BankAccount, name: str, content: bytes, within: Organization, by: User, at: datetime
) -> tuple[StatementFile, bool]:
    """
    Keep a file of a bank and read it; return it, and whether it is new. The same file again changes nothing.

    A large one is read by the worker: its state stays ``TAKEN`` until then.

    :raises MissingRight: if ``by`` may not match payments of the account's book
    :raises AccountClosed: if the account is not used any more
    :raises StatementInvalid: if it is empty or too large
    """
    orders.in_book(book=bank_account.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    if not bank_account.is_open:
        raise AccountClosed
    if not content or len(content) > MOST_BYTES:
        raise StatementInvalid(flaws=[flaw("too_large" if content else "empty", "/file")])
    file, is_new = _keep(bank_account=bank_account, name=name, content=content, within=within, by=by, at=at)
    if is_new and len(content) <= AT_ONCE:
        file = read(file=file, by=by, at=at)
    return file, is_new


def read_soon(*, file: StatementFile, by: User, at: datetime) -> StatementFile:
    """
    Read a file whose columns were named just now; a large one is left to the worker, which has it already.

    :raises MissingRight: as :func:`read` does
    """
    return read(file=file, by=by, at=at) if len(file.content) <= AT_ONCE else file


def read(*, file: StatementFile, by: User, at: datetime) -> StatementFile:
    """
    Read a file that waits and store what is new in it; one that was read stays as it is.

    Reading takes no lock and may take long; storing locks the account, so two files at once add each line
    once.

    :raises MissingRight: if ``by`` may not match payments of the account's book
    """
    account = file.bank_account
    orders.in_book(
        book=account.book, within=account.book.organization, permission=Permission.PAYMENT_MATCH, by=by
    )
    if file.state not in (State.TAKEN, State.UNMAPPED):
        return file
    row = account.dialects.order_by("-version").first()
    try:
        found = reading.read(bytes(file.content), None if row is None else _dialect(row), account.currency)
    except reading.Unmapped as error:
        return _settled(file=file, state=State.UNMAPPED, flaws=error.flaws, by=by, at=at)
    except Unreadable as error:
        return _settled(file=file, state=State.REFUSED, flaws=error.flaws, by=by, at=at)
    wrong = _wrong_columns(found)
    if wrong:
        return _settled(file=file, state=State.UNMAPPED, flaws=wrong, by=by, at=at)
    return _store(file=file, found=found, dialect=row, by=by, at=at)


@atomic
def map_columns(
    *,
    bank_account: BankAccount,
    document: dict[str, Any],
    within: Organization,
    by: User,
    at: datetime,
) -> StatementDialect:
    """
    Remember how the bank of an account writes its tables, as a new version; files that wait for it are read.

    :raises MissingRight: if ``by`` may not match payments of the account's book
    :raises DialectInvalid: if it cannot be used
    """
    orders.in_book(book=bank_account.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    try:
        wanted = dialects.from_document(document).document()
    except BadDialect as error:
        raise DialectInvalid(flaws=error.flaws) from error
    BankAccount.objects.filter(pk=bank_account.pk).locked().get()
    last = bank_account.dialects.order_by("-version").first()
    if last is not None and last.document == wanted:
        made = last
    else:
        version = 1 if last is None else last.version + 1
        made = StatementDialect.objects.create(
            bank_account=bank_account, version=version, document=wanted, made_by=by.public_id, made_at=at
        )
        subject = bank_account.public_id
        audit.record(
            by=by, action="bank_account.dialect", subject=subject, at=at, within=within, version=version
        )
    for waiting in bank_account.files.filter(state=State.UNMAPPED).values_list("pk", flat=True):
        later("billing.payments.tasks.read_statement", file_id=waiting)
    return made


@atomic
def _keep(
    *, bank_account: BankAccount, name: str, content: bytes, within: Organization, by: User, at: datetime
) -> tuple[StatementFile, bool]:
    """Store a file's bytes under the lock of its account; the same bytes are the same row."""
    BankAccount.objects.filter(pk=bank_account.pk).locked().get()
    sha256 = hashlib.sha256(content).hexdigest()
    known = bank_account.files.filter(sha256=sha256).listed().first()
    if known is not None:
        return known, False
    made = StatementFile.objects.create(
        bank_account=bank_account,
        name=" ".join(name.replace("\x00", "").split())[:LONGEST_NAME] or sha256[:12],
        content=content,
        sha256=sha256,
        taken_by=by.public_id,
        taken_by_name=by.name[:80],
        taken_at=at,
    )
    facts = {"sha256": sha256, "bytes": len(content), "bank_account": bank_account.public_id}
    audit.record(by=by, action="statement.take", subject=made.public_id, at=at, within=within, **facts)
    if len(content) > AT_ONCE:
        later("billing.payments.tasks.read_statement", file_id=made.pk)
    return made, True


@atomic
def _store(
    *, file: StatementFile, found: ReadFile, dialect: StatementDialect | None, by: User, at: datetime
) -> StatementFile:
    """Store statements and new lines under the lock of the account; once."""
    account = BankAccount.objects.filter(pk=file.bank_account_id).select_related("book").locked().get()
    locked = _locked(file)
    if locked.state not in (State.TAKEN, State.UNMAPPED):
        return locked
    kept = statement_rows.store(account=account, file=locked, found=found, at=at)
    locked.format, locked.dialect = found.form, dialect if found.form == reading.TABLE else None
    locked.lines, locked.new_lines = kept.lines, kept.new_lines
    nothing = not kept.booked and bool(kept.flaws)
    return _write(locked, State.REFUSED if nothing else State.READ, kept.flaws, by, at)


@atomic
def _settled(
    *, file: StatementFile, state: str, flaws: Sequence[Flaw], by: User, at: datetime
) -> StatementFile:
    """Note that a file cannot be read, or not yet."""
    locked = _locked(file)
    if locked.state in (State.READ, State.REFUSED):
        return locked
    if state == State.UNMAPPED:
        locked.format = reading.TABLE
    return _write(locked, state, flaws, by, at)


def _locked(file: StatementFile) -> StatementFile:
    rows = StatementFile.objects.filter(pk=file.pk).select_for_update(of=("self",), no_key=True)
    return rows.listed().get()


def _write(file: StatementFile, state: str, flaws: Sequence[Flaw], by: User, at: datetime) -> StatementFile:
    file.state, file.read_at = state, at
    file.flaws = [
        {"pointer": each.pointer, "code": each.code, "text": each.text, "facts": dict(each.facts)}
        for each in flaws
    ]
    changed = ["state", "read_at", "flaws", "format", "dialect", "lines", "new_lines"]
    file.save(update_fields=changed)
    facts = {"state": state, "lines": file.lines, "new_lines": file.new_lines}
    audit.record(
        by=by,
        action="statement.read",
        subject=file.public_id,
        at=at,
        within=file.bank_account.book.organization,
        **facts,
    )
    return file


def _dialect(row: StatementDialect) -> Dialect:
    return dialects.from_document(row.document)


def _wrong_columns(found: ReadFile) -> tuple[Flaw, ...]:
    """
    Return why a table was read by the wrong columns: lines that cannot be read, or balances that never hold.
    """
    if found.form != reading.TABLE:
        return ()
    for each in found.statements:
        if each.flaws:
            return each.flaws
        if len(each.breaks) > 1 and len(each.breaks) == len(each.booked) - 1:
            return (flaw("no_columns"),)
    return ()
