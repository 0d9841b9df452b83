"""Rows of a file: headings in both languages, units, every fault at its column."""

import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.rules import import_files, import_rows
from marketplace.rules.categories import category, fields_of
from marketplace.rules.import_columns import COLUMNS
from marketplace.rules.import_files import NotRead
from marketplace.rules.offers import checked_offer
from marketplace.rules.specs import validate
from tests.rounds import tries

GOOD = {
    "site": "Hall 1",
    "category": "M1-MC",
    "maker": "DMG MORI",
    "model": "DMU 50",
    "serial": "SN-1",
    "price_by": "hour",
    "price": "128",
}


def read(**other):
    return import_rows.read(GOOD | other)


def codes(**other):
    return [(one.pointer, one.code) for one in read(**other)[1]]


class TestTheExample:
    """The example of the template, by hand: 0.65 m are 650 mm; 3,000 yuan; 60,000 yuan are 6,000,000 fen."""

    def test_reads_as_it_says(self):
        offered, flaws = import_rows.read({one.field: one.example for one in COLUMNS if one.example})

        assert flaws == []
        values, wrong = validate(fields_of(offered.category), offered.specs)
        assert (values["travel_x"], values["spindle_speed"], wrong) == ("650", "18000", [])
        assert (offered.deposit_minor, offered.minimum_days, offered.publish) == (6_000_000, 3, True)
        assert (offered.built_on, offered.name) == (date(2021, 5, 31), "DMG MORI DMU 50")
        plan, _rules = checked_offer(price_plan=offered.plan, count_rules=list(offered.counts))
        assert plan["components"][0]["price"] == "128.00" and plan["minimum"] == {"amount": "3000"}

    @pytest.mark.parametrize("by", ["hour", "part", "use", "slot", "小时", "件", "次", "时段"])
    def test_every_simple_price_is_an_offer(self, by):
        offered, flaws = read(price_by=by)

        assert flaws == []
        assert checked_offer(price_plan=offered.plan, count_rules=list(offered.counts))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("travel_x", "travel_x"),
        ("X travel", "travel_x"),
        ("X 轴行程", "travel_x"),
        ("行程X", "travel_x"),
        ("x行程", "travel_x"),
        ("主轴", "spindle_speed"),
        ("行程", "行程"),
        ("colour", "colour"),
    ],
)
def test_a_specification_is_known_by_what_people_call_it(name, code):
    assert import_rows.spec_code(name, category("M1-MC")) == code


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"site": ""}, [("/site", "required")]),
        ({"site": "x" * 81}, [("/site", "too_long")]),
        ({"category": ""}, [("/category", "required")]),
        ({"category": "M1"}, [("/category", "unknown_category")]),
        ({"serial": "A; A"}, [("/serial", "serial_twice")]),
        ({"serial": "x" * 61}, [("/serial", "too_long")]),
        ({"serial": ";".join(map(str, range(51)))}, [("/serial", "too_many_entries")]),
        ({"serial": "A;B", "pool_size": "3"}, [("/pool_size", "other_pool")]),
        ({"pool_size": "51"}, [("/pool_size", "not_a_whole_number")]),
        ({"region": "3205"}, [("/region", "not_a_region")]),
        ({"built_on": "2021-02-30"}, [("/built_on", "not_a_built_day")]),
        ({"built_on": "yesterday"}, [("/built_on", "not_a_built_day")]),
        ({"price": "cheap"}, [("/price", "not_an_amount")]),
        ({"price": ""}, [("/price", "price_missing")]),
        ({"price_by": ""}, [("/price_by", "price_missing")]),
        ({"price_by": "month"}, [("/price_by", "not_a_choice")]),
        ({"price": "", "price_by": "", "publish": "yes"}, [("/price_by", "price_missing")]),
        ({"price": "", "price_by": "", "minimum": "5"}, [("/price_by", "price_missing")]),
        ({"deposit": "1.001"}, [("/deposit", "not_fen")]),
        ({"publish": "maybe"}, [("/publish", "not_answered")]),
        ({"minimum_days": "4000"}, [("/minimum_days", "not_a_whole_number")]),
        ({"specifications": "axes"}, [("/specifications", "not_spec_pairs")]),
        ({"specifications": "axes=5; 轴数=5"}, [("/specifications", "spec_twice")]),
        ({"price_plan": "{}"}, [("/price_plan", "plan_and_price")]),
        ({"price_plan": "[1]", "price": "", "price_by": ""}, [("/price_plan", "not_json")]),
        ({"price_plan": "{", "price": "", "price_by": ""}, [("/price_plan", "not_json")]),
        ({"count_rule": "{"}, [("/count_rule", "not_json")]),
        ({"price": "1,280.50元", "deposit": "¥6,000", "pool_size": "1.0"}, []),
        ({"built_on": "2021年5月1日"}, []),
    ],
)
def test_a_fault_is_told_at_its_column(other, told):
    assert codes(**other) == told


