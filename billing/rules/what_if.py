"""What a period would have cost under another price plan: the same use, rated twice."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from billing.rules.drafting import trimmed
from marketplace.rules.flaws import TEXTS
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.offers import carried_flaws
from marketplace.rules.pricing.changed import Stretch
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import LineKey
from marketplace.rules.pricing.plans import InvalidPlan, PricePlan
from marketplace.rules.pricing.spread import Spread, total
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import Money, as_decimal
from marketplace.shared.period import EPOCH, QUARTER_HOUR, Period, whole_period

OTHER_CURRENCY = gettext_noop("Both plans must be in one currency: {currency}.")
OUTSIDE = gettext_noop("The price changes inside the period: after it begins and before it ends.")
PLACES = 18  # of a quantity, as windows keep it
NOT_COUNTED = gettext_noop("This lease does not count that. It counts: {choices}.")


class NotComparable(Invalid):
    """The other plan is wrong, or asks for what the lease does not have; ``flaws`` say where."""

    code = "what_if_invalid"
    text = gettext_noop("The other price plan has {count} faults.")


@dataclass(frozen=True)
class Compared:
    """One line under both plans; a plan without it asks nothing there."""

    key: LineKey
    kind: str
    meter: str | None
    present: Money
    other: Money

    @property
    def difference(self) -> Money:
        """What the other plan asks for more; below zero if it asks for less."""
        return self.other - self.present


@dataclass(frozen=True)
class Comparison:
    """All lines, before tax. ``final`` says whether the period is over, so that the minimum counts."""

    currency: str
    final: bool
    lines: tuple[Compared, ...]

    @property
    def present(self) -> Money:
        """What the lease's own plan asks for."""
        return Money.total((line.present for line in self.lines), self.currency)

    @property
    def other(self) -> Money:
        """What the other plan asks for."""
        return Money.total((line.other for line in self.lines), self.currency)

    @property
    def difference(self) -> Money:
        """What the other plan asks for more."""
        return self.other - self.present


def other_plan(document: object, *, currency: str, counted: Collection[str]) -> PricePlan:
    """
    Read the other plan of a comparison; ``counted`` are the meters of the lease.

    :raises NotComparable: with all flaws at once, each at its place below ``/price_plan``
    """
    try:
        plan = PricePlan.parse(document)
    except InvalidPlan as error:
        flaws = [replace(flaw, pointer=f"/price_plan{flaw.pointer}") for flaw in error.flaws]
        raise NotComparable(flaws=flaws, count=len(flaws)) from error
    flaws = [
        Flaw(
            f"/price_plan/components/{place}/meter",
            "not_counted",
            NOT_COUNTED,
            {"choices": ", ".join(counted)},
        )
        for place, component in enumerate(plan.dump()["components"])
        if "meter" in component and component["meter"] not in counted
    ]
    flaws += carried_flaws(plan, "/price_plan")
    if plan.currency != currency:
        flaws.append(Flaw("/price_plan/currency", "other_currency", OTHER_CURRENCY, {"currency": currency}))
    if flaws:
        raise NotComparable(flaws=flaws, count=len(flaws))
    return plan


def changed_at(
    since: datetime,
    *,
    period: Period,
    plans: tuple[PricePlan, PricePlan],
    whole: Spread,
    anchor_day: int,
) -> list[Stretch]:
    """
    Cut a period where its price changes, with what was used before and after; ``whole`` is its use.

    :raises NotComparable: if that is no quarter-hour inside the period, where use is cut
    """
    if (since - EPOCH) % QUARTER_HOUR:
        raise _misplaced("off_the_quarter_hour", TEXTS["off_the_quarter_hour"])
    if not period.contains(since) or since == period.start:
        raise _misplaced("outside_period", OUTSIDE)
    full = whole_period(period.start, whole.zone, anchor_day)
    return [
        _stretch(plan, part, whole, plan.share(part, full, whole.zone))
        for plan, part in zip(plans, period.split([since]), strict=True)
    ]


def _stretch(plan: PricePlan, part: Period, whole: Spread, share: Fraction) -> Stretch:
    slices = {
        meter: [one for one in found if part.contains(one.start)] for meter, found in whole.slices.items()
    }
    usage = {meter: trimmed(as_decimal(total(slices[meter]), PLACES)) for meter in plan.meters()}
    spread = Spread(whole.zone, whole.period, slices, whole.earlier)
    return Stretch(plan, usage, share, spread)


def _misplaced(code: str, text: str) -> NotComparable:
    return NotComparable(flaws=[Flaw("/effective_from", code, text, {})], count=1)


def compare(present: Charge, other: Charge) -> Comparison:
    """Put two charges of the same use side by side, by seller, component and tax category."""
    zero = Money.zero(present.currency)
    mine, theirs = present.by_key(), other.by_key()
    about = {line.key: line for line in (*other.lines, *present.lines)}
    lines = (
        Compared(key, about[key].kind, about[key].meter, mine.get(key, zero), theirs.get(key, zero))
        for key in dict.fromkeys([*mine, *theirs])
    )
    return Comparison(present.currency, present.final, tuple(lines))
