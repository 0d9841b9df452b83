"""The table of service orders, days, reports and periods: pure rules."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from leasing.rules import service_orders as rules
from leasing.rules.service_orders import TABLE, Side, Stand, Status
from marketplace.rules.services import Basis
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")
DOCS = Path(__file__).parents[3] / "docs/services.md"
HOUR = timedelta(hours=1)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def codes(flaws):
    return [(flaw.pointer, flaw.code) for flaw in flaws]


class TestTheTable:
    # (state, basis, who proposed, lessee ordered it) and what provider, lessee and clock can do then
    WALK = (
        ((Status.PLANNED, Basis.ORDER, None, False), "propose cancel", "propose", "cancel"),
        ((Status.PLANNED, Basis.HOUR, None, True), "propose cancel", "propose cancel", "cancel"),
        ((Status.PLANNED, Basis.MONTH, None, False), "propose start cancel", "propose", "cancel"),
        (
            (Status.PLANNED, Basis.ORDER, Side.PROVIDER, False),
            "propose cancel",
            "propose agree",
            "cancel",
        ),
        ((Status.PLANNED, Basis.ORDER, Side.LESSEE, False), "propose agree cancel", "propose", "cancel"),
        ((Status.AGREED, Basis.ORDER, None, False), "propose start cancel", "propose", "cancel"),
        ((Status.IN_WORK, Basis.ORDER, None, True), "finish cancel", "", ""),
        ((Status.DONE, Basis.ORDER, None, True), "", "accept object", "accept"),
        ((Status.OBJECTED, Basis.ORDER, None, False), "start cancel", "accept", ""),
        ((Status.ACCEPTED, Basis.ORDER, None, True), "", "", ""),
        ((Status.CANCELLED, Basis.MONTH, None, True), "", "", ""),
    )

    @pytest.mark.parametrize(("facts", "provider", "lessee", "clock"), WALK)
    def test_says_who_can_do_what(self, facts, provider, lessee, clock):
        stand = Stand(*facts)

        found = {side: " ".join(rules.moves_for(side, stand)) for side in Side}

        assert found == {Side.PROVIDER: provider, Side.LESSEE: lessee, Side.CLOCK: clock}

    def test_every_move_has_a_right_for_each_side_that_makes_it(self):
        assert all(set(row.rights) == set(row.sources) for row in TABLE.values())

    def test_no_move_leads_out_of_the_end(self):
        final = {state for row in TABLE.values() for states in row.sources.values() for state in states}
        assert not final & rules.FINAL

    def test_stands_in_the_documentation(self):
        page = DOCS.read_text(encoding="utf-8")
        for move, row in TABLE.items():
            states = {side: ", ".join(sorted(row.sources[side])) or "–" for side in row.sources}
            for side, sources in states.items():
                line = f"| {move} | {side} | {sources} | {row.target or 'the same'} | `{row.rights[side]}` |"
                assert line in page, line

    @pytest.mark.parametrize(
        ("facts", "side"),
        [
            ((Status.PLANNED, Basis.ORDER), Side.PROVIDER),
            ((Status.PLANNED, Basis.ORDER, Side.PROVIDER), Side.LESSEE),
            ((Status.AGREED, Basis.ORDER, Side.LESSEE), Side.PROVIDER),
            ((Status.DONE, Basis.ORDER), Side.LESSEE),
            ((Status.OBJECTED, Basis.ORDER), Side.PROVIDER),
            ((Status.ACCEPTED, Basis.ORDER), None),
        ],
    )
    def test_says_whose_turn_it_is(self, facts, side):
        assert rules.next_side(Stand(*facts)) is side

    @pytest.mark.parametrize(
        ("status", "basis", "ends"),
        [
            (Status.PLANNED, Basis.ORDER, True),
            (Status.AGREED, Basis.HOUR, True),
            (Status.PLANNED, Basis.MONTH, False),
            (Status.IN_WORK, Basis.ORDER, False),
            (Status.DONE, Basis.ORDER, False),
        ],
    )
    def test_says_what_ends_with_the_lease(self, status, basis, ends):
        assert rules.ends_with_lease(Stand(status, basis)) is ends


class TestDays:
    GIVEN = {
        "side": Side.LESSEE,
        "not_before": local("2026-03-05T08:00"),
        "ends_at": local("2026-05-01T00:00"),
        "at": local("2026-03-03T08:00"),
        "zone": ZONE,
    }

    @pytest.mark.parametrize(
        ("moment", "code"),
        [
            ("2026-03-03T08:00", "date_passed"),
            ("2026-03-05T07:59", "date_too_soon"),
            ("2026-05-01T00:00", "date_behind_lease"),
        ],
    )
    def test_refuses(self, moment, code):
        assert codes(rules.date_flaws(local(moment), **self.GIVEN)) == [("/starts_at", code)]

    def test_a_provider_may_come_sooner_than_it_has_to(self):
        soon = local("2026-03-03T09:00")
        assert rules.date_flaws(soon, **self.GIVEN | {"side": Side.PROVIDER}) == []
        assert rules.date_flaws(self.GIVEN["not_before"], **self.GIVEN) == []

    def test_notice_is_counted_from_the_order(self):
        assert rules.earliest(self.GIVEN["at"], 48) == self.GIVEN["not_before"]


class TestReports:
    @pytest.mark.parametrize("hours", [None, "0", "0.2", "1.3", "1000.25", "NaN", "Infinity", "-1"])
    def test_hours_are_quarters(self, hours):
        given = None if hours is None else Decimal(hours)
        flaws = rules.report_flaws(text="done", hours=given, basis=Basis.HOUR)
        assert codes(flaws) == [("/hours", "not_hours")]

    def test_hours_belong_to_a_price_by_the_hour(self):
        assert codes(rules.report_flaws(text="done", hours=Decimal(1), basis=Basis.ORDER)) == [
            ("/hours", "no_hours")
        ]
        assert rules.report_flaws(text="done", hours=Decimal("7.25"), basis=Basis.HOUR) == []
        assert rules.report_flaws(text="done", hours=None, basis=Basis.MONTH) == []

    @pytest.mark.parametrize(("text", "code"), [(" ", "required"), ("x" * 2001, "too_long_text")])
    def test_words_are_needed(self, text, code):
        assert codes(rules.report_flaws(text=text, hours=None, basis=Basis.ORDER)) == [("/text", code)]

    def test_whom_to_ask_for_is_short(self):
        assert rules.contact_flaws("x" * 200) == []
        assert codes(rules.contact_flaws("x" * 201)) == [("/contact", "too_long_text")]

    def test_the_quantity_is_hours_or_one(self):
        assert rules.quantity(Basis.HOUR, Decimal("7.25")) == Decimal("7.25")
        assert rules.quantity(Basis.ORDER, None) == rules.quantity(Basis.MONTH, None) == 1


class TestPeriods:
    LEASE = Period(local("2026-03-01T10:00"), local("2026-04-20T00:00"))

    def begun(self, moment):
        return rules.periods_begun(self.LEASE, zone=ZONE, anchor_day=1, at=local(moment))

    def test_begin_with_the_lease_and_do_not_depend_on_its_end(self):
        april, may = local("2026-04-01T00:00"), local("2026-05-01T00:00")
        assert self.begun("2026-04-01T00:00") == (
            Period(self.LEASE.start, april),
            Period(april, may),
        )

    def test_that_begin_with_the_end_of_the_lease_are_not_its(self):
        ends = Period(self.LEASE.start, local("2026-04-01T00:00"))
        given = {"zone": ZONE, "anchor_day": 1, "at": local("2026-06-01T00:00")}
        assert len(rules.periods_begun(ends, **given)) == 1

    def test_begin_at_their_first_moment_and_not_before(self):
        assert len(self.begun("2026-03-31T23:59")) == 1
        assert self.begun("2026-03-01T09:59") == ()
        assert len(self.begun("2027-01-01T00:00")) == 2
