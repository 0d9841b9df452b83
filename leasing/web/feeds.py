"""Calendar addresses of an organization, and the calendar behind each."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from leasing.actions import feeds
from leasing.models import CalendarFeed
from leasing.queries.feeds import events_of
from leasing.rules.icalendar import calendar
from leasing.web.words import said
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import NotPossible

MOST, MINUTE = 60, 60
KEEP = "private, max-age=900"


class FeedForm(forms.Form):
    """A new calendar address: what for, and what it shows."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    shows = forms.ChoiceField(label=gettext_lazy("Shows"), choices=CalendarFeed.Shows.choices)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the calendar addresses of the organization, and make one: it is shown once, on the answer."""
    organization = acting_organization(request)
    form, text = FeedForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            _feed, token = feeds.create(
                organization=organization,
                language=translation.get_language() or "zh-hans",
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
                **form.cleaned_data,
            )
        except NotPossible as error:
            messages.error(request, said(error))
        else:
            text = request.build_absolute_uri(reverse("calendar-feed", args=[token]))
            form = FeedForm()
    context: dict[str, Any] = {
        "feeds": CalendarFeed.objects.filter(organization=organization).order_by("-pk"),
        "form": form,
        "text": text,
        "may_edit": allowed(request.user, Permission.LEASE_OPERATE, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "leasing/calendar_feeds.html", context)


@require_POST
@login_required
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke an address at once."""
    visible = CalendarFeed.objects.visible_to(request.user)  # type: ignore[arg-type]
    feed = get_object_or_404(visible.select_related("organization"), public_id=public_id)
    feeds.revoke(feed=feed, by=request.user, at=clock.now())  # type: ignore[arg-type]
    messages.info(request, _("The calendar address “{name}” is revoked.").format(name=feed.name))
    return redirect("calendar-feeds")


@require_http_methods(["GET", "HEAD"])
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer a calendar program: the calendar, or that it has not changed; 404 to whatever is not a feed."""
    if _too_many(request):
        return HttpResponse(status=429, headers={"Retry-After": str(MINUTE)})
    now = clock.now()
    found = feeds.find(token=token, at=now)
    if found is None:
        raise Http404
    with translation.override(found.language):
        events = events_of(found, now, absolute=request.build_absolute_uri)
    body = calendar(f"{found.organization.name} · {found.name}", events).encode()
    changed = max([found.created_at, *(event.changed_at for event in events)])
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["ETag"], answer["Last-Modified"] = etag, http_date(changed.timestamp())
    answer["Cache-Control"] = KEEP
    answer["Content-Disposition"] = 'inline; filename="jijian.ics"'
    # by its tag alone: a change that was begun before another one, and saved after it, has the older time
    return get_conditional_response(request, etag, None, answer) or answer


def _too_many(request: HttpRequest) -> bool:
    """Count the calls of an address; where Redis does not answer, nobody is turned away: a secret is long."""
    key = f"calendar-reads:{BaseThrottle().get_ident(request)}"  # type: ignore[arg-type]
    try:
        cache.add(key, 0, MINUTE)
        return cache.incr(key) > MOST
    except (RedisError, ValueError):  # ValueError: the minute ended between the two
        return False
