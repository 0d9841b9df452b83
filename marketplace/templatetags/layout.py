"""Tags that the frame of every page needs."""

from collections.abc import Sequence
from typing import Any

from django.template import Library
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from marketplace.permissions import Permission, allowed
from marketplace.shared import clock as shared_clock
from marketplace.shared.request_id import current_request_id
from marketplace.web.themes import THEMES

register = Library()
BAR = 5
# The pages of an owner's console that stand side by side, and what one must be allowed to see them.
CONSOLE = (
    ("equipment", _("Machines"), None),
    ("machine-calendar", _("Calendar"), None),
    ("devices", _("Devices"), None),
    ("utilisation", _("Utilisation"), None),
    ("income", _("Income"), Permission.INVOICE_READ),
    ("imports", _("Imports"), None),
)


@register.simple_tag(takes_context=True)
def theme(context: Any) -> str:
    """Return the reader's choice of light, dark, or the system's way; without a request, the system's."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else THEMES[0]


@register.simple_tag(takes_context=True)
def here(context: Any) -> str:
    """Return the address of this page with its query, so that a switch can come back to it."""
    request = context.get("request")
    return request.get_full_path() if request and request.method in ("GET", "HEAD") else "/"


@register.inclusion_tag("components/test_mode.html", takes_context=True)
def test_mode(context: Any) -> dict[str, Any]:
    """Show on every page of a test installation that it is one, and what time it is; nothing in live mode."""
    shown = shared_clock.is_test()
    asked = shown and context.get("request") is not None  # an error page needs no database
    return {"shown": shown, "now": shared_clock.now() if asked else None, "me": context.get("me")}


@register.simple_tag
def language_tag() -> str:
    """Return the language for ``<html lang>``: ``zh-Hans`` or ``en``."""
    return "zh-Hans" if (get_language() or "").lower().startswith("zh") else "en"


@register.simple_tag
def request_id() -> str:
    """Return the id of the request that is being answered, which stands in the log; it needs no database."""
    return current_request_id()


@register.filter
def bar_items(nav: Sequence[Any] | None) -> dict[str, Any]:
    """Split the navigation for phones: five places, or four and a last one that unfolds the rest."""
    items = list(nav or ())
    cut = len(items) if len(items) <= BAR else BAR - 1
    return {"first": items[:cut], "rest": items[cut:]}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def console_tabs(context: Any, here: str) -> dict[str, Any]:
    """Show the pages of an owner's console side by side: machines, calendar, devices, utilisation, income."""
    me, organization = context.get("me"), context.get("organization")
    may = [
        (name, label)
        for name, label, right in CONSOLE
        if right is None or (organization and allowed(me, right, within=organization))
    ]
    tabs = [
        {"label": label, "url": reverse(name), "active": name == here, "count": None} for name, label in may
    ]
    return {"tabs": tabs, "label": _("Machines and what they bring in")}
