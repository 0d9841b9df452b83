"""The difference of a charge and what was billed: signed, to the fen, never more credited than billed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import corrections
from billing.rules.corrections import Amounts, Billed, Brake, CreditAboveBilled, notes
from billing.rules.reasons import REASONS, Reason, Told, Version, reasons_of
from billing.rules.rechecked_invoice import told_term
from billing.rules.standing import Frozen, added, frozen
from marketplace.rules import quotes
from marketplace.rules.pricing import charge
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.lines import ChargeLine, LineKey
from marketplace.rules.pricing.sellers import Rounding, SellerTax, VatStatus
from marketplace.rules.pricing.tax import TaxRate
from marketplace.shared.money import Money, as_decimal, vat
from tests.marketplace.rules.pricing.plans import by_total, parts, plan, steps
from tests.marketplace.vectors import rating

DAY = date(2026, 10, 31)
RENT = LineKey("owner", "parts", "LEASE_MOVABLE")


def billed_by(made):
    """Bill notes or the lines of a charge: what all versions come to, by key."""
    found = {}
    for note in made:
        for line in note.lines:
            amounts = Amounts(line.net.minor, line.tax.minor, line.quantity)
            known = found[line.key].amounts.plus(amounts) if line.key in found else amounts
            found[line.key] = Billed(known, line.kind, line.meter, line.unit)
    return found


def runs(a_plan, totals, finals=None):
    """Bill a series of totals, each as a correction of all before; return the notes of each run."""
    made = []
    for place, total in enumerate(totals):
        final = finals[place] if finals else False
        asked = charge(a_plan, {"parts": Decimal(total)}, final=final)
        made.append(notes(asked, billed_by([one for run in made for one in run]), on=DAY))
    return made


def of(run):
    return sum((note.net.amount for note in run), Decimal(0))


def taxed_at(monkeypatch, percent):
    """Let every category be taxed at another rate than the table's."""
    rate = TaxRate("any", Decimal(percent) / 100, DAY, None, "")
    for module in (corrections, quotes):
        monkeypatch.setattr(module, "rate_for", lambda category, day, tax: rate)


def billed_in_turn(amounts):
    """Bill one line that comes to other amounts run by run."""
    made = []
    for amount in amounts:
        line = ChargeLine(
            "parts",
            "per_unit",
            "owner",
            "LEASE_MOVABLE",
            as_decimal(Fraction(amount)),
            Money.of(amount, "CNY"),
        )
        so_far = billed_by([note for run in made for note in run])
        made.append(notes(Charge("CNY", (line,), final=True), so_far, on=DAY))
    return made


def priced(case):
    params, model = case["params"], case["model"]
    bounds = {"minimum": params["minimum"]} if "minimum" in params else {}
    if model == "rerate_per_unit":
        return plan(parts(params["unit"]), **bounds)
    tiered = {"rerate_graduated": steps, "rerate_volume": by_total}[model]
    return plan(tiered(params["tiers"]), **bounds)


