"""Funds over REST and on pages: each side sees its own, nobody else a claim, and odd input is a 400."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.actions import fund_claims, funds
from billing.models import FundClaim, FundTransfer
from marketplace.models.parties import Role
from tests import once
from tests.billing.funds import world
from tests.billing.funds.world import OVERDUE
from tests.billing.world import member
from tests.factories import marketplace as make
from tests.seeing import SeeingBrowser

TAKEN = [{**one, "done_on": one["done_on"].isoformat()} for one in world.TAKEN]
RULES = {
    "valid_from": "2999-01-01",
    "basis": "B",
    "levy_per_mille": "4.5",
    "match_percent": "100",
    "cover_percent": "60",
    "waiting_days": 30,
    "steps": ["REMINDER"],
}
desk = once.fixture(world.desk)


@pytest.fixture(autouse=True)
def later(monkeypatch):
    """Let it be the day on which the invoice may be claimed."""
    monkeypatch.setattr(timezone, "now", lambda: OVERDUE)


def signed_in(person):
    client = SeeingBrowser()
    client.force_login(person)
    return client


@pytest.fixture
def owner(desk):
    return signed_in(desk.scene.owner)


@pytest.fixture
def first(desk):
    return signed_in(desk.first)


@pytest.fixture
def second(desk):
    return signed_in(desk.second)


def post(client, url, body=None):
    return client.post(f"/api/v1/{url}", body or {}, content_type="application/json")


def claimed(desk, client, **changes):
    given = {"invoice": desk.invoice.public_id, "collection": TAKEN, "deposit_minor": 6_121}
    return post(client, "fund-claims/", given | changes)


class TestRest:
    def test_carries_a_claim_from_the_owner_to_its_payment(self, desk, owner, first, second):
        desk.endow(500_000)
        made = claimed(desk, owner).json()
        url = f"fund-claims/{made['id']}"
        assert (made["allowed"], made["loss_minor"]) == (["withdraw"], 0)
        assert post(first, f"{url}/review/").json()["amount_minor"] == 120_000
        done = post(second, f"{url}/approve/").json()
        assert (done["status"], done["allowed"]) == ("APPROVED", [])
        assert done["waterfall"][-1] == {"rung": "BALANCE", "limit_minor": 500_000, "left_minor": 120_000}

        body = {"fund": desk.fund.public_id, "kind": "CLAIM_PAID", "claim": made["id"]}
        body |= {"amount_minor": 120_000, "moved_on": OVERDUE.date().isoformat(), "reference": "B-1"}
        paid = post(first, "fund-transfers/", body).json()
        assert owner.get(f"/api/v1/{url}/").json()["transfers"] == []  # nobody has confirmed it
        assert post(first, f"fund-transfers/{paid['id']}/confirm/").status_code == 403
        assert post(second, f"fund-transfers/{paid['id']}/confirm/").json()["stage"] == "CONFIRMED"
        seen = owner.get(f"/api/v1/{url}/").json()
        assert (seen["status"], seen["taken_over_minor"]) == ("PAID", 120_000)
        assert seen["waterfall"][-1] == {"rung": "BALANCE", "limit_minor": None, "left_minor": 120_000}
        assert [one["reference"] for one in seen["transfers"]] == ["B-1"]
        moves = [one["move"] for one in owner.get(f"/api/v1/{url}/history/").json()["data"]]
        assert moves == ["claim", "review", "approve", "pay"]

    def test_opens_rules_and_lists_funds(self, desk, owner):
        chief = signed_in(desk.chief)
        made = post(chief, "funds/", {"code": "F7", "name": "New"})
        assert made.status_code == 201
        url = f"funds/{made.json()['id']}"
        assert post(owner, f"{url}/join/").json()["code"] == "fund_without_rules"
        assert post(chief, f"{url}/rules/", RULES).json()["number"] == 1
        assert post(owner, f"{url}/rules/", RULES).status_code == 403
        mine, theirs = (one.get(f"/api/v1/funds/{desk.fund.public_id}/").json() for one in (owner, chief))
        assert (mine["takes_part"], mine["standing"]) == (True, None)
        assert (theirs["takes_part"], theirs["standing"]["due_minor"]) == (False, 2_178)
        assert post(owner, f"funds/{desk.fund.public_id}/leave/").json()["takes_part"] is False
        assert post(owner, f"funds/{desk.fund.public_id}/join/").json()["takes_part"] is True
        assert post(chief, f"funds/{desk.fund.public_id}/assess/").json() == {"assessed": 0}

    def test_shows_each_side_its_own(self, desk, owner, first):
        made = claimed(desk, owner).json()
        desk.propose("CONTRIBUTION", 1, "B-9")
        stranger = signed_in(make.member(make.organization("Stranger")))
        lessee, viewer = signed_in(desk.scene.buyer), signed_in(member(desk.scene.lessor, Role.VIEWER))
        lists = ("fund-claims", "fund-contributions", "fund-transfers")
        for client, counts in (
            *((one, (0, 0, 0)) for one in (stranger, lessee, viewer)),
            (owner, (1, 1, 0)),
            (first, (1, 1, 1)),
        ):
            got = tuple(len(client.get(f"/api/v1/{name}/").json()["data"]) for name in lists)
            assert got == counts
        for client in (stranger, lessee, viewer):
            assert client.get(f"/api/v1/fund-claims/{made['id']}/").status_code == 404
            assert post(client, f"fund-claims/{made['id']}/withdraw/").status_code == 404
            assert claimed(desk, client).status_code in (403, 404)
            assert client.get(reverse("fund-claim", args=[made["id"]])).status_code == 404

    def test_a_transfer_is_dropped_with_a_reason(self, desk, first):
        one = desk.propose("CONTRIBUTION", 1, "B-9")
        assert post(first, f"fund-transfers/{one.public_id}/drop/", {}).status_code == 400
        made = post(first, f"fund-transfers/{one.public_id}/drop/", {"reason": "Typed twice"})
        assert made.json()["stage"] == "DROPPED"

    @pytest.mark.parametrize(
        "change",
        [
            {"invoice": "inv_nothing"},
            {"invoice": "\0"},
            {"collection": "x"},
            {"collection": [{"kind": "X", "done_on": "2026-12-01", "reference": "1"}]},
            {"collection": [{"kind": "REMINDER", "done_on": "0000-00-00", "reference": "1"}]},
            {"collection": []},
            {"deposit_minor": "NaN"},
            {"deposit_minor": -1},
            {"deposit_minor": 10**30},
            {"note": "a\0b"},
        ],
    )
    def test_odd_claims_are_refused(self, desk, owner, change):
        assert claimed(desk, owner, **change).status_code in (400, 404)
        assert not FundClaim.objects.exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"levy_per_mille": "NaN"},
            {"levy_per_mille": "Infinity"},
            {"cover_percent": "101"},
            {"waiting_days": 10**20},
            {"year_cap_minor": 10**20},
            {"steps": ["X"]},
            {"valid_from": "2001-01-01"},
            {"basis": "\0"},
        ],
    )
    def test_odd_rules_are_refused(self, desk, change):
        chief = signed_in(desk.chief)
        got = post(chief, f"funds/{desk.fund.public_id}/rules/", RULES | change)
        assert got.status_code == 400
        assert desk.fund.rules.count() == 1

    @pytest.mark.parametrize("change", [{"fund": "x"}, {"claim": "x"}, {"kind": "X"}, {"amount_minor": 0}])
    def test_odd_payments_are_refused(self, desk, first, change):
        body = {"fund": desk.fund.public_id, "kind": "CONTRIBUTION", "amount_minor": 1}
        body |= {"moved_on": "2027-01-01", "reference": "B"}
        assert post(first, "fund-transfers/", body | change).status_code in (400, 404)
        assert not FundTransfer.objects.exists()


def page(client, name, *args, **given):
    return client.get(reverse(name, args=args), **given)


class TestPages:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_lead_an_owner_from_the_invoice_to_its_claim(self, desk, owner, language):
        says = {"HTTP_ACCEPT_LANGUAGE": language}
        invoice = desk.invoice.public_id
        link = reverse("invoice-fund-claim", args=[invoice])
        assert link in page(owner, "invoice", invoice, **says).content.decode()
        assert page(owner, "invoice-fund-claim", invoice, **says).status_code == 200
        typed = {"deposit": "61.21", "note": ""}
        for one in TAKEN:
            typed |= {f"{one['kind']}_day": one["done_on"], f"{one['kind']}_paper": one["reference"]}
        assert owner.post(link, {}, **says).status_code == 400
        made = owner.post(link, typed, **says)
        again = page(owner, "invoice-fund-claim", invoice, **says).content.decode()
        assert '<form class="panel"' not in again
        assert reverse("fund-claim", args=[FundClaim.objects.get().public_id]) in again
        found = FundClaim.objects.get()
        assert made["Location"] == reverse("fund-claim", args=[found.public_id])
        assert found.deposit_minor == 6_121
        assert page(owner, "fund-claim", found.public_id, **says).status_code == 200
        text = page(owner, "funds", **says).content.decode()
        assert str(desk.invoice) in text
        assert owner.get(reverse("funds"), {"format": "csv"}).status_code == 200

    def test_lead_the_fund_from_review_to_payment(self, desk, first, second):
        desk.endow(500_000)
        made = desk.claim()

        def move(client, name, **typed):
            return client.post(reverse("fund-claim-move", args=[made.public_id, name]), typed).status_code

        assert move(first, "review") == 302
        assert move(first, "approve") == 400
        assert move(first, "reject") == 400
        assert move(first, "nothing") == 404
        assert move(second, "approve") == 302
        typed = {"kind": "CLAIM_PAID", "amount": "1230.60", "moved_on": "2027-01-25", "reference": "B-1"}
        assert move(first, "pay", **typed) == 400
        assert move(first, "pay", **typed | {"amount": "1230.61"}) == 302
        paid = FundTransfer.objects.get()
        url = reverse("fund-transfer-decide", args=[paid.public_id, "confirm"])
        first.post(url)
        assert FundTransfer.objects.get().stage == "PROPOSED"
        assert second.post(url)["Location"] == reverse("fund-claim", args=[made.public_id])
        assert FundTransfer.objects.get().stage == "CONFIRMED"
        assert page(first, "fund-claim", made.public_id).status_code == 200

    def test_let_the_platform_open_rule_and_pay_over(self, desk, first, second):
        chief, fund = signed_in(desk.chief), desk.fund.public_id

        def act(client, name, **typed):
            return client.post(reverse("fund-act", args=[fund, name]), typed).status_code

        assert chief.post(reverse("funds"), {"code": "F8", "name": "新基金"}).status_code == 302
        assert chief.post(reverse("funds"), {"code": "P", "name": "X"}).status_code == 400
        assert first.post(reverse("funds"), {"code": "F8", "name": "X"}).status_code == 404
        typed = RULES | {"year_cap": "1000", "lessee_cap": "", "owner_cap": "", "floor": ""}
        assert act(chief, "rules", **typed | {"valid_from": "2001-01-01"}) == 400
        assert act(chief, "rules", **typed) == 302
        assert desk.fund.rules.last().year_cap_minor == 100_000
        assert act(first, "assess") == 302
        assert act(first, "nothing") == 404
        paid = {"amount": "21.78", "moved_on": "2027-01-25", "reference": "B-1"}
        assert act(first, "pay-over", **paid | {"amount": "21.79"}) == 400
        assert act(first, "pay-over", **paid) == 302
        one = FundTransfer.objects.get()
        decide = reverse("fund-transfer-decide", args=[one.public_id, "drop"])
        second.post(decide, {"reason": ""})
        assert second.post(reverse("fund-transfer-decide", args=[one.public_id, "x"])).status_code == 404
        second.post(decide, {"reason": "Typed twice"})
        assert FundTransfer.objects.get().stage == "DROPPED"
        text = page(first, "fund", fund).content.decode()
        assert "B-1" in text

    def test_let_an_owner_leave_and_take_part(self, desk, owner):
        fund = desk.fund.public_id
        for name, left in (("leave", True), ("join", False)):
            assert owner.post(reverse("fund-act", args=[fund, name])).status_code == 302
            membership = desk.fund.memberships.order_by("pk").last()
            assert (membership.left_at is not None) is left
        text = page(owner, "fund", fund).content.decode()
        assert str(desk.invoice) in text
        assert "2,178.06" in text
        assert owner.post(reverse("fund-act", args=[fund, "assess"])).status_code == 403

    def test_an_invoice_that_bore_no_levy_says_so(self, desk, owner):
        funds.leave(fund=desk.fund, at=OVERDUE, **desk.owns)
        lessee = signed_in(desk.scene.buyer)
        assert page(lessee, "invoice-fund-claim", desk.invoice.public_id).status_code == 404
        made = desk.claim()
        fund_claims.withdraw(claim=made, at=OVERDUE, **desk.owns)
        assert page(owner, "fund-claim", made.public_id).status_code == 200
