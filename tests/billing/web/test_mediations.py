"""Pages of a disputed line before the platform: asked on the invoice, proposed, answered; and the lists."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from billing.web.mediations import MediationProposalForm
from tests import once
from tests.billing.mediated import ANSWERED, ASKED, PROPOSED, Mediated

pytestmark = pytest.mark.django_db


@once.fixture
def scene():
    return Mediated()


@pytest.fixture
def at(monkeypatch):
    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(ASKED)
    return set_to


@pytest.fixture
def as_(scene, client, at):
    people = {"buyer": scene.buyer, "seller": scene.seller, "platform": scene.judge}

    def sign_in(side):
        client.force_login(people[side])
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return sign_in


def rows(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_line_is_mediated_by_page(scene, as_, at):
    invoice = f"/invoices/{scene.rent.public_id}/"
    position = scene.dispute.line.position
    page = as_("buyer").get(invoice).content.decode()
    assert "Ask the platform to mediate" in page
    asked = as_("buyer").post(f"{invoice}lines/{position}/dispute/mediate/", {"reason": "Scrap"}, follow=True)
    assert "The platform is asked to mediate." in asked.content.decode()
    case = f"/mediations/{scene.case.public_id}/"
    assert case in asked.content.decode()

    at(PROPOSED)
    page = as_("platform").get(case).content.decode()
    assert "Propose it" in page and "Accept the proposal" not in page
    wrong = as_("platform").post(
        f"{case}propose/", {"amount": "1000.01", "answer_on": "2026-03-12", "text": "x"}
    )
    assert wrong.status_code == 400
    assert "Between 0 and ¥1,000.00 can be given back" in wrong.content.decode()
    made = {"amount": "320.00", "answer_on": "2026-03-12", "text": "Sixteen were not recorded"}
    as_("platform").post(f"{case}propose/", made)
    assert scene.case.amount_minor == 32_000

    at(ANSWERED)
    page = as_("buyer").get(case).content.decode()
    assert "320.00" in page and "361.60" in page and "Sixteen were not recorded" in page
    assert "While the platform mediates" in as_("seller").get(invoice).content.decode()
    as_("buyer").post(f"{case}accept/")
    assert "You have accepted." in as_("buyer").get(case).content.decode()
    done = as_("seller").post(f"{case}accept/", follow=True).content.decode()
    assert "Both sides accept the proposal." in done
    assert scene.dispute.outcome == "CONCEDED"


@pytest.mark.parametrize(
    ("currency", "text", "minor"), [("JPY", "50", 50), ("CNY", "50", 5_000), ("CNY", "0.05", 5)]
)
def test_an_amount_is_read_in_the_coins_of_its_line(currency, text, minor):
    form = MediationProposalForm({"amount": text, "answer_on": "2026-03-12", "text": "x"})
    assert form.is_valid()
    assert form.given(currency)["amount_minor"] == minor


@pytest.mark.parametrize("amount", ["x", "1.005", "1e3"])
def test_an_amount_that_is_none_is_told_at_its_field(scene, as_, at, amount):
    scene.ask()
    at(PROPOSED)
    given = {"amount": amount, "answer_on": "2026-03-12", "text": "x"}
    answer = as_("platform").post(f"/mediations/{scene.case.public_id}/propose/", given)

    assert answer.status_code == 400
    assert "Write an amount from 0 in CNY" in answer.content.decode()
    assert scene.case.state == "ASKED"


def test_what_is_told_names_no_amount_to_those_who_read_no_invoices(scene, as_, at):
    scene.ask()
    scene.propose(0)
    page = as_("buyer").get("/notifications/").content.decode()

    assert f"proposes what is given back of a line of invoice {scene.rent.number}" in page
    assert re.search(r"by the end of [^<.]*12", page)
    assert "before tax" not in page


def test_once_the_seller_has_rejected_the_page_says_so(scene, as_, at):
    scene.ask()
    scene.propose()
    scene.act("refuse", "buyer", text="No")
    scene.answer(0, at=ANSWERED + timedelta(hours=1))
    at(ANSWERED + timedelta(hours=2))
    page = as_("buyer").get(f"/mediations/{scene.case.public_id}/").content.decode()

    assert "The dispute itself is closed: Rejected by the seller." in page
    assert "stays disputed" not in page and "What stays open" not in page


def test_a_result_is_named_on_the_invoice_and_the_line_is_not_disputed_again(scene, as_, at):
    scene.ask()
    scene.propose()
    scene.act("accept", "buyer")
    scene.act("accept", "seller")
    at(ANSWERED)
    page = as_("buyer").get(f"/invoices/{scene.rent.public_id}/").content.decode()

    position = scene.dispute.line.position
    assert "Agreed before the platform" in page and "Conceded by the seller" not in page
    assert f"lines/{position}/dispute/raise/" not in page


def test_a_refusal_says_what_stays_open(scene, as_, at):
    scene.ask()
    scene.propose()
    at(ANSWERED)
    case = f"/mediations/{scene.case.public_id}/"

    empty = as_("seller").post(f"{case}refuse/", {"text": ""})
    assert (empty.status_code, scene.case.state) == (400, "PROPOSED")
    page = as_("seller").post(f"{case}refuse/", {"text": "Too much"}, follow=True).content.decode()

    assert "What stays open:" in page and "to court" in page
    refused = as_("buyer").post(f"{case}accept/", follow=True)
    assert "How this case stands does not allow that" in refused.content.decode()
    assert (scene.case.state, scene.dispute.outcome) == ("REFUSED", "OPEN")


def test_the_lists_name_it_with_its_number_and_as_files(scene, as_):
    scene.ask()
    number, case = scene.rent.number, scene.case.public_id
    page = as_("buyer").get("/mediations/").content.decode()
    assert number in page and f"/mediations/{case}/" in page and "The platform proposes an amount" in page
    (_, row) = rows(as_("buyer").get("/mediations/?format=csv"))
    assert (row[0], row[1], row[3], row[-1]) == ("Line that is mediated", number, scene.lessor.name, case)
    assert as_("buyer").get("/mediations/?format=xlsx").status_code == 200
    assert "Nothing of this kind is open" in as_("buyer").get("/mediations/?kind=DAMAGE").content.decode()
    assert as_("buyer").get("/mediations/?kind=x&format=csv").status_code == 400

    waits = as_("platform").get("/decisions/?kind=LINE").content.decode()
    assert number in waits and f"/mediations/{case}/" in waits
    (_, row) = rows(as_("platform").get("/decisions/?format=csv&kind=LINE"))
    assert (row[0], row[1], row[-1]) == ("LINE", number, case)
    assert "Nothing of this kind waits" in as_("platform").get("/decisions/?kind=DAMAGE").content.decode()
    assert "decisions" in as_("platform").get("/platform/").content.decode()


def test_the_list_offers_to_ask_the_platform_only_where_it_can_be_asked(scene, as_, at):
    offers = "you may ask the platform to mediate"
    assert offers in as_("buyer").get("/mediations/").content.decode()
    scene.ask()
    scene.propose()
    scene.act("refuse", "buyer", text="No")
    at(ANSWERED)
    page = as_("buyer").get("/mediations/").content.decode()

    assert scene.rent.number in page and "The seller answers" in page and offers not in page


def test_nothing_is_open_and_the_page_says_what_to_do(scene, as_):
    scene.withdraw(at=ASKED + timedelta(hours=1))

    assert "Nothing is open between you and others" in as_("buyer").get("/mediations/").content.decode()
