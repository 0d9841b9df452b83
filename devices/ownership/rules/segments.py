"""Cut a requested period where the right to it changes: at the edges of bindings and of agreements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    erased: tuple[Erased, ...] = ()


@dataclass(frozen=True, slots=True)
class Lending:
    """A machine is leased to ``lessee`` during a period, by the agreement ``id`` in its ``version``."""

    id: str
    version: int
    period: Period
    equipment: str
    owner: str
    lessee: str
    billing_channels: frozenset[str] = frozenset()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch in which all data have one owner and at most one lessee."""

    period: Period
    owner: str
    lending: Lending | None
    erased: tuple[Erased, ...] = ()

    @property
    def lessee(self) -> str | None:
        """Whose data they are, if the machine is leased."""
        return self.lending.lessee if self.lending else None


def segments(
    asked: Period, *, device_owner: str, tenures: Sequence[Tenure], lendings: Sequence[Lending]
) -> list[Segment]:
    """
    Split ``asked`` so that each piece lies in at most one tenure and one lending; together they cover it.

    An unbound device's data are its owner's; a bound one's are the machine owner's, unless it is leased.
    """
    pieces = asked.split(_edges([*(t.period for t in tenures), *(lending.period for lending in lendings)]))
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
    return Segment(piece, lending.owner if lending else tenure.owner, lending, erased)
