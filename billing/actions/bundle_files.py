"""The files of a bundle that do not come from the database: the rules, verify.py, the time zone."""

import zoneinfo
from collections.abc import Iterator
from functools import cache
from importlib import import_module, resources
from pathlib import Path

from billing.rules import bundles
from billing.rules.bundles import ENTRANCE, RULES, VERIFIER, VERIFY, ZONES, closure, sha256

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("billing", "leasing", "devices", "marketplace")
UNKNOWN = "unknown"


@cache
def rules() -> tuple[tuple[str, bytes], ...]:
    """Return the rules that check a bundle, as this process found them, and ``verify.py``."""
    found = []
    for module in closure([ENTRANCE], _text):
        path = _path(module)
        assert path is not None, "what was read is there"
        found.append((RULES + path.relative_to(ROOT).as_posix(), path.read_bytes()))
    return (*found, (VERIFY, (_path(VERIFIER) or ROOT).read_bytes()))


@cache
def digests() -> dict[str, str]:
    """Return the SHA-256 of each file of rules as this process found it, by its name in a bundle."""
    return {name: sha256(content) for name, content in rules()}


def fingerprint() -> str:
    """Return the one digest over the rules that run here, as ``verify.py`` prints it."""
    return bundles.fingerprint(digests())


def zone(*, key: str) -> Iterator[tuple[str, bytes]]:
    """Yield the file of a time zone as it is here: other machines may have another, or none."""
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / key).is_file():
            yield ZONES + key, (Path(folder) / key).read_bytes()
            return
    yield ZONES + key, resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()


def zone_version() -> str:
    """Return the version of the time zones that this process uses, such as ``2026a``, if they tell it."""
    for folder in map(Path, zoneinfo.TZPATH):
        for name, line in (("+VERSION", 0), ("tzdata.zi", 0)):
            if (folder / name).is_file():
                with (folder / name).open(encoding="utf-8") as file:
                    return file.readlines(200)[line].replace("# version", "").strip()
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except ImportError:
        return UNKNOWN


def _path(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    if module.split(".")[0] not in ROOMS:
        return None
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _text(module: str) -> str | None:
    path = _path(module)
    return None if path is None else path.read_text(encoding="utf-8")
