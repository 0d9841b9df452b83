"""
Another price for a running lease: other numbers in the plan that was agreed, from a billing period on.

What is billed, counted and shared stays: components, meters, units, tax categories, windows and the
platform's own part. A change holds for whole billing periods, so each has one price; one that reaches back
to a period that is billed is settled by notes over it. Of several changes that reach a period the one
accepted last holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.lines import PLATFORM
from marketplace.rules.pricing.plans import InvalidPlan, PricePlan
from marketplace.shared.errors import Flaw

# Names under which a plan has the numbers that two sides may agree on anew.
NUMBERS = (
    "amount",
    "price",
    "rate",
    "included",
    "commitment",
    "overage_factor",
    "factor",
    "unit",
    "flat",
)
OTHER_SHAPE = gettext_noop(
    "Only numbers of the agreed plan can change: components, meters, units and the platform's part stay."
)
NOTHING_ELSE = gettext_noop("This is the price that holds already.")


@dataclass(frozen=True)
class PriceChange:
    """A change of the price that both sides agreed on; in the order in which they were accepted."""

    annex: str
    effective_from: datetime
    plan: Mapping[str, Any]


def plan_flaws(document: object, now: PricePlan) -> list[Flaw]:
    """Return what is wrong with another price, each fault at its place below ``/price_plan``."""
    try:
        plan = PricePlan.parse(document)
    except InvalidPlan as error:
        return [replace(flaw, pointer=f"/price_plan{flaw.pointer}") for flaw in error.flaws]
    if plan == now:
        return [Flaw("/price_plan", "nothing_else", NOTHING_ELSE, {})]
    same = ("meters", "timed_meters", "remembered_meters", "has_term")
    if shape(plan.dump()) != shape(now.dump()) or any(
        getattr(plan, name)() != getattr(now, name)() for name in same
    ):
        return [Flaw("/price_plan", "other_shape", OTHER_SHAPE, {})]
    return []


def shape(node: Any) -> Any:
    """Return a plan, or a part of it, without the numbers that may change; the platform's part is whole."""
    if isinstance(node, Mapping):
        if node.get("seller") == PLATFORM:
            return dict(node)
        return {name: None if _is_free(node, name) else shape(value) for name, value in node.items()}
    return [shape(one) for one in node] if isinstance(node, list) else node


def changed_numbers(before: Any, after: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two plans of one shape have other numbers, with both, in the order of the plan."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before:
            yield from changed_numbers(before[name], after.get(name), f"{pointer}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from changed_numbers(one, other, f"{pointer}/{place}")
    elif before != after:
        yield pointer, before, after


def in_force(agreed: PricePlan, changes: Iterable[PriceChange], moment: datetime) -> PricePlan:
    """Return the price that holds for a billing period that begins at a moment."""
    found = change_at(changes, moment)
    return agreed if found is None else PricePlan.parse(found.plan, agreed=True)


def change_at(changes: Iterable[PriceChange], moment: datetime) -> PriceChange | None:
    """Return the change that holds at a moment; ``None`` where the contract's price holds."""
    return next((one for one in reversed(list(changes)) if one.effective_from <= moment), None)


def nearest(starts: Sequence[datetime], moment: datetime) -> datetime | None:
    """Return the beginning of a billing period that lies next to a moment; the later one of two as near."""
    return min(reversed(starts), key=lambda start: abs(start - moment), default=None)


def _is_free(node: Mapping[str, Any], name: str) -> bool:
    """Tell whether a value is a number that may change; ``unit`` is one only in a step of a scale."""
    value = node[name]
    if name not in NUMBERS or not isinstance(value, str) or (name == "unit" and "up_to" not in node):
        return False
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False
