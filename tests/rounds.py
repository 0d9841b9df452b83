"""How long the tests that try at random go on: ``make rounds`` tries more than ``make test`` has time for."""

import os

ROUNDS = int(os.environ.get("ROUNDS", "1"))
