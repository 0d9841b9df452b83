"""Page: how many requests a minute the keys of an organization may send, for the platform."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import request_limits
from marketplace.actions.request_limits import LONGEST_REASON
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organization_named
from marketplace.rules.buckets import MOST_A_MINUTE
from marketplace.shared import clock


class LimitForm(forms.Form):
    """Whose limit, how much, and why."""

    organization = forms.CharField(
        label=gettext_lazy("Organization"),
        max_length=30,
        help_text=gettext_lazy("Its unified social credit code, or its id."),
    )
    requests_a_minute = forms.IntegerField(
        label=gettext_lazy("Requests a minute"),
        min_value=1,
        max_value=MOST_A_MINUTE,
        required=False,
        help_text=gettext_lazy("Nothing: the limit of all."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("It stands in the audit trail."),
    )

    def clean_organization(self) -> Organization:
        """Find the organization."""
        found = organization_named(self.cleaned_data["organization"])
        if found is None:
            raise forms.ValidationError(_("There is no organization with this code."))
        return found


@login_required
def limits(request: HttpRequest) -> HttpResponse:
    """List the organizations with a limit of their own, and set one."""
    within = acting_organization(request)
    sets = allowed(request.user, Permission.REQUEST_LIMIT_SET, within=within)  # type: ignore[arg-type]
    if within.kind != OrganizationKind.PLATFORM or not sets:
        raise Http404
    form = LimitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
        try:
            changed = request_limits.set_limit(**form.cleaned_data, **who)
        except request_limits.RequestLimitInvalid as error:
            for flaw in error.flaws:
                form.add_error(flaw.pointer[1:], _(flaw.text).format(**flaw.facts))
        else:
            said = _("Set for {name}, from the next request on.").format(name=changed.name)
            messages.success(request, said)
            return redirect("request-limits")
    own = Organization.objects.exclude(requests_a_minute=None).order_by("name")
    context = {"rows": own, "form": form, "of_all": settings.REST_REQUESTS_A_MINUTE}
    status = 400 if request.method == "POST" else 200
    return render(request, "marketplace/request_limits.html", context, status=status)
