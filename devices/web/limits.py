"""Limits of measured values: the owner's people see and write them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.actions import limits
from devices.models import Channel, Device
from devices.web.devices import owned
from marketplace.gateway.files import asked_format, list_answer
from marketplace.permissions import Permission, allowed
from marketplace.shared import clock
from marketplace.shared.errors import Invalid


class LimitsForm(forms.Form):
    """A measured value, its limits, and where they come from."""

    channel = forms.ChoiceField(label=gettext_lazy("Measured value"))
    warn_low = forms.DecimalField(
        label=gettext_lazy("Lower limit"), max_digits=36, decimal_places=18, required=False
    )
    warn_high = forms.DecimalField(
        label=gettext_lazy("Upper limit"), max_digits=36, decimal_places=18, required=False
    )
    limits_source = forms.CharField(
        label=gettext_lazy("Where the limits come from"),
        help_text=gettext_lazy("Such as: maker's manual, page 12. Empty fields take the limits away."),
        max_length=200,
        required=False,
    )

    def __init__(self, gauges: list[Channel], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.key, f"{one.label} ({one.unit})" if one.unit else one.label) for one in gauges]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]


@login_required
def device_limits(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """List the measured values with their limits, and write those of one."""
    found = owned(request, public_id)
    may_edit = allowed(request.user, Permission.DEVICE_EDIT, within=found.owner)  # type: ignore[arg-type]
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    measured = found.channels.filter(kind=Channel.Kind.GAUGE).order_by("number")
    if wanted := asked_format(request):
        ends = [_("Lower limit"), _("Upper limit"), _("Unit")]
        columns = [_("Measured value"), *ends, _("Where the limits come from")]
        return list_answer(wanted, "limits", columns, measured, _cells)
    gauges = list(measured)
    posted = request.POST if request.method == "POST" else None
    form = LimitsForm(gauges, posted, initial=_initial(gauges, request.GET.get("channel", "")))
    if form.is_valid() and _written(request, found, form):
        return redirect("device-limits", found.public_id)
    shown = form if may_edit and gauges else None
    context = {"device": found, "gauges": gauges, "form": shown}
    return render(request, "devices/limits.html", context, status=400 if form.errors else 200)


def _cells(one: Channel) -> list[object]:
    """Return a measured value as a row of a file."""
    return [one.label, one.warn_low, one.warn_high, one.unit, one.limits_source]


def _initial(gauges: list[Channel], key: str) -> dict[str, str]:
    """Return what the form starts with: the value that was chosen, with its limits as they stand."""
    found = next((one for one in gauges if one.key == key), None)
    if found is None:
        return {}
    limits_now = {"warn_low": found.warn_low, "warn_high": found.warn_high}
    told = {name: f"{value.normalize():f}" for name, value in limits_now.items() if value is not None}
    return told | {"channel": key, "limits_source": found.limits_source}


def _written(request: HttpRequest, device: Device, form: LimitsForm) -> bool:
    """Write what was sent; what is wrong with it is said at its field."""
    wanted = limits.Limits(**form.cleaned_data)
    try:
        limits.write(device=device, limits=wanted, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except Invalid as error:
        for flaw in error.flaws:
            form.add_error(flaw.pointer.removeprefix("/"), _(flaw.text).format(**flaw.facts))
        return False
    messages.success(request, _("The limits are written."))
    return True
