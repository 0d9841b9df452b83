"""From a lease to the conversation about it."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from leasing.actions import messages
from leasing.models import Lease
from marketplace.queries import acting_organization
from marketplace.shared import clock


@require_POST
@login_required
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lead a side of a lease to their conversation, which may begin with that."""
    mine = acting_organization(request)
    sides = Lease.objects.filter(Q(lessor=mine) | Q(lessee=mine))
    lease = get_object_or_404(sides.select_related("listing__owner", "lessor", "lessee"), public_id=public_id)
    held = messages.begin(lease=lease, within=mine, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("conversation", held.public_id)
