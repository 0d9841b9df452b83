"""What a record of a return or an inspection says beyond the checklist, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.rules.checklists import checklist
from leasing.rules.returns import DIFFERENCES, Wipe
from marketplace.rules.pricing import words

WIPES = {
    Wipe.WIPED: gettext_lazy("wiped"),
    Wipe.NOT_WIPED: gettext_lazy("not wiped"),
    Wipe.NO_MEMORY: gettext_lazy("has no memory"),
}


def part(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a return; of another record, nothing."""
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
    facts = dict(one) | {"name": names.get(one["name"], one["name"])}
    return _(DIFFERENCES[one["code"]]).format(**facts)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
