"""The reader's choice between light, dark, and the way of the device: a cookie, no script."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the choice and go back to the page it was made on; an unknown choice is the device's way."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else "/")
    chosen = request.POST.get("theme", "")
    theme = chosen if chosen in THEMES else THEMES[0]
    response.set_cookie(
        "theme", theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    return response
