"""Correct what was issued: a run finds the difference of a billed period and issues notes over it."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from billing.actions import findings, invoice_rows, invoices, metering
from billing.actions.findings import Finding
from billing.models import (
    CorrectedDay,
    Correction,
    Invoice,
    InvoiceLine,
    InvoiceLineUsage,
    WindowSet,
)
from billing.queries.concessions import after_concessions, agreed_minor
from billing.queries.sellers import seller_name
from billing.rules.corrections import NO_BRAKE, Brake, Note
from billing.rules.reasons import Reason
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.actions.parties import robot
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotAllowed, NotPossible
from marketplace.shared.period import Period

logger = logging.getLogger(__name__)
CLOCK = "clock"  # in whose name notes of all sellers are issued once somebody approved them


class NotASeller(NotAllowed):
    """Only those who sell on the lease approve its notes."""

    code = "not_a_seller_of_the_lease"
    text = gettext_noop("Only the lessor of {lease} and the platform approve its notes.")


class CorrectionOvertaken(NotPossible):
    """Later facts made another correction of it, or none."""

    code = "correction_overtaken"
    text = gettext_noop("Later facts have changed this correction. Look at the newest one.")


@transaction.atomic
def correct(
    *, lease: Lease, period: Period, at: datetime, by: User, brake: Brake = NO_BRAKE
) -> Correction | None:
    """
    Bill a period again that is issued, and issue the difference as a note a seller on the original period.

    All versions then add up to the charge of all that is known now; a second run finds nothing and returns
    ``None``. Usage and terms are read once, under the lease's lock, and what was read is kept: the end of the
    period, the last arrival of each device, and the days that changed. What is more than the ``brake`` lets
    pass is drafted and waits for :func:`approve`; a later finding replaces it. What both sides agreed before
    the platform passes.

    :raises MissingRight: if ``by`` may not run invoices of lessor and platform
    :raises NotBilledYet: if not all invoices of the period are issued
    :raises PeriodNotOver: if the lease was made longer, and its period is not over
    :raises CreditAboveBilled: if a seller would give back more than it billed
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    at = after_concessions(at=at, lease=lease, period_start=period.start)
    originals = findings.originals_of(lease=lease, start=period.start)
    finding = findings.find(lease=lease, originals=originals, at=at)
    known = {seller_name(invoice=one, lease=lease) for one in originals}
    if {
        note.seller for note in finding.notes
    } - known:  # somebody sells now who had nothing to bill: that is an invoice, not a note
        for drafted in invoices.draft(lease=lease, period=finding.period, at=at, by=by):
            invoices.issue(invoice=drafted, at=at, by=by)
        originals = findings.originals_of(lease=lease, start=period.start)
        finding = findings.find(lease=lease, originals=originals, at=at)
    waiting = Correction.objects.waiting().filter(lease=lease, period_start=period.start).first()
    if waiting is not None and waiting.digest == finding.digest():
        return waiting
    if waiting is not None:
        _supersede(waiting)
    if not (finding.notes or finding.days or finding.reasons):
        return None
    return _write(lease, originals, finding, at=at, by=by, brake=brake)


@transaction.atomic
def approve(*, correction: Correction, within: Organization, by: User, at: datetime) -> Correction:
    """
    Let the notes that wait be issued, for one of the sellers; approving again changes nothing.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotASeller: if ``within`` is neither the lessor nor the platform
    :raises CorrectionOvertaken: if later facts have changed it
    """
    require(by, Permission.INVOICE_RUN, within=within)
    assert correction.lease_id is not None, "what is given back of a slot waits for nobody"
    lease = Lease.objects.locked().get(pk=correction.lease_id)
    if within.pk != lease.lessor_id and within.kind != OrganizationKind.PLATFORM:
        raise NotASeller(lease=lease.number)
    correction = Correction.objects.locked().get(pk=correction.pk)
    if correction.outcome == Correction.Outcome.NOTED:
        return correction
    if correction.outcome != Correction.Outcome.WAITING:
        raise CorrectionOvertaken
    correction.outcome = Correction.Outcome.NOTED
    correction.approved_at, correction.approved_by, correction.approved_for = at, by, within
    correction.save()
    audit.record(by=by, action="correction.approve", subject=correction.public_id, at=at, within=within)
    for note in correction.notes.order_by("pk"):
        invoices.issue(invoice=note, at=at, by=robot(name=CLOCK))
    return correction


