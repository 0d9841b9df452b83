"""
Offers: what one side proposes and the other accepts by its digest.

A lease has a row of them: the request, quotes of the lessor, counter-offers of the lessee. Each is whole, so
that nobody must put an offer together from changes; what it changes against the one before is computed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from leasing.rules.canonical import digest
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

# What an offer may say otherwise than the listing; what the lease is about, and its currency, stay.
NEGOTIABLE = (
    "price_plan",
    "count_rules",
    "billing_anchor_day",
    "deposit_minor",
    "grace_hours",
    "data_terms",
    "sla",
    "services",
    "finance",
)
LONGEST_VALIDITY_DAYS = 90

TEXTS = {
    "unknown_field": gettext_noop("“{field}” cannot be negotiated. What can: {fields}."),
    "not_an_object": gettext_noop("This must be an object with the terms that are to change."),
    "already_over": gettext_noop("Choose a moment in the future."),
    "too_far": gettext_noop("An offer may stand for {days} days at most."),
    "after_the_start": gettext_noop("The lease begins on {starts_at}: an offer cannot stand for longer."),
    "nothing_changed": gettext_noop("This is the same as the last offer. Accept that, or change something."),
}


class Mandate(StrEnum):
    """By what the accepting person binds its organization (Civil Code, articles 61, 161 and 170)."""

    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    OFFICE = "OFFICE"
    POWER_OF_ATTORNEY = "POWER_OF_ATTORNEY"


@dataclass(frozen=True)
class Difference:
    """One place at which an offer says something else than the one before; nothing where a side has none."""

    pointer: str
    before: Any
    after: Any

    def dump(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {"pointer": self.pointer, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Offered:
    """One offer as a value: which lease, which time, which terms, and until when it stands."""

    lease: str
    version: int
    side: str
    starts_at: datetime
    ends_at: datetime
    terms: Mapping[str, Any]
    valid_until: datetime | None = None

    def dump(self) -> dict[str, Any]:
        """Write the offer in its JSON form; times are UTC."""
        return {
            "lease": self.lease,
            "version": self.version,
            "side": self.side,
            "starts_at": _utc(self.starts_at),
            "ends_at": _utc(self.ends_at),
            "terms": dict(self.terms),
            "valid_until": _utc(self.valid_until) if self.valid_until else None,
        }

    def digest(self) -> str:
        """Return the fingerprint by which the other side accepts it."""
        return digest(self.dump())

    def subject(self) -> dict[str, Any]:
        """Return what two offers are compared by."""
        return {"starts_at": _utc(self.starts_at), "ends_at": _utc(self.ends_at), "terms": dict(self.terms)}


def differences(before: Offered, after: Offered) -> tuple[Difference, ...]:
    """Return every place at which ``after`` differs, in the order of its pointers."""
    return tuple(sorted(_between(before.subject(), after.subject(), ""), key=lambda one: one.pointer))


def negotiated(terms: Mapping[str, Any], changes: object) -> tuple[dict[str, Any], list[Flaw]]:
    """Return terms with changes laid over them, and a flaw for each that cannot be negotiated."""
    if not isinstance(changes, Mapping):
        return dict(terms), [Flaw("/terms", "not_an_object", TEXTS["not_an_object"])]
    fields = ", ".join(NEGOTIABLE)
    flaws = [
        Flaw(f"/terms/{name}", "unknown_field", TEXTS["unknown_field"], {"field": name, "fields": fields})
        for name in changes
        if name not in NEGOTIABLE
    ]
    return {**terms, **{name: changes[name] for name in NEGOTIABLE if name in changes}}, flaws


def validity_flaws(
    valid_until: datetime, *, starts_at: datetime, latest: datetime, at: datetime, shown: str
) -> list[Flaw]:
    """
    Return what is wrong with the time until which a quote stands.

    ``latest`` is the moment after which nobody can accept any more; ``shown`` is the start in words.
    """
    days = (valid_until - at).days
    if valid_until <= at:
        return [_flaw("/valid_until", "already_over")]
    if days >= LONGEST_VALIDITY_DAYS:
        return [_flaw("/valid_until", "too_far", days=LONGEST_VALIDITY_DAYS)]
    if valid_until > latest:
        return [_flaw("/valid_until", "after_the_start", starts_at=shown)]
    return []


def _between(before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {*before, *after}:
            yield from _between(before.get(name), after.get(name), f"{pointer}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from _between(_item(before, place), _item(after, place), f"{pointer}/{place}")
    elif before != after:
        yield Difference(pointer, before, after)


def _item(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
