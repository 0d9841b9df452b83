"""The published figures: see ``tests/data/vectors/README.md``."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "data" / "vectors"
RATING = json.loads((VECTORS / "rating.json").read_text(encoding="utf-8"))
FINANCE = json.loads((VECTORS / "finance.json").read_text(encoding="utf-8"))

# The ids of all cases that a test takes; ``tests/marketplace/test_vectors.py`` looks for the others.
RUN: set[str] = set()


def rating(
    *models: str,
    stances: tuple[str, ...] = ("adopt",),
    without: Collection[str] = (),
    names: Collection[str] | None = None,
) -> list[Any]:
    """Return cases of some models, or the ``names`` of them, as parameters of a test, each by its name."""
    cases = [
        pytest.param(case, id=case["id"])
        for case in RATING
        if case["model"] in models and case["stance"] in stances and not set(without) & set(case["params"])
        if names is None or case["id"] in names
    ]
    assert cases
    assert names is None or len(cases) == len(names)
    RUN.update(str(case.id) for case in cases)
    return cases
