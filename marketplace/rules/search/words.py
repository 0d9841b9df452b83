"""
Text in Chinese and English as pieces that can be looked up.

Chinese is written without spaces and most of its words have two characters, so a run of it becomes all its
pairs; Latin words and numbers stay whole (``DMU50`` and ``DMU 50`` are the same two pieces).
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass

PIECE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z]+|[0-9]+(?:\.[0-9]+)?")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
LONGEST = 4000  # characters that are read of a text
LONGEST_PIECE = 60


@dataclass(frozen=True)
class Plain:
    """A text in one form: small letters, one space at most, ``breaks`` where something stood between."""

    text: str
    breaks: frozenset[int]

    def pieces(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the runs of Chinese, letters and digits between two places, cut at breaks."""
        end = len(self.text) if end is None else end
        edges = sorted({start, end, *(edge for edge in self.breaks if start < edge < end)})
        found = (PIECE.findall(self.text[a:b]) for a, b in itertools.pairwise(edges))
        return [piece[:LONGEST_PIECE] for some in found for piece in some]


def plain(text: str) -> Plain:
    """Return a text in one form; compatibility forms (full width, ``㎜``) become the usual characters."""
    read = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    parts: list[str] = []
    breaks: set[int] = set()
    length, last_end, last_han = 0, 0, True
    for match in PIECE.finditer(read):
        piece, han = match[0], HAN.match(match[0]) is not None
        if length and match.start() > last_end:
            breaks.add(length)
            if not han and not last_han:
                parts.append(" ")
                length += 1
                breaks.add(length)
        parts.append(piece)
        length, last_end, last_han = length + len(piece), match.end(), han
    return Plain("".join(parts), frozenset(breaks))


def tokens_of(pieces: list[str]) -> list[str]:
    """Return what is looked up for pieces, in order: pairs of Chinese characters, other pieces whole."""
    tokens: list[str] = []
    for piece in pieces:
        if HAN.match(piece) and len(piece) > 2:
            tokens += [piece[n : n + 2] for n in range(len(piece) - 1)]
        else:
            tokens.append(piece)
    return tokens
