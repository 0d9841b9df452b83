"""Record meter tests: what people counted by hand beside what the meter counts; both sides see them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from billing.actions.reviews import NotASide
from billing.models import Acceptance
from billing.rules.acceptance import Measured, flaws_of, has_passed, measured
from billing.rules.cutting import Span
from billing.rules.metering import VERSION
from billing.rules.stretches import Evidence, Plan
from devices.models import Channel, Device, Head, changes_by_channel, meter_changes_of
from devices.models.holdings import WIDEST
from devices.ownership.actions import access
from devices.queries import bindings_of
from devices.rules.readings import Reading, instant
from leasing.models import LeaseUnit
from marketplace.actions import audit
from marketplace.actions.parties import robot
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.count_rules import CountRule
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period

MICROSECONDS = 1_000_000
METER_OF_RECORD = "clock"


class AcceptanceInvalid(Invalid):
    """The test cannot be right; ``flaws`` say where."""

    code = "acceptance_invalid"
    text = gettext_noop("This meter test has {count} faults.")


class NobodyCounts(NotPossible):
    """No device spoke for the machine all that time on the channels of the count rule."""

    code = "nobody_counts"
    text = gettext_noop(
        "No device spoke for {equipment} all through the test on the channels of the count rule."
    )


class TimeOfOthers(NotPossible):
    """In that time the machine was leased to somebody else."""

    code = "test_in_time_of_others"
    text = gettext_noop("{equipment} was leased to somebody else in that time. Test it in its own time.")


@dataclass(frozen=True)
class MeterTest:
    """A known use in [``start``, ``end``), ``expected`` by hand, in the unit of windows: time in seconds."""

    meter: str
    start: datetime
    end: datetime
    expected: Decimal
    tolerance: Decimal = Decimal(0)
    note: str = ""


def record(*, unit: LeaseUnit, test: MeterTest, within: Organization, by: User, at: datetime) -> Acceptance:
    """
    Compare what was counted by hand with what the meter of record counts; a later test takes its place.

    The evidence is read as metering reads it, through the door and logged, in its own transaction. A test may
    lie before the handover, where the channels are billing counters by their dictionary.

    :raises MissingRight: if ``by`` may not operate leases of ``within``
    :raises NotASide: if ``within`` is not a side of the lease
    :raises AcceptanceInvalid: with one flaw per wrong field
    :raises TimeOfOthers: if the machine was leased to somebody else then
    :raises NobodyCounts: if no device spoke for the machine all that time on the channels of the rule
    :raises MeteringNotAllowed: if a channel is no billing counter
    """
    require(by, Permission.LEASE_OPERATE, within=within)
    unit = LeaseUnit.objects.select_related("lease__lessor", "lease__lessee", "equipment").get(pk=unit.pk)
    if within.pk not in (unit.lease.lessor_id, unit.lease.lessee_id):
        raise NotASide(lease=unit.lease.number)
    rule = _rule(unit, test, at)
    device = _device(unit, rule, test)
    arrival = Head.objects.filter(device=device).values_list("arrivals", flat=True).first() or 0
    found = _count(unit, device, rule, test, arrival, at)
    return _keep(unit, device, test, found, arrival, within, by, at)


def _rule(unit: LeaseUnit, test: MeterTest, at: datetime) -> CountRule:
    rules = {rule.meter: rule for rule in unit.lease.agreed.count_rules}
    flaws = flaws_of(
        meter=test.meter,
        meters=list(rules),
        start=test.start,
        end=test.end,
        expected=test.expected,
        tolerance=test.tolerance,
        note=test.note,
        at=at,
    )
    if flaws:
        raise AcceptanceInvalid(flaws=flaws, count=len(flaws))
    return rules[test.meter]


def _device(unit: LeaseUnit, rule: CountRule, test: MeterTest) -> Device:
    """Return the device that spoke for the machine all the time of the test, if the time is the unit's."""
    others = LeaseUnit.objects.filter(equipment=unit.equipment, active_from__lt=test.end).exclude(pk=unit.pk)
    if others.annotate(over=Coalesce("active_to", "lease__ends_at")).filter(over__gt=test.start).exists():
        raise TimeOfOthers(equipment=unit.equipment.name)
    for binding in bindings_of(unit.equipment, Period(test.start, test.end)):
        start, end = binding.period.lower, binding.period.upper
        keys = set(Channel.objects.filter(device=binding.device).values_list("key", flat=True))
        is_whole = start <= test.start and (end is None or test.end <= end)
        if is_whole and rule.evidence_channels() <= keys:
            return binding.device
    raise NobodyCounts(equipment=unit.equipment.name)


def _count(
    unit: LeaseUnit, device: Device, rule: CountRule, test: MeterTest, arrival: int, at: datetime
) -> Measured:
    limit = device.silence_limit_seconds
    plan = Plan(
        [rule],
        Span(instant(test.start), instant(test.end)),
        unit.lease.agreed.zone,
        None if limit is None else limit * MICROSECONDS,
        changes_by_channel(meter_changes_of(device)),
    )
    as_meter: dict[str, Any] = {
        "reference": unit.lease.public_id,
        "by": robot(name=METER_OF_RECORD),
        "at": at,
    }
    found = access.read_for_metering(
        device=device,
        channels=sorted(rule.evidence_channels()),
        period=Period(test.start, test.end),
        upto_arrival=arrival,
        **as_meter,
    ).evidence
    counters = {rule.counter, rule.bad.channel if rule.bad and not rule.bad.words else None} - {None}
    first = min((one.sequence for one in found.readings), default=WIDEST - 1)
    before = []
    for channel in sorted(str(counter) for counter in counters):
        said = access.last_number_for_metering(
            device=device, channel=channel, before=first, upto_arrival=arrival, **as_meter
        )
        if said is not None and said.at < instant(test.start):
            before.append(Reading(said.order, said.at, said.channel, said.value))  # type: ignore[arg-type]
    return measured(plan, Evidence(found.readings, found.trace, found.arrivals), before)


@transaction.atomic
def _keep(
    unit: LeaseUnit,
    device: Device,
    test: MeterTest,
    found: Measured,
    arrival: int,
    within: Organization,
    by: User,
    at: datetime,
) -> Acceptance:
    made = Acceptance.objects.create(
        device=device,
        unit=unit,
        meter=test.meter,
        starts_at=test.start,
        ends_at=test.end,
        expected=test.expected,
        tolerance=test.tolerance,
        counted=found.counted,
        held=found.held,
        passed=has_passed(test.expected, found.counted, test.tolerance),
        arrival=arrival,
        rule_version=VERSION,
        note=test.note.strip(),
        organization=within,
        by=by,
        at=at,
    )
    audit.record(
        by=by,
        action="meter.test",
        subject=made.public_id,
        at=at,
        within=within,
        unit=unit.public_id,
        meter=made.meter,
        expected=format(test.expected, "f"),
        counted=format(found.counted, "f"),
        passed=made.passed,
    )
    return made
