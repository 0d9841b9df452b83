"""The price plan of a listing and, frozen, of a lease: components, minimum, cap."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.base_fee import BaseFee
from marketplace.rules.pricing.bounds import MOST_BANDS_OF_PLAN, MOST_TIMED
from marketplace.rules.pricing.conditions import Conditions, read_bound
from marketplace.rules.pricing.discount import Discount
from marketplace.rules.pricing.dynamic import Dynamic
from marketplace.rules.pricing.graduated import Graduated
from marketplace.rules.pricing.package import Package
from marketplace.rules.pricing.peak import Peak
from marketplace.rules.pricing.per_unit import PerUnit
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.term import TermMinimum
from marketplace.rules.pricing.time_of_day import TimeOfDay
from marketplace.rules.pricing.volume import Volume
from marketplace.rules.reading import AgreedFlaws, Reader, flaw, plain
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import PLACES
from marketplace.shared.period import Period

VERSION = 1
MOST_COMPONENTS = 100
CONTINUE, RESTART = "continue", "restart"  # where running totals stand after a change to the plan
BY_DAY, BY_SECOND = "day", "second"  # how a part of a period is measured
# Components of the plan's own lines, where the plan has such a line.
OWN_LINES = ("discount", "term_minimum")
BOUNDS = ("minimum", "cap", *OWN_LINES)
FIELDS = ("version", "currency", "components", *BOUNDS, "after_change", "shares_by")

Counted = PerUnit | Package | Graduated | Volume  # a quantity of them has a price, whenever it was used
Metered = Counted | Dynamic | TimeOfDay | Peak
AnyComponent = BaseFee | Metered | Percentage
KINDS: dict[str, type[AnyComponent]] = {
    model.kind: model
    for model in (BaseFee, PerUnit, Package, Graduated, Volume, Dynamic, TimeOfDay, Peak, Percentage)
}


class InvalidPlan(Invalid):
    """The price plan is wrong; ``flaws`` hold every fault with its JSON pointer."""

    code = "invalid_price_plan"
    text = gettext_noop("The price plan has {count} faults.")


@dataclass(frozen=True)
class PricePlan:
    """What is billed for a lease, as a value: two plans with the same terms are equal."""

    currency: str
    components: tuple[AnyComponent, ...]
    minimum: Decimal | None = None
    cap: Decimal | None = None
    discount: Discount | None = None
    term_minimum: TermMinimum | None = None
    after_change: str = CONTINUE
    shares_by: str = BY_DAY

    @classmethod
    def parse(cls, document: object, *, agreed: bool = False) -> "PricePlan":
        """
        Read a plan from its JSON form; one ``agreed`` or published before may lie beyond ``bounds``.

        :raises InvalidPlan: with all flaws at once
        """
        flaws = AgreedFlaws() if agreed else list[Flaw]()
        reader = Reader(document, FIELDS, "", flaws)
        read_version(reader, VERSION)
        plan = cls(
            currency=reader.choice("currency", tuple(PLACES)),
            components=_read_components(reader),
            minimum=read_bound(reader, "minimum"),
            cap=read_bound(reader, "cap"),
            discount=Discount.read(reader),
            term_minimum=TermMinimum.read(reader, counted=False),
            shares_by=reader.choice("shares_by", (BY_DAY, BY_SECOND), BY_DAY),
            after_change=reader.choice("after_change", (CONTINUE, RESTART), CONTINUE),
        )
        if not flaws:
            flaws.extend(_contradictions(plan))
        if flaws:
            raise InvalidPlan(flaws=flaws, count=len(flaws))
        return plan

    def dump(self) -> dict[str, Any]:
        """
        Write the plan in its JSON form, with every default spelled out.

        Discount and minimum of the term are written only if there are any, so that older plans stay the same.
        """
        named = {name: one.dump() for name in OWN_LINES if (one := getattr(self, name)) is not None}
        return {
            "version": VERSION,
            "currency": self.currency,
            "components": [component.dump() for component in self.components],
            "minimum": None if self.minimum is None else {"amount": plain(self.minimum)},
            "cap": None if self.cap is None else {"amount": plain(self.cap)},
            **named,
            **({"shares_by": self.shares_by} if self.shares_by != BY_DAY else {}),
            **({"after_change": self.after_change} if self.after_change != CONTINUE else {}),
        }

    def share(self, part: Period, whole: Period, zone: ZoneInfo) -> Fraction:
        """
        Return which part of a whole billing period is to be paid of base fee, minimum and cap.

        By local days, the first one counting; or by the second, as the plan says.
        """
        if self.shares_by == BY_SECOND:
            return part.share_of_time(whole)
        return part.share_of(whole, zone)

    def meters(self) -> tuple[str, ...]:
        """Return the meters that the plan bills, each once, in the order of the components."""
        return tuple(dict.fromkeys(part.counts.meter for part in self._metered()))

    def timed_meters(self) -> tuple[str, ...]:
        """Return the meters of which it matters when they counted, or what earlier periods have used."""
        timed = (
            part for part in self._metered() if isinstance(part, TimeOfDay | Peak) or part.counts.needs_spread
        )
        return tuple(dict.fromkeys(part.counts.meter for part in timed))

    def remembered_meters(self) -> tuple[str, ...]:
        """Return the meters of which it matters what earlier billing periods have used."""
        found = (part.counts.meter for part in self._metered() if part.counts.needs_earlier)
        return tuple(dict.fromkeys(found))

    def _metered(self) -> Iterator[Metered]:
        return (part for part in self.components if isinstance(part, Metered))

    @cached_property
    def parts(self) -> tuple[BaseFee | Metered, ...]:
        """The components that are priced by themselves."""
        return tuple(part for part in self.components if not isinstance(part, Percentage))

    @cached_property
    def fees(self) -> tuple[Percentage, ...]:
        """The components that are shares of the rent."""
        return tuple(part for part in self.components if isinstance(part, Percentage))

    def has_term(self) -> bool:
        """Tell whether something is owed at least over the whole lease."""
        own = (component.conditions.term_minimum for component in self.components)
        return self.term_minimum is not None or any(one is not None for one in own)

    def carried(self) -> tuple[tuple[int, str], ...]:
        """Return where, and of which meter, the plan bills what use carries as its own price."""
        parts = enumerate(self.components)
        return tuple((index, part.counts.meter) for index, part in parts if isinstance(part, Dynamic))


def read_version(reader: Reader, version: int) -> None:
    """Refuse a document of another version than the one known."""
    if reader.get("version") != version and "version" in reader.node:
        reader.refuse("version", "wrong_version", version=version)


def _read_components(reader: Reader) -> tuple[AnyComponent, ...]:
    components: list[AnyComponent] = []
    names: set[str] = set()
    for index, (pointer, node) in enumerate(reader.items("components")):
        if index == MOST_COMPONENTS:
            reader.refuse("components", "too_many_components", most=MOST_COMPONENTS)
            break
        if not isinstance(node, dict):
            reader.flaws.append(flaw(pointer, "not_an_object"))
            continue
        kind = node.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            code = "not_a_choice" if "kind" in node else "required"
            reader.flaws.append(flaw(f"{pointer}/kind", code, choices=", ".join(KINDS)))
            continue
        component = _read_component(KINDS[kind], node, pointer, reader.flaws)
        if component.id and component.id in names:
            reader.flaws.append(flaw(f"{pointer}/id", "duplicate_id", id=component.id))
        names.add(component.id)
        components.append(component)
    if not reader.is_agreed:
        _check_times(components, reader)
    return tuple(components)


def _check_times(components: list[AnyComponent], reader: Reader) -> None:
    """Refuse more bands, or prices by the time, than an estimate of a year lays out while somebody waits."""
    bands = timed = 0
    for index, component in enumerate(components):
        if not isinstance(component, Metered):
            continue
        if isinstance(component, TimeOfDay):
            bands += len(component.schedule.bands)
            if bands > MOST_BANDS_OF_PLAN:
                reader.refuse_at(f"components/{index}/bands", "too_many_bands", most=MOST_BANDS_OF_PLAN)
        timed += isinstance(component, TimeOfDay | Peak) or component.counts.needs_spread
        if timed > MOST_TIMED:
            reader.refuse_at(f"components/{index}", "too_many_timed", most=MOST_TIMED)


def _read_component(
    model: type[AnyComponent], node: dict[str, Any], pointer: str, flaws: list[Flaw]
) -> AnyComponent:
    component = model.read(node, pointer, flaws)
    counted = isinstance(component, Counted)
    return replace(component, conditions=Conditions.read(node, pointer, flaws, counted=counted))


def _contradictions(plan: PricePlan) -> list[Flaw]:
    flaws = []
    has_rent = any(component.is_rent for component in plan.components)
    for index, component in enumerate(plan.components):
        pointer = f"/components/{index}"
        if isinstance(component, Percentage) and not has_rent:
            flaws.append(flaw(f"{pointer}/of", "nothing_to_take_from"))
        if component.id in OWN_LINES and getattr(plan, component.id) is not None:
            flaws.append(flaw(f"{pointer}/id", "reserved_id", id=component.id))
        caps = (component.conditions.cap, plan.cap if component.is_rent else None)
        lowest = min((cap for cap in caps if cap is not None), default=None)
        flaws += _above_cap(component.conditions.minimum, lowest, pointer)
    for name in BOUNDS:
        if getattr(plan, name) is not None and not has_rent:
            flaws.append(flaw(f"/{name}", "nothing_to_bound"))
    return [*flaws, *_above_cap(plan.minimum, plan.cap, "")]


def _above_cap(minimum: Decimal | None, cap: Decimal | None, pointer: str) -> list[Flaw]:
    if minimum is None or cap is None or minimum <= cap:
        return []
    return [flaw(f"{pointer}/minimum/amount", "minimum_above_cap", cap=plain(cap))]
