"""What strangers write into forms: the fields as a page shows them, filled sensibly, some of them spoiled."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from html.parser import HTMLParser
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from marketplace.shared import clock
from tests.factories.leasing import picture

TEXTS = {
    "nothing": "",
    "blank": " \t\n ",
    "a megabyte": "长" * 350_000,
    "a long word": "x" * 5_000,
    "NUL": "a\x00b",
    "half a pair": "\ud800",
    "from right to left": "\u202egnp.exe\u2066",
    "a picture": "👩‍👩‍👧🇨🇳\U000e0061",
    "controls": "a\x07\x1b[31m\x85b",
    "SQL": "'; DROP TABLE marketplace_user; --",
    "a mark of HTML": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "a template": "{{ 7*7 }}{% debug %}%(x)s{0.__class__}",
    "a formula": "=cmd|' /C calc'!A0",
    "a path": "../../../../etc/passwd",
    "JSON": '{"a": [1, {"b": null}]}',
    "deep": "[" * 3_000,
    "XML": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "wide digits": "１２３",
    "superscript": "²",
}
NONSENSE = {"SQL", "a mark of HTML", "a formula", "a path", "XML"}
STRICT = {"number", "date", "datetime-local", "month", "select", "radio"}  # which take one of these never
NUMBERS = (
    "-1",
    "0",
    "-0.001",
    "9" * 19,
    "9" * 400,
    "1e999",
    "1E-999",
    "NaN",
    "Infinity",
    "-inf",
    "0x10",
    "1_0",
)
DATES = (
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "10000-01-01",
    "2026-13-01T25:61",
    "1900-01-01",
)
DATES += ("0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T02:30+99:99")
FIGURES = {f"figure {one[:12]}": one for one in NUMBERS} | {f"day {one}": one for one in DATES}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb_of_dots(side: int = 30_000) -> bytes:
    """Return a PNG of a megabyte and little, which is gigabytes once it is decoded."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side * 3 + 1) * 200, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def workbook(sheet: str, **more: bytes) -> bytes:
    """Return an XLSX of one sheet as it is given, and of other parts."""
    kinds = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/></Types>'
    )
    to = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    book = (
        '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{to}"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", kinds)
        of_book = (
            f'<Relationship Id="r1" Type="{to}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        )
        packed.writestr("_rels/.rels", link + of_book)
        packed.writestr("xl/workbook.xml", book)
        of_sheet = (
            f'<Relationship Id="r1" Type="{to}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        )
        packed.writestr("xl/_rels/workbook.xml.rels", link + of_sheet)
        packed.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, data in more.items():
            packed.writestr(name, data)
    return out.getvalue()


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)


def a_sheet(head: str, cell: str) -> str:
    return f"{head}<worksheet {MAIN}><sheetData>{CELL.format(cell)}</sheetData></worksheet>"


def bomb_of_rows() -> bytes:
    """Return an XLSX of some kilobytes whose sheet is a hundred megabytes."""
    return workbook(a_sheet("", "a" * 100_000_000))


# A file's name, and how what is in it is made: some take a second, and are made only where they are sent.
FILES: dict[str, tuple[str, Callable[[], bytes] | bytes]] = {
    "nothing in it": ("a.jpg", b""),
    "another kind": ("a.jpg", b"MZ\x90\x00" + b"\0" * 100),
    "a page as a picture": ("a.jpg", b"<html><script>alert(1)</script></html>"),
    "a drawing with a script": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "a bomb of dots": ("a.png", bomb_of_dots),
    "a picture cut short": ("a.jpg", lambda: picture()[:400]),
    "a bomb of rows": ("a.xlsx", bomb_of_rows),
    "an outside entity": ("a.xlsx", lambda: workbook(a_sheet(OUTSIDE, "&x;"))),
    "a billion laughs": ("a.xlsx", lambda: workbook(a_sheet(LAUGHS, "&a11;"))),
    "XML with an outside entity": ("a.xml", OUTSIDE.encode() + b"<w>&x;</w>"),
    "PDF that ends": ("a.pdf", b"%PDF-1.7\n%%EOF"),
    "no table": ("a.csv", b"\xff\xfe\x00\x01"),
    "a name of a path": ("../../../etc/passwd", b"a,b\n1,2\n"),
    "a long name": ("长" * 300 + ".csv", b"a,b\n=cmd|x,2\n"),
}


@cache
def a_file(how: str) -> tuple[str, bytes]:
    """Return the name of a file that nobody should send, and what is in it."""
    name, content = FILES[how]
    return name, content if isinstance(content, bytes) else content()


@dataclass(frozen=True)
class Field:
    """One field of a form: what may be chosen, if it is chosen; what stands in it, if anything."""

    name: str
    kind: str
    value: str | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    accept: str = ""
    least: str = ""


@dataclass(frozen=True)
class Form:
    """One form of a page that posts; ``buttons`` are name, value and the address if it is another one."""

    action: str
    multipart: bool = False
    fields: tuple[Field, ...] = ()
    buttons: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Reader(HTMLParser):
    """Read the forms of a page."""

    at: str
    found: list[dict[str, Any]] = field(default_factory=list)
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: list[tuple[str, str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.form: dict[str, Any] | None = None
        self.select: dict[str, Any] | None = None
        self.area: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "form":
            made = {"method": had.get("method", "get").lower(), "action": had.get("action") or self.at}
            made |= {"multipart": "multipart" in had.get("enctype", ""), "fields": [], "buttons": []}
            self.form = made
            self.found.append(made)
            self.by_id[had.get("id", "")] = made
        elif tag == "input" and "disabled" not in had:
            self._input(had)
        elif tag == "select":
            self.select = {
                "name": had.get("name", ""),
                "required": "required" in had,
                "choices": [],
                "value": None,
            }
            self._keep(had, self.select)
        elif tag == "option" and self.select is not None:
            self.select["choices"].append(had.get("value", ""))
            if "selected" in had:
                self.select["value"] = had.get("value", "")
        elif tag == "textarea":
            self.area = {"name": had.get("name", ""), "kind": "textarea", "value": ""}
            self.area["required"] = "required" in had
            self._keep(had, self.area)
        elif tag == "button" and had.get("type", "submit") == "submit":
            self._keep(had, (had.get("name", ""), had.get("value", ""), had.get("formaction", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select" and self.select is not None:
            self.select["kind"] = "select"
            self.select = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area["value"] += data

    def _input(self, had: dict[str, str]) -> None:
        kind, value = had.get("type", "text"), had.get("value")
        if kind == "submit":
            self._keep(had, (had.get("name", ""), value or "", had.get("formaction", "")))
            return
        one = {"name": had.get("name", ""), "kind": kind, "value": value, "required": "required" in had}
        one |= {"accept": had.get("accept", ""), "least": had.get("min", "")}
        if kind in ("checkbox", "radio"):
            one |= {"value": (value or "on") if "checked" in had else None, "choices": [value or "on"]}
        self._keep(had, one)

    def _keep(self, had: dict[str, str], one: Any) -> None:
        if "form" in had:
            self.waiting.append((had["form"], had.get("name", ""), one))
        elif self.form is not None:
            self.form["buttons" if isinstance(one, tuple) else "fields"].append(one)

    def forms(self) -> list[Form]:
        """Return the forms that post."""
        for owner, _name, one in self.waiting:
            if owner in self.by_id:
                self.by_id[owner]["buttons" if isinstance(one, tuple) else "fields"].append(one)
        self.waiting.clear()
        return [_form(made) for made in self.found if made["method"] == "post"]


def _form(made: dict[str, Any]) -> Form:
    together: dict[str, Field] = {}
    for one in made["fields"]:
        name = one["name"]
        if not name or name == "csrfmiddlewaretoken":
            continue
        known = Field(**{**one, "choices": tuple(one.get("choices", ()))})
        if name in together and known.choices:
            old = together[name]
            known = replace(old, choices=old.choices + known.choices, value=old.value or known.value)
        together[name] = known
    return Form(made["action"], made["multipart"], tuple(together.values()), tuple(made["buttons"]))


def forms(html: str, at: str) -> list[Form]:
    """Return the forms of a page at an address that post something."""
    reader = Reader(at)
    reader.feed(html)
    return reader.forms()


def sensible(one: Field) -> Any:
    """Return what somebody may write into a field who means it; None: nothing is sent."""
    if one.kind == "file":
        return _file(one) if one.required else None
    if one.value:
        return one.value
    if one.choices:
        chosen = [each for each in one.choices if each]
        return chosen[0] if chosen and (one.required or one.kind != "checkbox") else None
    soon = clock.today() + timedelta(days=30)
    made = {"number": one.least or "1", "date": soon.isoformat(), "datetime-local": f"{soon}T08:00"}
    made |= {
        "month": f"{soon:%Y-%m}",
        "email": "a@example.test",
        "url": "https://example.com/",
        "time": "08:00",
    }
    made |= {"tel": "13800000000", "hidden": "", "password": "correct horse battery"}
    return made.get(one.kind, "1")


def _file(one: Field) -> SimpleUploadedFile:
    if "pdf" in one.accept and "image" not in one.accept:
        return SimpleUploadedFile("a.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", "application/pdf")
    if "image" in one.accept:
        return SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    return SimpleUploadedFile("a.csv", f"Date,Amount\n{date(2026, 11, 2)},1.00\n".encode(), "text/csv")


@dataclass(frozen=True)
class Post:
    """What is sent: the address, the fields in order, what was spoiled and how."""

    url: str
    multipart: bool
    pairs: tuple[tuple[str, Any], ...]
    spoiled: dict[str, str]
    certain: frozenset[str] = frozenset()  # what is spoiled so that nothing would read it

    def body(self) -> tuple[bytes, str]:
        """Return body and content type, as a browser makes them."""
        if not self.multipart:
            text = urlencode([(name, str(value)) for name, value in self.pairs], errors="surrogatepass")
            return text.encode(), "application/x-www-form-urlencoded"
        lists: dict[str, list[Any]] = {}
        for name, value in self.pairs:
            lists.setdefault(name, []).append(value if hasattr(value, "read") else _sendable(str(value)))
        return encode_multipart(BOUNDARY, lists), MULTIPART_CONTENT


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def spoil(form: Form, rng: Random, foreign: list[str]) -> Post:
    """Fill a form sensibly, and spoil one to three of its fields."""
    given: dict[str, list[Any]] = {}
    for one in form.fields:
        value = sensible(one)
        given[one.name] = [] if value is None else [value]
    spoiled = {}
    for one in rng.sample(form.fields, min(len(form.fields), rng.choice((1, 1, 2, 3)))):
        spoiled[one.name], given[one.name] = _worse(one, given[one.name], rng, foreign)
    pairs: list[tuple[str, Any]] = [("csrfmiddlewaretoken", "0" * 64)]  # which no browser leaves out
    pairs += [(name, value) for name, values in given.items() for value in values]
    url = form.action
    if form.buttons:
        name, value, address = rng.choice(form.buttons)
        pairs += [(name, value)] if name else []
        url = address or url
    kinds = {one.name: one.kind for one in form.fields}
    certain = {name for name, how in spoiled.items() if kinds[name] in STRICT and how in NONSENSE}
    return Post(url, form.multipart, tuple(pairs), spoiled, frozenset(certain))


def _worse(one: Field, old: list[Any], rng: Random, foreign: list[str]) -> tuple[str, list[Any]]:
    if one.kind == "file" and rng.random() < 0.9:
        how = rng.choice(sorted(FILES))
        name, content = a_file(how)
        return how, [SimpleUploadedFile(name, content, rng.choice(("image/jpeg", "text/csv", "x/\u4e00")))]
    how = rng.choice(("missing", "twice", "foreign", "figure", "figure", "text", "text", "text"))
    if how == "missing":
        return how, []
    if how == "foreign":
        return how, [rng.choice(foreign)]
    if how == "twice":
        return how, [*old, rng.choice([*TEXTS.values()]), *old]
    found = FIGURES if how == "figure" else TEXTS
    which = rng.choice(sorted(found))
    return which, [found[which]]
