"""Pages and REST of acceptance bills: each step by who may, odd input refused, nobody reads another's."""

import pytest
from django.urls import reverse

from billing.payments.actions import bills
from billing.payments.models import AcceptanceBill, Receipt, ReconException
from billing.payments.web import bills as pages
from marketplace.models.parties import Role
from marketplace.shared.money import Money
from tests import once
from tests.billing.payments import billed, matched
from tests.billing.payments.billed import NUMBER
from tests.billing.payments.world import AT
from tests.billing.world import member
from tests.seeing import SeeingClient
from tests.spreadsheets import opened

match = once.fixture(matched.begin)
API = "/api/v1/acceptance-bills/"
NEW = {
    "kind": "BANK",
    "number": f"{NUMBER[:10]} {NUMBER[10:]}",
    "drawer": "宁波链主股份",
    "acceptor": "宁波银行",
    "issued_on": "2026-11-01",
    "received_on": "2026-11-20",
    "due_on": "2027-05-01",
}


def rest(user):
    client = SeeingClient()
    client.force_login(user)
    return client


def post(user, path, body=None):
    return rest(user).post(f"{API}{path}", body or {}, format="json")


class TestOverRest:
    def test_a_bill_goes_its_way(self, match):
        desk, payer = match.desk, match.lessee("L1")
        made = post(desk.first, "", {**NEW, "payer": payer.public_id, "amount_minor": 500_000})
        assert made.status_code == 201, made.content
        key = made.json()["id"]

        assert post(desk.first, f"{key}/confirm/").json()["code"] == "second_person_missing"
        held = post(desk.second, f"{key}/confirm/").json()
        assert (held["state"], held["left_minor"]) == ("HELD", 500_000)
        assert post(desk.first, f"{key}/present/").json()["state"] == "PRESENTED"
        assert post(desk.first, f"{key}/ask/", {"reason": "拒付"}).json()["asks"] == "DISHONOURED"
        assert post(desk.first, f"{key}/withdraw/").json()["asks"] == ""
        line = match.line(500_000, "in")
        paid = post(desk.first, f"{key}/collect/", {"line": line.public_id}).json()
        assert (paid["state"], paid["line"]) == ("HONOURED", line.public_id)
        moves = rest(desk.first).get(f"{API}{key}/history/").json()["data"]
        assert [one["move"] for one in moves][-1] == "COLLECT"
        assert post(desk.second, f"{key}/decide/").status_code == 409

    def test_a_bill_is_dropped_or_fails(self, match):
        desk, payer = match.desk, match.lessee("L1")
        one = billed.recorded(desk, payer)
        assert post(desk.first, f"{one.public_id}/drop/", {"reason": "x"}).json()["state"] == "DROPPED"
        other = billed.held(desk, payer)
        post(desk.first, f"{other.public_id}/ask/", {"reason": "x"})
        assert post(desk.second, f"{other.public_id}/decide/").json()["state"] == "RETURNED"

    @pytest.mark.parametrize(
        "odd",
        [
            {"number": "\x00"},
            {"number": "1" * 400},
            {"amount_minor": 10**30},
            {"amount_minor": "NaN"},
            {"amount_minor": -1},
            {"due_on": "9999-12-31"},
            {"issued_on": "0001-01-01"},
            {"issued_on": "9999-08-01"},
            {"received_on": "9999-08-01"},
            {"issued_on": "9999-12-31", "received_on": "9999-12-31", "due_on": "9999-12-31"},
            {"kind": "PAPER"},
            {"first_unit": 1},
            {"drawer": ""},
        ],
    )
    def test_odd_input_is_refused(self, match, odd):
        body = {**NEW, "payer": match.lessee("L1").public_id, "amount_minor": 500_000} | odd

        assert post(match.desk.first, "", body).status_code == 400
        assert not AcceptanceBill.objects.exists()

    def test_who_gave_it_reads_it_and_nobody_else(self, match):
        desk, payer = match.desk, match.lessee("L1")
        bill = billed.held(desk, payer)
        giver, other = member(payer, Role.FINANCE), member(match.lessee("L2"), Role.FINANCE)

        assert [one["id"] for one in rest(giver).get(API).json()["data"]] == [bill.public_id]
        assert rest(giver).get(f"{API}{bill.public_id}/history/").status_code == 404
        assert post(giver, f"{bill.public_id}/present/").status_code == 403
        assert rest(other).get(API).json()["data"] == []
        assert rest(other).get(f"{API}{bill.public_id}/").status_code == 404
        post(desk.first, f"{bill.public_id}/ask/", {"reason": "退"})
        assert rest(giver).get(f"{API}{bill.public_id}/").json()["asks"] == ""
        assert rest(desk.first).get(f"{API}{bill.public_id}/").json()["asks"] == "RETURNED"
        post(desk.second, f"{bill.public_id}/decide/")
        assert rest(desk.first).get(f"{API}{bill.public_id}/").json()["asks"] == ""
        paid = billed.held(desk, payer)
        post(desk.first, f"{paid.public_id}/collect/", {"line": match.line(500_000, "in").public_id})
        assert rest(giver).get(f"{API}{paid.public_id}/").json()["line"] is None
        unknown = post(desk.first, f"{bill.public_id}/collect/", {"line": "bkl_x"})
        assert unknown.status_code == 404
        assert post(desk.first, "", {**NEW, "payer": "org_x", "amount_minor": 1}).status_code == 404