class TestPublishedFigures:
    @pytest.mark.parametrize("case", rating("rerate_per_unit", "rerate_graduated", "rerate_volume"))
    def test_a_running_total_bills_its_differences(self, case):
        if "run_totals" not in case["expected"]:
            net = int(Decimal(case["input"]["already_billed"]) * 100)
            billed = {RENT: Billed(Amounts(net, vat(net, Decimal("0.13"))), "per_unit")}
            asked = charge(priced(case), {"parts": Decimal(case["input"]["units"])}, final=False)
            assert len(notes(asked, billed, on=DAY)) == case["expected"]["new_items"]
            return
        totals = case["input"]["cumulative_units_at_each_run"]

        made = runs(priced(case), totals, case["input"].get("final_run"))

        assert [of(run) for run in made] == [Decimal(total) for total in case["expected"]["run_totals"]]

    @pytest.mark.parametrize("case", rating("credit_note_sum"))
    def test_notes_over_one_invoice_add_up_to_it(self, case, monkeypatch):
        taxed_at(monkeypatch, case["params"]["tax_percent"])
        left = [Decimal(case["params"]["invoice_net"])]
        for net in case["input"]["note_net"]:
            left.append(left[-1] - Decimal(net))

        invoice, *credits = [run[0] for run in billed_in_turn(left)]

        assert left[-1] == 0
        assert [-note.tax.amount for note in credits] == [*map(Decimal, case["expected"]["note_tax"])]
        assert [-note.gross.amount for note in credits] == [*map(Decimal, case["expected"]["note_total"])]
        assert invoice.gross.amount == Decimal(case["params"]["invoice_total"])
        assert -sum(note.gross.amount for note in credits) == Decimal(case["expected"]["sum"])

    @pytest.mark.parametrize("case", rating("credit_note_proration"))
    def test_an_unused_part_of_a_period_is_credited(self, case, monkeypatch):
        taxed_at(monkeypatch, case["params"]["tax_percent"])
        net, days = Decimal(case["params"]["net"]), case["params"]["period_days"]
        used = Fraction(net) * (days - case["params"]["unused_days"]) / days

        _, (note,) = billed_in_turn([net, used])

        found = {"net": -note.net.amount, "tax": -note.tax.amount, "total": -note.gross.amount}
        assert found == {name: Decimal(text) for name, text in case["expected"].items()}

    @pytest.mark.parametrize("case", rating("credit_cap"))
    def test_a_credit_is_never_more_than_was_billed_less_earlier_ones(self, case):
        given = {name: int(text) for name, text in case["input"].items()}

        credit = corrections.creditable(
            given["wanted"], billed=given["paid"], credited=given["credited_before"]
        )

        assert credit == int(case["expected"]["credit"])


