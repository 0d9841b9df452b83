"""
How a question is answered fast: through the index of tokens where few documents can meet it, else in order.

Few of a million: their rows are all read and put in order. Many: documents are read best first until a page
is full, and their number is told from a sample. The counts of tokens only choose the way, never the answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from marketplace.rules.search.questions import Term

RARE = 100  # documents of a token that is not counted
FEW = 3_000  # rows that are read and put in order
MOST = 20_000  # rows that are read at once to be put in order
PAGE = 32  # listings that a page is filled from
ENOUGH = 2  # times as many are looked for, so that one look is usually enough
LISTED = 50  # entries of the index that are read while one row is
LOOKUP = 1_000  # rows that can be read along an order while the index is asked once
RANKS = 100
SAMPLE = 6_000  # rows that a count is told from


@dataclass(frozen=True)
class Estimate:
    """How many documents a question may meet: about, and at most as far as single terms say."""

    about: float
    most: int
    documents: int

    @property
    def share(self) -> float:
        """Return the share of documents, in percent, that a sample reads."""
        return min(100, 100 * SAMPLE / max(self.documents, 1))


def estimate(terms: Iterable[Term], counts: Mapping[str, int]) -> Estimate:
    """Return how many documents terms may meet; the empty token counts all documents."""
    total = counts.get("", 0)
    about, most = float(total), total
    for term in terms:
        met = min(total, sum(_least(tokens, counts) for tokens in term.any_of))
        about, most = about * met / total if total else 0, min(most, met)
    return Estimate(about, most, total)


def ranks_at_once(before: int, total: int, documents: int) -> int:
    """
    Return how many ranks are looked up through the index at a time; 0 where the order itself is read along.

    The index finds ``before``, of which the days leave ``total``; both are told from a sample.
    """
    total = max(total + documents // SAMPLE, 1)  # one more of the sample: few tell little
    along, through = PAGE * documents / total, ENOUGH * PAGE * max(before, total) / total
    if along <= through + LOOKUP + before / LISTED:
        return 0
    most = RANKS * MOST // max(before, 1)
    return max(1, min(RANKS, most, ceil(RANKS * ENOUGH * PAGE / total)))


def tokens_in(terms: Iterable[Term]) -> set[str]:
    """Return the tokens whose counts :func:`estimate` asks for."""
    return {"", *(token for term in terms for tokens in term.any_of for token in tokens)}


def _least(tokens: tuple[str, ...], counts: Mapping[str, int]) -> int:
    return min((counts.get(token, RARE) for token in tokens), default=counts.get("", 0))
