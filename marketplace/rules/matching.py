"""
Whether a machine that is on offer could meet a need: a reason for everything asked, and what each costs.

A fit begins at 100; each reason takes from it what its verdict costs, so that the score is a sum that can be
read. Asking for one thing more can lower a score and never raise it. What nobody knows costs little: one can
ask. Docs: ``docs/needs.md``, whose table the tests read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from marketplace.rules.reading import plain
from marketplace.rules.search.measures import Bound

FULL = 100
SLACK = Decimal("0.1")  # a figure that is short by so much nearly meets what was asked
FARTHER = Decimal("1.25")  # times the distance that was asked
DEARER = Decimal("1.1")  # times the budget


class Verdict(StrEnum):
    """How a machine stands to one thing that was asked."""

    MEETS = "meets"
    NEARLY = "nearly"
    UNKNOWN = "unknown"
    MISSES = "misses"


class About(StrEnum):
    """What was asked."""

    KIND = "kind"
    REQUIREMENT = "requirement"
    MATERIAL = "material"
    DAYS = "days"
    REGION = "region"
    DISTANCE = "distance"
    BUDGET = "budget"


COSTS: Mapping[About, Mapping[Verdict, int]] = {
    about: dict(zip(Verdict, (0, *costs), strict=True))
    for about, costs in {
        About.KIND: (10, 10, 40),
        About.REQUIREMENT: (8, 6, 25),
        About.MATERIAL: (0, 3, 3),
        About.DAYS: (5, 10, 40),
        About.REGION: (5, 5, 20),
        About.DISTANCE: (5, 5, 20),
        About.BUDGET: (8, 5, 20),
    }.items()
}


@dataclass(frozen=True)
class Requirement:
    """A condition in words, as the search reads it: one of its ranges must hold."""

    text: str
    bounds: tuple[Bound, ...]


@dataclass(frozen=True)
class Wanted:
    """
    What a need asks; what is empty is not asked.

    ``kinds`` are tokens of the search (``k:M1-MC``, ``c:five_axis``), all of which the machine should be;
    ``days`` of use may begin ``flexible`` days earlier or later. ``budget`` is in fen, tax included.
    """

    kinds: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    material: tuple[str, ...] = ()
    days: int = 1
    flexible: int = 0
    region: str = ""
    km: int | None = None
    budget: int | None = None


@dataclass(frozen=True)
class Offer:
    """
    A listing as it is matched: its tokens and numbers in the index of the search, and what else is known.

    ``free`` says for each machine on which days it is free, from ``flexible`` days before the first day of
    the need until as many behind the last; nothing is known of it with ``None``. ``price`` is in fen with
    tax, for the whole need.
    """

    key: str
    tokens: frozenset[str] = frozenset()
    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    region: str = ""
    km: int | None = None
    free: tuple[tuple[bool, ...], ...] | None = None
    minimum_days: int = 1
    price: int | None = None


@dataclass(frozen=True)
class Reason:
    """One thing that was asked, what the machine says to it, and what that costs."""

    about: About
    verdict: Verdict
    asked: str
    found: str = ""

    @property
    def cost(self) -> int:
        """What the verdict takes from the score."""
        return COSTS[self.about][self.verdict]


@dataclass(frozen=True)
class Fit:
    """How an offer meets a need."""

    offer: Offer
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """What is left of 100, 0 at least."""
        return max(0, FULL - sum(reason.cost for reason in self.reasons))

    @property
    def serves(self) -> bool:
        """Tell whether nothing that was asked is missed."""
        return all(reason.verdict is not Verdict.MISSES for reason in self.reasons)


def fit(wanted: Wanted, offer: Offer) -> Fit:
    """Return how an offer meets what is wanted, a reason for each thing asked, in the order of the page."""
    reasons = [_kind(kind, offer) for kind in wanted.kinds]
    reasons += [_requirement(each, offer) for each in wanted.requirements]
    if wanted.material:
        reasons.append(_material(wanted.material, offer))
    reasons.append(_days(wanted, offer))
    if wanted.region:
        reasons.append(_region(wanted.region, offer))
    if wanted.km is not None:
        reasons.append(_distance(wanted.km, offer))
    if wanted.budget is not None:
        reasons.append(_budget(wanted.budget, offer))
    return Fit(offer, tuple(reasons))


def ranked(wanted: Wanted, offers: Iterable[Offer]) -> list[Fit]:
    """Return the fits of offers: those that miss nothing first, then by score, nearness, and key."""
    fits = (fit(wanted, offer) for offer in offers)
    return sorted(fits, key=lambda one: (not one.serves, -one.score, _far(one.offer), one.offer.key))


def shift_of(free: Sequence[Sequence[bool]], days: int, flexible: int) -> int | None:
    """Return by how many days the use moves until a machine is free for all of it; earlier goes first."""
    moves = sorted(range(-flexible, flexible + 1), key=lambda move: (abs(move), move))
    for move in moves:
        first = move + flexible
        if any(len(one) >= first + days and all(one[first : first + days]) for one in free):
            return move
    return None


def _far(offer: Offer) -> int:
    return 10**6 if offer.km is None else offer.km


def _kind(kind: str, offer: Offer) -> Reason:
    if kind in offer.tokens:
        return Reason(About.KIND, Verdict.MEETS, kind, kind)
    return Reason(About.KIND, Verdict.MISSES, kind)


def _requirement(asked: Requirement, offer: Offer) -> Reason:
    """Judge by the range that the machine meets best: other fields of one word may be there as well."""
    said = [each for each in asked.bounds if each.key in offer.numbers]
    if not said:
        return Reason(About.REQUIREMENT, Verdict.UNKNOWN, asked.text)
    judged = [(_held(each, offer.numbers[each.key]), each) for each in said]
    verdict, bound = min(judged, key=lambda one: (list(Verdict).index(one[0]), one[1].key))
    unit = bound.key.partition(":")[2]
    found = f"{plain(offer.numbers[bound.key])} {unit}".strip()
    return Reason(About.REQUIREMENT, verdict, asked.text, found)


def _held(bound: Bound, value: Decimal) -> Verdict:
    if bound.holds(value):
        return Verdict.MEETS
    low = None if bound.low is None else bound.low - abs(bound.low) * SLACK
    high = None if bound.high is None else bound.high + abs(bound.high) * SLACK
    return Verdict.NEARLY if Bound(bound.key, low, high).holds(value) else Verdict.MISSES


def _material(asked: tuple[str, ...], offer: Offer) -> Reason:
    said = all(token in offer.tokens for token in asked)
    words = " ".join(token.partition(":")[2] for token in asked)
    return Reason(About.MATERIAL, Verdict.MEETS if said else Verdict.UNKNOWN, words)


def _days(wanted: Wanted, offer: Offer) -> Reason:
    asked = str(wanted.days)
    if wanted.days < offer.minimum_days:
        return Reason(About.DAYS, Verdict.MISSES, asked, f"<{offer.minimum_days}")
    if offer.free is None:
        return Reason(About.DAYS, Verdict.UNKNOWN, asked)
    move = shift_of(offer.free, wanted.days, wanted.flexible)
    if move is None:
        return Reason(About.DAYS, Verdict.MISSES, asked)
    return Reason(About.DAYS, Verdict.NEARLY if move else Verdict.MEETS, asked, f"{move:+d}")


def _region(asked: str, offer: Offer) -> Reason:
    if offer.region.startswith(asked):
        verdict = Verdict.MEETS
    elif not offer.region:
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.NEARLY if offer.region[:2] == asked[:2] else Verdict.MISSES
    return Reason(About.REGION, verdict, asked, offer.region)


def _distance(asked: int, offer: Offer) -> Reason:
    return Reason(About.DISTANCE, _within(offer.km, asked, FARTHER), str(asked), _text(offer.km))


def _budget(asked: int, offer: Offer) -> Reason:
    return Reason(About.BUDGET, _within(offer.price, asked, DEARER), str(asked), _text(offer.price))


def _within(value: int | None, most: int, times: Decimal) -> Verdict:
    if value is None:
        return Verdict.UNKNOWN
    if value <= most:
        return Verdict.MEETS
    return Verdict.NEARLY if value <= most * times else Verdict.MISSES


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