def correct_due(
    *, lease: Lease, start: datetime, at: datetime, by: User, brake: Brake = NO_BRAKE
) -> Correction | None:
    """
    Meter a lease and correct one billed period; each step commits by itself.

    After a crash the next run goes on where this one stopped.

    Refusals are those of :func:`correct`.
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    for unit in lease.units.exclude(active_from=None):
        metering.meter_unit(unit=unit, at=at, by=by)
    made = correct(lease=lease, period=Period(start, None), at=at, by=by, brake=brake)
    plan = lease.agreed.price_plan
    if made is not None and (plan.has_term() or plan.remembered_meters()):
        _correct_later(lease, start, at=at, by=by, brake=brake)
    return made


def _correct_later(lease: Lease, start: datetime, *, at: datetime, by: User, brake: Brake) -> None:
    """Bill the periods behind a corrected one again: their price looks back at it."""
    behind = Invoice.objects.originals().issued().filter(lease=lease, period_start__gt=start)
    for later in sorted(set(behind.values_list("period_start", flat=True))):
        try:
            correct(lease=lease, period=Period(later, None), at=at, by=by, brake=brake)
        except NotPossible as refused:  # it is not all issued, or not over: it is billed right when it is
            logger.info("%s from %s is not corrected yet: %s", lease, later, refused)


def _supersede(waiting: Correction) -> None:
    """Take back what waits: its drafts go, and the next finding stands for it."""
    waiting.notes.all().delete()
    waiting.outcome = Correction.Outcome.SUPERSEDED
    waiting.save(update_fields=["outcome"])


def _write(
    lease: Lease, originals: Sequence[Invoice], finding: Finding, *, at: datetime, by: User, brake: Brake
) -> Correction:
    made = Correction.objects.create(
        lease=lease,
        period_start=originals[0].period_start,
        event_limit=finding.ends_at,
        arrivals=_arrivals(finding.sets),
        digest=finding.digest(),
        reasons=list(finding.reasons),
        recorded=[one.dump() for one in finding.facts],
        outcome=_outcome(lease, originals, finding, brake),
        made_at=at,
    )
    for day in finding.days:
        day.correction = made
    CorrectedDay.objects.bulk_create(finding.days)
    audit.record(
        by=by,
        action="correction.make",
        subject=made.public_id,
        at=at,
        within=lease.lessor,
        lease=lease.public_id,
        outcome=made.outcome,
        reasons=list(finding.reasons),
        gross_minor=sum(note.gross.minor for note in finding.notes),
    )
    of_seller = {seller_name(invoice=one, lease=lease): one for one in originals}
    drafted = [_draft(made, of_seller[note.seller], note, finding, at=at) for note in finding.notes]
    if made.outcome == Correction.Outcome.NOTED:
        for note in drafted:
            invoices.issue(invoice=note, at=at, by=by)
    return made


def _outcome(lease: Lease, originals: Sequence[Invoice], finding: Finding, brake: Brake) -> str:
    if not finding.notes:
        return Correction.Outcome.NOTHING
    billed = findings.billed_of(lease=lease, start=finding.period.start)
    stops = brake.stops(finding.notes, billed) and not _is_agreed(lease, originals, finding)
    return Correction.Outcome.WAITING if stops else Correction.Outcome.NOTED


def _is_agreed(lease: Lease, originals: Sequence[Invoice], finding: Finding) -> bool:
    """Tell whether all that changes is given back, and no more of a line than both sides agreed."""
    if set(finding.reasons) != {Reason.CONCEDED}:
        return False
    agreed = agreed_minor(lease=lease, start=originals[0].period_start)
    if agreed is None:
        return False
    sellers = {seller_name(invoice=one, lease=lease): one.seller_id for one in originals}
    return all(
        0 <= -line.net.minor <= agreed.get((sellers[note.seller], *line.key[1:]), 0)
        for note in finding.notes
        for line in note.lines
    )


def _arrivals(sets: Iterable[WindowSet]) -> dict[str, int]:
    """Return the last arrival of each device that the usage knows."""
    pks = [one.pk for one in sets]
    known = (
        WindowSet.objects.filter(pk__in=pks).order_by("device__public_id").values_list("device__public_id")
    )
    return dict(known.annotate(last=Max("arrival_hi")))


def _draft(
    correction: Correction, original: Invoice, note: Note, finding: Finding, *, at: datetime
) -> Invoice:
    """Write a note and its lines as a draft, after the last version that was issued."""
    issued = (
        Invoice.objects.of_periods()
        .issued()
        .filter(lease=original.lease_id, period_start=original.period_start, seller=original.seller_id)
    )
    last: int = issued.aggregate(last=Max("version"))["last"]
    made = Invoice.objects.create(
        lease=correction.lease,
        seller_id=original.seller_id,
        buyer_id=original.buyer_id,
        period_start=original.period_start,
        period_end=finding.ends_at,
        version=last + 1,
        kind=note.kind,
        corrects=original,
        correction=correction,
        currency=note.currency,
        net_minor=note.net.minor,
        tax_minor=note.tax.minor,
        gross_minor=note.gross.minor,
        digest=note.digest(one.digest for one in finding.sets),
        recorded=invoice_rows.recorded_for(seller=note.seller, facts=finding.facts),
        vat=original.vat,
        drafted_at=at,
    )
    lines = invoice_rows.note_lines(note=made, lines=note.lines)
    InvoiceLine.objects.bulk_create(lines)
    InvoiceLineUsage.objects.bulk_create(
        InvoiceLineUsage(line=line, window_set=one)
        for line in lines
        for one in finding.sets
        if line.meter == one.meter
    )
    invoices.write_facts(invoice=made, facts=finding.facts)
    return made
