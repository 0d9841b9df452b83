"""The synthetic contract as it was metered and billed, beside what its machine is known to have done."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Sum

from billing.models import Invoice, InvoiceLine, SyntheticContract, Watermark, WindowSet
from billing.queries.totals import usage_sets
from billing.queries.usage import charge_of
from billing.rules.checks import Found
from billing.rules.counted import Counted
from billing.rules.synthetic import Work
from billing.rules.synthetic_periods import (
    ISSUED_WITHIN,
    METERED_WITHIN,
    MONTHS,
    SILENT_AT_MOST,
    Month,
    months,
    settled,
)
from billing.rules.synthetic_price import ZONE, owed, vat_of
from devices.models import Head
from marketplace.shared.period import Period, local_midnight

RUN_TIME, GOOD_PARTS = "run_time", "good_parts"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Lags:
    """
    How far behind the synthetic contract is; ``None`` where nothing is known yet.

    ``silent_for`` is how long its machine has not spoken, ``unmetered_for`` how long its newest delivery
    waits for metering, ``issued_after`` how long after the end of the last period and its grace the invoice
    was issued.
    """

    silent_for: timedelta
    unmetered_for: timedelta | None
    issued_after: timedelta | None


def metered(at: datetime) -> list[Found]:
    """Return the days of a meter of the synthetic machine of which something else was counted than it did."""
    return [found for one in _running() for found in _metered(one)]


def billed(at: datetime) -> list[Found]:
    """Return what the synthetic contract costs otherwise than it should, by month and component; fen."""
    return [found for one in _running() for found in _billed(one, at)]


def in_time(at: datetime) -> list[Found]:
    """Return what of the synthetic contract is late, in seconds: deliveries, metering, invoices."""
    return [found for one in _running() for found in _late(one, at)]


def lags_of(contract: SyntheticContract, at: datetime) -> Lags:
    """Return how far behind a contract is at a moment."""
    begun = contract.started_at
    over = [one for one in months(begun, at) if one.end + _grace(contract) <= at]
    issued = _issued_at(contract, over[-1]) if over else None
    return Lags(
        silent_for=max(at - contract.sent_to, timedelta(0)),
        unmetered_for=_unmetered(contract, at),
        issued_after=issued - over[-1].end - _grace(contract) if issued else None,
    )


def _running() -> Iterable[SyntheticContract]:
    return SyntheticContract.objects.running().select_related("lease__lessor", "device")


def _found(
    one: SyntheticContract, subject: str, expected: object, found: object, unit: str, **facts: str
) -> Found:
    return Found(
        f"{one.public_id}:{subject}",
        Decimal(str(expected)),
        Decimal(str(found)),
        unit,
        seller=one.lease.lessor_id,
        lease=one.lease_id,
        facts={"lease": one.lease.number, **facts},
    )


def _metered(one: SyntheticContract) -> Iterator[Found]:
    days = settled(one.started_at, one.sent_to)
    sets = WindowSet.objects.filter(unit__lease=one.lease, local_day__in=days).newest()
    counted = sets.order_by().values_list("meter", "local_day").annotate(Sum("quantity"))
    quantities = {(meter, day): quantity for meter, day, quantity in counted}
    for day in days:
        done = _work(one, day, day + DAY)
        sums = {RUN_TIME: sum(each.run_time for each in done), GOOD_PARTS: sum(each.parts for each in done)}
        for meter, expected in sums.items():
            quantity = quantities.get((meter, day), Decimal(0))
            if quantity != expected:
                named = {"meter": meter, "day": day.isoformat()}
                yield _found(one, f"{meter}:{day}", expected, quantity, meter, **named)


def _billed(one: SyntheticContract, at: datetime) -> Iterator[Found]:
    for month in list(months(one.started_at, at))[-MONTHS:]:
        issued = _issued_at(one, month)
        if issued is not None and month.end <= _all_sent(one):
            last = month.end.astimezone(ZONE).date()
            expected = owed(_of_month(one, month, last), share=month.share, final=True)
            seen, tax = _on_invoices(one, month)
            yield from _differing(
                one, month, expected | {"VAT": vat_of(expected.values())}, seen | {"VAT": tax}
            )
        elif issued is None and (days := [d for d in settled(one.started_at, one.sent_to) if _in(d, month)]):
            expected = owed(_of_month(one, month, days[-1] + DAY), share=month.share, final=False)
            yield from _differing(one, month, expected, _priced(one, month, days[-1]))


def _differing(
    one: SyntheticContract, month: Month, expected: Mapping[str, int], found: Mapping[str, int]
) -> Iterator[Found]:
    start = month.start.astimezone(ZONE).date().isoformat()
    for what in sorted(expected.keys() | found.keys()):
        pair = expected.get(what, 0), found.get(what, 0)
        if pair[0] != pair[1]:
            yield _found(one, f"{start}:{what}", *pair, "CNY", period=start, what=what)


def _on_invoices(one: SyntheticContract, month: Month) -> tuple[dict[str, int], int]:
    """Return by component what an invoice and its notes come to before tax, and their tax."""
    issued = Invoice.objects.of_periods().issued().filter(lease=one.lease, period_start=month.start)
    lines = InvoiceLine.objects.filter(invoice__in=issued)
    sums = lines.order_by().values_list("component").annotate(Sum("net_minor"), Sum("tax_minor"))
    rows = list(sums)
    return {component: int(net) for component, net, _ in rows}, sum(int(tax) for _, _, tax in rows)


def _priced(one: SyntheticContract, month: Month, last: date) -> dict[str, int]:
    """Return by component what the product makes of a month's use up to a day."""
    period = Period(month.start, month.end)
    sets = usage_sets(one.lease, period).filter(local_day__lte=last)
    charge = charge_of(one.lease, period, Counted.of(sets), final=False, facts=[])
    found: dict[str, int] = {}
    for line in charge.lines:
        found[line.component] = found.get(line.component, 0) + line.net.minor
    return found


