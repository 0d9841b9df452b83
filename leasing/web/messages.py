"""The conversation about a lease, on a page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from leasing.actions import messages
from leasing.models import Lease
from marketplace.models import Conversation, Message
from marketplace.queries import acting_organization
from marketplace.web.messages import first_message


@login_required
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lead to the conversation of a lease, or write its first message."""
    mine = acting_organization(request)
    sides = Lease.objects.filter(Q(lessor=mine) | Q(lessee=mine))
    lease = get_object_or_404(sides.select_related("listing__owner", "lessor", "lessee"), public_id=public_id)
    begun = Conversation.objects.filter(reference=lease.public_id).first()
    if begun is not None:
        return redirect("conversation", begun.public_id)

    def send(given: dict[str, Any]) -> Message:
        who: dict[str, Any] = {"within": mine, "by": request.user, "at": timezone.now()}
        return messages.write(lease=lease, **who, **given)

    other = lease.lessee if lease.lessor == mine else lease.lessor
    return first_message(request, send, {"listing": lease.listing, "lease": lease, "other": other})
