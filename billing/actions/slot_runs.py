"""Slot bookings in invoice runs: previewed as they would be billed, and billed as they were approved."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import slot_invoices
from billing.actions.run_problems import Problem, settle, unexpected
from billing.models import Invoice, InvoiceRun, RunItem, RunPart
from billing.queries import slots_of_run
from billing.rules.run_preview import is_as_approved
from billing.rules.run_states import ItemState, RunState
from leasing.models import SlotBooking
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.shared.errors import DomainError, NotPossible


class RunSlotChanged(NotPossible):
    """What would be billed is not what was approved."""

    code = "run_slot_changed"
    text = gettext_noop(
        "What is owed for this slot has changed since the preview. Look at it in the next run."
    )


def look(*, run: InvoiceRun, at: datetime, most: int) -> bool:
    """Preview the next slot bookings of a run; return whether there may be more; its caller asks rights."""
    found = list(slots_of_run(run, run.made_at)[:most])
    for booking in found:
        _look_at(run, booking)
    return len(found) == most


def bill(*, run: InvoiceRun, at: datetime, by: User, most: int) -> None:
    """Bill the next slot bookings of an approved run as they were approved; the rest is named, with why."""
    for item in run.items.ready().exclude(booking=None).select_related("booking").order_by("pk")[:most]:
        assert item.booking is not None
        try:
            _bill_one(run, item, item.booking, at, by)
        except Exception as error:  # also what the database refuses at the end of the transaction
            problem = unexpected(error=error, subject=item.booking)
            with transaction.atomic():
                for one in run.items.ready().locked().filter(pk=item.pk):
                    settle(item=one, state=ItemState.FAILED, at=at, problem=problem)


@atomic
def _look_at(run: InvoiceRun, booking: SlotBooking) -> None:
    run = InvoiceRun.objects.locked().select_related("organization").get(pk=run.pk)
    if run.state != RunState.PREVIEWING or run.items.filter(booking=booking).exists():
        return  # another worker was faster, or somebody cancelled
    try:
        with transaction.atomic():
            _write(run, booking)
    except DomainError as error:
        _item(run, booking, state=ItemState.UNRATEABLE, **Problem.of(error).columns())
    except Exception as error:  # whatever it is, it stops this booking alone
        _item(run, booking, state=ItemState.UNRATEABLE, **unexpected(error=error, subject=booking).columns())
    run.looked += 1
    run.total = max(run.total, run.looked)
    run.save(update_fields=["looked", "total"])


def _write(run: InvoiceRun, booking: SlotBooking) -> None:
    item = _item(run, booking)
    for seller, part in slot_invoices.preview(booking=booking):
        RunPart.objects.create(
            item=item,
            seller=seller,
            currency=part.currency,
            net_minor=part.net.minor,
            tax_minor=part.tax.minor,
            gross_minor=part.gross.minor,
            digest=part.digest(()),
        )


def _item(run: InvoiceRun, booking: SlotBooking, **columns: object) -> RunItem:
    edges = {"period_start": booking.starts_at, "period_end": booking.ends_at}
    return RunItem.objects.create(run=run, booking=booking, **edges, **columns)


@atomic
def _bill_one(run: InvoiceRun, item: RunItem, booking: SlotBooking, at: datetime, by: User) -> None:
    """Bill one booking, under its lock, unless somebody was faster."""
    booking = SlotBooking.objects.locked().select_related("lessor").get(pk=booking.pk)
    if InvoiceRun.objects.get(pk=run.pk).state != RunState.RUNNING:
        return
    found = run.items.ready().locked().filter(pk=item.pk).first()
    if found is None:
        return
    try:
        with transaction.atomic():
            state = _billed(found, booking, at, by)
    except RunSlotChanged as error:
        settle(item=found, state=ItemState.CHANGED, at=at, problem=Problem.of(error))
    except DomainError as error:
        settle(item=found, state=ItemState.FAILED, at=at, problem=Problem.of(error))
    else:
        settle(item=found, state=state, at=at)


def _billed(item: RunItem, booking: SlotBooking, at: datetime, by: User) -> ItemState:
    """
    Issue what was approved.

    :raises RunSlotChanged: if something else is owed by now
    """
    if Invoice.objects.filter(booking=booking).exists():
        return ItemState.ALREADY
    parts = {part.seller_id: part for part in item.parts.all()}
    issued = slot_invoices.bill(booking=booking, at=at, by=by)
    found = {str(one.seller_id): one.digest for one in issued}
    if not issued or not is_as_approved({str(key): part.digest for key, part in parts.items()}, found):
        raise RunSlotChanged
    for invoice in issued:
        part = parts[invoice.seller_id]
        part.invoice = invoice
        part.save(update_fields=["invoice"])
    return ItemState.BILLED
