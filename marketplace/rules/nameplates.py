"""
What a nameplate tells: whether a serial number can be one, and what a doubt about it does.

Two nameplates are alike when maker and serial number are the same without small letters, full width, blanks
and strokes, and with O read as 0 and I and L read as 1 (``marketplace_nameplate_key`` in the database, so
that every way of registering a machine is compared).
"""

import re
from enum import StrEnum

from marketplace.rules.checks import plain
from marketplace.rules.msgids import gettext_noop

LONGEST_REASON = 300
SHORTEST = 3
PLACEHOLDERS = frozenset(
    {"NA", "NONE", "NULL", "UNKNOWN", "TEST", "TBD", "XXX", "无", "暂无", "未知", "不详", "测试"}
)
# Patterns of serial numbers by the maker's plain name. Only what a maker has published itself belongs here;
# none of those known to us has, so nobody's serial number is called wrong by its form.
PATTERNS: dict[str, re.Pattern[str]] = {}
WORDS = {
    "placeholder": gettext_noop("This does not look like a serial number, but like a word for having none."),
    "too_short": gettext_noop("A serial number has at least three letters or digits."),
    "one_character": gettext_noop("A serial number does not repeat one character."),
    "pattern": gettext_noop("Serial numbers of this maker have another form."),
}


class State(StrEnum):
    """How a case stands."""

    OPEN = "OPEN"
    DIFFERENT = "DIFFERENT"
    FIRST_WRONG = "FIRST_WRONG"
    SECOND_WRONG = "SECOND_WRONG"


CLAIMS_A_DAY = 5  # that a company may put before the platform by registrations that are refused
DECISIONS = (State.DIFFERENT, State.FIRST_WRONG, State.SECOND_WRONG)


def doubt(maker: str, serial: str) -> str:
    """
    Return why a serial number can hardly be one (a key of ``WORDS``), or nothing.

    >>> doubt("Haas", "n/a"), doubt("Haas", "00000"), doubt("Haas", "1178452")
    ('placeholder', 'one_character', '')
    """
    key = plain(serial)
    if key in PLACEHOLDERS:
        return "placeholder"
    if len(key) < SHORTEST:
        return "too_short"
    if len(set(key)) == 1:
        return "one_character"
    pattern = PATTERNS.get(plain(maker))
    return "pattern" if pattern and not pattern.fullmatch(key) else ""
