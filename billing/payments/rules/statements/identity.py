"""
Tells which lines of a file are new, so that a movement stands once, in however many files it is.

Known lines are claimed one by one: a file that has two equal payments claims two known ones, or adds what is
missing. A line is known by the bank's own id, where that proves unique, else by what it says: day, amount,
account of the other side, memo, and the balance after it, as far as both have one. So it is known again in a
file of another format.
"""

import hashlib
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from billing.payments.rules.statements.parsed import ParsedLine, ParsedStatement

LONGEST: Final = 64  # characters of an identity
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line that is stored already; amounts in minor units."""

    pk: int
    booked_on: date
    amount_minor: int
    counterparty_account: str
    memo: str
    bank_ref: str
    balance_minor: int | None
    identity: str
    occurrence: int
    closings: tuple[int, ...] = ()  # of the statements that it stands in and that end on its day


@dataclass(frozen=True, slots=True)
class KnownStatement:
    """A statement that is stored already: the day of its last line, and its balances in minor units."""

    ended_on: date
    opening_minor: int
    closing_minor: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What a booked line is: one that is known (``known`` is its key), or a new one."""

    line: ParsedLine
    known: int | None
    identity: str = ""
    occurrence: int = 0


@dataclass
class _Claims:
    """The known lines by what they may be found by, each to be claimed once."""

    by: dict[tuple[Any, ...], deque[KnownLine]] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    all: list[KnownLine] = field(default_factory=list)

    def add(self, known: KnownLine) -> None:
        self.all.append(known)
        said = (known.booked_on, known.amount_minor, known.counterparty_account, known.memo)
        for ref in (known.bank_ref, ANY):
            for balance in (known.balance_minor, ANY):
                self.by.setdefault((*said, ref, balance), deque()).append(known)
        if known.bank_ref:
            self.by.setdefault((known.booked_on, known.amount_minor, known.bank_ref), deque()).append(known)

    def claim(self, keys: Iterable[tuple[Any, ...]]) -> KnownLine | None:
        """Return the first that nobody claimed, by the first key that has one."""
        for key in keys:
            waiting = self.by.get(key)
            while waiting:
                found = waiting.popleft()
                if found.pk not in self.claimed:
                    self.claimed.add(found.pk)
                    return found
        return None


def settle(
    account: str,
    statements: Sequence[ParsedStatement],
    known: Iterable[KnownLine],
    before: Sequence[KnownStatement] = (),
) -> list[list[Settled]]:
    """
    Return for each statement of a file what its booked lines are, in their order.

    ``known`` are the lines of the account on the days of the file, ``before`` the statements that end on one
    of these. Where one of the file begins on that day with that balance, its lines are none of theirs, unless
    those that look the same cancel out. All lines have a day and an amount in minor units.
    """
    stored = list(known)
    claims = _Claims()
    for each in stored:
        claims.add(each)
    booked = [[line for line in each.booked if line.amount_minor] for each in statements]
    refs = Counter(line.bank_ref for lines in booked for line in lines)
    found = _claimed(booked, refs, claims)
    for statement, lines, matches in zip(statements, booked, found, strict=True):
        if _leave_to_those_before(statement, lines, matches, before):
            _claim_others(statement, lines, matches, refs, claims, before)
    return _numbered(account, booked, found, refs, stored)


def _claimed(
    booked: list[list[ParsedLine]], refs: Counter[str], claims: _Claims
) -> list[list[KnownLine | None]]:
    """
    Return the known line of each line: by its id first, then where all is equal, then where nothing speaks
    against.
    """
    found: list[list[KnownLine | None]] = [[None] * len(lines) for lines in booked]
    for keys in (lambda line: _by_id(line, refs), _by_all, _by_some):
        for lines, matches in zip(booked, found, strict=True):
            for position, line in enumerate(lines):
                if matches[position] is None:
                    matches[position] = claims.claim(keys(line))
    return found


def _by_id(line: ParsedLine, refs: Counter[str]) -> Iterator[tuple[Any, ...]]:
    if line.bank_ref and refs[line.bank_ref] == 1:
        yield (line.booked_on, line.amount_minor, line.bank_ref)


def _by_all(line: ParsedLine) -> Iterator[tuple[Any, ...]]:
    yield (*_said(line), line.bank_ref, line.balance_minor)


