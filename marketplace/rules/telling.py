"""How a notification is said: what its sentence needs, and the sentence in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import datetime
from string import Formatter

from marketplace.rules.notifications import SENTENCES, Kind


def needed(kind: Kind) -> set[str]:
    """Return the names of the facts that the sentence of a kind needs."""
    return {name for _, name, _, _ in Formatter().parse(SENTENCES[kind]) if name}


def sentence(
    kind: str, facts: Mapping[str, str], translate: Callable[[str], str], day: Callable[[datetime], str]
) -> str:
    """Say it in the reader's language; ``day`` writes the day of a moment."""
    told = {
        name: day(datetime.fromisoformat(value)) if name.endswith("_at") else value
        for name, value in facts.items()
    }
    return translate(SENTENCES[Kind(kind)]).format(**told)
