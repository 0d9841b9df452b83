"""
Registration certificates of data property: what holders ask for, agree to, and give up.

A certificate says who holds which right over which data; it opens none of them: the read door knows nothing
of it. The platform decides (``registrar``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_noop

from devices.ownership.actions import registering
from devices.ownership.actions.registering import Chain, NothingToDecide
from devices.ownership.models import DataAsset, Registration, RegistrationEntry
from devices.ownership.queries import subject_of
from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import Ground, Kind, State, Step
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.period import Period

LONGEST_REASON = 300


class BadRegistration(Invalid):
    """The application cannot be registered as it was written."""

    code = "bad_registration"
    text = gettext_noop("The application has {count} faults.")


class NotTheHolder(NotAllowed):
    """Only the holder of a certificate asks for something about it."""

    code = "not_the_holder"
    text = gettext_noop("{organization} does not hold this certificate.")


class NotOffered(NotAllowed):
    """The certificate was not offered to this organization."""

    code = "not_offered"
    text = gettext_noop("This certificate was not offered to {organization}.")


class RegistrationNotInForce(NotPossible):
    """It was never granted, or it has ended."""

    code = "registration_not_in_force"
    text = gettext_noop("This certificate is not in force. Apply for a first registration.")


class ApplicationWaits(NotPossible):
    """One application at a time."""

    code = "application_waits"
    text = gettext_noop("An application waits for its decision here. Withdraw it first.")


class TransferToItself(Invalid):
    """A transfer needs another organization."""

    code = "transfer_to_itself"
    text = gettext_noop("{organization} holds this certificate already. Choose another organization.")


class ReasonMissing(Invalid):
    """The platform cancels for a reason that the holder reads."""

    code = "cancellation_reason_missing"
    text = gettext_noop("Say why the certificate is cancelled: its holder reads it.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is to be registered: a right over data assets, as data of a period, for some years.

    ``assets`` are public ids.
    """

    assets: Sequence[str]
    period: Period
    right: str
    years: int


@transaction.atomic
def apply(*, wanted: Wanted, by: User, within: Organization, at: datetime) -> RegistrationEntry:
    """
    Apply for a first registration; what stands against it now is written beside it.

    Nothing is refused by that: the registrar looks again.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises BadRegistration: with a fault at each item: an asset that ``within`` does not know of, a period
        without an end, a right that cannot be registered, a term that is too long
    """
    require(by, Permission.DATA_GRANT, within=within)
    _check(wanted, within, at)
    made = Registration.objects.create(applied_at=at)
    facts = _applied(made, Kind.FIRST, wanted, within, at)
    return registering.write(registration=made, previous=None, by=by, within=within, at=at, facts=facts)


@transaction.atomic
def change(
    *, registration: Registration, wanted: Wanted, by: User, within: Organization, at: datetime
) -> RegistrationEntry:
    """
    Ask that a certificate says another subject, right or term; it is decided like a first registration.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheHolder: if ``within`` does not hold it
    :raises RegistrationNotInForce: if it is not in force
    :raises ApplicationWaits: if something waits for its decision
    :raises BadRegistration: as for a first registration
    """
    require(by, Permission.DATA_GRANT, within=within)
    chain = _mine(registration, within, at)
    _check(wanted, within, at)
    facts = _applied(chain.registration, Kind.CHANGE, wanted, within, at)
    return registering.append(chain=chain, base=chain.last, by=by, within=within, at=at, **facts)


@transaction.atomic
def renew(
    *, registration: Registration, years: int, by: User, within: Organization, at: datetime
) -> RegistrationEntry:
    """
    Ask for a new term, which begins with the decision.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheHolder: if ``within`` does not hold it
    :raises RegistrationNotInForce: if it is not in force
    :raises ApplicationWaits: if something waits for its decision
    :raises BadRegistration: if the term is too long
    """
    require(by, Permission.DATA_GRANT, within=within)
    chain = _mine(registration, within, at)
    base = _granted(chain)
    _refuse(_term(base.right, years))
    told: dict[str, Any] = {"kind": Kind.RENEWAL, "step": Step.APPLIED, "years": years}
    return registering.append(chain=chain, base=base, by=by, within=within, at=at, **told)


@transaction.atomic
def transfer(
    *, registration: Registration, to: Organization, by: User, within: Organization, at: datetime
) -> RegistrationEntry:
    """
    Offer a certificate to another organization, which agrees by the digest of this entry.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheHolder: if ``within`` does not hold it
    :raises TransferToItself: if the other one is the holder
    :raises RegistrationNotInForce: if it is not in force
    :raises ApplicationWaits: if something waits for its decision
    """
    require(by, Permission.DATA_GRANT, within=within)
    chain = _mine(registration, within, at)
    if to.pk == within.pk:
        raise TransferToItself(organization=within.name)
    told: dict[str, Any] = {"kind": Kind.TRANSFER, "step": Step.APPLIED, "recipient": to}
    return registering.append(chain=chain, base=_granted(chain), by=by, within=within, at=at, **told)


@transaction.atomic
def agree(
    *, registration: Registration, digest: str, by: User, within: Organization, at: datetime
) -> RegistrationEntry:
    """
    Agree to a transfer, as its recipient, by the digest of what the holder offered.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NothingToDecide: if nothing is offered, or it was agreed to already
    :raises NotOffered: if it is offered to somebody else
    :raises RegistrationChanged: if the digest is not that of the offer
    """
    require(by, Permission.DATA_GRANT, within=within)
    chain = registering.lock(registration=registration, seen=digest)
    offer = chain.waiting()
    if offer.kind != Kind.TRANSFER or offer.step != Step.APPLIED:
        raise NothingToDecide
    if offer.recipient_id != within.pk:
        raise NotOffered(organization=within.name)
    told: dict[str, Any] = {"kind": Kind.TRANSFER, "step": Step.AGREED, "recipient": within}
    return registering.append(chain=chain, base=offer, by=by, within=within, at=at, **told)


