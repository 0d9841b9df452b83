"""Turn the evidence of a leased machine into usage windows; what changed makes a new version of its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction

from billing.actions import bundle_files, window_sets
from billing.actions.chains import Chain, News
from billing.models import Checkpoint, MeteringPlan, Watermark, WindowSet
from billing.rules import metering as rules
from billing.rules.cutting import Span
from billing.rules.plans import Counting
from billing.rules.stretches import Evidence, Plan
from devices.models import Channel, Device, Head, changes_by_channel, meter_changes_of
from devices.ownership.actions import access
from devices.queries import EVERYTHING, Orders, Said, bindings_of, missing_orders, spans_of_arrivals
from devices.rules.readings import Refused, instant, moment
from leasing.models import LeaseUnit
from leasing.rules.canonical import digest
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.rules.count_rules import evidence_channels
from marketplace.shared.period import Period

MICROSECONDS = 1_000_000


@dataclass
class Run:
    """One look at a device for a unit: what was known, and what its chains of stretches found."""

    unit: LeaseUnit
    device: Device
    chains: Sequence[Chain]
    mark: Watermark | None
    arrival: int
    order: int
    at: datetime
    by: User

    @property
    def basis(self) -> str:
        """The fingerprint of all that decides what the evidence amounts to."""
        return digest([[chain.binding.pk, chain.basis] for chain in self.chains])

    @property
    def counting(self) -> Counting:
        """By what is counted, to be kept."""
        spoken = [chain.plan.within for chain in self.chains]
        meters = [rule.meter for rule in self.chains[0].plan.rules] if self.chains else []
        return Counting(spoken, meters, self.device.silence_limit_seconds, bundle_files.fingerprint())

    @property
    def is_news(self) -> bool:
        """Whether anything came, ended, or changed what counts, since the last run."""
        if self.mark is None:
            return self.arrival > 0
        if self.mark.arrival > self.arrival:  # another run saw more, between our look and now
            return False
        known = (self.mark.arrival, self.mark.basis)
        return known != (self.arrival, self.basis) or any(self._just_ended(chain) for chain in self.chains)

    def _just_ended(self, chain: Chain) -> bool:
        assert self.mark is not None
        return chain.plan.within.end is not None and (
            instant(self.mark.metered_at) < chain.plan.within.end <= instant(self.at)
        )


def meter_unit(*, unit: LeaseUnit, at: datetime, by: User) -> list[WindowSet]:
    """
    Bring the usage windows of a unit up to all that has arrived; return the new versions.

    Only readings inside the unit's time, made while the device was bound to its machine, are looked at: the
    first counter value inside is the baseline, and a state that began earlier is unknown until the first
    reading. A state that is open when that time is over ends at the last proof of life in it. A device
    without new arrivals costs one look at its head; new ones cost what they are, not what lies before them;
    late ones are folded again from the checkpoint before them. Doing it again changes nothing.

    Evidence is read before the transaction that keeps what was found; arrival numbers make that repeatable.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    :raises MeteringNotAllowed: if a count rule names a channel that is not evidence
    :raises RuleNotCounted: if a count rule asks for what is not counted yet
    """
    require(by, Permission.INVOICE_RUN, within=unit.lease.lessor)
    made: list[WindowSet] = []
    for device in _devices(_fresh(unit)):
        kept = None
        while kept is None:  # another run that was faster has come further, so this ends
            run = _look(_fresh(unit), device, at=at, by=by)
            if run is not None:
                kept = _keep(run) if run.is_news else []
        made += kept
    return made


def _fresh(unit: LeaseUnit) -> LeaseUnit:
    return LeaseUnit.objects.select_related("lease__lessor", "equipment").get(pk=unit.pk)


def _time(unit: LeaseUnit) -> Period | None:
    return (
        None if unit.active_from is None else Period(unit.active_from, unit.active_to or unit.lease.ends_at)
    )


def _devices(unit: LeaseUnit) -> list[Device]:
    time = _time(unit)
    bindings = [] if time is None else bindings_of(unit.equipment, time)
    return list(dict.fromkeys(binding.device for binding in bindings))


def _look(unit: LeaseUnit, device: Device, *, at: datetime, by: User) -> Run | None:
    """
    Find what changes; nothing is written, but that the door has logged what was read.

    None if another run came further in the midst of it: then its checkpoints already hold what is new here.
    """
    arrival = Head.objects.filter(device=device).values_list("arrivals", flat=True).first() or 0
    mark = Watermark.objects.filter(device=device, unit=unit).first()
    chains = _chains(unit, device, arrival, at=at, by=by)
    run = Run(unit, device, chains, mark, arrival, mark.order if mark else -1, at, by)
    if run.is_news:
        spans = spans_of_arrivals(device, after=mark.arrival if mark else 0, upto=arrival)
        news = News.of(spans, run.order)
        run.order = max([run.order, *(high for _, high in spans)])
        for chain in chains:
            end = chain.plan.within.end
            try:
                chain.bring_up(news, over=end is not None and end <= instant(at))
            except Refused:  # the same reading twice
                if _seen(Watermark.objects.filter(device=device, unit=unit).first()) == _seen(mark):
                    raise
                return None
    return run


def _chains(unit: LeaseUnit, device: Device, arrival: int, *, at: datetime, by: User) -> list[Chain]:
    """Return a chain for every binding by which the device spoke for the unit's machine in its time."""
    keys = set(Channel.objects.filter(device=device).values_list("key", flat=True))
    terms, time, found = unit.lease.agreed, _time(unit), []
    wanted = [rule for rule in terms.count_rules if rule.evidence_channels() <= keys]
    limit, changes = device.silence_limit_seconds, changes_by_channel(meter_changes_of(device))
    for binding in bindings_of(unit.equipment, time) if wanted and time else ():
        piece = time.intersect(Period(binding.period.lower, binding.period.upper)) if time else None
        if binding.device_id != device.pk or piece is None:
            continue
        span = Span(instant(piece.start), None if piece.end is None else instant(piece.end))
        plan = Plan(wanted, span, terms.zone, None if limit is None else limit * MICROSECONDS, changes)
        read = partial(_evidence, unit, device, plan, piece, arrival, at, by)
        last_number = partial(_last_number, unit, device, arrival, at, by)
        ends_here = time is not None and piece.end == time.end
        next_number = partial(_next_number, unit, device, arrival, at, by) if ends_here else None
        found.append(Chain(unit, binding, plan, read, last_number, next_number))
    return found


