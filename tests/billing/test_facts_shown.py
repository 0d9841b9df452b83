"""The papers of what leasing recorded: lines with their source, for each reader what it may know."""

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from marketplace.models import Membership
from marketplace.models.parties import Role
from tests import once
from tests.billing.recorded import DAY, ENDED, Books
from tests.factories import marketplace as factory
from tests.factories.leasing import bring_back
from tests.leasing import world as worlds


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


@once.fixture
def billed():
    books = Books(worlds.make())
    books.settled()
    books.maintained()
    books.awarded()
    books.ended()
    books.bill()
    return books


def paper(books, seller):
    return Invoice.objects.get(lease=books.lease, seller=seller)


class TestThePage:
    def test_leads_to_where_each_line_was_recorded(self, billed):
        shown = paper(billed, billed.world.lessor)
        page = client(factory.member(billed.world.lessee)).get(reverse("invoice", args=[shown.public_id]))

        text = page.content.decode()
        ticket, claim = billed.lease.tickets.get(), billed.lease.damage_claims.get()
        for link in (
            reverse("ticket", args=[ticket.public_id]),
            reverse("lease-damage-claim", args=[billed.lease.public_id, claim.public_id]),
            reverse("lease", args=[billed.lease.public_id]),
        ):
            assert f'href="{link}"' in text
        assert "Credit for a standstill" in text
        assert "防护门凹陷" in text

    def test_speaks_chinese(self, billed):
        shown = paper(billed, billed.world.lessor)
        page = client(factory.member(billed.world.lessee), "zh-hans")

        text = page.get(reverse("invoice", args=[shown.public_id])).content.decode()

        for words in ("停机减免", "提前终止费", "损坏赔偿", "固定租金"):
            assert words in text

    def test_of_a_provider_tells_it_the_order_and_not_the_lease(self, billed):
        shown = paper(billed, billed.yard.workshop)
        finance = client(factory.member(billed.yard.workshop, Role.FINANCE))

        text = finance.get(reverse("invoice", args=[shown.public_id])).content.decode()
        listed = finance.get(reverse("invoices")).content.decode()
        csv = finance.get(reverse("invoices") + "?format=csv").content.decode()

        order = billed.lease.service_orders.get(status="ACCEPTED")
        assert f'href="{reverse("job", args=[order.public_id])}"' in text
        for seen in (text, listed, csv):
            assert billed.world.lessee.name in seen
            assert billed.lease.number not in seen
        assert billed.lease.public_id not in text + listed

    def test_of_a_provider_tells_the_lessee_the_lease(self, billed):
        shown = paper(billed, billed.yard.workshop)
        buyer = client(factory.member(billed.world.lessee))

        assert billed.lease.number in buyer.get(reverse("invoice", args=[shown.public_id])).content.decode()
        assert billed.lease.number in buyer.get(reverse("invoices")).content.decode()

    def test_of_the_usage_names_the_lines_before_they_are_billed(self, db):
        books = Books(worlds.make())
        books.settled()
        books.ended()
        buyer = client(factory.member(books.world.lessee))

        page = buyer.get(reverse("usage", args=[books.lease.public_id]))

        assert "Credit for a standstill" in page.content.decode()


class TestRest:
    def test_names_the_source_of_a_line(self, billed, keyed):
        shown = paper(billed, billed.world.lessor)
        person = factory.member(billed.world.lessee)

        data = keyed(person, billed.world.lessee).get(f"/api/v1/invoices/{shown.public_id}/").json()

        by_kind = {line["kind"]: line["fact"] for line in data["lines"]}
        claim = billed.lease.damage_claims.get()
        assert by_kind["base_fee"] is None
        assert by_kind["damage"] == {
            "kind": "damage",
            "source": claim.public_id,
            "subject": claim.public_id,
            "at": "2026-03-22T10:00:00+08:00",
            "text": "防护门凹陷",
        }
        assert by_kind["credit"]["subject"] == billed.lease.tickets.get().public_id

    def test_tells_a_provider_no_lease(self, billed, keyed):
        workshop = billed.yard.workshop
        person = factory.member(workshop)

        (row,) = keyed(person, workshop).get("/api/v1/invoices/").json()["data"]

        assert (row["lease"], row["lease_number"], row["buyer_name"]) == (
            None,
            None,
            billed.world.lessee.name,
        )
        rows = keyed(factory.member(billed.world.lessee), billed.world.lessee).get("/api/v1/invoices/").json()
        assert {one["lease"] for one in rows["data"]} == {billed.lease.public_id}

    def test_finds_a_provider_nothing_by_the_lease(self, billed, keyed):
        for text in (billed.lease.number, billed.lease.public_id):
            found = {
                side: keyed(factory.member(side), side).get("/api/v1/invoices/", {"lease": text}).json()
                for side in (billed.yard.workshop, billed.world.lessee, billed.platform)
            }
            assert [len(rows["data"]) for rows in found.values()] == [0, 3, 3]

    def test_has_no_evidence_of_accepted_work(self, billed, keyed):
        shown = paper(billed, billed.yard.workshop)
        readers = ((factory.member(billed.yard.workshop), billed.yard.workshop),)
        readers += ((factory.member(billed.world.lessee), billed.world.lessee),)

        for person, organization in readers:
            answer = keyed(person, organization).get(f"/api/v1/invoices/{shown.public_id}/evidence/")
            assert (answer.status_code, answer.json()["code"]) == (409, "no_readings_behind")


