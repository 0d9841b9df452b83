"""What a record of a return or an inspection says beyond the checklist, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.rules import record_papers
from leasing.rules.checklists import checklist
from leasing.rules.inspections import WHOLE, Found, findings_of
from leasing.rules.returns import DIFFERENCES, Wipe
from marketplace.rules.pricing import words

WIPES = {one: gettext_lazy(text) for one, text in record_papers.WIPES.items()}
FINDINGS = {one: gettext_lazy(text) for one, text in record_papers.FINDINGS.items()}


def part(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a return or an inspection; of a hand-over, nothing."""
    if "findings" in document:
        found = [_finding(one, document["family"]) for one in findings_of(document)]
        return {"findings": found, "inspected": True}
    if "data_wipe" not in document:
        return {}
    wipe = document["data_wipe"]
    return {
        "wipe": {"state": wipe["state"], "words": WIPES[Wipe(wipe["state"])], "reason": wipe["reason"]},
        "late": document["late"],
        "due_back_at": _moment(document["due_back_at"]),
        "use_ended_at": _moment(document["use_ended_at"]),
        "differences": [difference(one, document["family"]) for one in document["differences"]],
    }


def difference(one: Mapping[str, str], family: str) -> str:
    """Say one difference from the hand-over."""
    names = {item.code: _(item.text) for item in checklist(family)}
    names |= {meter: _(text) for meter, text in words.METERS.items()}
    facts, text = dict(one) | {"name": names.get(one["name"], one["name"])}, DIFFERENCES[one["code"]]
    return _(text).format(**facts)


def _finding(one: Found, family: str) -> dict[str, Any]:
    names = {item.code: _(item.text) for item in checklist(family)}
    return {
        "number": one.number,
        "item": names.get(one.item, one.item),
        "kind": one.kind.value,
        "words": FINDINGS[one.kind],
        "text": one.text,
        "estimate": one.estimate,
        "lessee_percent": one.lessee_percent,
        "lessor_percent": WHOLE - one.lessee_percent,
        "lessee_share": one.lessee_share,
        "lessor_share": one.lessor_share,
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
