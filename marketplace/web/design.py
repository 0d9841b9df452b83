"""``/design/``: every component with its states, beside the very text that draws it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import gettext_lazy

from .samples import samples

COLOURS = ["paper", "card", "line", "ink", "ink-2", "accent", "accent-weak"]
STATES = ["run", "idle", "fault", "off", "info"]
SECTIONS = {
    "figures": gettext_lazy("Figures: money, quantities, rates, moments"),
    "tiles": gettext_lazy("Figure tiles"),
    "badges": gettext_lazy("States: a word, a colour, a shape"),
    "strips": gettext_lazy("Strips of time"),
    "bars": gettext_lazy("Bars by day, with the table"),
    "tables": gettext_lazy("Table: sorted, totalled, exported; cards on phones"),
    "filters": gettext_lazy("Filter form, chips, pages"),
    "forms": gettext_lazy("Form with errors"),
    "buttons": gettext_lazy("Buttons, and an act with its consequence"),
    "notices": gettext_lazy("Notices, progress, steps, empty state"),
    "cards": gettext_lazy("Listing cards"),
    "price": gettext_lazy("Price box, specifications, month"),
    "ladder": gettext_lazy("Why this amount"),
    "explanation": gettext_lazy("Explained decision"),
    "timeline": gettext_lazy("Timeline and difference of two versions"),
    "paper": gettext_lazy("Document on paper"),
    "board": gettext_lazy("Match board"),
    "drawings": gettext_lazy("Drawings of the nine families"),
}


def show(request: HttpRequest) -> HttpResponse:
    """Show the tokens and every section; each section is one template under ``design/``."""
    context = samples()
    sections = [_section(name, title, context, request) for name, title in SECTIONS.items()]
    return render(request, "design.html", {"sections": sections, "tokens": COLOURS + STATES})


def _section(name: str, title: object, context: dict[str, object], request: HttpRequest) -> dict[str, object]:
    template: Any = get_template(f"design/{name}.html")
    source = template.template.source.split("{# #}\n", 1)[-1].strip()
    return {"name": name, "title": title, "html": template.render(context, request), "source": source}
