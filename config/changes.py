"""What changed of the REST API, for programs: the committed list, and what is deprecated now."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from config.objects.tags import digest

COMMITTED = Path(__file__).with_name("changes.json")
KINDS = {"added", "changed", "deprecated", "removed", "breaking"}


@cache
def recorded() -> list[dict[str, str]]:
    """Return the changes as they are committed, the newest first."""
    found: list[dict[str, str]] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return sorted(found, key=lambda change: change["on"], reverse=True)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Tell every change: its day, operation, kind, and words in the language that is asked for."""
    is_chinese = (get_language() or "").startswith("zh")
    rows: list[dict[str, Any]] = [
        {
            "date": change["on"],
            "operation": change["operation"],
            "kind": change["kind"],
            "text": change["text_zh"] if is_chinese else change["text"],
        }
        for change in recorded()
    ]
    response = JsonResponse({"data": rows}, json_dumps_params={"ensure_ascii": False})
    response["ETag"] = f'"{digest(rows)}"'
    response["Vary"] = "Accept-Language"
    answer = get_conditional_response(request, response["ETag"], None, response)
    return answer or response
