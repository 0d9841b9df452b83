"""Meter tests of a lease: what was counted by hand beside what the meter counts, for both sides."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import acceptances as actions
from billing.actions.acceptances import MeterTest
from billing.models import Acceptance
from billing.web import words
from billing.web.reviews import side_of
from leasing.models import Lease
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.rules.pricing.quantity import METERS
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible

MOST = 100


@login_required
def acceptances(request: HttpRequest, public_id: str) -> HttpResponse:
    """List the tests, the latest first, and offer the next."""
    return _page(request, *side_of(request, public_id))


def _page(request: HttpRequest, lease: Lease, within: Organization) -> HttpResponse:
    """Show the page; what was typed into a form that was refused stands in it again."""
    tests = Acceptance.objects.filter(unit__lease=lease).select_related(
        "device", "organization", "unit__equipment"
    )
    standing = set(tests.newest().values_list("pk", flat=True))
    may = allowed(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    context = {
        "lease": lease,
        "zone": lease.agreed.zone.key,
        "rows": [_row(one, is_standing=one.pk in standing) for one in tests[:MOST]],
        "units": lease.units.select_related("equipment"),
        "meters": [
            {"code": rule.meter, "name": words.meter_name(rule.meter), "unit": words.unit_name(rule.meter)}
            for rule in lease.agreed.count_rules
        ],
        "may": may,
        "given": request.POST,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/acceptances.html", context, status=status)


@require_POST
@login_required
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """Compare a test that somebody counted by hand."""
    lease, within = side_of(request, public_id)
    require(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    try:
        unit = lease.units.get(public_id=request.POST.get("unit", ""))
        made = actions.record(
            unit=unit,
            test=_test(request, lease.agreed.zone),
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (ValueError, OverflowError, InvalidOperation, ObjectDoesNotExist):
        messages.error(request, _("Choose a machine and a meter, and fill in both times and both numbers."))
    except Invalid as error:
        messages.error(request, " ".join(_(flaw.text).format(**flaw.facts) for flaw in error.flaws))
    except (NotPossible, NotAllowed) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        told = _("The meter agrees.") if made.passed else _("The meter does not agree. Both sides see it.")
        messages.success(request, told)
        return redirect("acceptances", lease.public_id)
    return _page(request, lease, within)


def _test(request: HttpRequest, zone: ZoneInfo) -> MeterTest:
    """Read the form: local times of the lease's zone, quantities in the unit that the page shows."""
    meter = request.POST.get("meter", "")
    size = METERS[meter][words.UNITS[meter]] if meter in METERS else 1
    expected, tolerance = (
        Decimal(request.POST.get(name) or "0").normalize() for name in ("expected", "tolerance")
    )
    start, end = (
        datetime.fromisoformat(request.POST.get(name, "")).replace(tzinfo=zone) for name in ("from", "to")
    )
    return MeterTest(meter, start, end, expected * size, tolerance * size, request.POST.get("note", ""))


def _row(one: Acceptance, *, is_standing: bool) -> dict[str, Any]:
    shown = {
        name: words.shown(one.meter, getattr(one, name)) for name in ("expected", "counted", "tolerance")
    }
    return {
        "test": one,
        "is_standing": is_standing,
        "meter": words.meter_name(one.meter),
        "unit": words.unit_name(one.meter),
        "held": words.shown(one.meter, one.held) if one.held else None,
        **shown,
    }
