"""Page: what the organization and the person were told."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from marketplace.actions import notifications
from marketplace.models import Notification
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE = 50


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List what was told, the newest first."""
    found = Notification.objects.to(request.user, acting_organization(request))  # type: ignore[arg-type]
    page = Paginator(found.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    return render(request, "marketplace/notifications.html", {"page": page})


@require_POST
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    who: dict[str, Any] = {"by": request.user, "within": acting_organization(request)}
    notifications.mark_read(**who, at=clock.now())
    return redirect("notifications")
