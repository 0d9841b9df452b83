"""
One row of a file as a machine, or a pool of equal ones, and its offer: every fault at its column.

Values are checked as far as a row alone tells; whether the site, the nameplate or the offer is possible is
said by the actions that a page calls as well.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from marketplace.rules.categories import BOOL, CHOICE, CategoryNode, Field, tree
from marketplace.rules.import_columns import NO, PRICED_BY, YES, form
from marketplace.rules.import_files import kept
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import flaw
from marketplace.rules.search.measures import names as spoken_names
from marketplace.shared.errors import Flaw

LONGEST: Final = {
    "site": 80,
    "city": 40,
    "name": 120,
    "maker": 80,
    "model": 80,
    "title": 120,
    "summary": 2000,
    "open_to": 80,
}
LONGEST_SERIAL: Final = 60
MOST_MACHINES: Final = 50
MOST_SPECS: Final = 60
AMOUNT: Final = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,10})?", re.ASCII)
DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
WHOLE: Final = re.compile(r"[0-9]{1,6}(?:\.0{1,3})?", re.ASCII)
COUNTS: Final[dict[str, dict[str, Any]]] = {
    "run_time": {"channel": "execution", "states": ["ACTIVE"]},
    "cycles": {"channel": "execution", "states": ["ACTIVE"]},
    "parts": {"channel": "execution", "counter": "part_count"},
    "slots": {"channel": "slot"},
}
TEXTS: Final = {
    "too_long": gettext_noop("Write {most} characters at most."),
    "unknown_category": gettext_noop("There is no kind of machine “{found}”. Write its code or its name."),
    "not_spec_pairs": gettext_noop("Write “name=value”, with “;” between them. “{found}” is neither."),
    "dictionary_newer": gettext_noop(
        "The dictionary of this kind of machine has a new version since the file was sent. Send it again."
    ),
    "spec_twice": gettext_noop("“{found}” stands here twice. Keep one."),
    "not_an_amount": gettext_noop("Write an amount in yuan, such as 128.00."),
    "not_fen": gettext_noop("Write yuan with two decimals at most."),
    "not_a_built_day": gettext_noop("Write a day, such as 2021-05-31."),
    "not_a_region": gettext_noop("Write six digits, such as 320594."),
    "not_json": gettext_noop("This is no JSON. Write a document, or use the other columns."),
    "not_answered": gettext_noop("Write yes or no (是, 否)."),
    "serial_twice": gettext_noop("The serial number {found} stands in this row twice."),
    "other_pool": gettext_noop("There are {found} serial numbers in this row."),
    "plan_and_price": gettext_noop("Give a price or a price plan, not both."),
    "price_missing": gettext_noop("A machine that is offered needs a price and what it is for."),
    "twice_in_file": gettext_noop("Row {row} is the same machine. Keep one of them."),
    "site_unknown": gettext_noop(
        "You have no site “{found}”. Correct the name, or give its region code and city, and it is added."
    ),
    "chain_unknown": gettext_noop(
        "You lead no supply chain “{found}”. Write its name or its id, or nothing for everybody."
    ),
    "other_region": gettext_noop("Your site “{found}” lies in region {region}."),
    "some_there": gettext_noop("Of this pool these are registered already: {found}."),
    "not_stored": gettext_noop(
        "Something in this row cannot be kept. Look for odd signs and very long numbers."
    ),
    "not_yours": gettext_noop("The rights of {who} do not reach this. Ask an administrator."),
}


@dataclass(frozen=True)
class Offered:
    """What a row says of its machines and their offer; money in fen, ``plan`` empty if it is not offered."""

    site: str
    category: str
    name: str
    maker: str
    model: str
    serials: tuple[str, ...]
    region: str = ""
    city: str = ""
    built_on: date | None = None
    specs: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    summary: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    counts: tuple[Any, ...] = ()
    deposit_minor: int = 0
    minimum_days: int = 1
    publish: bool = False
    open_to: str = ""


def flawed(name: str, code: str, **facts: Any) -> Flaw:
    """Make a flaw at a column with the words for its code."""
    return Flaw(f"/{name}", code, TEXTS[code], facts)


def read(
    cells: Mapping[str, Any],
    *,
    choices: Mapping[str, str] | None = None,
    newer: Mapping[str, tuple[Field, ...]] | None = None,
) -> tuple[Offered, list[Flaw]]:
    """
    Return a row, and a flaw for everything that is wrong with it; with one the row means nothing.

    ``choices`` are the words of the dictionary in other languages, and what each stands for in it;
    ``newer`` are dictionaries with a newer version than the one of the software, by category.
    """
    return _Row(cells, choices or {}, newer or {}).read()


def kind_named(cells: Mapping[str, Any]) -> CategoryNode | None:
    """Return the kind of machine that a row names, by its code or its name."""
    wanted = form(_text(cells.get("category")))
    return next(
        (
            node
            for node in tree()
            if node.parent and wanted in (form(node.code), form(node.name), form(node.name_zh))
        ),
        None,
    )


def nameplates(cells: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return maker and serial number of each machine of a row, as far as it names any."""
    maker = _text(cells.get("maker"))
    return tuple((maker, serial) for serial in _serials(_text(cells.get("serial"))))


