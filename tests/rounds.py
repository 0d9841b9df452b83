"""
How long the tests that try at random go on: ``make rounds`` tries more than ``make test`` has time for.

Each run tries others: what a few examples find in many runs, the rounds look for at once.
"""

import os

ROUNDS = int(os.environ.get("ROUNDS", "1"))
DEFAULT = 100  # examples of a law that names no number
FEWEST = 8  # the first of them is always the least there is


def tries(many: int = DEFAULT) -> int:
    """Return with how many examples a law is tried: a quarter of ``many``, or all of them, ROUNDS times."""
    if ROUNDS > 1 or "MUTANT_UNDER_TEST" in os.environ:
        return many * ROUNDS
    return min(many, max(FEWEST, many // 4))
