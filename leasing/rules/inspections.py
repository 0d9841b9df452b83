"""
What an inspection found at a machine that came back: each finding beside the hand-over, with who bears it.

What use as agreed wears is not the lessee's to make good (Civil Code, Article 710). What was found is a fact;
what is owed follows from a damage claim, not from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from leasing.rules.condition import LONGEST_TEXT, MOST, Condition, Result
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, share_out

SHORTEST_REPLY = timedelta(days=3)
LONGEST_REPLY = timedelta(days=90)
LARGEST_ESTIMATE = 10**15  # minor units
WHOLE = 100  # per cent


class FindingKind(StrEnum):
    """What became of an item."""

    WEAR = "WEAR"
    DAMAGE = "DAMAGE"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What was found at one item; ``estimate_minor``: what making it good may cost, before tax, in minor units.

    ``lessee_percent`` of it are said to be the lessee's, the rest the lessor's.
    """

    item: str
    kind: FindingKind
    text: str
    estimate_minor: int = 0
    lessee_percent: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as its record holds it; photos are pairs of id and SHA-256."""

    number: int
    item: str
    kind: FindingKind
    text: str
    estimate: Money
    lessee_percent: int
    lessee_share: Money
    lessor_share: Money
    photos_before: tuple[tuple[str, str], ...]
    photos_after: tuple[tuple[str, str], ...]


TEXTS = {
    "too_many": gettext_noop("At most {most}."),
    "too_long": gettext_noop("At most {most} characters."),
    "words_missing": gettext_noop("Say in words what is to be seen."),
    "finding_unknown_item": gettext_noop("The checklist of this machine has no item “{item}”."),
    "finding_on_order": gettext_noop("“{item}” is said to be in order. A finding needs a note or a fault."),
    "finding_missing": gettext_noop("Say what the fault at “{item}” is: wear, damage or missing."),
    "estimate_invalid": gettext_noop("An estimate is an amount from 0 up."),
    "percent_invalid": gettext_noop("A share is a whole number from 0 to 100 per cent."),
    "wear_is_free": gettext_noop(
        "What use as agreed wears is not the lessee's to pay: its share is 0 per cent."
    ),
    "inspected_late": gettext_noop(
        "The time to inspect is over: what is found now is not the lessee's to pay, its share is 0 per cent."
    ),
    "reply_too_soon": gettext_noop("The lessee has at least {days} days to answer."),
    "reply_too_late": gettext_noop("The lessee has at most {days} days to answer."),
}


def flaws(
    findings: Sequence[Finding], given: Condition, *, reply_until: datetime, at: datetime, late: bool = False
) -> list[Flaw]:
    """
    Return what is wrong with findings and the time to answer them, each at its field.

    ``late`` says that the time to inspect, or to be ready, was over: then the lessee bears nothing of what is
    found.
    """
    seen = {one.item: one.result for one in given.checklist}
    named = {one.item for one in findings}
    faults = [item for item, result in seen.items() if result == Result.FAULT and item not in named]
    found = [_flaw("/findings", "too_many", most=MOST)] if len(findings) > MOST else []
    found += [_flaw(f"/findings/{item}", "finding_missing", item=item) for item in faults]
    for one in findings:
        found += _finding_flaws(one, seen.get(one.item))
        if late and one.lessee_percent:
            found.append(_flaw(f"/findings/{one.item}", "inspected_late"))
    if reply_until < at + SHORTEST_REPLY:
        found.append(_flaw("/reply_until", "reply_too_soon", days=SHORTEST_REPLY.days))
    if reply_until > at + LONGEST_REPLY:
        found.append(_flaw("/reply_until", "reply_too_late", days=LONGEST_REPLY.days))
    return found


def dump(
    findings: Sequence[Finding], given: Condition, before: Mapping[str, Any] | None, *, currency: str
) -> list[dict[str, Any]]:
    """Return findings as their record keeps them, each beside what the hand-over said of its item."""
    return [
        {
            "number": number,
            "item": one.item,
            "kind": one.kind.value,
            "text": one.text.strip(),
            "estimate_minor": one.estimate_minor,
            "currency": currency,
            "lessee_percent": one.lessee_percent,
            "lessor_percent": WHOLE - one.lessee_percent,
            "before": _before(one.item, before),
            "photos": [_shot(shot.photo, shot.sha256) for shot in given.photos if shot.item == one.item],
        }
        for number, one in enumerate(findings, start=1)
    ]


def findings_of(document: Mapping[str, Any]) -> tuple[Found, ...]:
    """Return the findings of the record of an inspection, each with its shares, exact to the minor unit."""
    return tuple(_found(one) for one in document.get("findings", ()))


def waits(document: Mapping[str, Any]) -> bool:
    """Tell whether the lessee has something to answer: a finding of which it is to bear a part."""
    return any(one["lessee_percent"] for one in document.get("findings", ()))


def _found(one: Mapping[str, Any]) -> Found:
    shares = share_out(one["estimate_minor"], [one["lessee_percent"], one["lessor_percent"]])
    lessee, lessor = (Money(minor, one["currency"]) for minor in shares)
    before = one["before"] or {"photos": []}
    return Found(
        number=one["number"],
        item=one["item"],
        kind=FindingKind(one["kind"]),
        text=one["text"],
        estimate=Money(one["estimate_minor"], one["currency"]),
        lessee_percent=one["lessee_percent"],
        lessee_share=lessee,
        lessor_share=lessor,
        photos_before=tuple((shot["photo"], shot["sha256"]) for shot in before["photos"]),
        photos_after=tuple((shot["photo"], shot["sha256"]) for shot in one["photos"]),
    )


def _before(item: str, document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if document is None:
        return None
    shots = [_shot(one["photo"], one["sha256"]) for one in document["photos"] if one["item"] == item]
    said = next((one for one in document["checklist"] if one["item"] == item), None)
    if said is None:
        return None
    return {"result": said["result"], "text": said["text"], "photos": shots}


def _shot(photo: str, sha256: str) -> dict[str, str]:
    return {"photo": photo, "sha256": sha256}


def _finding_flaws(one: Finding, result: Result | None) -> list[Flaw]:
    place, found = f"/findings/{one.item}", []
    if result is None:
        found.append(_flaw("/findings", "finding_unknown_item", item=one.item))
    elif result == Result.OK:
        found.append(_flaw(place, "finding_on_order", item=one.item))
    if not one.text.strip():
        found.append(_flaw(place, "words_missing"))
    if len(one.text) > LONGEST_TEXT:
        found.append(_flaw(place, "too_long", most=LONGEST_TEXT))
    if not 0 <= one.estimate_minor <= LARGEST_ESTIMATE:
        found.append(_flaw(place, "estimate_invalid"))
    if not 0 <= one.lessee_percent <= WHOLE:
        found.append(_flaw(place, "percent_invalid"))
    if one.kind == FindingKind.WEAR and one.lessee_percent:
        found.append(_flaw(place, "wear_is_free"))
    return found


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