def test_values_are_said_as_the_dictionary_says_them():
    pairs = "数控系统=海德汉；轴数＝5\n测头=x; 位置 = 5 μm"
    offered, flaws = import_rows.read(GOOD | {"specifications": pairs}, choices={"海德汉": "Heidenhain"})

    assert flaws == [] and offered.specs["controller"] == "Heidenhain" and offered.specs["axes"] == "5"
    assert read(specifications="数控系统=heidenhain")[0].specs == {"controller": "Heidenhain"}
    assert read(specifications={"axes": 5})[0].specs == {"axes": 5}


def test_yes_and_no_are_true_and_false():
    node = next(n for n in import_rows.tree() for f in n.specs if f.kind == "bool")
    field = next(f for f in node.specs if f.kind == "bool")

    for said, meant in (("是", True), ("no", False), ("maybe", "maybe")):
        found = read(category=node.code, specifications=f"{field.name_zh}={said}")[0].specs
        assert found == {field.code: meant}
    assert read(publish=True)[0].publish is True and read(publish=False)[0].publish is False


@pytest.mark.parametrize(
    ("by", "said", "rule"),
    [
        ("hour", "controller=ACTIVE|FEED_HOLD", {"channel": "controller", "states": ["ACTIVE", "FEED_HOLD"]}),
        ("part", "good_count", {"channel": "execution", "counter": "good_count"}),
        ("slot", "chamber", {"channel": "chamber"}),
        ("slot", "chamber=DONE", {"channel": "chamber", "states": ["DONE"], "done": ["DONE"]}),
        ("hour", '[{"meter": "run_time"}]', {"meter": "run_time"}),
        ("hour", {"meter": "run_time"}, {"meter": "run_time"}),
    ],
)
def test_a_count_rule_in_few_words(by, said, rule):
    offered, flaws = read(price_by=by, count_rule=said)

    assert flaws == [] and rule.items() <= offered.counts[0].items()


def test_places_are_told_once_for_all_rows():
    rows = [
        {"site": "A"},
        {"site": "A", "region": "320594", "city": "苏州"},
        {"site": "A", "region": "1", "city": "x"},
    ]

    assert import_rows.added_sites(rows) == {"A": {"region": "320594", "city": "苏州"}}


