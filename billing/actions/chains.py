"""
The chain of stretches of one unit on one device while one binding held, and bringing it up to date.

What is new goes on from the newest checkpoint. What is late is folded again from the checkpoint before it,
until a state is the one that was known; from there on nothing can differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count

from billing.models import Checkpoint
from billing.models.checkpoints import CheckpointQuerySet
from billing.rules import metering as rules
from billing.rules.cutting import merged
from billing.rules.stretches import (
    Cuts,
    Evidence,
    Plan,
    Stretch,
    closing,
    counter_marks,
    edge_growth,
    end_growth,
    first_numbers,
    walk,
)
from devices.models import Binding
from devices.queries import EVERYTHING, Orders, Said
from devices.rules.increments import Flag, Increment
from devices.rules.readings import Reading
from leasing.models import LeaseUnit

Read = Callable[[Orders], Evidence]
LastNumber = Callable[[str, int], Said | None]
EDGE = int(Flag.HELD | Flag.EDGE)


@dataclass(frozen=True)
class News:
    """What arrived since the last run, as orders of the source: late from ``late`` to ``late_end``."""

    known: int
    late: int | None = None
    late_end: int = 0
    is_more: bool = False

    @classmethod
    def of(cls, spans: Sequence[tuple[int, int]], known: int) -> "News":
        """Sort deliveries into those that begin before what was known, and those behind it."""
        late = [span for span in spans if span[0] <= known]
        return cls(
            known,
            min((low for low, _ in late), default=None),
            max((high for _, high in late), default=0),
            len(late) < len(spans),
        )


@dataclass
class Chain:
    """
    One chain: how it is read, and what a run changes in it; nothing is written before :meth:`write`.

    ``next_number`` is asked where the time of the unit ends with that of the chain. ``latest`` is the latest
    device time among what was read, in microseconds; ``life`` the order of the last proof of life in it.
    """

    unit: LeaseUnit
    binding: Binding
    plan: Plan
    read: Read
    last_number: LastNumber
    next_number: LastNumber | None = None
    gone: dict[date, Stretch] = field(default_factory=dict)
    made: dict[date, Stretch] = field(default_factory=dict)
    is_redone: bool = False
    latest: int | None = None
    life: int = -1

    @property
    def rows(self) -> CheckpointQuerySet:
        """The checkpoints of this chain."""
        return Checkpoint.objects.filter(device=self.binding.device_id, unit=self.unit, binding=self.binding)

    @property
    def basis(self) -> str:
        """The fingerprint of what decides what evidence amounts to."""
        return rules.basis(self.plan)

    @property
    def days(self) -> set[date]:
        """The local days whose windows may have changed."""
        return set().union(*(one.days(self.plan) for one in (*self.gone.values(), *self.made.values())))

    def bring_up(self, news: News, *, over: bool) -> None:
        """Find what changes; ``over`` says that the time of the chain has ended."""
        newest = self.rows.newest()
        if newest is None or newest.basis != self.basis:
            self._redo()
        else:
            reached_end = news.late is not None and self._late(news)
            if news.is_more and not reached_end:
                self._more(news)
        self._close(over=over, is_known=not self.is_redone and news.late is None)

    def write(self) -> None:
        """Replace the checkpoints that changed; call it inside a transaction that holds the unit's lock."""
        changed = self.rows if self.is_redone else self.rows.filter(local_day__in=[*self.gone, *self.made])
        changed.delete()
        Checkpoint.objects.bulk_create(
            Checkpoint.of(one, self.plan, unit=self.unit, binding=self.binding, basis=self.basis)
            for one in self.made.values()
        )

    def _redo(self) -> None:
        self.is_redone = True
        self._put(self._walk(EVERYTHING))

    def _late(self, news: News) -> bool:
        """Fold late evidence into its place; say whether everything to the end was folded again."""
        assert news.late is not None
        begin, before = [*self.rows.upto(news.late)[:2], None, None][:2]
        if begin is None:
            self._redo()
            return True
        made, after, start = list[Stretch](), before.stretch() if before else None, begin.first_order
        follows = self.rows.behind(news.late_end).first()
        for skipped in (2**turn - 1 for turn in count()):  # looks at more and more, to read all at most twice
            orders = Orders(start, follows.first_order) if follows else Orders(start)
            found = self._walk(orders, after=after, extend=bool(made))
            made = [one for one in made if one.local_day != found[0].local_day] + found
            if follows is None:
                break
            # What was missing beside the late numbers is noted at the first proof of life behind them.
            if self.life > news.late_end and made[-1].ends_like(self._before(follows)):
                break
            start, after = follows.first_order, made[-1]
            follows = self.rows.behind(start)[skipped:].first()
        replaced = self.rows.behind(begin.first_order - 1)
        if follows is not None:
            replaced = replaced.filter(first_order__lt=follows.first_order)
        self._take([row.stretch() for row in replaced])
        self._put(made)
        return follows is None

    def _before(self, row: Checkpoint) -> Stretch:
        known = self.rows.upto(row.first_order - 1).first()
        assert known is not None, "what is compared follows something"
        return known.stretch()

    def _more(self, news: News) -> None:
        """Fold what follows all that was known."""
        newest = self.rows.newest()
        assert newest is not None
        last = self.made.get(newest.local_day, newest.stretch())
        self._take([last])
        self._put([replace(last, closing={})])
        self._put(self._walk(Orders(news.known + 1), after=last, extend=True))

    def _close(self, *, over: bool, is_known: bool) -> None:
        """Let what is open end with the time, or take that back if more came."""
        newest = self.rows.newest() if not self.is_redone else None
        stored = newest.stretch() if newest is not None and newest.local_day not in self.gone else None
        last = max(
            [*self.made.values(), *([stored] if stored else [])], key=lambda one: one.first, default=None
        )
        if last is None:
            return
        ended = closing(self.plan, last, over=over)
        if over and self.next_number is not None:
            for meter, cuts in self._behind(last, is_known=is_known).items():
                ended[meter] = merged([*ended.get(meter, ()), *cuts])
        if ended != last.closing:
            self._take([last])
            self._put([replace(last, closing=ended)])

    def _behind(self, last: Stretch, *, is_known: bool) -> Cuts:
        """Hold what counters grew by over the end; what was found before stands until late readings come."""
        assert self.next_number is not None
        found: Cuts = {}
        for meter, mark in counter_marks(self.plan, last).items():
            known = [cut for cut in last.closing.get(meter, ()) if cut.reason == EDGE]
            if known and is_known:
                found[meter] = known
                continue
            said = self.next_number(str(mark.channel), mark.sequence)
            if said is not None:
                after = Reading(said.order, said.at, said.channel, said.value)  # type: ignore[arg-type]
                found[meter] = end_growth(self.plan, last, mark, after, meter=meter, arrival=said.arrival)
        return {meter: cuts for meter, cuts in found.items() if cuts}

    def _walk(self, orders: Orders, *, after: Stretch | None = None, extend: bool = False) -> list[Stretch]:
        found = self.read(orders)
        self.latest = max((one.at for one in found.readings), default=self.latest)
        self.life = max((one.sequence for one in found.trace), default=self.life)
        edges, arrivals = list[Increment](), dict(found.arrivals)
        for meter, baseline in first_numbers(self.plan, found, after).items():
            said = self.last_number(str(baseline.channel), baseline.sequence)
            if said is not None:
                before = Reading(said.order, said.at, said.channel, said.value)  # type: ignore[arg-type]
                edges += edge_growth(self.plan, meter, before, baseline)
                arrivals[said.order] = said.arrival
        evidence = replace(found, arrivals=arrivals)
        return walk(self.plan, evidence, after=after, extend=extend, edges=edges)

    def _take(self, stretches: Sequence[Stretch]) -> None:
        for one in stretches:
            self.gone.setdefault(one.local_day, one)

    def _put(self, stretches: Sequence[Stretch]) -> None:
        self.made |= {one.local_day: one for one in stretches}
