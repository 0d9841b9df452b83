"""Announcements of the platform for everybody: the list, each with its text, and the banner of every page."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.filters import refuse_unread
from marketplace.filters.announcements import PublicFilter
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Announcement, Organization
from marketplace.queries.announcements import current, reader_of
from marketplace.rules.announcements import first, is_urgent, mark, paragraphs
from marketplace.shared import clock

PAGE: Final = 20
AWAY: Final = "announcements"  # the cookie of strangers, and the place in the session of others
MOST_AWAY: Final = 20
HALF_A_YEAR: Final = 182 * 24 * 3600
SALT: Final = "marketplace.web.announcements"
BADGES: Final = {"MAINTENANCE": "idle", "RULES": "info", "GENERAL": "off"}


@require_safe
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what was published, the newest first; also as files."""
    found = PublicFilter(request.GET, Announcement.objects.public().order_by("-published_at", "-pk"))
    if form := asked_format(request):
        refuse_unread(found)
        heads = [
            _("Published at"),
            _("Kind"),
            _("Headline"),
            _("Meant for"),
            _("When"),
            _("State"),
            _("Number"),
        ]
        return list_answer(form, "announcements", heads, found.qs, _cells)
    page = Paginator(found.qs if found.is_valid() else Announcement.objects.none(), PAGE)
    context = {
        "page": page.get_page(request.GET.get("page")),
        "form": found.form,
        "badges": BADGES,
        "is_filtered": any(request.GET.get(name) for name in found.filters),
    }
    return render(request, "marketplace/announcements.html", context)


@require_safe
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one whole, in the reader's language and in the other one."""
    found = get_object_or_404(Announcement.objects.public(), public_id=public_id)
    return render(request, "marketplace/announcement.html", texts(found))


def texts(found: Announcement) -> dict[str, Any]:
    """Return an announcement with its texts in parts, the reader's language first."""
    both: list[dict[str, Any]] = [
        {"tag": "zh-Hans", "name": _("Chinese text"), "title": found.title_zh, "text": found.text_zh},
        {"tag": "en", "name": _("English text"), "title": found.title_en, "text": found.text_en},
    ]
    for one in both:
        one["parts"] = paragraphs(one.pop("text"))
    own, other = both if _chinese() else reversed(both)
    return {"one": found, "own": own, "other": other, "badge": BADGES[found.kind]}


@require_POST
def put_away(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show this person an announcement no more, and go back to the page it stood on."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else "/")
    if all(one.public_id != public_id for one in current()):
        return response
    # What the page showed is put away, not what it has become since: maintenance that was far is shown again.
    seen = urgent if request.POST.get("mark") == (urgent := f"{public_id}!") else public_id
    away = [*(one for one in _away(request) if one != seen), seen][-MOST_AWAY:]
    if request.user.is_authenticated:
        request.session[AWAY] = away
        return response
    response.set_signed_cookie(
        AWAY,
        ".".join(away),
        salt=SALT,
        max_age=HALF_A_YEAR,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


def banner(request: HttpRequest, organization: Organization | None) -> dict[str, Any]:
    """Return the one announcement that this page shows, or nothing; no query."""
    known = current()
    if not known:
        return {}
    at = clock.now()
    one = first(known, reader=reader_of(request, organization), away=_away(request), at=at)
    if one is None:
        return {}
    chinese = _chinese()
    return {
        "shown": one,
        "mark": mark(one, at),
        "title": one.title_zh if chinese else one.title_en,
        "label": Announcement.About(one.kind).label,
        "urgent": is_urgent(one, at),
        "running": one.begins_at is not None and one.begins_at <= at,
    }


def _away(request: HttpRequest) -> list[str]:
    """Return what the reader has put away: of strangers by their cookie, of others by their session."""
    if request.user.is_authenticated:
        return list(request.session.get(AWAY, ()))
    return str(request.get_signed_cookie(AWAY, "", salt=SALT)).split(".")


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _cells(one: Announcement) -> list[object]:
    return [
        _typed(one.published_at),
        one.get_kind_display(),
        one.title_zh if _chinese() else one.title_en,
        for_whom(one),
        " – ".join(_typed(each) for each in (one.in_force_from, one.begins_at, one.ends_at) if each),
        one.get_state_display(),
        one.public_id,
    ]


def for_whom(one: Announcement) -> str:
    """Return whom it is for, a province by its name."""
    if one.province is None:
        return str(one.get_audience_display())
    return one.province.name_zh if _chinese() else one.province.name


def _typed(moment: Any) -> str:
    return timezone.localtime(moment).isoformat(" ", "minutes")[:16] if moment else ""
