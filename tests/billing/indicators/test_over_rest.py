"""Indicators and baselines over REST and on their pages."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from billing.actions import indicators
from billing.models import IndicatorBaseline
from billing.queries.indicator_sql import fingerprint
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.indicators import world as small

pytestmark = pytest.mark.django_db
API = "/api/v1/indicators/"
ASKED = "from=2026-10-01&to=2026-11-01&cutoff=2026-11-01T00:00:00%2B08:00"
BASELINE = {"indicator": "penetration", "industry": "33", "value": "30.5", "source": "统计公报"}
BASELINE |= {"valid_from": "2026-01-01"}

world = once.fixture(small.staffed)


def api(world, who):
    client = APIClient()
    client.force_authenticate(world.people[who])
    return client


def page(world, who, language="zh-hans"):
    client = Client(headers={"accept-language": language})
    client.force_login(world.people[who])
    return client


class TestRest:
    def test_the_list_is_reproducible(self, world):
        said = api(world, "P").get(f"{API}?{ASKED}").json()

        assert said["question"]["definitions"] == fingerprint()
        assert (said["question"]["from"], said["question"]["is_settled"]) == ("2026-10-01", True)
        found = {one["code"]: one for one in said["data"]}
        assert (found["sme_lessees"]["value"], found["sme_lessees"]["target"]) == ("50.0", "35")
        assert found["sme_lessees"]["is_reached"] is True
        assert found["site_tier"]["state"] == "no_declarations"
        assert found["site_tier"]["value"] is None
        assert said == api(world, "P").get(f"{API}?{ASKED}").json()

    def test_one_has_its_regions(self, world):
        said = api(world, "P").get(f"{API}idle_hours/?{ASKED}&region=32").json()["data"]
        assert [(one["region"], one["value"]) for one in said["regions"]] == [("3205", "17.2")]
        assert (said["numerator"], said["denominator"]) == ("384", "2232")

    def test_rows_are_read_on(self, world):
        first = api(world, "P").get(f"{API}sme_lessees/rows/?{ASKED}&limit=4").json()
        rest = api(world, "P").get(f"{API}sme_lessees/rows/?{ASKED}&limit=4&cursor={first['next']}").json()

        assert [len(first["data"]), first["has_more"], len(rest["data"])] == [4, True, 2]
        assert (rest["next"], rest["has_more"]) == (None, False)
        assert first["data"][0]["about"].startswith("公司")

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_a_table_is_handed_out(self, world, form):
        found = api(world, "P").get(f"{API}{form}/?{ASKED}")

        assert found.status_code == 200
        assert f"indicators-2026-10-01-2026-11-01.{form}" in found["Content-Disposition"]
        if form == "csv":
            rows = list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))
            whole = next(row for row in rows if row[0] == "idle_hours")
            assert whole[5] == "26.3"
            assert "range_agg" in whole[-2]
            assert "2026-10-31T16:00:00+00:00" in whole[-1]

    @pytest.mark.parametrize(
        "query",
        ["region=x", "from=1", "cutoff=9", "limit=5", "region=32&nothing=1", "region=%00", "cutoff=9999-99"],
    )
    def test_a_question_that_cannot_be_read_is_refused(self, world, query):
        assert api(world, "P").get(f"{API}?{query}").status_code == 400

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=201", "limit=x", "limit=٣", "cursor=abc", "cursor=%00"]
    )
    def test_rows_take_no_other_page(self, world, query):
        assert api(world, "P").get(f"{API}sme_lessees/rows/?{query}").status_code == 400

    @pytest.mark.parametrize(
        "place",
        ["", "csv/", "xlsx/", "sme_lessees/", "sme_lessees/rows/", "nothing/", "../indicator-baselines/"],
    )
    def test_nobody_else_learns_of_it(self, world, place):
        for who in ("A", "L"):
            assert (
                api(world, who).get(f"{API}{place}?region=x".replace("indicators/../", "")).status_code == 404
            )
            assert api(world, who).post("/api/v1/indicator-baselines/", BASELINE).status_code == 404

    def test_parks_and_hubs_see_no_rows(self, world):
        for who in ("H", "R"):
            assert api(world, who).get(f"{API}sme_lessees/?{ASKED}").status_code == 200
            assert api(world, who).get(f"{API}sme_lessees/rows/?{ASKED}").status_code == 404
            assert "公司" not in api(world, who).get(f"{API}?{ASKED}").content.decode()

    def test_a_baseline_is_stated_once_and_kept(self, world):
        client, before = api(world, "P"), IndicatorBaseline.objects.count()
        first, again = (
            client.post("/api/v1/indicator-baselines/", BASELINE, format="json") for _ in range(2)
        )

        assert (first.status_code, again.json()) == (201, first.json())
        assert IndicatorBaseline.objects.count() == before + 1
        assert AuditEntry.objects.filter(action="indicator.baseline").count() == 1
        assert client.get("/api/v1/indicator-baselines/").json()["data"][0]["value"] == "30.5"
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE billing_indicatorbaseline SET value = 1")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("value", "-1"),
            ("value", "100.1"),
            ("value", "NaN"),
            ("value", "1e400"),
            ("industry", "3"),
            ("industry", "٣٤"),
            ("indicator", "idle_hours"),
            ("indicator", ["penetration"]),
            ("source", ""),
            ("source", "x" * 201),
            ("source", "a\x00"),
            ("valid_from", "0001-01-01"),
            ("valid_from", 5),
        ],
    )
    def test_a_baseline_that_cannot_be_right_is_refused_at_its_field(self, world, name, value):
        said = api(world, "P").post("/api/v1/indicator-baselines/", BASELINE | {name: value}, format="json")

        assert said.status_code == 400
        assert name in str(said.json()) or "\x00" in str(value)
        assert not IndicatorBaseline.objects.filter(industry="33").exists()


class TestStating:
    def given(self, world, **changes):
        known = {"value": Decimal("30.5"), "valid_from": date(2026, 1, 1)}
        who = {"within": world.companies["P"], "by": world.people["P"], "at": small.local(11, 1)}
        return BASELINE | known | who | changes

    @pytest.mark.parametrize("who", ["viewer", "A"])
    def test_only_who_may_states_one(self, world, who):
        with pytest.raises(MissingRight):
            indicators.state_baseline(**self.given(world, by=world.people[who]))
        assert not IndicatorBaseline.objects.filter(industry="33").exists()

    def test_only_the_platform_states_one(self, world):
        with pytest.raises(indicators.BaselineOfPlatform):
            indicators.state_baseline(**self.given(world, within=world.companies["H"], by=world.people["H"]))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("indicator", "nothing"),
            ("industry", "C3"),
            ("value", Decimal("NaN")),
            ("value", Decimal("0.05")),
            ("source", " "),
            ("valid_from", date(1999, 1, 1)),
        ],
    )
    def test_what_cannot_be_right_is_told_at_its_place(self, world, name, value):
        with pytest.raises(indicators.BaselineInvalid) as refused:
            indicators.state_baseline(**self.given(world, **{name: value}))
        assert [flaw.pointer for flaw in refused.value.flaws] == [f"/{name}"]

    def test_another_one_for_the_same_day_counts_in_its_place(self, world):
        for value in ("30.0", "31.0", "30.0"):
            indicators.state_baseline(**self.given(world, value=Decimal(value)))
        found = IndicatorBaseline.objects.known(cutoff=small.local(11, 1), first=date(2026, 10, 1))
        assert found.filter(industry="33").last().value == 30
        assert found.filter(industry="33").count() == 3


class TestPages:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_the_tiles_lead_to_pages_that_explain_them(self, world, language):
        client = page(world, "P", language)
        front = client.get(f"/indicators/?{ASKED}").content.decode()
        assert "50.0 %" in front
        assert "26.3 %" in front
        for code in ("sme_lessees", "penetration", "idle_hours", "energy_per_part", "maturity"):
            inner = client.get(f"/indicators/{code}/?{ASKED}")
            assert inner.status_code == 200
        assert "0.600" in client.get(f"/indicators/energy_per_part/?{ASKED}").content.decode()

    def test_periods_regions_and_industries_have_names(self, world):
        inner = page(world, "P").get(f"/indicators/idle_hours/?{ASKED}&region=32").content.decode()
        assert "江苏 · 2026年10月" in inner and "江苏苏州" in inner
        rented = page(world, "P").get(f"/indicators/penetration/?{ASKED}").content.decode()
        assert "35 专用设备制造业" in rented
        quarter = "from=2026-07-01&to=2026-10-01"
        client = page(world, "P", "en")
        assert "quarter 3 of 2026" in client.get(f"/indicators/?{quarter}").content.decode()
        year = client.get("/indicators/?from=2025-01-01&to=2026-01-01").content.decode()
        assert "the year 2025" in year
        odd = client.get("/indicators/?from=2026-10-02&to=2026-10-09").content.decode()
        assert "Oct. 2, 2026 – Oct. 8, 2026" in odd

    @pytest.mark.parametrize(("change", "said"), [("2.5", "高 2.5"), ("-14.6", "低 14.6"), ("0", "持平")])
    def test_a_change_is_said_in_words(self, world, change, said, monkeypatch):
        changed = property(lambda self: Decimal(change))
        monkeypatch.setattr("billing.queries.indicators.IndicatorAnswer.change", changed)
        assert f"2026年9月{said}" in page(world, "P").get(f"/indicators/?{ASKED}").content.decode()

    def test_rows_are_for_the_platform(self, world):
        found = page(world, "P").get(f"/indicators/sme_lessees/rows/?{ASKED}")
        assert "公司A" in found.content.decode()
        assert page(world, "H").get("/indicators/sme_lessees/rows/").status_code == 404
        assert page(world, "P").get("/indicators/nothing/rows/").status_code == 404

    def test_rows_go_on(self, world, monkeypatch):
        monkeypatch.setattr("billing.web.indicators.ROWS", 4)
        found = page(world, "P").get(f"/indicators/sme_lessees/rows/?{ASKED}").context
        rest = page(world, "P").get(f"/indicators/sme_lessees/rows/{found['next']}").context
        assert [len(found["rows"]), len(rest["rows"]), rest["next"]] == [4, 2, ""]

    def test_a_hub_is_told_what_is_hidden(self, world):
        front = page(world, "H").get(f"/indicators/?{ASKED}").content.decode()
        assert "少于 3 家" in front
        assert "公司A" not in front

    @pytest.mark.parametrize("who", ["A", "L"])
    def test_nobody_else_sees_it(self, world, who):
        for place in ("", "sme_lessees/", "sme_lessees/rows/"):
            assert page(world, who).get(f"/indicators/{place}").status_code == 404

    def test_a_question_that_cannot_be_read_is_told_at_its_field(self, world):
        found = page(world, "P").get("/indicators/?region=x&from=nonsense&cutoff=<b>")
        assert found.status_code == 400
        assert set(found.context["form"].errors) == {"region", "from", "cutoff"}

    def test_a_file_holds_all(self, world):
        assert page(world, "P").get(f"/indicators/?{ASKED}&format=csv").status_code == 200
        assert page(world, "P").get(f"/indicators/idle_hours/?{ASKED}&format=xlsx").status_code == 200

    def test_a_baseline_is_stated(self, world):
        given = {"industry": "33", "value": "30", "valid_from": "2026-01-01", "source": "公报"}
        client = page(world, "P")
        assert client.post("/indicators/penetration/", given).status_code == 302
        assert IndicatorBaseline.objects.get(industry="33").value == 30
        refused = client.post("/indicators/penetration/", given | {"industry": "3"})
        assert refused.status_code == 400
        assert set(refused.context["baseline_form"].errors) == {"industry"}
        assert client.post("/indicators/idle_hours/", given).status_code == 404
        assert page(world, "H").post("/indicators/penetration/", given).status_code == 404
        assert page(world, "viewer").post("/indicators/penetration/", given).status_code == 403

    def test_those_who_may_find_it_in_the_navigation(self, world):
        for who, can in (("P", True), ("H", True), ("viewer", True), ("A", False)):
            shown = page(world, who).get("/api-keys/").content.decode()
            assert ('href="/indicators/"' in shown) is can
