"""
The register of data assets: how a series is graded, and who holds which right over it at a moment.

Rights to read are asked of :func:`decisions.decide`, so the register never says more than the door gives.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain, product
from typing import NamedTuple

from devices.ownership.rules.decisions import Effect, Question, basis_of, cell_above, decide, grounds
from devices.ownership.rules.defaults import BILLING_COUNTERS, Category, Cell, Matrix, matrix
from devices.ownership.rules.grading import Grade, Graded, Series, grade_of
from devices.ownership.rules.grants import BEGINNING, Granted
from devices.ownership.rules.parties import Party
from devices.ownership.rules.tables import Terms, bare, goes_on, table_by
from marketplace.shared.period import Period

HOUR = 3_600_000_000  # microseconds
PACES = (1, 4, 60, 360, 3600, 36_000, 360_000, 3_600_000)  # readings an hour
VIEW, READ, AGGREGATE = "view", "read", "read_aggregate"
OPERATOR = "operator"  # the person at the machine: no organization, rights of its own
ACTS = ("hold", "process", "operate", READ, AGGREGATE, "port", "share", "erase", "write")
HANDS_ON = frozenset({"operate", "share"})
OF_LEASE = frozenset({"default_rights", "agreed_rights", "count_rule"})
ALWAYS_KNOW = (Party.OWNER, Party.LESSEE, Party.ABOVE, Party.PLATFORM)
SIDES = (Party.OWNER, Party.LESSEE, Party.PLATFORM)  # who sees the rights of all
OPERATORS_OWN = (("read", "pipl_45"), ("port", "pipl_45"), ("erase", "pipl_47"))


@dataclass(frozen=True, slots=True)
class Right:
    """
    One right of one party; ``purposes`` of ``None``: any; ``interval`` in microseconds, or ``whole``.

    One by a ``grant`` (public id) is that of the ``organization`` which got it, for the time of ``holds``.
    """

    party: str
    right: str
    basis: tuple[str, ...]
    purposes: tuple[str, ...] | None = None
    interval: int | str | None = None
    grant: str | None = None
    organization: str | None = None
    holds: Period | None = None

    @property
    def source(self) -> str:
        """Where it comes from: an article, (sub-)lease, consent, order, or that the data are one's own."""
        if "licence" in self.basis:
            return "licence"
        if self.grant is not None:
            return "order" if "lawful_order" in self.basis else "consent"
        if "own_data" in self.basis:
            return "own"
        if "sublease_clause" in self.basis:
            return "sublease"
        return "lease" if OF_LEASE & set(self.basis) else "law"


def pace(readings: int, microseconds: int) -> int:
    """
    Return how often a series speaks: the least of ``PACES`` that holds so many readings an hour.

    A class and no exact figure: the pace of a counter would tell how fast a lessee produces. Each limit of
    the grading rules is an edge, so that the class grades as the exact figure does.
    """
    return next((one for one in PACES if readings * HOUR <= one * microseconds), PACES[-1])


def graded(category: str, per_hour: int | None, sources: Iterable[Grade] = ()) -> Graded:
    """
    Grade a series by its category and pace, an unknown pace as a slow one; higher wins over its sources.

    This is also the floor: no person may grade it lower.
    """
    interval = HOUR if not per_hour else HOUR // per_hour
    own = grade_of(Series(category, interval))
    highest = max(sources, default=own.grade)
    return own if highest <= own.grade else Graded(highest, (*own.reasons, "from_source"))


def reads(right: Right, at: datetime) -> bool:
    """Tell whether a right lets its party read at a moment: a grant's may have ended, or not begun."""
    return right.right in (READ, AGGREGATE) and (right.holds is None or right.holds.contains(at))


def permits(question: Question, purpose: str | None) -> bool:
    """Tell whether anything may be read for a purpose; ``None``: for any that is known."""
    asked = sorted(_table(question).purposes) if purpose is None else [purpose]
    return any(decide(replace(question, purpose=one)).effect is not Effect.DENY for one in asked)


Cells = tuple[tuple[str, Cell], ...]
FLAGS = "bclsr"  # billed by, counts, L5 or L6, its agreement suspended, owner and lessee compete


@lru_cache(maxsize=1024)
def readable(
    party: Party, leased: bool, purpose: str | None, terms: Terms = (), grant: Granted | None = None
) -> frozenset[str]:
    """
    Ask the rule of every kind of series there can be, and return those of which something may be read.

    A kind is written as category, ``/`` and those of ``FLAGS`` that hold. ``terms`` are the agreement's own;
    with a ``grant`` (what it ``opens``), those that may be read by it alone.
    """
    table = bare() if grant else table_by(terms)
    return frozenset(
        kind
        for category in table.categories
        for kind in _readable(party, leased, purpose, category, _looked_at(category, party, table), grant)
    )


def _looked_at(category: str, party: Party, table: Matrix) -> Cells:
    names = _grounds(category)
    return tuple((name, table.cell(party, name) or Cell(frozenset())) for name in names)


@cache
def _grounds(category: str) -> tuple[str, ...]:
    """Return the categories whose cells the rule looks at, for any kind of series of a category."""
    kinds = (
        one for leased in (True, False) for _, one in _kinds_of(Question(Party.OWNER, category, "", leased))
    )
    return tuple(sorted({category, *chain.from_iterable(map(grounds, kinds))}))


