"""
The bundle of an invoice: which files it has, and which rules go with it.

A bundle is a ZIP. ``manifest.json`` names the format and the SHA-256 of every other file; what each file
holds stands in ``docs/evidence.md``. :mod:`billing.rules.verify` is its ``verify.py``.
"""

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from leasing.rules.canonical import digest

FORMAT = "jijian-bundle-1"
MANIFEST = "manifest.json"
INVOICE = "invoice.json"
TERMS = "terms.json"
HANDOVERS = "handovers.json"
TAX = "tax.json"
ZONE = "tz.json"
WINDOWS = "windows.json"
REVIEWS = "reviews.json"
CHECKPOINTS = "checkpoints.json"
LOG = "log.json"
DELIVERIES = "deliveries.jsonl"
VERIFY = "verify.py"
RULES = "rules/"
ZONES = "tz/"
DOCUMENTS = (INVOICE, TERMS, HANDOVERS, TAX, ZONE, WINDOWS, REVIEWS, CHECKPOINTS, LOG)

ENTRANCE = "billing.rules.rechecking"  # what verify.py calls; the rules of a bundle are all that this needs
VERIFIER = "billing.rules.verify"


def fingerprint(files: Mapping[str, str]) -> str:
    """Return one digest over all rules of a bundle, from the SHA-256 of its files by name."""
    return digest({name: total for name, total in files.items() if name.startswith(RULES)})


def manifest(files: Mapping[str, str]) -> dict[str, object]:
    """Return the manifest over files, given with their SHA-256."""
    return {"format": FORMAT, "rules": fingerprint(files), "files": dict(sorted(files.items()))}


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def closure(start: Iterable[str], source: Callable[[str], str | None]) -> list[str]:
    """
    Return the modules that some modules need, themselves and all packages around them included.

    ``source`` returns the text of a module, ``None`` if it is none of the project.
    """
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        text = None if name in found else source(name)
        if text is not None:
            found.add(name)
            waiting += [*_around(name), *_imported(text)]
    return sorted(found)


def _around(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


@lru_cache(maxsize=1024)  # modules: every bundle has the same, and parsing them takes longest of all
def _imported(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names]
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
            found += [f"{node.module}.{one.name}" for one in node.names]
    return tuple(found)
