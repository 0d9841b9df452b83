"""Data terms in sentences: what is said otherwise than in the default table."""

from collections.abc import Mapping
from typing import Any

from devices.ownership.rules import data_terms
from devices.ownership.rules.changes import changed
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.sentences import Translate, rule_words


def term_words(document: Mapping[str, Any], translate: Translate) -> list[str]:
    """Return a sentence for each cell that the terms change, as it is with them; none for default terms."""
    changes = data_terms.changes(document)
    table = changed(matrix(), changes)
    return [rule_words(f"{one.category}.{one.party}", translate, table) for one in changes]
