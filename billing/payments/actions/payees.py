"""Where organizations are paid to: they name the account, somebody of the platform approves it."""

from datetime import datetime

from django.utils.translation import gettext_noop

from billing.models import Book
from billing.payments.actions.orders import SecondPersonMissing, in_book
from billing.payments.models import PayeeAccount
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

LIMITS = {"holder": 120, "number": 40, "bank_name": 120, "bank_code": 20}


class PayeeInvalid(Invalid):
    """The account cannot be named like this; ``flaws`` say why."""

    code = "payee_invalid"
    text = gettext_noop("The account cannot be used like this. Mend what is marked.")


class PayeeDecided(NotPossible):
    """It was approved or dropped."""

    code = "payee_decided"
    text = gettext_noop("This account is decided already. Name it again if it should be used.")


@atomic
def name(
    *,
    organization: Organization,
    holder: str,
    number: str,
    bank_name: str,
    bank_code: str = "",
    currency: str = "CNY",
    by: User,
    at: datetime,
) -> PayeeAccount:
    """
    Name the account to which an organization wants to be paid; the one that waited before is dropped.

    The same account again is the same row. The approved one serves until another is approved.

    :raises MissingRight: if ``by`` may not name accounts of the organization
    :raises PayeeInvalid: if something is missing, too long, or is no account number
    """
    require(by, Permission.PAYEE_EDIT, within=organization)
    given = {"holder": holder, "number": number, "bank_name": bank_name, "bank_code": bank_code}
    cleaned = {key: " ".join(value.split()) for key, value in given.items()}
    cleaned["number"] = cleaned["number"].replace(" ", "").replace("-", "")
    _check(cleaned)
    Organization.objects.select_for_update(no_key=True, of=("self",)).get(pk=organization.pk)
    live = PayeeAccount.objects.filter(organization=organization, currency=currency)
    live = live.exclude(stage=PayeeAccount.Stage.DROPPED)
    same = live.filter(**cleaned).order_by("-pk").first()
    if same is not None:
        return same
    live.filter(stage=PayeeAccount.Stage.PROPOSED).update(stage=PayeeAccount.Stage.DROPPED)
    made = PayeeAccount.objects.create(
        organization=organization,
        currency=currency,
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
        **cleaned,
    )
    _audit(made, "name", organization, by, at)
    return made


@atomic
def approve(*, payee: PayeeAccount, book: Book, within: Organization, by: User, at: datetime) -> PayeeAccount:
    """
    Approve an account after it was checked against paper; the one that was used before is dropped.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises SecondPersonMissing: if ``by`` named it
    :raises PayeeDecided: if it is decided
    """
    found = _waiting(payee, book, within, by)
    if found.maker == by.public_id:
        raise SecondPersonMissing
    used = PayeeAccount.objects.filter(organization=found.organization, currency=found.currency)
    used.filter(stage=PayeeAccount.Stage.APPROVED).update(stage=PayeeAccount.Stage.DROPPED)
    return _decide(found, PayeeAccount.Stage.APPROVED, "approve", within, by, at)


@atomic
def drop(*, payee: PayeeAccount, book: Book, within: Organization, by: User, at: datetime) -> PayeeAccount:
    """
    Refuse an account that waits.

    :raises MissingRight: if ``by`` may not release payments of the book
    :raises PayeeDecided: if it is decided
    """
    found = _waiting(payee, book, within, by)
    return _decide(found, PayeeAccount.Stage.DROPPED, "drop", within, by, at)


def _waiting(payee: PayeeAccount, book: Book, within: Organization, by: User) -> PayeeAccount:
    in_book(book=book, within=within, permission=Permission.PAYMENT_RELEASE, by=by)
    Organization.objects.select_for_update(no_key=True, of=("self",)).get(pk=payee.organization_id)
    found = PayeeAccount.objects.select_related("organization").get(pk=payee.pk)
    if found.stage != PayeeAccount.Stage.PROPOSED:
        raise PayeeDecided
    return found


def _decide(
    found: PayeeAccount, stage: str, verb: str, within: Organization, by: User, at: datetime
) -> PayeeAccount:
    found.stage = stage
    found.checker, found.checker_name, found.checked_at = by.public_id, by.name, at
    found.save()
    _audit(found, verb, within, by, at)
    return found


def _check(given: dict[str, str]) -> None:
    flaws = []
    for key, longest in LIMITS.items():
        if not given[key] and key != "bank_code":
            flaws.append(Flaw(f"/{key}", "required", gettext_noop("This is needed to pay you.")))
        elif len(given[key]) > longest:
            flaws.append(
                Flaw(f"/{key}", "too_long", gettext_noop("At most {most} characters."), {"most": longest})
            )
    number = given["number"]
    if number and not (number.isascii() and number.isalnum()):
        flaws.append(
            Flaw("/number", "invalid", gettext_noop("An account number has digits and letters alone."))
        )
    if flaws:
        raise PayeeInvalid(flaws=flaws)


def _audit(payee: PayeeAccount, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"payee_account.{verb}",
        subject=payee.public_id,
        at=at,
        within=within,
        number=payee.number[-4:],
    )
