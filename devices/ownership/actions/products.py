"""
Offer, consent to, publish and withdraw data products.

Every step names the version by its digest, under a lock on the product, so that what is published is what
everybody touched has consented to.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership import queries
from devices.ownership.actions import offering
from devices.ownership.actions.offering import Wanted
from devices.ownership.models import DataProduct, ProductStep, ProductVersion
from devices.ownership.rules.products import State
from marketplace.actions import admission, audit
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotAllowed, NotPossible

Kind = ProductStep.Kind


class NotVerified(NotAllowed):
    """Trade in data needs identities that were checked (Data Security Law, Article 33)."""

    code = "not_verified"
    text = gettext_noop(
        "The identity of {organization} has not been checked. Ask the platform to check it first."
    )


class NotTheSeller(NotAllowed):
    """Only the seller publishes and makes new versions."""

    code = "not_the_seller"
    text = gettext_noop("{organization} does not sell this product.")


class NotAParty(NotAllowed):
    """Only who is touched consents."""

    code = "not_asked_for_consent"
    text = gettext_noop("{organization} has no part in this product, so its consent is not needed.")


class OtherVersionShown(NotPossible):
    """What the caller has seen is no version of this product."""

    code = "other_version_shown"
    text = gettext_noop("This is not the version that you were shown. Look at it again.")


class ProductOver(NotPossible):
    """The version was withdrawn, or a newer one was published."""

    code = "product_over"
    text = gettext_noop("This version has been withdrawn or replaced.")


class ConsentGiven(NotPossible):
    """A consent is given once."""

    code = "product_consent_given"
    text = gettext_noop("{organization} has consented to this version already.")


class ConsentMissing(NotPossible):
    """Somebody touched has not consented yet."""

    code = "consent_missing"
    text = gettext_noop("These have not consented yet: {organizations}.")


class AlreadyPublished(NotPossible):
    """A version is published once."""

    code = "already_published"
    text = gettext_noop("This version has been published already.")


@transaction.atomic
def offer(
    *, wanted: Wanted, by: User, within: Organization, at: datetime, product: DataProduct | None = None
) -> ProductVersion:
    """
    Write a version of a product, a new one if none is named; the seller consents to it by this.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotVerified: if the identity of ``within`` was not checked
    :raises OrganizationCloses: if ``within`` closes
    :raises NotTheSeller: if the product is somebody else's
    :raises BadProduct: with each fault and each ground of refusal, at its item
    """
    require(by, Permission.DATA_GRANT, within=within)
    admission.require_open(organizations=[within])
    require_verified(organization=within)
    if product is None:
        product = DataProduct.objects.create(seller=within, made_at=at)
    else:
        product = lock(product=product)
        _require_seller(product, within)
    offering.check(wanted=wanted, within=within, at=at)
    subject = queries.lock_subject(wanted.assets, wanted.period)
    offering.require_sellable(subject=subject, seller=within, at=at)
    shares = offering.check_split(wanted=wanted, subject=subject, within=within)
    version = offering.write(product=product, wanted=wanted, shares=shares, subject=subject, by=by, at=at)
    _noted("product.offer", version, by=by, within=within, at=at)
    return version


@transaction.atomic
def consent(
    *, product: DataProduct, digest: str, by: User, within: Organization, at: datetime
) -> ProductStep:
    """
    Consent to a version, by its digest, as somebody whose rights it touches.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises OtherVersionShown: if no version has this digest
    :raises NotAParty: if ``within`` is not asked
    :raises ProductOver: if it was withdrawn or replaced
    :raises ConsentGiven: if it has consented already
    """
    require(by, Permission.DATA_GRANT, within=within)
    version = _open_version(product, digest)
    if within.public_id not in version.parties:
        raise NotAParty(organization=within.name)
    if within.public_id in version.consented:
        raise ConsentGiven(organization=within.name)
    return _step(version, Kind.CONSENTED, by=by, within=within, at=at)


@transaction.atomic
def publish(
    *, product: DataProduct, digest: str, by: User, within: Organization, at: datetime
) -> ProductStep:
    """
    Put a version on sale, when everybody touched has consented; older versions are sold no more.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises NotTheSeller: if ``within`` does not sell it
    :raises NotVerified: if the identity of ``within`` is not checked any more
    :raises OrganizationCloses: if ``within`` closes
    :raises OtherVersionShown: if no version has this digest
    :raises ProductOver: if it was withdrawn or replaced
    :raises AlreadyPublished: if it is on sale
    :raises ConsentMissing: if somebody has not consented
    :raises BadProduct: if something stands against it by now
    """
    require(by, Permission.DATA_GRANT, within=within)
    admission.require_open(organizations=[within])
    version = _open_version(product, digest)
    _require_seller(version.product, within)
    require_verified(organization=within)
    if version.published_at is not None:
        raise AlreadyPublished
    missing = set(version.parties) - version.consented
    if missing:
        names = Organization.objects.filter(public_id__in=missing).order_by("name")
        raise ConsentMissing(organizations=", ".join(names.values_list("name", flat=True)))
    subject = queries.lock_subject(version.assets, version.span)
    offering.require_sellable(subject=subject, seller=within, at=at)
    return _step(version, Kind.PUBLISHED, by=by, within=within, at=at)


@transaction.atomic
def withdraw(
    *, product: DataProduct, digest: str, by: User, within: Organization, at: datetime, reason: str = ""
) -> ProductStep:
    """
    Withdraw a version, or a consent to it: nothing more is sold of it, from this moment on.

    What is unpaid lapses; what was paid runs to its end (``queries.effect_of_product_withdrawal``).

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises OtherVersionShown: if no version has this digest
    :raises NotAParty: if ``within`` is neither the seller, nor touched, nor the platform
    :raises ProductOver: if it was withdrawn already
    """
    require(by, Permission.DATA_GRANT, within=within)
    version = version_of(product=lock(product=product), digest=digest)
    concerned = within.pk == version.product.seller_id or within.public_id in version.parties
    if not concerned and within.kind != OrganizationKind.PLATFORM:
        raise NotAParty(organization=within.name)
    if version.withdrawn_at is not None:
        raise ProductOver
    return _step(version, Kind.WITHDRAWN, by=by, within=within, at=at, reason=reason.strip()[:300])


def lock(*, product: DataProduct) -> DataProduct:
    """Lock a product, and read it anew with its versions and steps."""
    return DataProduct.objects.locked().with_versions().get(pk=product.pk)


def version_of(*, product: DataProduct, digest: str) -> ProductVersion:
    """
    Return the version of a product that was shown.

    :raises OtherVersionShown: if none has this digest
    """
    found = next((one for one in product.chain if one.digest == digest), None)
    if found is None:
        raise OtherVersionShown
    found.product = product
    return found


def require_verified(*, organization: Organization) -> None:
    """
    Let those pass whose identity was checked.

    :raises NotVerified: if it was not
    """
    if organization.verified_at is None:
        raise NotVerified(organization=organization.name)


def _open_version(product: DataProduct, digest: str) -> ProductVersion:
    found = version_of(product=lock(product=product), digest=digest)
    if found.product.state_of(found) in (State.WITHDRAWN, State.SUPERSEDED):
        raise ProductOver
    return found


def _require_seller(product: DataProduct, within: Organization) -> None:
    if product.seller_id != within.pk:
        raise NotTheSeller(organization=within.name)


def _step(
    version: ProductVersion, kind: Kind, *, by: User, within: Organization, at: datetime, reason: str = ""
) -> ProductStep:
    made = ProductStep.objects.create(
        version=version, kind=kind, organization=within, reason=reason, by=by, at=at
    )
    _noted(f"product.{kind.lower()}", version, by=by, within=within, at=at)
    return made


def _noted(action: str, version: ProductVersion, *, by: User, within: Organization, at: datetime) -> None:
    facts = {"number": version.number, "digest": version.digest}
    audit.record(by=by, action=action, subject=version.product.public_id, at=at, within=within, **facts)
