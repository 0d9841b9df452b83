"""Read a JSON document field by field and collect everything that is wrong with it, each at its pointer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.rules.flaws import TEXTS
from marketplace.shared.errors import Flaw

NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,10})?", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
ODD = re.compile("[\x00\ud800-\udfff]")
REQUIRED = object()


class AgreedFlaws(list[Flaw]):
    """
    The flaws of a document that was agreed, or published, before: its numbers may lie beyond bounds.

    Bounds are for what is new. What both sides signed under earlier ones is billed as it stands.
    """


class Reader:
    """
    One object of a document; ``flaws`` is shared by all readers of the document.

    Every method returns a harmless value where it notes a flaw, so that one pass finds all flaws. The caller
    must refuse the document if any were noted.
    """

    def __init__(self, node: object, fields: Sequence[str], pointer: str, flaws: list[Flaw]) -> None:
        self.pointer = pointer
        self.flaws = flaws
        self.node: Mapping[str, Any] = node if isinstance(node, Mapping) else {}
        if node is not self.node:
            flaws.append(flaw(pointer, "not_an_object"))
        for name in self.node:
            if name not in fields:
                self.refuse(str(name), "unknown_field", field=str(name))

    @property
    def is_agreed(self) -> bool:
        """Tell whether the document was agreed before, so that bounds for new ones do not hold."""
        return isinstance(self.flaws, AgreedFlaws)

    def at(self, name: str) -> str:
        """Return the JSON pointer of a field."""
        return f"{self.pointer}/" + name.replace("~", "~0").replace("/", "~1")

    def refuse(self, name: str, code: str, **facts: Any) -> None:
        """Note a flaw at a field."""
        self.flaws.append(flaw(self.at(name), code, **facts))

    def refuse_at(self, below: str, code: str, **facts: Any) -> None:
        """Note a flaw at a pointer below this object, such as ``bands/0/from``."""
        self.flaws.append(flaw(f"{self.pointer}/{below}", code, **facts))

    def get(self, name: str, default: Any = REQUIRED) -> Any:
        """Return the raw value, its default, or ``None`` and a flaw."""
        if name in self.node:
            return self.node[name]
        if default is REQUIRED:
            self.refuse(name, "required")
            return None
        return default

    def name(self, field: str) -> str:
        """Read a short identifier."""
        value = self.get(field)
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        if field in self.node:
            self.refuse(field, "not_a_name")
        return ""

    def choice(self, field: str, choices: Sequence[str], default: Any = REQUIRED) -> str:
        """Read one word of a closed list."""
        value = self.get(field, default)
        if isinstance(value, str) and value in choices:
            return value
        if field in self.node:
            self.refuse(field, "not_a_choice", choices=", ".join(choices))
        return choices[0]

    def one_of(self, *fields: str) -> str:
        """Return which one of some fields is there, or nothing and a flaw if it is not exactly one."""
        there = [name for name in fields if self.node.get(name) is not None]
        if len(there) == 1:
            return there[0]
        self.flaws.append(flaw(self.pointer, "not_one_of", choices=", ".join(fields)))
        return ""

    def decimal(
        self,
        field: str,
        default: Any = REQUIRED,
        *,
        most: Decimal | None = None,
        bound: Decimal | None = None,
        above_zero: bool = False,
    ) -> Decimal:
        """
        Read a number that is not negative, written as text so that nothing is lost.

        It is ``most`` by its meaning; ``bound`` is only for what is new (``AgreedFlaws``).
        """
        if most is None and not self.is_agreed:
            most = bound
        value = self.get(field, default)
        if value is None and field not in self.node:
            return Decimal(1)
        number = _number(value)
        code = _trouble(number, most, above_zero)
        if number is None or code:
            self.refuse(field, code, most=str(most))
            return Decimal(1)
        return number

    def whole(self, field: str, default: Any = REQUIRED, *, least: int = 0, most: int = 10**9) -> int:
        """Read a whole number."""
        value = self.get(field, default)
        if type(value) is int and least <= value <= most:
            return value
        if field in self.node:
            self.refuse(field, "not_a_whole_number", least=least, most=most)
        return least

    def words(self, field: str, default: Any = REQUIRED) -> tuple[str, ...]:
        """Read a list of different words."""
        value = self.get(field, default)
        good = isinstance(value, list) and all(
            isinstance(word, str) and word and storable(word) for word in value
        )
        if good and len(set(value)) == len(value):
            return tuple(value)
        if field in self.node:
            self.refuse(field, "not_words")
        return ()

    def items(self, field: str) -> Iterator[tuple[str, object]]:
        """Yield (pointer, node) of a list that must not be empty."""
        value = self.get(field)
        if field in self.node and not (isinstance(value, list) and value):
            self.refuse(field, "not_a_list")
            return
        for index, node in enumerate(value or ()):
            yield f"{self.at(field)}/{index}", node


def flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    """Make a flaw with the words for its code."""
    return Flaw(pointer, code, TEXTS[code], facts)


def plain(number: Decimal) -> str:
    """Write a decimal without an exponent, as documents hold it."""
    return format(number, "f")


def storable(text: str) -> bool:
    """Tell whether the database can hold a text: no NUL, no half of a character."""
    return not ODD.search(text)


def _number(value: object) -> Decimal | None:
    if type(value) is int and abs(value) < 10**12:
        return Decimal(value)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def _trouble(number: Decimal | None, most: Decimal | None, above_zero: bool) -> str:
    if number is None:
        return "not_a_number"
    if number < 0:
        return "negative"
    if number == 0 and above_zero:
        return "zero"
    if most is not None and number > most:
        return "too_large"
    return ""
