"""Loans over REST and on pages: each side sees its own, figures while they serve, and odd input is a 400."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.actions import loan_products
from billing.models import LoanApplication, LoanLicence, LoanProduct
from billing.models.loan_products import local_day
from billing.web.loan_words import data_rows
from marketplace.models.parties import Role
from marketplace.rules.identifiers import make_credit_code
from tests import once
from tests.billing.loans import world
from tests.billing.world import member
from tests.factories import marketplace as make
from tests.seeing import SeeingBrowser

PRODUCT = {
    "purpose": "UPGRADE",
    "name": "智能改造贷",
    "method": "EQUAL_PRINCIPAL",
    "day_count": "act/360",
    "yearly_percent": "5.4",
    "least_minor": 1_000_000,
    "most_minor": 9_000_000,
    "least_months": 6,
    "most_months": 24,
    "valid_from": "2026-01-01",
    "valid_until": "2999-12-31",
}


def opened():
    desk = world.desk()
    days = {"valid_until": world.START.replace(year=2999)}
    desk.product = world.publish(desk.lender, desk.banker, **days)
    return desk


desk = once.fixture(opened)


def signed_in(person):
    client = SeeingBrowser()
    client.force_login(person)
    return client


@pytest.fixture
def bank(desk):
    return signed_in(desk.banker)


@pytest.fixture
def lessee(desk):
    return signed_in(desk.scene.buyer)


def post(client, url, body=None):
    return client.post(f"/api/v1/{url}", body or {}, content_type="application/json")


def wish(desk, **changes):
    given = {
        "lease": desk.scene.lease.public_id,
        "product": desk.product.public_id,
        "amount_minor": 10_000_000,
    }
    return given | {"months": 12, "wanted_for": "Rent", "consents": ["CONTRACT", "USAGE"]} | changes


def today():
    return local_day(timezone.now())


def terms(**changes):
    day = today().isoformat()
    given = {"amount_minor": 10_000_000, "months": 12, "yearly_percent": "6"}
    return given | {"starts_on": day, "stands_until": day} | changes


class TestRest:
    def test_carries_a_loan_from_the_application_to_its_settlement(self, desk, bank, lessee):
        asked = post(lessee, "loans/", wish(desk)).json()
        url = f"loans/{asked['id']}"
        assert (asked["allowed"], asked["lease"]) == (["withdraw"], desk.scene.lease.public_id)

        seen = bank.get(f"/api/v1/{url}/").json()
        assert (seen["lease"], sorted(seen["handed_over"])) == (None, ["CONTRACT", "USAGE"])
        offered = post(bank, f"{url}/offer/", terms()).json()
        assert offered["schedule"][11]["payment_minor"] == 860_669
        accepted = post(lessee, f"{url}/accept/", {"digest": offered["offer"]["digest"]}).json()
        assert accepted["status"] == "ACCEPTED"
        day = today().isoformat()
        assert (
            post(bank, f"{url}/pay-out/", {"paid_on": day, "reference": "A"}).json()["status"] == "PAID_OUT"
        )
        body = {"paid_on": day, "reference": "B", "amount_minor": 860_664}
        paid = post(bank, f"{url}/repay/", body).json()
        assert (paid["schedule"][0]["state"], paid["overdue_minor"]) == ("PAID", 0)
        back = post(bank, f"{url}/take-back/", {"position": 1, "reason": "Returned"}).json()
        assert back["schedule"][0]["paid_minor"] == 0

        figure = lessee.get(f"/api/v1/{url}/early-settlement/").json()
        assert (figure["total_minor"], figure["price_minor"], figure["due_minor"]) == (10_100_000, 100_000, 0)
        body = {"paid_on": day, "reference": "C", "amount_minor": 10_100_000}
        done = post(bank, f"{url}/settle/", body).json()

        assert done["status"] == "SETTLED"
        assert bank.get(f"/api/v1/{url}/").json()["handed_over"] == {}
        assert lessee.get(f"/api/v1/{url}/").json()["handed_over"] != {}
        moves = [one["move"] for one in lessee.get(f"/api/v1/{url}/history/").json()["data"]]
        assert moves == ["apply", "offer", "accept", "pay_out", "repay", "take_back", "settle"]

    def test_shows_a_loan_to_its_two_sides_alone(self, desk, bank, lessee):
        loan = desk.apply()
        url = f"/api/v1/loans/{loan.public_id}/"
        other, _ = world.licensed(desk.scene, "Another bank")
        out = [desk.scene.owner, member(desk.scene.platform), make.member(other)]
        out += [member(desk.scene.lessee, Role.VIEWER), member(desk.lender, Role.OPERATOR)]
        for person in out:
            client = signed_in(person)
            assert client.get(url).status_code == 404
            assert client.get(f"/loans/{loan.public_id}/").status_code == 404
            assert client.get("/api/v1/loans/").json()["data"] == []
            assert post(client, f"loans/{loan.public_id}/decline/", {"reason": "x"}).status_code == 404
        assert bank.get(url).status_code == lessee.get(url).status_code == 200
        assert post(bank, f"loans/{loan.public_id}/withdraw/").status_code == 403
        assert LoanApplication.objects.get().status == "APPLIED"

    def test_shows_the_lender_no_figures_once_it_has_declined(self, desk, bank):
        loan = desk.apply()

        answer = post(bank, f"loans/{loan.public_id}/decline/", {"reason": "Too young"}).json()

        assert answer["status"] == "DECLINED"
        assert bank.get(f"/api/v1/loans/{loan.public_id}/").json()["handed_over"] == {}

    def test_answers_of_moves_hold_no_figures_as_they_are_kept_for_who_sends_them_again(
        self, desk, bank, lessee
    ):
        url = f"loans/{desk.apply().public_id}"

        offered = post(bank, f"{url}/offer/", terms()).json()
        accepted = post(lessee, f"{url}/accept/", {"digest": offered["offer"]["digest"]}).json()

        seen = bank.get(f"/api/v1/{url}/").json()
        assert sorted(seen["handed_over"]) == ["CONTRACT", "INVOICES"]
        assert set(offered) == set(accepted) == set(seen) - {"handed_over"}

    def test_publishes_and_withdraws_a_product(self, desk, bank, lessee):
        made = post(bank, "loan-products/", PRODUCT).json()
        assert (made["yearly_percent"], made["fee_percent"]) == ("5.400000", "0.000000")
        known = lessee.get("/api/v1/loan-products/?purpose=UPGRADE").json()["data"]
        assert [one["id"] for one in known] == [made["id"]]
        assert post(lessee, f"loan-products/{made['id']}/withdraw/").status_code == 403
        assert post(bank, f"loan-products/{made['id']}/withdraw/").status_code == 200
        assert lessee.get(f"/api/v1/loan-products/{made['id']}/").status_code == 404
        assert post(lessee, "loan-products/", PRODUCT).status_code == 409

    def test_records_licences_as_the_platform(self, desk, bank):
        body = {"organization": desk.lender.credit_code, "number": "B-9", "authority": "NFRA"}
        body |= {"valid_from": "2026-01-01", "valid_until": "2030-01-01"}
        platform = signed_in(member(desk.scene.platform))
        assert post(bank, "loan-licences/", body).status_code == 403
        assert post(platform, "loan-licences/", body | {"organization": "nobody"}).status_code == 400
        made = post(platform, "loan-licences/", body)
        assert (made.status_code, made.json()["holds_now"]) == (201, True)
        assert bank.get("/api/v1/loan-licences/").json()["data"][0]["number"] == "B-9"

    def test_tells_nobody_but_the_platform_which_credit_codes_are_known(self, desk, lessee):
        body = {"number": "B-9", "authority": "NFRA", "valid_from": "2026-01-01", "valid_until": "2030-01-01"}
        codes = (desk.lender.credit_code, make_credit_code("91320594", "MA999999"))
        known, unknown = (post(lessee, "loan-licences/", body | {"organization": one}) for one in codes)

        assert known.status_code == unknown.status_code == 403
        assert known.json()["code"] == unknown.json()["code"] == "missing_right"
        assert LoanLicence.objects.count() == 1

    def test_lists_all_licences_to_the_platform_and_to_a_lender_its_own(self, desk, keyed):
        other, _ = world.licensed(desk.scene, "Another bank", number="B-7")
        platform = desk.scene.platform

        seen = [
            {one["organization"] for one in client.get("/api/v1/loan-licences/").json()["data"]}
            for client in (keyed(member(platform), platform), keyed(desk.banker, desk.lender))
        ]

        assert seen == [{desk.lender.public_id, other.public_id}, {desk.lender.public_id}]

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount_minor": 10**40},
            {"amount_minor": "1e9"},
            {"amount_minor": None},
            {"months": -1},
            {"months": True, "amount_minor": []},
            {"wanted_for": "a\x00b"},
            {"consents": "CONTRACT"},
            {"consents": [["CONTRACT"]]},
            {"consents": []},
            {"consents": ["TELEMETRY"]},
        ],
    )
    def test_refuses_odd_applications(self, desk, lessee, changes):
        assert post(lessee, "loans/", wish(desk, **changes)).status_code == 400
        assert not LoanApplication.objects.exists()

    @pytest.mark.parametrize("named", ["lease", "product"])
    def test_knows_no_lease_or_product_of_others(self, desk, lessee, named):
        assert post(lessee, "loans/", wish(desk, **{named: "lea_0"})).status_code == 404
        assert post(signed_in(make.member(make.organization())), "loans/", wish(desk)).status_code == 404
        assert not LoanApplication.objects.exists()

    @pytest.mark.parametrize(
        "changes",
        [
            {"yearly_percent": "NaN"},
            {"yearly_percent": "1e400"},
            {"starts_on": "0001-01-01"},
            {"starts_on": "9999-12-31"},
            {"stands_until": "9999-12-31", "starts_on": "9999-12-31"},
            {"amount_minor": 10**13, "months": 120},
        ],
    )
    def test_refuses_odd_offers(self, desk, bank, changes):
        loan = desk.apply()

        assert post(bank, f"loans/{loan.public_id}/offer/", terms(**changes)).status_code == 400
        assert not loan.offers.exists()

    def test_gives_no_figure_of_a_day_before_the_payout(self, desk, lessee):
        loan = desk.paid_out()
        for day, code in (("0001-01-01", 400), ("2999-12-31", 200), ("9999-12-31", 200), ("x", 400)):
            answer = lessee.get(f"/api/v1/loans/{loan.public_id}/early-settlement/?on={day}")
            assert answer.status_code == code, answer.json()

    def test_gives_no_figure_of_a_loan_that_is_settled(self, desk, lessee):
        loan = desk.paid_out()
        desk.settle(loan, 10_100_000, world.START)

        answer = lessee.get(f"/api/v1/loans/{loan.public_id}/early-settlement/?on=2026-12-01").json()

        assert {name: value for name, value in answer.items() if name.endswith("_minor") and value} == {}
        assert "total_minor" in answer

    def test_shows_the_lessee_what_it_would_hand_over(self, desk, bank, lessee):
        url = f"/api/v1/leases/{desk.scene.lease.public_id}/loan-data/"

        data = lessee.get(url).json()["data"]
        assert sorted(data) == ["CONTRACT", "INVOICES", "PAYMENTS", "USAGE"]
        assert data["CONTRACT"]["starts_at"].endswith("+08:00")
        first = next(iter(data_rows({"CONTRACT": data["CONTRACT"]})[0]["rows"]))
        begins, ends = desk.scene.lease.starts_at, desk.scene.lease.ends_at - timedelta(microseconds=1)
        zone = desk.scene.lease.agreed.zone
        days = [str(one.astimezone(zone).date()) for one in (begins, ends)]
        assert [cell for _, cell in first][4:6] == days
        assert signed_in(desk.scene.owner).get(url).status_code == bank.get(url).status_code == 404


class TestPages:
    def test_carry_a_loan_to_its_payout(self, desk, bank, lessee):
        new = reverse("lease-loan", args=[desk.scene.lease.public_id])
        shown = lessee.get(new).content.decode()
        assert "2,461.21" in shown
        form = {"product": desk.product.public_id, "amount": "100000", "months": "12", "wanted_for": "Rent"}
        assert lessee.post(new, form | {"amount": "1"}).status_code == 400
        assert lessee.post(new, form | {"consents": ["INVOICES"], "amount": "1"}).status_code == 400
        made = lessee.post(new, form | {"consents": ["INVOICES"]})
        page = made["Location"]
        assert "2,461.21" in bank.get(page).content.decode()

        day = {"starts_on": today(), "stands_until": today()}
        wrong = bank.post(
            f"{page}moves/offer/", {"amount": "100000", "months": "12", "yearly_percent": "7"} | day
        )
        assert wrong.status_code == 400
        bank.post(f"{page}moves/offer/", {"amount": "100000", "months": "12", "yearly_percent": "6"} | day)
        shown = lessee.get(page).content.decode()
        assert "8,606.69" in shown
        digest = LoanApplication.objects.get().offers.get().digest
        lessee.post(f"{page}moves/accept/", {"digest": digest})
        bank.post(f"{page}moves/pay_out/", {"paid_on": today(), "reference": "A"})
        bank.post(f"{page}moves/repay/", {"paid_on": today(), "reference": "B", "amount": "8606.64"})

        file = lessee.get(f"{page}?format=csv").content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(file)))
        assert [rows[1][4], rows[1][5], rows[12][4]] == ["8606.64", "8606.64", "8606.69"]
        assert len(list(csv.reader(io.StringIO(bank.get("/loans/?format=csv").content.decode())))) == 2
        assert LoanApplication.objects.get().status == "PAID_OUT"

    def test_say_in_chinese_what_is_offered_and_what_is_due(self, desk, lessee):
        page = reverse("loan", args=[desk.paid_out().public_id])

        shown = lessee.get(page, headers={"accept-language": "zh-hans"}).content.decode()

        assert "方案内容" in shown
        assert shown.count('data-label="应还金额"') == 13
        assert "出售内容" not in shown
        assert "租金" not in shown.split("方案内容")[1].split("</table>")[0]
        file = lessee.get(f"{page}?format=csv", headers={"accept-language": "zh-hans"}).content.decode()
        assert "应还金额" in file.splitlines()[0]

    def test_refuse_what_is_no_move(self, desk, bank):
        page = reverse("loan", args=[desk.apply().public_id])

        assert bank.post(f"{page}moves/dance/").status_code == 404
        assert bank.post(f"{page}moves/repay/", {"amount": "1e999", "paid_on": "x"}).status_code == 400

    def test_publish_and_withdraw_products(self, desk, bank, lessee):
        url = reverse("loan-products")
        typed = PRODUCT | {"least": "10000", "most": "90000", "fee_percent": "0", "early_percent": "0"}
        assert lessee.post(url, typed).status_code == 400
        assert bank.post(url, typed | {"least": "90000.01"}).status_code == 400
        assert bank.post(url, typed).status_code == 302
        made = LoanProduct.objects.get(purpose="UPGRADE")
        assert (made.least_minor, made.yearly_percent) == (1_000_000, Decimal("5.4"))
        assert "智能改造贷" in lessee.get(url).content.decode()

        withdraw = reverse("loan-product-withdraw", args=[made.public_id])
        assert lessee.post(withdraw).status_code == 404
        bank.post(withdraw)
        bank.post(withdraw)
        made.refresh_from_db()
        assert made.withdrawn_at is not None

    def test_say_when_no_lender_offers_anything(self, desk, lessee):
        at = timezone.now() + timedelta(seconds=1)
        for one in LoanProduct.objects.all():
            loan_products.withdraw(product=one, at=at, **desk.lends)

        shown = lessee.get(reverse("lease-loan", args=[desk.scene.lease.public_id]))
        assert shown.status_code == 200
        assert '<form class="panel" method="post">' not in shown.content.decode()
