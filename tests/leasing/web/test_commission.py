"""The pages of commissions: proposed, approved, looked up, and told to an owner before it agrees."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leasing.actions import offers
from leasing.models import CommissionProposal, CommissionRate
from leasing.rules.commission import local_day
from marketplace.models import Category, Listing
from marketplace.shared import clock
from tests.leasing import financed, tariff
from tests.leasing.world import DECIDED

pytestmark = pytest.mark.django_db
HOME, NEW = "/platform/commission/", "/platform/commission/new/"
LONG_AGO = DECIDED - timedelta(days=60)


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def page(person, address=HOME, code=200, **query):
    answer = client(person).get(address, query)
    assert answer.status_code == code
    return answer.content.decode()


@pytest.fixture
def desk():
    return tariff.desk()


def in_a_week():
    return local_day(clock.now()) + timedelta(days=8)


def put(person, code=200, **given):
    given = {
        "scope": "DEFAULT",
        "what": "SET",
        "percent": "8",
        "starts_on": in_a_week(),
        "reason": "Board",
    } | given
    answer = client(person).post(NEW, given, follow=True)
    assert answer.status_code == code
    return answer.content.decode()


def act(person, proposal, verb):
    answer = client(person).post(reverse("commission-act", args=[proposal.public_id, verb]), follow=True)
    return answer.content.decode()


def test_one_proposes_and_another_approves(desk):
    assert "No rate is set" in page(desk.clerk)
    said = put(desk.clerk)
    proposal = CommissionProposal.objects.get()
    assert "You proposed this. Another person approves it." in said
    assert "Your role" in act(desk.clerk, proposal, "approve")
    assert not CommissionRate.objects.exists()
    assert "Commission rates to approve" in page(desk.chief, "/platform/")

    assert "The owners concerned are told" in act(desk.chief, proposal, "approve")

    told = page(desk.clerk)
    assert "To come" in told and "8 %" in told
    assert "was decided already" in act(desk.chief, proposal, "withdraw")
    assert act(desk.chief, proposal, "eat").count("Not found") or CommissionRate.objects.count() == 1


def test_bad_input_stays_at_its_field_and_stores_nothing(desk):
    for given in (
        {"percent": "100"},
        {"percent": "-1"},
        {"percent": "eight"},
        {"starts_on": local_day(clock.now())},
        {"starts_on": "9999-12-31"},
        {"scope": "CATEGORY"},
        {"owner": "nobody"},
        {"reason": ""},
        {"percent": ""},
        {"what": "END"},
        {"what": ""},
    ):
        assert "error" in put(desk.clerk, 400, **given), given
    assert not CommissionProposal.objects.exists()
    page(desk.clerk, on="1999-01-01", code=400)


def test_the_preview_says_which_applies_why_and_the_cost_to_the_fen(desk, world):
    desk.set("0.10", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO, owner=world.lessor)

    said = page(desk.clerk, owner=world.lessor.credit_code, category="", on="")

    assert "by the rate for: 宁波精工" in said
    for amount in ("¥10,000.00", "¥1,000.00", "¥60.00", "¥1,060.00"):
        assert amount in said
    assert "No rate applies" in page(desk.clerk, owner=world.stranger.credit_code)


def test_all_rates_are_a_file(desk):
    desk.set("0.08", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
    desk.set(None, local_day(LONG_AGO) + timedelta(days=20), LONG_AGO)
    answer = client(desk.clerk).get(HOME, {"format": "csv"})
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    assert "over,all owners,all owners,0.08000,2026-01-02,2026-01-12,Agreed by the board" in text
    assert "Rates that are over" in page(desk.clerk)


def test_others_than_the_platform_find_nothing(world, desk):
    for address in (HOME, NEW):
        page(world.clerk, address, code=404)


def test_an_end_is_chosen_and_not_an_empty_share(desk):
    desk.set("0.08", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
    assert "Enter the share of the rate that is set." in put(desk.clerk, 400, percent="")
    assert "a rate that ends has no share" in put(desk.clerk, 400, what="END")
    assert not CommissionProposal.objects.filter(state="PROPOSED").exists()

    put(desk.clerk, what="END", percent="")

    assert CommissionProposal.objects.get(state="PROPOSED").rate is None


def test_what_was_replaced_is_in_the_history_and_a_past_day_has_nothing_to_come(desk):
    first = local_day(LONG_AGO) + timedelta(days=10)
    desk.set("0.08", first, LONG_AGO)
    desk.set("0.10", first + timedelta(days=10), LONG_AGO)
    assert "10 %" not in page(desk.clerk, on=first.isoformat()).split('id="preview"')[1].split("<details")[0]
    desk.set("0.80", in_a_week(), clock.now())
    assert "to come" in page(desk.clerk, on=local_day(clock.now()).isoformat())
    desk.set("0.09", in_a_week(), clock.now())

    said = page(desk.clerk)

    assert "replaced before it began" in said.split("Earlier rates and decisions")[1]
    assert "80 %" not in said.split("To come")[1].split("Which rate applies?")[0]
    answer = client(desk.clerk).get(HOME, {"format": "csv"})
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    assert "replaced before it began,all owners,all owners,0.80000" in text


class TestAnOwner:
    def test_is_told_before_it_accepts_and_after(self, world, desk):
        desk.set("0.10", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
        lease = world.ask()
        addresses = [reverse(name, args=[lease.public_id]) for name in ("lease", "lease-offer")]
        cost = "Of ¥10,000.00 before tax you pay ¥1,000.00 + VAT (6 %) ¥60.00 = ¥1,060.00."
        for address in addresses:
            browser = client(world.owner)
            with CaptureQueriesContext(connection) as made:
                said = browser.get(address).content.decode()
            assert len(made) <= 12
            assert "If the contract is concluded today" in said
            assert cost in said
            assert "commission" not in page(world.buyer, address).lower()
            assert cost not in page(world.watcher, address)

        offers.accept(lease=lease, by=world.owner, at=DECIDED)

        held = page(world.owner, addresses[0])
        assert "The contract holds <strong>10 %</strong>" in held
        assert cost in held

    def test_without_an_offer_reads_what_is_true_of_its_machines_or_of_all_categories(self, world, desk):
        day = local_day(LONG_AGO) + timedelta(days=10)
        desk.set("0.08", day, LONG_AGO)
        desk.set("0.15", day, LONG_AGO, category=world.listing.category)
        Listing.objects.update(status="DRAFT")
        assert "Machining centre · 15 %" in page(world.clerk, "/income/")
        Listing.objects.update(status="RETIRED")  # its machines are left
        assert "Machining centre · 15 %" in page(world.clerk, "/income/")

        world.stranger.kind = "MAKER"
        world.stranger.save(update_fields=["kind"])
        said = page(world.outsider, "/income/")
        assert "Machining centre · 15 %" in said
        assert "Every other category · 8 %" in said

    def test_is_told_that_instalments_bear_none(self, world):
        financed.license_lessor(world)
        tariff.desk().set("0.08", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
        lease = financed.contracted(world)

        said = page(world.owner, reverse("lease", args=[lease.public_id]))

        assert "Its instalments bear none." in said

    def test_reads_its_own_on_the_page_of_income(self, world, desk):
        desk.set("0.10", local_day(LONG_AGO) + timedelta(days=10), LONG_AGO)
        desk.set("0.06125", in_a_week(), clock.now(), owner=world.lessor)
        lathe = Category.objects.create(code="T-L", name="Lathe", name_zh="车床", family="M1", position=9)
        other = world.listing  # another offer, for which the same applies
        other.pk, other.public_id, other.category = None, "lst_other", lathe
        other.save()

        said = page(world.clerk, "/income/")

        assert "Machining centre, Lathe · 10 %" in said
        assert "6.125 %" in said
        assert "Your commission" not in page(world.buyer, "/income/")
        chinese = client(world.clerk, "zh-hans").get("/income/").content.decode()
        assert "您的佣金费率" in chinese
