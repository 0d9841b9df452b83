"""
A machine comes back: what its record says beyond that of the hand-over, and what differs between the two.

The lessee gives the machine back at the end, as it is after use as agreed (Civil Code, Article 733).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from leasing.rules.condition import LONGEST_TEXT, Condition, Result, Source
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

WORSE = (Result.OK, Result.NOTE, Result.FAULT)  # from good to bad


class Wipe(StrEnum):
    """What became of the programs and parameters in the memory of the machine."""

    WIPED = "WIPED"
    NOT_WIPED = "NOT_WIPED"
    NO_MEMORY = "NO_MEMORY"


@dataclass(frozen=True, slots=True)
class DataWipe:
    """Whether the lessee's data are out of the machine; if they are not, ``reason`` says why."""

    state: Wipe
    reason: str = ""

    def dump(self) -> dict[str, str]:
        """Write it as the record keeps it."""
        return {"state": self.state.value, "reason": self.reason.strip()}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise than at the hand-over; ``before`` and ``now`` are texts."""

    code: str
    name: str
    before: str = ""
    now: str = ""

    def dump(self) -> dict[str, str]:
        """Write it as the record keeps it."""
        return {"code": self.code, "name": self.name, "before": self.before, "now": self.now}


TEXTS = {
    "before_its_end": gettext_noop("The use of the machine ended later. It comes back after that."),
    "wipe_reason_missing": gettext_noop("Say why the memory is not wiped."),
    "too_long": gettext_noop("At most {most} characters."),
}
DIFFERENCES = {
    "serial_missing": gettext_noop("The serial number {name} of the hand-over is missing."),
    "serial_new": gettext_noop("The serial number {name} was not there at the hand-over."),
    "accessory_fewer": gettext_noop("{name}: {now} came back of {before}."),
    "accessory_more": gettext_noop("{name}: {now} came back, {before} went out."),
    "item_worse": gettext_noop("“{name}” is worse than at the hand-over."),
    "reading_lower": gettext_noop(
        "The counter “{name}” stands at {now}, at the hand-over it stood at {before}."
    ),
}


def flaws(given: Condition, wipe: DataWipe, *, used_until: datetime) -> list[Flaw]:
    """Return what is wrong with a return beyond its condition; ``used_until`` is when the use ended."""
    found = []
    if given.happened_at < used_until:
        found.append(_flaw("/happened_at", "before_its_end"))
    if wipe.state == Wipe.NOT_WIPED and not wipe.reason.strip():
        found.append(_flaw("/data_wipe/reason", "wipe_reason_missing"))
    if len(wipe.reason) > LONGEST_TEXT:
        found.append(_flaw("/data_wipe/reason", "too_long", most=LONGEST_TEXT))
    return found


def differences(before: Mapping[str, Any] | None, given: Condition) -> list[Difference]:
    """
    Return what is otherwise than the record of the hand-over says, in its order: serials, accessories,
    items that became worse, counters that stand lower. Without a record (the machine came by a change of the
    lease) nothing can be compared.
    """
    if before is None:
        return []
    return [
        *_serials(before["serials"], given.serials),
        *_accessories(before["accessories"], given.accessories),
        *_items(before["checklist"], given),
        *_readings(before["readings"], given),
    ]


def is_left(document: Mapping[str, Any]) -> bool:
    """Tell whether a record of a return says that the lessee's programs are still in the machine."""
    return bool(document["data_wipe"]["state"] == Wipe.NOT_WIPED)


def is_late(happened_at: datetime, due_back_at: datetime | None) -> bool:
    """Tell whether a machine came back behind the time that was kept for its way home."""
    return due_back_at is not None and happened_at > due_back_at


def inspect_by(
    known: datetime | None, *, stands_from: datetime, within: timedelta, anew: bool = False
) -> datetime:
    """
    Return until when a machine is inspected whose return stands from a moment on.

    What was ``known`` is not put off by another word or another record of the lessor; ``anew`` says that the
    lessee wrote its own record once more, by which the lessor has its whole time again.
    """
    until = stands_from + within
    return until if known is None or anew else min(known, until)


def ready_by(known: datetime | None, *, starts_from: datetime, within: timedelta) -> datetime:
    """
    Return until when a machine that was inspected in time is to be ready, and damage claimed for it.

    It counts from when the lessee may no longer answer the first record that was in time, or from that record
    where there is nothing to answer. What was ``known`` is put off by no other record; an answer of the
    lessee before its time is over brings it forward.
    """
    until = starts_from + within
    return until if known is None else min(known, until)


def ready_after_repair(known: datetime, *, begun_at: datetime, within: timedelta) -> datetime:
    """
    Return until when a machine is to be ready whose repair began: its days count anew from then, once.

    A repair that began when the time was over puts nothing off.
    """
    return known if has_lapsed(known, begun_at) else max(known, begun_at + within)


def has_lapsed(until: datetime | None, at: datetime) -> bool:
    """Tell whether the time in which something was to be done is over; without one it never is."""
    return until is not None and at >= until


def _serials(before: Sequence[str], now: Sequence[str]) -> list[Difference]:
    out, back = [one.strip() for one in before], [one.strip() for one in now]
    missing = [Difference("serial_missing", one) for one in out if one and one not in back]
    return missing + [Difference("serial_new", one) for one in back if one and one not in out]


def _accessories(before: Mapping[str, int], now: Mapping[str, int]) -> list[Difference]:
    found = []
    for name in sorted({*before, *now}):
        out, back = before.get(name, 0), now.get(name, 0)
        if out != back:
            code = "accessory_fewer" if back < out else "accessory_more"
            found.append(Difference(code, name, str(out), str(back)))
    return found


def _items(before: Sequence[Mapping[str, str]], given: Condition) -> list[Difference]:
    out = {one["item"]: Result(one["result"]) for one in before}
    return [
        Difference("item_worse", one.item, out[one.item].value, one.result.value)
        for one in given.checklist
        if one.item in out and WORSE.index(one.result) > WORSE.index(out[one.item])
    ]


def _readings(before: Sequence[Mapping[str, str]], given: Condition) -> list[Difference]:
    out = {one["meter"]: one["value"] for one in before if one["source"] == Source.PANEL}
    return [
        Difference("reading_lower", one.meter, out[one.meter], one.value)
        for one in given.readings
        if one.source == Source.PANEL and one.meter in out and _is_lower(one.value, out[one.meter])
    ]


def _is_lower(now: str, before: str) -> bool:
    try:
        return Decimal(now) < Decimal(before)
    except InvalidOperation:  # what is no number is a flaw of its own
        return False


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
