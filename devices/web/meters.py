"""Changes of a device's counters: both sides see them, the owner's people record them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from devices.actions import meters
from devices.models import Channel, Device, MeterChange
from devices.ownership.queries import meter_changes_seen
from devices.web.devices import known, owned
from marketplace.permissions import Permission, allowed
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

SHOWN = 50


class MeterChangeForm(forms.Form):
    """A counter, when it was changed, and how it read before and after."""

    channel = forms.ChoiceField(label=gettext_lazy("Counter"))
    at = forms.DateTimeField(
        label=gettext_lazy("Changed at (the device's local time)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    final = forms.DecimalField(label=gettext_lazy("Last reading of the old counter"), max_digits=36)
    first = forms.DecimalField(label=gettext_lazy("First reading of the new counter"), max_digits=36)
    reason = forms.ChoiceField(label=gettext_lazy("Reason of the change"), choices=MeterChange.Reason.choices)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    corrects = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)

    def __init__(self, device: Device, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        counters = device.channels.filter(kind=Channel.Kind.COUNTER).order_by("number")
        choices = [(channel.key, channel.label) for channel in counters]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        self.zone = ZoneInfo(device.zone)

    def clean_at(self) -> datetime:
        """Read the moment as a clock beside the machine shows it."""
        moment: datetime = self.cleaned_data["at"]
        return moment.replace(tzinfo=self.zone)


@login_required
def meter_changes(request: HttpRequest, public_id: str) -> HttpResponse:
    """List the records, corrected ones too, and let the owner's people add one."""
    found, within = known(request, public_id)
    may_edit = within == found.owner and allowed(
        request.user,  # type: ignore[arg-type]
        Permission.DEVICE_EDIT,
        within=found.owner,
    )
    context = {
        "device": found,
        "changes": meter_changes_seen(found, within)[:SHOWN],
        "form": MeterChangeForm(found) if may_edit else None,
    }
    return render(request, "devices/meter_changes.html", context)


@require_POST
@login_required
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record a change; what is wrong with it is said on the page."""
    found = owned(request, public_id)
    if not allowed(request.user, Permission.DEVICE_EDIT, within=found.owner):  # type: ignore[arg-type]
        raise PermissionDenied
    form = MeterChangeForm(found, request.POST)
    if not form.is_valid():
        context = {"device": found, "changes": meter_changes_seen(found, found.owner)[:SHOWN], "form": form}
        return render(request, "devices/meter_changes.html", context, status=400)
    wrong = form.cleaned_data.pop("corrects")
    corrects = get_object_or_404(found.meter_changes.all(), public_id=wrong) if wrong else None
    change, at = meters.Change(**form.cleaned_data), clock.now()
    try:
        meters.record(device=found, change=change, corrects=corrects, by=request.user, at=at)  # type: ignore[arg-type]
    except (Invalid, NotPossible) as error:
        for told in error.flaws or (error,):
            messages.error(request, _(told.text).format(**told.facts))
    else:
        messages.success(request, _("The meter change is recorded. Both sides see it."))
    return redirect("device-meter-changes", found.public_id)
