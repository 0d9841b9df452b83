"""Whom an announcement is for, which comes first, what it may say; only web addresses become links."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.rules import announcements as rules
from marketplace.rules.announcements import Audience, Kind, Reader, Shown, Wanted

AT = datetime(2026, 11, 28, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWS = Wanted(
    kind=Kind.GENERAL,
    title_zh="新功能",
    title_en="Something new",
    text_zh="第一段。\n\n第二段。",
    text_en="One.\n\nTwo.",
    audience=Audience.EVERYBODY,
    shown_from=AT,
    shown_until=AT + 14 * DAY,
)
RULES = replace(NEWS, kind=Kind.RULES, in_force_from=AT + 7 * DAY)
WORKS = replace(NEWS, kind=Kind.MAINTENANCE, begins_at=AT + 3 * DAY, ends_at=AT + 3 * DAY + HOUR)
OWNER = Reader("LESSOR", "320594", lists=True)
WORKSHOP = Reader("SME", "330205", lists=False)


def wrong(wanted):
    return {(flaw.pointer, flaw.code) for flaw in rules.flaws(wanted)}


def shown(name="ann_1", wanted=NEWS, published_at=AT - HOUR):
    said = {one: getattr(wanted, one) for one in Shown._fields if hasattr(wanted, one)}
    return Shown(public_id=name, published_at=published_at, **said)


def first(*known, reader=WORKSHOP, away=(), at=AT):
    found = rules.first(known, reader=reader, away=away, at=at)
    return found and found.public_id


@pytest.mark.parametrize("wanted", [NEWS, RULES, WORKS, replace(NEWS, audience=Audience.REGION, region="33")])
def test_each_kind_and_audience_can_be_said(wanted):
    assert wrong(wanted) == set()


@pytest.mark.parametrize(
    ("wanted", "flaws"),
    [
        (replace(NEWS, title_zh=" "), {("/title_zh", "title")}),
        (replace(NEWS, title_en="x" * 81), {("/title_en", "title")}),
        (replace(NEWS, title_zh="一\n二"), {("/title_zh", "title")}),
        (replace(NEWS, text_zh=""), {("/text_zh", "text")}),
        (replace(NEWS, text_en="x" * 5_001), {("/text_en", "text")}),
        (replace(NEWS, text_en="a\u202eb"), {("/text_en", "text")}),
        (replace(NEWS, shown_until=AT), {("/shown_until", "until_before_from")}),
        (replace(NEWS, audience=Audience.REGION), {("/region", "no_region")}),
        (replace(NEWS, audience=Audience.REGION, region="99"), {("/region", "no_region")}),
        (replace(NEWS, region="33"), {("/region", "region_left_over")}),
        (replace(RULES, in_force_from=None), {("/in_force_from", "no_force")}),
        (replace(RULES, shown_until=RULES.in_force_from - HOUR), {("/shown_until", "until_before_force")}),
        (replace(RULES, shown_until=RULES.in_force_from), set()),
        (replace(NEWS, in_force_from=AT), {("/in_force_from", "force_left_over")}),
        (replace(WORKS, begins_at=None), {("/begins_at", "no_window")}),
        (replace(WORKS, ends_at=None), {("/ends_at", "no_window")}),
        (replace(WORKS, ends_at=WORKS.begins_at), {("/ends_at", "window_backwards")}),
        (replace(NEWS, begins_at=AT), {("/begins_at", "window_left_over")}),
        (replace(NEWS, shown_from=AT.replace(year=1)), {("/shown_from", "year")}),
        (replace(RULES, in_force_from=AT.replace(year=9999)), {("/in_force_from", "year")}),
    ],
)
def test_what_is_wrong_stands_at_its_field(wanted, flaws):
    assert wrong(wanted) == flaws


class TestPublishing:
    def test_rules_come_seven_days_before_they_hold_to_the_second(self):
        assert rules.too_late(RULES, AT) == []

        (flaw,) = rules.too_late(RULES, AT + timedelta(seconds=1))
        assert (flaw.pointer, flaw.code) == ("/in_force_from", "too_soon")
        assert flaw.facts["earliest"] == "2026-12-05 04:06 UTC"
        (flaw,) = rules.too_late(RULES, (AT + timedelta(seconds=1)).astimezone(ZoneInfo("Asia/Shanghai")))
        assert flaw.facts["earliest"] == "2026-12-05 12:06 CST"

    def test_rules_are_shown_for_as_long(self):
        later = replace(RULES, shown_from=AT + DAY)

        (flaw,) = rules.too_late(later, AT)
        assert (flaw.code, flaw.facts["earliest"]) == ("too_soon", "2026-12-06 04:00 UTC")

    def test_nothing_is_published_that_is_over(self):
        late = WORKS.ends_at

        assert [flaw.pointer for flaw in rules.too_late(WORKS, late)] == ["/ends_at"]
        assert [flaw.pointer for flaw in rules.too_late(NEWS, NEWS.shown_until)] == ["/shown_until"]


@pytest.mark.parametrize(
    ("audience", "region", "reader", "is_for"),
    [
        ("EVERYBODY", "", None, True),
        ("OWNERS", "", None, False),
        ("OWNERS", "", OWNER, True),
        ("OWNERS", "", WORKSHOP, False),
        ("OWNERS", "", replace(WORKSHOP, lists=True), True),
        ("LESSEES", "", WORKSHOP, True),
        ("LESSEES", "", OWNER, False),
        ("LESSEES", "", replace(OWNER, kind="PLATFORM"), False),
        ("REGION", "33", WORKSHOP, True),
        ("REGION", "33", OWNER, False),
        ("REGION", "33", replace(OWNER, region_code=""), False),
    ],
)
def test_an_announcement_is_for_those_whom_it_names(audience, region, reader, is_for):
    assert rules.concerns(audience, region, reader) is is_for


class TestTheBanner:
    def test_is_shown_from_its_first_moment_until_just_before_its_last(self):
        one = shown()

        assert first(one, at=AT - timedelta(seconds=1)) is None
        assert first(one) == "ann_1"
        assert first(one, at=NEWS.shown_until - timedelta(seconds=1)) == "ann_1"
        assert first(one, at=NEWS.shown_until) is None

    def test_of_maintenance_ends_with_it(self):
        one = shown(wanted=WORKS)

        assert first(one, at=WORKS.ends_at - timedelta(seconds=1)) == "ann_1"
        assert first(one, at=WORKS.ends_at) is None

    def test_says_what_matters_most(self):
        news, rule, works = shown("news"), shown("rules", RULES), shown("works", WORKS)

        assert first(news, works, rule) == "rules"
        assert first(news, works) == "works"
        assert first(news, works, rule, at=WORKS.begins_at - DAY) == "works"
        assert first(works, rule, at=RULES.in_force_from) == "rules"
        assert first(news, shown("newer", published_at=AT)) == "newer"
        sooner = replace(RULES, in_force_from=RULES.in_force_from - HOUR)
        assert first(rule, shown("sooner", sooner)) == "sooner"

    def test_leaves_out_what_is_for_others_and_what_was_put_away(self):
        for_owners = shown("owners", replace(RULES, audience=Audience.OWNERS))

        assert first(shown(), for_owners) == "ann_1"
        assert first(shown(), for_owners, reader=OWNER) == "owners"
        assert first(shown(), for_owners, reader=OWNER, away=["owners"]) == "ann_1"
        assert first(shown(), away=["ann_1"]) is None

    def test_is_shown_once_more_when_it_becomes_urgent(self):
        one, urgent = shown("works", WORKS), WORKS.begins_at - DAY

        assert rules.mark(one, AT) == "works"
        assert first(one, away=["works"]) is None
        assert first(one, away=["works"], at=urgent) == "works"
        assert first(one, away=["works", rules.mark(one, urgent)], at=urgent) is None

    def test_is_urgent_from_a_day_before_until_the_end(self):
        one, second = shown(wanted=WORKS), timedelta(seconds=1)

        urgent = [WORKS.begins_at - DAY, WORKS.begins_at, WORKS.ends_at - second]
        not_urgent = [WORKS.begins_at - DAY - second, WORKS.ends_at]
        assert [rules.is_urgent(one, at) for at in urgent + not_urgent] == [True] * 3 + [False] * 2
        assert not rules.is_urgent(shown(), AT)


class TestParagraphs:
    def test_a_blank_line_begins_one_and_lines_stay(self):
        parts = rules.paragraphs("一\r\n二\r\n \r\n三\n")

        assert [["".join(piece.text for piece in line) for line in part] for part in parts] == [
            ["一", "二"],
            ["三"],
        ]

    @pytest.mark.parametrize(
        ("text", "addresses"),
        [
            ("见 https://jijian.example/rules?a=1&b=2。谢谢", ["https://jijian.example/rules?a=1&b=2"]),
            (
                "See (http://a.example/x), then https://b.example.",
                ["http://a.example/x", "https://b.example"],
            ),
            ("javascript:alert(1) data:text/html,x ftp://x.example //x.example example.com", []),
            ('<a href="javascript:alert(1)">x</a>', []),
            ('https://a.example/"onmouseover="x', ["https://a.example/"]),
            ("https://", []),
        ],
    )
    def test_nothing_but_web_addresses_are_links(self, text, addresses):
        ((line,),) = rules.paragraphs(text)

        assert [piece.address for piece in line if piece.address] == addresses
        assert "".join(piece.text for piece in line) == text


@pytest.mark.parametrize(("reason", "is_one"), [("错了", True), ("", False), (" ", False), ("x" * 301, 0)])
def test_a_withdrawal_has_a_reason(reason, is_one):
    assert (rules.reason_flaws(reason) == []) == is_one
