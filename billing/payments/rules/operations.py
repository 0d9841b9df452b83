"""
The life of an operation: something a provider is asked to do that moves money (finance.md §2.5).

It is written down before it is sent. Each attempt has one key and one body. What the provider refuses closes
an attempt for good, and whoever wants it after all decides for another attempt; what it leaves unanswered
is asked again under the same key while the key is young, and looked for after that. It is never undone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from billing.payments.rules.providers import Outcome, Result
from leasing.rules.canonical import digest

# Stripe keeps the answer of a key for at least a day; an hour is left for clocks and for the way.
KEY_LIVES = timedelta(hours=23)
# For so long a provider may still take what was sent to it last, however slow the way was.
STILL_TAKEN = timedelta(hours=1)


class Kind(StrEnum):
    """What is asked."""

    TRANSFER = "TRANSFER"
    REVERSAL = "REVERSAL"
    REFUND = "REFUND"


class State(StrEnum):
    """How far an operation, or one attempt of it, is."""

    CREATED = "CREATED"
    SENT = "SENT"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    REJECTED = "REJECTED"


class Step(StrEnum):
    """What is to be done about an attempt."""

    SEND = "SEND"
    LOOK = "LOOK"
    NOTHING = "NOTHING"


_AFTER = {
    Outcome.DONE: State.DONE,
    Outcome.PENDING: State.PENDING,
    Outcome.REJECTED: State.REJECTED,
    Outcome.UNKNOWN: State.UNKNOWN,
}
# An answer counts where none that is final came before; a later "unknown" takes nothing back.
_OPEN = frozenset({State.CREATED, State.SENT, State.UNKNOWN})
CLOSED = frozenset({State.DONE, State.REJECTED})


def key_of(operation: str, attempt: int) -> str:
    """Return the key of an attempt."""
    return f"op:{operation}:{attempt}"


def body_hash(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is sent, in hex: the same key always has the same one."""
    return digest(dict(body))


def after(state: State, outcome: Outcome) -> State:
    """
    Return the state of an attempt after an answer; what is final stays, and what is under way stays known.

    >>> after(State.SENT, Outcome.UNKNOWN)
    <State.UNKNOWN: 'UNKNOWN'>
    >>> after(State.DONE, Outcome.REJECTED)
    <State.DONE: 'DONE'>
    """
    if state in CLOSED or (state is State.PENDING and outcome is Outcome.UNKNOWN):
        return state
    return _AFTER[outcome]


def heard(result: Result, *, sends: int) -> Outcome:
    """
    Return what an answer to the last of so many sends of an attempt says.

    A refusal that does not take the key says nothing, where the same was sent before without an answer: that
    may still arrive, and be done then. So it is asked again as if nothing was heard.
    """
    if result.outcome is Outcome.REJECTED and not result.is_kept and sends > 1:
        return Outcome.UNKNOWN
    return result.outcome


def next_step(state: State, *, first_sent_at: datetime | None, at: datetime) -> Step:
    """Return what is to be done about an attempt at a moment."""
    if state not in _OPEN:
        return Step.LOOK if state is State.PENDING else Step.NOTHING
    if first_sent_at is None or at - first_sent_at < KEY_LIVES:
        return Step.SEND
    return Step.LOOK


def may_still_arrive(*, first_sent_at: datetime, at: datetime) -> bool:
    """
    Tell whether what is not found at the provider may come there yet.

    The last send was before the key grew old, so nothing is on its way an hour after that.
    """
    return at < first_sent_at + KEY_LIVES + STILL_TAKEN


def may_try_again(state: State) -> bool:
    """Whether somebody may decide for another attempt: only after a definite refusal."""
    return state is State.REJECTED
