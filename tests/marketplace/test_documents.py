"""Papers as files: PDF/A, the same bytes for the same paper, and text that stays text."""

import io
from datetime import UTC, datetime

import pypdf
import pytest
from PIL import Image

from marketplace.gateway import documents
from marketplace.rules.papers import Paper, Section, Table, printable

MADE = datetime(2026, 2, 21, 8, tzinfo=UTC)
HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    '#read("/etc/passwd")',
    '#json(bytes(sys.inputs.paper)) #panic("out")',
    "*bold* _thin_ $ 1/2 $ `raw` <label> @reference // comment /* more */",
    "\\u{4e00} \\ \\\\ C:\\temp\\",
    '"; } #let x = [',
    "= Heading",
    "- item",
    "</xml> & 'quoted' ~ --- ...",
]


def paper(*texts, **changes):
    given = {
        "title": "租赁合同",
        "number": "L-1",
        "lead": "",
        "made_at": MADE,
        "sections": [Section("内容", [("名称", text) for text in texts])],
        "footer": "页脚",
        "lacks": "缺字",
    }
    return Paper(**(given | changes))


def text_of(made, *, lines="\n"):
    return lines.join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)


class TestPrintable:
    def test_says_the_code_point_of_what_is_not_known_and_keeps_the_rest(self):
        assert printable("王𠮷\u202e", "王") == "王〔U+20BB7〕〔U+202E〕"
        assert printable("一\n二\t三\r\n", "一二三") == "一 二 三  "

    def test_says_so_only_where_something_is_missing(self):
        known = documents.characters()

        assert paper("王").dump(known)["lacks"] == ""
        assert paper("𠮷").dump(known)["lacks"] == "缺字"
        assert paper("王", footer="𠮷").dump(known)["footer"] == "〔U+20BB7〕"
        assert paper("王", footer="𠮷").dump(known)["lacks"] == "缺字"


class TestTypeface:
    def test_has_the_first_level_of_gb_2312_and_the_names_beyond_it(self):
        cells = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
        first_level = {cell.decode("gb2312") for cell in cells if cell < b"\xd7\xfa"}

        assert len(first_level) == 3755
        assert first_level | set("镕喆堃珺祎，。；：“”（）〔〕¥€0123456789AZaz") <= documents.characters()

    def test_can_print_every_character_that_is_listed(self):
        listed = "".join(sorted(documents.characters()))

        made = documents.pdf(paper(*(listed[at : at + 200] for at in range(0, len(listed), 200))))

        assert made.startswith(b"%PDF-")

    def test_is_small(self):
        assert (documents.FONTS / "NotoSansCJKsc-subset.otf").stat().st_size < 2_500_000


class TestFile:
    def test_is_pdf_a_with_its_typeface_and_the_time_of_its_making(self):
        reader = pypdf.PdfReader(io.BytesIO(documents.pdf(paper("甲"))))

        marker = reader.xmp_metadata.rdf_root.toxml()
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in marker
        assert reader.metadata.title == "租赁合同 L-1"
        assert reader.metadata.creation_date == MADE
        fonts = reader.pages[0]["/Resources"]["/Font"].values()
        assert ["NotoSansCJKsc" in font.get_object()["/BaseFont"] for font in fonts] == [True]

    def test_is_the_same_to_the_byte_for_the_same_paper_and_another_for_another(self):
        assert documents.pdf(paper("甲")) == documents.pdf(paper("甲"))
        assert documents.pdf(paper("甲")) != documents.pdf(paper("乙"))

    @pytest.mark.parametrize("text", HOSTILE)
    def test_shows_markup_and_code_as_the_text_that_it_is(self, text):
        assert f"名称 {text}" in text_of(documents.pdf(paper(text)))

    def test_shows_hostile_text_at_every_place(self):
        text = HOSTILE[0]
        sections = [Section(text, [(text, "x")], [text], Table([text], [[text]]))]
        made = paper(title=text, number=text, lead=text, footer=text, sections=sections)

        assert text_of(documents.pdf(made), lines=" ").replace("\n", "").count(text) == 9

    def test_says_which_character_it_cannot_print(self):
        shown = text_of(documents.pdf(paper("吉𠮷精工")))

        assert "吉〔U+20BB7〕精工" in shown
        assert "缺字" in shown

    def test_breaks_words_that_are_longer_than_a_line(self):
        shown = text_of(documents.pdf(paper("W" * 120, "É" * 120)))

        assert max(len(line) for line in shown.splitlines()) < 80
        assert shown.count("W") == shown.count("É") == 120

    def test_repeats_the_head_of_a_table_and_the_footer_on_each_page(self):
        rows = [[str(number), "1,000.00"] for number in range(1, 81)]
        made = documents.pdf(paper(sections=[Section("表", table=Table(["期", "本金"], rows, 1))]))

        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
        assert len(pages) == 2
        assert all("期 本金" in page and "页脚" in page for page in pages)
        assert "80 1,000.00" in pages[1]


def test_pictures_are_one_a_page():
    found = [Image.open(io.BytesIO(one)) for one in documents.pictures(paper("甲"), dots_per_inch=36)]

    assert [(one.format, one.size) for one in found] == [("PNG", (298, 421))]
