"""
Buy, pay and end licences of data products.

A licence opens reading as a grant, only when the platform has recorded its payment (the gateway of payments
is not connected yet), and for exactly what was frozen in the version. All under a lock on the product.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_noop

from devices.ownership.actions import payments, products, selling
from devices.ownership.models import (
    Agreement,
    DataLicence,
    DataProduct,
    Grant,
    LicenceStep,
    compete,
)
from devices.ownership.permissions import terms
from devices.ownership.queries import Place
from devices.ownership.rules import products as rules
from devices.ownership.rules.grant_terms import digest as digest_of
from devices.ownership.rules.parties import party_of
from devices.ownership.rules.products import HOME, LicenceState, State
from marketplace.actions import admission, audit
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible
from marketplace.shared.money import Money


class OnlyPlatformRecords(NotAllowed):
    """Payments are recorded by the platform."""

    code = "payment_by_platform"
    text = gettext_noop("The platform records payments. Send it the reference of yours.")


class NothingToPay(NotPossible):
    """It is paid, has lapsed, or was ended."""

    code = "licence_not_payable"
    text = gettext_noop("There is nothing to pay: the licence is paid, has lapsed, or was ended.")


class OtherAmount(NotPossible):
    """A payment is whole or none."""

    code = "other_amount"
    text = gettext_noop("The price is {price} minor units of {currency}. Nothing was recorded.")


class ReferenceUsed(Invalid):
    """One payment pays one licence."""

    code = "payment_reference"
    text = gettext_noop("Name the payment by a reference that pays no other licence.")


class NotOfLicence(NotAllowed):
    """Only the sides of a licence end it, or the platform."""

    code = "not_of_licence"
    text = gettext_noop("{organization} is no side of this licence.")


class TerminationReason(Invalid):
    """Who ends somebody else's licence says why."""

    code = "termination_reason"
    text = gettext_noop("Say why: the buyer reads it.")


class LicenceOver(NotPossible):
    """There is nothing to end."""

    code = "licence_over"
    text = gettext_noop("This licence is over already.")


@transaction.atomic
def buy(
    *,
    product: DataProduct,
    digest: str,
    by: User,
    within: Organization,
    at: datetime,
    destination: str = HOME,
    border_check: str = "",
) -> DataLicence:
    """
    Accept a version, its policy and its price, by its digest; reading opens when the payment is recorded.

    ``destination`` is the country (ISO 3166) in which the data are used; abroad, ``border_check`` is the
    public id of one of the seller's.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotVerified: if the identity of buyer or seller was not checked
    :raises OrganizationCloses: if buyer or seller closes
    :raises OtherVersionShown: if no version has this digest
    :raises NotOnSale: if it is not on sale
    :raises OwnProduct: if ``within`` sells it or is touched by it
    :raises NotARecipient: if the policy is for other kinds of organizations
    :raises LicenceHeld: if it has a licence that runs or is to be paid
    :raises NotAbroad: if the policy keeps the data in the country
    :raises BorderCheckMissing: if the data would leave it without a check
    :raises BadProduct: if something stands against selling it by now
    :raises CannotBeRead: if the read door would give less than is paid for
    :raises SoldOut: if no licence is left
    """
    require(by, Permission.DATA_GRANT, within=within)
    admission.require_open(organizations=[within, product.seller])
    products.require_verified(organization=within)
    product = products.lock(product=product)
    version = products.version_of(product=product, digest=digest)
    if product.state_of(version) is not State.ON_SALE:
        raise selling.NotOnSale
    selling.check_buyer(version=version, buyer=within, at=at)
    country = rules.country_of(within.region_code, destination)
    crossing = selling.border_check(version=version, buyer=within, country=country, named=border_check)
    selling.readable(version=version, buyer=within, at=at)
    place, attempt = selling.free_place(version=version, at=at)
    made = DataLicence.objects.create(
        version=version,
        buyer=within,
        digest=digest,
        destination=country,
        border_check=crossing,
        price=version.price,
        currency=version.currency,
        split=version.amounts,
        place=place,
        attempt=attempt,
        by=by,
        at=at,
    )
    _noted("licence.buy", made, by=by, within=within, at=at, digest=digest)
    return made


