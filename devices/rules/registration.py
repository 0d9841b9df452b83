"""What a device and its channels must look like to be registered; every fault at the field it concerns."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from devices.rules.counters import Behaviour
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

CODE = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
SHORTEST_SILENCE, LONGEST_SILENCE = 60, 86_400 * 365
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = timedelta(days=366)
MOST_CHANNELS = 2000
KINDS = ("STATE", "COUNTER", "GAUGE", "TEXT", "CONDITION")
RETENTIONS = ("EVIDENCE", "ORDINARY", "PRIVATE")
PRIVATE_CATEGORIES = frozenset({"process_parameters", "operator_data"})
LENGTHS = {"key": 200, "name": 120, "name_zh": 120, "unit": 24}
TEXTS = {
    "required": gettext_noop("This field is required."),
    "bad_code": gettext_noop("Use 1 to 40 Latin letters, digits, hyphens and underscores, such as “vmc-3”."),
    "bad_name": gettext_noop("Give a name of 1 to 80 characters."),
    "unknown_zone": gettext_noop(
        "There is no time zone “{zone}”. Send its IANA name, such as Asia/Shanghai."
    ),
    "bad_silence_limit": gettext_noop(
        "Send a whole number of seconds from {least} to {most}, or leave it out for no limit."
    ),
    "no_zone": gettext_noop("Send the moment with its zone, such as 2026-03-02T09:00:00+08:00."),
    "implausible_moment": gettext_noop(
        "Send a moment from {least} to {most}: readings before it are refused."
    ),
    "not_a_choice": gettext_noop("Choose one of: {choices}."),
    "too_long": gettext_noop("This may have {most} characters at most."),
    "must_be_private": gettext_noop("Process parameters and operator data are kept as PRIVATE."),
    "named_twice": gettext_noop("The channel “{key}” stands in the list twice. Keep one."),
    "too_many": gettext_noop("A device has {most} channels at most; with these it would have {count}."),
    "unknown_fact": gettext_noop("Only “behaviour” and “modulus” may stand here."),
    "no_width": gettext_noop("A counter that rolls over needs its modulus: a whole number of 2 or more."),
}


def device_flaws(
    *,
    code: str,
    name: str,
    zone: str,
    silence_limit_seconds: int | None,
    commissioned_at: datetime,
    at: datetime,
) -> list[Flaw]:
    """
    Return what is wrong with a device that is registered at ``at``.

    It may be commissioned from 1990 to a year from now; silence is no limit, or 60 seconds to a year.
    """
    flaws = []
    if not CODE.fullmatch(code):
        flaws.append(_flaw("/code", "bad_code"))
    if not 0 < len(name.strip()) <= len(name) <= 80:
        flaws.append(_flaw("/name", "bad_name"))
    if zone not in zones():
        flaws.append(_flaw("/zone", "unknown_zone", zone=zone))
    if silence_limit_seconds is not None and not SHORTEST_SILENCE <= silence_limit_seconds <= LONGEST_SILENCE:
        facts = {"least": SHORTEST_SILENCE, "most": LONGEST_SILENCE}
        flaws.append(_flaw("/silence_limit_seconds", "bad_silence_limit", **facts))
    return flaws + _moment_flaws(commissioned_at, at)


def channel_flaws(channels: Sequence[Mapping[str, Any]], *, categories: Collection[str]) -> list[Flaw]:
    """Return what is wrong with channels; ``categories`` are those of the data rights."""
    flaws: list[Flaw] = []
    seen: set[object] = set()
    for place, entry in enumerate(channels):
        pointer = f"/channels/{place}"
        flaws += _entry_flaws(pointer, entry, categories)
        if entry.get("key") in seen:
            flaws.append(_flaw(f"{pointer}/key", "named_twice", key=entry["key"]))
        seen.add(entry.get("key"))
    return flaws


def count_flaws(count: int) -> list[Flaw]:
    """Return a flaw if a device would have too many channels."""
    return [_flaw("/channels", "too_many", most=MOST_CHANNELS, count=count)] if count > MOST_CHANNELS else []


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset(available_timezones())


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)


def _moment_flaws(commissioned_at: datetime, at: datetime) -> list[Flaw]:
    if commissioned_at.utcoffset() is None:
        return [_flaw("/commissioned_at", "no_zone")]
    if EARLIEST <= commissioned_at <= at + LATEST:
        return []
    facts = {"least": str(EARLIEST.date()), "most": str((at + LATEST).date())}
    return [_flaw("/commissioned_at", "implausible_moment", **facts)]


def _entry_flaws(pointer: str, entry: Mapping[str, Any], categories: Collection[str]) -> list[Flaw]:
    flaws = [
        _flaw(f"{pointer}/{name}", "required")
        for name in ("key", "name", "kind", "category", "retention")
        if not entry.get(name)
    ]
    for name, most in LENGTHS.items():
        if len(entry.get(name) or "") > most:
            flaws.append(_flaw(f"{pointer}/{name}", "too_long", most=most))
    choices = {"kind": KINDS, "retention": RETENTIONS, "category": tuple(categories)}
    for name, known in choices.items():
        if entry.get(name) and entry[name] not in known:
            flaws.append(_flaw(f"{pointer}/{name}", "not_a_choice", choices=", ".join(known)))
    if entry.get("category") in PRIVATE_CATEGORIES and entry.get("retention") != "PRIVATE":
        flaws.append(_flaw(f"{pointer}/retention", "must_be_private"))
    return flaws + _behaviour_flaws(f"{pointer}/counter_behaviour", entry.get("counter_behaviour"))


def _behaviour_flaws(pointer: str, told: object) -> list[Flaw]:
    """A behaviour is written by its name alone, or as an object with its modulus."""
    if told is None or told in ("", {}):
        return []
    facts = told if isinstance(told, Mapping) else {"behaviour": told}
    known = [behaviour.value for behaviour in Behaviour]
    name, modulus = facts.get("behaviour"), facts.get("modulus")
    if name not in known:
        return [_flaw(pointer, "not_a_choice", choices=", ".join(known))]
    if not set(facts) <= {"behaviour", "modulus"}:
        return [_flaw(pointer, "unknown_fact")]
    if name == Behaviour.ROLLS_OVER and not (type(modulus) is int and 2 <= modulus <= 2**63):
        return [_flaw(pointer, "no_width")]
    return []
