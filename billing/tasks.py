"""Celery tasks: load by id, call one action."""

import logging
from datetime import datetime
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError

from billing import queries
from billing.actions import (
    batches,
    bookings,
    budgets,
    checks,
    corrected_days,
    corrections,
    deposit_bookings,
    dunning,
    fund_contributions,
    metering,
    overdue,
    provisional,
    red_letters,
    reviews,
    run_steps,
    sealing,
    slot_invoices,
    subsidy_grants,
    superseded,
    synthetic,
)
from billing.models import (
    Book,
    Budget,
    CheckFinding,
    DunningPolicy,
    Fund,
    InvoiceRun,
    RedLetter,
    ReviewItem,
    SubsidyProgramme,
    SyntheticContract,
)
from billing.queries.kept_indicators import keep_ahead
from billing.rules.checks import SYNTHETIC
from billing.rules.corrections import Brake
from leasing.models import Lease, LeaseUnit, SlotBooking
from marketplace.actions.parties import robot
from marketplace.models import Organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

CLOCK = "clock"
logger = logging.getLogger(__name__)


@shared_task
def meter_all(**kwargs: Any) -> None:
    """Queue the metering of every unit whose machine has reported something new."""
    for unit_id in queries.units_to_meter(clock.now()):
        meter_one.delay(unit_id=unit_id)


