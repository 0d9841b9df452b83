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
    LEASE_TO_APPROVE = "lease_to_approve"
    LEASE_REFUSED = "lease_refused"
    CONTRACT_TO_SIGN = "contract_to_sign"
    CONTRACT_SIGNED = "contract_signed"
    CONTRACT_CONCLUDED = "contract_concluded"
    TEMPLATE_PUBLISHED = "template_published"


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
    Kind.LEASE_TO_APPROVE: gettext_noop("Lease {number} with {who} waits for your approval."),
    Kind.LEASE_REFUSED: gettext_noop("{who} has refused lease {number}. The reason is there."),
    Kind.CONTRACT_TO_SIGN: gettext_noop("The contract {number} with {who} waits for your signature."),
    Kind.CONTRACT_SIGNED: gettext_noop("{who} has signed the contract {number}."),
    Kind.CONTRACT_CONCLUDED: gettext_noop("The contract {number} with {who} is concluded."),
    Kind.TEMPLATE_PUBLISHED: gettext_noop("New general terms take effect on {effective_at}. Read them."),
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
