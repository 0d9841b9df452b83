"""
The register of data assets: how a series is graded, and who holds which right over it at a moment.

Rights to read are asked of :func:`decisions.decide`, so the register never says more than the door gives.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from devices.ownership.rules.decisions import Effect, Question, basis_of, decide, grounds
from devices.ownership.rules.defaults import BILLING_COUNTERS, Cell, Matrix, matrix
from devices.ownership.rules.grading import Grade, Graded, Series, grade_of
from devices.ownership.rules.parties import Party

HOUR = 3_600_000_000  # microseconds
PACES = (1, 4, 60, 360, 3600, 36_000, 360_000, 3_600_000)  # readings an hour
VIEW, READ, AGGREGATE = "view", "read", "read_aggregate"
OPERATOR = "operator"  # the person at the machine: no organization, rights of its own
ACTS = ("hold", "process", "operate", READ, AGGREGATE, "port", "share", "erase", "write")
HANDS_ON = frozenset({"operate", "share"})
OF_LEASE = frozenset({"default_rights", "agreed_rights", "count_rule"})
ALWAYS_KNOW = (Party.OWNER, Party.LESSEE, Party.PLATFORM)
Kind = tuple[bool, bool, bool]
OPERATORS_OWN = (("read", "pipl_45"), ("port", "pipl_45"), ("erase", "pipl_47"))


@dataclass(frozen=True, slots=True)
class Right:
    """One right of one party; ``purposes`` of ``None``: any; ``interval`` in microseconds, or ``whole``."""

    party: str
    right: str
    basis: tuple[str, ...]
    purposes: tuple[str, ...] | None = None
    interval: int | str | None = None

    @property
    def source(self) -> str:
        """Where it comes from: the article of a law, the lease, or that the data are the owner's own."""
        if "own_data" in self.basis:
            return "own"
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


def permits(question: Question, purpose: str | None) -> bool:
    """Tell whether anything may be read for a purpose; ``None``: for any that is known."""
    asked = sorted(_table(question).purposes) if purpose is None else [purpose]
    return any(decide(replace(question, purpose=one)).effect is not Effect.DENY for one in asked)


class Readable(NamedTuple):
    """
    Of series of some categories: what may be read.

    Whether they are billed by, count, and are L5 or L6; ``None`` where it makes no difference.
    """

    categories: tuple[str, ...]
    billed: bool | None
    counts: bool | None
    listed: bool | None


@lru_cache(maxsize=512)
def readable(party: Party, leased: bool, purpose: str | None) -> tuple[Readable, ...]:
    """Ask the rule of every kind of series there can be: what lists are filtered by."""
    if purpose is not None and purpose not in matrix().purposes:
        return ()
    alike: dict[frozenset[Kind], list[str]] = {}
    for category in matrix().categories:
        alike.setdefault(_kinds(party, leased, purpose, category), []).append(category)
    return tuple(
        Readable(tuple(categories), *kind) for kinds, categories in alike.items() for kind in _merged(kinds)
    )


def _kinds(party: Party, leased: bool, purpose: str | None, category: str) -> frozenset[Kind]:
    """Return the kinds of series of a category, as (billed, counts, listed), of which something is given."""
    found = set()
    for billed, counts, listed in product((False, True), repeat=3):
        grade = Grade.CORE if listed else None
        asked = Question(party, category, "", leased, leased and billed, counts, None, grade)
        if permits(asked, purpose):
            found.add((billed, counts, listed))
    return frozenset(found)


def _merged(kinds: frozenset[Kind]) -> set[tuple[bool | None, ...]]:
    """Leave out of kinds what makes no difference."""
    idle = [
        place
        for place in range(3)
        if all((*kind[:place], not kind[place], *kind[place + 1 :]) in kinds for kind in kinds)
    ]
    return {tuple(None if place in idle else kind[place] for place in range(3)) for kind in kinds}


def may_know(party: Party, question: Question) -> bool:
    """Tell whether a party may know that a series exists: the sides, the platform, and whoever may read."""
    return party in ALWAYS_KNOW or permits(replace(question, party=party), None)


def rights(question: Question) -> list[Right]:
    """Return all rights of all parties over a series; of ``question``, all but party and purpose counts."""
    parties = [party for party in Party if party is not Party.STRANGER]
    if not question.leased:
        parties.remove(Party.LESSEE)
    found = [one for party in parties for one in _of(replace(question, party=party))]
    return found + list(_of_person(question))


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
        cell = _table(question).cell(question.party, category) or Cell(frozenset())
        purposes = None if cell.purposes is None else tuple(sorted(cell.purposes))
        for act in cell.rights - {READ, AGGREGATE}:
            if _may_act(act, question):
                yield Right(question.party, act, basis_of(category, question), purposes)


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
