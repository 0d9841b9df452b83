"""
A period in which the price changed: use is billed at the price in force when it happened.

Where a running total stands after a change is a field of the plan that follows: with ``continue`` it goes on
(tiers, what is included, the highest window), with ``restart`` it begins at nothing. A change to the same
plan that goes on changes nothing, to the fen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing import discount
from marketplace.rules.pricing.base_fee import BaseFee
from marketplace.rules.pricing.cap import reductions
from marketplace.rules.pricing.charge import (
    Charge,
    fee_of,
    lines_of,
    missing_of,
    missing_of_term,
)
from marketplace.rules.pricing.component import Component
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.minimum import true_up
from marketplace.rules.pricing.plans import RESTART, PricePlan
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money, as_decimal


@dataclass(frozen=True)
class Stretch:
    """The part of a period in which one plan was in force: its use, and its share of the period."""

    plan: PricePlan
    usage: Mapping[str, Decimal]
    share: Fraction
    spread: Spread | None = None


def charge_changed(stretches: Sequence[Stretch], *, final: bool, term: Term | None = None) -> Charge:
    """
    Price a period whose plan changed, stretch by stretch, in order.

    Base fees are shared by stretch. Minimum and cap hold for the rent of all stretches whose plan has one, at
    the sum of their shares; so a change alone neither lifts nor lowers what is owed. Percentages are of the
    rent of their stretch, the last also of minimum and cap. What holds for a component besides its price goes
    on or begins anew with it; a discount on the rent is one of the rent of the stretches whose plan has it.
    ``term`` is given for the last period of a lease: minima of the term are those of the last plan.

    :raises ValueError: if there is no stretch, or they are in several currencies
    :raises UsageNotRateable: as ``charge`` does
    """
    if len({stretch.plan.currency for stretch in stretches}) != 1:
        raise ValueError("a period has stretches in one currency")
    currency = stretches[0].plan.currency
    priced = [_lines(stretches[: place + 1], final) for place in range(len(stretches))]
    for place, lines in _discounts(stretches, priced):
        priced[place] += lines
    priced[-1] += _bounds(stretches, priced, final)
    plan, term = stretches[-1].plan, term if final else None
    if term is not None:
        known = [line for lines in priced for line in lines]
        mine = {part.id: _of(part, known) for part in plan.parts}
        priced[-1] += missing_of_term(plan, mine, _rent(priced), term)
    found = [
        line
        for place, lines in enumerate(priced)
        for line in (*lines, *_fees(stretches[: place + 1], priced[: place + 1], final))
    ]
    if term is not None:
        found += [line for part in plan.fees for line in missing_of(part, _of(part, found), term)]
    return Charge(currency, tuple(found), final)


def _of(part: Component, lines: Iterable[ChargeLine]) -> list[ChargeLine]:
    return [line for line in lines if line.component == part.id]


def _fees(upto: Sequence[Stretch], priced: Sequence[Sequence[ChargeLine]], final: bool) -> list[ChargeLine]:
    """Return the shares of the rent of the last of some stretches; one that stays goes on, as a fee does."""
    plan, before = upto[-1].plan, upto[:-1]
    own = _given(upto[-1:], plan, final)
    lines = []
    for part in plan.fees:
        if before and _stays(part, before):
            whole, earlier = _given(upto, plan, final), _given(before, plan, final)
            lines += _less_all(
                fee_of(part, _rent(priced), whole),
                fee_of(part, _rent(priced[:-1]), earlier),
            )
        else:
            lines += fee_of(part, _rent(priced[-1:]), own)
    return lines


def _lines(upto: Sequence[Stretch], final: bool) -> list[ChargeLine]:
    """Return the lines of the last of some stretches, but shares of the rent."""
    plan, before = upto[-1].plan, upto[:-1]
    own = _given(upto[-1:], plan, final)
    lines = []
    for part in plan.parts:
        if not before or not _goes_on(part, plan, before):
            lines += lines_of(part, own)
        else:
            whole, earlier = _given(upto, plan, final), _given(before, plan, final)
            lines += _less_all(lines_of(part, whole), lines_of(part, earlier))
    return lines


def _goes_on(part: Component, plan: PricePlan, before: Sequence[Stretch]) -> bool:
    """Tell whether what came before matters: a fee for time goes on only where it stayed as it was."""
    return _stays(part, before) if isinstance(part, BaseFee) else plan.after_change != RESTART


def _stays(part: Component, before: Sequence[Stretch]) -> bool:
    return all(part in stretch.plan.components for stretch in before)


def _given(stretches: Sequence[Stretch], plan: PricePlan, final: bool) -> Given:
    """Add up what was used in stretches, of the meters of a plan, and their shares."""
    share = sum((stretch.share for stretch in stretches), Fraction(0))
    usage = {
        meter: sum((stretch.usage.get(meter, Decimal(0)) for stretch in stretches), Decimal(0))
        for meter in plan.meters()
    }
    return Given(plan.currency, usage, share, _joined([one.spread for one in stretches if one.spread]), final)


def _joined(spreads: Sequence[Spread]) -> Spread | None:
    if not spreads:
        return None
    meters = dict.fromkeys(meter for one in spreads for meter in one.slices)
    slices = {meter: [each for one in spreads for each in one.slices.get(meter, ())] for meter in meters}
    first = spreads[0]
    return Spread(first.zone, first.period, slices, first.earlier)


def _less_all(whole: Sequence[ChargeLine], before: Sequence[ChargeLine]) -> list[ChargeLine]:
    """Take off, line by line of a component, what was charged before; what stands beside it may be gone."""
    now, known = ({line.kind: line for line in lines} for lines in (whole, before))
    own, *beside = dict.fromkeys([*now, *known])
    lines = [_less(now.get(kind) or _nothing(known[kind]), known.get(kind)) for kind in beside]
    return [_less(now[own], known[own]), *(line for line in lines if line.net)]


def _nothing(line: ChargeLine) -> ChargeLine:
    zero = None if line.quantity is None else Decimal(0)
    return replace(line, amount=Decimal(0), net=line.net - line.net, quantity=zero, steps=())


def _less(whole: ChargeLine, before: ChargeLine | None) -> ChargeLine:
    """Take off what the running total would have cost before: rounded less rounded, so nothing drifts."""
    if before is None:
        return whole
    ladder, net = Ladder(list(whole.steps)), whole.net - before.net
    ladder.add("before_change", whole=whole.net, before=before.net, amount=net)
    return replace(
        whole,
        amount=as_decimal(Fraction(whole.amount) - Fraction(before.amount)),
        net=net,
        raw=_minus(whole.raw, before.raw),
        converted=_minus(whole.converted, before.converted),
        rounded=_minus(whole.rounded, before.rounded),
        quantity=_minus(whole.quantity, before.quantity),
        tiers=(),
        steps=tuple(ladder.steps),
    )


def _minus(whole: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if whole is None else as_decimal(Fraction(whole) - Fraction(before or 0))


def _bounds(
    stretches: Sequence[Stretch], priced: Sequence[Sequence[ChargeLine]], final: bool
) -> list[ChargeLine]:
    lines: list[ChargeLine] = []
    least, share = _bound([(stretch.plan.minimum, stretch.share) for stretch in stretches])
    if final and least is not None:
        rent = _rent(priced[place] for place, one in enumerate(stretches) if one.plan.minimum is not None)
        missing = true_up(least, rent, Given(stretches[0].plan.currency, {}, share))
        lines += [missing] if missing else []
    most, share = _bound([(stretch.plan.cap, stretch.share) for stretch in stretches])
    if most is not None:
        rent = _rent(priced[place] for place, one in enumerate(stretches) if one.plan.cap is not None)
        lines += reductions(most, [*rent, *lines], Given(stretches[0].plan.currency, {}, share))
    return lines


def _discounts(
    stretches: Sequence[Stretch], priced: Sequence[Sequence[ChargeLine]]
) -> list[tuple[int, list[ChargeLine]]]:
    """
    Take each discount off the rent of the stretches that have it, at the last of them.

    Where the use of a stretch made what came before cheaper, nothing is left to take a discount off.
    """
    found = []
    for less in dict.fromkeys(stretch.plan.discount for stretch in stretches):
        places = [place for place, one in enumerate(stretches) if one.plan.discount == less]
        rent = _rent(priced[place] for place in places)
        share = sum((stretches[place].share for place in places), Fraction(0))
        if less is not None and rent and all(net.minor >= 0 for net in _by_category(rent)):
            given = Given(stretches[0].plan.currency, {}, share)
            found.append((places[-1], discount.reductions(less, rent, given)))
    return found


def _by_category(rent: Sequence[ChargeLine]) -> list[Money]:
    names = dict.fromkeys(line.tax_category for line in rent)
    currency = rent[0].net.currency
    return [Money.total((line.net for line in rent if line.tax_category == name), currency) for name in names]


def _rent(priced: Iterable[Iterable[ChargeLine]]) -> list[ChargeLine]:
    return [line for lines in priced for line in lines if line.is_rent]


def _bound(bounds: Sequence[tuple[Decimal | None, Fraction]]) -> tuple[Decimal | None, Fraction]:
    """Return a bound and its share over all stretches that have one; of different ones, their sum."""
    known = [(bound, share) for bound, share in bounds if bound is not None]
    if not known:
        return None, Fraction(1)
    if len({bound for bound, _ in known}) == 1:
        return known[0][0], sum((share for _, share in known), Fraction(0))
    return as_decimal(sum((Fraction(bound) * share for bound, share in known), Fraction(0))), Fraction(1)
