"""The states at the beginning of an invoice's period: what a bundle shows, or begins from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from billing.actions.bundle_documents import Spoken, period_of, written_moment
from billing.models import Checkpoint, Invoice
from billing.rules import metering as rules
from billing.rules.beginnings import Beginning
from billing.rules.cutting import Span
from billing.rules.stretches import Plan
from devices.models import Binding, changes_by_channel, meter_changes_of
from devices.models.deliveries import came_late, first_behind, first_saying
from devices.queries import bindings_of
from devices.rules.readings import instant, moment
from marketplace.shared.period import Period

MICROSECONDS = 1_000_000


class Begun(NamedTuple):
    """
    Where counting may begin for one time that a device spoke.

    ``state`` is ``None`` where nothing was said before the period. ``known`` is false if the state there is
    not what was known when the invoice was drafted.
    """

    span: Span
    state: Beginning | None
    known: bool = True


def beginnings(*, invoice: Invoice, one: Spoken) -> list[Begun]:
    """Return where counting may begin, for each time that reaches into the period or behind it."""
    return [_begun(invoice, one, span) for span in one.counting.spoken if not _is_over(invoice, span)]


def shortened(*, one: Spoken, begun: Sequence[Begun]) -> Spoken:
    """Leave out the deliveries that the states stand for."""
    if one.arrivals is None:
        return one
    upto = one.arrivals[1]
    firsts = [
        first_saying(one.device, period_of(span=each.span), upto=upto)
        if each.state is None
        else first_behind(one.device, each.state.order, upto=upto)
        for each in begun
    ]
    told = [first for first in firsts if first is not None]
    return replace(one, arrivals=(min(told), upto) if told else None)


def document(*, found: Sequence[tuple[Spoken, Sequence[Begun]]], whole: bool) -> dict[str, Any]:
    """Write the states; ``whole`` says that the deliveries lead to them from the handover on."""
    return {
        "whole": whole,
        "states": [
            {
                "unit": one.unit.public_id,
                "device": one.device.public_id,
                "from": written_moment(at=each.span.start),
                **each.state.dump(),
            }
            for one, begun in found
            for each in begun
            if each.state is not None and each.known
        ],
    }


def _is_over(invoice: Invoice, span: Span) -> bool:
    return span.end is not None and span.end <= instant(invoice.period_start)


def _begun(invoice: Invoice, one: Spoken, span: Span) -> Begun:
    day = invoice.period_start.astimezone(invoice.zone).date()
    binding = _binding(one, span)
    rows = Checkpoint.objects.filter(device=one.device, unit=one.unit, binding=binding)
    last = rows.filter(local_day__lt=day).newest()
    if last is None:
        return Begun(span, None)
    following = rows.behind(last.first_order).first()
    if binding is None or following is None or one.arrivals is None:
        return Begun(span, None, known=False)
    is_same = last.basis == rules.basis(_plan_of_today(one, span, binding))
    late = came_late(one.device, following.first_order, after=one.arrivals[1])
    state = Beginning(following.first_order, last.stretch())
    return Begun(span, state, known=is_same and not late)


def _binding(one: Spoken, span: Span) -> Binding | None:
    """Return the binding by which the device spoke then."""
    for binding in bindings_of(one.unit.equipment, period_of(span=span)).filter(device=one.device):
        if binding.period.lower <= moment(span.start):
            return binding
    return None


def _plan_of_today(one: Spoken, span: Span, binding: Binding) -> Plan:
    """Return the plan of the draft with the end that is known now: a state before it depends on no end."""
    terms, unit = one.unit.lease.agreed, one.unit
    wanted = [rule for rule in terms.count_rules if rule.meter in one.counting.meters]
    now = Period(moment(span.start), unit.active_to or unit.lease.ends_at)
    piece = now.intersect(Period(binding.period.lower, binding.period.upper))
    end = None if piece is None or piece.end is None else instant(piece.end)
    silence = None if one.counting.silence is None else one.counting.silence * MICROSECONDS
    changes = changes_by_channel(meter_changes_of(one.device))
    return Plan(wanted, Span(span.start, end), terms.zone, silence, changes)
