"""Page: what the organization and the person were told."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.actions import notifications
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Notification
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE = 50


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what was told, the newest first; also as files."""
    found = Notification.objects.to(request.user, acting_organization(request))  # type: ignore[arg-type]
    found = found.order_by("-pk")
    if form := asked_format(request):
        heads = [_("When"), _("What"), _("State")]
        return list_answer(form, "notifications", heads, found, _cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "marketplace/notifications.html", {"page": page})


@require_POST
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    who: dict[str, Any] = {"by": request.user, "within": acting_organization(request)}
    notifications.mark_read(**who, at=clock.now())
    return redirect("notifications")


def _cells(one: Notification) -> list[object]:
    at = timezone.localtime(one.made_at).isoformat(" ", "minutes")[:16]
    return [at, str(one.said), _("read") if one.read_at else _("new")]