class TestFiles:
    HEAD = "场地,设备类别,制造商,型号,序列号"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_csv_in_the_encodings_of_excel(self, encoding):
        table = import_files.read(f"{self.HEAD}\r\n\r\n一号,加工中心,甬川,CK,7\r\n".encode(encoding))

        assert table.rows == [
            (3, {"site": "一号", "category": "加工中心", "maker": "甬川", "model": "CK", "serial": "7"})
        ]

    def test_cells_copied_from_a_spreadsheet(self):
        copied = f"{self.HEAD}\n一号,M1-MC,甬川,CK,7".replace(",", "\t")

        assert import_files.read(copied.encode()).rows[0][1]["serial"] == "7"

    def test_what_keeps_a_spreadsheet_from_running_a_cell_is_taken_off(self):
        row = import_files.read(f"{self.HEAD}\n'=A1,M1-MC,'x,'-1,'12345678901234567890".encode()).rows[0][1]

        assert (row["site"], row["maker"], row["model"], row["serial"]) == (
            "=A1",
            "'x",
            "-1",
            "1234567890" * 2,
        )

    def test_json_of_both_shapes(self):
        rows = [
            GOOD | {"price": 0.1, "pool_size": 1, "deposit": None, "specifications": {"axes": 5, "x": [1.5]}}
        ]

        for content in (rows, {"rows": rows}):
            (_, cells), *_rest = import_files.read(json.dumps(content).encode()).rows
            assert (cells["price"], cells["pool_size"]) == ("0.1", "1") and "deposit" not in cells
            assert cells["specifications"] == {"axes": 5, "x": ["1.5"]}
        assert import_files.of_rows(rows).rows[0][1]["price"] == "0.1"

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("场地,colour", {"unknown_heading", "heading_missing"}),
            ("site,场地,category,maker,model,serial", {"heading_twice"}),
            (HEAD, {"empty"}),
            (f"{HEAD}\n示例：一号,1,1,1,1", {"empty"}),
            (f"{HEAD}\n1,2,3,4,5,6", {"broken"}),
            (f"{HEAD}\n" + "1,2,3,4,5\n" * 1001, {"too_many_lines"}),
            ('[{"site": "\\u0000"}]', {"heading_missing"}),
            ('[{"a": "\\ud800"}]', {"unknown_heading", "heading_missing"}),
            ("[" * 100_000, {"broken"}),
            ('{"rows": 5}', {"not_rows"}),
        ],
    )
    def test_what_cannot_be_taken_says_why(self, content, told):
        with pytest.raises(NotRead) as error:
            import_files.read(content.encode())

        assert {code for _column, code, _facts in error.value.faults} == told

    def test_rows_of_a_spreadsheet_have_the_numbers_that_it_shows(self):
        """It leaves out blank rows, here 1 and 3 to 6, and says of the others which they are."""
        sheet = self.sheet((2, self.HEAD.split(",")), (7, ["一号", "M1-MC", "甬川", "CK", "7"]))

        assert [number for number, _cells in import_files.read(sheet).rows] == [7]
        for far in (1_003, 1_048_576):
            with pytest.raises(NotRead) as error:
                import_files.read(self.sheet((1, self.HEAD.split(",")), (far, ["x"])))
            assert error.value.faults[0][1] == "too_many_lines"

    def sheet(self, *rows):
        file = io.BytesIO()
        text = "".join(
            f'<row r="{number}">' + "".join(f'<c t="str"><v>{cell}</v></c>' for cell in row) + "</row>"
            for number, row in rows
        )
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("xl/worksheets/sheet1.xml", f"<sheetData>{text}</sheetData>")
        return file.getvalue()

    @pytest.mark.parametrize("form", ["csv", "json"])
    def test_what_all_cells_hold_is_bounded(self, form, monkeypatch):
        rows = [GOOD | {"summary": "x" * 90}, GOOD | {"specifications": {"轴数": "五" * 90}}]
        content = json.dumps(rows[:1] * 2)
        if form == "csv":
            content = ",".join(rows[0]) + f"\n{','.join(rows[0].values())}" * 2
        monkeypatch.setattr(import_files, "MOST_SIGNS", 400)
        assert len(import_files.read(content.encode()).rows) == len(import_files.of_rows(rows).rows) == 2

        monkeypatch.setattr(import_files, "MOST_SIGNS", 200)
        for read in (lambda: import_files.read(content.encode()), lambda: import_files.of_rows(rows)):
            with pytest.raises(NotRead) as error:
                read()
            assert error.value.faults[0][1] == "too_long_in_all"

    @pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 4001])
    def test_what_no_table_holds_is_refused(self, value):
        for row in (GOOD | {"summary": value}, GOOD | {f"summary{value}": "x"}):
            with pytest.raises(NotRead):
                import_files.of_rows([row])


@settings(max_examples=tries(60), deadline=None)
@given(st.dictionaries(st.sampled_from([one.field for one in COLUMNS]), st.text(max_size=30)))
def test_no_row_is_too_odd_to_be_read(cells):
    offered, flaws = import_rows.read(cells)

    assert all(one.pointer.lstrip("/") in {column.field for column in COLUMNS} for one in flaws)
    assert all(one.text.format(**one.facts) for one in flaws)
    assert isinstance(offered.deposit_minor, int) and Decimal(offered.deposit_minor) >= 0
