"""
A calendar as text that every calendar program reads (RFC 5545): UTC, whole, and nothing that recurs.

What is needed of the standard is this page; a library brings time zones and recurrence that nobody uses here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_LINE = 75  # octets, without the line's end (section 3.1)
LINE_END = "\r\n"
PRODUCT = "-//Jijian//Calendar//ZH"
UNWRITABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # some readers end a line at the last


@dataclass(frozen=True)
class Event:
    """
    One entry. ``uid`` stays the same for ever, ``version`` rises with each change, ``changed_at`` is when;
    a ``tentative`` one may fall away by itself, a ``cancelled`` one is shown as such.
    """

    uid: str
    version: int
    changed_at: datetime
    start: datetime
    end: datetime
    summary: str
    location: str = ""
    url: str = ""
    cancelled: bool = False
    tentative: bool = False

    @property
    def status(self) -> str:
        """The state by the word of the standard."""
        return "CANCELLED" if self.cancelled else "TENTATIVE" if self.tentative else "CONFIRMED"


def calendar(name: str, events: Iterable[Event]) -> str:
    """Return a calendar with the events in their order; readers ask again after an hour."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    names = [f"NAME:{escaped(name)}", f"X-WR-CALNAME:{escaped(name)}"]
    lines = [*head, *names, "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]
    for event in events:
        lines += _lines(event)
    return "".join(folded(line) + LINE_END for line in [*lines, "END:VCALENDAR"])


def escaped(text: str) -> str:
    """Write a text as the standard wants it (section 3.3.11); what no line can hold is left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return UNWRITABLE.sub("", text)


def folded(line: str) -> str:
    """Break a line so that none has more than 75 octets, and no character is cut in two."""
    return f"{LINE_END} ".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    piece, room = "", LONGEST_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            yield piece
            piece, room = "", LONGEST_LINE - 1  # the blank that continues a line counts
        piece, room = piece + character, room - size
    yield piece


def _lines(event: Event) -> list[str]:
    written = [
        "BEGIN:VEVENT",
        f"UID:{escaped(event.uid)}",
        f"SEQUENCE:{event.version}",
        f"DTSTAMP:{_utc(event.changed_at)}",
        f"LAST-MODIFIED:{_utc(event.changed_at)}",
        f"DTSTART:{_utc(event.start)}",
        f"DTEND:{_utc(event.end)}",
        f"STATUS:{event.status}",
        f"SUMMARY:{escaped(event.summary)}",
    ]
    if event.location:
        written.append(f"LOCATION:{escaped(event.location)}")
    if event.url:
        written.append(f"URL:{event.url}")
    return [*written, "TRANSP:OPAQUE", "END:VEVENT"]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
