"""
Charts as SVG text, drawn on the server: no script, prints, readable beside its table.

Horizontal places are percentages of the width and vertical ones pixels, so that a chart fills any column
without its words being stretched. Colours are classes of the style sheet; a state is told by its height and
pattern as well as by its colour. Everything here is pure: the same facts give the same text.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import groupby

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .figures import day_text, number_text

KINDS = ("run", "idle", "fault", "off", "info", "gap", "busy", "buffer", "risk", "free")
STRIP = 28
FEWEST = 7  # bars that a chart has room for, so that a single day is no wall
_SHAPES = {  # kind: (top, height, drawn as stripes); taller and more solid means more of the machine's time
    "run": (0, STRIP, False),
    "busy": (0, STRIP, False),
    "info": (0, STRIP, False),
    "idle": (STRIP // 2, STRIP // 2, False),
    "fault": (0, STRIP, True),
    "risk": (0, STRIP, True),
    "buffer": (STRIP // 2, STRIP // 2, True),
    "off": (STRIP - 3, 3, False),
    "free": (STRIP - 3, 3, False),
}


def state_strip(
    spans: Iterable[Mapping[str, object]],
    *,
    start: datetime,
    end: datetime,
    title: str,
    desc: str = "",
    ticks: Sequence[tuple[datetime, str]] = (),
    now: datetime | None = None,
) -> SafeString:
    """
    Draw what a machine did between two moments as one strip.

    A span is ``{"start", "end", "kind", "label"}`` with a kind of ``KINDS``; it is cut at the edges, and what
    no span covers is a gap. ``ticks`` are moments with their words; ``now`` draws a line.
    """
    length = end - start
    cut = sorted(
        (
            max(_moment(s["start"]), start),
            min(_moment(s["end"] or end), end),
            str(s["kind"]),
            str(s.get("label", "")),
        )
        for s in spans
    )
    cut = [span for span in cut if span[0] < span[1]]
    gaps = _gaps([(a, b) for a, b, _kind, _label in cut], start, end)
    drawn = [*cut, *((a, b, "gap", "") for a, b in gaps)]
    parts = [
        _span(_share(a - start, length), _share(b - a, length), kind, label) for a, b, kind, label in drawn
    ]
    parts.append(_line(0, 100, STRIP + 0.5, "axis"))
    parts += [_tick(_share(at - start, length), STRIP, words) for at, words in ticks]
    if now is not None and start <= now < end:
        parts.append(_upright(_share(now - start, length), 0, STRIP, "now"))
    return _svg(parts, title=title, desc=desc, height=STRIP + (18 if ticks else 2), name="strip")


def day_strip(
    spans: Iterable[Mapping[str, object]],
    *,
    start: datetime,
    title: str,
    desc: str = "",
    now: datetime | None = None,
) -> SafeString:
    """Draw the 24 hours that begin at ``start`` with a mark every six hours."""
    marks = [(start + timedelta(hours=hour), f"{hour:02d}:00") for hour in (0, 6, 12, 18)]
    end = start + timedelta(hours=24)
    return state_strip(spans, start=start, end=end, title=title, desc=desc, ticks=marks, now=now)


def weeks_strip(
    days: Sequence[Mapping[str, object]],
    *,
    title: str,
    desc: str = "",
    ticks: bool = True,
    height: int = STRIP,
) -> SafeString:
    """
    Draw days side by side, eight weeks as a rule: ``{"day": date, "kind": "free" | …, "label", "url"}``.

    Days in a row that are alike are one shape, with its first and last day in words, and a link where there
    is a ``url``: the same links must stand beside it in words. Each week begins with a mark that names its
    first day.
    """
    width = 100 / max(len(days), 1)
    parts: list[str] = []
    for (kind, label, url), alike in groupby(enumerate(days), key=lambda item: _alike(item[1])):
        stretch = list(alike)
        (place, first), (_last_place, last) = stretch[0], stretch[-1]
        words = f"{_stretch(first['day'], last['day'])} {label}" if label else ""
        shape = _span(place * width, (len(stretch) - 0.14) * width, kind, "" if url else words, height)
        parts.append(_linked(shape, url, words) if url else shape)
    if ticks:
        parts += [
            _tick(place * width, height, _week(day["day"], place))
            for place, day in enumerate(days)
            if place % 7 == 0
        ]
    role = "group" if any(day.get("url") for day in days) else "img"
    return _svg(
        parts, title=title, desc=desc, height=height + (18 if ticks else 2), name="strip weeks", role=role
    )


def bars(
    rows: Sequence[Mapping[str, object]], *, title: str, desc: str = "", unit: str = "", height: int = 180
) -> SafeString:
    """
    Draw one bar a day: ``{"day": date, "value": Decimal, "flag": "" | "provisional" | "held" | "gap"}``.

    The zero line is always drawn, falls below zero hang from it, and the largest, the smallest below zero and
    the last bar carry their figures; a flagged bar is striped. Put the same rows in a table beside it.
    """
    values = [Decimal(str(row["value"])) for row in rows]
    top, bottom = max([*values, Decimal(0)]), min([*values, Decimal(0)])
    scale = _Scale(top, bottom, height)
    parts = [_line(0, 100, y, "grid") + _beside(y + 4, figure) for y, figure in scale.lines()]
    parts.append(_text(0, 9, unit, "scale") if unit else "")
    width = 100 / max(len(rows), FEWEST)
    named = _named(values)
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        parts.append(_bar(place, width, value, row, scale, unit))
        if place in named:
            parts.append(_label(place, width, value, scale))
        if place % max(2, -(-len(rows) // 4)) == 0:  # the words of a day are wider than a bar
            parts.append(_text(place * width, height + 14, _day(row["day"]), "tick"))
    parts.append(_line(0, 100, scale.y(Decimal(0)), "zero"))
    return _svg(parts, title=title, desc=desc, height=height + 20, name="bars")


def sparkbar(share: Decimal, *, kind: str = "run", label: str = "") -> SafeString:
    """Draw a share of one as a bar in a table cell; the figure itself stands beside it, for readers too."""
    width = float(min(max(share, Decimal(0)), Decimal(1)) * 100)
    parts = [_rect(0, 100, 0, 8, "track"), _rect(0, width, 0, 8, kind)]
    return _svg(parts, title=label, desc="", height=8, name="share")


class _Scale:
    """Maps values to pixels, with a rounded top so that the grid lines carry plain figures."""

    def __init__(self, top: Decimal, bottom: Decimal, height: int) -> None:
        self.step = _step(max(top, -bottom))
        self.top = _up(top, self.step)
        self.bottom = -_up(-bottom, self.step)
        self.height, self.room = height, height - 22

    def y(self, value: Decimal) -> float:
        span = (self.top - self.bottom) or Decimal(1)
        return round(22 + float((self.top - value) / span) * (self.room - (14 if self.bottom else 0)), 2)

    def lines(self) -> list[tuple[float, str]]:
        """Return the height and the figure of each line above zero."""
        steps = int(self.top / self.step)
        return [(self.y(self.step * n), number_text(self.step * n)) for n in range(steps, 0, -1)]


def _up(value: Decimal, step: Decimal) -> Decimal:
    """Return the least multiple of ``step`` that is not below ``value``."""
    return (value / step).to_integral_value(ROUND_CEILING) * step


def _step(most: Decimal) -> Decimal:
    """Return 1, 2 or 5 times a power of ten so that two to four lines reach ``most``."""
    if most <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(most.adjusted())
    return next(
        power * f for f in (Decimal("0.5"), Decimal(1), Decimal(2), Decimal(5)) if most / (power * f) <= 4
    )


def _named(values: Sequence[Decimal]) -> set[int]:
    """Return the places whose figure is written out: most, least below zero, last; neighbours give way."""
    if not values:
        return set()
    places = {values.index(max(values))} if max(values) > 0 else set()
    if min(values) < 0:
        places.add(values.index(min(values)))
    last = len(values) - 1
    clash = max(2, len(values) // 8)
    return places if any(abs(last - place) < clash for place in places) else places | {last}


def _bar(
    place: int, width: float, value: Decimal, row: Mapping[str, object], scale: _Scale, unit: str
) -> str:
    y, zero = scale.y(value), scale.y(Decimal(0))
    words = f"{_day(row['day'])} · {number_text(value)} {unit}".strip()
    flag = str(row.get("flag") or "")
    shape = _rect(
        place * width + width * 0.12, width * 0.76, min(y, zero), abs(zero - y), f"bar {flag}".strip()
    )
    return f"<g><title>{escape(words)}</title>{shape}</g>"


def _label(place: int, width: float, value: Decimal, scale: _Scale) -> str:
    y = scale.y(value) - 4 if value >= 0 else scale.y(value) + 13
    centre = (place + 0.5) * width
    anchor = "end" if centre > 94 else "start" if centre < 6 else "middle"
    edge = 100 if anchor == "end" else 0 if anchor == "start" else centre
    return _text(edge, y, number_text(value), "figure", anchor)


def _span(left: float, width: float, kind: str, label: str = "", height: int = STRIP) -> str:
    if kind == "gap":
        shape = _line(left, left + width, height / 2, "gap")
    else:
        top, full, stripes = _SHAPES[kind]
        tall = max(3, full * height / STRIP)
        name = f"{kind} stripes" if stripes else kind
        shape = _rect(left, width, min(top * height / STRIP, height - tall), tall, name)
    return f"<g><title>{escape(label)}</title>{shape}</g>" if label else shape


def _tick(left: float, y: float, words: str) -> str:
    return _upright(left, y, y + 5, "axis") + _text(left, y + 16, words, "tick")


def _rect(left: float, width: float, top: float, height: float, name: str) -> str:
    if name.endswith("stripes"):  # an upright dashed stroke as thick as the span is tall
        y = _n(top + height / 2)
        edge = f'<rect class="edge" x="{_n(left)}%" y="{_n(top)}" width="{_n(width)}%" height="3"/>'
        edge = "" if name.startswith("buffer") else edge  # it has none: half as high is shape enough
        dash = f'x1="{_n(left)}%" x2="{_n(left + width)}%" y1="{y}" y2="{y}" stroke-width="{_n(height)}"'
        return f'<g class="{name}">{edge}<line {dash} stroke-dasharray="3 2"/></g>'
    return f'<rect class="{name}" x="{_n(left)}%" y="{_n(top)}" width="{_n(width)}%" height="{_n(height)}"/>'


def _line(left: float, right: float, y: float, name: str) -> str:
    return f'<line class="{name}" x1="{_n(left)}%" x2="{_n(right)}%" y1="{_n(y)}" y2="{_n(y)}"/>'


def _upright(x: float, top: float, bottom: float, name: str) -> str:
    return f'<line class="{name}" x1="{_n(x)}%" x2="{_n(x)}%" y1="{_n(top)}" y2="{_n(bottom)}"/>'


def _text(x: float, y: float, words: str, name: str, anchor: str = "start") -> str:
    return f'<text class="{name}" x="{_n(x)}%" y="{_n(y)}" text-anchor="{anchor}">{escape(words)}</text>'


def _beside(y: float, words: str) -> str:
    """Write a figure of the scale into the margin that the style sheet keeps to the left."""
    return f'<text class="scale" x="-8" y="{_n(y)}" text-anchor="end">{escape(words)}</text>'


def _linked(shape: str, url: str, words: str) -> str:
    """Make a shape a link that the keyboard passes over: the list beside it holds the same one."""
    return f'<a href="{escape(url)}" tabindex="-1"><title>{escape(words)}</title>{shape}</a>'


def _svg(
    parts: Iterable[str], *, title: str, desc: str, height: float, name: str, role: str = "img"
) -> SafeString:
    head = f"<title>{escape(title)}</title>" + (f"<desc>{escape(desc)}</desc>" if desc else "")
    words = escape(f"{title}. {desc}" if desc else title)
    body = "".join(parts)
    size = f'width="100%" height="{_n(height)}"'
    said = f'role="{role}" aria-label="{words}"' if words else 'aria-hidden="true"'
    text = f'<svg class="chart {name}" {said} {size}>{head if words else ""}{body}</svg>'
    return mark_safe(text)  # noqa: S308 (every word above went through escape)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _gaps(
    spans: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """Return what sorted spans leave uncovered between two moments."""
    found, covered = [], start
    for first, last in [*spans, (end, end)]:
        if covered < first:
            found.append((covered, first))
        covered = max(covered, last)
    return found


def _share(part: timedelta, whole: timedelta) -> float:
    return part / whole * 100


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"a span begins and ends at datetimes, not at {value!r}")
    return value


def _alike(day: Mapping[str, object]) -> tuple[str, str, str]:
    return str(day["kind"]), str(day.get("label", "")), str(day.get("url", ""))


def _stretch(first: object, last: object) -> str:
    return _day(first) if first == last else f"{_day(first)} – {_day(last)}"


def _day(value: object) -> str:
    return day_text(value, "short") if isinstance(value, date) else str(value)


def _week(value: object, place: int) -> str:
    return _day(value) if place % 14 == 0 else ""
