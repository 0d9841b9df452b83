"""The published figures: see ``tests/data/vectors/README.md``."""

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "data" / "vectors"
RATING = json.loads((VECTORS / "rating.json").read_text(encoding="utf-8"))
FINANCE = json.loads((VECTORS / "finance.json").read_text(encoding="utf-8"))

# Parameters of price models that are not built: an allowance per netting window.
NOT_BUILT = {"free_units"}


def rating(*models: str, stances: tuple[str, ...] = ("adopt",), without: set[str] = NOT_BUILT) -> list[Any]:
    """Return the cases of some models as parameters of a test, each under its own name."""
    cases = [
        pytest.param(case, id=case["id"])
        for case in RATING
        if case["model"] in models and case["stance"] in stances and not without & set(case["params"])
    ]
    assert cases
    return cases
