"""Bank statements over REST and as pages: given, looked at, columns named, found, taken away as files."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from billing.payments.models import BankLine, StatementDialect, StatementFile
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import world
from tests.billing.payments.rules.statements.samples import OVERLAP, SCENARIO, sample, table
from tests.billing.world import member
from tests.spreadsheets import cells

desk = once.fixture(world.desk)
UNKNOWN = table("Tag,Betrag,Text", "2026-11-05,5.00,a", "2026-11-06,-2.00,b")
COLUMNS = {"columns": {"booked_on": ["Tag"], "amount": ["Betrag"]}, "sign": "SIGNED", "currency": "CNY"}


@pytest.fixture
def api(desk):
    client = APIClient()
    client.force_login(desk.first)
    return client


def give(client, desk, content, name="bank.csv"):
    upload = SimpleUploadedFile(name, content)
    return client.post(
        "/api/v1/statement-files/",
        {"bank_account": desk.account.public_id, "file": upload},
        format="multipart",
    )


class TestRest:
    def test_a_file_is_given_once_and_its_lines_are_listed(self, api, desk):
        first = give(api, desk, sample(SCENARIO["CAMT"]))
        again = give(api, desk, sample(SCENARIO["CAMT"]))

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert (first.json()["state"], first.json()["new_lines"]) == ("READ", 16)
        file = first.json()["id"]
        [statement] = api.get("/api/v1/bank-statements/", {"file": file}).json()["data"]
        assert (statement["opening_minor"], statement["is_balanced"]) == (50000000, True)
        lines = api.get("/api/v1/bank-lines/", {"file": file, "limit": 50}).json()["data"]
        assert (len(lines), sum(line["amount_minor"] for line in lines)) == (16, 6614958)
        content = api.get(f"/api/v1/statement-files/{file}/content/")
        assert content.content == sample(SCENARIO["CAMT"])
        assert content["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize(
        ("asked", "count"),
        [
            ({"direction": "OUT"}, 1),
            ({"direction": "IN"}, 15),
            ({"q": "INV-2026-000101"}, 2),
            ({"q": "32004L4"}, 3),
            ({"first_day": "2026-11-21", "last_day": "2026-11-25"}, 5),
            ({"bank_account": "bac_nobody"}, 0),
        ],
    )
    def test_lines_are_found(self, api, desk, asked, count):
        give(api, desk, sample(SCENARIO["TABLE"]))

        assert len(api.get("/api/v1/bank-lines/", asked | {"limit": 50}).json()["data"]) == count

    def test_columns_are_named_and_remembered(self, api, desk):
        file = give(api, desk, UNKNOWN).json()
        assert (file["state"], file["flaws"][0]["code"]) == ("UNMAPPED", "no_columns")
        at = f"/api/v1/statement-files/{file['id']}/columns/"
        assert api.get(at).json()["rows"][0] == ["Tag", "Betrag", "Text"]

        refused = api.post(at, COLUMNS | {"sign": "?"}, format="json")
        assert (refused.status_code, StatementDialect.objects.count()) == (400, 0)
        read = api.post(at, COLUMNS, format="json")

        assert (read.status_code, read.json()["state"], read.json()["new_lines"]) == (200, "READ", 2)
        assert api.get(at).json()["is_remembered"] is True

    def test_a_large_file_is_taken_and_left_to_the_worker(self, api, desk, client):
        file = give(api, desk, table("Tag,Betrag,Text", *["2026-11-05,5.00,a"] * 270_000)).json()
        assert file["state"] == "TAKEN"
        StatementFile.objects.update(state="UNMAPPED", read_at=timezone.now())

        named = api.post(f"/api/v1/statement-files/{file['id']}/columns/", COLUMNS, format="json")

        assert (named.status_code, named.json()["state"]) == (200, "UNMAPPED")
        client.force_login(desk.first)
        assert "hx-get" in client.get(f"/bank/statements/{file['id']}/").content.decode()

    def test_what_cannot_be_read_says_why(self, api, desk):
        answer = give(api, desk, b"\xd0\xcf\x11\xe0 old")

        assert (answer.status_code, answer.json()["state"]) == (201, "REFUSED")
        assert answer.json()["flaws"][0]["code"] == "old_excel"

    @pytest.mark.parametrize(
        "body", [{}, {"bank_account": "x"}, {"file": "text"}, {"bank_account": "\x00", "file": ""}]
    )
    def test_odd_requests_are_refused(self, api, desk, body):
        assert api.post("/api/v1/statement-files/", body, format="multipart").status_code == 400
        assert api.post("/api/v1/statement-files/", body, format="json").status_code in (400, 415)
        assert give(api, desk, b"").status_code == 400

    @pytest.mark.parametrize("columns", [None, [], {"x": []}, {"booked_on": "Tag"}, {"booked_on": [["a"]]}])
    def test_odd_columns_are_refused(self, api, desk, columns):
        file = give(api, desk, UNKNOWN).json()["id"]
        at = f"/api/v1/statement-files/{file}/columns/"

        assert api.post(at, {"columns": columns}, format="json").status_code == 400
        assert StatementDialect.objects.count() == 0

    def test_others_learn_nothing(self, api, desk):
        file = give(api, desk, sample(OVERLAP)).json()["id"]
        for stranger in (member(desk.owner, Role.FINANCE), member(desk.office.platform, Role.VIEWER)):
            client = APIClient()
            client.force_login(stranger)
            assert client.get("/api/v1/statement-files/").json()["data"] == []
            assert client.get("/api/v1/bank-lines/").json()["data"] == []
            assert client.get(f"/api/v1/statement-files/{file}/").status_code == 404
            assert client.get(f"/api/v1/statement-files/{file}/content/").status_code == 404
            assert (
                client.post(f"/api/v1/statement-files/{file}/columns/", COLUMNS, format="json").status_code
                == 404
            )
            assert give(client, desk, sample(SCENARIO["TABLE"])).status_code in (403, 404)
        assert StatementFile.objects.count() == 1


class TestPages:
    def page(self, client, desk, content):
        upload = SimpleUploadedFile("bank.csv", content)
        return client.post(
            "/bank/statements/", {"bank_account": desk.account.public_id, "file": upload}, follow=True
        )

    @pytest.mark.parametrize(
        ("language", "words"), [("zh-hans", "16 条新流水已入库"), ("en", "16 new lines are stored")]
    )
    def test_a_file_is_given_and_found_again(self, client, desk, language, words):
        client.force_login(desk.first)
        client.cookies["django_language"] = language
        shown = self.page(client, desk, sample(SCENARIO["TABLE"])).content.decode()

        assert words in shown
        assert "500,000.00" in shown
        assert "bank.csv" in client.get("/bank/statements/").content.decode()
        assert ("15 笔流水" if language != "en" else "15 movements") in client.get(
            "/bank/lines/", {"direction": "IN"}
        ).content.decode()
        lines = client.get("/bank/lines/", {"q": "INV-2026-000103"}).content.decode()
        assert "东莞恒达五金" in lines
        assert "5,782.40" in lines

    def test_columns_are_tried_and_named_without_script(self, client, desk):
        client.force_login(desk.first)
        shown = self.page(client, desk, UNKNOWN)
        at = f"{shown.redirect_chain[-1][0]}columns/"
        form = {
            "booked_on": "Tag",
            "amount": "Betrag",
            "sign": "SIGNED",
            "date_order": "YMD",
            "file_currency": "CNY",
        }
        assert "Betrag" in client.get(at).content.decode()

        tried = client.post(at, form | {"try": "1", "sign": "REVERSED"})
        assert ("5.00" in tried.content.decode(), StatementDialect.objects.count()) == (True, 0)
        refused = client.post(at, {"sign": "SIGNED", "date_order": "YMD", "save": "1"})
        assert (refused.status_code, StatementDialect.objects.count()) == (200, 0)
        client.post(at, form | {"save": "1"})

        assert BankLine.objects.count() == 2
        assert StatementFile.objects.get().state == "READ"
        december = table("Tag,Betrag,Text", "2026-12-05,7.00,c")
        assert "Which column" not in self.page(client, desk, december).content.decode()
        assert list(StatementFile.objects.order_by("pk").values_list("state", "new_lines")) == [
            ("READ", 2),
            ("READ", 1),
        ]
        assert StatementDialect.objects.count() == 1
        assert re.search(r'value="Betrag"[^>]* selected', client.get(at).content.decode())

    def test_files_are_filtered_and_taken_away_as_a_table_of_what_is_shown(self, client, desk):
        client.force_login(desk.first)
        client.cookies["django_language"] = "en"
        self.page(client, desk, sample(SCENARIO["TABLE"]))
        self.page(client, desk, b"\xd0\xcf\x11\xe0 old")
        account = desk.account.public_id

        for asked, count in (
            ({}, 2),
            ({"state": "READ"}, 1),
            ({"state": "REFUSED", "bank_account": account}, 1),
            ({"bank_account": "bac_nobody"}, 0),
        ):
            shown = client.get("/bank/statements/", asked).content.decode()
            assert shown.count('<th scope="row"><a href="/bank/statements/stf_') == count
            rows = cells(client.get("/bank/statements/", asked | {"format": "csv"}))
            assert len(rows) == count + 1
        assert (
            f'value="{account}" selected'
            in client.get(f"/bank/statements/?bank_account={account}").content.decode()
        )
        assert "No file fits." in shown
        assert client.get("/bank/statements/?format=csv&state=x").status_code == 400
        client.force_login(member(desk.owner, Role.FINANCE))
        assert len(cells(client.get("/bank/statements/?format=csv"))) == 1

    def test_lines_are_taken_away_as_files(self, client, desk):
        client.force_login(desk.first)
        self.page(client, desk, sample(SCENARIO["TABLE"]))
        answer = client.get("/bank/lines/", {"format": "csv", "direction": "OUT"})
        assert answer.content.decode("utf-8-sig").count("\n") == 2
        assert client.get("/bank/lines/", {"format": "xlsx"}).status_code == 200
        assert client.get("/bank/lines/", {"format": "csv", "first_day": "x"}).status_code == 400

    def test_what_waits_and_what_is_refused_says_so(self, client, desk):
        client.force_login(desk.first)
        assert "xlsx" in self.page(client, desk, b"\xd0\xcf\x11\xe0 old").content.decode()
        assert self.page(client, desk, b"").status_code == 400
        waiting = StatementFile.objects.create(
            bank_account=desk.account,
            name="w",
            content=b"x",
            sha256="0" * 64,
            taken_by="a",
            taken_at=world.AT,
        )
        assert "hx-get" in client.get(f"/bank/statements/{waiting.public_id}/").content.decode()
        assert client.get(f"/bank/statements/{waiting.public_id}/columns/").status_code == 200

    def test_others_are_told_that_it_is_not_theirs(self, client, desk):
        client.force_login(member(desk.owner, Role.FINANCE))
        assert client.get("/bank/statements/").status_code == 200
        assert self.page(client, desk, sample(OVERLAP)).status_code == 404
        assert StatementFile.objects.count() == 0
