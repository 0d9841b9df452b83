"""
Names that stand twice in one JSON object.

Readers of JSON keep the last value and drop the others without a word. Here a value would be lost, or billed
in the place of another, so nobody guesses: what has a name twice is refused.
"""

import json
from typing import Any

SENTENCE = "a name stands twice in one object, and nobody knows which value was meant"


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it stands: its names and values, in order."""


def pairs(text: bytes) -> Any:
    """
    Read JSON with every object as its pairs; numbers stay text, for nobody looks at them.

    :raises ValueError: if it is no JSON, or nested too deeply
    """
    reader = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=str, parse_float=str, strict=False)
    try:
        return reader.decode(text.decode(errors="replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def twice(told: Any) -> bool:
    """Say whether a name stands twice in an object, or in one inside it."""
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Pairs):
            if len({name for name, _ in one}) < len(one):
                return True
            waiting.extend(value for _, value in one)
        elif isinstance(one, list):
            waiting.extend(one)
    return False
