"""Money owed for data: it is owed, found paid, waived, and noted when it is late."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.actions import telling
from devices.ownership.models import Agreement, PaymentDuty
from devices.ownership.permissions import require_clock, terms
from devices.ownership.rules import duties
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible
from marketplace.shared.money import Money

AT_ONCE = 200  # in one run of the clock
SOURCES = ("product", "sharing")


class NothingOwed(Invalid):
    """A payment is of something."""

    code = "nothing_owed"
    text = gettext_noop("What is owed for data is an amount above zero.")


class OwedDifferently(NotPossible):
    """The same thing is owed already, with another amount, currency or day."""

    code = "owed_differently"
    text = gettext_noop("For {subject} another amount or day is owed already. What is owed never changes.")


class OnlyCreditor(NotAllowed):
    """Whoever is paid says that it was paid."""

    code = "only_creditor"
    text = gettext_noop("Only the organization that is owed the money may record or waive its payment.")


class ReferenceMissing(Invalid):
    """A payment is named."""

    code = "payment_reference_missing"
    text = gettext_noop("Name the payment: the reference on the bank statement, or of the payment provider.")


class PaymentDone(NotPossible):
    """It is paid or waived."""

    code = "payment_done"
    text = gettext_noop("This is paid or waived. Nothing about it can be changed any more.")


@transaction.atomic
def owe(
    *,
    debtor: Organization,
    creditor: Organization,
    money: Money,
    due_at: datetime,
    source: str,
    subject: str,
    by: User,
    at: datetime,
    agreement: Agreement | None = None,
) -> PaymentDuty:
    """
    Let ``debtor`` owe ``creditor`` money (minor units and currency) for data from ``at`` until ``due_at``.

    ``source`` is ``product`` or ``sharing`` (``rules.duties.SOURCES``), ``subject`` the public id of what it
    is for, ``agreement`` the one whose data it is about, if it is about one. Whoever made the contract for
    which it is owed has asked for permission. Owed once for each source, subject, debtor and creditor: asked
    again with the same amount and day, it returns what is there.

    :raises NothingOwed: if the amount is not above zero
    :raises OwedDifferently: if it is owed with another amount, currency or day
    """
    assert source in SOURCES, source
    if money.minor <= 0:
        raise NothingOwed
    said = {"amount": money.minor, "currency": money.currency, "due_at": due_at}
    facts = said | {"agreement": agreement, "incurred_at": at}
    who = {"source": source, "subject": subject, "debtor": debtor, "creditor": creditor}
    duty, made = PaymentDuty.objects.get_or_create(**who, defaults=facts)
    if any(getattr(duty, name) != value for name, value in said.items()):
        raise OwedDifferently(subject=subject)
    if made:
        _record("owe", duty, by, debtor, at)
    return duty


@transaction.atomic
def settle(*, duty: PaymentDuty, reference: str, by: User, within: Organization, at: datetime) -> PaymentDuty:
    """
    Record, as the creditor, the payment that fulfils a duty, by its reference.

    The debtor cannot: whoever owes would be rid of it by a word. Whoever is paid sees the money.

    :raises MissingRight: if ``by`` may not keep the books of ``within``
    :raises OnlyCreditor: if ``within`` is not the creditor
    :raises ReferenceMissing: if there is no reference
    :raises PaymentDone: if it is paid or waived
    """
    found = _waiting(duty, by, within)
    if not reference.strip():
        raise ReferenceMissing
    found.paid_at, found.reference = at, reference.strip()[:140]
    found.save(update_fields=["paid_at", "reference"])
    _record("settle", found, by, within, at, reference=found.reference)
    return found


@transaction.atomic
def waive(*, duty: PaymentDuty, because: str, by: User, within: Organization, at: datetime) -> PaymentDuty:
    """
    Do, as the creditor, without a payment; ``because`` stands beside it.

    :raises MissingRight: if ``by`` may not keep the books of ``within``
    :raises OnlyCreditor: if ``within`` is not the creditor
    :raises PaymentDone: if it is paid or waived
    """
    found = _waiting(duty, by, within)
    found.waived_at, found.waived_because = at, because[:300]
    found.save(update_fields=["waived_at", "waived_because"])
    _record("waive", found, by, within, at, because=because[:300])
    return found


@transaction.atomic
def escalate(*, by: User, at: datetime) -> list[tuple[PaymentDuty, duties.Step]]:
    """
    Note what is due soon, due, overdue, and what the platform sees from now on; each step once, in order.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    every = list(duties.Step)
    near = PaymentDuty.objects.undone().filter(due_at__lte=at + terms().notice)
    waiting = near.exclude(noted=duties.Step.ESCALATED).shown()
    told = []
    for duty in waiting.locked()[:AT_ONCE]:
        reached = duties.steps(duty.facts, at=at, terms=terms())
        fresh = reached[every.index(duties.Step(duty.noted)) + 1 if duty.noted else 0 :]
        for step in fresh:
            _record(step.lower(), duty, by, duty.debtor, at)
            telling.of_payment(duty=duty, step=step, at=at)
        if fresh:
            PaymentDuty.objects.filter(pk=duty.pk).update(noted=fresh[-1])
        told += [(duty, step) for step in fresh]
    return told


def _waiting(duty: PaymentDuty, by: User, within: Organization) -> PaymentDuty:
    require(by, Permission.INVOICE_RUN, within=within)
    if within.pk != duty.creditor_id:
        raise OnlyCreditor
    found = PaymentDuty.objects.locked().undone().filter(pk=duty.pk).first()
    if found is None:
        raise PaymentDone
    return found


def _record(
    verb: str, duty: PaymentDuty, by: User, within: Organization, at: datetime, **facts: object
) -> None:
    told = {"amount": duty.amount, "currency": duty.currency, "of": duty.subject}
    audit.record(
        by=by, action=f"payment.{verb}", subject=duty.public_id, at=at, within=within, **told | facts
    )
