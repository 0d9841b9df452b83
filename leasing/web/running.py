"""What the pages share that change a running lease: who acts, moments as typed, refusals at fields."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from leasing.models import Lease
from leasing.rules.leases import Side
from leasing.web.leases import side_of
from leasing.web.words import said
from marketplace.filters import DayField
from marketplace.models import Organization
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock, versions
from marketplace.shared.errors import DomainError
from marketplace.shared.period import local_midnight

DAY = timedelta(days=1)
TYPED = "%Y-%m-%dT%H:%M"


def lease_of(request: HttpRequest, public_id: str) -> Lease:
    """Return a lease that the reader may see."""
    visible = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    found: Lease = get_object_or_404(visible, public_id=public_id)
    return found


def acting_side(request: HttpRequest, lease: Lease) -> Side | None:
    """Return the side for which the reader may change or end the lease, if it may."""
    organization = acting_organization(request)
    side = side_of(lease, organization)
    right = allowed(request.user, Permission.LEASE_END, within=organization)  # type: ignore[arg-type]
    return side if right else None


def acting(request: HttpRequest, lease: Lease) -> Organization:
    """
    Return the side of the lease for which the reader acts; the action asks for its right again.

    :raises MissingRight: if the reader acts for neither, or may not change or end leases of its side
    """
    organization = acting_organization(request)
    if side_of(lease, organization) is None:
        raise MissingRight(organization=lease.lessor.name)
    require(request.user, Permission.LEASE_END, within=organization)  # type: ignore[arg-type]
    return organization


def who(request: HttpRequest, lease: Lease) -> dict[str, Any]:
    """Return who acts, for whom, and when, as the actions take it."""
    return {"by": request.user, "at": clock.now(), "within": acting(request, lease)}


def version(request: HttpRequest) -> int | None:
    """Return the version of the lease that the reader saw, if the form told."""
    return versions.typed(request.POST.get("version", ""))


def refuse(form: forms.Form, error: DomainError, places: Mapping[str, str], otherwise: str | None) -> None:
    """Put each flaw of a refusal at its field, and what has no field at the one it is about, if any."""
    for flaw in error.flaws:
        name = places.get(flaw.pointer, flaw.pointer.lstrip("/"))
        form.add_error(name if name in form.fields else None, _(flaw.text).format(**flaw.facts))
    if not error.flaws:
        form.add_error(otherwise if otherwise in form.fields else None, said(error))


def moment_field(label: Any, **given: Any) -> forms.DateTimeField:
    """Return a field for a local moment."""
    widget = forms.DateTimeInput({"type": "datetime-local"}, format=TYPED)
    return forms.DateTimeField(label=label, widget=widget, **given)


def day_field(label: Any, **given: Any) -> forms.DateField:
    """Return a field for a local day."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return DayField(label=label, widget=widget, **given)


def typed_moment(typed: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return what was typed as a moment of the lease's zone, which is the one that the page shows."""
    return timezone.make_naive(typed).replace(tzinfo=zone) if typed else None


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment as a field shows it."""
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def end_of(last_day: date, zone: ZoneInfo) -> datetime:
    """Return when a local day is over."""
    return local_midnight(last_day + DAY, zone)


def last_day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Return the last local day before a moment."""
    return (moment.astimezone(zone) - timedelta(microseconds=1)).date()
