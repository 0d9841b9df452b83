"""
What to do about a plan: extend a lease, add a machine, give one back; each with its cost and why.

One category after another. While work is short, every way is fitted: it begins as late and ends as early
as takes away the most it can. If some are enough alone, the cheapest is proposed; if none is, the cheapest of
those that leave least short, and the rest is looked at again. Equals are told apart by rules with a name: an
extension before a new machine, then the earlier start, the earlier end, the smaller id. In the end everything
is taken back without which no more is short. Where nothing is short, a machine may be given back if nothing
is short then; an empty order book does not say what is needed, so nothing is given back on its word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from leasing.rules.orders import Order
from leasing.rules.plan_words import TEXTS, hours_of
from leasing.rules.planning import DAY, Load, load
from leasing.rules.plans import Inputs, Kind, Leased, Offer, Plan, Proposal
from leasing.rules.releases import less
from leasing.rules.stock import PART_METERS, TIME_METERS, Stock, first_that, last_that
from leasing.rules.terms import Terms
from marketplace.rules.msgids import Phrase
from marketplace.shared.money import Money
from marketplace.shared.period import Period, local_midnight

MOST = 12  # proposals a category; what is short behind them is said


@dataclass(frozen=True)
class Way:
    """One machine that could be had, or kept, between two numbered days; ``least`` days at a time."""

    kind: Kind
    subject: str
    name: str
    start: int
    end: int
    least: int
    by_hand: bool
    terms: Terms
    place: int
    from_moment: datetime | None = None


@dataclass(frozen=True)
class Fit:
    """A way, cut to the days that help; ``short`` is what is short then, in microseconds."""

    way: Way
    start: int
    end: int
    short: int
    gain: int
    cost: Money

    def rank(self) -> tuple[object, ...]:
        """Order what is enough: the cheapest first, then by the rules with a name."""
        extends = self.way.kind is Kind.EXTEND
        ids = (self.way.subject, self.way.place)
        return (self.cost.currency, self.cost.minor, not extends, self.start, self.end, *ids)


def plan(inputs: Inputs) -> Plan:
    """
    Make the plan of an order book.

    :raises NoTaxRate: if the tax table does not reach to a day of it
    """
    loads: list[Load] = []
    proposals: list[Proposal] = []
    remaining: dict[str, Decimal] = {}
    names = {one.category for one in inputs.orders} | {one.category for one in inputs.leased}
    for category in sorted(names):
        orders = sorted(
            (one for one in inputs.orders if one.category == category), key=lambda one: one.reference
        )
        leased = sorted((one for one in inputs.leased if one.category == category), key=lambda one: one.key)
        spans = [span for one in leased for span in one.spans]
        stands = load(inputs.calendar, category, orders, spans)
        loads.append(stands)
        of_it = _Category(inputs, category, orders, leased)
        if stands.short:
            made, short = of_it.more()
        else:
            made, short = less(of_it, stands) if inputs.orders else [], 0
        proposals += made
        if short:
            remaining[category] = hours_of(short)
    return Plan(inputs.digest(), tuple(loads), tuple(proposals), remaining)


class _Category(Stock):
    """The machines and orders of one category, and what could be added to them."""

    def __init__(
        self, inputs: Inputs, category: str, orders: Sequence[Order], leased: Sequence[Leased]
    ) -> None:
        super().__init__(inputs, category, orders, leased)
        offers = (one for one in inputs.offers if one.category == category)
        self.ways = [*self.extensions(), *self.additions(offers)]

    def extensions(self) -> Iterable[Way]:
        """Yield the leases that could be kept longer."""
        for one in self.leased:
            ends = self.calendar.place(one.ends_at.astimezone(self.zone).date())
            if one.free_until is None or not one.agreed or ends >= self.calendar.days:
                continue
            until = min(self.calendar.place(one.free_until), self.last)
            if until > ends:
                by_hand = not self.changes(one)
                yield Way(
                    Kind.EXTEND, one.lease, one.number, ends, until, 1, by_hand, one.terms, 0, one.ends_at
                )

    def additions(self, offers: Iterable[Offer]) -> Iterable[Way]:
        """Yield the machines that are on offer, one by one."""
        for offer in sorted(offers, key=lambda one: one.listing):
            for place, spans in enumerate(sorted(offer.machines)):
                for start, end in spans:
                    first, last = self.calendar.place(start), self.calendar.place(end)
                    if last - first >= offer.minimum_days:
                        yield Way(
                            Kind.ADD,
                            offer.listing,
                            offer.terms.listing_title,
                            first,
                            last,
                            offer.minimum_days,
                            offer.own_data_terms,
                            offer.terms,
                            place,
                        )

    def more(self) -> tuple[list[Proposal], int]:
        """Propose what takes away the shortage; return it with what stays short."""
        able, ways, chosen = list(self.base), list(self.ways), list[Fit]()
        first = short = self.short(able)
        while short and len(chosen) < MOST:
            fits = self.fits(ways, able, short)
            if not fits:
                break
            best = _best(fits)
            chosen.append(best)
            ways = [one for one in ways if not _same_machine(one, best.way)]
            able = self.with_machine(able, best.start, best.end)
            short = best.short
        return self.explained(self.needed(chosen, short), first), short

    def fits(self, ways: Sequence[Way], able: list[int], short: int) -> list[Fit]:
        """Fit each way that helps; equal machines of a listing are fitted once."""
        known: dict[tuple[int, int, int], tuple[int, int, int] | None] = {}
        seen: set[tuple[str, int, int]] = set()
        found = []
        for way in ways:
            if (way.subject, way.start, way.end) in seen:
                continue
            seen.add((way.subject, way.start, way.end))
            days = (way.start, way.end, way.least)
            if days not in known:
                known[days] = self.cut(way, able, short)
            cut = known[days]
            if cut is not None:
                start, end, left = cut
                found.append(self.fit(way, start, end, left, short - left))
        return found

    def cut(self, way: Way, able: list[int], short: int) -> tuple[int, int, int] | None:
        """Return the days that help, as late and as few as they can be, and what is short then."""
        end = min(way.end, self.last)
        left = self.short(self.with_machine(able, way.start, end)) if end > way.start else short
        if left >= short:
            return None

        def enough(first: int, last: int) -> bool:
            return self.short(self.with_machine(able, first, last)) == left

        start = way.start
        if way.kind is Kind.ADD:
            start = last_that(way.start, end, lambda day: enough(day, end))
        end = first_that(start, end, lambda day: enough(start, day))
        end = max(end, start + way.least)
        if end > way.end:
            start, end = way.end - way.least, way.end
        return start, end, left

    def needed(self, chosen: Sequence[Fit], short: int) -> list[Fit]:
        """Take back whatever nothing is lost without, the last first."""
        kept = list(chosen)
        for one in reversed(chosen):
            others = [other for other in kept if other is not one]
            if self.short(self.able_with(others)) == short:
                kept = others
        return kept

    def explained(self, chosen: Sequence[Fit], first: int) -> list[Proposal]:
        """Say of each what it gives, in their order, what it costs, and why it was taken."""
        made, able, short = [], list(self.base), first
        for one in chosen:
            able = self.with_machine(able, one.start, one.end)
            left = self.short(able)
            fit = self.fit(one.way, one.start, one.end, left, short - left)
            made.append(self.proposal(fit, short))
            short = left
        return made

    def proposal(self, fit: Fit, short: int) -> Proposal:
        """Make a proposal of a fit."""
        way = fit.way
        starts, ends = self.day(fit.start), self.day(fit.end)
        facts = {
            "hours": f"{hours_of(short)}",
            "gain": f"{hours_of(fit.gain)}",
            "days": f"{fit.end - fit.start}",
        }
        facts |= {"left": f"{hours_of(fit.short)}", "ways": f"{len(self.ways)}", "minimum": f"{way.least}"}
        facts |= {"from": starts.isoformat(), "to": (ends - DAY).isoformat()}
        reasons = ["short", "enough" if not fit.short else "most"]
        reasons.append("kept_on" if way.kind is Kind.EXTEND else "cut")
        reasons += ["minimum"] if way.least >= fit.end - fit.start and way.least > 1 else []
        reasons += ["lessor_agrees"] if way.kind is Kind.EXTEND else ["buffers"]
        if way.by_hand:
            reasons.append("data_terms" if way.kind is Kind.ADD else "on_its_page")
        usage = self.usage(way.terms, fit.gain)
        phrases = [Phrase(TEXTS[name], facts) for name in reasons]
        unknown = [meter for meter in usage if meter not in TIME_METERS + PART_METERS]
        phrases += [Phrase(TEXTS["not_foreseen"], {})] if unknown else []
        return Proposal(
            kind=way.kind,
            subject=way.subject,
            name=way.name,
            category=self.category,
            starts=starts,
            ends=ends,
            hours=hours_of(fit.gain),
            usage=usage,
            cost=fit.cost,
            by_hand=way.by_hand,
            reasons=tuple(phrases),
            place=way.place,
        )

    def fit(self, way: Way, start: int, end: int, short: int, gain: int) -> Fit:
        """Price the days of a way with the work that it takes over."""
        begins = way.from_moment or local_midnight(self.day(start), self.zone)
        period = Period(begins, local_midnight(self.day(end), self.zone))
        return Fit(way, start, end, short, gain, self.price(way.terms, self.usage(way.terms, gain), period))

    def able_with(self, chosen: Sequence[Fit]) -> list[int]:
        """Return the capacity with some more machines."""
        able = list(self.base)
        for one in chosen:
            able = self.with_machine(able, one.start, one.end)
        return able


def _best(fits: Sequence[Fit]) -> Fit:
    """Return the cheapest of those that are enough, or of those that leave least short."""
    least = min(one.short for one in fits)
    return min((one for one in fits if one.short == least), key=Fit.rank)


def _same_machine(one: Way, other: Way) -> bool:
    return (one.kind, one.subject, one.place) == (other.kind, other.subject, other.place)
