"""May a version be sold to this buyer now: identity, policy, borders, the read door, and what is left."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop

from devices.ownership import queries
from devices.ownership.actions import offering, products
from devices.ownership.models import Agreement, BorderCheck, DataLicence, ProductVersion, compete
from devices.ownership.queries import Place
from devices.ownership.rules import products as rules
from devices.ownership.rules.explanations import REASONS
from devices.ownership.rules.products import HOME, LicenceState
from marketplace.models import Organization
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

LIVE = (LicenceState.UNPAID, LicenceState.ACTIVE)


class NotOnSale(NotPossible):
    """It is not published, withdrawn, or replaced by a newer version."""

    code = "product_not_on_sale"
    text = gettext_noop("This version is not on sale.")


class OwnProduct(NotPossible):
    """Nobody buys what is its own."""

    code = "own_product"
    text = gettext_noop("{organization} has a part in this product and needs no licence.")


class NotARecipient(NotAllowed):
    """The policy names the kinds of organizations that it is for."""

    code = "not_a_recipient"
    text = gettext_noop("The policy of this product is for other kinds of organizations.")


class LicenceHeld(NotPossible):
    """One licence at a time."""

    code = "licence_held"
    text = gettext_noop("{organization} has a licence of this version already, or has yet to pay one.")


class SoldOut(NotPossible):
    """No more licences than were offered."""

    code = "product_sold_out"
    text = gettext_noop("All {most} licences of this product are sold.")


class CannotBeRead(Invalid):
    """The read door would not give the buyer what it pays for."""

    code = "product_cannot_be_read"
    text = gettext_noop("The read door would not give you all of this, so it is not sold to you.")


class BorderCheckMissing(NotPossible):
    """Data that are used abroad need a border check of the seller that lets them go."""

    code = "border_check_missing"
    text = gettext_noop(
        "The data would be used abroad ({destination}). That needs a border check of the seller over all of "
        "these data, for {destination} and {organization}, that lets them go."
    )


class NotAbroad(NotPossible):
    """The policy keeps the data in the country."""

    code = "product_stays_in_country"
    text = gettext_noop("By its policy this product is used in China alone.")


def check_buyer(*, version: ProductVersion, buyer: Organization, at: datetime) -> None:
    """
    Look at who buys.

    :raises NotVerified: if the identity of the seller is not checked any more
    :raises OwnProduct: if the buyer sells it or is touched by it
    :raises NotARecipient: if the policy is for other kinds of organizations
    :raises LicenceHeld: if it has a licence that runs or is to be paid
    """
    seller = version.product.seller
    products.require_verified(organization=seller)
    if buyer.pk == seller.pk or buyer.public_id in version.parties:
        raise OwnProduct(organization=buyer.name)
    if version.recipients and buyer.kind not in version.recipients:
        raise NotARecipient
    held = DataLicence.objects.filter(version=version, buyer=buyer).shown()
    if any(one.state(at) in LIVE for one in held):
        raise LicenceHeld(organization=buyer.name)


def border_check(
    *, version: ProductVersion, buyer: Organization, country: str, named: str
) -> BorderCheck | None:
    """
    Return the check that lets data go abroad to a buyer; at home none is needed.

    :raises NotAbroad: if the policy keeps the data in the country
    :raises BorderCheckMissing: if ``named`` is no check of the seller that lets all of it go to the buyer
    """
    if country == HOME:
        return None
    if not version.abroad:
        raise NotAbroad
    found = BorderCheck.objects.filter(
        public_id=named,
        organization=version.product.seller,
        destination=country,
        recipient__in=(buyer.name, buyer.public_id),
        may_go=True,
    ).first()
    covered = set(found.assets.values_list("public_id", flat=True)) if found else set()
    if found is None or not set(version.assets) <= covered:
        raise BorderCheckMissing(destination=country, organization=buyer.name)
    return found


def readable(*, version: ProductVersion, buyer: Organization, at: datetime) -> list[Place]:
    """
    Hold grades and agreements still, look whether it may be sold and read, and return where it is read.

    :raises BadProduct: if something stands against selling it by now
    :raises CannotBeRead: if the read door would give less than is paid for
    """
    subject = queries.lock_subject(version.assets, version.span)
    offering.require_sellable(subject=subject, seller=version.product.seller, at=at)
    places = queries.places_of(subject)
    rivals = {one.lessee.public_id for one in _rivals(places, buyer)}
    found = queries.unreadable(subject, version, buyer, rivals, at=at)
    if found:
        flaws = [Flaw(pointer, reason, REASONS[reason]) for pointer, reason in found]
        raise CannotBeRead(flaws=flaws)
    return places


def _rivals(places: list[Place], buyer: Organization) -> Iterator[Agreement]:
    """Yield the agreements with whose lessee a buyer competes."""
    for place in places:
        if place.agreement is not None and compete(buyer, place.agreement.lessee):
            yield place.agreement


def free_place(*, version: ProductVersion, at: datetime) -> tuple[int, int]:
    """
    Return the place of the next licence, and how often it was given.

    :raises SoldOut: if none is left
    """
    sold = list(DataLicence.objects.filter(version=version).shown())
    places = [(one.place, one.paid is None and one.state(at) not in LIVE) for one in sold]
    place = rules.place_for(places, version.most_licences)
    if place is None:
        raise SoldOut(most=version.most_licences)
    return place, sum(1 for one, _free in places if one == place) + 1
