"""Tables as CSV and XLSX: the same cells in both, of their kind, and nothing that a spreadsheet would run."""

import csv
import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import FileResponse
from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from marketplace.gateway import files, sheets
from marketplace.gateway.files import UnknownFormat, asked_format, table_answer
from marketplace.gateway.sheets import SheetTooLarge

COLUMNS = ["编号", "Amount", "Rate", "Count", "Day", "Nothing"]
HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "http://example.com",
    "1234",
    "0012",
    " =1",
    "<v>&\"'",
    "a\x01b\x0b",
    "_x0001_",
    "两 行\n三",
    "\n=1",
    *(f"{sign}1+1" for sign in "＝＋－＠"),
]


def opened(content):
    """Return heading and rows as another program reads them."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def sheet(rows, columns=COLUMNS):
    answer = table_answer("xlsx", "table", columns, rows)
    assert answer["Content-Type"] == sheets.MEDIA_TYPE
    assert answer["Content-Disposition"] == 'attachment; filename="table.xlsx"'
    return answer.content


def part(content, name):
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


class TestSheet:
    def test_has_numbers_and_days_as_such_and_empty_cells_for_nothing(self):
        row = ["甲-1", Decimal("-1234.50"), Decimal("0.1300"), 7, date(2026, 10, 15), None]

        content = sheet([row, ["", "", "", "", "", ""]])

        heading, first = opened(content)
        assert heading == COLUMNS
        assert first == ["甲-1", -1234.5, 0.13, 7.0, date(2026, 10, 15), ""]
        styles = part(content, "xl/styles.xml")
        for shown in ("#,##0.00", "#,##0.0000", "yyyy-mm-dd"):
            assert shown in styles or shown == "#,##0.00"  # that one is built in, as number 4
        assert "<v>-1234.50</v>" in part(content, "xl/worksheets/sheet1.xml")

    def test_shows_moments_as_local_time(self):
        zone = datetime(2026, 10, 15, 9, 30, tzinfo=UTC).astimezone()

        assert opened(sheet([[zone]], ["At"]))[1] == [zone.replace(tzinfo=None)]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_keeps_every_text_a_text(self, text):
        content = sheet([[text]], ["Text"])

        assert opened(content)[1][0] in (text, text.replace("\r", "\n"))
        assert "<f>" not in part(content, "xl/worksheets/sheet1.xml")
        assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "rels/sheet" in name]

    def test_marks_what_would_be_a_formula_when_it_is_edited(self):
        assert 'quotePrefix="1"' in part(sheet([["=1"]], ["Text"]), "xl/styles.xml")

    def test_loses_no_digit(self):
        long = [Decimal("12345678901234567.89"), 2**70, Decimal("0.1234567890123456")]

        assert opened(sheet([long], ["a", "b", "c"]))[1] == [str(number) for number in long]

    def test_is_the_same_to_the_byte_for_the_same_rows(self):
        rows = [["甲", Decimal("1.00"), None, 1, date(2026, 1, 1), "x"]]

        assert sheet(rows) == sheet(rows)

    def test_of_no_rows_has_its_heading(self):
        assert opened(sheet([])) == [COLUMNS]

    def test_refuses_what_does_not_fit_and_leaves_no_file(self, monkeypatch, tmp_path):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        monkeypatch.setattr(sheets, "MOST_ROWS", 3)

        with pytest.raises(SheetTooLarge):
            table_answer("xlsx", "table", ["n"], ([number] for number in range(3)))
        with pytest.raises(SheetTooLarge):
            table_answer("xlsx", "table", ["n"], [["x" * 32_768]])

        assert len(opened(sheet([[1], [2]], ["n"]))) == 3
        assert list(tmp_path.iterdir()) == []


class TestBoth:
    def test_have_the_same_cells(self):
        rows = [
            [text, Decimal("12.30"), Decimal("0.06"), number, date(2026, 1, 1) + timedelta(number), None]
            for number, text in enumerate(("甲", "=1", "b", "-c"))
        ]

        written = list(
            csv.reader(io.StringIO(table_answer("csv", "t", COLUMNS, rows).content.decode("utf-8-sig")))
        )

        read = opened(sheet(rows))
        assert written[0] == read[0]
        for texts, cells in zip(written[1:], read[1:], strict=True):
            assert [texts[0].removeprefix("'"), *map(Decimal, texts[1:4]), texts[4], texts[5]] == [
                cells[0],
                *(round(Decimal(cell), 4) for cell in cells[1:4]),
                str(cells[4]),
                cells[5],
            ]

    @pytest.mark.parametrize("sign", [*"=+-@\t\r\n", *"＝＋－＠"])
    def test_hold_no_text_that_a_spreadsheet_would_run(self, sign):
        content = table_answer("csv", "t", ["Text"], [[f"{sign}1+1"]]).content.decode("utf-8-sig")

        assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{sign}1+1"]

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_hold_no_rows_in_memory(self, form, monkeypatch):
        monkeypatch.setattr(files, "IN_MEMORY", 10_000)
        peaks = []
        for many in (2_500, 5_000):
            tracemalloc.start()
            answer = table_answer(
                form, "t", COLUMNS, ([f"甲{n}", Decimal(n), n, n, "", ""] for n in range(many))
            )
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert isinstance(answer, FileResponse)
            content = answer.getvalue()
            assert int(answer["Content-Length"]) == len(content)
            answer.file_to_stream.close()
        assert peaks[1] < peaks[0] + 200_000

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_are_whole_or_not_sent_at_all(self, form):
        def rows():
            yield ["1"]
            raise KeyError("gone")

        with pytest.raises(KeyError):
            table_answer(form, "t", ["n"], rows())


class TestCsv:
    def test_has_its_mark_and_quotes_what_would_be_run(self):
        content = table_answer("csv", "t", ["a", "b"], [["=1", Decimal("-1.50")], [None, "@x"]]).content

        assert content.decode() == "\ufeffa,b\r\n'=1,-1.50\r\n,'@x\r\n"


class TestAskedFormat:
    def test_is_empty_for_the_page(self):
        assert [asked_format(RequestFactory().get("/", given)) for given in ({}, {"format": ""})] == ["", ""]

    def test_knows_both_and_names_them_to_who_asks_for_another(self):
        assert [asked_format(RequestFactory().get("/", {"format": name})) for name in ("csv", "xlsx")] == [
            "csv",
            "xlsx",
        ]
        with pytest.raises(UnknownFormat, match="There are: csv, xlsx"):
            asked_format(RequestFactory().get("/", {"format": "pdf"}))
