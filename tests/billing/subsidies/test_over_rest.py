"""Subsidies over REST and on pages: each sees its own, odd input is a 400, strangers learn nothing."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.actions import subsidies, subsidy_settlements
from billing.models import (
    SubsidyAdmission,
    SubsidyGrant,
    SubsidyItem,
    SubsidyProgramme,
    SubsidyRules,
    SubsidySettlement,
)
from billing.web import subsidies as pages
from marketplace.models.parties import Role
from tests import once
from tests.billing.subsidies import world
from tests.billing.subsidies.world import DECEMBER
from tests.billing.world import member
from tests.factories import marketplace as make
from tests.seeing import SeeingBrowser

RULES = {
    "basis": "B",
    "valid_from": "2999-01-01",
    "valid_until": "2999-06-01",
    "rate_percent": "12.5",
}
OPEN = {"name": "New", "authority_name": "City", "mode": "PREPAID", "budget_minor": 100, "basis": "B"}
desk = once.fixture(lambda: world.desk(mode="PREPAID"))
claim = once.fixture(world.desk)


@pytest.fixture(autouse=True)
def later(monkeypatch):
    """Let the month be over."""
    monkeypatch.setattr(timezone, "now", lambda: DECEMBER)


def signed_in(person):
    client = SeeingBrowser()
    client.force_login(person)
    return client


@pytest.fixture
def first(desk):
    return signed_in(desk.first)


@pytest.fixture
def second(desk):
    return signed_in(desk.second)


@pytest.fixture
def lessee(desk):
    return signed_in(desk.scene.buyer)


def post(client, url, body=None):
    return client.post(f"/api/v1/{url}", body or {}, content_type="application/json")


def get(client, url):
    return client.get(f"/api/v1/{url}")


class TestRest:
    def test_opens_rules_budgets_and_admits(self, desk, first, lessee):
        made = post(first, "subsidy-programmes/", OPEN)
        assert made.status_code == 201
        url = f"subsidy-programmes/{made.json()['id']}"
        assert post(first, f"{url}/rules/", RULES).json()["number"] == 1
        assert post(first, f"{url}/budget/", {"budget_minor": 7, "basis": "B"}).json()["number"] == 2
        assert post(first, f"{url}/assess/").json() == {"assessed": 0}
        body = {"programme": made.json()["id"], "credit_code": desk.scene.lessee.credit_code}
        body |= {"admitted_on": "2999-01-01", "basis": "B"}
        admitted = post(first, "subsidy-admissions/", body).json()
        assert get(lessee, f"{url}/").json()["is_admitted"] is True
        assert post(first, f"subsidy-admissions/{admitted['id']}/end/").json()["ended_on"] == "2999-01-01"
        assert len(get(first, "subsidy-admissions/").json()["data"]) == 1
        for name in ("rules", "budget", "assess"):
            assert post(lessee, f"{url}/{name}/", RULES).status_code == 403
        assert post(lessee, "subsidy-admissions/", body).status_code == 404
        assert get(lessee, f"{url}/").json()["standing"] is None
        assert get(first, f"{url}/").json()["standing"]["left_minor"] == 7
        assert get(first, "subsidy-programmes/").json()["data"][-1]["mode"] == "PREPAID"

    def test_tells_who_may_not_open_one_nothing_of_what_is_wrong(self, desk, first, lessee):
        viewer = signed_in(member(desk.scene.platform, Role.VIEWER))
        for given in (OPEN, OPEN | {"authority": "org_nobody"}, {}):
            assert post(viewer, "subsidy-programmes/", given).status_code == 403
            assert post(lessee, "subsidy-programmes/", given).json()["code"] == "subsidy_not_by_platform"
        assert post(first, "subsidy-programmes/", OPEN | {"authority": "org_nobody"}).status_code == 404
        assert SubsidyProgramme.objects.count() == 1

    @pytest.mark.parametrize("day", ["2026-12-02", "3000-01-01"])
    def test_says_from_when_on_a_company_is_admitted(self, desk, first, day):
        body = {"programme": desk.programme.public_id, "credit_code": desk.scene.lessee.credit_code}
        refused = post(first, "subsidy-admissions/", body | {"admitted_on": day, "basis": "B"})
        assert refused.status_code == 400
        flaw = refused.json()["errors"][0]
        assert flaw["code"] == "subsidy_admission_day"
        assert "2026-12-03" in flaw["detail"]
        assert "2999-12-31" in flaw["detail"]
        assert not SubsidyAdmission.objects.exists()

    def test_carries_a_settlement_to_its_payment(self, desk, first, second):
        body = {"programme": desk.programme.public_id, "month": "2026-11-15"}
        made = post(first, "subsidy-settlements/", body).json()
        url = f"subsidy-settlements/{made['id']}"
        assert (made["total_minor"], made["allowed"]) == (32_671, ["drop", "submit"])
        assert post(first, f"{url}/submit/").status_code == 403
        assert post(second, f"{url}/submit/").json()["status"] == "SUBMITTED"
        item = get(first, f"{url}/items/").json()["data"][0]
        lower = [{"item": item["id"], "confirmed_minor": 30_000, "reason": "Not in the catalogue"}]
        done = post(first, f"{url}/confirm/", {"answer": "A-1", "lower": lower}).json()
        assert (done["status"], done["confirmed_minor"]) == ("CONFIRMED", 30_000)
        paid = {"paid_on": "2026-12-02", "bank_reference": "B-1"}
        assert post(second, f"{url}/pay/", paid).json()["status"] == "PAID"
        assert post(second, f"{url}/hand-on/").status_code == 409
        assert len(get(first, f"{url}/history/").json()["data"]) == 4
        assert get(first, "subsidy-settlements/?status=PAID").json()["data"][0]["id"] == made["id"]
        text = get(first, f"{url}/csv/").content.decode("utf-8-sig")
        assert "326.71,300.00,Not in the catalogue" in text
        assert get(first, f"{url}/xlsx/").content[:2] == b"PK"

    def test_drops_with_a_reason_and_hands_on(self, claim):
        first, second = signed_in(claim.first), signed_in(claim.second)
        claim.pay(246_121)
        url = f"subsidy-settlements/{claim.drafted().public_id}"
        assert post(first, f"{url}/drop/").status_code == 400
        assert post(first, f"{url}/drop/", {"reason": "x"}).json()["status"] == "DROPPED"
        paid = claim.paid()
        assert post(second, f"subsidy-settlements/{paid.public_id}/hand-on/").status_code == 403
        done = post(first, f"subsidy-settlements/{paid.public_id}/hand-on/")
        assert done.json()["status"] == "HANDED_ON"

    def test_shows_each_its_own(self, desk, first, lessee):
        made = desk.drafted()
        owner, viewer = signed_in(desk.scene.owner), signed_in(member(desk.scene.lessee, Role.VIEWER))
        stranger = signed_in(make.member(make.organization("Stranger")))
        lists = ("subsidy-grants", "subsidy-settlements", "subsidy-admissions")
        for client, counts in (
            *((one, (0, 0, 0)) for one in (stranger, owner, viewer)),
            (lessee, (1, 0, 0)),
            (first, (1, 1, 0)),
        ):
            assert tuple(len(get(client, f"{name}/").json()["data"]) for name in lists) == counts
        grant = SubsidyGrant.objects.get().public_id
        steps = {row["step"]: row["minor"] for row in get(lessee, f"subsidy-grants/{grant}/").json()["steps"]}
        assert (steps["BASE"], steps["BUDGET"], steps["THIS"]) == (217_806, None, 32_671)
        seen = get(first, f"subsidy-grants/{grant}/").json()["steps"]
        assert {row["step"]: row["minor"] for row in seen}["BUDGET"] == 1_000_000
        for client in (stranger, owner, viewer):
            assert get(client, f"subsidy-grants/{grant}/").status_code == 404
        for client in (stranger, owner, lessee):
            for name in ("submit/", "drop/", "confirm/", "pay/", "hand-on/"):
                assert post(client, f"subsidy-settlements/{made.public_id}/{name}").status_code == 404
            for name in ("", "items/", "history/", "csv/", "xlsx/"):
                assert get(client, f"subsidy-settlements/{made.public_id}/{name}").status_code == 404
            assert client.get(reverse("subsidy-settlement", args=[made.public_id])).status_code == 404

    @pytest.mark.parametrize(
        "change",
        [
            {"rate_percent": "NaN"},
            {"rate_percent": "0"},
            {"rate_percent": "101"},
            {"valid_from": "2001-01-01"},
            {"valid_until": "0000-00-00"},
            {"lessee_cap_minor": 10**20},
            {"regions": ["\0"]},
            {"regions": "x"},
            {"kinds": ["X"]},
            {"categories": ["nothing"]},
            {"components": ["damage"]},
            {"basis": "\0"},
            {"with_vat": "maybe"},
        ],
    )
    def test_odd_terms_are_refused(self, desk, first, change):
        url = f"subsidy-programmes/{desk.programme.public_id}/rules/"
        assert post(first, url, RULES | change).status_code == 400
        assert SubsidyRules.objects.count() == 1

    @pytest.mark.parametrize(
        "change",
        [{"authority": "org_nobody"}, {"mode": "X"}, {"budget_minor": -1}, {"name": "a\0"}, {"name": ""}],
    )
    def test_odd_programmes_are_refused(self, desk, first, change):
        assert post(first, "subsidy-programmes/", OPEN | change).status_code in (400, 404)
        assert SubsidyProgramme.objects.count() == 1

    def test_odd_settlements_are_refused(self, desk, first):
        body = {"programme": desk.programme.public_id, "month": "2026-11-15"}
        for change in ({"programme": "x"}, {"programme": "\0"}, {"month": "9999-12-31"}, {"month": "0"}):
            assert post(first, "subsidy-settlements/", body | change).status_code in (400, 404)
        url = f"subsidy-settlements/{desk.submitted().public_id}/confirm/"
        for body in (
            {},
            {"answer": "a\0"},
            {"answer": "A", "lower": "x"},
            {"answer": "A", "lower": [{"item": "x", "confirmed_minor": 1, "reason": "r"}]},
            {"answer": "A", "lower": [{"item": "x", "confirmed_minor": 10**30, "reason": "r"}]},
        ):
            assert post(first, url, body).status_code == 400
        assert SubsidyItem.objects.get().confirmed_minor is None


def page(client, name, *args, **given):
    return client.get(reverse(name, args=args), **given)


class TestPages:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_tell_a_lessee_what_is_borne(self, desk, lessee, language):
        says = {"HTTP_ACCEPT_LANGUAGE": language}
        text = page(lessee, "invoice", desk.invoice.public_id, **says).content.decode()
        assert "326.71" in text
        assert "2,134.50" in text
        text = page(lessee, "subsidies", **says).content.decode()
        assert str(desk.invoice) in text
        assert "326.71" in text
        text = page(lessee, "subsidy", desk.programme.public_id, **says).content.decode()
        assert str(desk.invoice) in text
        assert "9,673.29" not in text
        assert "326.71" in lessee.get(reverse("subsidies"), {"format": "csv"}).content.decode("utf-8-sig")

    def test_tell_the_seller_what_another_pays_and_no_more(self, desk):
        owner = signed_in(desk.scene.owner)
        text = page(owner, "invoice", desk.invoice.public_id).content.decode()
        assert "326.71" in text
        assert desk.programme.public_id not in text
        assert str(desk.invoice) not in page(owner, "subsidies").content.decode()

    def test_tell_the_seller_nothing_of_what_a_lessee_claims(self, claim):
        text = page(signed_in(claim.scene.owner), "invoice", claim.invoice.public_id).content.decode()
        assert "326.71" not in text
        text = page(signed_in(claim.scene.buyer), "invoice", claim.invoice.public_id).content.decode()
        assert "326.71" in text

    def test_say_what_was_not_confirmed(self, desk, lessee):
        item = desk.submitted().items.get()
        first = signed_in(desk.first)
        url = reverse("subsidy-settlement-move", args=[item.settlement.public_id, "confirm"])
        for lower in ("nothing 1 x", f"{desk.invoice} 1.234 x", f"{desk.invoice} 300.00"):
            assert first.post(url, {"answer": "A", "lower": lower}).status_code == 400
        typed = {"answer": "A", "lower": f"\n{desk.invoice} 326.72 Too much"}
        refused = first.post(url, typed, HTTP_ACCEPT_LANGUAGE="en")
        form = refused.context["refused"]
        said = (
            f"In the line “{desk.invoice} 326.72 Too much”: Confirm an amount between 0.00 and 326.71 yuan."
        )
        assert form.errors == {"lower": [said]}
        typed["lower"] += f"\n{desk.invoice} 1.00 Twice"
        errors = first.post(url, typed | {"answer": "a\u00a0"}).context["refused"].errors
        assert len(errors["lower"]) == 2
        assert item.settlement.items.get().confirmed_minor is None
        typed = {"answer": "A", "lower": f"\n{desk.invoice} 300.00 Not in the catalogue\n"}
        assert first.post(url, typed).status_code == 302
        text = page(lessee, "invoice", desk.invoice.public_id).content.decode()
        assert "2,161.21" in text
        assert "Not in the catalogue" in page(lessee, "subsidies").content.decode()

    def test_turn_over_what_the_operator_sees(self, desk, first, monkeypatch):
        monkeypatch.setattr(pages, "PAGE", 1)
        who = desk.runs() | {"at": DECEMBER}
        for name in ("First", "Second"):
            about = {"lessee": make.organization(name), "admitted_on": DECEMBER.date(), "basis": "B"}
            subsidies.admit(programme=desk.programme, **about, **who)
        for _ in range(2):
            subsidy_settlements.drop(settlement=desk.drafted(), reason="Again", **who)
        address = reverse("subsidy", args=[desk.programme.public_id])
        seen = [first.get(address, {"admitted": number, "settled": number}).context for number in (1, 2)]
        assert len({one.pk for context in seen for one in context["admissions"]}) == 2
        assert len({row["settlement"].pk for context in seen for row in context["settlements"]}) == 2
        text = first.get(address).content.decode()
        assert "?admitted=2" in text
        assert "?settled=2" in text
        text = first.get(address, {"admitted": "2", "settled": "2"}).content.decode()
        assert "?admitted=1" in text
        assert "settled=3" not in text
        for odd in ("x", "-1", "0", "9" * 30, "99999"):
            assert first.get(address, {"admitted": odd, "settled": odd}).status_code == 200

    def test_lead_the_operator_from_opening_to_the_payment(self, desk, first, second, lessee):
        typed = {"name": "新补贴", "authority_name": "市", "mode": "CLAIM", "budget": "100", "basis": "B"}
        assert first.post(reverse("subsidies"), typed | {"budget": "x"}).status_code == 400
        assert first.post(reverse("subsidies"), typed | {"name": str(desk.programme)}).status_code == 400
        assert first.post(reverse("subsidies"), typed).status_code == 302
        assert lessee.post(reverse("subsidies"), typed).status_code == 404
        programme = desk.programme.public_id

        def act(client, name, **typed):
            return client.post(reverse("subsidy-act", args=[programme, name]), typed).status_code

        rules = RULES | {"regions": "32、 33", "industries": "C34", "lessee_cap": "5", "least": ""}
        assert act(first, "rules", **rules | {"valid_from": "2001-01-01"}) == 400
        assert act(first, "rules", **rules, kinds=["SME"], components=["per_unit"], with_vat="on") == 302
        made = SubsidyRules.objects.last()
        assert (made.regions, made.lessee_cap_minor, made.with_vat) == (["32", "33"], 500, True)
        assert act(first, "budget", budget="1", basis="B") == 400
        assert act(first, "budget", budget="326.71", basis="B") == 302
        assert act(first, "assess") == 302
        assert act(first, "nothing") == 404
        assert act(lessee, "assess") == 403
        admit = {"admitted_on": "2999-01-01", "basis": "B"}
        assert act(first, "admit", credit_code="X", **admit) == 400
        assert act(first, "admit", credit_code=desk.scene.lessee.credit_code, **admit) == 302
        end = reverse("subsidy-admission-end", args=[SubsidyAdmission.objects.get().public_id])
        assert lessee.post(end).status_code == 404
        assert first.post(end).status_code == first.post(end).status_code == 302
        assert act(first, "settle", month="2026-12-01") == 400
        assert act(first, "settle", month="2026-11-01") == 302
        found = SubsidySettlement.objects.get().public_id

        def move(client, name, **typed):
            return client.post(reverse("subsidy-settlement-move", args=[found, name]), typed).status_code

        assert page(first, "subsidy-settlement", found).status_code == 200
        assert move(first, "drop") == move(first, "submit") == 400
        assert move(first, "nothing") == 404
        assert move(second, "submit") == 302
        assert move(first, "confirm", answer="A", lower="") == 302
        assert move(second, "pay", paid_on="2026-12-02", bank_reference="B") == 302
        assert "326.71" in page(first, "subsidy-settlement", found).content.decode()
        assert first.get(reverse("subsidy-settlement", args=[found]), {"format": "csv"}).status_code == 200
        assert page(first, "subsidy", programme).status_code == 200