def _late(one: SyntheticContract, at: datetime) -> Iterator[Found]:
    lags = lags_of(one, at)
    waits = {"deliveries": (lags.silent_for, SILENT_AT_MOST)}
    if lags.unmetered_for is not None:
        waits["metering"] = lags.unmetered_for, METERED_WITHIN
    for month in list(months(one.started_at, at))[-MONTHS:]:
        due = month.end + _grace(one)
        if due < at:
            start = month.start.astimezone(ZONE).date()
            waits[f"invoice of the period from {start}"] = (_issued_at(one, month) or at) - due, ISSUED_WITHIN
    for what, (found, most) in waits.items():
        if found > most:
            seconds = int(most.total_seconds()), int(found.total_seconds())
            yield _found(one, what, *seconds, "", what=what)


def _unmetered(one: SyntheticContract, at: datetime) -> timedelta | None:
    """Return how long the newest delivery waits for metering, or 0 if it was looked at."""
    head = Head.objects.filter(device=one.device).values_list("arrivals", "last_received_at").first()
    if head is None or not head[0]:
        return None
    marks = Watermark.objects.filter(device=one.device, unit__lease=one.lease)
    seen = marks.aggregate(arrival=Max("arrival"), at=Max("metered_at"))
    if (seen["arrival"] or 0) >= head[0]:
        return timedelta(0)
    return max(at - (seen["at"] or one.started_at), timedelta(0))


def _issued_at(one: SyntheticContract, month: Month) -> datetime | None:
    issued = Invoice.objects.issued().originals().filter(lease=one.lease, period_start=month.start)
    return issued.values_list("issued_at", flat=True).first()


def _grace(one: SyntheticContract) -> timedelta:
    return timedelta(hours=one.lease.agreed.grace_hours)


def _all_sent(one: SyntheticContract) -> datetime:
    days = settled(one.started_at, one.sent_to)
    return local_midnight(days[-1] + DAY, ZONE) if days else one.started_at


def _of_month(one: SyntheticContract, month: Month, until: date) -> list[Work]:
    return _work(one, month.start.astimezone(ZONE).date(), until)


def _work(one: SyntheticContract, first: date, until: date) -> list[Work]:
    edges = (int(local_midnight(day, ZONE).timestamp()) for day in (first, until))
    return list(one.machine.work(*edges))


def _in(day: date, month: Month) -> bool:
    return month.start.astimezone(ZONE).date() <= day < month.end.astimezone(ZONE).date()
