"""Bills before they are issued, and objections to them, over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import BillObjection, BillTelling, LineDispute
from tests.billing.actions.test_corrections import say
from tests.billing.actions.test_provisional import ENDED, UNTIL, bill, meter, object_to
from tests.factories import marketplace as factory


@pytest.fixture
def ended(by_part, monkeypatch):
    say(by_part, 0, 4)
    meter(by_part)
    monkeypatch.setattr(timezone, "now", lambda: ENDED)
    return by_part


@pytest.fixture
def lessee(ended, keyed):
    return keyed(ended.buyer, ended.lessee)


@pytest.fixture
def lessor(ended, keyed):
    return keyed(ended.owner, ended.lessor)


def address(scene, rest="provisional-bill/"):
    return f"/api/v1/leases/{scene.lease.public_id}/{rest}"


def body(**changes):
    return {"period": "2026-10-15", "component": "parts", "reason": "USAGE", "text": "Twice"} | changes


class TestBill:
    def test_says_to_the_lessee_what_all_sellers_will_ask_for_and_keeps_it(self, ended, lessee):
        found = lessee.get(address(ended)).json()
        shown = found["bill"]

        assert (found["periods"], shown["period"]) == (["2026-10-15"], "2026-10-15")
        assert [one["seller"] for one in shown["sellers"]] == [
            ended.lessor.public_id,
            ended.platform.public_id,
        ]
        rent = shown["sellers"][0]
        assert (rent["net"]["amount"], rent["tax"]["amount"], rent["gross"]["amount"]) == (
            "2178.06",
            "283.15",
            "2461.21",
        )
        assert [one["component"] for one in rent["lines"]] == ["base", "parts"]
        assert rent["lines"][1]["steps"][0]["step"]
        assert shown["objections_until"] == shown["issued_from"]
        assert timezone.datetime.fromisoformat(shown["objections_until"]) == UNTIL
        assert (shown["is_final"], shown["is_metered"], shown["held"], shown["objections"]) == (
            False,
            True,
            [],
            [],
        )
        assert shown["days"]["provisional"] > 0
        told = BillTelling.objects.get()
        assert (told.organization, told.digest) == (ended.lessee, shown["digest"])
        assert shown["told"]["digest"] == shown["digest"]

    def test_says_to_the_lessor_what_it_sells_itself(self, ended, lessor):
        shown = lessor.get(address(ended, "provisional-bill/?period=2026-10-15")).json()["bill"]

        assert [one["seller"] for one in shown["sellers"]] == [ended.lessor.public_id]
        assert shown["gross"] == shown["sellers"][0]["gross"]

    def test_tells_the_platform_without_keeping_it(self, ended, keyed):
        shown = keyed(factory.member(ended.platform), ended.platform).get(address(ended)).json()["bill"]

        assert (len(shown["sellers"]), shown["told"]) == (2, None)
        assert not BillTelling.objects.exists()

    def test_is_none_where_nothing_waits(self, ended, lessee):
        assert lessee.get(address(ended, "provisional-bill/?period=2026-11-01")).json()["bill"] is None
        bill(ended)
        assert lessee.get(address(ended)).json() == {
            "lease": ended.lease.public_id,
            "periods": [],
            "bill": None,
        }

    def test_is_nothing_to_others(self, ended, keyed):
        stranger = factory.organization()

        assert keyed(factory.member(stranger), stranger).get(address(ended)).status_code == 404
        assert not BillTelling.objects.exists()

    def test_asks_for_a_day(self, ended, lessee):
        for day in ("x", "2026-13-01", "%00"):
            assert lessee.get(address(ended, f"provisional-bill/?period={day}")).status_code == 400


class TestObjections:
    def test_are_raised_answered_and_read_by_both_sides(self, ended, lessee, lessor):
        made = lessee.post(address(ended, "objections/"), body(), format="json")

        assert made.status_code == 201
        told = made.json()
        assert (told["outcome"], told["net"]["amount"], told["seller"]) == (
            "OPEN",
            "1520.00",
            ended.lessor.public_id,
        )
        path = address(ended, f"objections/{told['id']}/answer/")
        no = lessee.post(path, {"agreed": False, "text": "No"}, format="json")
        assert (no.status_code, no.json()["code"]) == (403, "not_yours_to_answer")
        answered = lessor.post(path, {"agreed": False, "text": "See report 7"}, format="json").json()
        assert (answered["outcome"], answered["answer"]) == ("REJECTED", "See report 7")
        for client in (lessee, lessor):
            (listed,) = client.get(address(ended, "objections/")).json()["data"]
            assert listed["outcome"] == "REJECTED"
        again = lessor.post(path, {"agreed": False, "text": "See"}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "objection_closed")

    def test_are_taken_back(self, ended, lessee, lessor):
        made = object_to(ended)
        path = address(ended, f"objections/{made.public_id}/withdraw/")

        assert lessor.post(path).status_code == 403
        assert lessee.post(path).json()["outcome"] == "WITHDRAWN"

    def test_freeze_a_line_at_the_issue(self, ended, lessee):
        lessee.post(address(ended, "objections/"), body(), format="json")
        bill(ended)

        (found,) = lessee.get(address(ended, "objections/")).json()["data"]
        assert found["outcome"] == "FROZEN"
        paper = lessee.get(f"/api/v1/invoices/{found['invoice']}/").json()
        assert paper["standing"]["disputed"]["amount"] == "1717.60"
        assert (paper["is_final"], LineDispute.objects.count()) == (False, 1)

    def test_of_the_platforms_fee_are_not_the_lessors_to_read(self, ended, lessee, lessor):
        given = body(seller=ended.platform.public_id, component="")
        made = lessee.post(address(ended, "objections/"), given, format="json").json()

        assert lessor.get(address(ended, "objections/")).json()["data"] == []
        path = address(ended, f"objections/{made['id']}/answer/")
        assert lessor.post(path, {"agreed": False, "text": "No"}, format="json").status_code == 404

    def test_are_refused_after_the_time(self, ended, lessee, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: UNTIL)
        late = lessee.post(address(ended, "objections/"), body(), format="json")

        assert (late.status_code, late.json()["code"]) == (409, "objection_too_late")
        assert "提出争议" in late.json()["detail"]
        monkeypatch.setattr(timezone, "now", lambda: ENDED - timedelta(days=3))
        early = lessee.post(address(ended, "objections/"), body(), format="json")
        assert (early.status_code, early.json()["code"]) == (409, "no_bill_yet")
        assert not BillObjection.objects.exists()

    @pytest.mark.parametrize(
        "changes",
        [
            {"period": "x"},
            {"period": None},
            {"reason": "MOOD"},
            {"text": ""},
            {"text": "a\x00"},
            {"text": "x" * 501},
            {"component": "x" * 41},
            {"component": ["parts"]},
            {"component": "gone"},
            {"seller": "org_nobody"},
            {"seller": {}},
        ],
    )
    def test_say_what_is_wrong_with_them(self, ended, lessee, changes):
        answer = lessee.post(address(ended, "objections/"), body(**changes), format="json")

        assert answer.status_code == 400
        assert not BillObjection.objects.exists()

    def test_of_a_period_that_is_none(self, ended, lessee):
        for day in ("2026-10-16", "9999-12-31", "0001-01-01"):
            answer = lessee.post(address(ended, "objections/"), body(period=day), format="json")
            assert (answer.status_code, answer.json()["code"]) == (409, "no_bill_yet")
