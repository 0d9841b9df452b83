"""What grants open of the past: lists know it as the door does."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from devices.models import Binding
from devices.ownership.models.agreements import Agreement
from devices.ownership.models.grants import Grant
from devices.ownership.models.series import always, among, series
from devices.ownership.rules import register
from devices.ownership.rules.coverage import covers
from devices.ownership.rules.parties import BY_KIND, Party
from marketplace.models import Organization
from marketplace.shared.period import Period


def readable_past(organization: Organization, at: datetime, given: Sequence[Grant]) -> Q:
    """
    Return the condition that an asset holds something from before ``at`` that a grant lets be read then.

    ``given`` are the grants to the organization that hold at the moment, read with agreement and machine.
    What they open is asked of the rule, for what each agreement is; where data are nobody's but the owner's,
    two statements look up when which machine was free.
    """
    found = Q(pk__in=[])
    for grant in given:
        if grant.agreement_id is not None:
            found |= _under(grant, organization, at)
    return found | _free([one for one in given if one.agreement_id is None], organization, at)


def _under(grant: Grant, organization: Organization, at: datetime) -> Q:
    agreement = grant.agreement
    assert agreement is not None
    party = _party(organization, owner=agreement.owner_id, lessee=agreement.lessee_id)
    time = _before(grant, at)
    time = time and time.intersect(agreement.span)
    if party is None or time is None:
        return Q(pk__in=[])
    spoke = Binding.objects.filter(
        device=OuterRef("device"), equipment=grant.equipment_id, period__overlap=(time.start, time.end)
    )
    billed = Q(kind="USAGE") | Q(channel__key__in=agreement.billing_channels)
    kind = series(billed, always(agreement.is_suspended), always(agreement.competitor))
    return Q(Exists(spoke)) & among(register.readable(party, True, None, grant=grant.granted.opens), kind)


def _free(given: Sequence[Grant], organization: Organization, at: datetime) -> Q:
    """Return what grants open of time in which machines were not leased."""
    found, machines = Q(pk__in=[]), {one.equipment_id for one in given}
    if not machines:
        return found
    bound = list(Binding.objects.filter(equipment__in=machines, period__startswith__lt=at))
    lent = list(Agreement.objects.filter(equipment__in=machines, period__startswith__lt=at))
    kind = series(always(False), always(False), always(False))
    for grant in given:
        party, time = BY_KIND.get(organization.kind), _before(grant, at)
        if party is None or time is None or grant.equipment.owner_id == organization.pk:
            continue
        mine = [one.span for one in lent if one.equipment_id == grant.equipment_id]
        devices = {
            one.device_id
            for one in bound
            if one.equipment_id == grant.equipment_id and _some(one, time, mine)
        }
        opened = register.readable(party, False, None, grant=grant.granted.opens)
        found |= Q(device__in=devices) & among(opened, kind)
    return found


def _some(binding: Binding, time: Period, lent: Iterable[Period]) -> bool:
    """Tell whether the device spoke at some moment of a time that is in no agreement."""
    spoke = binding.span.intersect(time)
    return spoke is not None and not covers(list(lent), spoke)


def _before(grant: Grant, at: datetime) -> Period | None:
    """Return the time before ``at`` in which the data were made that a grant is about."""
    made = grant.granted.generated
    return made.intersect(Period(made.start, at)) if made.start < at else None


def _party(organization: Organization, *, owner: int, lessee: int) -> Party | None:
    if organization.pk == lessee:
        return Party.LESSEE
    return Party.OWNER if organization.pk == owner else BY_KIND.get(organization.kind)
