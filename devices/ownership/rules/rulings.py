"""One decision about one channel in one segment, and how the log writes many of them down."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from devices.ownership.rules.decisions import Decision, Effect
from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.grants import BY_GRANT, BY_LICENCE
from devices.ownership.rules.parties import THIRD_PARTIES, Party
from devices.ownership.rules.segments import Segment
from marketplace.shared.period import Period


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


def told(rulings: Iterable[Ruling]) -> Iterator[tuple[Period, Ruling]]:
    """
    Yield rulings, in order of time, with the stretch of time for which the asker is told of them.

    Where it has no part, that is one stretch: it does not learn when others began and ended.
    """
    for foreign, found in groupby(rulings, key=_is_foreign):
        run = list(found)
        whole = Period(run[0].segment.period.start, run[-1].segment.period.end)
        yield from ((whole if foreign else ruling.segment.period, ruling) for ruling in run)


def _is_foreign(ruling: Ruling) -> bool:
    """Tell whether the asker is no side there and reads by no grant."""
    outside = ruling.party == Party.STRANGER or ruling.party in THIRD_PARTIES
    return outside and not ruling.decision.rule.startswith((BY_GRANT, BY_LICENCE))


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
