"""Every published rating figure that any right engine must meet is run by a test, or it is said why not."""

import ast
from importlib import import_module
from pathlib import Path

from tests.marketplace import vectors

TESTS = Path(__file__).parents[1]

NOT_A_METER = (
    "no meter of a machine is counted like this: it adds up what was done, or takes the highest window"
)
SETTLED_ELSEWHERE = "about payouts and the fee of a dispute, which are no prices"
NOT_CARRIED = "no quantity is held over time and prorated: a lease is billed for what its machine did"

# By id or by model: what no test runs, and why.
NOT_RUN: dict[str, str] = {
    **dict.fromkeys(("count", "latest", "min", "unique", "unique_add_remove"), NOT_A_METER),
    **dict.fromkeys(("platform_fee", "payout_hold", "payout_sum"), SETTLED_ELSEWHERE),
    "running_total": "a price is of the total of a period, never of the first uses in it: docs/billing.md",
    **dict.fromkeys(("graduated_prorated", "volume_prorated", "lago-sum-recurring"), NOT_CARRIED),
    "ingest_limit": "the limit of a delivery is ours: bytes and readings, tests/devices/api",
    "polar-cutoff-stored-time": "the cut-off is the arrival number: tests/billing/test_checkpoints.py",
}


def importers() -> list[str]:
    """Name the test modules that take cases from the published figures."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        names = [
            node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        ]
        if "tests.marketplace.vectors" in names:
            found.append(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))
    return found


def test_every_case_to_adopt_is_run_or_explained():
    for name in importers():
        import_module(name)
    wanted = {case["id"]: case["model"] for case in vectors.RATING if case["stance"] == "adopt"}
    left = {name for name in wanted if name not in vectors.RUN}

    unknown = {name for name in left if not {name, wanted[name]} & set(NOT_RUN)}

    assert not unknown, sorted((wanted[name], name) for name in unknown)
    assert set(NOT_RUN) <= {*left, *(wanted[name] for name in left)}, "an explanation of no case"
