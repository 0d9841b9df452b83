"""Cut a requested period where the right to it changes: at the edges of bindings, agreements and grants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devices.ownership.rules import grants as granting
from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.grants import Granted
from marketplace.shared.period import Period


@dataclass(frozen=True, slots=True)
class Erased:
    """Readings of a class (of ``channels``, if any are named) that were ordered to go from a device."""

    period: Period
    retention: str
    channels: tuple[str, ...]
    ordered_at: datetime
    certificate: str | None = None

    def concerns(self, key: str, retention: str) -> bool:
        """Tell whether readings of a channel, of a class, are among them."""
        return key in self.channels if self.channels else retention == self.retention


@dataclass(frozen=True, slots=True)
class Tenure:
    """A device speaks for a machine of ``owner`` during a period; ``erased`` is what went of the device."""

    period: Period
    equipment: str
    owner: str
    grants: tuple[Granted, ...] = ()  # what its owner gave of the time in which it is not leased
    erased: tuple[Erased, ...] = ()


@dataclass(frozen=True, slots=True)
class Lending:
    """
    A machine is leased to ``lessee`` during a period, by the agreement ``id`` in its ``version``.

    ``table`` holds for what was generated in the period (``None``: the default one); ``whole`` is the period
    of the agreement, if that is longer. In a sub-lease ``above`` are those who sub-let it, from the head
    lessee on, and ``over`` their agreements with the version of each. What is sub-let is no part of the
    lending that stands above.
    """

    id: str
    version: int
    period: Period
    equipment: str
    owner: str
    lessee: str
    billing_channels: frozenset[str] = frozenset()
    reference: str = ""
    table: Matrix | None = field(default=None, hash=False)
    whole: Period | None = None
    suspended: bool = False
    grants: tuple[Granted, ...] = ()
    competitor: bool = False  # owner and lessee are of one industry
    above: tuple[str, ...] = ()
    over: tuple[tuple[str, int], ...] = ()

    @property
    def agreements(self) -> set[tuple[str, int]]:
        """The agreements that say whose the data are, with the version of each."""
        return {(self.id, self.version), *self.over}


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch in which all data have one owner and at most one lessee."""

    period: Period
    owner: str
    lending: Lending | None
    grants: tuple[Granted, ...] = ()  # those to the asker, in the order in which they were given
    tenure: Period | None = None  # how long this device spoke for this machine
    alarmed: bool = False  # within minutes of a severe alarm
    erased: tuple[Erased, ...] = ()

    @property
    def lessee(self) -> str | None:
        """Whose data they are, if the machine is leased."""
        return self.lending.lessee if self.lending else None

    @property
    def above(self) -> tuple[str, ...]:
        """Who sub-let the machine to the lessee, if anybody did."""
        return self.lending.above if self.lending else ()


def segments(
    asked: Period, *, device_owner: str, tenures: Sequence[Tenure], lendings: Sequence[Lending]
) -> list[Segment]:
    """
    Split ``asked`` so that each piece lies in at most one tenure and one lending; together they cover it.

    An unbound device's data are its owner's; a bound one's are the machine owner's, unless it is leased.
    """
    given = (*(one.grants for one in tenures), *(one.grants for one in lendings))
    spans = _edges([*(t.period for t in tenures), *(lending.period for lending in lendings)])
    pieces = asked.split([*spans, *granting.edges(given)])
    return [_segment(piece, device_owner, tenures, lendings) for piece in pieces]


def _edges(periods: Iterable[Period]) -> list[datetime]:
    return [edge for period in periods for edge in (period.start, period.end) if edge is not None]


def _segment(
    piece: Period, device_owner: str, tenures: Sequence[Tenure], lendings: Sequence[Lending]
) -> Segment:
    tenure = next((t for t in tenures if t.period.contains(piece.start)), None)
    if tenure is None:
        return Segment(piece, device_owner, None)
    found = (
        one for one in lendings if one.equipment == tenure.equipment and one.period.contains(piece.start)
    )
    lending = next(found, None)
    erased = tuple(one for one in tenure.erased if one.period.overlaps(piece))
    if lending is None:
        return Segment(piece, tenure.owner, None, tenure.grants, tenure.period, erased=erased)
    return Segment(piece, lending.owner, lending, lending.grants, tenure.period, erased=erased)
