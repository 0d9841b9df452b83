"""The data notice of a lease: read and accepted by the lessee, seen by both sides."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from devices.ownership.actions import notices as told
from devices.ownership.models import Notice
from devices.ownership.rules import notice_words
from leasing.actions import notices
from leasing.models import Lease
from leasing.rules.leases import UNDER_CONTRACT
from marketplace.models import User
from marketplace.permissions import Permission, allowed
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible


@login_required
def notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the newest notice in words, with its fingerprint and whether it is accepted."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    found = Notice.objects.latest_for(lease.public_id)
    context = {"lease": lease, "notice": found, **state(lease, request.user, found)}  # type: ignore[arg-type]
    if found is not None:
        context |= told_in(found)
    return render(request, "leasing/notice.html", context)


def told_in(found: Notice) -> dict[str, Any]:
    """Return what a notice says, in words."""
    document = found.document
    return {
        "place": notice_words.place_words(document, _),
        "machines": [
            {"name": machine["name"], "devices": [_device(device) for device in machine["devices"]]}
            for machine in document["machines"]
        ],
        "recipients": notice_words.recipient_rows(document, _),
        "ways": notice_words.way_rows(_),
    }


@require_POST
@login_required
def accept(request: HttpRequest, public_id: str) -> HttpResponse:
    """Accept the notice that was shown, by its fingerprint."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    found = get_object_or_404(Notice, reference=lease.public_id, public_id=request.POST.get("notice", ""))
    digest, person = request.POST.get("digest", ""), request.user
    try:
        told.accept(notice=found, digest=digest, by=person, at=clock.now())  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
        return redirect("lease-notice", public_id)
    messages.success(request, _("Accepted. The machine can be handed over."))
    return redirect("lease", public_id)


@require_POST
@login_required
def deliver(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the lessee a new notice."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    try:
        notices.deliver(lease=lease, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("Delivered. The lessee has to accept this notice before the handover."))
    return redirect("lease", public_id)


def state(lease: Lease, user: User, found: Notice | None) -> dict[str, Any]:
    """Tell how the notice stands and what this person can do about it; the actions ask again."""
    waits = lease.status in UNDER_CONTRACT
    outdated = waits and (found is None or notices.is_outdated(lease=lease, at=clock.now()))
    open_ = waits and found is not None and not found.is_accepted and not outdated
    return {
        "outdated": outdated,
        "may_accept": open_ and allowed(user, Permission.LEASE_REQUEST, within=lease.lessee),
        "may_deliver": outdated and allowed(user, Permission.LEASE_OPERATE, within=lease.lessor),
    }


def _visible(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]


def _device(device: dict[str, Any]) -> dict[str, Any]:
    return device | {"rows": notice_words.device_rows(device, _)}
