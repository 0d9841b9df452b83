"""Page: what suspends erasing, and, for the platform, agreements that it suspends on an order."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from devices.models import Channel
from devices.ownership.actions import holds, suspensions
from devices.ownership.models import Agreement, Hold
from devices.ownership.permissions import require_platform
from devices.ownership.rules.duties import RETENTIONS
from devices.ownership.rules.sentences import listed
from devices.ownership.web import console, fields
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE, MOST = 30, 100
SIDES = ("equipment", "owner", "lessee")


class AgreementField(forms.CharField):
    """An agreement by its number, or by that of a lease of one machine."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        named = Agreement.objects.filter(public_id=text) | Agreement.objects.filter(reference=text)
        found = named.select_related(*SIDES)[:2]
        if len(found) == 1:
            return found[0]
        if found:
            told = _("This lease is of several machines: give the number of the agreement on one of them.")
            raise forms.ValidationError(told, code="ambiguous")
        raise forms.ValidationError(_("There is no agreement of this number."), code="unknown")


class PlatformForm(forms.Form):
    """What an agreement is named by."""

    agreement = AgreementField(label=gettext_lazy("Number of the agreement or lease"), max_length=30)


class HoldForm(PlatformForm):
    """Classes of data that are kept, and why."""

    retentions = forms.MultipleChoiceField(
        label=gettext_lazy("What is kept"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(one, gettext_lazy(RETENTIONS[one])) for one in Channel.Retention.values],
    )
    reason = forms.CharField(label=gettext_lazy("Why; both sides read it"), max_length=300)


class OrderForm(PlatformForm):
    """The order of an authority."""

    order = forms.CharField(
        label=gettext_lazy("Order"),
        help_text=gettext_lazy("Authority, number and date; both sides read it."),
        max_length=200,
    )


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """List what suspends erasing; the platform suspends erasing, or an agreement on an order."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    first = {"agreement": request.GET.get("agreement", "")}
    sent = request.POST.get("act", "") if request.method == "POST" else None
    hold = HoldForm(request.POST if sent not in (None, "order") else None, prefix="hold", initial=first)
    order = OrderForm(request.POST if sent == "order" else None, prefix="order", initial=first)
    status = 200
    if request.method == "POST":
        require_platform(request.user, within=organization)  # type: ignore[arg-type]
        made, status = _sent(request, organization, hold, order)
        if made is not None:
            messages.success(request, _("Suspended. Both sides see it with the reason."))
            return redirect("data-holds")
    found = Hold.objects.visible_in(organization).select_related(*(f"agreement__{one}" for one in SIDES))
    page = Paginator(found.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    page.rows = [{"hold": one, "what": _classes(one)} for one in page]  # type: ignore[attr-defined]
    ordered = Agreement.objects.reached_by(organization).exclude(ordered_at=None)
    context = {
        "page": page,
        "hold": hold,
        "order": order,
        "ordered": ordered.select_related(*SIDES).order_by("-ordered_at")[:MOST],
        "may": organization.kind == OrganizationKind.PLATFORM
        and allowed(request.user, Permission.DATA_ERASE, within=organization),  # type: ignore[arg-type]
    }
    return console.show(request, "ownership/holds.html", "data-duties", context, status=status)


@require_POST
@login_required
def lift(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let erasing go on."""
    organization = acting_organization(request)
    found = get_object_or_404(Hold.objects.visible_in(organization), public_id=public_id)
    return _done(request, lambda who: holds.lift(hold=found, **who), _("Erasing goes on with the next run."))


@require_POST
@login_required
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lift an order."""
    organization = acting_organization(request)
    found = get_object_or_404(Agreement.objects.reached_by(organization), public_id=public_id)
    told = _("The order is lifted. What the lessee suspended stays suspended.")
    return _done(request, lambda who: suspensions.release(agreement=found, **who), told)


def _sent(request: HttpRequest, within: Organization, hold: HoldForm, order: OrderForm) -> tuple[Any, int]:
    who: dict[str, Any] = {"by": request.user, "within": within, "at": clock.now()}
    if hold.is_bound:
        names = {"": "retentions"}
        return fields.tried(hold, lambda: holds.place(**hold.cleaned_data, **who), names)
    return fields.tried(order, lambda: suspensions.hold(**order.cleaned_data, **who), {"": "order"})


def _done(request: HttpRequest, act: Callable[[dict[str, Any]], Any], told: str) -> HttpResponse:
    who = {"by": request.user, "within": acting_organization(request), "at": clock.now()}
    try:
        act(who)
        messages.success(request, told)
    except holds.HoldLifted as error:
        messages.error(request, fields.told(error))
    return redirect("data-holds")


def _classes(one: Hold) -> str:
    return listed((_(RETENTIONS[name]) for name in one.retentions), _)
