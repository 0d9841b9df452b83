"""The numbers of a price plan as fields: what a reader tries, or what one side proposes to the other."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing import words

Say = Callable[[str], str]

NUMBERS = {
    "amount": gettext_noop("amount"),
    "price": gettext_noop("price"),
    "rate": gettext_noop("share"),
    "included": gettext_noop("included"),
    "commitment": gettext_noop("least of a window"),
    "overage_factor": gettext_noop("times above it"),
    "factor": gettext_noop("times the price"),
    "unit": gettext_noop("price of the step"),
    "flat": gettext_noop("once in the step"),
}
BOUNDS = {"minimum": gettext_noop("Minimum"), "cap": gettext_noop("Cap")}


class Number(NamedTuple):
    """One number of a plan: where it stands, of what it is, and what it is now."""

    path: tuple[str | int, ...]
    of: str
    value: str

    @property
    def name(self) -> str:
        """The name of its field."""
        return ".".join(map(str, self.path))

    @property
    def pointer(self) -> str:
        """Where it stands, as a JSON pointer into the terms of a lease."""
        return "/price_plan/" + "/".join(map(str, self.path))


def numbers(document: Mapping[str, Any], say: Say, *, without: str = "") -> Iterator[Number]:
    """
    Yield the numbers of a plan, in its order, of all components but those that one seller sells.

    ``say`` translates the words for what each is of.
    """
    for place, component in enumerate(document["components"]):
        if not without or component.get("seller") != without:
            yield from _numbers(component, ("components", place), _name(component, say), say)
    for bound, name in BOUNDS.items():
        if document[bound] is not None:
            yield from _numbers(document[bound], (bound,), say(name), say)


def changed(document: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the plan with the numbers that were typed, by the names of their fields."""
    made = deepcopy(dict(document))
    for number in numbers(document, str):
        node: Any = made
        for step in number.path[:-1]:
            node = node[step]
        node[number.path[-1]] = given.get(number.name, number.value).strip()
    return made


def _name(component: Mapping[str, Any], say: Say) -> str:
    name, meter = say(words.LINES[component["kind"]]), component.get("meter")
    return f"{name} · {say(words.METERS[meter])}" if meter else name


def _numbers(node: Mapping[str, Any], path: tuple[str | int, ...], of: str, say: Say) -> Iterator[Number]:
    for name in NUMBERS:
        if isinstance(node.get(name), str) and (name != "unit" or "up_to" in node):
            yield Number((*path, name), f"{of}, {say(NUMBERS[name])}", node[name])
    for place, band in enumerate(node.get("bands", ())):
        yield from _numbers(band, (*path, "bands", place), f"{of}, {band['name']}", say)
    for place, tier in enumerate(node.get("tiers", ())):
        yield from _numbers(tier, (*path, "tiers", place), f"{of}, {place + 1}", say)
