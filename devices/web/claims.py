"""The first key of a device and the next ones: the claim slip, and rotating."""

import segno
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from devices.actions import claims, keys
from devices.web.devices import owned, page, refused
from marketplace.shared import clock
from marketplace.shared.errors import NotPossible


@require_POST
@login_required
@never_cache
def offer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a claim code; the slip is the answer itself, and is shown once."""
    found = owned(request, public_id)
    code, text = claims.offer(device=found, by=request.user, at=clock.now())  # type: ignore[arg-type]
    url = request.build_absolute_uri(reverse("api-device-claim"))
    context = {
        "device": found,
        "code": text,
        "claim_url": url,
        "until": code.expires_at,
        "drawing": _drawing(f"{url}#{text}"),
    }
    return render(request, "devices/claim_slip.html", context)


@require_POST
@login_required
@never_cache
def rotate_key(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Make a key in the place of another; its text is shown once, on the answer itself."""
    found = owned(request, public_id)
    old = get_object_or_404(found.keys.select_related("device__owner"), public_id=item)
    try:
        _key, text = keys.rotate(key=old, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except NotPossible as error:
        return refused(request, found, error)
    return page(request, found, found.owner, key_text=text)


def _drawing(content: str) -> SafeString:
    """Draw a QR code as inline SVG; what it says stands beside it as text."""
    code = segno.make_qr(content, error="m")
    drawn = code.svg_inline(scale=6, border=4, omitsize=True, title=_("QR code of the claim code"))
    return mark_safe(drawn)  # noqa: S308 - paths drawn by us; the title is escaped by the drawer
