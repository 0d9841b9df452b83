"""
Record what a standstill gives that the lessor bears: a share of the rent, or days; never twice for one time.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from leasing.models import DowntimeCredit, Ticket
from leasing.rules import downtime
from leasing.rules.downtime import BASIS, Piece, Remedy
from leasing.rules.sla import sla_of
from marketplace.actions import audit
from marketplace.models import User
from marketplace.shared.period import Period, billing_periods


def record(*, ticket: Ticket, by: User, at: datetime) -> list[DowntimeCredit]:
    """
    Record what is due with a locked ticket whose standstill the lessor bears; the machine is locked, too.

    A billing period in which the machine was available enough gives nothing now; a later standstill of the
    same period may bring it below, and then all that it stood in it is credited.
    """
    made = _extended(ticket) if ticket.remedy == Remedy.EXTENSION else []
    for month in _months(ticket):
        made += _credited(ticket, month)
    for one in made:
        audit.record(
            by=by,
            action="downtime.credit",
            subject=one.public_id,
            at=at,
            within=ticket.lease.lessor,
            ticket=one.ticket.public_id,
        )
    return made


def _months(ticket: Ticket) -> Iterator[Period]:
    """Yield the billing periods of the lease in which the machine stood."""
    lease, terms = ticket.lease, ticket.lease.agreed
    start, end = lease.active_from or lease.starts_at, lease.active_to or lease.ends_at
    stands = ticket.stands
    for month in billing_periods(start, end, terms.zone, terms.billing_anchor_day):
        if any(month.overlaps(one) for one in stands):
            yield month


def _extended(ticket: Ticket) -> list[DowntimeCredit]:
    settled = [one.period for stand in ticket.stands for one in _settled(ticket, stand)]
    sla, zone = ticket.agreed, ticket.lease.agreed.zone
    return _write([ticket], downtime.extension(ticket.stands, settled, sla, zone), Remedy.EXTENSION)


def _credited(ticket: Ticket, month: Period) -> list[DowntimeCredit]:
    found = Ticket.objects.borne_by_lessor().filter(unit=ticket.unit).with_sides().order_by("pk")
    borne = [one for one in found if any(month.overlaps(stand) for stand in one.stands)]
    settled = [
        (one.period, one.seconds if one.remedy == Remedy.CREDIT else 0) for one in _settled(ticket, month)
    ]
    stands = [stand for one in borne for stand in one.stands]
    sla, zone = ticket.agreed, ticket.lease.agreed.zone
    return _write(borne, downtime.credits_of_month(month, stands, settled, sla, zone), Remedy.CREDIT)


def _settled(ticket: Ticket, within: Period) -> list[DowntimeCredit]:
    """Return what is recorded already for the machine of a ticket in a time, in order."""
    found = DowntimeCredit.objects.filter(
        unit=ticket.unit, starts_at__lt=within.end, ends_at__gt=within.start
    )
    return list(found.order_by("starts_at"))


def _write(tickets: Sequence[Ticket], pieces: Sequence[Piece], remedy: Remedy) -> list[DowntimeCredit]:
    return [_row(_of(tickets, piece), piece, remedy) for piece in pieces]


def _of(tickets: Sequence[Ticket], piece: Piece) -> Ticket:
    return next(one for one in tickets if any(stand.contains(piece.period.start) for stand in one.stands))


def _row(ticket: Ticket, piece: Piece, remedy: Remedy) -> DowntimeCredit:
    month, rule = piece.month, sla_of(ticket.lease.terms).credit
    assert piece.period.end is not None
    return DowntimeCredit.objects.create(
        lease=ticket.lease,
        unit=ticket.unit,
        ticket=ticket,
        remedy=remedy,
        cause=ticket.text,
        basis=BASIS,
        starts_at=piece.period.start,
        ends_at=piece.period.end,
        seconds=piece.seconds,
        month_from=month.start if month else None,
        month_to=month.end if month else None,
        service_seconds=piece.service,
        share=piece.share,
        days=piece.days,
        rule=rule.dump() if remedy is Remedy.CREDIT else {"basis": "service_day"},
    )
