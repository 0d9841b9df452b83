"""What a memo names: words of letters and digits, however they are spaced, and those one digit away."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

RUN = re.compile(r"[A-Z]+|[0-9]+")
GROUP = re.compile(r"[0-9A-Z]+(?:[\s\-_./:#~,·—–]{1,3}[0-9A-Z]+)*")
LONGEST = 24
RUNS_AT_ONCE = 9


@lru_cache(maxsize=4096)
def written(text: str) -> str:
    """Return a text in one width and case."""
    return unicodedata.normalize("NFKC", text).upper()


def key(text: str) -> str:
    """
    Return a number or reference without what people leave out.

    >>> key("INV-2026-000101")
    'INV2026000101'
    """
    return re.sub(r"[^0-9A-Z]", "", written(text))


def named(text: str) -> Iterator[str]:
    """
    Yield all that a memo may name: runs of letters and digits joined over spaces, dashes, dots, the longest
    first from each place, with at least one digit.
    """
    for group in GROUP.findall(written(text)):
        if group.isalpha():
            continue
        runs = RUN.findall(group)
        for first in range(len(runs)):
            for last in range(min(len(runs), first + RUNS_AT_ONCE), first, -1):
                word = "".join(runs[first:last])
                if len(word) <= LONGEST and (last - first > 1 or not word.isalpha()):
                    yield word


def says(text: str, reference: str) -> bool:
    """
    Tell whether a text names a reference as a word of its own.

    >>> says("基金缴款 FC-1", "fc-1"), says("基金缴款 FC-10", "FC-1")
    (True, False)
    """
    word = written(reference).strip()
    if not word:
        return False
    if re.search(rf"(?<![0-9A-Z]){re.escape(word)}(?![0-9A-Z])", written(text)):
        return True
    return word.isascii() and key(word) in named(text)


def skeleton(word: str) -> tuple[str, int]:
    """Return what one wrong digit cannot change: the letters; and the length, which it changes by one."""
    return re.sub(r"[0-9]", "", word), len(word)


def one_edit_away(word: str) -> Iterator[str]:
    """
    Yield all words that differ by one digit: left out, put in, another one, or two neighbours exchanged.
    """
    places = [place for place, sign in enumerate(word) if sign.isdigit()]
    for place in places:
        head, sign, tail = word[:place], word[place], word[place + 1 :]
        yield head + tail
        for digit in "0123456789":
            if digit != sign:
                yield head + digit + tail
            yield head + digit + sign + tail
        if tail[:1].isdigit() and tail[0] != sign:
            yield head + tail[0] + sign + tail[1:]
        if not tail[:1].isdigit():
            for digit in "0123456789":
                yield head + sign + digit + tail