def act(client, bill, verb, **given):
    return client.post(reverse("acceptance-bill-act", args=[bill.public_id, verb]), given)


class TestPages:
    def test_a_bill_is_recorded_confirmed_used_and_collected(self, match, client):
        desk, payer = match.desk, match.lessee("L1")
        client.force_login(desk.first)
        typed = {**NEW, "payer": payer.credit_code, "amount": "5000.00"}
        wrong = client.post(
            reverse("acceptance-bill-new"), typed | {"payer": "nobody", "due_on": "2029-01-01"}
        )
        assert wrong.status_code == 400
        flawed = client.post(reverse("acceptance-bill-new"), typed | {"due_on": "2029-01-01"})
        assert flawed.status_code == 400
        assert client.post(reverse("acceptance-bill-new"), typed | {"payer": payer.name}).status_code == 302
        bill = AcceptanceBill.objects.get()
        shown = client.get(reverse("acceptance-bill", args=[bill.public_id]))
        assert "您登记的" in shown.content.decode()
        assert act(client, bill, "confirm").status_code == 400

        invoice = match.bill("A-2026-000001", "L1", 200_000)
        client.force_login(desk.second)
        assert act(client, bill, "confirm").status_code == 302
        assert act(client, bill, "pay", invoice=invoice.public_id, amount="2000.01").status_code == 400
        assert act(client, bill, "pay", invoice=invoice.public_id, amount="2000").status_code == 302
        twice = {
            "invoice": match.bill("A-2026-000002", "L1", 200_000).public_id,
            "amount": "1",
            "seen": 300_000,
        }
        assert act(client, bill, "pay", **twice).status_code == 302
        again = act(client, bill, "pay", **twice)
        assert again.status_code == 400 and 'value="299900"' in again.content.decode()
        assert Receipt.objects.get(bill=bill).left_minor == 299_900
        assert act(client, bill, "present").status_code == 302
        line = match.line(500_000, "in")
        assert act(client, bill, "collect", line="bkl_x").status_code == 400
        assert act(client, bill, "collect", line=line.public_id).status_code == 302
        bill.refresh_from_db()
        assert bill.state == "HONOURED"
        page = client.get(reverse("acceptance-bill", args=[bill.public_id])).content.decode()
        assert "A-2026-000001" in page

    def test_two_people_end_it(self, match, client):
        desk = match.desk
        bill = billed.held(desk, match.lessee("L1"))
        client.force_login(desk.first)
        assert act(client, bill, "ask", reason="").status_code == 400
        assert act(client, bill, "ask", reason="退").status_code == 302
        assert act(client, bill, "decide").status_code == 400
        assert act(client, bill, "nothing").status_code == 404
        client.force_login(desk.second)
        assert "恢复欠款" in client.get(reverse("acceptance-bill", args=[bill.public_id])).content.decode()
        assert act(client, bill, "decide").status_code == 302

    def test_an_invoice_that_is_paid_meanwhile_is_told(self, match, client, monkeypatch):
        desk = match.desk
        bill, invoice = billed.held(desk, match.lessee("L1")), match.bill("A-2026-000001", "L1", 200_000)
        client.force_login(desk.first)
        found = [[(invoice, Money(200_000, "CNY"))]]
        monkeypatch.setattr(pages, "open_of", lambda bill: found.pop() if found else [])
        billed.pays(desk, bill, (invoice, 200_000))

        again = act(client, bill, "pay", invoice=invoice.public_id, amount="2000")

        assert again.status_code == 400
        assert "A-2026-000001" in again.content.decode()
        assert Receipt.objects.get(bill=bill).left_minor == 300_000

    def test_who_gave_it_reads_no_other_company_s_invoice_and_nobody_s_name(self, match, client):
        desk, payer = match.desk, match.lessee("L1")
        bill = billed.held(desk, payer)
        own, other = (match.bill(f"A-2026-00000{n}", f"L{n}", 200_000) for n in (1, 2))
        billed.pays(desk, bill, (own, 200_000), (other, 100_000))
        bills.ask(bill=bill, reason="退", **desk.acts())
        shown = {}
        for who in (member(payer, Role.FINANCE), desk.second):
            client.force_login(who)
            shown[who] = client.get(reverse("acceptance-bill", args=[bill.public_id])).content.decode()
        [given, kept] = shown.values()

        assert own.number in given and other.number not in given and other.public_id not in given
        assert desk.first.name not in given
        assert other.number in kept and desk.first.name in kept

    def test_a_bill_that_waits_pays_nothing(self, match, client):
        bill = billed.recorded(match.desk, match.lessee("L1"))
        invoice = match.bill("A-2026-000001", "L1", 200_000)
        client.force_login(match.desk.first)
        assert act(client, bill, "pay", invoice=invoice.public_id, amount="1").status_code == 400
        assert act(client, bill, "drop", reason="x" * 501).status_code == 400

    def test_what_is_refused_is_said_also_where_no_step_is_left(self, match, client):
        desk = match.desk
        bill = billed.failed(desk, billed.held(desk, match.lessee("L1")))
        client.force_login(desk.second)

        page = act(client, bill, "decide")

        assert page.status_code == 400
        assert bill.number in page.content.decode().split("<main")[1].split("notice", 1)[1]

    def test_the_list_has_filters_sums_and_files(self, match, client):
        desk = match.desk
        billed.held(desk, match.lessee("L1"))
        billed.held(desk, match.lessee("L2"), number="6" * 30, amount_minor=100)
        client.force_login(desk.first)
        url = reverse("acceptance-bills")

        assert "5,001.00" in client.get(url).content.decode()
        found = client.get(url, {"q": NUMBER[:8], "state": "HELD"}).content.decode()
        assert NUMBER in found and "6" * 30 not in found
        rows = opened(client.get(url, {"format": "xlsx"}))
        assert len(rows) == 3
        assert client.get(url, {"format": "csv", "due_from": "never"}).status_code == 400
        assert client.get(url, {"due_from": "never"}).status_code == 200

    def test_in_english_for_who_gave_it(self, match, client):
        payer = match.lessee("L1")
        bill = billed.held(match.desk, payer)
        client.force_login(member(payer, Role.FINANCE))
        english = {"headers": {"accept-language": "en"}}
        assert (
            "Bills that your company gave"
            in client.get(reverse("acceptance-bills"), **english).content.decode()
        )
        page = client.get(reverse("acceptance-bill", args=[bill.public_id]), **english).content.decode()
        assert "Held until its day" in page and "What happened" not in page
        assert act(client, bill, "present").status_code == 404
        assert client.get(reverse("acceptance-bill-new")).status_code == 404

    def test_the_desk_and_the_exceptions_lead_there(self, match, client):
        bill = billed.held(match.desk, match.lessee("L1"))
        ReconException.objects.create(
            book=match.desk.book, reason="BILL_OVERDUE", reference=bill.public_id, opened_at=AT
        )
        client.force_login(match.desk.first)
        assert reverse("acceptance-bills") in client.get(reverse("finance")).content.decode()
        found = client.get(reverse("recon-exceptions")).content.decode()
        assert reverse("acceptance-bill", args=[bill.public_id]) in found