@transaction.atomic
def record_payment(
    *, licence: DataLicence, reference: str, amount: int, by: User, within: Organization, at: datetime
) -> LicenceStep:
    """
    Record that a licence was paid, as the platform, and open reading for its time box from this moment on.

    ``amount`` is in minor units. Payment, time box and grants are one transaction, and so is that the
    platform owes each of the others its part from now on.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises OnlyPlatformRecords: if ``within`` is not the platform
    :raises NothingToPay: if it is paid, has lapsed, or was ended
    :raises OtherAmount: if the amount is not the price
    :raises ReferenceUsed: without a reference, or with one that pays another licence
    :raises BadProduct: if something stands against selling it by now
    :raises CannotBeRead: if the read door would give less than is paid for
    """
    require(by, Permission.DATA_GRANT, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise OnlyPlatformRecords
    licence = _locked(licence)
    if licence.state(at) is not LicenceState.UNPAID:
        raise NothingToPay
    if amount != licence.price:
        raise OtherAmount(price=licence.price, currency=licence.currency)
    reference = reference.strip()[:80]
    if not reference or LicenceStep.objects.filter(kind="PAID", reference=reference).exists():
        raise ReferenceUsed
    places = selling.readable(version=licence.version, buyer=licence.buyer, at=at)
    step = LicenceStep.objects.create(
        licence=licence,
        kind=LicenceStep.Kind.PAID,
        reference=reference,
        until=at + timedelta(days=licence.version.days),
        within=within,
        by=by,
        at=at,
    )
    for place in places:
        Grant.objects.bulk_create(_grants(licence, step, place, by))
        if place.agreement is not None:
            Agreement.objects.filter(pk=place.agreement.pk).raise_version()
    _noted("licence.pay", licence, by=by, within=within, at=at, reference=reference)
    _share_out(licence, platform=within, by=by, at=at)
    return step


@transaction.atomic
def terminate(
    *, licence: DataLicence, by: User, within: Organization, at: datetime, reason: str = ""
) -> LicenceStep:
    """
    End a licence at once, as its buyer, or as seller or platform with a reason; what was read stays read.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotOfLicence: if ``within`` is neither of them
    :raises TerminationReason: if seller or platform says none
    :raises LicenceOver: if it has ended or lapsed
    """
    require(by, Permission.DATA_GRANT, within=within)
    licence = _locked(licence)
    seller = licence.version.product.seller_id
    if within.pk not in (licence.buyer_id, seller) and within.kind != OrganizationKind.PLATFORM:
        raise NotOfLicence(organization=within.name)
    if within.pk != licence.buyer_id and not reason.strip():
        raise TerminationReason
    if licence.state(at) not in selling.LIVE:
        raise LicenceOver
    step = LicenceStep.objects.create(
        licence=licence,
        kind=LicenceStep.Kind.TERMINATED,
        reason=reason.strip()[:300],
        within=within,
        by=by,
        at=at,
    )
    _close(licence, by, at)
    _noted("licence.terminate", licence, by=by, within=within, at=at)
    return step


def _share_out(licence: DataLicence, *, platform: Organization, by: User, at: datetime) -> None:
    """Let the platform, which got the price, owe each of the others its part."""
    parts = {one["organization"]: one["minor"] for one in licence.split}
    for party in Organization.objects.filter(public_id__in=parts).exclude(pk=platform.pk).order_by("pk"):
        if parts[party.public_id]:
            payments.owe(
                debtor=platform,
                creditor=party,
                money=Money(parts[party.public_id], licence.currency),
                due_at=at + terms().pay_within,
                source="product",
                subject=licence.public_id,
                by=by,
                at=at,
            )


def _locked(licence: DataLicence) -> DataLicence:
    """Lock the product that a licence is of, and read the licence anew."""
    DataProduct.objects.locked().get(versions__licences=licence)
    return DataLicence.objects.shown().get(pk=licence.pk)


def _grants(licence: DataLicence, step: LicenceStep, place: Place, by: User) -> list[Grant]:
    """Write what a paid licence opens of one machine and agreement: a grant for each purpose."""
    version, buyer, agreement = licence.version, licence.buyer, place.agreement
    owner = agreement.owner if agreement else place.equipment.owner
    lessee = agreement.lessee.public_id if agreement else None
    made = []
    for purpose in version.purposes:
        grant = Grant(
            kind=Grant.Kind.PRODUCT,
            equipment=place.equipment,
            agreement=agreement,
            recipient=buyer,
            party=party_of(buyer.public_id, buyer.kind, owner=owner.public_id, lessee=lessee),
            categories=sorted(place.categories),
            right=Grant.Right.READ_AGGREGATE,
            purpose=purpose,
            interval=version.interval,
            generated=version.period,
            readable=DateTimeTZRange(step.at, step.until),
            reference=licence.public_id,
            assets=sorted(place.assets),
            competitor=agreement is not None and compete(buyer, agreement.lessee),
            given_at=step.at,
            given_by=by.public_id,
            given_by_name=by.name,
            given_for=version.product.seller,
            given_role=Grant.Role.SELLER,
        )
        grant.digest = digest_of(grant.terms)
        made.append(grant)
    return made


def _close(licence: DataLicence, by: User, at: datetime) -> None:
    """Withdraw what a licence opened, so that the next read is refused and one under way gives nothing."""
    opened = Grant.objects.filter(kind=Grant.Kind.PRODUCT, reference=licence.public_id)
    agreements = Agreement.objects.filter(grants__in=opened)
    held = list(Agreement.objects.locked().filter(pk__in=agreements.values("pk")))
    opened.update(withdrawn_at=at, withdrawn_by=by.public_id)
    Agreement.objects.filter(pk__in=[one.pk for one in held]).raise_version()


def _noted(
    action: str, licence: DataLicence, *, by: User, within: Organization, at: datetime, **facts: str
) -> None:
    audit.record(by=by, action=action, subject=licence.public_id, at=at, within=within, **facts)
