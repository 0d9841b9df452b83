"""Help in short pages, and the privacy notice: texts in two languages, for everybody."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.actions import privacy as acceptances
from marketplace.models import PrivacyAcceptance
from marketplace.rules.privacy import CURRENT, SINCE
from marketplace.shared import clock

# The address of each topic, its heading, and what it answers.
TOPICS: dict[str, tuple[Promise, Promise]] = {
    "lease": (
        gettext_lazy("Find and lease a machine"),
        gettext_lazy("From the search to the return: what happens when, and what it costs."),
    ),
    "list": (
        gettext_lazy("List a machine"),
        gettext_lazy("Register, describe, price, publish, decide, get paid."),
    ),
    "connect": (
        gettext_lazy("Connect a device"),
        gettext_lazy("How a machine reports what it does, and what to do if it does not."),
    ),
    "pay": (
        gettext_lazy("Invoices and payments"),
        gettext_lazy("Where an amount comes from, how it is paid, and what to do if it is wrong."),
    ),
    "data": (
        gettext_lazy("Data rights"),
        gettext_lazy("Who may see what a machine reports, and how you take your data along."),
    ),
    "programs": (
        gettext_lazy("Keys and webhooks"),
        gettext_lazy("For programs: keys, addresses, errors, messages."),
    ),
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the topics."""
    rows = [{"name": name, "title": title, "about": about} for name, (title, about) in TOPICS.items()]
    return render(request, "marketplace/help.html", {"topics": rows})


@require_safe
def topic(request: HttpRequest, name: str) -> HttpResponse:
    """Show one topic, and the way to the others."""
    if name not in TOPICS:
        raise Http404
    title, about = TOPICS[name]
    others = [{"name": one, "title": words[0]} for one, words in TOPICS.items() if one != name]
    context = {"title": title, "about": about, "text": _text(name), "others": others}
    return render(request, "marketplace/help_topic.html", context)


def privacy(request: HttpRequest) -> HttpResponse:
    """Show the privacy notice that holds, and let somebody who is signed in accept it."""
    user: Any = request.user if request.user.is_authenticated else None
    if request.method == "POST":
        if user is not None:
            acceptances.accept(by=user, at=clock.now())
            messages.success(request, _("It is noted that you accept this version."))
        return redirect("privacy")
    known = PrivacyAcceptance.objects.filter(user=user, version=CURRENT).first() if user else None
    context = {"version": CURRENT, "since": SINCE, "text": _text("privacy"), "known": known}
    return render(request, "marketplace/privacy.html", context)


def _text(name: str) -> str:
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return f"marketplace/help/{name}_{language}.html"
