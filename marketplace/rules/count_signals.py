"""The other signals that a count rule may name: a second witness, new beginnings, verdicts on parts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.rules.reading import Reader, storable


@dataclass(frozen=True)
class Witness:
    """A timer of the machine that runs in some states; one step of it is ``seconds`` long."""

    channel: str
    states: tuple[str, ...]
    seconds: Decimal = Decimal(1)

    def dump(self) -> dict[str, Any]:
        """Write the witness in its JSON form."""
        return {
            "channel": self.channel,
            "states": list(self.states),
            "seconds": format(self.seconds, "f"),
        }


@dataclass(frozen=True)
class Signal:
    """A channel that says something by some of its words, or, without words, by every new one."""

    channel: str
    words: tuple[str, ...] = ()

    def dump(self) -> dict[str, Any]:
        """Write the signal in its JSON form."""
        return {"channel": self.channel, "words": list(self.words)}


def read_channel(reader: Reader, field: str) -> str:
    """Read the key of a channel."""
    value = reader.get(field)
    if isinstance(value, str) and 0 < len(value.strip()) <= 200 and storable(value):
        return value
    if field in reader.node:
        reader.refuse(field, "not_text", most=200)
    return ""


def read_optional(reader: Reader, field: str) -> str | None:
    """Read the key of a channel that need not be named."""
    return None if reader.get(field, None) is None else read_channel(reader, field)


def read_witness(reader: Reader) -> Witness | None:
    """Read the second witness, if there is one."""
    node = reader.get("witness", None)
    if node is None:
        return None
    told = Reader(node, ("channel", "states", "seconds"), reader.at("witness"), reader.flaws)
    states = told.words("states")
    if not states and "states" in told.node:
        told.refuse("states", "states_needed")
    seconds = Decimal(1) if told.get("seconds", None) is None else told.decimal("seconds", above_zero=True)
    return Witness(read_channel(told, "channel"), states, seconds)


def read_signal(reader: Reader, field: str) -> Signal | None:
    """Read a channel with its words, if it is named."""
    node = reader.get(field, None)
    if node is None:
        return None
    told = Reader(node, ("channel", "words"), reader.at(field), reader.flaws)
    return Signal(read_channel(told, "channel"), told.words("words", []))
