"""
Compile the translations: one base file and the parts beside it become one ``django.mo``.

Pure Python, so that no gettext has to be installed; compiled files are not kept in the repository.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from config.up.places import ROOT
from config.up.say import line

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LOCALE = ROOT / "config" / "locale"
LANGUAGE = "zh_Hans"


def sources(locale: Path) -> list[Path]:
    """The base first, then the parts by name."""
    base = locale / LANGUAGE / "LC_MESSAGES" / "django.po"
    return [path for path in (base, *sorted((locale / "parts").glob("*.po"))) if path.exists()]


def stale(locale: Path = LOCALE) -> bool:
    """Whether a source is newer than what was compiled."""
    compiled = locale / LANGUAGE / "LC_MESSAGES" / "django.mo"
    if not compiled.exists():
        return True
    folders = [path for path in (locale / "parts",) if path.exists()]
    newest = max((path.stat().st_mtime for path in [*sources(locale), *folders]), default=0.0)
    return newest > compiled.stat().st_mtime


def merge(locale: Path = LOCALE) -> "tuple[Catalog, list[str]]":
    """Read all sources into one catalogue; where two disagree the first one wins and a sentence says so."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    merged, origin, conflicts = Catalog(locale=LANGUAGE, domain="django", fuzzy=False), {}, []
    for source in sources(locale):
        with source.open("rb") as file:
            part = read_po(file, locale=LANGUAGE, domain="django")
        for message in part:
            if not message.id or message.fuzzy or not message.string:
                continue
            key = (message.context, message.id)
            known = merged.get(message.id, message.context)
            if known is None:
                merged[message.id] = message
                origin[key] = source.name
            elif known.string != message.string:
                conflicts.append(f"{origin[key]} and {source.name} translate {message.id!r} differently")
    return merged, conflicts


def compile_all(locale: Path = LOCALE) -> list[str]:
    """Write ``django.mo`` in one stroke and return the conflicts."""
    from babel.messages.mofile import write_mo

    merged, conflicts = merge(locale)
    target = locale / LANGUAGE / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"django.{os.getpid()}.new")
    with new.open("wb") as file:
        write_mo(file, merged)
    new.replace(target)
    return conflicts


def main() -> int:
    """``make messages``: compile, and fail when two files disagree."""
    conflicts = compile_all()
    for conflict in conflicts:
        line(conflict)
    return bool(conflicts)


if __name__ == "__main__":
    sys.exit(main())
