"""
Compiled agreements in memory: those that were asked about last, and no more than so many rules of them.

Which version is in force is never kept: whoever asks has read it with the data, and is answered by that one.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import NamedTuple

from devices.ownership.rules.odrl.compiling import Compiled
from devices.ownership.rules.odrl.policies import Policy

MOST = 20_000  # rules: some 15 MB a process

Load = Callable[[str, int], Sequence[Policy]]


class _Entry(NamedTuple):
    version: int
    compiled: Compiled
    rules: int


class Kept:
    """
    Agreements, each in the version that was asked for last, ready to be asked.

    ``load`` returns the policies of an agreement (public id) in a version; ``most`` is how many rules are
    kept, of however many agreements. One that has more by itself is kept alone.
    """

    def __init__(self, load: Load, *, most: int = MOST) -> None:
        self._load, self._most = load, most
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._rules, self._lock = 0, Lock()

    @property
    def rules(self) -> int:
        """How many rules are kept."""
        return self._rules

    def of(self, agreement: str, version: int) -> Compiled:
        """Return an agreement compiled, in exactly this version; it is loaded if it is not at hand."""
        with self._lock:
            found = self._entries.get(agreement)
            if found is not None and found.version == version:
                self._entries.move_to_end(agreement)
                return found.compiled
        policies = self._load(agreement, version)
        entry = _Entry(version, Compiled(policies), sum(len(one.rules) for one in policies))
        with self._lock:
            self._put(agreement, entry)
        return entry.compiled

    def _put(self, agreement: str, entry: _Entry) -> None:
        before = self._entries.pop(agreement, None)
        self._rules += entry.rules - (before.rules if before else 0)
        self._entries[agreement] = entry
        while self._rules > self._most and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self._rules -= oldest.rules