@transaction.atomic
def withdraw(
    *, registration: Registration, by: User, within: Organization, at: datetime
) -> RegistrationEntry:
    """
    Take back what waits for its decision; the recipient of a transfer declines it by this.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NothingToDecide: if nothing waits
    :raises NotTheHolder: if ``within`` is neither the applicant nor the recipient
    """
    require(by, Permission.DATA_GRANT, within=within)
    chain = registering.lock(registration=registration)
    asked = chain.waiting()
    if within.pk not in (asked.holder_id, asked.recipient_id):
        raise NotTheHolder(organization=within.name)
    told = {"kind": asked.kind, "step": Step.WITHDRAWN, "recipient": asked.recipient}
    return registering.append(chain=chain, base=asked, by=by, within=within, at=at, **told)


@transaction.atomic
def cancel(
    *, registration: Registration, by: User, within: Organization, at: datetime, reason: str = ""
) -> RegistrationEntry:
    """
    End a certificate at once, as its holder, or as the platform with a reason; what waits ends with it.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheHolder: if ``within`` is neither its holder nor the platform
    :raises ReasonMissing: if the platform says no reason
    :raises RegistrationNotInForce: if it is not in force
    """
    require(by, Permission.DATA_GRANT, within=within)
    chain = registering.lock(registration=registration)
    if chain.last.holder_id != within.pk:
        if within.kind != OrganizationKind.PLATFORM:
            raise NotTheHolder(organization=within.name)
        if not reason.strip():
            raise ReasonMissing
    _require_in_force(chain, at)
    told: dict[str, Any] = {"kind": Kind.CANCELLATION, "step": Step.GRANTED, "valid_from": at}
    told["reason"] = reason.strip()[:LONGEST_REASON]
    return registering.append(chain=chain, base=_granted(chain), by=by, within=within, at=at, **told)


def _mine(registration: Registration, within: Organization, at: datetime) -> Chain:
    """Lock a certificate that an organization holds, that is in force, and about which nothing waits."""
    chain = registering.lock(registration=registration)
    if chain.last.holder_id != within.pk:
        raise NotTheHolder(organization=within.name)
    _require_in_force(chain, at)
    if rules.pending(chain.told) is not None:
        raise ApplicationWaits
    return chain


def _require_in_force(chain: Chain, at: datetime) -> None:
    if rules.state(chain.told, at=at) is not State.IN_FORCE:
        raise RegistrationNotInForce


def _granted(chain: Chain) -> RegistrationEntry:
    if chain.granted is None:
        raise RegistrationNotInForce
    return chain.granted


def _applied(
    registration: Registration, kind: Kind, wanted: Wanted, within: Organization, at: datetime
) -> dict[str, Any]:
    """Return what an application says, with what stands against it now."""
    subject = subject_of(wanted.assets, wanted.period)
    facts: dict[str, Any] = {
        "kind": kind,
        "step": Step.APPLIED,
        "right": wanted.right,
        "holder": within,
        "assets": list(wanted.assets),
        "period": DateTimeTZRange(wanted.period.start, wanted.period.end),
        "years": wanted.years,
        "content": subject.content,
        "evidence": subject.evidence(),
    }
    entry = RegistrationEntry(registration=registration, **facts)
    found = registering.findings(entry=entry, subject=subject, applicant=within, at=at)
    return facts | {"grounds": registering.written(found=found)}


def _check(wanted: Wanted, within: Organization, at: datetime) -> None:
    flaws = [*_named(wanted.assets, within, at), *_term(wanted.right, wanted.years)]
    if wanted.period.end is None:
        flaws.append(Flaw("/period", "period_open", gettext_noop("Say when the period ends.")))
    _refuse(flaws)


def _named(assets: Sequence[str], within: Organization, at: datetime) -> list[Flaw]:
    """Return a fault for each asset that cannot be named; what one may not know of does not exist for one."""
    if not 0 < len(assets) <= rules.MOST_ASSETS:
        text = gettext_noop("Name at least one data asset, and at most {most}.")
        return [Flaw("/assets", "assets_count", text, {"most": rules.MOST_ASSETS})]
    known = DataAsset.objects.known_to(within, at=at).filter(public_id__in=assets)
    found = set(known.values_list("public_id", flat=True))
    unknown = gettext_noop("You know of no such data asset.")
    again = gettext_noop("This data asset is named twice.")
    flaws = []
    for place, one in enumerate(assets):
        if one not in found:
            flaws.append(Flaw(f"/assets/{place}", str(Ground.UNKNOWN_ASSET), unknown))
        elif one in assets[:place]:
            flaws.append(Flaw(f"/assets/{place}", "asset_repeated", again))
    return flaws


def _term(right: str, years: int) -> list[Flaw]:
    most = rules.MOST_YEARS.get(right)
    if most is None:
        text = gettext_noop("Choose one of: {rights}.")
        return [Flaw("/right", "unknown_right", text, {"rights": ", ".join(rules.RIGHTS)})]
    if not 1 <= years <= most:
        text = gettext_noop("This right is registered for 1 to {most} years.")
        return [Flaw("/years", "term_too_long", text, {"most": most})]
    return []


def _refuse(flaws: Sequence[Flaw]) -> None:
    if flaws:
        raise BadRegistration(flaws=flaws, count=len(flaws))
