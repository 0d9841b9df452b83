"""Invoices and usage over REST."""

from datetime import timedelta

from billing.actions import invoices
from billing.models import Invoice
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


@once.fixture
def billed(by_part):
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=20), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


class TestInvoices:
    def test_are_listed_for_buyer_seller_and_platform(self, billed, keyed):
        buyer = keyed(billed.buyer, billed.lessee).get("/api/v1/invoices/").json()
        owner = keyed(billed.owner, billed.lessor).get("/api/v1/invoices/").json()
        stranger = factory.organization()

        assert len(buyer["data"]) == 2
        assert [found["seller_name"] for found in owner["data"]] == [billed.lessor.name]
        assert keyed(factory.member(stranger), stranger).get("/api/v1/invoices/").json()["data"] == []

    def test_show_lines_steps_and_windows(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee)
        paper = Invoice.objects.get(seller=billed.lessor)

        shown = client.get(f"/api/v1/invoices/{paper.public_id}/").json()
        windows = client.get(f"/api/v1/invoices/{paper.public_id}/lines/2/windows/").json()

        assert shown["gross"] == {"minor": 246121, "currency": "CNY", "amount": "2461.21"}
        assert shown["lines"][1]["steps"][0]["step"] == "measured"
        assert [day["day"] for day in windows["data"]] == ["2026-10-19"]
        assert len(windows["data"][0]["windows"]) == 1
        assert client.get(f"/api/v1/invoices/{paper.public_id}/lines/9/windows/").status_code == 404

    def test_can_be_filtered_and_refuse_what_is_unknown(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee)

        assert len(client.get("/api/v1/invoices/?period=2026-10&status=ISSUED").json()["data"]) == 2
        assert client.get(f"/api/v1/invoices/?seller={billed.platform.public_id}").json()["data"][0]["seller"]
        assert len(client.get(f"/api/v1/invoices/?lease={billed.lease.number}").json()["data"]) == 2
        assert client.get("/api/v1/invoices/?period=2026-12").json()["data"] == []
        assert client.get("/api/v1/invoices/?colour=red").status_code == 400
        assert client.get("/api/v1/invoices/?period=soon").status_code == 400

    def test_need_the_scope(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee, "leases:read")

        assert client.get("/api/v1/invoices/").status_code == 403


class TestUsage:
    def test_is_shown_by_day_and_quarter_hour(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee)

        found = client.get(
            f"/api/v1/leases/{billed.lease.public_id}/usage/?meter=parts&from=2026-10-01"
        ).json()

        assert found["zone"] == "Asia/Shanghai"
        assert [(day["day"], day["meter"], day["version"]) for day in found["data"]] == [
            ("2026-10-19", "parts", 1)
        ]
        assert found["data"][0]["provisional"] is False

    def test_refuses_bad_parameters_and_strangers(self, billed, keyed):
        stranger = factory.organization()
        address = f"/api/v1/leases/{billed.lease.public_id}/usage/"

        assert keyed(billed.buyer, billed.lessee).get(f"{address}?from=soon").status_code == 400
        assert keyed(billed.buyer, billed.lessee).get(f"{address}?meter=noise").status_code == 400
        assert keyed(factory.member(stranger), stranger).get(address).status_code == 404
