from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import translation

from marketplace.web import charts

START = datetime(2026, 11, 23, 16, tzinfo=UTC)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def shapes(svg: str, name: str) -> list[dict[str, str]]:
    return [dict(e.attrib) for e in drawn(svg).iter() if e.get("class", "").split()[:1] == [name]]


class TestDayStrip:
    def test_cuts_spans_at_the_day_and_shows_the_rest_as_gaps(self):
        spans = [
            {
                "start": START - timedelta(hours=3),
                "end": START + timedelta(hours=6),
                "kind": "run",
                "label": "working",
            },
            {"start": START + timedelta(hours=12), "end": None, "kind": "idle"},
        ]

        svg = charts.day_strip(spans, start=START, title="Today")

        assert [(s["x"], s["width"]) for s in shapes(svg, "run")] == [("0%", "25%")]
        assert [(s["x"], s["width"]) for s in shapes(svg, "idle")] == [("50%", "50%")]
        assert [(s["x1"], s["x2"]) for s in shapes(svg, "gap")] == [("25%", "50%")]

    def test_joins_overlapping_spans_without_a_false_gap(self):
        spans = [
            {"start": START, "end": START + timedelta(hours=24), "kind": "run"},
            {"start": START + timedelta(hours=1), "end": START + timedelta(hours=2), "kind": "fault"},
        ]

        assert shapes(charts.day_strip(spans, start=START, title="Today"), "gap") == []

    def test_marks_now_only_within_the_day(self):
        inside = charts.day_strip([], start=START, title="Today", now=START + timedelta(hours=6))
        outside = charts.day_strip([], start=START, title="Today", now=START + timedelta(hours=25))

        assert [s["x1"] for s in shapes(inside, "now")] == ["25%"]
        assert shapes(outside, "now") == []

    def test_escapes_words_and_tells_them_to_screen_readers(self):
        svg = charts.day_strip([], start=START, title="<b>", desc="a & b")

        assert drawn(svg).get("aria-label") == "<b>. a & b"

    def test_refuses_a_span_without_moments(self):
        with pytest.raises(TypeError, match="datetimes"):
            charts.day_strip([{"start": 1, "end": 2, "kind": "run"}], start=START, title="Today")


class TestWeeksStrip:
    def test_draws_days_that_are_alike_as_one_shape_and_says_which(self):
        first, taken = date(2026, 11, 23), {0, 1, 5}
        days = [
            {"day": first + timedelta(days=n), "kind": "busy" if n in taken else "free", "label": "x"}
            for n in range(10)
        ]

        with translation.override("en"):
            svg = charts.weeks_strip(days, title="Free", ticks=False)

        assert [(s["x"], s["width"]) for s in shapes(svg, "busy")] == [("0%", "18.6%"), ("50%", "8.6%")]
        assert [(s["x"], s["width"]) for s in shapes(svg, "free")] == [("20%", "28.6%"), ("60%", "38.6%")]
        words = [e.text for e in drawn(svg).iter() if e.tag.endswith("title")][1:]
        assert words == ["Nov 23 – Nov 24 x", "Nov 25 – Nov 27 x", "Nov 28 x", "Nov 29 – Dec 2 x"]

    def test_names_every_second_week(self):
        first = date(2026, 11, 23)
        days = [{"day": first + timedelta(days=n), "kind": "busy"} for n in range(56)]

        with translation.override("en"):
            svg = charts.weeks_strip(days, title="Free")

        assert len(shapes(svg, "busy")) == 1
        words = [e.text for e in drawn(svg).iter() if e.get("class") == "tick" and e.text]
        assert words == ["Nov 23", "Dec 7", "Dec 21", "Jan 4"]


class TestBars:
    def rows(self, *values: str) -> list[dict[str, object]]:
        return [
            {"day": date(2026, 11, 1) + timedelta(days=n), "value": Decimal(v)} for n, v in enumerate(values)
        ]

    def test_hangs_falls_below_the_zero_line(self):
        svg = charts.bars(self.rows("10", "-5"), title="Parts")
        zero = float(shapes(svg, "zero")[0]["y1"])
        up, down = shapes(svg, "bar")

        assert float(up["y"]) + float(up["height"]) == pytest.approx(zero, abs=0.02)
        assert float(down["y"]) == pytest.approx(zero, abs=0.02)
        assert float(up["height"]) == pytest.approx(2 * float(down["height"]), abs=0.05)

    def test_draws_nothing_but_the_line_for_no_rows_or_zeros(self):
        assert shapes(charts.bars([], title="Parts"), "bar") == []
        assert [b["height"] for b in shapes(charts.bars(self.rows("0", "0"), title="Parts"), "bar")] == [
            "0",
            "0",
        ]

    def test_names_the_largest_the_least_and_the_last(self):
        svg = charts.bars(self.rows("1", "9", "1", "1", "1", "1", "-3", "1", "1", "1", "4"), title="Parts")

        words = [e.text for e in drawn(svg).iter() if e.get("class") == "figure"]
        assert words == ["9", "−3", "4"]

    def test_a_bar_of_a_month_is_called_by_its_month(self):
        rows = [{"day": date(2026, n, 1), "value": Decimal(n)} for n in (9, 10, 11)]
        svg = charts.bars(rows, title="Earned", form="month")

        assert [e.text for e in drawn(svg).iter() if e.get("class") == "tick"] == ["9月", "11月"]
        assert "2026年10月 · 10" in svg and "10月1日" not in svg

    def test_scale_reaches_the_largest_with_plain_figures(self):
        svg = charts.bars(self.rows("371"), title="Parts", unit="parts")

        assert [e.text for e in drawn(svg).iter() if e.get("class") == "scale"] == [
            "400",
            "300",
            "200",
            "100",
            "parts",
        ]


class TestSparkbar:
    def test_stays_between_nothing_and_all(self):
        assert [s["width"] for s in shapes(charts.sparkbar(Decimal("1.5")), "run")] == ["100%"]
        assert [s["width"] for s in shapes(charts.sparkbar(Decimal("-1")), "run")] == ["0%"]

    def test_is_passed_over_by_readers_where_no_words_are_given(self):
        assert 'aria-hidden="true"' in charts.sparkbar(Decimal(1))
        assert 'aria-label="Share"' in charts.sparkbar(Decimal(1), label="Share")
