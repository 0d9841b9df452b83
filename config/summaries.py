"""What operations of the REST interface do, in the reader's language.

English words stand in the code, and so in ``docs/openapi.json``, which stays in one language. The Chinese
ones are written by people into ``config/data/summaries.zh.json``, read when the first reader needs them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext

CHINESE = Path(__file__).resolve().parent / "data" / "summaries.zh.json"

TAGS = {
    "announcements": "Announcements",
    "bank statements": "Bank statements",
    "books": "Books",
    "budgets": "Budgets",
    "categories": "Categories",
    "commission": "Commission",
    "data products": "Data products",
    "data rights": "Data rights",
    "devices": "Devices",
    "equipment": "Machines",
    "events": "Events and webhooks",
    "evidence": "Evidence",
    "funds": "Risk funds",
    "imports": "Imports",
    "indicators": "Indicators",
    "invoices": "Invoices",
    "jobs": "Background jobs",
    "keys": "Keys",
    "leases": "Leases",
    "listings": "Listings",
    "loans": "Loans",
    "messages": "Messages",
    "needs": "Needs",
    "parties": "Organizations",
    "payments": "Payments",
    "ping": "Who am I",
    "planning": "Planning",
    "reminders": "Reminders",
    "sites": "Sites",
    "slots": "Bookings by the slot",
    "subsidies": "Subsidies",
    "telemetry": "Telemetry",
    "test mode": "Test mode",
}


@cache
def chinese() -> dict[str, dict[str, str]]:
    """Return the Chinese words: ``tags`` by their names, ``operations`` by their ids."""
    found: dict[str, dict[str, str]] = json.loads(CHINESE.read_text(encoding="utf-8"))
    return found


def is_chinese() -> bool:
    """Whether the reader's language is Chinese."""
    return (get_language() or "").startswith("zh")


def summary(name: str, english: str) -> str:
    """Return what an operation does; what a webhook tells has its Chinese in the catalogue, as on pages."""
    if not is_chinese():
        return english
    return chinese()["operations"].get(name) or gettext(english)


def title(tag: str) -> str:
    """Return the name of a subject."""
    english = TAGS.get(tag, tag)
    return chinese()["tags"].get(tag, english) if is_chinese() else english


def translate(document: dict[str, Any]) -> dict[str, Any]:
    """
    Put Chinese summaries into the description of the interface, where the reader's language is Chinese.

    Names of tags stay: programs that are made from the description are named after them.
    """
    if not is_chinese():
        return document
    items = [*document["paths"].values(), *document["webhooks"].values()]
    told = [about for item in items for about in item.values() if "operationId" in about]
    for about in told:
        about["summary"] = summary(about["operationId"], about["summary"])
    named = sorted({tag for about in told for tag in about["tags"]})
    document["tags"] = [{"name": tag, "description": title(tag)} for tag in named]
    return document
