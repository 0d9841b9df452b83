"""One decision about one channel in one segment, and how the log writes many of them down."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from devices.ownership.rules.decisions import Decision, Effect
from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.segments import Segment


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of one channel for one stretch of time."""

    segment: Segment
    channel: str
    category: str
    party: str
    decision: Decision

    @property
    def permits(self) -> bool:
        """Tell whether anything may be handed out."""
        return self.decision.effect is not Effect.DENY

    @property
    def table(self) -> Matrix | None:
        """The table of rights by which it was decided, ``None`` for the default one."""
        return self.segment.lending.table if self.segment.lending else None


def outcome(effects: Iterable[Effect]) -> str:
    """Sum up in one word: PERMIT if nothing was refused, DENY if nothing was granted, else PARTLY."""
    denied = [effect is Effect.DENY for effect in effects]
    if all(denied):
        return "DENY"
    return "PARTLY" if any(denied) else "PERMIT"


def written(rulings: Iterable[Ruling]) -> list[dict[str, Any]]:
    """Write rulings as plain values, one entry for all channels that were decided alike."""
    entries: dict[tuple[Any, ...], dict[str, Any]] = {}
    for ruling in rulings:
        key = ruling.segment.period.start, ruling.category, ruling.decision
        entry = entries.setdefault(key, _entry(ruling))
        entry["channels"].append(ruling.channel)
    return list(entries.values())


def described(decision: Decision) -> dict[str, Any]:
    """Write a decision as plain values."""
    return {
        "effect": decision.effect,
        "rule": decision.rule,
        "reason": decision.reason,
        "basis": list(decision.basis),
        "interval": decision.interval,
        "duties": list(decision.duties),
    }


def _entry(ruling: Ruling) -> dict[str, Any]:
    segment = ruling.segment
    return {
        "from": segment.period.start.isoformat(),
        "to": segment.period.end.isoformat() if segment.period.end else None,
        "party": ruling.party,
        "owner": segment.owner,
        "lessee": segment.lessee,
        "agreement": segment.lending.id if segment.lending else None,
        "category": ruling.category,
        "channels": [],
        **described(ruling.decision),
    }
