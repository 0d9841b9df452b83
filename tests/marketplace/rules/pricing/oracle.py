"""The rule in decimals and fractions, step by step: what charges in whole numbers are held against."""

from dataclasses import replace
from fractions import Fraction

from marketplace.rules.pricing.charge import cost_of
from marketplace.rules.pricing.conditions import Conditions
from marketplace.rules.pricing.lines import CAP, DISCOUNT, MINIMUM, OWNER, ChargeLine, Given, Ladder
from marketplace.shared.money import Money


def charged(plan, usage, *, share=Fraction(1), final=True, amounts=None):
    """Price the totals of a period, as ``charge`` does, and return the lines with all that explains them."""
    given = Given(plan.currency, usage, Fraction(share), None, final, amounts or {})
    owed = [line for part in plan.parts for line in _with_conditions(part, part.line(given), given)]
    bounds = _bounds(plan, [line for line in owed if line.is_rent], given)
    rent = [line for line in [*owed, *bounds] if line.is_rent]
    fees = [line for part in plan.fees for line in _with_conditions(part, part.line(given, rent), given)]
    return (*owed, *bounds, *fees)


def _with_conditions(part, line, given):
    own = part.conditions
    least = Conditions(least=own.least).lines(line, given, cost=cost_of(part), final=given.final)
    beside = [*least, *_bounds(own, [line, *least], given)]
    named = {"component": line.component, "seller": line.seller, "meter": line.meter}
    return [line, *(replace(one, **named) for one in beside)]


def _bounds(of, rent, given):
    found = []
    if of.discount is not None:
        found += _discount(of.discount, rent, given)
    if of.minimum is not None and given.final:
        ladder = Ladder()
        least, billed = _due(of.minimum, given, ladder), _sum([*rent, *found], given)
        if billed < least:
            ladder.add("minimum", least=least, rent=billed, net=least - billed)
            found.append(_line(MINIMUM, rent[0].tax_category, least - billed, ladder))
    if of.cap is not None:
        ladder = Ladder()
        most, billed = _due(of.cap, given, ladder), _sum([*rent, *found], given)
        if billed > most:
            ladder.add("cap", most=most, rent=billed, net=most - billed)
            found += _by_category(CAP, most - billed, [*rent, *found], ladder)
    return found


def _discount(discount, rent, given):
    ladder, base = Ladder(), _sum(rent, given)
    if discount.percent is not None:
        part = -Fraction(base.amount) * Fraction(discount.percent) / 100
        ladder.add("discount", base=base, percent=discount.percent, amount=part)
        return _by_category(DISCOUNT, ladder.close(part, given.currency), rent, ladder)
    most = _due(discount.amount, given, ladder)
    ladder.add("discount_most", base=base, most=most, net=-min(most, base))
    return _by_category(DISCOUNT, -min(most, base), rent, ladder)


def _due(amount, given, ladder):
    part = Fraction(amount) * given.share
    ladder.add("prorated", full=amount, share=str(given.share), amount=part)
    return Money.of(part, given.currency)


def _sum(lines, given):
    return Money(sum(line.net.minor for line in lines), given.currency)


def _by_category(kind, net, lines, ladder):
    if not net:
        return []
    names = list(dict.fromkeys(line.tax_category for line in lines))
    sums = [max(0, sum(line.net.minor for line in lines if line.tax_category == name)) for name in names]
    wanted = [abs(net.minor) * Fraction(weight, sum(sums)) for weight in sums]
    shares = [int(share) for share in wanted]
    order = sorted(range(len(names)), key=lambda index: (shares[index] - wanted[index], index))
    for index in order[: abs(net.minor) - sum(shares)]:
        shares[index] += 1
    sign = 1 if net.minor > 0 else -1
    rows = [row for row in zip(names, shares, sums, strict=True) if row[1]]
    found = []
    for name, share, weight in rows:
        own, part = Ladder(list(ladder.steps)), Money(sign * share, net.currency)
        if len(rows) > 1:
            alike, whole = Money(weight, net.currency), Money(sum(sums), net.currency)
            own.add("tax_share", whole=net, base=alike, all=whole, net=part)
        found.append(_line(kind, name, part, own))
    return found


def _line(kind, category, net, ladder):
    return ChargeLine(kind, kind, OWNER, category, net.amount, net, steps=tuple(ladder.steps))
