"""What a billed period amounts to now, beside what its issued versions billed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from billing.actions import corrected_days
from billing.actions.invoices import PeriodNotOver
from billing.models import CorrectedDay, Correction, Invoice, InvoiceLine, LineDispute, WindowSet
from billing.queries import charged, facts_in, looked_at, periods_of, usage_sets
from billing.queries.sellers import seller_name
from billing.rules import corrections as rules
from billing.rules.corrections import Amounts, Billed, Note
from billing.rules.drafting import tax_day
from billing.rules.facts import Recorded
from billing.rules.reasons import Reason
from leasing.models import Lease
from leasing.rules.canonical import digest
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import OWNER, LineKey
from marketplace.rules.pricing.sellers import SellerTax
from marketplace.shared.errors import NotPossible
from marketplace.shared.money import Money
from marketplace.shared.period import Period


class NotBilledYet(NotPossible):
    """There is nothing to correct before all invoices of the period are issued."""

    code = "not_billed_yet"
    text = gettext_noop("The period from {start} is not billed yet, so there is nothing to correct.")


@dataclass(frozen=True)
class Finding:
    """What a billed period amounts to now: the notes, what they stand on, and why."""

    period: Period
    notes: Sequence[Note]
    sets: Sequence[WindowSet]
    days: Sequence[CorrectedDay]
    reasons: Sequence[str]
    facts: Sequence[Recorded] = ()

    @property
    def ends_at(self) -> datetime:
        """The end of the period as it is now."""
        return self.period.start + self.period.duration()

    def digest(self) -> str:
        """Return the fingerprint of it: a run that finds the same does nothing."""
        usage = [one.digest for one in self.sets]
        days = sorted(day.after_id for day in self.days)
        return digest({"notes": [note.digest(usage) for note in self.notes], "days": days})


def originals_of(*, lease: Lease, start: datetime) -> list[Invoice]:
    """
    Return the issued invoices of a billed period, one a seller.

    :raises NotBilledYet: if there are none, or not all are issued
    """
    known = Invoice.objects.originals().filter(lease=lease, period_start=start)
    found = list(known.select_related("seller").order_by("pk"))
    if not found or any(one.status != Invoice.Status.ISSUED for one in found):
        raise NotBilledYet(start=f"{start.astimezone(lease.agreed.zone):%Y-%m-%d}")
    return found


def find(*, lease: Lease, originals: Sequence[Invoice], at: datetime) -> Finding:
    """
    Return what a billed period of a locked lease amounts to now, less what was billed.

    :raises PeriodNotOver: if the lease was made longer, and its period is not over
    :raises CreditAboveBilled: if a seller would give back more than it billed
    """
    first = originals[0]
    start = first.period_start
    period = next((one for one in periods_of(lease, until=start) if one.start == start), None)
    sets = list(usage_sets(lease, period)) if period else []
    facts = facts_in(lease, period) if period else []
    asked = (
        charged(lease, period, sets, final=True, facts=facts)
        if period
        else Charge(first.currency, (), final=True)
    )
    period = period or first.period
    assert period.end is not None, "a billed period is closed"
    open_from = period.end + timedelta(hours=lease.agreed.grace_hours)
    if at < open_from:
        raise PeriodNotOver(from_at=f"{open_from.astimezone(lease.agreed.zone):%Y-%m-%d %H:%M}")
    notes = rules.notes(
        asked,
        billed_of(lease=lease, start=start),
        on=tax_day(first.period, lease.agreed.zone),
        conceded=_conceded(lease, start),
        taxes={seller_name(invoice=one, lease=lease): SellerTax.read(one.vat) for one in originals},
    )
    found = corrected_days.changed(lease=lease, start=start, sets=sets)
    days = corrected_days.days(lease=lease, found=found, drafted_at=first.drafted_at)
    reasons = _reasons(lease, first, period, notes, days)
    if _recorded_anew(lease, start, originals, facts):
        reasons = list(
            dict.fromkeys([*(one for one in reasons if one != Reason.OTHER), Reason.RECORDED.value])
        )
    return Finding(period, notes, sets, days, reasons, facts)


def _conceded(lease: Lease, start: datetime) -> dict[LineKey, Money]:
    """Return what the sellers gave back of disputed lines, by line."""
    disputes = (
        LineDispute.objects.of_periods()
        .conceded()
        .filter(line__invoice__lease=lease, line__invoice__period_start=start)
    )
    found: dict[LineKey, Money] = {}
    for one in disputes.select_related("line__invoice__seller").order_by("pk"):
        line = one.line
        key = LineKey(seller_name(invoice=line.invoice, lease=lease), line.component, line.tax_category)
        given = Money(one.conceded_minor, line.currency)
        found[key] = found[key] + given if key in found else given
    return found


def _reasons(
    lease: Lease, first: Invoice, period: Period, notes: Sequence[Note], days: Sequence[CorrectedDay]
) -> list[str]:
    """Name all that changed since the period was last looked at, each once."""
    looked = Correction.objects.standing().exclude(outcome=Correction.Outcome.WAITING)
    last = looked.filter(lease=lease, period_start=first.period_start).first()
    found = [one["reason"] for day in days for one in day.reasons]
    if period.end != (last.event_limit if last else first.period_end) or _vanished(lease, first, last):
        found.append(Reason.TERMS.value)
    given = (
        LineDispute.objects.of_periods()
        .conceded()
        .filter(line__invoice__lease=lease, line__invoice__period_start=first.period_start)
    )
    if (given.filter(decided_at__gt=last.made_at) if last else given).exists():
        found.append(Reason.CONCEDED.value)
    if notes and not found:
        found.append(Reason.OTHER.value)
    return list(dict.fromkeys(found))


def _recorded_anew(
    lease: Lease, start: datetime, originals: Sequence[Invoice], facts: Sequence[Recorded]
) -> bool:
    """Tell whether leasing recorded something of those who issued, or took it back, since the last look."""
    sellers = {seller_name(invoice=one, lease=lease) for one in originals}
    known = looked_at(lease).get(start, [])
    now = [one.dump() for one in facts if one.seller in sellers]
    return any(one not in known for one in now) or any(
        one not in now for one in known if one.get("seller", OWNER) in sellers
    )


def _vanished(lease: Lease, first: Invoice, last: Correction | None) -> bool:
    """Tell whether the lease turned out to have ended before the period, and nobody noted it yet."""
    is_gone = (lease.active_to or lease.ends_at) <= first.period_start
    return is_gone and (last is None or Reason.TERMS.value not in last.reasons)


def billed_of(*, lease: Lease, start: datetime) -> dict[LineKey, Billed]:
    """Return what all issued versions of a period billed so far, by line."""
    issued = Invoice.objects.of_periods().issued().filter(lease=lease, period_start=start)
    lines = InvoiceLine.objects.filter(invoice__in=issued)
    found: dict[LineKey, Billed] = {}
    for line in lines.select_related("invoice__seller").order_by("invoice__version", "position"):
        key = LineKey(seller_name(invoice=line.invoice, lease=lease), line.component, line.tax_category)
        amounts = Amounts(line.net_minor, line.tax_minor, line.quantity)
        known = found.get(key)
        total = known.amounts.plus(amounts) if known else amounts
        found[key] = Billed(total, line.kind, line.meter, line.unit)
    return found
