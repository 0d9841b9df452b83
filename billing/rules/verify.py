"""
Check the bundle of an invoice with nothing but Python 3.11 or newer.

    python3 verify.py                      the bundle that this file was unpacked from
    python3 verify.py invoice.zip          a bundle that is still packed
    python3 verify.py --rules DIGEST       run the bundle's rules only if they are these
    python3 verify.py --key KEY_ID         which key may sign heads of the log; may be repeated
    python3 verify.py --state DIGEST       a state that another bundle came to; may be repeated
    python3 verify.py --strict             what is NOT PROVED counts as a difference

Says OK and exits with 0, or names what differs and exits with 1. The rules that a bundle brings are programs:
compare their digest, and the id of the key, with what the platform has published before you trust an OK.
"""

import argparse
import hashlib
import importlib
import json
import sys
import tempfile
import zipfile
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

FORMAT = "jijian-bundle-1"
MANIFEST, DELIVERIES, RULES, ZONES = "manifest.json", "deliveries.jsonl", "rules/", "tz/"
ENTRANCE = "billing.rules.rechecking"
OLDEST = (3, 11)
MOST_SHOWN = 100
NOT_PROVED = "NOT PROVED"
CHUNK = 1 << 20


def main(arguments: Sequence[str]) -> int:
    """Check one bundle; print what came of it."""
    given = _arguments(arguments)
    if sys.version_info < OLDEST:
        _say(f"This needs Python {OLDEST[0]}.{OLDEST[1]} or newer.")
        return 1
    with ExitStack() as stack:
        folder = given.bundle
        if folder.is_file():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            try:
                with zipfile.ZipFile(given.bundle) as packed:
                    packed.extractall(folder)
            except (zipfile.BadZipFile, OSError, EOFError) as error:
                return _told([f"the bundle cannot be unpacked: {error}"], [])
        differences, notes = checked(folder, keys=given.key, rules=given.rules, states=given.state)
        if given.strict:
            differences += [note for note in notes if note.startswith(NOT_PROVED)]
    return _told(differences, notes)


def checked(
    folder: Path, *, keys: Sequence[str], rules: str | None, states: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Return what differs in an unpacked bundle, and what the reader should know besides."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {str(name): str(total) for name, total in manifest["files"].items()}
        differences = list(_files(folder, files))
        if manifest["format"] != FORMAT:
            differences.append(f"the format is {manifest['format']!r}, this reads {FORMAT!r}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{MANIFEST} cannot be read: {error!r}"], []
    total = fingerprint(files)
    if manifest["rules"] != total:
        differences.append(f"the digest of the rules is {total}, {MANIFEST} says {manifest['rules']}")
    if rules not in (None, total):
        differences.append(f"the digest of the rules is {total}, which --rules does not name")
    notes = [f"rules {total}"]
    if differences:  # what was changed is not run
        return differences, notes
    try:
        more, told = _recomputed(folder, keys, states)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, AssertionError) as error:
        return [f"the bundle cannot be read: {error!r}"], notes
    return more, notes + told


def fingerprint(files: Mapping[str, str]) -> str:
    """Return one digest over all rules of the bundle, from the SHA-256 of its files by name."""
    rules = {name: total for name, total in files.items() if name.startswith(RULES)}
    text = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _files(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Compare every file with the manifest; what is beside them must be no program."""
    whole = folder.resolve()
    for name, total in sorted(files.items()):
        path = (folder / name).resolve()
        if not path.is_relative_to(whole) or not path.is_file():
            yield f"the file {name} is missing"
        elif _sha256(path) != total:
            yield f"the file {name} is not the one of which {MANIFEST} has the SHA-256"
    for path in sorted((folder / RULES).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in files:
            yield f"the file {name} is not in {MANIFEST}"


def _sha256(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()


def _recomputed(folder: Path, keys: Sequence[str], states: Sequence[str]) -> tuple[list[str], list[str]]:
    """Run the bundle's own rules over its documents, with its own time zone."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str((folder / RULES).resolve()))
    zoneinfo.reset_tzpath([str((folder / ZONES).resolve())])
    rechecking: Any = importlib.import_module(ENTRANCE)
    names = rechecking.bundles.DOCUMENTS
    documents = {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in names}
    with (folder / DELIVERIES).open(encoding="utf-8") as lines:
        result = rechecking.check(documents, lines, trusted=keys, states=states)
    return [f"{one.code}: {one.text}" for one in result.differences], result.notes


def _told(differences: Sequence[str], notes: Sequence[str]) -> int:
    for note in notes:
        _say(note)
    for text in differences[:MOST_SHOWN]:
        _say(f"DIFFERS {text}")
    if differences:
        _say(f"{len(differences)} differences.")
        return 1
    stated = any(note.startswith(NOT_PROVED) for note in notes)
    _say(f"OK: the invoice follows from the readings{', but see what is NOT PROVED' if stated else ''}.")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check the bundle of an invoice.")
    here = Path(__file__).resolve().parent
    parser.add_argument("bundle", nargs="?", type=Path, default=here, help="a ZIP, or a folder")
    parser.add_argument("--key", action="append", default=[], metavar="KEY_ID")
    parser.add_argument("--rules", metavar="DIGEST")
    parser.add_argument("--state", action="append", default=[], metavar="DIGEST")
    parser.add_argument("--strict", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
