"""Lock what an invoice bills, as all do who change what it amounts to: a lease or a slot booking."""

from billing.models import Invoice
from leasing.models import Lease, SlotBooking


def lock(*, invoice: Invoice) -> None:
    """Lock the lease or the slot booking of an invoice; call it inside a transaction, before the invoice."""
    if invoice.booking_id is not None:
        SlotBooking.objects.locked().get(pk=invoice.booking_id)
    else:
        Lease.objects.locked().get(pk=invoice.of_lease.pk)
