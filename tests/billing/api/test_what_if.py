"""A period rated again under another plan: over REST and on its page; nothing is written."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.actions import invoices
from billing.models import Invoice, InvoiceLine
from billing.web.what_if import numbers
from leasing.models import Lease
from marketplace.rules.pricing import PricePlan
from tests.billing import world
from tests.billing.test_tariffs import PLAN
from tests.factories import marketplace as factory
from tests.marketplace.rules.pricing.plans import base, document, fee, hours, parts
from tests.spreadsheets import both

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
START = world.midnight("2026-10-15").isoformat()


@pytest.fixture
def billed(by_part, monkeypatch):
    """Return a billed lease: four parts at 380.00, 1,200.00 a month, 3 % for the platform."""
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=20), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    monkeypatch.setattr(timezone, "now", lambda: DUE)
    return by_part


def address(scene):
    return f"/api/v1/leases/{scene.lease.public_id}/what-if/"


def kept():
    """All that a comparison could have written."""
    return (
        list(Invoice.objects.order_by("pk").values()),
        list(InvoiceLine.objects.order_by("pk").values()),
        list(Lease.objects.order_by("pk").values()),
    )


class TestRest:
    def test_shows_both_amounts_and_writes_nothing(self, billed, keyed):
        before, client = kept(), keyed(billed.buyer, billed.lessee)
        other = document(base("1200.00"), parts("300.00"), fee("0.03", id="service"))

        answer = client.post(address(billed), {"from": START, "price_plan": other}, format="json")

        assert answer.status_code == 200, answer.json()
        shown = answer.json()
        assert [
            (line["component"], line["present_minor"], line["other_minor"], line["difference_minor"])
            for line in shown["lines"]
        ] == [
            ("base", 65806, 65806, 0),
            ("parts", 152000, 120000, -32000),
            ("service", 6534, 5574, -960),
        ]
        assert (shown["present_minor"], shown["other_minor"], shown["difference_minor"]) == (
            224340,
            191380,
            -32960,
        )
        assert (shown["final"], shown["currency"]) == (True, "CNY")
        assert kept() == before

    def test_changes_the_price_inside_the_period(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee)
        other = billed.lease.agreed.price_plan.dump()
        other["components"][1]["price"] = "300.00"

        def asked(moment):
            body = {"from": START, "price_plan": other, "effective_from": moment.isoformat()}
            return client.post(address(billed), body, format="json").json()

        first, last = asked(NINE), asked(NINE + timedelta(hours=1))

        assert [line["difference_minor"] for line in first["lines"]] == [0, -32000, -960]
        assert [line["difference_minor"] for line in last["lines"]] == [0, 0, 0]
        assert asked(NINE + timedelta(minutes=7))["errors"][0]["pointer"] == "/effective_from"

    def test_names_the_periods_and_the_plan(self, billed, keyed):
        shown = keyed(billed.owner, billed.lessor).get(address(billed)).json()

        assert [period["from"][:16] for period in shown["data"]] == ["2026-10-15T00:00"]
        assert shown["price_plan"] == billed.lease.agreed.price_plan.dump()

    def test_points_at_what_is_wrong(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee)

        def said(body):
            answer = client.post(address(billed), body, format="json")
            return answer.status_code, answer.json()["type"].rsplit("#", 1)[-1]

        assert said({"from": START, "price_plan": document(hours("1"))}) == (400, "what_if_invalid")
        assert said({"from": START, "price_plan": None})[0] == 400
        assert said({"from": START})[0] == 400
        assert said({"from": DUE.isoformat(), "price_plan": document(parts("1"))}) == (
            400,
            "not_a_billing_period",
        )

    def test_is_not_for_strangers(self, billed, keyed):
        stranger = factory.organization()
        client = keyed(factory.member(stranger), stranger)

        assert client.get(address(billed)).status_code == 404
        assert client.post(address(billed), {}, format="json").status_code == 404


class TestPage:
    def look(self, scene, person, **given):
        looking = Client()
        looking.force_login(person)
        looking.cookies["django_language"] = "en"
        return looking.get(reverse("what-if", args=[scene.lease.public_id]), given)

    def test_offers_the_numbers_of_the_plan(self, billed):
        text = self.look(billed, billed.buyer).content.decode()

        assert 'name="components.1.price" value="380.00"' in text
        assert "Side by side" not in text

    def test_compares_other_numbers(self, billed):
        before = kept()

        answer = self.look(billed, billed.owner, **{"from": START, "components.1.price": "300.00"})

        text = answer.content.decode()
        assert answer.status_code == 200
        assert "Side by side" in text and "¥329.60" in text and 'value="300.00"' in text
        assert kept() == before

    def test_exports_the_table(self, billed):
        given = {"from": START, "components.1.price": "300.00"}
        looking = Client()
        looking.force_login(billed.buyer)

        rows, read = both(looking, reverse("what-if", args=[billed.lease.public_id]), given)

        assert rows[-1][2:] == ["2243.40", "1913.80", "-329.60"]
        assert read[-1][4] == -329.6

    def test_names_the_number_that_is_wrong(self, billed):
        answer = self.look(billed, billed.buyer, **{"from": START, "components.1.price": "cheap"})

        assert answer.status_code == 400
        assert "Use · Parts, price: Write a number as text" in answer.content.decode()

    def test_offers_every_number_of_a_plan_with_everything(self, billed):
        names = [number.name for number in numbers(PricePlan.parse(PLAN).dump(), str)]

        assert {"components.4.bands.3.factor", "components.5.tiers.0.unit", "minimum.amount"} <= set(names)
        assert "components.4.unit" not in names
        assert len(names) == len(set(names))
