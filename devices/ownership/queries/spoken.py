"""Which devices spoke for a machine in a time."""

from devices.models import Device
from devices.ownership.models import Agreement
from marketplace.shared.period import Period


def spoke_for(agreement: Agreement, span: Period) -> list[tuple[Device, Period]]:
    """
    Return each device that spoke for the agreement's machine in a time, and when, in order.

    Time that was sub-let is the sub-lessee's.
    """
    own = span.without([one.span for one in agreement.below.all()])
    bindings = agreement.equipment.bindings.overlapping(span.start, span.end).select_related("device")
    found = (
        (one.device, one.span.intersect(time))
        for one in bindings.order_by("device", "period")
        for time in own
    )
    return [(device, time) for device, time in found if time is not None]
