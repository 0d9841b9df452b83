"""The doors for reading invoices: whole lists, and one by its id."""

from django.shortcuts import get_object_or_404

from billing.models import Invoice, InvoiceRun
from billing.models.invoices import InvoiceQuerySet
from billing.models.runs import InvoiceRunQuerySet
from leasing.models import Lease, SlotBooking
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, allowed


def readable_in(organization: Organization, user: User) -> InvoiceQuerySet:
    """Return the invoices of an organization; none if the person's role there does not read invoices."""
    if not allowed(user, Permission.INVOICE_READ, within=organization):
        return Invoice.objects.none()
    return Invoice.objects.of(organization)


def runs_in(organization: Organization, user: User) -> InvoiceRunQuerySet:
    """Return the invoice runs of an organization; none if the person's role there does not read invoices."""
    return InvoiceRun.objects.visible_to(user).filter(organization=organization)


def knows_lease(invoice: Invoice, user: User) -> bool:
    """Tell whether a reader of an invoice may know its lease: a service provider learns of none by it."""
    if invoice.lease_id is None:
        return False
    return invoice.is_of_lease or Lease.objects.visible_to(user).filter(pk=invoice.lease_id).exists()


def knows_booking(invoice: Invoice, user: User) -> bool:
    """Tell whether a reader of an invoice may open the page of the slot booking that it bills."""
    booking = invoice.booking_id
    return booking is not None and SlotBooking.objects.visible_to(user).filter(pk=booking).exists()


def readable(public_id: str, user: User) -> Invoice:
    """
    Return one invoice with its parties.

    :raises Http404: if no organization of ``user`` has to do with it
    :raises MissingRight: if one has, and the person's role does not include reading invoices
    """
    found = Invoice.objects.visible_to(user).with_parties().filter(public_id=public_id).first()
    if found is not None:
        return found
    hidden = get_object_or_404(Invoice.objects.known_to(user).with_parties(), public_id=public_id)
    mine = [side for side in (hidden.seller, hidden.buyer) if user.roles_in(side)]
    within = mine[0].name if mine else Organization.objects.of(user).earliest("pk").name
    raise MissingRight(organization=within, permission=str(Permission.INVOICE_READ))


def reads_cost(lease: Lease, user: User) -> bool:
    """Tell whether a reader of a lease may know what it costs: by the role on the own side, or elsewhere."""
    sides = [side for side in (lease.lessor, lease.lessee) if user.roles_in(side)]
    own = sides or list(Organization.objects.of(user).order_by("pk")[:1])
    return any(allowed(user, Permission.INVOICE_READ, within=one) for one in own)


def lease_with_books(public_id: str, user: User) -> Lease:
    """
    Return a lease whose invoices ``user`` may read.

    :raises Http404: if the lease is none of those that ``user`` sees
    :raises MissingRight: if no role of the person includes reading its invoices
    """
    visible = Lease.objects.visible_to(user).select_related("lessor", "lessee")
    lease = get_object_or_404(visible, public_id=public_id)
    mine = Organization.objects.of(user)
    own = [side for side in (lease.lessor, lease.lessee) if user.roles_in(side)] or list(
        mine.order_by("pk")[:1]
    )
    if not any(allowed(user, Permission.INVOICE_READ, within=one) for one in own):
        raise MissingRight(organization=own[0].name, permission=str(Permission.INVOICE_READ))
    return lease


def bill_reader(lease: Lease, user: User, acting: Organization) -> Organization:
    """
    Return for whom a person reads the bill of a lease: as whom they act, or the side that lets them read it.

    :raises MissingRight: if no such role includes reading invoices
    """
    sides = (lease.lessee, lease.lessor)
    is_inside = acting in sides or acting.kind == OrganizationKind.PLATFORM
    mine = [acting] if is_inside else [side for side in sides if user.roles_in(side)]
    for one in mine:
        if allowed(user, Permission.INVOICE_READ, within=one):
            return one
    raise MissingRight(organization=acting.name, permission=str(Permission.INVOICE_READ))
