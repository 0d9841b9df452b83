"""bean-check and hledger as separate programs: the books are proved by code that is not ours."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Set where all that CI needs is installed: there nothing is left out silently.
REQUIRED = "BOOK_CHECKERS_REQUIRED"


def program(name: str) -> str:
    """Return where a program is; a test is left out without it, but fails where it must be there."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(f"{name} is not installed")
    return str(found)


def faults(form: str, file: Path) -> str:
    """Return what the program of a format says is wrong with a file; nothing if all is right."""
    how = {
        "beancount": [program("bean-check"), str(file)],
        "hledger": [program("hledger"), "-f", str(file), "check", "--strict", "ordereddates"],
    }[form]
    done = subprocess.run(how, capture_output=True, text=True, timeout=120)
    return "" if done.returncode == 0 and not done.stderr.strip() else done.stdout + done.stderr or "failed"


def hledger_balances(file: Path) -> dict[str, str]:
    """Return what hledger has on each account, as it writes it."""
    how = [program("hledger"), "-f", str(file), "balance", "--flat", "--empty", "-O", "csv", "--layout=bare"]
    done = subprocess.run(how, capture_output=True, text=True, timeout=120, check=True)
    rows = [row.replace('"', "").split(",") for row in done.stdout.splitlines()[1:]]
    return {f"{row[0]} {row[1]}": row[2] for row in rows if row[0] not in ("total", "Total:")}


BEANS = """
import json, sys
from beancount import loader
from beancount.core import realization
entries, errors, _ = loader.load_file(sys.argv[1])
found = {}
for account in realization.iter_children(realization.realize(entries)):
    for position in account.balance:
        found[f"{account.account} {position.units.currency}"] = format(position.units.number, "f")
print(json.dumps(found))
"""


def beancount_balances(file: Path) -> dict[str, str]:
    """Return what beancount has on each account; those with nothing are not named."""
    done = subprocess.run(
        [sys.executable, "-c", BEANS, str(file)], capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found