@shared_task
def meter_one(unit_id: int, **kwargs: Any) -> None:
    """Meter one unit."""
    unit = LeaseUnit.objects.select_related("lease__lessor").get(pk=unit_id)
    metering.meter_unit(unit=unit, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def bill_due(**kwargs: Any) -> None:
    """Queue the billing of every lease with a period that is over and not billed, some hundreds a task."""
    maybe = queries.maybe_due(clock.now())
    batches.forget(due=maybe)
    due = queries.billed_at_once(maybe)
    for start in range(0, len(due), settings.LEASES_BILLED_AT_ONCE):
        bill_some.delay(lease_ids=due[start : start + settings.LEASES_BILLED_AT_ONCE])


@shared_task
def bill_some(lease_ids: list[int], **kwargs: Any) -> None:
    """Meter, draft and issue what leases owe."""
    mine = queries.billed_at_once(lease_ids)  # somebody may have chosen runs since they were queued
    batches.bill_and_keep(leases=mine, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def keep_indicators(**kwargs: Any) -> None:
    """Add up what the platform is about to see of the indicators, so that nobody waits for it."""
    keep_ahead(now=clock.now())


@shared_task
def tell_bills(**kwargs: Any) -> None:
    """Queue every lease with a period that is over and not billed, to tell its lessee of the bill."""
    for lease_id in queries.maybe_provisional(clock.now()):
        tell_bill.delay(lease_id=lease_id)


@shared_task
def tell_bill(lease_id: int, **kwargs: Any) -> None:
    """Tell a lessee of the bills that are to be issued."""
    lease = Lease.objects.select_related("lessor", "lessee").get(pk=lease_id)
    provisional.notify_lessee(lease=lease, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def bill_slots(**kwargs: Any) -> None:
    """Queue every slot booking that is to be billed, or of which something is to be given back."""
    for booking_id in queries.slots_to_bill(clock.now()):
        bill_slot.delay(booking_id=booking_id)
    for booking_id in queries.slots_to_correct():
        correct_slot.delay(booking_id=booking_id)


@shared_task
def bill_slot(booking_id: int, **kwargs: Any) -> None:
    """Bill one slot booking, unless somebody chose runs since it was queued."""
    booking = SlotBooking.objects.select_related("lessor").get(pk=booking_id)
    if not queries.is_slot_left_to_runs(booking):
        slot_invoices.bill(booking=booking, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def correct_slot(booking_id: int, **kwargs: Any) -> None:
    """Give back what is owed no more of one slot booking."""
    booking = SlotBooking.objects.select_related("lessor").get(pk=booking_id)
    slot_invoices.correct(booking=booking, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def step_runs(**kwargs: Any) -> None:
    """Queue every invoice run that waits for the machine, also one whose worker was lost."""
    at = clock.now()
    for run in InvoiceRun.objects.to_be_stepped(at):
        if run_steps.claim(run=run, at=at):
            step_run.delay(run_id=run.pk)


@shared_task
def step_run(run_id: int, **kwargs: Any) -> None:
    """Do the next leases of an invoice run, and queue what is left."""
    run = InvoiceRun.objects.select_related("organization").get(pk=run_id)
    if run_steps.step(run=run, at=clock.now(), by=robot(name=CLOCK)):
        step_run.delay(run_id=run_id)


@shared_task
def correct_due(**kwargs: Any) -> None:
    """Queue a look at every lease of which a billed period may have to be corrected."""
    for lease_id in corrected_days.candidates(at=clock.now(), look_back=settings.CORRECTIONS_LOOK_BACK):
        look_again.delay(lease_id=lease_id)


@shared_task
def look_again(lease_id: int, **kwargs: Any) -> None:
    """Queue the correction of every billed period of a lease whose usage changed and is settled again."""
    lease = Lease.objects.select_related("lessor").get(pk=lease_id)
    for start in corrected_days.due_of(lease=lease, at=clock.now(), by=robot(name=CLOCK)):
        correct_one.delay(lease_id=lease_id, start=start.isoformat())


@shared_task
def correct_one(lease_id: int, start: str, **kwargs: Any) -> None:
    """Correct one billed period of a lease."""
    lease = Lease.objects.select_related("lessor", "lessee").get(pk=lease_id)
    brake = Brake(**settings.CORRECTION_BRAKE)
    corrections.correct_due(
        lease=lease,
        start=datetime.fromisoformat(start),
        at=clock.now(),
        by=robot(name=CLOCK),
        brake=brake,
    )


@shared_task
def close_reviews(**kwargs: Any) -> None:
    """Queue every review item whose time is over."""
    for item_id in queries.reviews_due(clock.now()):
        close_review.delay(item_id=item_id)


@shared_task
def close_review(item_id: int, **kwargs: Any) -> None:
    """Let the contract's rule decide one item."""
    item = ReviewItem.objects.select_related("unit__lease__lessor").get(pk=item_id)
    reviews.close_due(item=item, by=robot(name=CLOCK), at=clock.now())


@shared_task
def lapse_red_letters(**kwargs: Any) -> None:
    """Queue every red letter that nobody confirmed within its 72 hours."""
    for letter_id in RedLetter.objects.due(clock.now()).order_by("pk").values_list("pk", flat=True):
        lapse_red_letter.delay(letter_id=letter_id)


@shared_task
def lapse_red_letter(letter_id: int, **kwargs: Any) -> None:
    """Void one red letter."""
    letter = RedLetter.objects.select_related("note__seller").get(pk=letter_id)
    red_letters.lapse(letter=letter, by=robot(name=CLOCK), at=clock.now())


@shared_task
def purge_superseded(**kwargs: Any) -> None:
    """Let go of versions of days that nothing stands on."""
    superseded.purge(keep=settings.SUPERSEDED_WINDOWS_KEPT, at=clock.now())


@shared_task
def seal_books(**kwargs: Any) -> None:
    """Seal what was posted to each book, all of it."""
    for book in Book.objects.select_related("organization").order_by("pk"):
        while sealing.seal(book=book, at=clock.now(), by=robot(name=CLOCK)) >= sealing.AT_ONCE:
            continue


@shared_task
def book_missing(**kwargs: Any) -> None:
    """Book invoices that were issued, and movements of deposits, that no journal names."""
    bookings.catch_up(at=clock.now(), by=robot(name=CLOCK))
    deposit_bookings.catch_up(at=clock.now(), by=robot(name=CLOCK))


@shared_task
def check_books(**kwargs: Any) -> None:
    """Run the standing checks; without a platform there is nobody to run them for."""
    try:
        checks.run(at=clock.now(), by=robot(name=CLOCK))
    except checks.NobodyToCheckFor:
        logger.info("no platform is registered: nothing is checked")


@shared_task
def speak_synthetic(**kwargs: Any) -> None:
    """Deliver what the synthetic machine has said since the last time; nothing while no contract runs."""
    synthetic.deliver(at=clock.now(), by=robot(name=CLOCK))


@shared_task
def check_synthetic(**kwargs: Any) -> None:
    """Compare the synthetic contract with what its machine did; what differs is an error in the log."""
    if not SyntheticContract.objects.running().exists():
        return
    checks.run(at=clock.now(), by=robot(name=CLOCK), only=SYNTHETIC)
    for one in CheckFinding.objects.standing().filter(code__in=SYNTHETIC).order_by("pk"):
        logger.error("check %s: %s", one.code, one.about)


@shared_task
def remind_all(**kwargs: Any) -> None:
    """Queue the reminders of every seller that has a policy for them."""
    sellers = DunningPolicy.objects.order_by().values_list("seller", flat=True).distinct()
    for seller_id in sorted(sellers):
        remind_one.delay(seller_id=seller_id)


@shared_task
def remind_one(seller_id: int, **kwargs: Any) -> None:
    """Write the letters of one seller that are due today."""
    seller = Organization.objects.get(pk=seller_id)
    dunning.run(seller=seller, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def assess_funds(**kwargs: Any) -> None:
    """Work out what issued invoices contribute to funds."""
    for fund in Fund.objects.select_related("book__organization"):
        within = fund.book.organization
        fund_contributions.assess(fund=fund, within=within, by=robot(name=CLOCK), at=clock.now())


@shared_task
def assess_subsidies(**kwargs: Any) -> None:
    """Work out what programmes bear of issued invoices, the oldest programme first."""
    for programme in SubsidyProgramme.objects.select_related("operator").order_by("pk"):
        try:
            subsidy_grants.assess(
                programme=programme, within=programme.operator, by=robot(name=CLOCK), at=clock.now()
            )
        except (DomainError, DatabaseError):
            logger.exception("programme %s is not looked at", programme.public_id)


@shared_task
def watch_budgets(**kwargs: Any) -> None:
    """Queue a look at every budget of which use was metered or billed since the last one."""
    for budget_id in queries.budgets_to_watch(clock.now()):
        watch_budget.delay(budget_id=budget_id)


@shared_task
def watch_budget(budget_id: int, **kwargs: Any) -> None:
    """Look at one budget, and tell its side what came about."""
    budget = Budget.objects.select_related("organization").get(pk=budget_id)
    budgets.look(budget=budget, at=clock.now(), by=robot(name=CLOCK))


@shared_task
def tell_overdue(**kwargs: Any) -> None:
    """Tell programs of invoices that are open after their due day."""
    overdue.tell(at=clock.now())
