"""Who sells under a name of the price plan, by what name lines know a seller, and how each is taxed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import models
from django.utils.translation import gettext_noop

from billing.models import Invoice
from leasing.models import Lease, SlotBooking
from marketplace.models import Organization, VatStatement
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.rules.pricing.sellers import Said, Taxes, tax_on
from marketplace.shared.errors import NotPossible


class NoPlatform(NotPossible):
    """The platform that sells the fee is not registered."""

    code = "no_platform"
    text = gettext_noop("The platform is not registered as an organization, so its fee cannot be billed.")


def seller_of(*, name: str, lease: Lease) -> Organization:
    """
    Return the organization that sells under a name of the price plan, or that provides a service.

    :raises NoPlatform: if it is the platform, and none is registered
    """
    if name == OWNER:
        return lease.lessor
    if name != PLATFORM:
        return Organization.objects.get(public_id=name)
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).first()
    if platform is None:
        raise NoPlatform
    return platform


def seller_name(*, invoice: Invoice, lease: Lease) -> str:
    """Return by what name lines know the seller of an invoice: of the price plan, or of who serves."""
    if invoice.seller_id == lease.lessor_id:
        return OWNER
    platform = invoice.seller.kind == OrganizationKind.PLATFORM
    return PLATFORM if platform else invoice.seller.public_id


def seller_id(*, lease: Lease, seller: str) -> str | None:
    """Return the public id of who sells a line; none if the platform is not registered."""
    if seller == OWNER:
        return lease.lessor.public_id
    if seller != PLATFORM:
        return seller
    found = Organization.objects.filter(kind=OrganizationKind.PLATFORM).values_list("public_id", flat=True)
    return found.first()


@dataclass
class TaxDesk:
    """What was stated of how sellers are taxed, read once for many leases; by public id, or ``PLATFORM``."""

    said: dict[str, list[Said]] = field(default_factory=dict)

    @classmethod
    def of(cls, leases: Iterable[Lease | SlotBooking]) -> "TaxDesk":
        """Read what was stated of the lessors of leases or slot bookings, and of the platform."""
        lessors = {lease.lessor_id for lease in leases}
        desk = cls({PLATFORM: []})
        desk._read(models.Q(organization__in=lessors) | models.Q(organization__kind="PLATFORM"))
        return desk

    def taxes(self, lease: Lease | SlotBooking, names: Iterable[str], day: date) -> Taxes:
        """Return how those who sell on a lease are taxed on a local day."""
        keys = {name: lease.lessor.public_id if name == OWNER else name for name in names}
        others = {key for name, key in keys.items() if name != OWNER} - self.said.keys()
        if others:
            self.said |= {key: [] for key in others}
            self._read(models.Q(organization__public_id__in=others))
        return {name: tax_on(self.said.get(key, ()), day) for name, key in keys.items()}

    def _read(self, wanted: models.Q) -> None:
        found = VatStatement.objects.filter(wanted).select_related("organization").order_by("pk")
        for one in found:
            keys = [one.organization.public_id]
            if one.organization.kind == OrganizationKind.PLATFORM:
                keys.append(PLATFORM)
            for key in keys:
                self.said.setdefault(key, []).append(one.value)
