"""Books and how leases are booked in them: opened and agreed once, then left as they are."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.models import Book, BookingTerms, Invoice
from billing.rules.journals import Settlement
from leasing.models import Lease, LeaseCommission
from leasing.queries.commission import BEFORE_CONTRACT
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

PLATFORM = "P"


class BookInvalid(Invalid):
    """The book cannot be opened like this; ``flaws`` say why."""

    code = "book_invalid"
    text = gettext_noop("The book cannot be opened like this. Mend what is marked.")


class CommissionInvalid(Invalid):
    """A commission is a share of the rent below one."""

    code = "commission_invalid"
    text = gettext_noop("A commission is at least 0 and less than 1, for example 0.10 for 10 %.")


class BookingTermsFrozen(NotPossible):
    """Invoices are booked by them already."""

    code = "booking_terms_frozen"
    text = gettext_noop("An invoice of {lease} is issued, so how it is booked stays as it is.")


class CommissionContracted(NotPossible):
    """The contract took the rate that was in force, so nobody sets another one."""

    code = "commission_contracted"
    text = gettext_noop("The contract of {lease} holds its commission already, so it stays as it is.")


class CommissionUncontracted(NotPossible):
    """The contract takes the rate in force when it is concluded, so nothing is agreed before."""

    code = "commission_uncontracted"
    text = gettext_noop("{lease} has no contract yet. It takes the commission in force when it is concluded.")


@atomic
def open_book(*, code: str, name: str, kind: str, organization: Organization, at: datetime, by: User) -> Book:
    """
    Open the book of a fund, a lender, or the platform; the same book again is the same book.

    :raises MissingRight: if ``by`` may not lock the books of the organization
    :raises BookInvalid: if there is no name, the kind is unknown, or the code is another organization's
    """
    require(by, Permission.BOOK_LOCK, within=organization)
    flaws = []
    if not code.isalnum() or len(code) > 12:
        flaws.append(Flaw("/code", "invalid", gettext_noop("A code has 1 to 12 letters and digits.")))
    if not name.strip():
        flaws.append(Flaw("/name", "required", gettext_noop("A book needs a name.")))
    if kind not in Book.Kind.values:
        flaws.append(
            Flaw("/kind", "unknown", gettext_noop("A book is the platform's, a fund's or a lender's."))
        )
    if Book.objects.filter(code=code).exclude(organization=organization, kind=kind).exists():
        flaws.append(Flaw("/code", "taken", gettext_noop("Another book has this code.")))
    if flaws:
        raise BookInvalid(flaws=flaws)
    book, made = _opened(code, name.strip()[:120], kind, organization, at)
    if made:
        audit.record(by=by, action="book.open", subject=code, at=at, within=organization)
    return book


@transaction.atomic
def platform_book(*, at: datetime) -> Book | None:
    """Return the book of the platform, opened at first use; ``None`` while no platform is registered."""
    found = Book.objects.filter(code=PLATFORM).select_related("organization").first()
    if found is not None:
        return found
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk").first()
    if platform is None:
        return None
    return _opened(PLATFORM, platform.name[:120], Book.Kind.PLATFORM, platform, at)[0]


def book_of(*, lessor: Organization, at: datetime) -> Book | None:
    """
    Return the book in which what is let by a lessor is booked: the platform's, of a synthetic one its own.

    ``None`` while no platform is registered, or a synthetic lessor has no book.
    """
    if lessor.is_synthetic:
        own = Book.objects.filter(organization=lessor).select_related("organization")
        return own.order_by("pk").first()
    return platform_book(at=at)


@atomic
def deposit_book(*, holder: Organization, at: datetime) -> Book:
    """Return the book in which the deposits that an organization holds stand, opened at first use."""
    if holder.kind == OrganizationKind.PLATFORM:
        book = platform_book(at=at)
        assert book is not None, "the platform is registered"
        return book
    facts = {"code": f"D{holder.pk}", "name": holder.name[:120], "opened_at": at}
    return Book.objects.get_or_create(organization=holder, kind=Book.Kind.LESSOR, defaults=facts)[0]


@atomic
def agree(*, lease: Lease, commission_rate: Decimal, at: datetime, by: User) -> BookingTerms:
    """
    Write down which commission the owner of a lease agreed to, between contract and first invoice.

    ``commission_rate`` is a share of the net rent: ``Decimal("0.10")`` for 10 %.

    :raises MissingRight: if ``by`` may not lock the books of the platform
    :raises CommissionInvalid: if the rate is below 0 or not below 1
    :raises CommissionUncontracted: if its contract is not concluded: that takes the rate in force
    :raises CommissionContracted: if the contract took a rate of the platform when it was concluded
    :raises BookingTermsFrozen: if an invoice of the lease is issued
    """
    lease = Lease.objects.locked().select_related("lessor").get(pk=lease.pk)
    book = platform_book(at=at)
    require(by, Permission.BOOK_LOCK, within=book.organization if book else lease.lessor)
    if not 0 <= commission_rate < 1:
        raise CommissionInvalid
    if lease.status in BEFORE_CONTRACT:
        raise CommissionUncontracted(lease=lease.number)
    if LeaseCommission.objects.filter(lease=lease).exists():
        raise CommissionContracted(lease=lease.number)
    if Invoice.objects.filter(lease=lease).issued().exists():
        raise BookingTermsFrozen(lease=lease.number)
    terms, _ = BookingTerms.objects.update_or_create(
        lease=lease,
        defaults={"settlement_model": settlement_of(lease=lease).value, "commission_rate": commission_rate},
    )
    audit.record(
        by=by,
        action="booking.agree",
        subject=lease.public_id,
        at=at,
        within=lease.lessor,
        commission_rate=str(commission_rate),
    )
    return terms


def settlement_of(*, lease: Lease) -> Settlement:
    """Return in whose name the rent of a lease is sold, from its terms and its lessor."""
    if lease.agreed.finance is not None:
        return Settlement.FINANCE_LEASE
    return settlement_of_lessor(lessor=lease.lessor)


def settlement_of_lessor(*, lessor: Organization) -> Settlement:
    """Return in whose name rent is sold that is no instalment: that of the platform, where it lets itself."""
    return Settlement.PRINCIPAL if lessor.kind == OrganizationKind.PLATFORM else Settlement.AGENT


def _opened(code: str, name: str, kind: str, organization: Organization, at: datetime) -> tuple[Book, bool]:
    facts = {"name": name, "kind": kind, "organization": organization, "opened_at": at}
    return Book.objects.get_or_create(code=code, defaults=facts)
