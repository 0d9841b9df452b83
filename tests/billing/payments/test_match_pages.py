"""The match board and its REST twin: what a person sees, decides and takes back."""

import html
import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import override

from billing.payments import tasks
from billing.payments.models import Allocation, PayerAccount, Receipt, ReconException, Suggestion
from billing.payments.queries.match_words import pass_name
from billing.payments.rules.matching.decisions import SCORES
from billing.payments.web.matching import AmountField
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import matched
from tests.billing.world import member
from tests.seeing import SeeingClient


def made():
    """Return the scenario after the matcher ran."""
    found = matched.whole()
    found.run()
    return found


match = once.fixture(made)
BOARD = "/matching/"


@pytest.fixture
def visit(client, match):
    def sign_in(person=None, language="en"):
        client.force_login(person or match.desk.first)
        client.cookies["django_language"] = language
        return client

    return sign_in


@pytest.fixture
def rest(match):
    def sign_in(person=None):
        client = SeeingClient()
        client.force_login(person or match.desk.first)
        return client

    return sign_in


def line(amount, **more):
    return Receipt.objects.get(amount_minor=amount, **more).bank_line


class TestBoard:
    @pytest.mark.parametrize(("language", "title"), [("en", "Match payments"), ("zh-hans", "收款匹配")])
    def test_shows_lines_suggestions_and_reasons(self, visit, language, title):
        answer = visit(language=language).get(f"{BOARD}?line={line(45_000).public_id}")

        text = answer.content.decode()
        assert answer.status_code == 200
        assert title in text
        assert "INV-2026-000107" in text
        assert "0.80" in text and not re.search(r"\bP5\b", text)
        assert ("by a reference with one wrong digit" in text) is (language == "en")

    def test_says_of_every_pass_in_words_how_it_matched(self):
        """Also of one that is new: as it is called."""
        codes = {*SCORES, "P8", "HAND"}

        for language in ("en", "zh-hans"):
            with override(language):
                words = {code: pass_name(code) for code in codes}
                assert len({*words.values()} - codes) == len(codes)
        assert (pass_name(""), pass_name("P99")) == ("", "P99")

    def test_each_key_has_a_button(self, visit):
        text = visit().get(f"{BOARD}?line={line(45_000).public_id}").content.decode()
        paid = Receipt.objects.get(bank_line__bank_ref="TX0001").bank_line
        done = visit().get(f"{BOARD}?show=done&line={paid.public_id}").content.decode()

        assert all(f'data-key="{key}"' in text for key in ("j", "k", "Enter", "x", "?"))
        assert 'data-key="u"' in done

    def test_a_suggestion_is_taken(self, visit, match):
        one = Suggestion.objects.get(match_pass="P5")

        answer = visit().post(reverse("match-suggestion", args=[one.public_id, "take"]), follow=True)

        assert "Taken." in answer.content.decode()
        assert match.open()["INV-2026-000107"] == 0

    def test_a_difference_is_shown_before_it_is_saved(self, visit, match):
        chosen, invoice = line(50_000), match.invoices["INV-2026-000109"]
        url = reverse("match-allocate", args=[chosen.public_id])
        given = {"invoice": invoice.public_id, f"amount-{invoice.public_id}": "300.00", "do": "save"}

        first = visit().post(url, given).content.decode()

        assert "It stays unallocated. Save again if that is meant." in first
        assert not Allocation.objects.filter(invoice=invoice).exists()
        visit().post(url, given | {"seen": "20000", "comment": "电话确认"})
        saved = Allocation.objects.get(invoice=invoice)
        assert (saved.amount_minor, saved.comment) == (30_000, "电话确认")
        undone = visit().post(reverse("match-undo", args=[saved.public_id]), follow=True)
        assert "Taken back." in undone.content.decode()
        assert match.open()["INV-2026-000109"] == 250_000

    @pytest.mark.parametrize("odd", ["", "NaN", "-1", "1e9999", "x", "0.001", "\x00"])
    def test_odd_amounts_are_told(self, visit, match, odd):
        invoice = match.invoices["INV-2026-000109"]
        url = reverse("match-allocate", args=[line(50_000).public_id])

        answer = visit().post(url, {"invoice": invoice.public_id, f"amount-{invoice.public_id}": odd})

        assert answer.status_code == 400
        assert not Allocation.objects.filter(invoice=invoice).exists()

    def test_all_that_was_typed_is_kept(self, visit, match):
        one, other = (match.invoices[f"INV-2026-000{number}"] for number in (107, 109))
        url = reverse("match-allocate", args=[line(50_000).public_id])
        typed = {f"amount-{one.public_id}": "12.34", f"amount-{other.public_id}": "abc"}

        answer = visit().post(url, {"invoice": [one.public_id, other.public_id], **typed})

        text = answer.content.decode()
        assert answer.status_code == 400
        assert all(f'value="{value}"' in text for value in ("12.34", "abc"))
        assert text.count(" checked> ") == 2

    def test_a_refused_board_leads_on(self, visit, match):
        chosen = line(50_000).public_id
        url = reverse("match-allocate", args=[chosen]) + "?show=done&page=1"
        text = visit().post(url, {"do": "look"}).content.decode()
        body = text[text.index("<main") : text.index("</main")]

        assert 'href="?' not in body
        for address in re.findall(r'href="(/matching/\?[^"]*)"', body):
            assert visit().get(html.unescape(address)).status_code == 200
        assert f'<form class="filters" method="get" action="{BOARD}">' in body
        assert f'href="{BOARD}?line=' in body
        assert "show=done&amp;page=1" in body

    def test_an_act_comes_back_to_its_page(self, visit, match):
        invoice = match.invoices["INV-2026-000109"]
        url = reverse("match-allocate", args=[line(50_000).public_id]) + "?page=1&show=done"
        given = {"invoice": invoice.public_id, f"amount-{invoice.public_id}": "500.00", "do": "save"}

        assert visit().post(url, given)["Location"] == f"{BOARD}?show=done&page=1"

    def test_amounts_have_the_places_of_their_currency(self):
        assert AmountField("JPY").clean("300") == 300
        with pytest.raises(ValidationError):
            AmountField("JPY").clean("300.5")

    def test_odd_addresses_are_no_errors(self, visit):
        for asked in ("?line=x", "?page=x", "?q=%25", "?line=bkl_1&q=INV&show=done"):
            assert visit().get(BOARD + asked).status_code == 200

    def test_more_than_the_line_has_is_refused(self, visit, match):
        invoice = match.invoices["INV-2026-000109"]
        given = {"invoice": invoice.public_id, f"amount-{invoice.public_id}": "900.00", "do": "save"}
        url = reverse("match-allocate", args=[line(50_000).public_id])

        assert "ask for more than the line has" in visit().post(url, given).content.decode()
        answer = visit().post(url, given | {"seen": "-40000"})
        assert "should be allocated" in answer.content.decode()

    def test_is_no_one_elses(self, visit, match):
        for person in (match.desk.keeper, member(match.desk.office.platform, Role.VIEWER)):
            assert visit(person).get(BOARD).status_code == 404
            assert visit(person).get("/matching/exceptions/").status_code == 404


