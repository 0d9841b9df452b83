"""
What machines did since their last maintenance, read on from where reading ended, through the one door.

It is read by the platform's right to meter, logged, for maintenance alone: what is billed is measured apart.
Late readings from before what was read already are not counted here.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from devices.models import Binding, Channel, Device
from devices.ownership.actions import access
from devices.queries import Orders, bindings_of
from devices.rules.cycles import CycleTerms
from devices.rules.increments import CYCLES, RUN, total
from devices.rules.quantities import VERSION, Fold, Terms
from leasing.models import MaintenanceMeter, MaintenanceRule
from leasing.rules.maintenance import METERED, PACE_OVER, Basis
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, ListingUnit, User
from marketplace.rules import count_rules
from marketplace.rules.count_rules import CountRule, InvalidCountRules
from marketplace.shared.period import Period

COUNTERS = "billing_counters"
MICROSECONDS_OF_AN_HOUR = 3_600_000_000
PLACES = Decimal("0.000001")


def counted_by(*, equipment: Equipment, basis: Basis) -> CountRule | None:
    """Return the rule of a machine's listing by which its hours or cycles are counted, if there is one."""
    unit = ListingUnit.objects.select_related("listing").filter(equipment=equipment).first()
    if unit is None:
        return None
    try:
        known = count_rules.parse(unit.listing.count_rules, agreed=True)
    except InvalidCountRules:
        return None
    return next((one for one in known if one.meter == basis.value.lower() and one.channel), None)


def measure(*, rule: MaintenanceRule, equipment: Equipment, by: User, at: datetime) -> None:
    """
    Read on what a machine did by a rule of hours or cycles, up to ``at``; nothing for others.

    Call it outside of any transaction: each reading is in the log before it is made. A second run at the same
    moment adds nothing, and of two runs at once one counts.
    """
    basis = Basis(rule.basis)
    counts = counted_by(equipment=equipment, basis=basis) if basis in METERED else None
    if counts is None or at <= rule.created_at:
        return
    for binding in bindings_of(equipment, Period(rule.created_at, at)):
        if is_counted(device=binding.device, counts=counts):
            _read_on(_meter(rule, binding, counts), counts, by, at)


def is_counted(*, device: Device, counts: CountRule) -> bool:
    """Tell whether the platform may read the channel in its own right, whoever leases the machine."""
    kept = {"category": COUNTERS, "retention": Channel.Retention.EVIDENCE}
    return Channel.objects.filter(device=device, key=counts.channel, **kept).exists()


def _meter(rule: MaintenanceRule, binding: Binding, counts: CountRule) -> MaintenanceMeter:
    since = max(rule.created_at, binding.span.start)
    given = {
        "equipment": binding.equipment,
        "counted_by": _digest(counts),
        "since": since,
        "upto": since,
        "pace_at": since,
        "next_at": since,
    }
    found, _ = MaintenanceMeter.objects.get_or_create(rule=rule, binding=binding, defaults=given)
    return found


def _read_on(meter: MaintenanceMeter, counts: CountRule, by: User, at: datetime) -> None:
    span = meter.binding.span
    end = at if span.end is None else min(at, span.end)
    if end <= meter.upto:
        return
    device = meter.binding.device
    fold = _fold(meter, counts, device)
    answer = access.read_for_metering(
        device=device,
        channels=[counts.channel],
        period=Period(meter.since, end),
        upto_arrival=None,
        reference=meter.rule.public_id,
        by=by,
        at=at,
        orders=Orders(fold.sequence + 1),
    )
    last = -1 if fold.life is None else fold.life.sequence
    readings = [one for one in answer.evidence.readings if one.sequence > fold.sequence]
    trace = [one for one in answer.evidence.trace if one.sequence > max(fold.sequence, last)]
    found = fold.feed(readings, trace).increments
    _add(meter, _amount(Basis(meter.rule.basis), found), fold.save(), _digest(counts), end)


def _fold(meter: MaintenanceMeter, counts: CountRule, device: Device) -> Fold:
    """Go on from where reading ended; after a change of the count rule, anew from there."""
    limit = device.silence_limit_seconds
    terms = Terms(
        execution=counts.channel,
        billable=frozenset(counts.states),
        silence=None if limit is None else limit * 1_000_000,
        cycles=CycleTerms(frozenset(counts.states)),
    )
    saved = meter.fold
    if saved is None:
        return Fold(terms)
    if saved["version"] != VERSION or meter.counted_by != _digest(counts):
        return Fold(terms, sequence=saved["sequence"])
    return Fold.resume(terms, saved)


def _amount(basis: Basis, found: list[Any]) -> Decimal:
    if basis is Basis.CYCLES:
        return Decimal(total(found, CYCLES))
    return (Decimal(total(found, RUN)) / MICROSECONDS_OF_AN_HOUR).quantize(PLACES)


@atomic
def _add(
    meter: MaintenanceMeter, amount: Decimal, fold: dict[str, Any], digest: dict[str, Any], upto: datetime
) -> None:
    """Add what was read, unless somebody read on from the same place meanwhile."""
    now = MaintenanceMeter.objects.select_for_update(no_key=True).get(pk=meter.pk)
    if now.upto != meter.upto:
        return
    now.total, now.fold, now.counted_by, now.upto = now.total + amount, fold, digest, upto
    if upto - now.next_at >= PACE_OVER:
        now.pace_total, now.pace_at = now.next_total, now.next_at
        now.next_total, now.next_at = now.total, upto
    now.save()


def _digest(counts: CountRule) -> dict[str, Any]:
    return {"channel": counts.channel, "states": list(counts.states)}
