"""Chinese by its sound: ``jgzx``, ``jiagongzhongxin`` and ``szjgzx`` as the words whose letters they are."""

from collections.abc import Iterable, Mapping
from functools import cache

from marketplace.rules.search.concepts import concepts
from marketplace.rules.search.words import HAN

SHORTEST, LONGEST, MOST_PAIRS = 2, 30, 16
Spelled = Mapping[str, frozenset[str]]


def spellings(words: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return the tokens of words by their first letters and by their whole sound, without tones."""
    from pypinyin import Style, lazy_pinyin  # half a second of dictionary, which few processes need

    found: dict[str, set[str]] = {}
    for word, token in words:
        if HAN.match(word) is None:
            continue
        for style in (Style.FIRST_LETTER, Style.NORMAL):
            sound = "".join(lazy_pinyin(word, style=style)).lower()
            if len(sound) >= SHORTEST:
                found.setdefault(sound, set()).add(token)
    return {sound: frozenset(tokens) for sound, tokens in found.items()}


@cache
def of_concepts() -> Spelled:
    """Return the spellings of all concepts of the dictionary."""
    return spellings((word, f"c:{one.code}") for one in concepts().values() for word in one.words)


def heard(word: str, *spelled: Spelled) -> list[tuple[str, ...]]:
    """Return what letters may stand for: one word, or a place or trade before another one."""
    if not SHORTEST <= len(word) <= LONGEST:
        return []
    whole: list[tuple[str, ...]] = [(token,) for each in spelled for token in sorted(each.get(word, ()))]
    pairs: list[tuple[str, ...]] = [
        (first, second)
        for cut in range(SHORTEST, len(word) - SHORTEST + 1)
        for first in _tokens(word[:cut], spelled)
        for second in _tokens(word[cut:], spelled)
    ]
    return whole or pairs[:MOST_PAIRS]


def _tokens(word: str, spelled: tuple[Spelled, ...]) -> list[str]:
    return [token for each in spelled for token in sorted(each.get(word, ()))]