@lru_cache(maxsize=4096)
def _readable(
    party: Party, leased: bool, purpose: str | None, category: str, cells: Cells, grant: Granted | None
) -> tuple[str, ...]:
    """Ask of one category; the rule sees ``cells`` alone, so tables that differ elsewhere are asked once."""
    rows = {name: Category(name, "", {party: cell}) for name, cell in cells}
    asked = Question(
        party,
        category,
        "",
        leased,
        table=Matrix(matrix().rights, rows, matrix().purposes),
        grants=(grant,) if grant else (),
        at=BEGINNING,
        generated=BEGINNING,
    )
    wanted = grant.purpose if grant and purpose is None else purpose
    return tuple(kind for kind, one in _kinds_of(asked) if permits(one, wanted))


def _kinds_of(asked: Question) -> Iterator[tuple[str, Question]]:
    """Yield each kind of series of a category; one that is not leased is neither billed by nor suspended."""
    both, never = (False, True), (False,)
    lent = both if asked.leased else never
    for held in product(lent, both, both, lent, lent):
        billed, counts, listed, suspended, rival = held
        grade = Grade.CORE if listed else None
        kind = "".join(flag for flag, holds in zip(FLAGS, held, strict=True) if holds)
        series = replace(asked, billing_channel=billed, counts=counts, grade=grade)
        yield f"{asked.category}/{kind}", replace(series, suspended=suspended, competitor=rival)


class Got(NamedTuple):
    """A grant, with the organization that got it (public id) and as which party."""

    party: Party
    organization: str
    grant: Granted


def rights(question: Question, got: Sequence[Got] = ()) -> list[Right]:
    """
    Return all rights of all parties over a series, and what grants give at the moment or will give.

    Of ``question``, all but party, purpose and grants counts; ``got`` are the grants that were given.
    """
    parties = [party for party in Party if party is not Party.STRANGER]
    if not question.leased:
        parties.remove(Party.LESSEE)
    if not question.sublet:
        parties.remove(Party.ABOVE)
    found: list[Right] = []
    for party in parties:
        asked = replace(question, party=party, grants=())
        found += _of(asked)
        found += (right for one in got if one.party is party for right in _by_grant(asked, one))
    sold, asked = [one for one in got if one.party is Party.STRANGER], replace(question, party=Party.STRANGER)
    found += (right for one in sold for right in _by_grant(asked, one))
    return found + list(_of_person(question))


def _by_grant(question: Question, got: Got) -> Iterator[Right]:
    """Yield what a grant gives; one that is to come, as it will; one that ended or was withdrawn, nothing."""
    grant, at = got.grant, question.at
    assert at is not None
    asked = replace(
        question,
        purpose=grant.purpose,
        interval=None,
        table=bare(),
        grants=(grant,),
        at=max(at, grant.readable.start),
    )
    found = decide(asked)
    if found.rule != grant.rule or found.effect is Effect.DENY:
        return
    act = READ if found.effect is Effect.RAW else AGGREGATE
    by, to, purposes = grant.id, got.organization, (grant.purpose,)
    yield Right(got.party, VIEW, found.basis, None, None, by, to, grant.readable)
    yield Right(got.party, act, found.basis, purposes, found.interval, by, to, grant.readable)


def _of(question: Question) -> Iterator[Right]:
    party = question.party
    acts = {one.right: one for one in (*_acts(question), *_reads(question))}
    if acts or party in ALWAYS_KNOW:
        yield Right(party, VIEW, ("register",))
    yield from (acts[act] for act in ACTS if act in acts)


def _acts(question: Question) -> Iterator[Right]:
    """Yield what is not reading; core data are handed on by nobody, important data by no third party."""
    if question.party is Party.OWNER and not question.leased:
        own = [act for act in ACTS if act not in (READ, AGGREGATE) and _may_act(act, question)]
        yield from (Right(Party.OWNER, act, ("own_data",)) for act in own)
        return
    if is_prohibited(question):
        return
    for category in grounds(question):
        if question.suspended and not goes_on(question.party, category):
            continue
        cell = _cell(question, category)
        purposes = None if cell.purposes is None else tuple(sorted(cell.purposes))
        for act in cell.rights - {READ, AGGREGATE}:
            if _may_act(act, question):
                yield Right(question.party, act, basis_of(category, question), purposes)


def _cell(question: Question, category: str) -> Cell:
    if question.party is Party.ABOVE:
        return cell_above(category)
    return _table(question).cell(question.party, category) or Cell(frozenset())


def _may_act(act: str, question: Question) -> bool:
    if act == "erase" and (question.billing_channel or question.category == BILLING_COUNTERS):
        return not question.leased  # evidence of bills stays until accounts need it no longer
    if question.grade in (Grade.IMPORTANT, Grade.CORE) and act in HANDS_ON:
        return False
    return not (question.grade == Grade.CORE and act == "port")


def _table(question: Question) -> Matrix:
    return question.table or matrix()


def is_prohibited(question: Question) -> bool:
    """Tell whether the table prohibits a party its category, whatever else is said."""
    cell = _table(question).cell(question.party, question.category)
    return cell is not None and cell.prohibited


def _reads(question: Question) -> Iterator[Right]:
    """Yield what the door gives: every reading, or figures, each with the purposes for which it does."""
    known = sorted(_table(question).purposes)
    answers = {one: decide(replace(question, purpose=one, interval=None)) for one in known}
    for effect, act in ((Effect.RAW, READ), (Effect.AGGREGATE, AGGREGATE)):
        found = {purpose: one for purpose, one in answers.items() if one.effect is effect}
        if found:
            first = next(iter(found.values()))
            purposes = None if len(found) == len(known) else tuple(found)
            yield Right(question.party, act, first.basis, purposes, first.interval)


def _of_person(question: Question) -> Iterator[Right]:
    if question.category == "operator_data":
        yield from (Right(OPERATOR, act, (article,)) for act, article in OPERATORS_OWN)
