"""
What machines, trades and makers are called: words of one meaning share a token, and a kind names what it is.

The list is ``data/concepts.json``: ``加工中心``, ``CNC mill`` and ``machining centre`` are one concept, which
is ``数控`` too. A listing carries its concepts with all that they are, so a question needs one token.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.rules.search.words import HAN, Plain, plain

DATA = Path(__file__).parent / "data" / "concepts.json"


@dataclass(frozen=True)
class Concept:
    """One meaning: its words in one form, what it is a kind of, and the category that means it."""

    code: str
    broader: tuple[str, ...]
    category: str | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A concept's word in a text, by its places."""

    start: int
    end: int
    code: str


@cache
def concepts() -> dict[str, Concept]:
    """Return all concepts by their codes."""
    entries = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        each["code"]: Concept(
            each["code"],
            tuple(each["broader"]),
            each["category"],
            tuple(plain(word).text for word in each["words"]),
        )
        for each in entries
    }


@cache
def lexicon() -> dict[str, str]:
    """Return the concept of every word."""
    return {word: one.code for one in concepts().values() for word in one.words}


@cache
def _lengths() -> dict[str, tuple[int, ...]]:
    """Return how long words are that begin with a character, the longest first."""
    found: dict[str, set[int]] = {}
    for word in lexicon():
        found.setdefault(word[0], set()).add(len(word))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in found.items()}


@cache
def with_broader(code: str) -> frozenset[str]:
    """Return a concept and everything that it is a kind of."""
    return frozenset({code}).union(*(with_broader(one) for one in concepts()[code].broader))


@cache
def of_category(category: str) -> frozenset[str]:
    """Return what every machine of a category is."""
    named = (one.code for one in concepts().values() if one.category == category)
    return frozenset().union(*(with_broader(code) for code in named))


def all_in(text: Plain) -> set[str]:
    """Return every concept whose word occurs in a text, with all that they are."""
    found: set[str] = set()
    for start in range(len(text.text)):
        for match in _at(text.text, start):
            found |= with_broader(match.code)
    return found


def longest_at(text: Plain, start: int) -> Found | None:
    """Return the longest word of a concept that begins at a place."""
    return next(iter(_at(text.text, start)), None)


def _at(text: str, start: int) -> list[Found]:
    """Return the words that begin at a place, the longest first."""
    found, words = [], lexicon()
    for length in _lengths().get(text[start], ()):
        word = text[start : start + length]
        if len(word) == length and word in words and is_whole(text, start, start + length):
            found.append(Found(start, start + length, words[word]))
    return found


def is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch is no part of a longer Latin word or number."""
    return _parted(text[start - 1 : start], text[start]) and _parted(text[end - 1], text[end : end + 1])


def _parted(left: str, right: str) -> bool:
    if not left or not right or HAN.match(left) or HAN.match(right):
        return True
    return not (left.isalpha() and right.isalpha()) and not (left.isdigit() and right.isdigit())