def added_sites(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the places that a file says where they are, by name: each row may use what one of them says."""
    found: dict[str, dict[str, str]] = {}
    for cells in rows:
        told = {name: _text(cells.get(name)) for name in ("region", "city")}
        if all(told.values()):
            found.setdefault(_text(cells.get("site")), told)
    return found


class _Row:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(
        self,
        cells: Mapping[str, Any],
        choices: Mapping[str, str],
        newer: Mapping[str, tuple[Field, ...]],
    ) -> None:
        self.cells, self.choices, self.newer = cells, choices, newer
        self.flaws: list[Flaw] = []

    def read(self) -> tuple[Offered, list[Flaw]]:
        node = self._category()
        maker, model = self._words("maker"), self._words("model")
        found = Offered(
            site=self._words("site"),
            category=node.code if node else "",
            name=self._words("name", needed=False) or f"{maker} {model}"[: LONGEST["name"]],
            maker=maker,
            model=model,
            serials=self._machines(),
            region=self._region(),
            city=self._words("city", needed=False),
            built_on=self._day(),
            specs=self._specs(node) if node else {},
            summary=self._words("summary", needed=False),
            deposit_minor=self._fen("deposit"),
            minimum_days=self._whole("minimum_days", most=3650) or 1,
            publish=self._answer(),
            open_to=self._words("open_to", needed=False),
        )
        title = self._words("title", needed=False) or found.name
        return replace(found, title=title, **self._offer(found.publish)), self.flaws

    def _refuse(self, name: str, code: str, **facts: Any) -> None:
        self.flaws.append(flawed(name, code, **facts) if code in TEXTS else flaw(f"/{name}", code, **facts))

    def _words(self, name: str, *, needed: bool = True) -> str:
        text = _text(self.cells.get(name))
        if needed and not text:
            self._refuse(name, "required")
        if len(text) > LONGEST[name]:
            self._refuse(name, "too_long", most=LONGEST[name])
            return ""
        return text

    def _category(self) -> CategoryNode | None:
        text = _text(self.cells.get("category"))
        if not text:
            self._refuse("category", "required")
            return None
        if node := kind_named(self.cells):
            return replace(node, specs=self.newer.get(node.code, node.specs))
        self._refuse("category", "unknown_category", found=text[:40])
        return None

    def _machines(self) -> tuple[str, ...]:
        serials = _serials(_text(self.cells.get("serial")))
        if not serials:
            self._refuse("serial", "required")
        if any(len(serial) > LONGEST_SERIAL for serial in serials):
            self._refuse("serial", "too_long", most=LONGEST_SERIAL)
        twice = next((serial for n, serial in enumerate(serials) if serial in serials[:n]), None)
        if twice is not None:
            self._refuse("serial", "serial_twice", found=twice[:LONGEST_SERIAL])
        pool = self._whole("pool_size", most=MOST_MACHINES)
        if len(serials) > MOST_MACHINES:
            self._refuse("serial", "too_many_entries", most=MOST_MACHINES)
        elif pool and serials and pool != len(serials):
            self._refuse("pool_size", "other_pool", found=len(serials))
        return serials

    def _region(self) -> str:
        text = _text(self.cells.get("region"))
        if text and not re.fullmatch(r"[0-9]{6}", text, re.ASCII):
            self._refuse("region", "not_a_region")
        return text[:6]

    def _day(self) -> date | None:
        text = _text(self.cells.get("built_on"))
        match = DAY.fullmatch(text)
        with suppress(ValueError):  # no such day
            if match:
                return date(int(match[1]), int(match[2]), int(match[3]))
        if text:
            self._refuse("built_on", "not_a_built_day")
        return None

    def _whole(self, name: str, *, most: int) -> int:
        text = _text(self.cells.get(name))
        number = int(text.partition(".")[0]) if WHOLE.fullmatch(text) else 0
        if text and not 1 <= number <= most:
            self._refuse(name, "not_a_whole_number", least=1, most=most)
            return 0
        return number

    def _amount(self, name: str) -> Decimal | None:
        text = _text(self.cells.get(name)).strip("¥￥元 ").replace(",", "").replace("，", "").strip()
        if not text:
            return None
        if not AMOUNT.fullmatch(text):
            self._refuse(name, "not_an_amount")
            return None
        return Decimal(text)

    def _fen(self, name: str) -> int:
        fen = (self._amount(name) or Decimal(0)) * 100
        if fen != int(fen):
            self._refuse(name, "not_fen")
        return int(fen)

    def _answer(self) -> bool:
        text = _text(self.cells.get("publish")).lower()
        if text and text not in YES + NO:
            self._refuse("publish", "not_answered")
        return text in YES

    def _specs(self, node: CategoryNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in self._pairs():
            code = spec_code(name, node)
            if code in found:
                self._refuse("specifications", "spec_twice", found=name[:40])
            found[code] = self._said(value, next((one for one in node.specs if one.code == code), None))
        return found

    def _pairs(self) -> list[tuple[str, Any]]:
        given = self.cells.get("specifications")
        if isinstance(given, Mapping):
            return [(str(name), value) for name, value in given.items()][:MOST_SPECS]
        pairs = []
        for part in filter(None, (each.strip() for each in re.split(r"[;；\n]", _text(given)))):
            name, sign, value = part.replace("＝", "=").partition("=")
            if not sign or not name.strip() or not value.strip():
                self._refuse("specifications", "not_spec_pairs", found=part[:40])
            else:
                pairs.append((name.strip(), value.strip()))
        return pairs[:MOST_SPECS]

    def _said(self, value: Any, known: Field | None) -> Any:
        """Return a value as the dictionary writes it: its own word for a choice, true or false."""
        if known is None or not isinstance(value, str):
            return value
        if known.kind == CHOICE and value not in known.choices:
            same = (one for one in known.choices if form(one) == form(value))
            return next(same, self.choices.get(value, value))
        if known.kind == BOOL and value.lower() in YES + NO:
            return value.lower() in YES
        return unicodedata.normalize("NFKC", value).replace("μ", "µ") if known.unit else value

    def _offer(self, publish: bool) -> dict[str, Any]:
        """Return price plan and count rules, as JSON or from the simple columns."""
        given, by = self.cells.get("price_plan"), _text(self.cells.get("price_by")).lower()
        price, minimum = self._amount("price"), self._amount("minimum")
        if given:
            if by or price is not None:
                self._refuse("price_plan", "plan_and_price")
            plan = self._document("price_plan", given, dict)
            rules = self._document("count_rule", self.cells.get("count_rule") or [], list)
            return {"plan": plan, "counts": tuple(rules)}
        kind = next((kind for kind, (_, _, words) in PRICED_BY.items() if by in words), "")
        if by and not kind:
            self._refuse("price_by", "not_a_choice", choices=", ".join(PRICED_BY))
        incomplete = (kind != "") != (price is not None) and not self.flaws
        if incomplete or ((publish or minimum is not None) and not kind and not by):
            self._refuse("price" if kind else "price_by", "price_missing")
        if not kind or price is None:
            return {}
        return {"plan": _plan(kind, price, minimum), "counts": self._counts(PRICED_BY[kind][0])}

    def _counts(self, meter: str) -> tuple[Any, ...]:
        given = self.cells.get("count_rule")
        if given and (not isinstance(given, str) or given[:1] in "[{"):
            return tuple(self._document("count_rule", given, list))
        rule = {"version": 1, "meter": meter, **COUNTS[meter]}
        text = _text(given)
        channel, _sign, states = text.partition("=")
        said = [each.strip() for each in re.split(r"[|,，、]", states) if each.strip()]
        if text and meter == "parts":
            rule |= {"counter": text}
        elif text and meter == "slots":
            rule |= {"channel": channel.strip(), **({"states": said, "done": said} if said else {})}
        elif text:
            rule |= {"channel": channel.strip(), "states": said}
        return (rule,)

    def _document(self, name: str, given: Any, kind: type) -> Any:
        """Read a document: an object, a list, or the text of one; one count rule is a list of one."""
        try:
            found = kept(json.loads(given, parse_float=str)) if isinstance(given, str) else given
        except (ValueError, RecursionError):  # NotRead among them: what no table can hold
            found = None
        if kind is list and isinstance(found, Mapping):
            found = [found]
        if not isinstance(found, kind):
            self._refuse(name, "not_json")
            return kind()
        return found


def spec_code(name: str, node: CategoryNode) -> str:
    """
    Return the code of the specification that a word means in a category; the word itself if it means none.

    Beside the names of the dictionary it is what people call it, in any order: ``行程X`` is ``X 轴行程``.
    """
    wanted = form(name)
    for one in node.specs:
        if wanted in (form(one.code), form(one.name), form(one.name_zh)):
            return one.code
    own = {one.code for one in node.specs}
    called = own & set(spoken_names().get(wanted, ()))
    if len(called) != 1:
        called = {one.code for one in node.specs if _letters(one.name_zh) == _letters(name)}
    return called.pop() if len(called) == 1 else name[:40]


def _letters(name: str) -> list[str]:
    return sorted(form(name).replace("轴", ""))


def _plan(kind: str, price: Decimal, minimum: Decimal | None) -> dict[str, Any]:
    meter, unit, _ = PRICED_BY[kind]
    step = {"round_to": "0.01"} if unit == "h" else {}
    part = {"id": "use", "kind": "per_unit", "meter": meter, "unit": unit, **step, "price": f"{price:f}"}
    bound = {"minimum": {"amount": f"{minimum:f}"}} if minimum is not None else {}
    return {"version": 1, "currency": "CNY", "components": [part], **bound}


def _serials(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (each.strip() for each in re.split(r"[;；\n]", text))))


def _text(value: Any) -> str:
    return (
        value.strip()
        if isinstance(value, str)
        else ("true" if value is True else "false" if value is False else "")
    )
