"""
Invoice runs as the machine carries them out: lease by lease, each in a transaction of its own.

A crash loses at most the lease that was being worked on, and the next step goes on there. What one lease
lacks stops none of the others.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import invoices, metering, numbers, runs, slot_runs
from billing.actions.invoices import NotABillingPeriod
from billing.actions.run_problems import Problem, settle, unexpected
from billing.models import BillingFailure, Invoice, InvoiceRun, RunItem, RunPart
from billing.queries import (
    Last,
    changed_lines,
    digest_of_run,
    disputed_sellers,
    due_in,
    last_billed,
    late_periods,
    lease_flags,
    leases_of_run,
    objected_sellers,
    period_before,
    priced,
    unbilled_periods,
)
from billing.rules.run_preview import Flag, amount_flags, is_as_approved
from billing.rules.run_states import ItemState, RunState, ends_as
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import DomainError, NotPossible
from marketplace.shared.period import Period

CHUNK = 50
logger = logging.getLogger(__name__)


class RunLeaseChanged(NotPossible):
    """What would be billed is not what was approved."""

    code = "run_lease_changed"
    text = gettext_noop(
        "Usage, price or facts of this lease have changed since the preview. Look at it in the next run."
    )


class EarlierPeriodOpen(NotPossible):
    """Periods of a lease are billed in their order."""

    code = "run_earlier_period"
    text = gettext_noop("An earlier period of this lease is not billed. Settle that one first.")


def claim(*, run: InvoiceRun, at: datetime) -> bool:
    """Take the next step of a run that waits for the machine; ``False`` if somebody has it already."""
    waiting = InvoiceRun.objects.to_be_stepped(at).filter(pk=run.pk)
    return waiting.update(stepped_at=at) == 1


def step(*, run: InvoiceRun, at: datetime, by: User, most: int = CHUNK) -> bool:
    """
    Do the next leases of a run that waits for the machine; return whether there is more to do.

    Once a run has ended, or waits for people, nothing is done.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    """
    require(by, Permission.INVOICE_RUN, within=run.organization)
    InvoiceRun.objects.filter(pk=run.pk).update(stepped_at=at)
    run = InvoiceRun.objects.select_related("organization").get(pk=run.pk)
    if run.state == RunState.PREVIEWING:
        return look(run=run, at=at, by=by, most=most)
    if run.state in (RunState.APPROVED, RunState.RUNNING):
        return bill(run=run, at=at, by=by, most=most)
    return False


def look(*, run: InvoiceRun, at: datetime, by: User, most: int = CHUNK) -> bool:
    """
    Preview the next leases of a run: meter them, price what is due, write no invoice and take no number.

    What is due is what was when the run was ordered, however long the preview takes. A preview in which
    nothing can be billed ends the run as cancelled.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    """
    require(by, Permission.INVOICE_RUN, within=run.organization)
    leases = list(leases_of_run(run, run.made_at).filter(pk__gt=run.cursor)[:most])
    for lease in leases:
        periods = due_in(run, lease, run.made_at)
        _look_at(run, lease, periods, _metered(lease, at, by) if periods else None)
    if len(leases) == most or slot_runs.look(run=run, at=at, most=most):
        return True
    _previewed(run, at, by)
    return False


def bill(*, run: InvoiceRun, at: datetime, by: User, most: int = CHUNK) -> bool:
    """
    Bill the next leases of an approved run as they were approved; the rest is named, with the reason.

    Running it again issues nothing twice.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    """
    require(by, Permission.INVOICE_RUN, within=run.organization)
    _begin(run)
    waiting = (
        run.items.ready().exclude(lease=None).order_by("lease").values_list("lease", flat=True).distinct()
    )
    for lease in Lease.objects.filter(pk__in=list(waiting[:most])).order_by("pk"):
        problem = _metered(lease, at, by)
        if problem is None:
            problem = _tried(run, lease, at, by)
        if problem is not None:
            _fail(run, lease, problem, at)
    if not waiting.exists():
        slot_runs.bill(run=run, at=at, by=by, most=most)
    if run.items.ready().exists():
        return True
    _finish(run, at, by)
    return False


def _metered(lease: Lease, at: datetime, by: User) -> Problem | None:
    try:
        for unit in lease.units.all():
            metering.meter_unit(unit=unit, at=at, by=by)
    except DomainError as error:
        return Problem.of(error)
    except Exception as error:  # whatever it is, it stops this lease alone
        return unexpected(error=error, subject=lease)
    return None


@atomic
def _look_at(run: InvoiceRun, lease: Lease, periods: Sequence[Period], problem: Problem | None) -> None:
    """Write down what a lease would be billed, once, and that it was looked at."""
    run = InvoiceRun.objects.locked().select_related("organization").get(pk=run.pk)
    if run.state != RunState.PREVIEWING or run.cursor >= lease.pk:
        return  # another worker was faster, or somebody cancelled
    earlier: dict[datetime, dict[int, Last]] = {}
    state = ItemState.UNRATEABLE
    for period in periods:
        if problem is None:
            problem = _priced(run, lease, period, earlier)
        if problem is not None:
            _item(run, lease, period, state=state, **problem.columns())
            problem = Problem(EarlierPeriodOpen.code, EarlierPeriodOpen.text)
            state = ItemState.BLOCKED
    run.cursor, run.looked = lease.pk, run.looked + 1
    run.total = max(run.total, run.looked)
    run.save(update_fields=["cursor", "looked", "total"])


def _priced(
    run: InvoiceRun, lease: Lease, period: Period, earlier: dict[datetime, dict[int, Last]]
) -> Problem | None:
    """Write what one period would be billed, or say why it cannot be computed."""
    try:
        with transaction.atomic():
            _write(run, lease, period, earlier)
    except DomainError as error:
        return Problem.of(error)
    except Exception as error:  # whatever it is, it stops this lease alone
        return unexpected(error=error, subject=lease)
    return None


def _write(run: InvoiceRun, lease: Lease, period: Period, earlier: dict[datetime, dict[int, Last]]) -> None:
    rated = invoices.rate(lease=lease, period=period)
    issued = Invoice.objects.originals().issued().filter(lease=lease, period_start=period.start)
    done = set(issued.values_list("seller", flat=True))
    wanted = [one for one in rated.previews(lease) if one[0].pk not in done]
    earlier[period.start] = {
        seller.pk: Last(part.gross.minor, priced(part.lines)) for seller, part, _ in wanted
    }
    if not wanted:
        return
    before = period_before(lease, period)
    last = {}
    if before is not None:
        last = earlier.get(before.start) or last_billed(lease, before.start)
    item = _item(run, lease, period, flags=[str(flag) for flag in lease_flags(lease, period, rated.counted)])
    disputed, objected = disputed_sellers(lease), objected_sellers(lease, period)
    for seller, part, digest in wanted:
        was = last.get(seller.pk)
        last_gross = was.gross_minor if was else None
        flags = amount_flags(part.gross.minor, last_gross, is_first=before is None, percent=run.jump_percent)
        flags += [Flag.DISPUTED] if seller.pk in disputed else []
        flags += [Flag.OBJECTED] if seller.pk in objected else []
        RunPart.objects.create(
            item=item,
            seller=seller,
            currency=part.currency,
            net_minor=part.net.minor,
            tax_minor=part.tax.minor,
            gross_minor=part.gross.minor,
            last_gross_minor=last_gross,
            digest=digest,
            flags=[str(flag) for flag in flags],
            changes=changed_lines(was, part.lines),
        )


def _item(run: InvoiceRun, lease: Lease, period: Period, **columns: object) -> RunItem:
    end = period.start + period.duration()
    return RunItem.objects.create(run=run, lease=lease, period_start=period.start, period_end=end, **columns)


@transaction.atomic
def _previewed(run: InvoiceRun, at: datetime, by: User) -> None:
    run = InvoiceRun.objects.locked().select_related("organization").get(pk=run.pk)
    if run.state != RunState.PREVIEWING:
        return
    run.state, run.digest, run.total = RunState.PREVIEWED, digest_of_run(run), run.looked
    run.save(update_fields=["state", "digest", "total"])
    _note(run, "preview", by, at, items=run.items.count())
    if not run.items.ready().exists():  # nobody can approve it, and it would keep the next one out
        runs.cancel(run=run, at=at, by=by)


@transaction.atomic
def _begin(run: InvoiceRun) -> None:
    run = InvoiceRun.objects.locked().get(pk=run.pk)
    if run.state == RunState.APPROVED:
        run.state = RunState.RUNNING
        run.save(update_fields=["state"])


def _tried(run: InvoiceRun, lease: Lease, at: datetime, by: User) -> Problem | None:
    try:
        _bill_lease(run, lease, at, by)
    except Exception as error:  # also what the database refuses at the end of the transaction
        return unexpected(error=error, subject=lease)
    return None


@atomic
def _bill_lease(run: InvoiceRun, lease: Lease, at: datetime, by: User) -> None:
    """Bill what is ready of a lease, under its lock, in the order of its periods."""
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    if InvoiceRun.objects.get(pk=run.pk).state != RunState.RUNNING:
        return
    items = sorted(run.items.ready().locked().filter(lease=lease), key=lambda item: item.period_start)
    for item in items:
        try:
            with transaction.atomic():
                state = _bill_item(item, lease, at, by)
        except (RunLeaseChanged, NotABillingPeriod):
            settle(
                item=item,
                state=ItemState.CHANGED,
                at=at,
                problem=Problem(RunLeaseChanged.code, RunLeaseChanged.text),
            )
        except EarlierPeriodOpen as error:
            settle(item=item, state=ItemState.BLOCKED, at=at, problem=Problem.of(error))
        except DomainError as error:
            settle(item=item, state=ItemState.FAILED, at=at, problem=Problem.of(error))
        else:
            settle(item=item, state=state, at=at)
            BillingFailure.objects.filter(lease=lease).delete()


def _bill_item(item: RunItem, lease: Lease, at: datetime, by: User) -> ItemState:
    """
    Draft and issue one lease and period, if the drafts are those that were approved.

    :raises RunLeaseChanged: if they are not, or the period is held back by now, as that of a machine whose
        hand-over nobody has answered is
    :raises EarlierPeriodOpen: if the lease has an earlier period that is not billed
    """
    waiting = unbilled_periods(lease, at)
    if waiting and waiting[0].start < item.period_start:
        raise EarlierPeriodOpen
    parts = {part.seller_id: part for part in item.parts.all()}
    period = Period(item.period_start, item.period_end)
    drafted = invoices.draft(lease=lease, period=period, at=at, by=by)
    new = [one for one in drafted if one.status == Invoice.Status.DRAFT]
    if not new:
        return ItemState.ALREADY
    if period not in (*waiting, *late_periods(lease)):
        raise RunLeaseChanged
    found = {str(one.seller_id): one.digest for one in drafted if one in new or one.seller_id in parts}
    if not is_as_approved({str(seller): part.digest for seller, part in parts.items()}, found):
        raise RunLeaseChanged
    for one in sorted(new, key=lambda draft: numbers.place(seller=draft.seller)):
        part = parts[one.seller_id]
        part.invoice = invoices.issue(invoice=one, at=at, by=by)
        part.save(update_fields=["invoice"])
    return ItemState.BILLED


@transaction.atomic
def _fail(run: InvoiceRun, lease: Lease, problem: Problem, at: datetime) -> None:
    for item in run.items.ready().locked().filter(lease=lease):
        settle(item=item, state=ItemState.FAILED, at=at, problem=problem)


@transaction.atomic
def _finish(run: InvoiceRun, at: datetime, by: User) -> None:
    run = InvoiceRun.objects.locked().select_related("organization").get(pk=run.pk)
    if run.state != RunState.RUNNING:
        return
    states = list(run.items.values_list("state", flat=True))
    run.state, run.ended_at = ends_as(states), at
    run.save(update_fields=["state", "ended_at"])
    billed = states.count(ItemState.BILLED)
    _note(run, "finish", by, at, state=run.state, billed=billed, items=len(states))


def _note(run: InvoiceRun, verb: str, by: User, at: datetime, **facts: str | int) -> None:
    audit.record(
        by=by, action=f"invoice_run.{verb}", subject=run.public_id, at=at, within=run.organization, **facts
    )
