"""
What an owner has done: the rooms above say it, and listings are found by it.

Only steps of the number are shown to anybody (:data:`marketplace.rules.search.flags.RECORDS`).
"""

from collections.abc import Callable, Collection, Mapping

Finished = Callable[[Collection[int]], Mapping[int, int]]  # per key of an owner, how many
_TOLD: dict[str, Finished] = {}


def told_by(*, name: str, finished: Finished) -> None:
    """Let a room above tell how many leases owners finished; it says so in its ``AppConfig.ready``."""
    _TOLD[name] = finished


def finished(*, owners: Collection[int]) -> dict[int, int]:
    """Return how many leases each owner finished; one without any may be missing."""
    found: dict[int, int] = {}
    for told in _TOLD.values():
        for owner, many in told(owners).items():
            found[owner] = found.get(owner, 0) + many
    return found
