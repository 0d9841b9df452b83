"""The commission of a lease as it is billed: what was agreed, what its contract took, or what would apply."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.models import BookingTerms
from leasing.models import Lease
from leasing.queries.commission import Change, of_lease, service_vat
from leasing.rules.commission import EXAMPLE_MINOR, Cost, cost


class Basis(StrEnum):
    """Whence the rate of a lease is."""

    BOOKED = "BOOKED"  # invoices are booked by it, or it was agreed for this lease alone
    CONTRACT = "CONTRACT"  # its contract took it
    IN_FORCE = "IN_FORCE"  # a contract that is concluded on the day would take it
    NONE = "NONE"  # no commission is borne


@dataclass(frozen=True)
class Commission:
    """A share of the net rent, what it would be of 10,000.00, and what is known of days to come."""

    basis: Basis
    rate: Decimal
    vat_rate: Decimal
    cost: Cost
    changes: tuple[Change, ...] = ()


def commission_of(lease: Lease, *, on: date) -> Commission:
    """Return the commission of a lease on a day; the VAT is that of the platform's services on it."""
    vat_rate = service_vat(on)
    booked = BookingTerms.objects.filter(lease=lease).values_list("commission_rate", flat=True).first()
    if booked is not None:
        return _plain(Basis.BOOKED, booked, vat_rate)
    found = of_lease(lease, on=on, vat_rate=vat_rate)
    if found is None:
        return _plain(Basis.NONE, Decimal("0.00000"), vat_rate)
    basis = Basis.CONTRACT if found.is_contracted else Basis.IN_FORCE
    return Commission(basis, found.rate, vat_rate, found.cost, found.changes)


def _plain(basis: Basis, rate: Decimal, vat_rate: Decimal) -> Commission:
    return Commission(basis, rate, vat_rate, cost(net_minor=EXAMPLE_MINOR, rate=rate, vat_rate=vat_rate))
