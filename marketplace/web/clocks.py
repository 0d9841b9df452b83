"""The clock of a test installation as a page; the live one has none."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import clocks
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.clocks import stored
from marketplace.rules.clocks import FARTHEST
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.templatetags.figures import moment
from marketplace.web.words import mark


class MoveForm(forms.Form):
    """How far the clock goes: to a time, or by days and hours."""

    days = forms.IntegerField(
        label=gettext_lazy("Ahead by days"), min_value=0, max_value=FARTHEST.days, required=False
    )
    hours = forms.IntegerField(
        label=gettext_lazy("and hours"), min_value=0, max_value=FARTHEST.days * 24, required=False
    )
    to = forms.DateTimeField(
        label=gettext_lazy("Or to the time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("China standard time."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one of both."""
        given = super().clean() or {}
        by_span = bool(given.get("days") or given.get("hours"))
        if not self.errors and (given.get("to") is not None) == by_span:
            self.add_error("days", _("Name a time, or days and hours, not both."))
        return given


def clock_page(request: HttpRequest) -> HttpResponse:
    """Show what time it is here, and set the clock ahead; in live mode there is no such page for anybody."""
    if not clock.is_test():
        raise Http404
    return _shown(request)


@login_required
def _shown(request: HttpRequest) -> HttpResponse:
    within = acting_organization(request)
    form = MoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _move(form.cleaned_data, {"within": within, "by": request.user, "at": clock.machine_now()})
        except DomainError as error:
            mark(form, error)
        else:
            said = _("The clock is moved. What is due by now is being done: look again in a few seconds.")
            messages.success(request, said)
            return redirect("test-clock")
    ahead = stored()
    context = {
        "times": [
            (_("Here"), moment(clock.machine_now() + ahead)),
            (_("In the real world"), moment(clock.machine_now())),
        ],
        "left": (FARTHEST - ahead).days,
        "form": form if allowed(request.user, Permission.API_KEY_EDIT, within=within) else None,  # type: ignore[arg-type]
    }
    return render(request, "marketplace/test_clock.html", context, status=400 if form.errors else 200)


def _move(given: dict[str, Any], who: dict[str, Any]) -> None:
    if given["to"] is not None:
        clocks.move_to(to=given["to"], **who)
    else:
        clocks.move_by(span=timedelta(days=given["days"] or 0, hours=given["hours"] or 0), **who)
