"""Take in what inspection found out later; rejected parts are held, and both sides decide."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import window_sets
from billing.actions.reviews import NotASide
from billing.models import Inspection, Watermark, WindowSet
from billing.rules.reviews import deadline
from leasing.models import LeaseUnit
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.count_rules import GOOD_PARTS, PARTS
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class NothingCounted(NotPossible):
    """No parts are counted on that day, so none can be rejected."""

    code = "nothing_counted"
    text = gettext_noop("No parts are counted on {day}. Choose a day on which the machine made some.")


class TooLateToReclassify(NotPossible):
    """The contract's time for corrections is over."""

    code = "too_late_to_reclassify"
    text = gettext_noop("What was counted on {day} could be corrected until {until}.")


class InspectionInvalid(Invalid):
    """The result cannot be right; ``flaws`` say where."""

    code = "inspection_invalid"
    text = gettext_noop("This result cannot be taken. Mend what is marked.")


@transaction.atomic
def report(
    *,
    unit: LeaseUnit,
    local_day: date,
    rejected: int,
    reference: str,
    within: Organization,
    by: User,
    at: datetime,
) -> Inspection:
    """
    Say how many of the parts of a local day were rejected; a later word corrects an earlier one.

    Rejected parts are held, from the end of the day backwards: a review item opens, and both sides decide.
    0 takes an earlier word back.

    :raises MissingRight: if ``by`` may not operate leases of ``within``
    :raises NotASide: if ``within`` is not a side of the lease
    :raises NothingCounted: if no parts are counted on that day
    :raises TooLateToReclassify: once the count rule's days for corrections are over
    :raises InspectionInvalid: if more are rejected than counted, or there is no reference
    """
    require(by, Permission.LEASE_OPERATE, within=within)
    units = LeaseUnit.objects.select_for_update(of=("self",), no_key=True)
    unit = units.select_related("lease__lessor", "lease__lessee").get(pk=unit.pk)
    if within.pk not in (unit.lease.lessor_id, unit.lease.lessee_id):
        raise NotASide(lease=unit.lease.number)
    sets = WindowSet.objects.filter(unit=unit, local_day=local_day, meter__in=(PARTS, GOOD_PARTS)).newest()
    counted = sets.order_by("meter", "device").first()
    if counted is None:
        raise NothingCounted(day=str(local_day))
    _check(unit, counted, rejected, reference, at)
    made = Inspection.objects.create(
        device=counted.device,
        unit=unit,
        meter=counted.meter,
        local_day=local_day,
        rejected=rejected,
        reference=reference.strip(),
        organization=within,
        by=by,
        at=at,
    )
    mark = Watermark.objects.get(device=counted.device, unit=unit)
    window_sets.compose(device=counted.device, unit=unit, touched={local_day}, arrival=mark.arrival, at=at)
    audit.record(
        by=by,
        action="inspection.report",
        subject=made.public_id,
        at=at,
        within=within,
        unit=unit.public_id,
        day=str(local_day),
        rejected=rejected,
        reference=made.reference,
    )
    return made


def _check(unit: LeaseUnit, counted: WindowSet, rejected: int, reference: str, at: datetime) -> None:
    terms = unit.lease.agreed
    days = next(rule.reclassify_days for rule in terms.count_rules if rule.meter == counted.meter)
    until = deadline(counted.local_day, days=days, zone=terms.zone)
    if at >= until:
        raise TooLateToReclassify(day=str(counted.local_day), until=until.astimezone(terms.zone))
    flaws = []
    most = int(sum(window.quantity for window in counted.windows.all()))
    if not 0 <= rejected <= most:
        text = gettext_noop("Between 0 and {most} parts can be rejected.")
        flaws.append(Flaw("/rejected", "rejected_out_of_range", text, {"most": most}))
    if not 0 < len(reference.replace("\x00", "").strip()) <= 100 or "\x00" in reference:
        text = gettext_noop("Name the inspection in at most 100 characters.")
        flaws.append(Flaw("/reference", "reference_missing", text))
    if flaws:
        raise InspectionInvalid(flaws=flaws)
