"""Writes what a file says: statements, raw lines for ever, lines that are new, and what does not add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from billing.gateway.copies import copy_rows, keys_for
from billing.payments.actions import statement_gaps
from billing.payments.models import BankAccount, BankLine, Statement, StatementFile, StatementLine
from billing.payments.queries.lines import known_lines, known_statements
from billing.payments.rules.statements import identity
from billing.payments.rules.statements.identity import Settled
from billing.payments.rules.statements.parsed import MOST_FLAWS, ParsedStatement, ReadFile, flaw
from marketplace.gateway.rows import new_row
from marketplace.shared.errors import Flaw


@dataclass
class Kept:
    """What was stored: raw lines, new lines, and why a statement's lines were not."""

    lines: int = 0
    new_lines: int = 0
    booked: int = 0
    flaws: list[Flaw] = field(default_factory=list)


def store(*, account: BankAccount, file: StatementFile, found: ReadFile, at: datetime) -> Kept:
    """
    Store the statements of a file; whoever calls holds the lock of the account.

    Statements that have flaws, or are of another account or currency, are kept with their raw lines, and none
    of these becomes a line of the account.
    """
    kept = Kept(lines=found.lines)
    reasons = [_reasons(account, each, place) for place, each in enumerate(found.statements)]
    good = [each for each, why in zip(found.statements, reasons, strict=True) if not why]
    settled = iter(_settled(account, good))
    rows = _statements(file, found.statements)
    lines: list[BankLine] = []
    raw: list[StatementLine] = []
    for row, each, why in zip(rows, found.statements, reasons, strict=True):
        mine = [] if why else next(settled)
        kept.flaws.extend(why[: MOST_FLAWS - len(kept.flaws)])
        kept.booked += len(mine)
        new = [_line(account, one, at) for one in mine if one.known is None]
        keys_for(new)
        lines.extend(new)
        raw.extend(_raw_lines(row, each, mine, new))
    copy_rows(lines)
    copy_rows(raw)
    kept.new_lines = len(lines)
    for row, why in zip(rows, reasons, strict=True):
        statement_gaps.look(account=account, statement=row, is_booked=not why, at=at)
    statement_gaps.look_again(account=account, at=at)
    return kept


def _reasons(account: BankAccount, statement: ParsedStatement, place: int) -> list[Flaw]:
    """Return what keeps the lines of a statement from being booked on an account."""
    found = list(statement.flaws)
    if statement.account and not _is_same(statement.account, account.number):
        found.append(
            flaw(
                "other_account",
                f"/statements/{place}/account",
                found=statement.account,
                account=account.number,
            )
        )
    if statement.currency and statement.currency != account.currency:
        pointer = f"/statements/{place}/currency"
        found.append(flaw("account_currency", pointer, found=statement.currency, currency=account.currency))
    return found


def _is_same(written: str, number: str) -> bool:
    """Tell whether a bank means our account: with its bank code before, or with digits hidden by stars."""
    written, number = ("".join(text.upper().replace("-", "").split()) for text in (written, number))
    if "*" in written:
        head, tail = written.split("*")[0], written.split("*")[-1]
        return len(head) + len(tail) >= 4 and number.startswith(head) and number.endswith(tail)
    return written == number or written.rpartition("/")[2] == number


def _settled(account: BankAccount, statements: Sequence[ParsedStatement]) -> list[list[Settled]]:
    """Return which lines are known and which are new."""
    days = {line.booked_on for each in statements for line in each.booked if line.booked_on is not None}
    firsts = {day for each in statements if (day := _first_day(each)) is not None}
    known = known_lines(account, days, firsts)
    return identity.settle(account.number, statements, known, known_statements(account, firsts))


def _first_day(statement: ParsedStatement) -> date | None:
    """Return the day of a statement's first line."""
    return min((line.booked_on for line in statement.booked if line.booked_on is not None), default=None)


def _statements(file: StatementFile, found: Sequence[ParsedStatement]) -> list[Statement]:
    rows = [_statement(file, each, place) for place, each in enumerate(found, start=1)]
    return Statement.objects.bulk_create(rows, batch_size=1_000)


def _statement(file: StatementFile, found: ParsedStatement, position: int) -> Statement:
    days = [line.booked_on for line in found.booked if line.booked_on is not None]
    exact = not found.flaws
    return Statement(
        file=file,
        position=position,
        number=found.number,
        account_number=found.account,
        currency=found.currency,
        begins_on=min((day for day in (found.begins_on, min(days, default=None)) if day), default=None),
        ends_on=max((day for day in (found.ends_on, max(days, default=None)) if day), default=None),
        opening_minor=found.opening_minor,
        closing_minor=found.closing_minor,
        sum_minor=found.total_minor if exact else 0,
        is_balanced=found.balances if exact else None,
    )


def _line(account: BankAccount, settled: Settled, at: datetime) -> BankLine:
    line = settled.line
    return new_row(
        BankLine,
        bank_account_id=account.pk,
        identity=settled.identity,
        occurrence=settled.occurrence,
        booked_on=line.booked_on,
        value_on=line.value_on,
        amount_minor=line.amount_minor,
        currency=line.currency,
        counterparty=line.counterparty,
        counterparty_account=line.counterparty_account,
        counterparty_bank=line.counterparty_bank,
        memo=line.memo,
        bank_ref=line.bank_ref,
        sub_account=line.sub_account,
        balance_minor=line.balance_minor,
        kind=line.kind,
        is_reversal=line.is_reversal,
        taken_at=at,
    )


def _raw_lines(
    row: Statement, statement: ParsedStatement, settled: Sequence[Settled], new: Sequence[BankLine]
) -> list[StatementLine]:
    """Return the raw lines of a statement, each with the line of the account that it tells of."""
    fresh = iter(new)
    keys = {id(one.line): one.known or next(fresh).pk for one in settled}
    made: list[Any] = [
        new_row(
            StatementLine,
            statement_id=row.pk,
            position=position,
            raw=line.raw,
            status=line.status,
            bank_line_id=keys.get(id(line)),
        )
        for position, line in enumerate(statement.lines, start=1)
    ]
    return made