class TestExceptions:
    def test_are_listed_taken_and_resolved(self, visit, match):
        one = ReconException.objects.get(reason="UNKNOWN_PAYER")
        text = visit().get("/matching/exceptions/").content.decode()
        assert "Find out who paid" in text

        visit().post(reverse("recon-exception-act", args=[one.public_id, "hold"]))
        visit().post(reverse("recon-exception-act", args=[one.public_id, "resolve"]), {"resolution": ""})
        one.refresh_from_db()
        assert (one.holder, one.state) == (match.desk.first, "OPEN")
        visit().post(reverse("recon-exception-act", args=[one.public_id, "resolve"]), {"resolution": "退回"})
        one.refresh_from_db()
        assert (one.state, one.resolution) == ("RESOLVED", "退回")
        again = visit().post(reverse("recon-exception-act", args=[one.public_id, "hold"]), follow=True)
        assert "resolved already" in again.content.decode()

    def test_a_refused_resolution_keeps_its_text_and_the_list_its_filter(self, visit, match):
        one = ReconException.objects.filter(state="OPEN").first()
        url = reverse("recon-exception-act", args=[one.public_id, "resolve"]) + "?state=OPEN"

        refused = visit().post(url, {"resolution": "退" * 501})

        body = refused.content.decode()
        assert refused.status_code == 400
        assert "退" * 501 in body
        assert 'href="?' not in body[body.index("<main") : body.index("</main")]
        ids = re.findall(r' id="([^"]+)"', body)
        assert len(ids) == len(set(ids))
        done = visit().post(url, {"resolution": "退回"})
        assert done["Location"] == "/matching/exceptions/?state=OPEN"

    def test_are_a_file_too(self, visit):
        answer = visit().get("/matching/exceptions/?format=csv")

        assert answer.status_code == 200
        assert "Unknown payer" in b"".join(answer).decode("utf-8-sig")