class TestNotes:
    def test_taxes_add_up_to_the_tax_of_the_invoice_as_it_is_now(self):
        first, second = runs(plan(parts("0.33")), ["1", "3"])

        assert (first[0].tax.minor, second[0].tax.minor) == (4, 9)  # 13 % of 0.99 is 0.13: 4 + 9

    def test_say_before_after_and_the_ladder(self):
        _, (note,) = runs(plan(parts("10")), ["8", "5"])
        (line,) = note.lines

        assert (note.kind, note.gross.minor) == ("CREDIT_NOTE", -3390)
        assert (line.quantity, line.unit_price) == (-3, 10)
        assert line.facts()["before"] == {"net_minor": 8000, "tax_minor": 1040, "quantity": "8"}
        assert line.facts()["after"] == {"net_minor": 5000, "tax_minor": 650, "quantity": "5"}
        assert line.steps()[-1] == {
            "step": "corrected",
            "numbers": {"after": "50.00", "before": "80.00", "net": "-30.00"},
        }
        assert note.digest(["b", "a"]) == note.digest(["a", "b"]) != note.digest(["a"])

    def test_are_debit_notes_only_where_more_is_asked_for(self):
        (first,), _ = runs(plan(parts("10")), ["8", "8"])

        assert first.kind == "DEBIT_NOTE"

    def test_credit_a_line_that_is_no_longer_due(self):
        billed = {RENT: Billed(Amounts(8000, 1040, Decimal(8)), "per_unit", "parts", "piece")}

        (note,) = notes(Charge("CNY", (), final=True), billed, on=DAY)

        (line,) = note.lines
        assert (line.net.minor, line.kind, line.meter, line.unit_price) == (-8000, "per_unit", "parts", None)
        assert [step["step"] for step in line.steps()] == ["corrected"]
        assert line.facts()["line"] is None

    def test_say_on_which_term_the_charge_stands_even_of_a_line_that_is_no_longer_due(self):
        a_plan = plan(parts("1"), term_minimum={"amount": "10"})
        term = ending([], currency="CNY", share=Fraction(1), years=Fraction(1))
        due = charge(a_plan, {"parts": Decimal(4)}, final=True, term=term)
        gone = LineKey("owner", "damage.1", "LEASE_MOVABLE")
        billed = billed_by(notes(due, {}, on=DAY)) | {gone: Billed(Amounts(500, 65, None), "damage")}
        (note,) = notes(due, billed, on=DAY)
        (first,) = notes(due, {}, on=DAY)

        assert note.lines[0].facts()["line"] is None
        assert [
            told_term({"lines": [{"facts": one.facts()} for one in made.lines]}) for made in (note, first)
        ] == [
            term.dump(),
            term.dump(),
        ]
        assert told_term({"lines": []}) is None

    def test_move_amounts_between_lines_as_a_credit_of_nothing(self):
        asked = charge(plan(parts("10"), minimum="100"), {"parts": Decimal(5)}, final=True)
        before = charge(plan(parts("10"), minimum="100"), {"parts": Decimal(7)}, final=True)
        billed = billed_by(notes(before, {}, on=DAY))

        (note,) = notes(asked, billed, on=DAY)

        assert (note.gross.minor, note.kind) == (0, "CREDIT_NOTE")
        assert [line.net.minor for line in note.lines] == [-2000, 2000]

    def test_are_none_where_nothing_differs(self):
        assert runs(plan(parts("10")), ["5", "5"])[1] == []

    def test_give_back_what_was_conceded_and_no_more_than_the_line(self):
        asked = charge(plan(parts("10")), {"parts": Decimal(5)}, final=True)
        billed = billed_by(notes(asked, {}, on=DAY))

        (some,) = notes(asked, billed, on=DAY, conceded={RENT: Money(1000, "CNY")})
        (all_,) = notes(asked, billed, on=DAY, conceded={RENT: Money(9999, "CNY")})
        unknown = notes(asked, billed, on=DAY, conceded={RENT._replace(component="x"): Money(1, "CNY")})

        assert (some.net.minor, some.tax.minor) == (-1000, -130)
        assert (all_.net.minor, all_.tax.minor) == (-5000, -650)
        assert unknown == []

    def test_give_back_no_more_than_all_that_the_seller_asks_for(self):
        """50.00 less 20.00 above the cap: who concedes the 50.00 gives back the 30.00 that are left."""
        asked = charge(plan(parts("10"), cap="30"), {"parts": Decimal(5)}, final=True)
        billed = billed_by(notes(asked, {}, on=DAY))

        (note,) = notes(asked, billed, on=DAY, conceded={RENT: Money(5000, "CNY")})

        assert (note.net.minor, note.tax.minor) == (-3000, -390)

    def test_add_lines_of_one_key_up(self):
        one = ChargeLine("parts", "per_unit", "owner", "LEASE_MOVABLE", Decimal(1), Money(100, "CNY"))

        (note,) = notes(Charge("CNY", (one, one), final=True), {}, on=DAY)

        (line,) = note.lines
        assert (line.net.minor, line.tax.minor, line.quantity) == (200, 26, None)

    @given(
        st.lists(st.lists(st.integers(0, 20_000), min_size=4, max_size=4), min_size=2, max_size=5),
        st.integers(0, 9_000),
        st.sampled_from(list(VatStatus)),
    )
    def test_over_an_invoice_rounded_by_group_add_up_to_the_tax_of_all(self, versions, given_back, status):
        taxes = {"owner": SellerTax(status, Rounding.GROUP)}
        made = []
        for place, nets in enumerate(versions):
            lines = [
                ChargeLine(f"c{n}", "per_unit", "owner", "LEASE_MOVABLE", None, Money(net, "CNY"))
                for n, net in enumerate(nets)
            ]
            asked = Charge("CNY", tuple(lines), final=True)
            conceded = {RENT._replace(component="c0"): Money(given_back, "CNY")} if place else {}
            found = {"on": DAY, "taxes": taxes, "conceded": conceded}
            made += notes(asked, billed_by(made), **found)
            assert notes(asked, billed_by(made), **found) == []  # a second run finds nothing

        net, tax = (sum(getattr(one, name).minor for one in made) for name in ("net", "tax"))
        rate = Decimal("0.13") if status is VatStatus.GENERAL else Decimal("0.01")
        assert net == sum(versions[-1]) - min(given_back, versions[-1][0])
        assert tax == vat(net, rate)

    def test_refuse_to_credit_more_than_was_billed(self):
        line = ChargeLine("parts", "per_unit", "owner", "LEASE_MOVABLE", Decimal(-1), Money(-100, "CNY"))

        with pytest.raises(CreditAboveBilled):
            notes(Charge("CNY", (line,), final=True), {}, on=DAY)

    @given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.sampled_from(["0.333", "7.77", "19"]))
    def test_any_series_of_runs_bills_what_one_run_bills(self, totals, price):
        a_plan = plan(parts(price), minimum="500", cap="2000")
        finals = [True] * len(totals)

        series = runs(a_plan, totals, finals)
        once = runs(a_plan, totals[-1:], [True])

        mine, theirs = (billed_by([note for run in made for note in run]) for made in (series, once))
        for key in mine.keys() | theirs.keys():
            left, right = (found[key].amounts if key in found else Amounts() for found in (mine, theirs))
            assert (left.net, left.tax) == (right.net, right.tax)
        so_far = 0
        for run in series:
            so_far += sum(note.gross.minor for note in run)
            assert so_far >= 0


