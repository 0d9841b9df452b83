"""
What people report of an offer, and what the platform hides of it: a table of steps, each with a reason.

What is hidden is seen by its owner and the platform alone. The owner answers; the platform shows it again or
leaves it hidden. A report that led to nothing is closed; the same may be reported again.
"""

from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST_TEXT = 500
LONGEST_REASON = 300
REPORTS_A_DAY = 10  # of one organization


class About(StrEnum):
    """What a case is about."""

    LISTING = "LISTING"
    PHOTO = "PHOTO"
    DOCUMENT = "DOCUMENT"


class Ground(StrEnum):
    """Why somebody reports it."""

    UNTRUE = "UNTRUE"
    NOT_THEIRS = "NOT_THEIRS"
    FORBIDDEN = "FORBIDDEN"
    SECRET = "SECRET"  # noqa: S105
    FRAUD = "FRAUD"
    OTHER = "OTHER"


class State(StrEnum):
    """How a case stands."""

    OPEN = "OPEN"
    HIDDEN = "HIDDEN"
    ANSWERED = "ANSWERED"
    DISMISSED = "DISMISSED"
    SHOWN = "SHOWN"


class Step(StrEnum):
    """What somebody does in a case."""

    REPORT = "REPORT"
    HIDE = "HIDE"
    DISMISS = "DISMISS"
    ANSWER = "ANSWER"
    KEEP = "KEEP"
    SHOW = "SHOW"


HIDING = (State.HIDDEN, State.ANSWERED)
WAITING = (State.OPEN, State.ANSWERED)  # for the platform
STEPS: dict[State, dict[Step, State]] = {
    State.OPEN: {Step.HIDE: State.HIDDEN, Step.DISMISS: State.DISMISSED},
    State.HIDDEN: {Step.ANSWER: State.ANSWERED, Step.SHOW: State.SHOWN},
    State.ANSWERED: {Step.KEEP: State.HIDDEN, Step.SHOW: State.SHOWN},
    State.DISMISSED: {},
    State.SHOWN: {},
}
DECISIONS = (Step.HIDE, Step.DISMISS, Step.KEEP, Step.SHOW)
TEXTS = {
    "text": gettext_noop("Say what is wrong, in at most {most} characters."),
    "reason": gettext_noop("Write the reason, in at most {most} characters: the owner reads it."),
    "answer": gettext_noop("Write your answer, in at most {most} characters."),
}


def leads_to(state: State, step: Step) -> State | None:
    """Return where a step leads from a state, or nothing if it cannot be done there."""
    return STEPS[state].get(step)


def goes_along(state: State, step: Step) -> Step | None:
    """
    Return the step that a decision about a thing takes in another case about it, or nothing.

    What is shown again was looked at: a report of it that waits led to nothing.
    """
    if step is Step.SHOW and state is State.OPEN:
        return Step.DISMISS
    return step if leads_to(state, step) is not None else None


def text_flaws(name: str, text: str) -> list[Flaw]:
    """Return what is wrong with a ``text`` of a report, a ``reason`` or an ``answer``."""
    most = LONGEST_REASON if name == "reason" else LONGEST_TEXT
    if 0 < len(text.strip()) <= most:
        return []
    return [Flaw(f"/{name}", "required", TEXTS[name], {"most": most})]
