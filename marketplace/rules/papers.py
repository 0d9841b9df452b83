"""
A paper: what stands on a document that is printed and kept, in the order in which it is read.

Whoever composes one says everything as text; how it looks is the typesetter's
(``marketplace.gateway.documents``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop

LACKS = gettext_noop(
    "Characters that the typeface lacks stand as their code point, such as 〔U+2A6D6〕; the text that counts "
    "is the one behind the fingerprint."
)
BLANKS = "\t\n\r\x0b\x0c\x85\xa0\u2028\u2029"


@dataclass(frozen=True)
class Table:
    """
    Columns with a heading each, and rows with a text for each column; the last columns are figures.

    ``notes`` are what stands small below each row, over its whole width: one a row, empty for none. In an
    ``even`` table all figures are as wide; else they take what they need, and the text before them the rest.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: int = 0
    notes: Sequence[str] = ()
    even: bool = True


@dataclass(frozen=True)
class Section:
    """A heading with facts (label and text), sentences, and a table, each where there are any."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    sentences: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Paper:
    """
    A document as a value: equal papers are equal files, to the byte.

    ``made_at`` is when what it says was made, not when it is printed; ``lacks`` is the sentence for
    characters that cannot be printed, and ``footer`` stands on every page.
    """

    title: str
    number: str
    lead: str
    made_at: datetime
    sections: Sequence[Section]
    footer: str
    lacks: str
    language: str = "zh"

    def dump(self, known: Collection[str]) -> dict[str, Any]:
        """Write it as JSON with the ``known`` characters; ``lacks`` is empty where nothing is missing."""
        said = asdict(self) | {"made_at": self.made_at.isoformat(), "lacks": ""}
        lacks = any(_blank(text) != printable(text, known) for text in _texts(said))
        shown: dict[str, Any] = _printable(said, known)
        return shown | {"lacks": self.lacks if lacks else ""}


def day_said(day: date) -> str:
    """
    Write a day as Chinese papers do; in the narrow columns of a table it stands as ``2026-11-02``.

    >>> day_said(date(2026, 11, 2))
    '2026年11月2日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def moment_said(moment: datetime, zone: ZoneInfo) -> str:
    """Write the local day and minute of a moment as Chinese papers do."""
    local = moment.astimezone(zone)
    return f"{day_said(local.date())} {local:%H:%M}"


def printable(text: str, known: Collection[str]) -> str:
    """
    Write the code point for each character that is not ``known``; line breaks and tabs become blanks.

        >>> printable("王𠮷", "王")
        '王〔U+20BB7〕'
    """
    return "".join(
        each if each in known or each == " " else f"〔U+{ord(each):04X}〕" for each in _blank(text)
    )


def _blank(text: str) -> str:
    return "".join(" " if each in BLANKS else each for each in text)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list | tuple):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts(each)


def _printable(node: Any, known: Collection[str]) -> Any:
    if isinstance(node, str):
        return printable(node, known)
    if isinstance(node, dict):
        return {name: _printable(value, known) for name, value in node.items()}
    if isinstance(node, list | tuple):
        return [_printable(value, known) for value in node]
    return node
