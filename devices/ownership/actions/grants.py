"""
Ask for, give, refuse and withdraw grants: who else may read what a machine reports.

Every change raises the version of the agreement that the grant is under, under its lock, so that a read
that is under way hands out nothing. Without an agreement the machine is locked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_noop

from devices.ownership.actions import telling
from devices.ownership.models import Agreement, Grant, compete
from devices.ownership.rules import tables
from devices.ownership.rules.defaults import Matrix, matrix
from devices.ownership.rules.grant_terms import digest as digest_of
from devices.ownership.rules.grant_terms import faults
from devices.ownership.rules.grants import DIAGNOSIS
from devices.ownership.rules.parties import party_of
from marketplace.actions import audit
from marketplace.models import Equipment, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.period import Period

LONGEST_REASON = 500


class InvalidGrant(Invalid):
    """The table of rights does not let anybody give this."""

    code = "invalid_grant"
    text = gettext_noop("This cannot be granted; {count} things stand against it.")


class NotTheGiver(NotAllowed):
    """Only the side whose data they are can give or refuse, or the platform that records an order."""

    code = "not_the_giver"
    text = gettext_noop("{organization} cannot decide on these data: they are not its own.")


class GrantAnswered(NotPossible):
    """A request is answered once."""

    code = "grant_answered"
    text = gettext_noop("This request has been answered already.")


class GrantLapsed(NotPossible):
    """The time that was asked for is over, or the lease in which a machine is looked at."""

    code = "grant_lapsed"
    text = gettext_noop("The time that this is about is over. Let the other side ask again.")


class OtherTermsShown(NotPossible):
    """What was shown to the giver is not what would be given."""

    code = "other_terms_shown"
    text = gettext_noop("The terms are not those that you were shown. Look at them again.")


class GrantNotInForce(NotPossible):
    """There is nothing to withdraw or to close."""

    code = "grant_not_in_force"
    text = gettext_noop("This grant is not in force: it was never given, or has been withdrawn.")


class Sold(NotPossible):
    """A licence of a data product is ended as a licence."""

    code = "grant_was_sold"
    text = gettext_noop("These data were sold by the licence {licence}. End the licence instead.")


class NoServiceJob(NotPossible):
    """Only a service job is closed, once."""

    code = "no_service_job"
    text = gettext_noop("This is no open service job.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is asked for or given; times are aware.

    A remote diagnosis has ``lasts`` (two hours if left out), all others ``generated`` and ``readable``.
    Without an ``agreement`` it is about the time in which the machine is not leased.
    """

    kind: Grant.Kind
    equipment: Equipment
    recipient: Organization
    categories: Sequence[str]
    right: str
    purpose: str
    agreement: Agreement | None = None
    interval: str = ""
    generated: Period | None = None
    readable: Period | None = None
    lasts: timedelta | None = None
    reference: str = ""
    authority: str = ""
    ordered_on: date | None = None


@transaction.atomic
def ask(*, wanted: Wanted, reason: str, by: User, at: datetime) -> Grant:
    """
    Ask the side whose data they are for a grant to one's own organization.

    :raises MissingRight: if ``by`` may not deal with grants for the recipient
    :raises InvalidGrant: if nobody could give it, or the reason is missing; each flaw names article or rule
    """
    require(by, Permission.DATA_GRANT, within=wanted.recipient)
    grant = _drawn(wanted)
    flaws = _flaws(grant, consent=frozenset({"owner", "lessee"}))
    if not reason.strip() or len(reason) > LONGEST_REASON:
        text = gettext_noop("Say in at most 500 characters why.")
        flaws.append(Flaw("/reason", "reason_missing", text))
    _refuse(flaws)
    grant.asked_at, grant.asked_by, grant.reason = at, by.public_id, reason.strip()
    grant.save()
    _noted("grant.ask", grant, within=wanted.recipient, by=by, at=at)
    return grant


@transaction.atomic
def offer(*, wanted: Wanted, within: Organization, by: User, at: datetime) -> Grant:
    """
    Give a grant that nobody asked for, as ``within``: a consent, or an order that the platform records.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheGiver: if the data are not those of ``within``, and it is not the platform with an order
    :raises InvalidGrant: if nobody could give it; each flaw names article or rule
    :raises GrantLapsed: if the time is over
    """
    require(by, Permission.DATA_GRANT, within=within)
    grant = _drawn(wanted)
    _lock(grant)
    role = _role(grant, within)
    _refuse(_flaws(grant, consent=_consent(grant, role)))
    _give(grant, role=role, within=within, by=by, at=at)
    grant.save()
    _changed("grant.give", grant, within=within, by=by, at=at)
    return grant