def _last_number(
    unit: LeaseUnit, device: Device, arrival: int, at: datetime, by: User, channel: str, before: int
) -> Said | None:
    return access.last_number_for_metering(
        device=device,
        channel=channel,
        before=before,
        upto_arrival=arrival,
        reference=unit.lease.public_id,
        by=by,
        at=at,
    )


def _next_number(
    unit: LeaseUnit, device: Device, arrival: int, at: datetime, by: User, channel: str, after: int
) -> Said | None:
    return access.next_number_for_metering(
        device=device,
        channel=channel,
        after=after,
        upto_arrival=arrival,
        reference=unit.lease.public_id,
        by=by,
        at=at,
    )


def _evidence(
    unit: LeaseUnit,
    device: Device,
    plan: Plan,
    period: Period,
    arrival: int,
    at: datetime,
    by: User,
    orders: Orders = EVERYTHING,
) -> Evidence:
    answer = access.read_for_metering(
        device=device,
        channels=sorted(evidence_channels(plan.rules)),
        period=period,
        upto_arrival=arrival,
        reference=unit.lease.public_id,
        by=by,
        at=at,
        orders=orders,
    )
    found = answer.evidence
    return Evidence(found.readings, found.trace, found.arrivals, missing_orders(device))


@transaction.atomic
def _keep(run: Run) -> list[WindowSet] | None:
    """Write down what a look found; return None if another run was faster."""
    locked = LeaseUnit.objects.select_for_update(of=("self",), no_key=True)
    unit = locked.select_related("lease__lessor").get(pk=run.unit.pk)
    mark = Watermark.objects.filter(device=run.device, unit=unit).first()
    if unit.active_to != run.unit.active_to or _seen(mark) != _seen(run.mark):
        return None
    for chain in run.chains:
        chain.write()
    MeteringPlan.keep(run.counting, device=run.device, unit=unit, at=run.at)
    made = _store(run)
    _mark(run)
    if made:
        audit.record(
            by=run.by,
            action="usage.meter",
            subject=unit.public_id,
            at=run.at,
            within=unit.lease.lessor,
            device=run.device.public_id,
            arrival=run.arrival,
            sets=len(made),
        )
    return made


def _seen(mark: Watermark | None) -> tuple[int, str, datetime] | None:
    return None if mark is None else (mark.arrival, mark.basis, mark.metered_at)


def _store(run: Run) -> list[WindowSet]:
    """Add a version of every day whose content is not that of its newest version."""
    rows = Checkpoint.objects.filter(device=run.device, unit=run.unit)
    touched: set[date] | None = None
    if run.mark is not None and run.mark.basis == run.basis and not any(one.is_redone for one in run.chains):
        touched = set[date]().union(*(chain.days for chain in run.chains))
    else:
        rows.exclude(binding__in=[chain.binding for chain in run.chains]).delete()
    return window_sets.compose(
        device=run.device, unit=run.unit, touched=touched, arrival=run.arrival, at=run.at
    )


def _mark(run: Run) -> None:
    Watermark.objects.update_or_create(
        device=run.device,
        unit=run.unit,
        defaults={
            "arrival": run.arrival,
            "order": run.order,
            "basis": run.basis,
            "rule_version": rules.VERSION,
            "active_to": run.unit.active_to,
            "event_limit": _event_limit(run),
            "metered_at": run.at,
        },
    )


def _event_limit(run: Run) -> datetime | None:
    known = [run.mark.event_limit] if run.mark is not None and run.mark.event_limit is not None else []
    heard = [moment(chain.latest) for chain in run.chains if chain.latest is not None]
    return max([*known, *heard], default=None)