class TestRest:
    def test_lists_are_of_who_matches(self, rest, match):
        for name in ("suggestions", "recon-exceptions", "receipts", "allocations", "payer-accounts"):
            assert rest().get(f"/api/v1/{name}/").json()["data"], name
            assert rest(match.desk.keeper).get(f"/api/v1/{name}/").json()["data"] == [], name

    def test_takes_undoes_and_allocates(self, rest, match):
        one = Suggestion.objects.get(match_pass="P5")
        taken = rest().post(f"/api/v1/suggestions/{one.public_id}/take/", {}, format="json")
        assert taken.json()["state"] == "TAKEN"
        paid = Allocation.objects.get(invoice=match.invoices["INV-2026-000107"])
        undone = rest().post(f"/api/v1/allocations/{paid.public_id}/undo/", {"comment": "x"}, format="json")
        assert (undone.status_code, undone.json()["amount_minor"]) == (201, -45_000)
        shares = [{"invoice": paid.invoice.public_id, "amount_minor": 45_000}]
        url = f"/api/v1/receipts/{paid.receipt.public_id}/allocate/"
        assert rest().post(url, {"shares": shares}, format="json").json()["left_minor"] == 0
        refused = rest().post(url, {"shares": shares}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "more_than_left")
        stranger = [{"invoice": "inv_nobody", "amount_minor": 1}]
        assert rest().post(url, {"shares": stranger}, format="json").status_code == 404

    def test_names_a_payer_and_keeps_its_account(self, rest, match):
        held = Receipt.objects.get(amount_minor=50_000)
        whose = match.lessee("L7")
        url = f"/api/v1/receipts/{held.public_id}"
        named = rest().post(f"{url}/name_payer/", {"payer": whose.public_id}, format="json")
        assert (named.json()["payer"], named.json()["holding"]) == (whose.public_id, "2205.01")
        again = rest().post(f"{url}/name_payer/", {"payer": whose.public_id}, format="json")
        assert again.json()["code"] == "payer_named"
        given = {"organization": whose.public_id, "number": "6222XXXX", "holder": "张三"}
        made = rest().post("/api/v1/payer-accounts/", given, format="json")
        assert made.status_code == 201
        twice = rest().post("/api/v1/payer-accounts/", given, format="json")
        assert twice.json()["code"] == "payer_account_known"
        own = f"/api/v1/payer-accounts/{made.json()['id']}"
        assert rest().post(f"{own}/approve/").json()["code"] == "second_person_missing"
        second = rest(match.desk.second)
        assert second.post(f"{own}/approve/").json()["stage"] == "APPROVED"
        assert second.post(f"{own}/approve/").json()["code"] == "payer_account_decided"
        assert second.post(f"{own}/drop/").json()["stage"] == "DROPPED"
        assert second.post(f"{own}/drop/").status_code == 409
        odd = rest().post("/api/v1/payer-accounts/", given | {"number": " "}, format="json")
        assert odd.status_code in (400, 422)
        assert PayerAccount.objects.filter(number="6222XXXX").count() == 1

    def test_a_trifle_by_hand_waits_for_a_second_person(self, rest, match):
        for one in Suggestion.objects.all():
            rest().post(f"/api/v1/suggestions/{one.public_id}/drop/")
        held = Receipt.objects.get(amount_minor=578_240)
        invoice = match.invoices["INV-2026-000103"]
        shares = [{"invoice": invoice.public_id, "amount_minor": 578_240}]
        url = f"/api/v1/receipts/{held.public_id}/allocate/"
        much = rest().post(url, {"shares": shares, "let_off_minor": 101}, format="json")
        assert much.json()["code"] == "allocation_invalid"

        rest().post(url, {"shares": shares, "let_off_minor": 10}, format="json")

        assert rest().post(url, {"shares": shares, "let_off_minor": 10}, format="json").status_code == 409
        one = Suggestion.objects.get(state="OPEN")
        assert rest().post(f"/api/v1/suggestions/{one.public_id}/take/", {}, format="json").status_code == 403
        second = rest(match.desk.second).post(f"/api/v1/suggestions/{one.public_id}/take/", {}, format="json")
        assert second.json()["state"] == "TAKEN"
        assert match.open()["INV-2026-000103"] == 0

    def test_holds_and_resolves(self, rest):
        one = ReconException.objects.get(reason="NO_OPEN_ITEM")
        url = f"/api/v1/recon-exceptions/{one.public_id}"
        assert rest().get(f"{url}/").json()["suggested_action"]
        assert rest().post(f"{url}/hold/").json()["holder"]
        told = rest().post(f"{url}/resolve/", {"resolution": "预付"}, format="json")
        assert told.json()["state"] == "RESOLVED"

    def test_starts_the_matcher(self, rest, match, django_capture_on_commit_callbacks):
        assert rest().post("/api/v1/matching/").status_code == 202
        assert rest(match.desk.keeper).post("/api/v1/matching/").status_code == 403


class TestClock:
    def test_runs_the_matcher_and_tells_what_waits_too_long(self, match):
        tasks.match_book(book_id=match.desk.book.pk)
        tasks.match_book(book_id=match.desk.book.pk)

        assert ReconException.objects.filter(reason="STALE").count() in (0, 2)
