"""What grants open of the past: lists know it as the door does."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q

from devices.models import Binding
from devices.ownership.models.agreements import Agreement
from devices.ownership.models.grants import Grant
from devices.ownership.models.series import always, among, series
from devices.ownership.rules import register
from devices.ownership.rules.coverage import covers
from devices.ownership.rules.grants import FOR_ANYBODY
from devices.ownership.rules.parties import BY_KIND, Party
from marketplace.models import Organization
from marketplace.shared.period import Period


def readable_past(organization: Organization, at: datetime, given: Sequence[Grant]) -> Q:
    """
    Return the condition that an asset holds something from before ``at`` that a grant lets be read then.

    ``given`` are the grants to the organization that hold at the moment, read with agreement and machine.
    What they open is asked of the rule, for what each agreement is; where data are nobody's but the owner's,
    a statement looks up when which machine was free.
    """
    found = Q(pk__in=[])
    for grant in given:
        if grant.agreement_id is not None:
            found |= _under(grant, organization, at)
    return found | _free([one for one in given if one.agreement_id is None], organization, at)


def _under(grant: Grant, organization: Organization, at: datetime) -> Q:
    agreement = grant.agreement
    assert agreement is not None
    party, time = _party(organization, grant, agreement), _before(grant, at)
    if party is None or time is None:
        return Q(pk__in=[])
    spoke = Binding.objects.filter(_in_own_time(agreement, time), device=OuterRef("device"))
    billed = Q(kind="USAGE") | Q(channel__key__in=agreement.billing_channels)
    kind = series(billed, always(agreement.is_suspended), always(agreement.competitor))
    opened = register.readable(party, True, None, grant=grant.granted.opens)
    return Q(Exists(spoke.filter(equipment=grant.equipment_id))) & among(opened, kind) & _named(grant)


def _in_own_time(agreement: Agreement, time: Period) -> Q:
    """Return the condition that a binding meets a time of an agreement that was not sub-let."""
    pieces = agreement.span.without([one.span for one in agreement.below.all()])
    met = [shared for shared in (piece.intersect(time) for piece in pieces) if shared is not None]
    found = Q(pk__in=[])
    for one in met:
        found |= Q(period__overlap=(one.start, one.end))
    return found


def _named(grant: Grant) -> Q:
    """Return the condition that a series is one that a grant is about, if it names some."""
    found = Q(public_id__in=grant.assets) if grant.assets else Q()
    return found & Q(channel__key__in=grant.channels) if grant.channels else found


def _free(given: Sequence[Grant], organization: Organization, at: datetime) -> Q:
    """Return what grants open of time in which machines were not leased."""
    found, machines = Q(pk__in=[]), {one.equipment_id for one in given}
    if not machines:
        return found
    lent = Agreement.objects.filter(equipment=OuterRef("equipment"), period__startswith__lt=at)
    spoken = Binding.objects.filter(equipment__in=machines, period__startswith__lt=at)
    bound = list(spoken.annotate(lent=ArraySubquery(lent.values("period"))))
    kind = series(always(False), always(False), always(False))
    for grant in given:
        party, time = _third(organization, grant), _before(grant, at)
        if party is None or time is None or grant.equipment.owner_id == organization.pk:
            continue
        devices = {
            one.device_id for one in bound if one.equipment_id == grant.equipment_id and _some(one, time)
        }
        opened = register.readable(party, False, None, grant=grant.granted.opens)
        found |= Q(device__in=devices) & among(opened, kind) & _named(grant)
    return found


def _some(binding: Binding, time: Period) -> bool:
    """Tell whether the device spoke at some moment of a time that is in no agreement."""
    spoke = binding.span.intersect(time)
    lent = [Period(one.lower, one.upper) for one in binding.lent]  # type: ignore[attr-defined]
    return spoke is not None and not covers(lent, spoke)


def _before(grant: Grant, at: datetime) -> Period | None:
    """Return the time before ``at`` in which the data were made that a grant is about."""
    made = grant.granted.generated
    return made.intersect(Period(made.start, at)) if made.start < at else None


def _party(organization: Organization, grant: Grant, agreement: Agreement) -> Party | None:
    if organization.pk == agreement.lessee_id:
        return Party.LESSEE
    if organization.pk == agreement.owner_id:
        return Party.OWNER
    return Party.ABOVE if organization.public_id in agreement.above else _third(organization, grant)


def _third(organization: Organization, grant: Grant) -> Party | None:
    return BY_KIND.get(organization.kind, Party.STRANGER if grant.kind in FOR_ANYBODY else None)
