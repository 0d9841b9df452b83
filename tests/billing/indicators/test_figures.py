"""The figures of docs/indicators.md, as of several moments: what is known later changes none of them."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from billing.models import IndicatorBaseline
from billing.queries.indicator_questions import asked_question
from billing.queries.indicator_tables import indicator_cells, indicator_columns, plain_figure, told_answer
from billing.queries.indicators import answers, indicator_rows
from billing.rules.indicators import INDICATORS
from leasing.models import LeaseUnit
from marketplace.models import ListingUnit, MaturityDeclaration, Organization
from tests import once
from tests.billing.indicators import world as small
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
NOW = small.local(11, 27)
OCTOBER = {"from": "2026-10-01", "to": "2026-11-01"}
TABLE = Path(__file__).parents[3].joinpath("docs/indicators.md").read_text()
ROW = re.compile(r"^\| (\w+) \| (2026-\d\d-\d\d) \| (.+?) \| ([\d.–]+) \|$", re.MULTILINE)
WORKED = ROW.findall(TABLE)

world = once.fixture(small.staffed)


def ask(world, of="P", **given):
    return asked_question(OCTOBER | given, organization=world.companies[of], now=NOW)


def answer(world, code, of="P", **given):
    return answers(ask(world, of, **given), [code])[0]


def at(day):
    return f"{day}T00:00:00+08:00"


@pytest.mark.parametrize(("code", "day", "worked", "figure"), WORKED)
def test_the_figures_of_the_page_are_those_of_the_statements(world, code, day, worked, figure):
    found = answer(world, code, cutoff=at(day)).figure

    assert found.value == (None if figure == "–" else Decimal(figure))
    if found.sum:
        shown = f"{plain_figure(found.sum.numerator)} / {plain_figure(found.sum.denominator)}"
        assert worked.endswith(shown)


def test_the_page_works_every_indicator_out():
    assert {code for code, *_ in WORKED} == set(INDICATORS)


def test_industries_have_targets_over_their_own_baselines(world):
    found = answer(world, "penetration", cutoff=at("2026-11-01"))

    assert (found.figure.value, found.target, found.is_reached) == (Decimal("42.9"), 45, False)
    assert {name: (one.value, found.target_of(name)) for name, one in found.industries.items()} == {
        "33": (Decimal("50.0"), 45),
        "34": (Decimal("50.0"), 52),
        "35": (Decimal("0.0"), 45),
    }


def test_regions_are_told_apart_one_level_below_the_one_that_is_asked_for(world):
    given = {"cutoff": at("2026-11-01")}
    whole, inside = (
        answer(world, "sme_lessees", **given),
        answer(world, "sme_lessees", region="320000", **given),
    )
    energy = answer(world, "energy_per_part", **given)

    assert {name: one.value for name, one in whole.regions.items()} == {"32": 50, "33": 50}
    assert {name: one.value for name, one in inside.regions.items()} == {"3201": 0, "3202": 0, "3205": 100}
    assert {name: one.value for name, one in energy.regions.items()} == {"32": Decimal("0.5"), "33": 1}


def test_it_is_compared_with_the_period_before(world):
    found = answer(world, "sme_lessees", cutoff=at("2026-11-01"))

    assert found.change == Decimal("50.0")
    assert [days.name for days, _ in found.series][:3] == ["2026-10", "2026-09", "2026-08"]
    assert [one.value for _, one in found.series][:4] == [50, 0, 0, None]


def test_a_quarter_holds_its_months_and_a_period_that_has_not_begun_is_unknown(world):
    quarter = {"from": "2026-10-01", "to": "2027-01-01", "cutoff": at("2026-11-11")}
    assert answer(world, "sme_lessees", **quarter).figure.value == Decimal("42.9")  # F is there: 3 of 7
    later = {"from": "2026-12-01", "to": "2027-01-01"}
    found = answer(world, "idle_hours", **later)
    assert (found.figure.value, found.figure.sum) == (None, None)


class TestAsOf:
    def test_what_is_written_down_later_changes_no_earlier_answer(self, world):
        before = [told_answer(one) for one in answers(ask(world, cutoff=at("2026-11-01")))]

        later = {"known": small.local(11, 20), "began_known": small.local(11, 20)}
        small.used(world, "M4", "C", small.local(10, 2), small.local(10, 9), **later)
        unit, end = world.units["M2"], small.local(10, 28)
        small.step(unit.lease, 3, "end", end, small.local(11, 20), {"active_to": end.isoformat()})
        LeaseUnit.objects.filter(pk=unit.pk).update(state="STOPPED", active_to=end)
        small.counted(unit, "run_time", date(2026, 10, 27), 1, small.local(11, 21), version=2)
        small.said(world.machines["M1"].listing_unit.listing, "paused", small.local(11, 2))
        small.company("新", "SME", "320100", since=small.local(11, 3))
        about = {"indicator": "penetration", "industry": "", "value": 1, "source": "new"}
        IndicatorBaseline.objects.create(
            **about, valid_from=date(2026, 9, 1), made_by_name="W", made_at=small.local(11, 2)
        )

        again = [told_answer(one) for one in answers(ask(world, cutoff=at("2026-11-01")))]
        assert before == again
        now = [told_answer(one) for one in answers(ask(world, cutoff=at("2026-11-22")))]
        assert {
            one["code"] for one, two in zip(before, now, strict=True) if one["value"] == two["value"]
        } == {"energy_per_part", "site_tier", "maturity"}

    @pytest.mark.parametrize("period", [OCTOBER, {"from": "2026-11-01", "to": "2026-12-01"}])
    def test_an_end_that_is_written_down_later_was_none_before(self, world, period):
        """The machine that was given back on 25 October was thought to be in use until 10 November."""
        thought = answer(world, "idle_hours", **period | {"cutoff": at("2026-11-09")})
        found = {
            one.item: one.numerator
            for one in indicator_rows("idle_hours", thought.question, after="", most=9)
        }
        assert found[world.machines["M3"].public_id] > 168

    def test_the_use_of_each_machine_of_a_lease_is_known_from_its_own_step(self, world):
        unit = small.used(world, "M4", "C", small.local(10, 20))
        other = world.units["M1"]
        facts = {"active_from": at("2026-10-20"), "unit": other.public_id}
        small.step(unit.lease, 3, "activate", small.local(10, 20), small.local(10, 19), facts)

        assert answer(world, "leased_of_listed", cutoff=at("2026-11-01")).figure.value == 100

    def test_a_retired_listing_was_on_offer_before(self, world):
        listing = world.machines["M3"].listing_unit.listing
        before = answer(world, "idle_hours", cutoff=at("2026-11-01")).figure
        about = {"actor": "usr", "actor_name": "W", "subject": listing.public_id}
        facts = {"machines": [world.machines["M3"].public_id]}
        small.AuditEntry.objects.create(action="listing.create", at=small.local(10, 11), facts=facts, **about)
        small.said(listing, "retired", small.local(11, 15))
        ListingUnit.objects.filter(listing=listing).delete()

        assert answer(world, "idle_hours", cutoff=at("2026-11-01")).figure == before

    def test_a_baseline_counts_from_when_it_was_stated(self, world):
        assert answer(world, "penetration", cutoff=at("2026-08-20")).target is None

    def test_nothing_is_known_before_anything_was(self, world):
        found = answers(ask(world, cutoff=at("2026-07-01"), **{"from": "2026-06-01", "to": "2026-07-01"}))
        assert [one.figure.value for one in found] == [None] * len(INDICATORS)

    def test_the_statement_of_the_file_gives_the_figure_again(self, world):
        said = told_answer(answer(world, "idle_hours", cutoff=at("2026-11-01")))

        with connection.cursor() as cursor:
            cursor.execute(said["statement"], said["parameters"])
            whole = next(row for row in cursor.fetchall() if row[1] and row[2])

        assert [plain_figure(part) for part in whole[5:7]] == [said["numerator"], said["denominator"]]
        assert (said["numerator"], said["denominator"]) == ("720", "2736")


def test_what_is_synthetic_counts_nowhere(world):
    before = answers(ask(world))
    made = make.organization("Nobody", "SME", is_synthetic=True)
    Organization.objects.filter(pk=made.pk).update(created_at=small.local(8, 1))

    assert [one.figure for one in answers(ask(world))] == [one.figure for one in before]


class TestDeclarations:
    """The tier of a site, the level of a company: the latest word that was written down by the cut-off."""

    @staticmethod
    def said(whose, day, *, level=None, tier="", site=None, written="2026-10-02"):
        return MaturityDeclaration.objects.create(
            organization=whose, made_for=whose, site=site, tier=tier, level=level, source="x",
            recorded_by="x", recorded_by_name="x", valid_from=date.fromisoformat(day),
            recorded_at=at(written),
        )  # fmt: skip

    def test_of_companies_count_from_level_three(self, world):
        one, two, three = Organization.objects.filter(kind="SME", is_synthetic=False).order_by("pk")[:3]
        self.said(one, "2026-09-01", level=2)
        self.said(one, "2026-10-10", level=4)
        self.said(two, "2026-10-10", level=2)
        self.said(three, "2026-11-02", level=5)

        found = answer(world, "maturity").figure
        assert (found.value, found.sum.numerator, found.sum.denominator) == (50, 1, 2)
        rows = indicator_rows("maturity", ask(world), after="", most=9)
        assert {row.item for row in rows} == {one.public_id, two.public_id}

    def test_written_down_later_does_not_change_an_earlier_answer(self, world):
        whose = Organization.objects.filter(kind="SME").first()
        self.said(whose, "2026-10-01", level=3)
        self.said(whose, "2026-10-05", level=1, written="2026-10-25")

        assert answer(world, "maturity", cutoff=at("2026-10-20")).figure.value == 100
        assert answer(world, "maturity", cutoff=at("2026-11-01")).figure.value == 0

    def test_of_sites_stand_where_the_site_is(self, world):
        site = make.site(Organization.objects.filter(kind="LESSOR").first(), region_code="330200")
        self.said(site.organization, "2026-10-01", tier="LEADING", site=site)

        found = answer(world, "site_tier")
        assert found.figure.value == 100
        assert set(found.regions) == {"33"}


def test_rows_come_page_by_page(world):
    question = ask(world, cutoff=at("2026-11-01"))
    found = indicator_rows("sme_lessees", question, after="", most=4)
    rest = indicator_rows("sme_lessees", question, after=found[-1].item, most=4)

    assert [len(found), len(rest)] == [4, 2]
    assert sum(one.numerator for one in found + rest) == 3
    assert indicator_rows("maturity", question, after="", most=4) == []


def test_the_table_has_a_cell_for_every_column(world):
    rows = list(indicator_cells(answers(ask(world))))

    assert {len(row) for row in rows} == {len(indicator_columns())}
    assert [row[0] for row in rows if not row[2]] == list(INDICATORS)


def test_a_period_is_no_moment_longer_than_the_cutoff(world):
    assert isinstance(ask(world).cutoff, datetime)
    assert answer(world, "idle_hours", cutoff=at("2026-10-11")).figure.sum.denominator == 3 * 240
