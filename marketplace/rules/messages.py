"""What may be written in a conversation, how fast, and when two can meet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST = 2000  # characters of one message
MOST_AN_HOUR = 30  # messages of one organization in one conversation
MOST_OPENED_A_DAY = 30  # conversations that one organization begins
FARTHEST = timedelta(days=366)  # until an appointment
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Kind(StrEnum):
    """What a message is for."""

    QUESTION = "QUESTION"
    SAMPLE = "SAMPLE"
    VIEWING = "VIEWING"
    CONFIRM = "CONFIRM"
    DECLINE = "DECLINE"


WRITTEN = (Kind.QUESTION, Kind.SAMPLE, Kind.VIEWING)
ANSWERS = (Kind.CONFIRM, Kind.DECLINE)


def flaws(kind: str, text: str, meet_at: datetime | None, at: datetime) -> list[Flaw]:
    """
    Return what is wrong with a message: its kind, its length, or the time that it proposes.

    A viewing has a time, a sample part may have one, a question has none.
    """
    return [*_text_flaws(kind, text), *_time_flaws(kind, meet_at, at)]


def answer_flaws(text: str) -> list[Flaw]:
    """Return what is wrong with the words beside an answer; there may be none."""
    return [_too_long()] if len(text) > LONGEST else []


def too_fast(written: Sequence[datetime], at: datetime) -> bool:
    """Tell whether who wrote at these moments has written enough in the hour before ``at``."""
    return sum(at - HOUR < one <= at for one in written) >= MOST_AN_HOUR


def _text_flaws(kind: str, text: str) -> list[Flaw]:
    found = []
    if kind not in WRITTEN:
        found.append(Flaw("/kind", "not_a_kind", gettext_noop("Choose what your message is for.")))
    if not text.strip():
        found.append(Flaw("/text", "required", gettext_noop("Write what you want to know.")))
    elif len(text) > LONGEST:
        found.append(_too_long())
    return found


def _too_long() -> Flaw:
    text = gettext_noop("A message has at most {most} characters.")
    return Flaw("/text", "too_long", text, {"most": LONGEST})


def _time_flaws(kind: str, meet_at: datetime | None, at: datetime) -> list[Flaw]:
    if meet_at is None:
        text = gettext_noop("Propose a time for the viewing.")
        return [Flaw("/meet_at", "required", text)] if kind == Kind.VIEWING else []
    if kind == Kind.QUESTION:
        return [Flaw("/meet_at", "not_asked_for", gettext_noop("A question has no time. Choose a viewing."))]
    if meet_at <= at:
        return [Flaw("/meet_at", "past", gettext_noop("Propose a time that is still to come."))]
    if meet_at > at + FARTHEST:
        return [Flaw("/meet_at", "too_far", gettext_noop("Propose a time within a year."))]
    return []
