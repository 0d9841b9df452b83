"""
Look each night whether machines give more alarms than they used to, and tell their owners.

Alarms are read as the owner reads them, through the one door and by its own rights: of a leased machine those
are the windows around severe alarms. Where a part of the time is closed to it, it is told nothing. Run time
is the platform's own measure.
"""

from collections.abc import Iterator
from datetime import date, datetime

from devices.models import Binding, Channel
from devices.ownership.actions import access
from devices.ownership.actions.access import Answer, RightsChanged
from devices.ownership.actions.alarms import TooManyAlarms
from devices.ownership.rules import alarms
from devices.queries import bindings_of
from devices.rules.increments import RUN
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import moment
from leasing.actions.maintenance_meters import counted_by, is_counted
from leasing.models import HealthWarning
from leasing.queries.maintenance import zone
from leasing.rules import health
from leasing.rules.health import Rates
from leasing.rules.maintenance import Basis
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, User
from marketplace.permissions import MissingRight
from marketplace.rules.count_rules import CountRule
from marketplace.rules.notifications import Kind
from marketplace.shared.period import Period

PURPOSE = "maintenance_planning"
CONDITION = "machine_condition"


def look(*, equipment: Equipment, by: User, at: datetime) -> list[HealthWarning]:
    """
    Compare the alarms of a machine in the day before ``at`` with those before, device by device; return what
    is new.

    A second look on the same local day finds nothing new. Call it outside of any transaction: what is read
    is in the log first.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=equipment.owner.name)
    counts = counted_by(equipment=equipment, basis=Basis.RUN_TIME)
    if counts is None:
        return []
    day = at.astimezone(zone()).date()
    found = []
    for binding in bindings_of(equipment, health.spans(at)[0]):
        known = _known(binding, day)
        if not known and is_counted(device=binding.device, counts=counts):
            found += _look_at(binding, counts, by, at)
    return found


def _known(binding: Binding, day: date) -> bool:
    kind = HealthWarning.Sign.ALARM_RATE
    return HealthWarning.objects.filter(device=binding.device, kind=kind, day=day).exists()


def _look_at(binding: Binding, counts: CountRule, by: User, at: datetime) -> list[HealthWarning]:
    last, before = health.spans(at)
    period = Period(before.start, last.end).intersect(binding.span)
    keys = list(
        binding.device.channels.filter(kind=Channel.Kind.CONDITION, category=CONDITION).values_list(
            "key", flat=True
        )
    )
    if period is None or not keys:
        return []
    try:
        answer = access.read(
            device=binding.device,
            channels=keys,
            period=period,
            purpose=PURPOSE,
            by=by,
            within=binding.device.owner,
            at=at,
        )
    except (TooManyAlarms, RightsChanged):  # the next night looks again
        return []
    if not all(one.permits for one in answer.rulings):
        return []
    rates = health.rates(at, _begun(answer), _runs(binding, counts, period, by, at))
    return _warn(binding, rates, answer.event, at) if rates.warns else []


def _begun(answer: Answer) -> list[datetime]:
    """Return when alarms began, of what was handed out reading by reading."""
    said = [
        found
        for one in answer.series
        for when, value in one.points
        if (found := alarms.alarm(one.channel, when, value)) is not None
    ]
    return [moment(one) for one in alarms.begun(said)]


def _runs(binding: Binding, counts: CountRule, period: Period, by: User, at: datetime) -> Iterator[Period]:
    device = binding.device
    answer = access.read_for_metering(
        device=device,
        channels=[counts.channel],
        period=period,
        upto_arrival=None,
        reference=binding.equipment.public_id,
        by=by,
        at=at,
    )
    limit = device.silence_limit_seconds
    silence = None if limit is None else limit * 1_000_000
    fold = Fold(Terms(execution=counts.channel, billable=frozenset(counts.states), silence=silence))
    found = fold.feed(answer.evidence.readings, answer.evidence.trace).increments
    for one in [*found, *fold.close()]:
        if one.meter == RUN:
            yield Period(moment(one.start), moment(one.end))


@atomic
def _warn(binding: Binding, rates: Rates, event: str, at: datetime) -> list[HealthWarning]:
    """Keep a warning and tell the owner; nothing if somebody was faster."""
    given = {
        "equipment": binding.equipment,
        "alarms": rates.alarms,
        "seconds": rates.seconds,
        "alarms_before": rates.alarms_before,
        "seconds_before": rates.seconds_before,
        "event": event,
        "found_at": at,
    }
    day, kind = at.astimezone(zone()).date(), HealthWarning.Sign.ALARM_RATE
    made, is_new = HealthWarning.objects.get_or_create(
        device=binding.device, kind=kind, day=day, defaults=given
    )
    if not is_new:
        return []
    facts = {
        "machine": binding.equipment.name,
        "alarms": str(rates.alarms),
        "rate": f"{rates.rate}",
        "mean": f"{rates.rate_before}",
    }
    link = f"/equipment/{binding.equipment.public_id}/maintenance/"
    owner = [binding.equipment.owner]
    notifications.notify(kind=Kind.HEALTH_WARNING, to=owner, facts=facts, at=at, link=link)
    return [made]
