"""
What somebody looks for: the words typed and the filters chosen, as terms that must all be met.

The words are cut at the longest concept or place known, the rest is looked up piece by piece. Words that say
only that one wants to lease something are left out; a Latin word may be the first letters of Chinese ones.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.rules.regions import PROVINCES
from marketplace.rules.search import concepts
from marketplace.rules.search.buckets import steps
from marketplace.rules.search.measures import Bound, Figure, figures_in, within
from marketplace.rules.search.words import HAN, Plain, plain, tokens_of

LONGEST = 120  # characters of a question that are read
MOST_TERMS = 12
DATA = Path(__file__).parent / "data" / "common.json"


@cache
def common() -> tuple[frozenset[str], frozenset[str]]:
    """Return words that say nothing of a machine, and words that say little beside others."""
    said = json.loads(DATA.read_text(encoding="utf-8"))
    return frozenset(said["said_anyway"]), frozenset(said["said_often"])


@dataclass(frozen=True)
class Term:
    """
    One thing that must be met: any of ``any_of``, each of them tokens that must all be there.

    ``bounds`` say more exactly what the tokens of a figure say coarsely; any of them.
    """

    text: str
    any_of: tuple[tuple[str, ...], ...]
    bounds: tuple[Bound, ...] = ()
    named: bool = True


@dataclass(frozen=True)
class Known:
    """What a market says beside the dictionary: cities as people write them, and Chinese by its sound."""

    places: frozenset[str] = frozenset()
    spoken: Callable[[str], list[tuple[str, ...]]] = lambda word: []


def asked(text: str, known: Known = Known()) -> tuple[Term, ...]:
    """Return the terms of a question in words, in the order in which they were typed."""
    if text.strip() and not plain(text).text:  # signs only: nothing says them
        return (Term(text, ((f"w:{text.strip()[:MOST_TERMS]}",),)),)
    found, rest = figures_in(text[:LONGEST])
    said = [*_words(plain(rest), known), *map(_figure, found)]
    telling = [term for term in said if term.text not in common()[1]]
    return tuple(telling or said)[:MOST_TERMS]


def of_bounds(text: str, bounds: tuple[Bound, ...]) -> Term:
    """Return the term of ranges of which one must hold."""
    tokens = {(f"n:{bound.key}:{step}",) for bound in bounds for step in steps(*within(bound))}
    return Term(text, tuple(sorted(tokens)), bounds, named=False)


def _figure(figure: Figure) -> Term:
    if figure.bounds:
        return of_bounds(figure.text, figure.bounds)
    words = tuple(f"w:{token}" for token in tokens_of(plain(figure.text).pieces()))
    return Term(figure.text, (words, *((value,) for value in figure.values)), named=False)


def _words(text: Plain, known: Known) -> list[Term]:
    terms: list[Term] = []
    start = place = 0
    while place < len(text.text):
        match = _longest(text, place, known)
        if match is None:
            place += 1
            continue
        end, term = match
        terms += _rest(text, start, place, known) + ([term] if term else [])
        start = place = end
    return terms + _rest(text, start, len(text.text), known)


def _longest(text: Plain, place: int, known: Known) -> tuple[int, Term | None] | None:
    """Return the longest known word at a place with its end; a term of none is a word that says nothing."""
    longest: tuple[int, Term | None] | None = None
    if concept := concepts.longest_at(text, place):
        word = text.text[concept.start : concept.end]
        longest = concept.end, Term(word, ((f"c:{concept.code}",),))
    for length in range(min(12, len(text.text) - place), 0, -1):
        end, word = place + length, text.text[place : place + length]
        if longest and end <= longest[0]:
            break
        if not concepts.is_whole(text.text, place, end):
            continue
        if word in _provinces():
            return end, Term(word, ((f"r:{_provinces()[word]}",), *_city(word, known)), named=False)
        if cities := _city(word, known):
            return end, Term(word, cities, named=False)
        if word in common()[1] and length > 1:
            return end, Term(word, ((f"w:{word}",),))
        if word in common()[0] and not (length == 1 and _inside(text, place, known)):
            return end, None
    return longest


def _inside(text: Plain, place: int, known: Known) -> bool:
    """Tell whether a single character stands in the middle of unknown ones: then it is part of a word."""
    before = place and place not in text.breaks and HAN.match(text.text[place - 1])
    after = place + 1 < len(text.text) and place + 1 not in text.breaks and HAN.match(text.text[place + 1])
    return bool(
        before and after and concepts.longest_at(text, place + 1) is None and text.text[place] != "的"
    )


def _city(word: str, known: Known) -> tuple[tuple[str, ...], ...]:
    return tuple((f"p:{name}",) for name in (word, word.removesuffix("市")) if name in known.places)[:1]


def _rest(text: Plain, start: int, end: int, known: Known) -> list[Term]:
    """Return the terms of a stretch that nothing is known of."""
    terms = []
    for piece in text.pieces(start, end):
        if HAN.match(piece):
            if len(piece) == 1 and (start or end < len(text.text)):
                continue
            terms.append(Term(piece, (tuple(f"w:{token}" for token in tokens_of([piece])),)))
        else:
            spoken = known.spoken(piece) if piece.isalpha() and len(piece) > 1 else []
            terms.append(Term(piece, ((f"w:{piece}",), *spoken)))
    return terms


_PROVINCES: Mapping[str, str] = {
    name: each.code for each in PROVINCES.values() for name in (each.name_zh, plain(each.name).text)
}


def _provinces() -> Mapping[str, str]:
    return _PROVINCES
