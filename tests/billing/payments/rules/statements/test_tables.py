"""Tables: the headings of common banks, what sign means, which order, what is no movement."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from billing.payments.rules.statements import guessing, reading, sheets, tables, values
from billing.payments.rules.statements.dialects import BadDialect, Dialect, Sign, from_document, normal
from billing.payments.rules.statements.parsed import Unreadable
from billing.payments.rules.statements.reading import Unmapped
from marketplace.rules import spreadsheets
from tests.billing.payments.rules.statements import samples
from tests.billing.payments.rules.statements.samples import table

SIMPLE = Dialect(columns={"booked_on": ("day",), "amount": ("amount",)}, sign=Sign.SIGNED, currency="CNY")


def amounts(statement):
    return [line.amount for line in statement.booked]


class TestGuessing:
    @pytest.mark.parametrize(
        ("rows", "found"),
        [
            (
                [
                    "交易日期,借方发生额/元(支取),贷方发生额/元(收入),余额,对方户名",
                    "20261105,,5.00,15.00,甲",
                    "20261106,2.00,,13.00,乙",
                ],
                [5, -2],
            ),
            (["交易日,交易时间,借方金额,贷方金额,余额,收(付)方名称", "2026-11-05,10:00,,5.00,15.00,甲"], [5]),
            (["交易时间\t收入金额\t支出金额\t账户余额", "2026-11-05 10:15:00\t5.00\t\t15.00"], [5]),
            (
                ["交易日期,交易金额,借贷标志,余额", "20261105,5.00,贷,15.00", "20261106,2.00,借,13.00"],
                [5, -2],
            ),
            (["日期,金额,余额", "2026/11/05,5.00,15.00", "2026/11/06,-2.00,13.00"], [5, -2]),
            (["日期,金额,余额", "2026/11/05,-5.00,15.00", "2026/11/06,2.00,13.00"], [5, -2]),
            (["Date;Amount;Balance", "13.11.2026;5,00;1.015,00", "14.11.2026;-2,00;1.013,00"], [5, -2]),
        ],
    )
    def test_reads_what_common_banks_write(self, rows, found):
        assert amounts(reading.read(table("币种：,人民币", *rows)).statements[0]) == found

    @pytest.mark.parametrize(
        "rows",
        [
            ["日期,金额", "2026-11-05,5.00", "2026-11-06,-2.00"],  # nothing tells what the sign means
            ["Date,Debit,Credit", "05/11/2026,,5.00"],  # 5 November or 11 May
            ["日期,金额,余额", "2026-11-05,5.00,15.00", "2026-11-06,-2.00,99.00"],
            ["日期,金额,余额", "2026-11-05,five,15.00", "2026-11-06,-2.00,13.00"],
            ["when,how much", "2026-11-05,5.00"],
            ["日期,借方,贷方"],
        ],
    )
    def test_asks_a_person_where_nothing_proves_it(self, rows):
        with pytest.raises(Unmapped):
            reading.read(table("币种：,人民币", *rows))

    def test_no_table_has_no_proposal(self):
        assert guessing.guess([["a", "b"], ["c"]]) is None

    def test_who_paid_is_the_payer_of_what_came_in_and_the_payee_of_what_went_out(self):
        head = "交易日期[ Transaction Date ],交易金额[ Trade Amount ],余额,付款人名称,付款人账号,收款人名称"
        head += ",收款人账号"
        found = reading.read(
            table("币种：CNY", head, "20261105,5,15,甲,11 22,我,9", "20261106,-2,13,我,9,乙,33")
        ).statements[0]

        assert [(line.counterparty, line.counterparty_account) for line in found.booked] == [
            ("甲", "1122"),
            ("乙", "33"),
        ]


class TestReading:
    def test_the_newest_first_is_turned_round(self):
        found = reading.read(
            table("币种：,人民币", "日期,借方,贷方,余额", "20261106,2,,13", "20261105,,5,15")
        ).statements[0]

        assert amounts(found) == [5, -2]
        assert (found.opening, found.closing, found.balances) == (10, 13, True)

    def test_a_day_listed_backwards_without_balances_is_turned_round(self):
        found = tables.read([["day", "amount"], ["20261106", "2"], ["20261105", "5"]], SIMPLE)

        assert amounts(found) == [5, 2]
        assert found.balances is None

    def test_a_missing_row_breaks_the_chain(self):
        dialect = Dialect(
            columns={"booked_on": ("日期",), "debit": ("借方",), "credit": ("贷方",), "balance": ("余额",)}
        )
        rows = [
            ["日期", "借方", "贷方", "余额"],
            ["20261105", "", "5", "15"],
            ["20261106", "", "1", "20"],
            ["20261107", "", "1", "21"],
        ]
        found = tables.read(rows, dialect)

        assert (found.breaks, found.balances) == ((1,), False)

    def test_totals_notes_and_rows_without_money_are_no_movements(self):
        rows = [
            ["day", "amount"],
            ["期初余额", ""],
            ["20261105", "5"],
            ["20261105", "0.00"],
            ["", ""],
            ["谢谢", ""],
            ["合计：", "5"],
        ]
        found = tables.read(rows, SIMPLE)

        assert amounts(found) == [5]
        assert [line.status for line in found.lines] == ["NOTE", "BOOK", "NOTE", "NOTE", "NOTE"]

    def test_columns_can_be_named_by_their_place(self):
        dialect = Dialect(columns={"booked_on": ("#1",), "amount": ("#2",)}, sign=Sign.SIGNED, currency="CNY")

        assert amounts(tables.read([["20261105", "5"], ["20261106", "-2"]], dialect)) == [5, -2]

    def test_headings_that_are_not_there_are_told(self):
        assert tables.read([["tag", "betrag"]], SIMPLE) is None
        with pytest.raises(Unmapped):
            reading.read(table("tag,betrag", "20261105,5"), SIMPLE)

    @pytest.mark.parametrize(
        ("dialect", "row", "code"),
        [
            (
                Dialect(columns={"booked_on": ("a",), "debit": ("b",), "credit": ("c",)}, currency="CNY"),
                "20261105,1,1",
                "two_amounts",
            ),
            (
                Dialect(columns={"booked_on": ("a",), "debit": ("b",), "credit": ("c",)}, currency="CNY"),
                "20261105,,",
                "no_amount",
            ),
            (
                Dialect(columns={"booked_on": ("a",), "debit": ("b",), "credit": ("c",)}, currency="CNY"),
                "20261105,x,",
                "no_amount",
            ),
            (
                Dialect(columns={"booked_on": ("a",), "debit": ("b",), "credit": ("c",)}, currency="CNY"),
                "heute,1,",
                "no_day",
            ),
            (
                Dialect(
                    columns={"booked_on": ("a",), "amount": ("b",), "direction": ("c",)},
                    sign=Sign.WORD,
                    currency="CNY",
                ),
                "20261105,1,?",
                "no_direction",
            ),
            (
                Dialect(columns={"booked_on": ("a",), "debit": ("b",), "credit": ("c",)}),
                "20261105,1,",
                "no_currency",
            ),
        ],
    )
    def test_what_cannot_be_read_is_told(self, dialect, row, code):
        found = reading.read(table("a,b,c", row), dialect).statements[0]

        assert code in [flaw.code for flaw in found.flaws]

    def test_a_memo_of_several_columns_is_joined(self):
        dialect = Dialect(columns={**SIMPLE.columns, "memo": ("x", "y")}, sign=Sign.REVERSED, currency="CNY")
        found = tables.read([["day", "amount", "x", "y"], ["20261105", "-5", "a", "b"]], dialect)

        assert (found.lines[0].memo, found.lines[0].amount) == ("a b", 5)


class TestDialects:
    def test_a_document_is_read_back(self):
        dialect = from_document(SIMPLE.document())

        assert dialect == SIMPLE

    @pytest.mark.parametrize(
        "document",
        [
            None,
            [],
            {},
            {"columns": {"booked_on": "a"}},
            {"columns": {"booked_on": "a", "amount": "b"}, "sign": "WORD"},
            {**SIMPLE.document(), "sign": "?"},
            {**SIMPLE.document(), "columns": {"booked_on": 7, "amount": "b", "x": "y"}},
            {**SIMPLE.document(), "currency": "yuan"},
            {**SIMPLE.document(), "skip_words": "no"},
            {**SIMPLE.document(), "delimiter": ["\x00"]},
            {**SIMPLE.document(), "columns": {"booked_on": "\x00", "amount": ""}},
        ],
    )
    def test_a_bad_one_is_refused(self, document):
        with pytest.raises(BadDialect):
            from_document(document)

    def test_headings_lose_what_banks_put_around(self):
        assert normal("贷方发生额（元）") == "贷方发生额"
        assert normal("Transaction_Date") == "transaction date"


class TestSpreadsheets:
    def made(self, *rows, formats=()):
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file, {"in_memory": True})
        book.add_worksheet("empty")
        sheet = book.add_worksheet("lines")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
        book.close()
        return file.getvalue()

    def test_numbers_and_days_of_cells_are_exact(self):
        data = self.made(
            ["币种：", "人民币"],
            ["日期", "借方发生额", "贷方发生额", "余额"],
            [date(2026, 11, 5), None, 0.1 + 0.2, 776.18],
            [date(2026, 11, 6), 776.17, None, 0.01],
        )
        found = reading.read(data).statements[0]

        assert amounts(found) == [Decimal("0.3"), Decimal("-776.17")]
        assert found.lines[0].booked_on == date(2026, 11, 5)
        assert found.balances is True

    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            ("1E3", "1000"),
            ("0.30000000000000004", "0.3"),
            ("1E+99", "1E+99"),
            ("x", "x"),
            ("9" * 50, "9" * 50),
        ],
    )
    def test_a_number_is_what_a_spreadsheet_shows(self, cell, text):
        assert spreadsheets._number(cell, is_day=False) == text

    def test_a_damaged_one_is_refused(self):
        data = self.made(["日期", "借方", "贷方"])
        for bad in (data[:-200], data[:100], b"PK\x03\x04" + b"x" * 90, self.made()):
            with pytest.raises(Unreadable):
                reading.read(bad)

    def test_one_that_unpacks_to_too_much_is_refused(self, monkeypatch):
        monkeypatch.setattr(sheets, "LIMITS", replace(sheets.LIMITS, unpacked=500))
        with pytest.raises(Unreadable):
            reading.read(self.made(["日期", "借方", "贷方"]))


class TestForms:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty"),
            (b" \n", "empty"),
            (b"\xd0\xcf\x11\xe0xxxx", "old_excel"),
            (b"%PDF-1.7", "unknown_format"),
            (b"<html>", "unknown_format"),
            (b"<?xml version='1.0'?><a/>", "no_statement"),
            (b"\x81\x00\x00,\x00", "unknown_format"),
            (b"x" * 20_000_001, "too_large"),
            (b'"' + b"x" * 200_000, "unknown_format"),
        ],
    )
    def test_what_is_no_statement_says_so(self, data, code):
        with pytest.raises(Unreadable) as refused:
            reading.read(data)

        assert [flaw.code for flaw in refused.value.flaws] == [code]

    def test_utf_16_is_read_by_its_mark(self):
        text = "币种：,人民币\n日期,借方,贷方\n20261105,,5\n"

        assert amounts(reading.read(text.encode("utf-16")).statements[0]) == [5]

    def test_only_tables_have_rows(self):
        assert reading.rows_of(samples.sample(samples.SCENARIO["MT940"])) == []
        assert (
            len(reading.rows_of(samples.sample(samples.SCENARIO["TABLE"]), Dialect(encoding="gb18030"))) == 20
        )


class TestOddSpreadsheets:
    """What spreadsheets of other programs hold: cells without names, runs of text, columns far out."""

    SHEET = (
        '<worksheet><sheetData><row><c t="inlineStr"><is><r><t>日</t></r><r><t>期</t></r></is></c>'
        '<c t="str"><v>借方</v></c>'
        '<c t="inlineStr"/><c r="D1" t="s"><v>9</v></c><c r="ZZ1"><v>1</v></c></row></sheetData></worksheet>'
    )

    def zipped(self, **files):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, text in files.items():
                archive.writestr(name.replace("__", "/") + ".xml", text)
        return data.getvalue()

    def test_cells_are_read_where_they_stand(self):
        assert sheets.xlsx_rows(self.zipped(xl__worksheets__sheet1=self.SHEET)) == [["日期", "借方", "", ""]]

    @pytest.mark.parametrize(
        ("bound", "files"),
        [
            ("rows", {"xl__worksheets__sheet1": SHEET.replace("<row>", "<row/><row/><row>")}),
            (
                "rows",
                {"xl__worksheets__sheet1": SHEET, "xl__sharedStrings": "<a>" + "<si/>" * 200 + "</a>"},
            ),
        ],
    )
    def test_more_than_is_read_is_refused(self, monkeypatch, bound, files):
        monkeypatch.setattr(sheets, "LIMITS", replace(sheets.LIMITS, **{bound: 1}))
        with pytest.raises(Unreadable):
            sheets.xlsx_rows(self.zipped(**files))

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("<row>" + "<c/>" * 200_001 + "</row>", "too_many_lines"),
            ("<x>" * 70 + "</x>" * 70, "too_many_lines"),
            ("<x>" + "a" * 20_000_001 + "</x>", "too_large"),
        ],
    )
    def test_little_is_alive_at_a_time(self, row, code):
        sheet = f"<worksheet><sheetData>{row}</sheetData></worksheet>"
        with pytest.raises(Unreadable) as refused:
            sheets.xlsx_rows(self.zipped(xl__worksheets__sheet1=sheet))

        assert [each.code for each in refused.value.flaws] == [code]

    def test_what_stands_between_rows_is_forgotten(self):
        sheet = self.SHEET.replace("<row>", "<x><y/></x>" * 110_000 + "<row>")

        assert sheets.xlsx_rows(self.zipped(xl__worksheets__sheet1=sheet)) == [["日期", "借方", "", ""]]

    def test_more_than_a_zip_says_is_refused(self, monkeypatch):
        monkeypatch.setattr(
            spreadsheets._Bounded,
            "__init__",
            lambda self, file, _: vars(self).update(file=file, left=10, piece=10),
        )
        with pytest.raises(Unreadable):
            sheets.xlsx_rows(self.zipped(xl__worksheets__sheet1=self.SHEET))


def test_values_that_are_none():
    assert values.number("9" * 61) is None
    assert values.number("5-") == -5
    assert values.day("46331") == date(2026, 11, 5)
    assert values.day("2026-11") is None
    assert values.a_date("20261", "1", "1") is None
    assert values.a_date("1900", "1", "1") is None
    assert values.clean("a\x07b\tc", 10) == "ab c"
