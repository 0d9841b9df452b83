"""What every end of a lease does, whoever ends it and why: machines, data, sub-leases and changes follow."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.actions import agreements
from leasing.actions import annex_effects, comings, moves, service_openings, sublease_ends
from leasing.models import Annex, Lease, LeaseUnit, Suspension
from leasing.queries.prices import plan_at
from leasing.rules import early_exit, suspensions
from leasing.rules.annexes import State
from leasing.rules.leases import Side
from leasing.rules.suspensions import Cause
from marketplace.actions import claims
from marketplace.models import Organization, User
from marketplace.shared.errors import NotPossible


class EndBeforeStart(NotPossible):
    """A lease ends after its machine was handed over."""

    code = "end_before_start"
    text = gettext_noop("The machine was handed over at {active_from}. A lease ends after that.")


class FinanceBinds(NotPossible):
    """What is financed is paid back to the end: neither side walks away from it alone."""

    code = "finance_binds"
    text = gettext_noop(
        "This is a finance lease until {ends_at}: neither side ends it earlier alone. Agree on a change that "
        "shortens it or sells the machine, or terminate it for default."
    )


def check_free_to_end(*, lease: Lease, ends_at: datetime) -> None:
    """
    Let one side alone end a lease at a moment, unless it is a finance lease that runs for longer.

    :raises FinanceBinds: if it is
    """
    if lease.agreed.finance is not None and ends_at < lease.ends_at:
        raise FinanceBinds(ends_at=moves.words(moment=lease.ends_at, lease=lease))


def fee_of(*, lease: Lease, within: Organization | None, ends_at: datetime) -> dict[str, Any]:
    """
    Return what history says of the fee for an end without notice; nothing at the agreed end or later.

    The clock ends a lease at its end alone, and owes nothing.
    """
    if within is None or ends_at >= lease.ends_at:
        return {}
    terms = lease.agreed
    found = early_exit.early_exit(
        side=Side.LESSOR if within == lease.lessor else Side.LESSEE,
        given_at=ends_at,
        ends_at=ends_at,
        agreed_end=lease.ends_at,
        plan=plan_at(lease, ends_at),
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
    )
    return {"fee_days": found.days, "fee_minor": found.fee.minor, "currency": found.fee.currency}


def close_up(*, lease: Lease, ends_at: datetime, by: User, within: Organization | None, at: datetime) -> None:
    """
    End what hangs on a locked lease: the machines are free then, but for the buffer behind.

    A machine that was still to come never comes, unless it was handed over and nobody answered in time: its
    use is billed. One that was handed over and objected to was never used, but stands at the lessee's: it
    comes back like the others, and its buffer is kept for that. A change that nobody answered lapses. The
    move that ends the lease has asked for the rights, and writes it down.

    :raises HandoverNotConfirmed: if a machine came by a change and the lessee may still answer its record
    :raises EndBeforeStart: if a machine was handed over at ``ends_at`` or later
    """
    for annex in Annex.objects.locked().filter(lease=lease).due(ends_at).waiting():
        if annex.effective_from is not None and annex.effective_from < ends_at:  # the clock is late
            annex_effects.take_effect(annex=annex, lease=lease, by=by, at=at)
    comings.finish(lease=lease, at=at)
    running = lease.units.filter(active_to=None).exclude(active_from=None)
    began = [unit.active_from for unit in running if unit.active_from is not None]
    latest = max([lease.active_from or lease.starts_at, *began])
    if lease.active_from is None or ends_at <= latest:
        raise EndBeforeStart(active_from=moves.words(moment=latest, lease=lease))
    sublease_ends.end_with_lease(lease=lease, ends_at=ends_at, by=by, within=within, at=at)
    service_openings.end_with_lease(lease=lease, at=at)
    agreements.close(reference=lease.public_id, ends_at=ends_at, by=by, at=at)
    _free_machines(lease, ends_at, by=by, at=at)
    found = Suspension.objects.filter(lease=lease, ended_at=None, started_at__lt=ends_at).first()
    if found is not None:  # what was to be made good at the end is owed
        found.ended_at = ends_at
        found.days_credited = suspensions.days_to_add(Cause(found.cause), found.started_at, ends_at)
        found.save(update_fields=["ended_at", "days_credited"])
    unfinished = Annex.objects.locked().filter(lease=lease, state__in=[State.PROPOSED, State.AGREED])
    for annex in unfinished:
        annex.decided_at, annex.state = annex.decided_at or at, State.LAPSED
        annex.save(update_fields=["state", "decided_at"])


def _free_machines(lease: Lease, ends_at: datetime, *, by: User, at: datetime) -> None:
    """Give the machines of a lease back to the calendar, and write down which of them come back."""
    for unit in lease.units.select_related("claim__equipment__owner").order_by("equipment"):
        claims.release(claim=unit.claim, by=by, at=at, ends_at=None if unit.never_came else ends_at)
    coming, there = lease.units.coming(), LeaseUnit.State.INSTALLED
    coming.exclude(state=there).update(state=LeaseUnit.State.GONE)
    coming.filter(state=there).update(state=LeaseUnit.State.STOPPED, active_to=ends_at)
    lease.units.running().update(active_to=ends_at)
