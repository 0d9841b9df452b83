"""What an order of the lessee's order book holds; all faults are found at once, each at its field."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

TEXTS = {
    "required": gettext_noop("This field is required."),
    "not_a_number": gettext_noop("Write a number with up to {whole} digits and {places} decimals."),
    "negative": gettext_noop("This must not be negative."),
    "zero": gettext_noop("This must be more than zero."),
    "not_a_day": gettext_noop("Write a day between the years 2000 and 2999 as 2026-03-31."),
    "starts_too_late": gettext_noop("The earliest start must lie before the day by which it is finished."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "control_character": gettext_noop("Take out the characters that cannot be seen."),
    "unknown_category": gettext_noop(
        "There is no category “{category}”. Use the code of one, such as M1-MC."
    ),
    "unknown_state": gettext_noop("Choose one of: {choices}."),
    "unknown_field": gettext_noop("There is no field “{field}” here. Remove it or correct its name."),
    "not_an_object": gettext_noop("This must be an object with named fields."),
    "twice": gettext_noop("The reference “{reference}” stands here twice. Keep one."),
}

DIGITS, PLACES = 9, 3
NUMBER = re.compile(rf"-?[0-9]{{1,{DIGITS}}}(\.[0-9]{{1,{PLACES}}})?", re.ASCII)
DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
LONGEST = {"reference": 40, "part": 120, "material": 200}
FIELDS = (
    "reference",
    "part",
    "material",
    "quantity",
    "due_before",
    "cycle_seconds",
    "setup_seconds",
    "category",
    "earliest_start",
    "state",
)


class State(StrEnum):
    """How an order stands; only open ones are planned."""

    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Order:
    """
    Parts to make on a machine of a category, finished before the local midnight that begins ``due_before``.

    Work may begin with the day of ``earliest_start``. ``cycle_seconds`` is for one part, ``setup_seconds``
    once for the order.
    """

    reference: str
    part: str
    material: str
    quantity: Decimal
    due_before: date
    cycle_seconds: Decimal
    setup_seconds: Decimal
    category: str
    earliest_start: date | None = None
    state: State = State.OPEN

    @property
    def seconds(self) -> Decimal:
        """How long one machine works on the order, exactly."""
        return self.setup_seconds + self.quantity * self.cycle_seconds


def read(
    node: object, *, categories: Collection[str], pointer: str = "", known: Mapping[str, Any] | None = None
) -> tuple[Order | None, list[Flaw]]:
    """
    Read an order from what somebody wrote, or return every flaw of it.

    ``known`` are the fields of an order that is changed: what is not given stays. Numbers may be text.
    """
    if not isinstance(node, Mapping):
        return None, [_flaw(pointer or "/", "not_an_object")]
    given = dict(known or {}) | {name: value for name, value in node.items() if name in FIELDS}
    reader = _Reader(given, pointer)
    for name in node:
        if name not in FIELDS:
            reader.refuse(str(name), "unknown_field", field=str(name))
    made = reader.order(categories)
    return (None if reader.flaws else made), reader.flaws


def repeated(references: Iterable[tuple[str, str]]) -> list[Flaw]:
    """Return a flaw for each (pointer, reference) whose reference came before."""
    seen: set[str] = set()
    flaws = []
    for pointer, reference in references:
        if reference in seen:
            flaws.append(_flaw(f"{pointer}/reference", "twice", reference=reference))
        seen.add(reference)
    return flaws


class _Reader:
    """Reads the fields of one order and notes each flaw; a field with a flaw has a harmless value."""

    def __init__(self, given: Mapping[str, Any], pointer: str) -> None:
        self.given, self.pointer = given, pointer
        self.flaws: list[Flaw] = []

    def order(self, categories: Collection[str]) -> Order:
        """Read all fields."""
        made = Order(
            reference=self.text("reference"),
            part=self.text("part"),
            material=self.text("material", required=False),
            quantity=self.number("quantity", above_zero=True),
            due_before=self.day("due_before") or date.max,
            cycle_seconds=self.number("cycle_seconds", above_zero=True),
            setup_seconds=self.number("setup_seconds", default=Decimal(0)),
            category=self.category(categories),
            earliest_start=self.day("earliest_start", required=False),
            state=self.state(),
        )
        if made.earliest_start is not None and made.earliest_start >= made.due_before:
            self.refuse("earliest_start", "starts_too_late")
        return made

    def refuse(self, name: str, code: str, **facts: Any) -> None:
        """Note a flaw at a field."""
        self.flaws.append(_flaw(f"{self.pointer}/{name}", code, **facts))

    def value(self, name: str, *, required: bool = True) -> Any:
        """Return what was written, or nothing."""
        value = self.given.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value in (None, ""):
            if required:
                self.refuse(name, "required")
            return None
        return value

    def text(self, name: str, *, required: bool = True) -> str:
        """Read a line of text."""
        value = self.value(name, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            value = str(value)
        if len(value) > LONGEST[name]:
            self.refuse(name, "too_long_text", most=LONGEST[name])
        if not value.isprintable():
            self.refuse(name, "control_character")
        return value

    def number(self, name: str, *, above_zero: bool = False, default: Decimal | None = None) -> Decimal:
        """Read a number that is not negative."""
        value = self.value(name, required=default is None)
        if value is None:
            return Decimal(1) if default is None else default
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        if isinstance(value, bool) or not NUMBER.fullmatch(text):
            self.refuse(name, "not_a_number", whole=DIGITS, places=PLACES)
            return Decimal(1)
        found = Decimal(text)
        if found < 0:
            self.refuse(name, "negative")
        elif found == 0 and above_zero:
            self.refuse(name, "zero")
        return found

    def day(self, name: str, *, required: bool = True) -> date | None:
        """Read a day."""
        value = self.value(name, required=required)
        if value is None or type(value) is date:
            return value
        try:
            if not DAY.fullmatch(str(value)):
                raise ValueError(value)
            return date.fromisoformat(str(value))
        except ValueError:
            self.refuse(name, "not_a_day")
            return None

    def category(self, categories: Collection[str]) -> str:
        """Read the code of a category of the marketplace."""
        value = self.value("category")
        if value is not None and value not in categories:
            self.refuse("category", "unknown_category", category=str(value)[:40])
        return str(value or "")

    def state(self) -> State:
        """Read the state; what says nothing is open."""
        value = self.value("state", required=False) or State.OPEN
        if value not in list(State):
            self.refuse("state", "unknown_state", choices=", ".join(State))
            return State.OPEN
        return State(value)


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
