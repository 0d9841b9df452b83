"""Invoice runs as people steer them: order a preview, leave leases out, approve as another person, cancel."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from billing.models import InvoiceRun, RunItem
from billing.models.runs import LONGEST_REASON
from billing.queries import (
    digest_of_run,
    leases_of_run,
    others_who_approve,
    sells_for_all,
    slots_of_run,
)
from billing.rules.run_preview import JUMP_PERCENT, MOST_PERCENT
from billing.rules.run_states import ItemState, RunState, may_become, needs_second
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

MOST_LEASES = 1000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
REQUIRED = gettext_noop("This must be recorded with the step.")


class RunInvalid(Invalid):
    """The run cannot be ordered or changed like this; ``flaws`` say where."""

    code = "run_invalid"
    text = gettext_noop("The invoice run cannot be made like this. Mend what is marked.")


class RunOpen(NotPossible):
    """An organization has one run at a time, so that nothing stands in two previews."""

    code = "run_open"
    text = gettext_noop("There is an invoice run that has not ended. Finish or cancel it first.")


class RunNotThere(NotPossible):
    """The run is in another state, so this step is not possible."""

    code = "run_not_there"
    text = gettext_noop(
        "This invoice run is in the state {state}, so this is not possible. Look at it again."
    )


class RunSeenOtherwise(NotPossible):
    """What is approved is not what the preview is."""

    code = "run_seen_otherwise"
    text = gettext_noop("The preview is another one than you state. Look at it again, and approve that.")


class RunEmpty(NotPossible):
    """Nothing stands in the run that could be billed."""

    code = "run_empty"
    text = gettext_noop("There is nothing to bill in this run. Cancel it, or put back what was left out.")


class SamePersonApprovesRun(NotAllowed):
    """Who ordered a run does not approve it, where somebody else can."""

    code = "same_person_approves_run"
    text = gettext_noop("You ordered this run. Another person of your organization has to approve it.")


class NotInThatState(NotPossible):
    """The lease is left out already, or cannot be billed at all."""

    code = "run_item_not_there"
    text = gettext_noop("This lease is in the state {state} in the run, so this is not possible.")


@transaction.atomic
def start(
    *,
    organization: Organization,
    cut_off: datetime,
    at: datetime,
    by: User,
    only: Sequence[str] = (),
    jump_percent: int = JUMP_PERCENT,
) -> InvoiceRun:
    """
    Order a preview of all periods that ended by ``cut_off``, with their grace by now, and are not billed.

    ``only`` are public ids of leases, if not all. Amounts that move by more than ``jump_percent`` are
    flagged. The preview is made by :func:`billing.actions.run_steps.look`.

    :raises MissingRight: if ``by`` may not run invoices of ``organization``
    :raises RunInvalid: if the cut-off is to come or long over, a lease is not one of those, or the percent
        is none
    :raises RunOpen: if another run of the organization has not ended
    """
    require(by, Permission.INVOICE_RUN, within=organization)
    named = list(dict.fromkeys(only))
    flaws = _flaws(organization, cut_off, named, jump_percent, at)
    if flaws:
        raise RunInvalid(flaws=flaws)
    run = InvoiceRun(
        organization=organization,
        cut_off=cut_off,
        only=named,
        jump_percent=jump_percent,
        maker=by,
        made_at=at,
    )
    run.total = leases_of_run(run, at).count() + slots_of_run(run, at).count()
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise RunOpen from error
    _note(run, "start", by, at, cut_off=cut_off.isoformat(), leases=len(named))
    return run


@transaction.atomic
def leave_out(*, item: RunItem, reason: str, at: datetime, by: User) -> InvoiceRun:
    """
    Leave a lease out of a run, with all its periods there; the next run finds it again.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    :raises RunInvalid: if no reason is given, or a longer one than 500 characters
    :raises RunNotThere: if the preview is not ready, or is approved
    :raises NotInThatState: if it is left out, or cannot be billed anyway
    """
    require(by, Permission.INVOICE_RUN, within=item.run.organization)
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise RunInvalid(flaws=[Flaw("/reason", "required", REQUIRED)])
    run = _locked(item.run)
    found = _of_lease(run, item, ItemState.READY)
    RunItem.objects.filter(pk__in=found).update(state=ItemState.LEFT_OUT, reason=said, left_out_by=by)
    return _seen_anew(run, "leave_out", by, at, lease=item.subject.public_id, reason=said)


@transaction.atomic
def put_back(*, item: RunItem, at: datetime, by: User) -> InvoiceRun:
    """
    Bill a lease after all that was left out of a run.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    :raises RunNotThere: if the preview is not ready, or is approved
    :raises NotInThatState: if it is not left out
    """
    require(by, Permission.INVOICE_RUN, within=item.run.organization)
    run = _locked(item.run)
    found = _of_lease(run, item, ItemState.LEFT_OUT)
    RunItem.objects.filter(pk__in=found).update(state=ItemState.READY, reason="", left_out_by=None)
    return _seen_anew(run, "put_back", by, at, lease=item.subject.public_id)


@transaction.atomic
def approve(*, run: InvoiceRun, digest: str, at: datetime, by: User) -> InvoiceRun:
    """
    Approve what the preview with this digest says; from then on it is billed, and nothing else.

    Where the organization has anybody else whose role runs invoices, it is not who ordered the preview.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    :raises SamePersonApprovesRun: if ``by`` ordered the run, and somebody else could approve it
    :raises RunNotThere: if the preview is not ready, or was approved or cancelled
    :raises RunSeenOtherwise: if the preview is not the one with ``digest``
    :raises RunEmpty: if nothing in it can be billed
    """
    require(by, Permission.INVOICE_RUN, within=run.organization)
    run = _locked(run, to=RunState.APPROVED)
    others = others_who_approve(run.organization, run.maker)
    if needs_second(run.maker.public_id, by.public_id, others=others):
        raise SamePersonApprovesRun
    if digest != run.digest:
        raise RunSeenOtherwise
    if not run.items.ready().exists():
        raise RunEmpty
    run.state, run.approver, run.approved_at = RunState.APPROVED, by, at
    run.approved_alone, run.approved_digest = run.maker_id == by.pk, digest
    run.stepped_at = None  # the machine may begin at once
    run.save()
    _note(run, "approve", by, at, digest=digest, alone=run.approved_alone)
    return run


@transaction.atomic
def cancel(*, run: InvoiceRun, at: datetime, by: User) -> InvoiceRun:
    """
    Cancel a run of which nothing is billed yet; cancelling again changes nothing.

    :raises MissingRight: if ``by`` may not run invoices of the organization
    :raises RunNotThere: if it has begun to bill, or has ended
    """
    require(by, Permission.INVOICE_RUN, within=run.organization)
    run = InvoiceRun.objects.locked().select_related("organization", "maker").get(pk=run.pk)
    if run.state == RunState.CANCELLED:
        return run
    _check(run, RunState.CANCELLED)
    run.state, run.ended_at = RunState.CANCELLED, at
    run.save(update_fields=["state", "ended_at"])
    _note(run, "cancel", by, at)
    return run


def _flaws(
    organization: Organization, cut_off: datetime, only: Sequence[str], percent: int, at: datetime
) -> list[Flaw]:
    found = []
    if cut_off > at:
        text = gettext_noop("This is still to come. Bill what has ended by now.")
        found.append(Flaw("/cut_off", "in_future", text))
    if cut_off < EARLIEST:
        text = gettext_noop("Nothing was leased then. Give a day from {first} on.")
        found.append(Flaw("/cut_off", "too_early", text, {"first": f"{EARLIEST:%Y-%m-%d}"}))
    if not 1 <= percent <= MOST_PERCENT:
        text = gettext_noop("Give a whole number from 1 to {most}.")
        found.append(Flaw("/jump_percent", "invalid", text, {"most": MOST_PERCENT}))
    if len(only) > MOST_LEASES:
        text = gettext_noop("Name at most {most} leases, or none for all.")
        return [*found, Flaw("/leases", "max_length", text, {"most": MOST_LEASES})]
    leases = Lease.objects.filter(public_id__in=only)
    mine = leases if sells_for_all(organization) else leases.filter(lessor=organization)
    known = set(mine.values_list("public_id", flat=True))
    text = gettext_noop("This is no lease that you bill.")
    unknown = (number for number, name in enumerate(only) if name not in known)
    return found + [Flaw(f"/leases/{number}", "unknown", text) for number in unknown]


def _locked(run: InvoiceRun, *, to: RunState | None = None) -> InvoiceRun:
    run = InvoiceRun.objects.locked().select_related("organization", "maker").get(pk=run.pk)
    if to is not None:
        _check(run, to)
    elif run.state != RunState.PREVIEWED:
        raise RunNotThere(state=run.state)
    return run


def _check(run: InvoiceRun, to: RunState) -> None:
    if not may_become(run.state, to):
        raise RunNotThere(state=run.state)


def _of_lease(run: InvoiceRun, item: RunItem, state: ItemState) -> list[int]:
    """Return the items of a lease in a run that are in a state, if the one that was named is."""
    found = RunItem.objects.locked().filter(run=run, lease=item.lease_id, booking=item.booking_id)
    states = dict(found.values_list("pk", "state"))
    if states[item.pk] != state:
        raise NotInThatState(state=states[item.pk])
    return [pk for pk, is_in in states.items() if is_in == state]


def _seen_anew(run: InvoiceRun, verb: str, by: User, at: datetime, **facts: str) -> InvoiceRun:
    run.digest = digest_of_run(run)
    run.save(update_fields=["digest"])
    _note(run, verb, by, at, **facts)
    return run


def _note(run: InvoiceRun, verb: str, by: User, at: datetime, **facts: str | int) -> None:
    audit.record(
        by=by, action=f"invoice_run.{verb}", subject=run.public_id, at=at, within=run.organization, **facts
    )
