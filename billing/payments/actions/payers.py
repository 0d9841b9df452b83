"""Whose account money comes from: learned from what a person matched, used once another one approved it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from billing.models import Book
from billing.payments.actions import orders
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.models import PayerAccount
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible

Stage = PayerAccount.Stage


class PayerAccountInvalid(Invalid):
    """The account cannot be kept like this; ``flaws`` say why."""

    code = "payer_account_invalid"
    text = gettext_noop("This payer's account cannot be kept like this. Mend what is marked.")


class PayerAccountKnown(NotPossible):
    """The account is somebody's already."""

    code = "payer_account_known"
    text = gettext_noop("This account is in the book already. Drop that entry first if it is wrong.")


class PayerAccountDecided(NotPossible):
    """It was approved or dropped."""

    code = "payer_account_decided"
    text = gettext_noop("This account was decided already: {stage}.")


@atomic
def propose(
    *,
    organization: Organization,
    number: str,
    holder: str,
    book: Book,
    within: Organization,
    by: User,
    at: datetime,
) -> PayerAccount:
    """
    Propose that an account is an organization's; the matcher uses it once somebody else approved it.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises PayerAccountInvalid: if number or holder are missing or too long
    :raises PayerAccountKnown: if it is in the book, also by somebody at the same moment
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    flaws = [
        Flaw(f"/{name}", "invalid", gettext_noop("1 to {most} characters are needed."), {"most": most})
        for name, value, most in (("number", number.strip(), 40), ("holder", holder.strip(), 120))
        if not 0 < len(value) <= most or "\x00" in value
    ]
    if flaws:
        raise PayerAccountInvalid(flaws=flaws)
    given = {"number": number.strip(), "holder": holder.strip(), "organization": organization}
    try:
        with transaction.atomic():
            made = PayerAccount.objects.create(maker=by.public_id, maker_name=by.name, made_at=at, **given)
    except IntegrityError as error:
        raise PayerAccountKnown from error
    _audit(made, "propose", within, by, at)
    return made


@atomic
def approve(
    *, account: PayerAccount, book: Book, within: Organization, by: User, at: datetime
) -> PayerAccount:
    """
    Approve an account that somebody else proposed.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises SecondPersonMissing: if ``by`` proposed it
    :raises PayerAccountDecided: if it is decided
    """
    found = _locked(account, book, within, by)
    if found.stage != Stage.PROPOSED:
        raise PayerAccountDecided(stage=found.get_stage_display())
    if found.maker == by.public_id:
        raise SecondPersonMissing
    return _decide(found, Stage.APPROVED, "approve", within, by, at)


@atomic
def drop(*, account: PayerAccount, book: Book, within: Organization, by: User, at: datetime) -> PayerAccount:
    """
    Use an account no more; what it matched stays.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises PayerAccountDecided: if it was dropped
    """
    found = _locked(account, book, within, by)
    if found.stage == Stage.DROPPED:
        raise PayerAccountDecided(stage=found.get_stage_display())
    return _decide(found, Stage.DROPPED, "drop", within, by, at)


def _locked(account: PayerAccount, book: Book, within: Organization, by: User) -> PayerAccount:
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    rows = PayerAccount.objects.filter(pk=account.pk).select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization").get()


def _decide(
    found: PayerAccount, stage: str, verb: str, within: Organization, by: User, at: datetime
) -> PayerAccount:
    found.stage = stage
    found.checker, found.checker_name, found.checked_at = by.public_id, by.name, at
    found.save()
    _audit(found, verb, within, by, at)
    return found


def _audit(found: PayerAccount, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"payer_account.{verb}",
        subject=found.public_id,
        at=at,
        within=within,
        number=found.number[-4:],
        organization=found.organization.public_id,
    )
