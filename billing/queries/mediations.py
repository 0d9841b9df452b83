"""Disputed lines among what waits for the platform, and among what is open between two sides."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from billing.models import Invoice, LineDispute, LineMediation
from billing.rules.mediations import BOTH, OPEN, Side
from leasing.queries.mediation import Beside, Kind, Waiting
from leasing.queries.open_cases import OpenCase, Waits
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed

BESIDE = tuple(f"line__invoice__{one}" for one in ("seller", "buyer", "lease", "booking__equipment"))


def lines_to_mediate() -> Beside:
    """Return the disputed lines that wait for a proposal of the platform."""
    return Beside(rows=_rows, listed=_listed)


def line_cases(organization: Organization, user: User) -> list[OpenCase]:
    """Return the disputed lines of an organization, if the person's role there reads invoices."""
    if not allowed(user, Permission.INVOICE_READ, within=organization):
        return []
    sides = Q(line__invoice__seller=organization) | Q(line__invoice__buyer=organization)
    asked = LineMediation.objects.filter(dispute__line=OuterRef("line"))
    found = LineDispute.objects.freezing().filter(sides).annotate(was_mediated=Exists(asked))
    return [_case(one, organization) for one in found.select_related("mediation", *BESIDE)]


def _rows() -> QuerySet[Any]:
    return LineMediation.objects.to_propose().annotate(waits_since=F("asked_at"))


def _listed() -> list[Waiting]:
    found = LineMediation.objects.to_propose().with_parties()
    return [
        Waiting(
            Kind.LINE,
            one.public_id,
            str(one.invoice),
            _machine(one.invoice),
            one.invoice.seller,
            one.invoice.buyer,
            one.invoice.zone.key,
            one.asked_at,
        )
        for one in found
    ]


def _case(dispute: LineDispute, organization: Organization) -> OpenCase:
    """Return a dispute as its case before the platform, or as what its seller has to answer."""
    invoice = dispute.line.invoice
    sells = invoice.seller_id == organization.pk
    other = (invoice.buyer if sells else invoice.seller).name
    about = (str(invoice), _machine(invoice, organization), other, invoice.zone.key)
    case = getattr(dispute, "mediation", None)
    if case is None or case.state not in OPEN:
        waits = Waits.YOU if sells else Waits.OTHER
        about_it = (invoice.public_id, *about, dispute.raised_at, dispute.answer_by)
        return OpenCase(Kind.DISPUTE, waits, *about_it, may_be_mediated=_may_be_mediated(dispute))
    side = Side.SELLER if sells else Side.BUYER
    if case.proposed_at is None:
        return OpenCase(Kind.LINE, Waits.PLATFORM, case.public_id, *about, case.asked_at, case.due_at)
    waits = Waits.YOU if side in BOTH - case.accepted else Waits.OTHER
    return OpenCase(Kind.LINE, waits, case.public_id, *about, case.proposed_at, case.due_at)


def _may_be_mediated(dispute: Any) -> bool:
    """Tell whether the platform was not asked about the line yet, and can stand between the two."""
    invoice = dispute.line.invoice
    is_side = OrganizationKind.PLATFORM in (invoice.seller.kind, invoice.buyer.kind)
    return not (dispute.was_mediated or is_side or invoice.is_interest)


def _machine(invoice: Invoice, organization: Organization | None = None) -> str:
    """Return what the lease or the slot is of; who sells a service is not told the lease."""
    if invoice.booking is not None:
        return invoice.booking.equipment.name
    if invoice.lease is None or (organization and not invoice.is_told_the_lease(organization)):
        return ""
    return str(invoice.lease.terms["listing_title"])
