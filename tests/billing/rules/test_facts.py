"""Facts and reliefs as lines: worked by hand, without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from billing.rules.facts import Fact, Kind, charge_with, in_order, placed, read_all, rent_category
from billing.rules.reliefs import Relief, ReliefKind, fixed_rent, pieces
from marketplace.rules.pricing import PricePlan, difference
from marketplace.rules.pricing.words import LINES, STEPS, step
from marketplace.shared.money import Money
from marketplace.shared.period import Period, local_midnight

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def local(text):
    return local_midnight(datetime.fromisoformat(text).date(), ZONE)


MARCH = Period(local("2026-03-01"), local("2026-04-01"))
APRIL = Period(local("2026-04-01"), local("2026-05-01"))
BASE = {"id": "base", "kind": "base_fee", "amount": "3000.00"}
HOURS = {"id": "hours", "kind": "per_unit", "meter": "run_time", "unit": "h", "price": "86.00"}
FEE = {"id": "fee", "kind": "percentage", "rate": "0.05"}


def plan(*components, **bounds):
    return PricePlan.parse({"version": 1, "currency": "CNY", "components": [*components], **bounds})


def charged(recorded, *, hours=0, period=MARCH, final=True, of=None):
    of = of or plan(BASE, HOURS, FEE)
    usage = dict.fromkeys(of.meters(), Decimal(hours * 3600))
    return charge_with(of, usage, recorded, period=period, zone=ZONE, anchor_day=1, final=final)


def nets(charge, *kinds):
    return [(line.kind, line.net.minor) for line in charge.lines if not kinds or line.kind in kinds]


def credit(share="10", name="dtc_1", at=MARCH.start + DAY, **given):
    return Relief(ReliefKind.CREDIT, name, name, at, share=Decimal(share), month=MARCH, **given)


def pause(days, name="sus_1#1", at=MARCH.start + DAY):
    return Relief(ReliefKind.PAUSE, name, name, at, days=days)


def fact(kind=Kind.DAMAGE, name="dmg_1", price="3200", at=MARCH.start + DAY, **given):
    given = {"seller": "owner", "tax_category": "LEASE_MOVABLE"} | given
    return Fact(kind, name, name, at=at, price=Decimal(price), **given)


class TestACredit:
    def test_is_a_share_of_base_fee_and_minimum_whatever_the_use(self):
        of = plan(BASE, HOURS, FEE, minimum={"amount": "5000.00"})

        assert nets(charged([credit()], of=of)) == [
            ("base_fee", 300_000),
            ("per_unit", 0),
            ("minimum", 200_000),
            ("credit", -50_000),  # 10 % of 5,000.00: the minimum does not ask for it again
            ("percentage", 22_500),  # 5 % of 4,500.00
        ]
        assert nets(charged([credit()], of=of, hours=100), "credit") == [("credit", -50_000)]

    def test_knows_what_stands_fixed_beside_prices_that_depend_on_when(self):
        discounted = BASE | {"discount": {"percent": "10"}}
        counted = {"meter": "energy", "unit": "kWh"}
        tiers = [{"up_to": None, "unit": "40.00"}]
        peak = {"id": "peak", "kind": "peak", "window": "hour", "tiers": tiers, **counted}
        power = {"id": "power", "kind": "time_of_day", "price": "1.00", "window": "day", **counted}

        assert fixed_rent(plan(discounted, peak, power), Fraction(1), ZONE).minor == 270_000

    def test_stands_after_the_cap(self):
        of = plan(BASE, HOURS, cap={"amount": "4000.00"})

        assert nets(charged([credit()], of=of, hours=100)) == [
            ("base_fee", 300_000),
            ("per_unit", 860_000),
            ("cap", -760_000),
            ("credit", -30_000),
        ]

    def test_takes_no_more_than_the_rent_and_says_so(self):
        made = charged([credit("80"), credit("60", "dtc_2", MARCH.start + 2 * DAY)])

        assert nets(made, "credit", "percentage") == [
            ("credit", -240_000),
            ("credit", -60_000),
            ("percentage", 0),
        ]
        assert made.lines[3].steps[1].numbers == {"amount": "1800", "rent": "600.00"}

    def test_of_no_rent_is_a_line_of_nothing(self):
        made = charged([credit()], of=plan(HOURS))

        assert nets(made) == [("per_unit", 0), ("credit", 0)]

    def test_is_shared_by_the_tax_categories_of_the_rent(self):
        of = plan(BASE, {**BASE, "id": "set_up", "amount": "1000.01", "tax_category": "SERVICE"})

        lines = charged([credit()], of=of).lines[2:]

        assert [(line.tax_category, line.net.minor) for line in lines] == [
            ("LEASE_MOVABLE", -30_000),
            ("SERVICE", -10_000),
        ]
        assert {line.component for line in lines} == {"credit.dtc_1"}
        assert dict(lines[1].steps[-1].numbers) | {"all": ""} == {
            "whole": "-400.00",
            "base": "1000.01",
            "all": "",
            "net": "-100.00",
        }

    def test_of_one_of_three_machines_is_a_third(self):
        line = charged([credit(machines=3)]).lines[2]

        assert (line.net.minor, line.amount) == (-10_000, -100)
        assert [one.code for one in line.steps] == ["standstill", "one_of_several", "line_rounded"]

    def test_does_not_take_what_the_owner_adds_as_a_share(self):
        of = plan(BASE, {**FEE, "seller": "owner", "rate": "0.10"})

        assert fixed_rent(of, Fraction(1), ZONE) == Money(300_000, "CNY")
        assert nets(charged([credit()], of=of)) == [
            ("base_fee", 300_000),
            ("credit", -30_000),
            ("percentage", 27_000),
        ]


class TestDaysWithoutRent:
    def test_are_differences_of_one_running_total(self):
        made = charged([pause(5), pause(1, "sus_2#1", MARCH.start + 9 * DAY)])

        # 3,000.00 → × 26/31 = 2,516.13 → × 25/31 = 2,419.35
        assert nets(made, "pause") == [("pause", -48_387), ("pause", -9_678)]

    def test_are_at_most_the_period(self):
        assert nets(charged([pause(40)]), "pause") == [("pause", -300_000)]

    def test_come_before_credits(self):
        made = charged([credit("100"), pause(31)])

        assert nets(made, "pause", "credit") == [("pause", -300_000), ("credit", 0)]

    def test_belong_to_the_period_in_which_each_begins(self):
        begun = MARCH.end - 2 * DAY + timedelta(hours=10)

        assert pieces(begun, 4, [MARCH, APRIL]) == [(begun, 2), (begun + 2 * DAY, 2)]
        assert pieces(MARCH.start - 3 * DAY, 2, [MARCH]) == []


class TestAFact:
    def test_is_a_line_beside_the_rent(self):
        made = charged([fact()])

        assert nets(made) == [
            ("base_fee", 300_000),
            ("per_unit", 0),
            ("percentage", 15_000),  # nothing of what is owed beside the rent
            ("damage", 320_000),
        ]
        assert made.lines[-1].component == "damage.dmg_1"

    def test_by_unit_and_period_says_how(self):
        hours = fact(Kind.SERVICE, "svo_1", "300", quantity=Decimal("2.5"), unit="h", seller="org_1")
        month = fact(Kind.SERVICE, "svo_2", "600", by_period=True, seller="org_1")
        short = Period(MARCH.start, local("2026-03-23"))

        lines = charged([month, hours], period=short).of("org_1")

        assert [(line.net.minor, line.quantity, line.unit) for line in lines] == [
            (75_000, Decimal("2.5"), "h"),
            (42_581, None, None),  # 600.00 × 22/31
        ]
        assert [one.code for one in lines[1].steps] == ["recorded", "prorated", "line_rounded"]

    def test_settled_at_less_says_from_what(self):
        less = fact(settled=Decimal("3000")).line("CNY", Fraction(1))
        same = fact(settled=Decimal("3200.00")).line("CNY", Fraction(1))

        assert (less.net.minor, [one.code for one in less.steps]) == (
            300_000,
            ["recorded", "settled", "line_rounded"],
        )
        assert (same.net.minor, len(same.steps)) == (320_000, 2)

    def test_that_is_taken_back_is_credited_by_the_difference(self):
        billed = charged([fact()]).by_key()

        (change,) = difference(charged([]), billed).items()

        assert (change[0].component, change[1].minor) == ("damage.dmg_1", -320_000)

    def test_parts_of_one_payment_stand_together(self):
        parts = [fact(kind, "1") for kind in (Kind.INTEREST, Kind.PRINCIPAL)]

        assert [one.kind for one in in_order([*parts, fact(at=MARCH.start)])] == [
            "damage",
            "principal",
            "interest",
        ]


class TestPlaces:
    PERIODS = (MARCH, APRIL)

    @pytest.mark.parametrize(
        ("at", "period"),
        [
            (MARCH.start - DAY, MARCH),
            (MARCH.start, MARCH),
            (MARCH.end, APRIL),  # a moment at an edge belongs to the later period
            (APRIL.end, APRIL),
            (APRIL.end + 99 * DAY, APRIL),
        ],
    )
    def test_are_the_period_of_the_moment_the_first_or_the_last(self, at, period):
        assert list(placed([fact(at=at)], self.PERIODS, {})) == [period.start]

    def test_are_where_it_was_billed(self):
        billed = {("damage", "dmg_1"): MARCH.start, ("damage", "dmg_2"): MARCH.start - DAY}
        late = [fact(at=APRIL.start), fact(name="dmg_2", at=APRIL.start)]

        found = placed(late, self.PERIODS, billed)

        assert {start: [one.name for one in ones] for start, ones in found.items()} == {
            MARCH.start: ["dmg_1"],
            APRIL.start: ["dmg_2"],  # a period that is none any more holds nothing
        }

    def test_of_a_lease_that_never_ran_are_none(self):
        assert placed([fact()], [], {}) == {}


class TestWhatIsKept:
    def test_is_read_as_it_was_written(self):
        recorded = [
            fact(settled=Decimal("3000.00"), text="防护门", subject="dmg_1"),
            fact(Kind.SERVICE, "svo_1", "300.00", quantity=Decimal("2.5"), unit="h", seller="org_1"),
            credit("4.904632", machines=2, text="主轴不转"),
            pause(3),
        ]

        assert read_all(one.dump() for one in recorded) == recorded
        assert charged(read_all(one.dump() for one in recorded)) == charged(recorded)


class TestRentCategory:
    def test_is_that_of_the_first_rent(self):
        small = {**BASE, "tax_category": "SMALL_SCALE"}

        assert rent_category(plan(FEE, small, HOURS)) == "SMALL_SCALE"


class TestWords:
    def test_there_are_some_for_every_kind_and_step(self):
        recorded = [
            credit("99"),
            credit("5", "dtc_2", machines=2),
            pause(3),
            fact(settled=Decimal(1)),
            fact(Kind.SERVICE, "svo_1", unit="h"),
            fact(Kind.SERVICE, "svo_2", by_period=True),
        ]

        made = charged(recorded)

        assert {kind.value for kind in (*Kind, *ReliefKind)} <= set(LINES)
        for line in made.lines:
            for one in line.steps:
                assert STEPS[one.code]
                phrase = step(one.code, one.numbers)
                assert "{" not in phrase.msgid.format(**phrase.facts)

    def test_moments_are_aware(self):
        assert Fact.read(fact().dump()).at.astimezone(UTC) == MARCH.start + DAY