def _by_some(line: ParsedLine) -> Iterator[tuple[Any, ...]]:
    for ref in (line.bank_ref, "") if line.bank_ref else (ANY,):
        for balance in (ANY,) if line.balance_minor is None else (line.balance_minor, None):
            yield (*_said(line), ref, balance)


def _said(line: ParsedLine) -> tuple[Any, ...]:
    return (line.booked_on, line.amount_minor, line.counterparty_account, line.memo)


def _over_before(
    statement: ParsedStatement, before: Sequence[KnownStatement]
) -> tuple[date | None, set[int]]:
    """Return the first day of a statement and the closing balances of those that were over when it began."""
    first = min((line.booked_on for line in statement.booked if line.booked_on is not None), default=None)
    opening = statement.opening_minor
    if opening is None or not statement.balances:
        return first, set()
    there = [each for each in before if each.ended_on == first]
    over, waiting = set[int](), [opening]
    while waiting:
        balance = waiting.pop()
        ended = [each for each in there if each.closing_minor == balance]
        if ended and balance not in over:
            over.add(balance)
            waiting.extend(each.opening_minor for each in ended)
    return first, over


def _leave_to_those_before(
    statement: ParsedStatement,
    lines: list[ParsedLine],
    matches: list[KnownLine | None],
    before: Sequence[KnownStatement],
) -> bool:
    """
    Give lines back that belong to a statement that was over when this one began; tell whether there were any.
    """
    first, over = _over_before(statement, before)
    there = [
        place
        for place, each in enumerate(matches)
        if each is not None and each.booked_on == first and over.intersection(each.closings)
    ]
    if not sum(lines[place].amount_minor or 0 for place in there):
        return False
    for place in there:
        matches[place] = None
    return True


def _claim_others(
    statement: ParsedStatement,
    lines: list[ParsedLine],
    matches: list[KnownLine | None],
    refs: Counter[str],
    claims: _Claims,
    before: Sequence[KnownStatement],
) -> None:
    """Look for what was given back among the lines of other statements of that day."""
    first, over = _over_before(statement, before)
    others = _Claims(claimed=claims.claimed)
    for each in claims.all:
        if each.booked_on == first and not over.intersection(each.closings):
            others.add(each)
    free = [place for place, each in enumerate(matches) if each is None]
    for place, [match] in zip(free, _claimed([[lines[place]] for place in free], refs, others), strict=True):
        matches[place] = match


def _numbered(
    account: str,
    booked: list[list[ParsedLine]],
    found: list[list[KnownLine | None]],
    refs: Counter[str],
    stored: list[KnownLine],
) -> list[list[Settled]]:
    """Give new lines their identity, and equal ones of one day their number."""
    last: Counter[tuple[date | None, str]] = Counter()
    others = {(each.booked_on, each.bank_ref) for each in stored if each.bank_ref}
    for each in stored:
        key = (each.booked_on, each.identity)
        last[key] = max(last[key], each.occurrence)
    settled = []
    for lines, matches in zip(booked, found, strict=True):
        settled.append(
            [
                _settled(account, line, match, refs, others, last)
                for line, match in zip(lines, matches, strict=True)
            ]
        )
    return settled


def _settled(
    account: str,
    line: ParsedLine,
    match: KnownLine | None,
    refs: Counter[str],
    others: set[tuple[date, str]],
    last: Counter[tuple[date | None, str]],
) -> Settled:
    if match is not None:
        return Settled(line, match.pk)
    is_unique = (
        bool(line.bank_ref) and refs[line.bank_ref] == 1 and (line.booked_on, line.bank_ref) not in others
    )
    identity = line.bank_ref if is_unique and len(line.bank_ref) < LONGEST else identity_of(account, line)
    last[line.booked_on, identity] += 1
    return Settled(line, None, identity, last[line.booked_on, identity])


def identity_of(account: str, line: ParsedLine) -> str:
    """Return the hash of what a line says, its balance among it if the bank gives one."""
    said = [
        account,
        line.booked_on.isoformat() if line.booked_on is not None else None,
        line.amount_minor,
        line.counterparty_account,
        line.memo,
        line.bank_ref,
        line.balance_minor,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
