"""What a listing is found by: its words, concepts, place, owner and figures as tokens, and its numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules import categories
from marketplace.rules.carrying import found_as
from marketplace.rules.categories import NUMBER, Field
from marketplace.rules.search import concepts, flags
from marketplace.rules.search.buckets import step_of
from marketplace.rules.search.cells import Point, cells_of
from marketplace.rules.search.measures import key_of, value_tokens
from marketplace.rules.search.words import plain, tokens_of
from marketplace.rules.specs import validate
from marketplace.rules.units import ratio
from marketplace.shared.money import as_decimal

HEAD = "^"  # before a token of what the listing is, beside the token itself
AXES_CODE = "axes"  # how the field is called that came with the software, whatever newer ones call it
AXES = {"3": "three_axis", "4": "four_axis", "5": "five_axis", "6": "six_axis"}
OWNERS = {"INSTITUTE": "owner_institute", "LEAD_ENTERPRISE": "owner_lead", "LESSOR": "owner_lessor"}


@dataclass(frozen=True)
class Offer:
    """
    What is known of a listing; ``choices`` are its chosen specifications as people read them.

    ``services`` come with it, ``asks`` is what its data terms ask (``usual``, ``less``), ``finished`` how
    many leases its owner finished, ``built`` the year of its oldest machine.
    """

    title: str
    category: str
    city: str
    region_code: str
    owner_kind: str
    summary: str = ""
    names: tuple[str, ...] = ()
    city_en: str = ""
    machines: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    specs: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    place: Point | None = None
    services: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    finished: int = 0
    built: int | None = None
    fields: tuple[Field, ...] | None = None  # of a newer dictionary than the one of the software
    first_codes: Mapping[str, str] = field(default_factory=dict)  # of fields that a newer one renamed


@dataclass(frozen=True)
class Document:
    """Tokens of what the listing is, tokens of all else, and its numbers by field and unit."""

    head: frozenset[str]
    rest: frozenset[str]
    numbers: Mapping[str, Decimal]

    @property
    def tokens(self) -> list[str]:
        """Return everything that it can be looked up by."""
        return sorted(self.head | self.rest | {HEAD + token for token in self.head})


def document_of(offer: Offer) -> Document:
    """Return what a listing is found by."""
    numbers = numbers_of(offer)
    head = _tokens([offer.title, *offer.names, *offer.machines])
    head |= {f"c:{code}" for code in concepts.of_category(offer.category)} | {f"k:{offer.category}"}
    rest = (
        _tokens([offer.summary, *offer.choices, *_has(offer)])
        | _axes(offer)
        | _places(offer)
        | _owner(offer)
        | set(offer.flags)
        | _terms(offer)
    )
    rest |= {f"n:{key}:{step_of(value)}" for key, value in numbers.items()}
    for key, value in numbers.items():
        rest |= set(value_tokens(value, key.partition(":")[2] or None))
    return Document(frozenset(head), frozenset(rest - head), numbers)


def numbers_of(offer: Offer) -> dict[str, Decimal]:
    """
    Return the numbers of its specifications, by field and unit; what cannot be read is left out.

    A field that people can ask for keeps the unit in which they do, whatever newer dictionaries say; what
    does not come out even in it is found, and found only, by ten digits behind the point. Bounds are of what
    is stated from now on: a machine that states more than a newer dictionary allows is found by what it says.
    """
    fields = _fields(offer)
    good, _ = validate([replace(each, minimum=None, maximum=None) for each in fields], offer.specs)
    asked = {each.code: each for each in _shipped(offer) if each.kind == NUMBER}
    found = {}
    for each in fields:
        if each.kind == NUMBER and each.code in good:
            known = found_as(each, asked.get(offer.first_codes.get(each.code, each.code)))
            number = Fraction(str(good[each.code])) * ratio(each.unit, known.unit)
            found[key_of(known)] = as_decimal(number)
    return found


def _fields(offer: Offer) -> tuple[Field, ...]:
    """Return the newest dictionary of its category."""
    return _shipped(offer) if offer.fields is None else offer.fields


def _shipped(offer: Offer) -> tuple[Field, ...]:
    """Return the dictionary of the software; a category that is in no tree any more has none."""
    try:
        return categories.fields_of(offer.category)
    except LookupError:
        return ()


def _has(offer: Offer) -> list[str]:
    """Return the names of what the machine has, of fields that say yes or no."""
    return [
        name
        for each in _fields(offer)
        if offer.specs.get(each.code) is True
        for name in (each.name, each.name_zh)
    ]


def _axes(offer: Offer) -> set[str]:
    code = next((now for now, first in offer.first_codes.items() if first == AXES_CODE), AXES_CODE)
    axes = AXES.get(str(offer.specs.get(code, "")))
    return {f"c:{axes}"} if axes else set()


def _tokens(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        read = plain(text)
        found |= {f"w:{token}" for token in tokens_of(read.pieces())}
        found |= {f"c:{code}" for code in concepts.all_in(read)}
    return found


def _places(offer: Offer) -> set[str]:
    cities = (plain(name).text for name in (offer.city, offer.city_en) if name)
    code = offer.region_code
    tokens = {f"p:{name}" for name in cities} | {f"r:{code[:2]}", f"r:{code[:4]}", f"r:{code}"}
    return tokens | set(cells_of(offer.place) if offer.place else ())


def _owner(offer: Offer) -> set[str]:
    kind = OWNERS.get(offer.owner_kind)
    family = offer.category.partition("-")[0]
    return {f"o:{offer.owner_kind}", f"f:{family}"} | ({f"c:{kind}"} if kind else set())


def _terms(offer: Offer) -> set[str]:
    """Return what comes with it, what it asks, what its owner has done, and its age."""
    found = {f"s:{kind}" for kind in offer.services} | {f"d:{asked}" for asked in offer.asks}
    found |= {f"l:{least}" for least in flags.RECORDS if offer.finished >= least}
    return found | ({f"y:{offer.built}"} if offer.built else set())


VERIFIED, SUMMARY, SPECS, SEVERAL, PLACED = 30, 15, 35, 5, 15
SUMMARY_LENGTH = 40  # characters from which a summary tells something


def rank_of(offer: Offer, *, machines: int, verified: bool) -> int:
    """
    Return how much a listing says for itself, 0 to 100: the order among what fits equally well.

    A verified owner 30, a summary 15, its specifications 35 by the share that is filled in, several machines
    5, a place on the map 15.
    """
    fields = _fields(offer)
    filled = sum(1 for each in fields if offer.specs.get(each.code) not in (None, ""))
    points = VERIFIED * verified + SUMMARY * (len(offer.summary) >= SUMMARY_LENGTH) + SEVERAL * (machines > 1)
    return points + PLACED * (offer.place is not None) + (SPECS * filled // len(fields) if fields else 0)
