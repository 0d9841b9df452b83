"""Invoices as those read them who settle them: a few columns, and by public ids whom they name."""

from typing import Any, NamedTuple

from billing.models.invoices import InvoiceQuerySet

READ = (
    "pk",
    "public_id",
    "number",
    "currency",
    "gross_minor",
    "buyer_id",
    "buyer__public_id",
    "lease__public_id",
    "lease__lessor_id",
    "lease__lessor__public_id",
    "booking__lessor_id",
    "booking__lessor__public_id",
)


class Owed(NamedTuple):
    """
    An invoice or note with whom it names; minor units.

    ``payer`` and ``owner`` are keys of who owes it and of whose machine it is about, ``payer_id`` and
    ``owner_id`` their public ids, as ``lease_id`` is that of its lease, empty where it bills a slot.
    """

    pk: int
    public_id: str
    number: str
    currency: str
    gross_minor: int
    payer: int
    payer_id: str
    lease_id: str
    owner: int
    owner_id: str


def owed(invoices: InvoiceQuerySet) -> dict[int, Owed]:
    """Return invoices by their keys, in the order in which they are asked for."""
    return {row[0]: _owed(*row) for row in invoices.values_list(*READ)}


def _owed(
    key: int,
    public_id: str,
    number: str | None,
    currency: str,
    gross: int,
    payer: int,
    payer_id: str,
    lease: str | None,
    *owners: Any,
) -> Owed:
    """Return an invoice from its columns: of a booking, where there is one, is whose it is."""
    of_lease, id_of_lease, of_booking, id_of_booking = owners
    owner, owner_id = (of_booking, id_of_booking) if of_booking else (of_lease, id_of_lease)
    return Owed(key, public_id, number or "", currency, gross, payer, payer_id, lease or "", owner, owner_id)
