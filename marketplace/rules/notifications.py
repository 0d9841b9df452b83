"""
What people are told of: a closed list of kinds, each a sentence. Only kind and facts are stored.

A kind of an upper room stands here as well: the list is one. Facts are texts; those whose name ends in
``_at`` are moments (ISO 8601) and are written as the reader's day.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from string import Formatter

from marketplace.rules.msgids import gettext_noop


class Kind(StrEnum):
    """Of what somebody is told."""

    GRANT_ASKED = "grant_asked"
    GRANT_GIVEN = "grant_given"
    GRANT_REFUSED = "grant_refused"
    GRANT_WITHDRAWN = "grant_withdrawn"
    DENIAL_SPIKE = "denial_spike"
    DUTY_SOON = "duty_soon"
    DUTY_DUE = "duty_due"
    DUTY_OVERDUE = "duty_overdue"
    PAYMENT_SOON = "payment_soon"
    PAYMENT_DUE = "payment_due"
    PAYMENT_OVERDUE = "payment_overdue"
    PAYMENT_ESCALATED = "payment_escalated"
    DATA_REGRADED = "data_regraded"
    DATA_ERASED = "data_erased"
    AGREEMENT_SUSPENDED = "agreement_suspended"
    AGREEMENT_RESUMED = "agreement_resumed"
    SLOT_ASKED = "slot_asked"
    SLOT_BOOKED = "slot_booked"
    SLOT_CONFIRMED = "slot_confirmed"
    SLOT_REFUSED = "slot_refused"
    SLOT_CANCELLED = "slot_cancelled"
    SLOT_EXPIRED = "slot_expired"
    SLOT_DONE = "slot_done"
    SLOT_NO_SHOW = "slot_no_show"


SENTENCES = {
    Kind.GRANT_ASKED: gettext_noop("{who} asks to read data of {machine}."),
    Kind.GRANT_GIVEN: gettext_noop("{who} opens data of {machine}."),
    Kind.GRANT_REFUSED: gettext_noop("{who} refuses to open data of {machine}."),
    Kind.GRANT_WITHDRAWN: gettext_noop("{who} has withdrawn a grant over data of {machine}."),
    Kind.DENIAL_SPIKE: gettext_noop("{who} was refused {count} times within an hour at {device}."),
    Kind.DUTY_SOON: gettext_noop(
        "On {due_at}, data of {machine} are erased. Take along what you need before."
    ),
    Kind.DUTY_DUE: gettext_noop("Data of {machine} are erased now."),
    Kind.DUTY_OVERDUE: gettext_noop("A duty about data of {machine} is overdue since {due_at}."),
    Kind.PAYMENT_SOON: gettext_noop("{who} is to pay {whom} for data until {due_at}."),
    Kind.PAYMENT_DUE: gettext_noop("The payment of {who} to {whom} for data is due today."),
    Kind.PAYMENT_OVERDUE: gettext_noop("The payment of {who} to {whom} for data is overdue since {due_at}."),
    Kind.PAYMENT_ESCALATED: gettext_noop(
        "The payment of {who} to {whom} for data is overdue since {due_at}: the platform sees it, too."
    ),
    Kind.DATA_REGRADED: gettext_noop("{data} of {device} is graded {grade} now."),
    Kind.DATA_ERASED: gettext_noop("Data of {machine} were erased. The certificate is there."),
    Kind.AGREEMENT_SUSPENDED: gettext_noop("{who} has suspended the data agreement on {machine}."),
    Kind.AGREEMENT_RESUMED: gettext_noop("{who} lets the data agreement on {machine} go on."),
    Kind.SLOT_ASKED: gettext_noop("{who} asks for a slot of {machine} on {starts_at}. Confirm or refuse it."),
    Kind.SLOT_BOOKED: gettext_noop("{who} has booked a slot of {machine} on {starts_at}."),
    Kind.SLOT_CONFIRMED: gettext_noop("{who} confirms your slot of {machine} on {starts_at}."),
    Kind.SLOT_REFUSED: gettext_noop("{who} refuses your slot of {machine} on {starts_at}."),
    Kind.SLOT_CANCELLED: gettext_noop("{who} has cancelled the slot of {machine} on {starts_at}."),
    Kind.SLOT_EXPIRED: gettext_noop("The slot of {machine} on {starts_at} was not confirmed in time."),
    Kind.SLOT_DONE: gettext_noop("{who} has finished your slot of {machine} on {starts_at}."),
    Kind.SLOT_NO_SHOW: gettext_noop("{who} notes that nobody came for the slot of {machine} on {starts_at}."),
}


def needed(kind: Kind) -> set[str]:
    """Return the names of the facts that the sentence of a kind needs."""
    return {name for _, name, _, _ in Formatter().parse(SENTENCES[kind]) if name}


def sentence(
    kind: str, facts: Mapping[str, str], translate: Callable[[str], str], day: Callable[[datetime], str]
) -> str:
    """Say it in the reader's language; ``day`` writes the day of a moment."""
    told = {
        name: day(datetime.fromisoformat(value)) if name.endswith("_at") else value
        for name, value in facts.items()
    }
    return translate(SENTENCES[Kind(kind)]).format(**told)
