"""A calendar as text: what RFC 5545 asks of every line, read back by a reader of our own."""

from datetime import UTC, datetime, timedelta, timezone
from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from leasing.rules.icalendar import LONGEST_LINE, Event, calendar, escaped, folded

START = datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=8)))
EVENT = Event(
    uid="clm_1@jijian.test",
    version=3,
    changed_at=datetime(2026, 2, 21, 8, 30, 15, 999, tzinfo=UTC),
    start=START,
    end=START + timedelta(days=61),
    summary="VMC-1 · L2026-000001 · 深圳小厂",
    location="宁波 一号车间",
    url="https://jijian.test/leases/lea_1/",
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def unescaped(value):
    out, rest = "", iter(value)
    for character in rest:
        if character == "\\":
            character = next(rest)
            character = "\n" if character == "n" else character
        out += character
    return out


def read(text):
    """Return the properties of the events."""
    events, current = [], None
    for line in unfolded(text):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            current = {}
        elif line == "END:VEVENT":
            events.append(current)
            current = None
        elif current is not None:
            current[name] = value
    return events


def test_an_event_is_written_in_utc_with_its_version_as_sequence():
    (found,) = read(calendar("我的设备", [EVENT]))
    assert found == {
        "UID": "clm_1@jijian.test",
        "SEQUENCE": "3",
        "DTSTAMP": "20260221T083015Z",
        "LAST-MODIFIED": "20260221T083015Z",
        "DTSTART": "20260228T160000Z",
        "DTEND": "20260430T160000Z",
        "STATUS": "CONFIRMED",
        "SUMMARY": "VMC-1 · L2026-000001 · 深圳小厂",
        "LOCATION": "宁波 一号车间",
        "URL": "https://jijian.test/leases/lea_1/",
        "TRANSP": "OPAQUE",
    }


def test_the_calendar_is_whole_without_events():
    lines = unfolded(calendar("a,b", []))
    assert (lines[0], lines[1], lines[-2], lines[-1]) == (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "END:VCALENDAR",
        "",
    )
    assert "NAME:a\\,b" in lines


def test_what_is_cancelled_or_may_fall_away_says_so():
    given_back = Event(**(EVENT.__dict__ | {"cancelled": True, "tentative": True}))
    held = Event(**(EVENT.__dict__ | {"tentative": True, "location": "", "url": ""}))
    first, second = read(calendar("a", [given_back, held]))
    assert (first["STATUS"], second["STATUS"]) == ("CANCELLED", "TENTATIVE")
    assert not {"LOCATION", "URL"} & set(second)


def test_texts_are_escaped_and_cannot_begin_another_property():
    assert escaped("a;b,c\\d\r\ne\rf\x00\x1b\tg") == "a\\;b\\,c\\\\d\\ne\\nfg"
    assert escaped("a\x80b\x85c\x9fd\u2028e\u2029f\xa0") == "abcdef\xa0"
    evil = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT"
    (found,) = read(calendar("a", [Event(**(EVENT.__dict__ | {"summary": evil}))]))
    assert unescaped(found["SUMMARY"]) == evil.replace("\r\n", "\n")


@given(texts, texts)
def test_whatever_is_written_is_read_back_and_no_line_is_too_long(summary, location):
    text = calendar("a", [Event(**(EVENT.__dict__ | {"summary": summary, "location": f"x{location}"}))])

    (found,) = read(text)
    for name, value in (("SUMMARY", summary), ("LOCATION", f"x{location}")):
        assert unescaped(found[name]) == writable(value)
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= LONGEST_LINE
        line.decode()  # no character is cut in two


def writable(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in text if one == "\n" or category(one) not in ("Cc", "Zl", "Zp"))


@given(texts)
def test_a_folded_line_unfolds_to_itself(line):
    line = line.replace("\r", "").replace("\n", "")
    assert folded(line).replace("\r\n ", "") == line