class TestBrake:
    def change(self, before, after):
        billed = billed_by(runs(plan(parts("1")), [before])[0])
        asked = charge(plan(parts("1")), {"parts": Decimal(after)}, final=True)
        return notes(asked, billed, on=DAY), billed

    @pytest.mark.parametrize(
        ("before", "after", "stops"),
        [
            ("100", "120", False),
            ("100", "151", True),
            ("100", "40", True),
            ("1000", "1201", True),
            ("1", "9", False),
        ],
    )
    def test_stops_what_is_large_or_a_large_share(self, before, after, stops):
        brake = Brake(most_minor=22_600, most_share=Fraction(1, 2), small_minor=1130)

        assert brake.stops(*self.change(before, after)) is stops

    def test_looks_at_each_seller_by_itself(self):
        found, billed = self.change("100", "130")
        other = {RENT._replace(seller="platform"): Billed(Amounts(10**9), "percentage")}

        assert Brake(10**9, Fraction(1, 5)).stops(found, billed | other)


class TestFrozen:
    def test_takes_what_is_left_of_a_disputed_line(self):
        grosses = {("base", "A"): 1000, ("parts", "A"): 300, ("cap", "A"): -100}

        assert frozen(grosses, [("parts", "A"), ("parts", "A")]) == Frozen(1200, 300)
        assert frozen(grosses, []).due == 1200
        assert frozen(grosses, [("cap", "A"), ("gone", "A")]) == Frozen(1200, 0)

    def test_freezes_no_more_than_is_billed(self):
        assert frozen({("base", "A"): 500, ("cap", "A"): -300}, [("base", "A")]) == Frozen(200, 200)

    def test_adds_up_over_sellers(self):
        assert added([Frozen(100, 10), Frozen(5, 0)]) == Frozen(105, 10)


NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class TestReasons:
    def told(self, hours):
        return Told(Reason.REVIEW, NOON + hours * HOUR, "rev_1")

    def test_are_what_was_said_between_two_versions(self):
        before, after = Version(NOON, 7), Version(NOON + 2 * HOUR, 7)

        said = reasons_of(before, after, [self.told(0), self.told(1), self.told(3)])

        assert said == [{"reason": "REVIEW", "id": "rev_1"}]

    def test_are_arrivals_in_between(self):
        assert reasons_of(Version(NOON, 7), Version(NOON, 8), []) == [{"reason": "LATE", "id": ""}]
        assert reasons_of(None, Version(NOON + HOUR, 0), [self.told(1)])[-1]["reason"] == "LATE"

    def test_are_a_new_count_where_there_is_nothing_else(self):
        assert reasons_of(Version(NOON, 7), Version(NOON, 7), []) == [{"reason": "RECOUNTED", "id": ""}]

    def test_have_words(self):
        assert set(REASONS) == set(Reason)
