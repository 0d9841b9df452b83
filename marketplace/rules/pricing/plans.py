"""The price plan of a listing and, frozen, of a lease: components, minimum, cap."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.base_fee import BaseFee
from marketplace.rules.pricing.graduated import Graduated
from marketplace.rules.pricing.peak import Peak
from marketplace.rules.pricing.per_unit import PerUnit
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.tiers import Tiered
from marketplace.rules.pricing.time_of_day import TimeOfDay
from marketplace.rules.pricing.volume import Volume
from marketplace.rules.reading import Reader, flaw, plain
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import PLACES
from marketplace.shared.period import Period

VERSION = 1
CONTINUE, RESTART = "continue", "restart"  # where running totals stand after a change to the plan
BY_DAY, BY_SECOND = "day", "second"  # how a part of a period is measured
FIELDS = ("version", "currency", "components", "minimum", "cap", "after_change", "shares_by")

AnyComponent = BaseFee | PerUnit | Graduated | Volume | TimeOfDay | Peak | Percentage
KINDS: dict[str, type[AnyComponent]] = {
    model.kind: model for model in (BaseFee, PerUnit, Graduated, Volume, TimeOfDay, Peak, Percentage)
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
    after_change: str = CONTINUE
    shares_by: str = BY_DAY

    @classmethod
    def parse(cls, document: object) -> "PricePlan":
        """
        Read a plan from its JSON form.

        :raises InvalidPlan: with all flaws at once
        """
        flaws: list[Flaw] = []
        reader = Reader(document, FIELDS, "", flaws)
        read_version(reader, VERSION)
        plan = cls(
            currency=reader.choice("currency", tuple(PLACES)),
            components=_read_components(reader),
            minimum=_read_bound(reader, "minimum"),
            cap=_read_bound(reader, "cap"),
            shares_by=reader.choice("shares_by", (BY_DAY, BY_SECOND), BY_DAY),
            after_change=reader.choice("after_change", (CONTINUE, RESTART), CONTINUE),
        )
        if not flaws:
            flaws.extend(_contradictions(plan))
        if flaws:
            raise InvalidPlan(flaws=flaws, count=len(flaws))
        return plan

    def dump(self) -> dict[str, Any]:
        """Write the plan in its JSON form, with every default spelled out."""
        return {
            "version": VERSION,
            "currency": self.currency,
            "components": [component.dump() for component in self.components],
            "minimum": None if self.minimum is None else {"amount": plain(self.minimum)},
            "cap": None if self.cap is None else {"amount": plain(self.cap)},
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
        return tuple(dict.fromkeys(part.counts.meter for part in self._counted()))

    def timed_meters(self) -> tuple[str, ...]:
        """Return the meters of which it matters when they counted, or what earlier periods have used."""
        timed = (
            part for part in self._counted() if isinstance(part, TimeOfDay | Peak) or part.counts.needs_spread
        )
        return tuple(dict.fromkeys(part.counts.meter for part in timed))

    def remembered_meters(self) -> tuple[str, ...]:
        """Return the meters of which it matters what earlier billing periods have used."""
        found = (part.counts.meter for part in self._counted() if part.counts.needs_earlier)
        return tuple(dict.fromkeys(found))

    def _counted(self) -> Iterator[PerUnit | Tiered | TimeOfDay | Peak]:
        return (part for part in self.components if isinstance(part, PerUnit | Tiered | TimeOfDay | Peak))


def read_version(reader: Reader, version: int) -> None:
    """Refuse a document of another version than the one known."""
    if reader.get("version") != version and "version" in reader.node:
        reader.refuse("version", "wrong_version", version=version)


def _read_components(reader: Reader) -> tuple[AnyComponent, ...]:
    components: list[AnyComponent] = []
    for pointer, node in reader.items("components"):
        if not isinstance(node, dict):
            reader.flaws.append(flaw(pointer, "not_an_object"))
            continue
        kind = node.get("kind")
        if kind not in KINDS:
            code = "not_a_choice" if "kind" in node else "required"
            reader.flaws.append(flaw(f"{pointer}/kind", code, choices=", ".join(KINDS)))
            continue
        component = KINDS[kind].read(node, pointer, reader.flaws)
        if component.id and component.id in [earlier.id for earlier in components]:
            reader.flaws.append(flaw(f"{pointer}/id", "duplicate_id", id=component.id))
        components.append(component)
    return tuple(components)


def _read_bound(reader: Reader, field: str) -> Decimal | None:
    node = reader.get(field, None)
    if node is None:
        return None
    return Reader(node, ("amount",), reader.at(field), reader.flaws).decimal("amount", above_zero=True)


def _contradictions(plan: PricePlan) -> list[Flaw]:
    flaws = []
    has_rent = any(component.is_rent for component in plan.components)
    for index, component in enumerate(plan.components):
        if isinstance(component, Percentage) and not has_rent:
            flaws.append(flaw(f"/components/{index}/of", "nothing_to_take_from"))
    for name, bound in (("minimum", plan.minimum), ("cap", plan.cap)):
        if bound is not None and not has_rent:
            flaws.append(flaw(f"/{name}", "nothing_to_bound"))
    if plan.minimum is not None and plan.cap is not None and plan.minimum > plan.cap:
        flaws.append(flaw("/minimum/amount", "minimum_above_cap", cap=plain(plan.cap)))
    return flaws
