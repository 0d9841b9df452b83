"""Services of a listing: offered by its owner, agreed to by who does them. The listing is locked first."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from marketplace.actions import admission, audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, ListingService, Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.rules.services import MOST, Service
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.ids import new_id

LONGEST_REASON = 500
PAGE = "/services/"


class ServiceInvalid(Invalid):
    """Something in the service is wrong; ``flaws`` say what, each at its field."""

    code = "service_invalid"
    text = gettext_noop("The service cannot be offered like this. Mend what is marked.")


class TooManyServices(NotPossible):
    """A listing has a bounded number of services."""

    code = "too_many_services"
    text = gettext_noop("A listing has {most} services at most. Withdraw one first.")


class ServiceAnswered(NotPossible):
    """Only an invitation that waits is agreed to or declined, and only what stands is withdrawn."""

    code = "service_answered"
    text = gettext_noop("This service is in the state “{status}” already.")


class OtherServiceShown(NotPossible):
    """What was shown to the provider is not what it would agree to."""

    code = "other_service_shown"
    text = gettext_noop("This is not the fingerprint of the service. Read it again, then agree to it.")


@atomic
def offer(
    *, listing: Listing, provider: Organization, by: User, at: datetime, **described: Any
) -> ListingService:
    """
    Offer a service with a listing, as its owner; the provider is invited to agree, the owner itself has.

    ``described`` are ``kind``, ``basis``, ``price_minor``, ``tax_category`` (or the usual one),
    ``lead_hours``, ``required``, ``description_zh``, ``description_en``; the currency is the listing's.

    :raises MissingRight: if ``by`` may not edit listings of the owner
    :raises ServiceInvalid: with every fault at its field
    :raises TooManyServices: if the listing has twenty already
    """
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    listing = Listing.objects.locked().select_related("owner").get(pk=listing.pk)
    standing = [ListingService.Status.INVITED, ListingService.Status.AGREED]
    if listing.services.filter(status__in=standing).count() >= MOST:
        raise TooManyServices(most=MOST)
    service = _read(listing, provider, described)
    own = provider.pk == listing.owner_id
    made = ListingService(
        public_id=service.id,
        listing=listing,
        provider=provider,
        offered_at=at,
        digest=service.digest(),
        status=ListingService.Status.AGREED if own else ListingService.Status.INVITED,
        **{name: value for name, value in service.dump().items() if name not in ("id", "provider")},
    )
    if own:
        made.agreed_at, made.agreed_by, made.agreed_by_name = at, by.public_id, by.name
    made.save(force_insert=True)
    _noted("service.offer", made, within=listing.owner, by=by, at=at)
    if not own:
        _tell(Told.SERVICE_INVITED, made, who=listing.owner, to=provider, at=at)
    return made


@atomic
def agree(
    *, service: ListingService, digest: str, within: Organization, by: User, at: datetime
) -> ListingService:
    """
    Agree to do a service as it is described, as its provider: from now on it is shown and can be chosen.

    :raises MissingRight: if ``within`` is not the provider, or ``by`` may not bind it
    :raises ServiceAnswered: if the invitation was answered or withdrawn
    :raises OtherServiceShown: if ``digest`` is not that of the service
    """
    service = _as_provider(service, within, by)
    admission.require_verified(organization=within)
    if digest != service.digest or digest != service.value.digest():
        raise OtherServiceShown
    service.agreed_at, service.agreed_by, service.agreed_by_name = at, by.public_id, by.name
    service.status = ListingService.Status.AGREED
    service.save(update_fields=["status", "agreed_at", "agreed_by", "agreed_by_name"])
    _noted("service.agree", service, within=within, by=by, at=at)
    _tell(Told.SERVICE_AGREED, service, who=within, to=service.listing.owner, at=at)
    return service


@atomic
def decline(
    *, service: ListingService, within: Organization, by: User, at: datetime, reason: str = ""
) -> ListingService:
    """
    Say no to an invitation; nobody else ever saw it.

    :raises MissingRight: if ``within`` is not the provider, or ``by`` may not bind it
    :raises ServiceAnswered: if the invitation was answered or withdrawn
    """
    service = _as_provider(service, within, by)
    _close(service, ListingService.Status.DECLINED, reason, at)
    _noted("service.decline", service, within=within, by=by, at=at)
    _tell(Told.SERVICE_DECLINED, service, who=within, to=service.listing.owner, at=at)
    return service


@atomic
def withdraw(
    *, service: ListingService, within: Organization, by: User, at: datetime, reason: str = ""
) -> ListingService:
    """
    Take a service off a listing, as its owner or provider; leases that have it in their terms keep it.

    :raises MissingRight: if ``within`` is neither, or ``by`` may not decide for it
    :raises ServiceAnswered: if it was declined or withdrawn
    """
    owner = service.listing.owner
    right = Permission.LISTING_EDIT if within.pk == owner.pk else Permission.LEASE_DECIDE
    if within.pk not in (owner.pk, service.provider_id):
        raise MissingRight(organization=within.name)
    require(by, right, within=within)
    service = _locked(service)
    if service.over_at is not None:
        raise ServiceAnswered(status=service.get_status_display())
    _close(service, ListingService.Status.WITHDRAWN, reason, at)
    _noted("service.withdraw", service, within=within, by=by, at=at)
    others = [one for one in (owner, service.provider) if one.pk != within.pk]
    for other in others:
        _tell(Told.SERVICE_WITHDRAWN, service, who=within, to=other, at=at)
    return service


def _read(listing: Listing, provider: Organization, described: dict[str, Any]) -> Service:
    flaws: list[Flaw] = []
    facts = {
        "id": new_id("svc"),
        "provider": provider.public_id,
        "provider_name": provider.name,
        "currency": listing.currency,
    }
    service = Service.read(described | facts, "", flaws)
    if flaws:
        raise ServiceInvalid(flaws=flaws)
    return service


def _as_provider(service: ListingService, within: Organization, by: User) -> ListingService:
    """Return the invitation, locked, if ``by`` may answer it for its provider."""
    if within.pk != service.provider_id:
        raise MissingRight(organization=within.name)
    require(by, Permission.LEASE_DECIDE, within=within)
    service = _locked(service)
    if service.status != ListingService.Status.INVITED:
        raise ServiceAnswered(status=service.get_status_display())
    return service


def _locked(service: ListingService) -> ListingService:
    Listing.objects.locked().get(pk=service.listing_id)
    return ListingService.objects.locked().with_sides().get(pk=service.pk)


def _close(service: ListingService, status: str, reason: str, at: datetime) -> None:
    service.status, service.over_at, service.reason = status, at, reason.strip()[:LONGEST_REASON]
    service.save(update_fields=["status", "over_at", "reason"])


def _noted(action: str, service: ListingService, *, within: Organization, by: User, at: datetime) -> None:
    facts = {
        "listing": service.listing.public_id,
        "provider": service.provider.public_id,
        "digest": service.digest,
    }
    audit.record(by=by, action=action, subject=service.public_id, at=at, within=within, **facts)


def _tell(kind: Told, service: ListingService, *, who: Organization, to: Organization, at: datetime) -> None:
    facts = {"who": who.name, "listing": service.listing.title}
    notifications.notify(kind=kind, to=[to], facts=facts, at=at, link=f"{PAGE}{service.public_id}/")
