"""Rules of the receivables tape: rows without names, totals by kind, shares, and what the books say."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from billing.rules import tape
from billing.rules.tape import Booked, Claim, Kind, Party
from billing.rules.tape_dictionary import FIELDS, NAMES, VERSION, csv_text, dictionary

DOCS = Path(__file__).parents[3] / "docs"
DAY = date(2026, 11, 30)
FIRST, SECOND = Party("org_1", "SME", "330203", "C3484"), Party("org_2", "SME", "441900", "")
BILL = Claim(
    kind=Kind.INVOICE,
    seller="91330200MA2AAAAA0X",
    obligor=FIRST,
    lease="lea_1",
    contract=(date(2026, 10, 1), date(2027, 10, 1)),
    document="JJ-1",
    currency="CNY",
    billed=90_000,
    open=60_000,
    due_on=date(2026, 10, 30),
    period=(date(2026, 10, 1), date(2026, 11, 1)),
    is_disputed=True,
)
OTHER = replace(
    BILL, obligor=SECOND, lease="lea_2", billed=20_000, open=20_000, due_on=DAY, is_disputed=False
)
NEXT = replace(
    BILL,
    kind=Kind.INSTALMENT,
    document="3",
    billed=1_000,
    open=1_000,
    parts=(900, 100),
    period=None,
    due_on=DAY,
)
ROWS = tape.rows([BILL, OTHER, NEXT], salt="a" * 32, as_of=DAY)


def test_the_dictionary_is_that_of_the_documentation():
    assert json.loads((DOCS / "receivables-tape.json").read_text(encoding="utf-8")) == dictionary()
    page = (DOCS / "programmes.md").read_text(encoding="utf-8")
    assert f"version {VERSION}" in page
    for field in FIELDS:
        assert field.zh
        assert field.en
        assert f"| `{field.name}` |" in page, field.name


def test_fixed_rent_is_never_past_due_while_it_is_not_billed():
    assert tape.due_if_billed(date(2027, 1, 1), DAY) == date(2027, 1, 16)
    assert tape.due_if_billed(date(2026, 10, 1), DAY) == date(2026, 12, 15)


class TestRows:
    def test_have_the_fields_of_the_dictionary_in_their_order(self):
        assert tuple(ROWS[0]) == NAMES
        assert ROWS[0] | {"obligor": "", "contract": ""} == {
            "row": 1,
            "kind": "INVOICE",
            "in_books": True,
            "seller": "91330200MA2AAAAA0X",
            "obligor": "",
            "obligor_kind": "SME",
            "obligor_region": "33",
            "obligor_industry": "C3484",
            "contract": "",
            "contract_from": "2026-10-01",
            "contract_to": "2027-10-01",
            "document": "JJ-1",
            "period_from": "2026-10-01",
            "period_to": "2026-11-01",
            "currency": "CNY",
            "basis": "GROSS",
            "billed_minor": 90_000,
            "paid_minor": 30_000,
            "open_minor": 60_000,
            "principal_minor": 0,
            "interest_minor": 0,
            "due_on": "2026-10-30",
            "days_past_due": 31,
            "bucket": "31-60",
            "disputed": True,
        }

    def test_of_instalments_are_before_tax_and_in_no_book(self):
        row = ROWS[2]
        assert (row["basis"], row["in_books"], row["period_from"], row["bucket"]) == (
            "NET",
            False,
            "",
            "not_due",
        )
        assert (row["principal_minor"], row["interest_minor"]) == (900, 100)

    def test_name_an_obligor_by_a_key_that_is_the_same_in_one_tape_alone(self):
        again = tape.rows([BILL], salt="b" * 32, as_of=DAY)

        assert ROWS[0]["obligor"] == ROWS[2]["obligor"] != ROWS[1]["obligor"]
        assert again[0]["obligor"] != ROWS[0]["obligor"]
        assert "org_" not in json.dumps(ROWS)

    def test_are_written_as_csv(self):
        found = list(csv.DictReader(io.StringIO(csv_text(ROWS))))

        assert [row["open_minor"] for row in found] == ["60000", "20000", "1000"]


def test_totals_are_by_kind_and_currency():
    assert tape.totals(ROWS) == [
        {"kind": "INSTALMENT", "currency": "CNY", "rows": 1, "billed_minor": 1_000, "paid_minor": 0}
        | {"open_minor": 1_000},
        {"kind": "INVOICE", "currency": "CNY", "rows": 2, "billed_minor": 110_000, "paid_minor": 30_000}
        | {"open_minor": 80_000},
    ]


def test_shares_are_of_their_kind():
    regions = [
        (row["kind"], row["obligor_region"], row["share"]) for row in tape.spread(ROWS, "obligor_region")
    ]
    assert regions == [
        ("INSTALMENT", "33", "1.0000"),
        ("INVOICE", "33", "0.7500"),
        ("INVOICE", "44", "0.2500"),
    ]
    assert tape.largest(ROWS)[1] == {"kind": "INVOICE", "currency": "CNY", "obligors": 2} | {
        "top_1": "0.7500",
        "top_5": "1.0000",
        "top_10": "1.0000",
    }
    assert (tape.share(1, 3), tape.share(0, 0)) == ("0.3333", "0.0000")


def test_the_books_agree_to_the_fen():
    booked = [Booked("1122.02", "CNY", 85_000, 80_000)]

    found = tape.reconciled(booked, ROWS)

    assert found["agrees"] is True
    assert found["accounts"][0]["elsewhere_minor"] == 5_000
    assert tape.reconciled([replace(booked[0], on_tape=79_999)], ROWS)["agrees"] is False
