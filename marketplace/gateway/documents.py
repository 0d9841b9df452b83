"""
The typesetter: papers as PDF/A files. The only importer of ``typst``.

A paper reaches the template as JSON data, never as source: no text of it can be markup or code. The template
may read nothing but that, and only the typeface beside it is used, so that a paper looks the same everywhere.
"""

import json
from functools import cache
from pathlib import Path
from typing import Final

import typst

from marketplace.rules.papers import Paper
from marketplace.shared import clock

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
TEMPLATE = HERE / "paper.typ"
STANDARD: Final = "a-2b"
WATERMARK: Final = "测试 TEST"  # across every page of a paper of a test installation
MEDIA_TYPE = "application/pdf"


def pdf(paper: Paper) -> bytes:
    """Set a paper as a PDF/A-2b file; the same paper gives the same bytes."""
    made = _compiler(paper).compile(
        format="pdf", pdf_standards=STANDARD, timestamp=int(paper.made_at.timestamp())
    )
    assert isinstance(made, bytes), "a PDF is one file"
    return made


def pictures(paper: Paper, *, dots_per_inch: int = 110) -> list[bytes]:
    """Set a paper as PNG pictures, one a page."""
    made = _compiler(paper).compile(format="png", ppi=dots_per_inch)
    return made if isinstance(made, list) else [made] if made is not None else []


@cache
def characters() -> frozenset[str]:
    """Return the characters that the typeface has."""
    return frozenset((FONTS / "characters.txt").read_text(encoding="utf-8")) - {"\n"}


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _compiler(paper: Paper) -> typst.Compiler:
    """Return a compiler for one paper; its root is the folder of the template, which holds no secrets."""
    mark = WATERMARK if clock.is_test() else ""
    data = json.dumps(paper.dump(characters()) | {"watermark": mark}, ensure_ascii=False)
    return typst.Compiler(
        str(TEMPLATE),
        root=str(HERE),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"paper": data},
    )