@transaction.atomic
def give(*, grant: Grant, digest: str, within: Organization, by: User, at: datetime) -> Grant:
    """
    Accept a request, by the digest of the terms that were shown.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheGiver: if the data are not those of ``within``
    :raises GrantAnswered: if it was given or refused already
    :raises OtherTermsShown: if ``digest`` is not that of the request
    :raises InvalidGrant: if the table does not let this side give it
    :raises GrantLapsed: if the time is over
    """
    require(by, Permission.DATA_GRANT, within=within)
    grant = _locked(grant)
    role = _role(grant, within)
    if grant.given_at is not None or grant.refused_at is not None:
        raise GrantAnswered
    if digest != grant.digest or digest != digest_of(grant.terms):
        raise OtherTermsShown
    _refuse(_flaws(grant, consent=_consent(grant, role)))
    _give(grant, role=role, within=within, by=by, at=at)
    grant.save()
    _changed("grant.give", grant, within=within, by=by, at=at)
    return grant


@transaction.atomic
def refuse(*, grant: Grant, reason: str, within: Organization, by: User, at: datetime) -> Grant:
    """
    Say no to a request; nothing is opened.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheGiver: if ``within`` is not the side that could give it
    :raises GrantAnswered: if it was given or refused already
    """
    require(by, Permission.DATA_GRANT, within=within)
    grant = _locked(grant)
    if _flaws(grant, consent=_consent(grant, _role(grant, within))):
        raise NotTheGiver(organization=within.name)
    if grant.given_at is not None or grant.refused_at is not None:
        raise GrantAnswered
    grant.refused_at, grant.refused_by = at, by.public_id
    grant.refused_why = reason.strip()[:LONGEST_REASON]
    grant.save(update_fields=["refused_at", "refused_by", "refused_why"])
    _noted("grant.refuse", grant, within=within, by=by, at=at)
    return grant


@transaction.atomic
def withdraw(*, grant: Grant, within: Organization, by: User, at: datetime) -> Grant:
    """
    End a grant at once; what was handed out stays where it is, and in the log.

    Who gave it may, and the lessee whose data they are; an order, the platform alone.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheGiver: if ``within`` neither gave it nor leases the machine under this agreement
    :raises GrantNotInForce: if it was never given, or is withdrawn already
    :raises Sold: if it was sold by a licence of a data product
    """
    require(by, Permission.DATA_GRANT, within=within)
    grant = _locked(grant)
    mine = grant.given_for_id == within.pk or (
        grant.kind != Grant.Kind.ORDER
        and grant.agreement is not None
        and grant.agreement.lessee_id == within.pk
    )
    if not mine:
        raise NotTheGiver(organization=within.name)
    if grant.given_at is None or grant.withdrawn_at is not None:
        raise GrantNotInForce
    if grant.kind == Grant.Kind.PRODUCT:
        raise Sold(licence=grant.reference)
    grant.withdrawn_at, grant.withdrawn_by = at, by.public_id
    grant.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _changed("grant.withdraw", grant, within=within, by=by, at=at)
    return grant


@transaction.atomic
def close_job(*, grant: Grant, within: Organization, by: User, at: datetime) -> Grant:
    """
    Record that a service job is done: its provider reads for seven days more, if the grant lasts so long.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheGiver: if ``within`` is neither the provider nor who gave it
    :raises NoServiceJob: if it is no service job in force, or was closed
    """
    require(by, Permission.DATA_GRANT, within=within)
    grant = _locked(grant)
    if within.pk not in (grant.recipient_id, grant.given_for_id):
        raise NotTheGiver(organization=within.name)
    over = grant.withdrawn_at is not None or grant.job_closed_at is not None
    if grant.kind != Grant.Kind.SERVICE_JOB or grant.given_at is None or over:
        raise NoServiceJob
    grant.job_closed_at, grant.job_closed_by = at, by.public_id
    grant.save(update_fields=["job_closed_at", "job_closed_by"])
    _changed("grant.close_job", grant, within=within, by=by, at=at)
    return grant


