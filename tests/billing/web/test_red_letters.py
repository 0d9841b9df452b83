"""Red letters by page and by REST, as seller, buyer, platform and strangers see them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from billing import tasks
from billing.actions import red_letters
from billing.models import RedLetter, TaxInvoice
from billing.rules.red_letters import Use
from tests import once
from tests.billing import world
from tests.billing.red_papers import AT, BLUE, DAY, LETTER, NEXT, OWN, RED, build
from tests.factories import marketplace as factory

papers = once.fixture(build)


@once.fixture
def blue(papers):
    return papers.blue()


@once.fixture
def note(papers, blue):
    return papers.note(-1_000, -130)


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def at(invoice, tail=""):
    return f"/invoices/{invoice.public_id}/official/{tail}"


def seen(person, invoice):
    return client(person).get(at(invoice)).content.decode()


def applied(number=LETTER, **changes):
    return {"number": f"{number[:10]} {number[10:]}", "reason": "RETURNED", "remark": "2 parts"} | changes


class TestPages:
    def test_lead_from_the_use_to_the_red_e_invoice(self, papers, blue, note):
        buyer, owner = papers.scene.buyer, papers.scene.owner
        assert "The red letter is missing" in seen(owner, note)
        assert "/official/red/" not in seen(buyer, note)
        assert client(buyer).post(at(papers.invoice, "use/"), {"use": "DEDUCTED"}).status_code == 302
        assert "input tax deducted" in seen(owner, papers.invoice)

        assert client(buyer).post(at(note, "red/"), applied()).status_code == 302
        letter = RedLetter.objects.get()
        assert "Confirm or refuse the red letter" in seen(owner, note)
        assert "The other side has 72 hours" in seen(buyer, note)
        move = at(note, f"red/{letter.public_id}/confirm/")
        assert client(buyer).post(move).status_code == 403
        assert client(owner).post(move).status_code == 302
        assert "Face to ask for" in seen(owner, note)
        face = client(owner).get(at(note, "face/")).content.decode("utf-8-sig")
        assert face.splitlines()[1] == "*经营租赁*设备租赁,,,,-10.00,0.13,-1.30"
        typed = {"number": RED, "issued_on": str(DAY), "gross": "-11.30", "kind": "SPECIAL"}
        assert client(owner).post(at(note, "record/"), typed).status_code == 302

        shown = seen(buyer, note)
        assert RED in shown
        assert BLUE in shown
        assert "Nothing is left to be done" in shown
        assert LETTER in seen(owner, papers.invoice)

    def test_say_that_a_debit_note_has_a_blue_one_of_its_own(self, papers, blue):
        shown = seen(papers.scene.owner, papers.note(1_000, 130))

        assert "a blue e-invoice of its own for it" in shown
        assert "/official/red/" not in shown

    def test_say_that_the_first_official_e_invoice_takes_a_note_in(self, papers):
        note = papers.note(-1_000, -130)
        assert "its first one takes this note in" in seen(papers.scene.buyer, note)
        papers.blue()
        assert "takes this note in. Nothing is left" in seen(papers.scene.buyer, note)

    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "1" * 19},
            {"number": "\x00"},
            {"number": "1e999"},
            {"reason": "WHIM"},
            {"remark": "x" * 201},
        ],
    )
    def test_say_what_is_wrong_and_write_nothing(self, papers, note, changes):
        answer = client(papers.scene.owner).post(at(note, "red/"), applied() | changes)

        assert answer.status_code == 400
        assert not RedLetter.objects.exists()

    def test_are_nothing_to_strangers_and_to_other_notes(self, papers, note):
        letter, other = papers.apply(note), papers.note(-500, -65)
        stranger = world.member(factory.organization())
        assert client(stranger).post(at(note, "red/"), applied()).status_code == 404
        assert client(papers.scene.finance).post(at(other, "red/"), applied(NEXT)).status_code == 403
        for act, about in (("revoke", other), ("destroy", note)):
            move = at(about, f"red/{letter.public_id}/{act}/")
            assert client(papers.scene.owner).post(move, {"why": "x"}).status_code == 404
        assert client(papers.scene.owner).post(at(note, "use/"), {"use": "DEDUCTED"}).status_code == 404
        assert RedLetter.objects.get().state == "CONFIRMED"

    def test_revoke_and_refuse_with_a_reason(self, papers, blue, note):
        red_letters.say_use(tax_invoice=blue, use=Use.BOOKED, at=AT, **papers.who("buyer"))
        for number, act, who in (
            (LETTER, "revoke", papers.scene.owner),
            (NEXT, "refuse", papers.scene.buyer),
        ):
            letter = papers.apply(note, number=number, at=timezone.now())
            client(who).post(at(note, f"red/{letter.public_id}/{act}/"), {"why": f"because {act}"})
        shown = seen(papers.scene.owner, note)
        assert [one.state for one in RedLetter.objects.order_by("pk")] == ["REVOKED", "REFUSED"]
        assert "because revoke" in shown
        assert "because refuse" in shown


class TestLists:
    def missing(self, papers, which="red_missing"):
        shown = client(papers.scene.owner).get("/invoices/", {"official": which, "format": "csv"})
        return [row.split(",")[0] for row in shown.content.decode("utf-8-sig").splitlines()[1:]]

    def test_notes_whose_red_letter_is_missing(self, papers):
        netted = papers.note(-100, -13)
        assert self.missing(papers) == []
        assert self.missing(papers, "missing") == [papers.invoice.number]
        papers.blue()
        debit, credit = papers.note(2_000, 260), papers.note(-1_000, -130)

        assert self.missing(papers) == [credit.number]
        assert self.missing(papers, "missing") == [credit.number, debit.number]
        papers.apply(credit)
        papers.record(credit, RED)
        papers.blue(debit, OWN)
        assert self.missing(papers) == self.missing(papers, "missing") == []
        recorded = [credit.number, debit.number, netted.number, papers.invoice.number]
        assert self.missing(papers, "recorded") == recorded

    def test_red_letters_of_a_month_with_csv(self, papers, note):
        papers.apply(note, remark="=1+1")
        papers.record(note, RED)
        owner = client(papers.scene.owner)

        rows = owner.get("/invoices/red-letters/", {"period": "2026-11", "format": "csv"}).content
        cells = rows.decode("utf-8-sig").splitlines()[1].split(",")
        assert cells[3:5] == [f"'{BLUE}", f"'{LETTER}"]
        assert cells[7:11] == ["'=1+1", "-10.00", "-1.30", "-11.30"]
        assert cells[12:] == [f"'{RED}", str(DAY)]
        assert LETTER in owner.get("/invoices/red-letters/").content.decode()
        for query in ({"period": "2026-10"}, {"state": "AWAITING"}, {"state": "NOTHING"}):
            assert LETTER not in owner.get("/invoices/red-letters/", query).content.decode()
        stranger = client(world.member(factory.organization()))
        assert LETTER not in stranger.get("/invoices/red-letters/").content.decode()

    def test_are_no_file_of_a_month_that_is_none(self, papers):
        owner = client(papers.scene.owner)
        for wrong in ({"period": "2026-13"}, {"state": "NOTHING"}):
            answer = owner.get("/invoices/red-letters/", {"format": "csv"} | wrong)
            assert (answer.status_code, "text/csv" in answer["Content-Type"]) == (400, False)


class TestTheClock:
    def test_voids_what_nobody_confirmed(self, papers, blue, note, monkeypatch):
        red_letters.say_use(tax_invoice=blue, use=Use.DEDUCTED, at=AT, **papers.who("buyer"))
        papers.apply(note)
        monkeypatch.setattr(tasks.lapse_red_letter, "delay", tasks.lapse_red_letter)
        for hours, state in ((71, "AWAITING"), (72, "LAPSED")):
            monkeypatch.setattr(timezone, "now", lambda hours=hours: AT + timedelta(hours=hours))
            tasks.lapse_red_letters()
            assert RedLetter.objects.get().state == state


class TestRest:
    def test_is_the_whole_way(self, papers, note, blue, keyed):
        seller = keyed(papers.scene.owner, papers.scene.lessor)
        buyer = keyed(papers.scene.buyer, papers.scene.lessee)
        root = f"/api/v1/invoices/{note.public_id}/red-letters/"
        use = f"/api/v1/invoices/{papers.invoice.public_id}/tax-invoices/{blue.public_id}/use/"

        missing = seller.get(root).json()
        used = post(buyer, use, {"use": "DEDUCTED"})
        made = post(buyer, root, {"number": LETTER, "reason": "ALLOWANCE"})
        confirmed = post(seller, f"{root}{made.json()['id']}/confirm/", {})

        assert (missing["next_step"], missing["to_apply"]) == (
            "APPLY",
            [{"blue": BLUE, "rates": [{"rate": "0.13", "net_minor": -1_000, "tax_minor": -130}]}],
        )
        assert (used.json()["use"], made.status_code, confirmed.status_code) == ("DEDUCTED", 201, 200)
        assert [move["move"] for move in confirmed.json()["moves"]] == ["APPLY", "CONFIRM"]
        assert confirmed.json()["applicant"] == papers.scene.lessee.public_id
        given = {"number": RED, "issued_on": str(DAY), "gross_minor": -1_130}
        issued = post(seller, f"/api/v1/invoices/{note.public_id}/tax-invoices/", given)
        assert (issued.status_code, issued.json()["red_letter"]) == (201, made.json()["id"])
        assert seller.get(root).json()["next_step"] == "DONE"
        revoked = post(buyer, f"{root}{made.json()['id']}/revoke/", {})
        assert (revoked.status_code, revoked.json()["code"]) == (409, "red_letter_elsewhere")

    def test_refuses_with_pointers_scopes_and_404(self, papers, note, keyed):
        seller = keyed(papers.scene.owner, papers.scene.lessor)
        reading = keyed(papers.scene.owner, papers.scene.lessor, "invoices:read")
        root = f"/api/v1/invoices/{note.public_id}/red-letters/"
        given = {"number": LETTER, "reason": "ALLOWANCE"}

        bad = post(seller, root, given | {"number": "1"})
        assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/number")
        for wrong in ({"number": ["x"]}, {"reason": None}, {"number": "\x00" * 20}, {"remark": {}}):
            assert post(seller, root, given | wrong).status_code == 400
        assert post(reading, root, given).status_code == 403
        assert post(seller, f"{root}red_none/confirm/", {}).status_code == 404
        empty = seller.get(f"/api/v1/invoices/{papers.invoice.public_id}/red-letters/").json()
        assert (empty["data"], empty["next_step"]) == ([], "DONE")
        stranger = factory.organization()
        assert keyed(world.member(stranger), stranger).get(root).status_code == 404
        assert not RedLetter.objects.exists()
        assert TaxInvoice.objects.count() == 1


def post(who, url, given):
    return who.post(url, given, content_type="application/json")
