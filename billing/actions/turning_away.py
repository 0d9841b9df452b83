"""Whoever has nothing to do with an invoice gets no evidence of it, and stands in the log of reads."""

from datetime import datetime

from billing.models import Invoice
from devices.ownership.actions import refusing
from devices.queries import bindings_of
from marketplace.models import Organization, User
from marketplace.shared.period import Period

PURPOSE = "billing"


def turn_away(*, public_id: str, by: User, within: Organization, at: datetime) -> None:
    """
    Write down, for each device behind an invoice, that ``within`` asked for what it said and got nothing.

    Call it when the invoice is not there for ``by``. Of an unknown id nothing is written.
    """
    invoice = Invoice.objects.filter(public_id=public_id).select_related("lease").first()
    if invoice is None or invoice.lease is None:  # behind a slot there is no device's word
        return
    for unit in invoice.lease.units.exclude(active_from=None).select_related("equipment").order_by("pk"):
        assert unit.active_from is not None
        time = Period(unit.active_from, unit.active_to or invoice.lease.ends_at)
        for binding in bindings_of(unit.equipment, time).select_related("device__owner"):
            asked = {"device": binding.device, "period": time, "channels": None, "purpose": PURPOSE}
            refusing.turn_away(**asked, by=by, within=within, at=at)  # type: ignore[arg-type]