def _drawn(wanted: Wanted) -> Grant:
    """Write what is wanted as a grant that nobody has asked for or given yet."""
    diagnosis = wanted.kind == Grant.Kind.REMOTE_DIAGNOSIS
    lessee = wanted.agreement.lessee if wanted.agreement else None
    recipient, owner = wanted.recipient, wanted.equipment.owner
    if wanted.agreement is not None:
        owner = wanted.agreement.owner
    party = party_of(
        recipient.public_id,
        recipient.kind,
        owner=owner.public_id,
        lessee=lessee.public_id if lessee else None,
        above=wanted.agreement.above if wanted.agreement else (),
    )
    lasts = wanted.lasts or DIAGNOSIS
    grant = Grant(
        kind=wanted.kind,
        equipment=wanted.equipment,
        agreement=wanted.agreement,
        recipient=recipient,
        party=party,
        categories=sorted(set(wanted.categories)),
        right=wanted.right,
        purpose=wanted.purpose,
        interval=wanted.interval,
        generated=None if diagnosis else _range(wanted.generated),
        readable=None if diagnosis else _range(wanted.readable),
        lasts=lasts // timedelta(seconds=1) if diagnosis else None,
        reference=wanted.reference,
        authority=wanted.authority,
        ordered_on=wanted.ordered_on,
        competitor=_competes(wanted),
    )
    grant.digest = digest_of(grant.terms)
    return grant


def _range(period: Period | None) -> DateTimeTZRange | None:
    return None if period is None else DateTimeTZRange(period.start, period.end)


def _competes(wanted: Wanted) -> bool:
    """Tell whether the recipient competes with the lessee; an owner as frozen when the lease began."""
    agreement, recipient = wanted.agreement, wanted.recipient
    if agreement is None or recipient.pk == agreement.lessee_id:
        return False
    return (
        agreement.competitor if recipient.pk == agreement.owner_id else compete(recipient, agreement.lessee)
    )


def _lock(grant: Grant) -> None:
    """Lock what a grant is under: its agreement, or the machine."""
    if grant.agreement is None:
        Equipment.objects.locked().get(pk=grant.equipment_id)
    else:
        grant.agreement = Agreement.objects.locked().get(pk=grant.agreement.pk)


def _locked(grant: Grant) -> Grant:
    _lock(grant)
    found = Grant.objects.locked().select_related("equipment__owner", "recipient", "agreement__lessee")
    return found.get(pk=grant.pk)


def _role(grant: Grant, within: Organization) -> Grant.Role:
    """Return the role in which an organization decides on a grant; nobody decides on its own."""
    agreement = grant.agreement
    if grant.kind == Grant.Kind.ORDER:
        role = Grant.Role.PLATFORM if within.kind == OrganizationKind.PLATFORM else None
    elif within.pk == grant.recipient_id:
        role = None
    elif agreement is None:
        role = Grant.Role.OWNER if within.pk == grant.equipment.owner_id else None
    else:
        sides = {agreement.lessee_id: Grant.Role.LESSEE, agreement.owner_id: Grant.Role.OWNER}
        role = sides.get(within.pk)
    if role is None:
        raise NotTheGiver(organization=within.name)
    return role


def _consent(grant: Grant, role: Grant.Role) -> frozenset[str]:
    """Return in whose place a role speaks: while nobody leases the machine, its owner is its only user."""
    return frozenset({"owner", "lessee"}) if grant.agreement is None else frozenset({role.value})


def _flaws(grant: Grant, *, consent: frozenset[str]) -> list[Flaw]:
    return faults(grant.terms, _table(grant), consent=consent, competitor=grant.competitor)


def _table(grant: Grant) -> Matrix:
    """Return the table that protects the data: the default one, narrowed as the agreement says."""
    if grant.agreement is None:
        return matrix()
    agreement = Agreement.objects.with_terms().get(pk=grant.agreement.pk)
    return tables.protecting(agreement.span, agreement.agreed, grant.terms.generated)


def _refuse(flaws: Sequence[Flaw]) -> None:
    if flaws:
        raise InvalidGrant(flaws=flaws, count=len(flaws))


def _give(grant: Grant, *, role: Grant.Role, within: Organization, by: User, at: datetime) -> None:
    if grant.lasts is not None:
        if grant.agreement is not None and not grant.agreement.span.contains(at):
            raise GrantLapsed
        grant.readable = grant.generated = DateTimeTZRange(at, at + timedelta(seconds=grant.lasts))
    if grant.readable.upper <= at:
        raise GrantLapsed
    grant.given_at, grant.given_by, grant.given_by_name = at, by.public_id, by.name
    grant.given_for, grant.given_role = within, role


def _changed(action: str, grant: Grant, *, within: Organization, by: User, at: datetime) -> None:
    """Note a change of rights, and let reads under the agreement find it."""
    if grant.agreement is not None:
        Agreement.objects.filter(pk=grant.agreement.pk).raise_version()
    _noted(action, grant, within=within, by=by, at=at)


def _noted(action: str, grant: Grant, *, within: Organization, by: User, at: datetime) -> None:
    facts = {"kind": grant.kind, "recipient": grant.recipient.public_id, "digest": grant.digest}
    audit.record(by=by, action=action, subject=grant.public_id, at=at, within=within, **facts)
    telling.of_grant(action=action, grant=grant, within=within, at=at)