def test_the_last_day_is_that_of_the_lease(billed):
    assert paper(billed, billed.yard.workshop).period_end == ENDED


class TestTheTaxOfAwards:
    @pytest.fixture
    def address(self, billed):
        return f"/api/v1/leases/{billed.lease.public_id}/award-taxes/"

    @pytest.fixture
    def said(self, billed):
        return {"source": billed.lease.damage_claims.get().public_id, "is_taxed": False, "reason": "纯赔偿"}

    def test_is_said_by_the_lessor_and_seen_by_both(self, billed, keyed, address, said):
        lessor, lessee = billed.world.lessor, billed.world.lessee
        answer = keyed(factory.member(lessor), lessor).post(address, said, content_type="application/json")

        assert (answer.status_code, answer.json()["is_taxed"]) == (201, False)
        for side in (lessor, lessee):
            (row,) = keyed(factory.member(side), side).get(address).json()["data"]
            assert {name: row[name] for name in said} == said
        stranger = billed.world.stranger
        assert keyed(factory.member(stranger), stranger).get(address).status_code == 404

    def test_is_read_by_who_reads_invoices_alone(self, billed, address):
        for side in (billed.world.lessor, billed.world.lessee):
            assert client(factory.member(side, Role.FINANCE)).get(address).status_code == 200
            answer = client(factory.member(side, Role.VIEWER)).get(address)
            assert (answer.status_code, answer.json()["code"]) == (403, "missing_right")

    def test_is_not_the_lessees_to_say(self, billed, keyed, address, said):
        lessee = billed.world.lessee

        answer = keyed(factory.member(lessee), lessee).post(address, said, content_type="application/json")

        assert answer.status_code == 403
        assert keyed(factory.member(lessee), lessee).get(address).json() == {"data": []}

    def test_names_what_is_unknown(self, billed, keyed, address, said):
        lessor = billed.world.lessor
        wrong = said | {"source": "dmg_other"}

        answer = keyed(factory.member(lessor), lessor).post(address, wrong, content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (400, "award_tax_invalid")
        assert answer.json()["errors"][0]["pointer"] == "/source"


class TestTheStatement:
    """One statement over the invoices of all sellers, and over what waits."""

    def page(self, person, books, query=""):
        return client(person).get(reverse("lease-statement", args=[books.lease.public_id]) + query)

    def test_adds_up_what_the_lessee_owes_to_everybody(self, billed):
        text = self.page(factory.member(billed.world.lessee), billed).content.decode()

        for seller, gross in ((billed.world.lessor, "9,212.73"), (billed.platform, "105.04")):
            assert seller.name in text
            assert gross in text
        assert billed.yard.workshop.name in text
        assert "10,673.77" in text  # 9,212.73 + 105.04 + 1,356.00
        assert "not invoiced yet" not in text

    def test_shows_what_waits_for_an_invoice_and_whose_it_is(self, db):
        books = Books(worlds.make())
        books.settled()
        books.maintained()
        books.awarded()

        text = self.page(factory.member(books.world.lessee), books).content.decode()
        own = self.page(factory.member(books.world.lessor), books).content.decode()

        assert "3,200.00" in own
        assert "主轴保养" not in own
        assert "not invoiced yet" in text
        for words in (
            "Credit for a standstill",
            "主轴保养",
            "1,200.00",
            "3,200.00",
            books.yard.workshop.name,
        ):
            assert words in text

    def test_shows_what_others_sell_to_no_lessor_that_acts_for_somebody_else(self, db):
        books = Books(worlds.make())
        books.settled()
        books.maintained()
        books.awarded()
        person, other = factory.member(books.world.lessor), factory.organization()
        Membership.objects.create(user=person, organization=other, role=Role.ADMIN)
        signed_in = client(person)
        session = signed_in.session
        session["organization"] = other.public_id
        session.save()

        page = signed_in.get(reverse("lease-statement", args=[books.lease.public_id])).content.decode()

        assert "3,200.00" in page
        assert "主轴保养" not in page

    def test_shows_a_side_the_invoices_of_others_only_if_it_reads_them(self, billed):
        lessor = self.page(factory.member(billed.world.lessor), billed).content.decode()
        viewer = self.page(factory.member(billed.world.lessee, Role.VIEWER), billed).content.decode()

        assert "9,212.73" in lessor
        assert billed.yard.workshop.name not in lessor
        assert "9,212.73" not in viewer

    def test_is_a_csv(self, billed):
        text = self.page(factory.member(billed.world.lessee), billed, "?format=csv").content.decode(
            "utf-8-sig"
        )

        rows = [line.split(",") for line in text.splitlines()]
        assert {row[0]: row[6] for row in rows[1:]} == {
            billed.world.lessor.name: "9212.73",
            billed.platform.name: "105.04",
            billed.yard.workshop.name: "1356.00",
        }

    def test_is_for_the_sides_of_the_lease(self, billed):
        for outsider in (factory.member(billed.world.stranger), factory.member(billed.yard.workshop)):
            assert self.page(outsider, billed).status_code == 404

    def test_is_linked_from_the_settlement(self, billed):
        bring_back(billed.now(), owner=billed.world.owner, at=ENDED + DAY)
        address = reverse("lease-statement", args=[billed.lease.public_id])
        settlement = reverse("lease-settlement", args=[billed.lease.public_id])

        page = client(factory.member(billed.world.lessee)).get(settlement)

        assert f'href="{address}"' in page.content.decode()
