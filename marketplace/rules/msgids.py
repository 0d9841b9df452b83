"""
Texts that rules only name: English msgids, collected for translation and translated where they are shown.

``Phrase.msgid`` goes through gettext, then ``.format(**facts)``; facts are ready to print in every language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def gettext_noop(text: str) -> str:
    """Mark a text for translation and return it as it is."""
    return text


@dataclass(frozen=True)
class Phrase:
    """A sentence for people: a msgid and the facts that fill its named fields."""

    msgid: str
    facts: Mapping[str, str] = field(default_factory=dict)
