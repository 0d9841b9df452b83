"""An order of the book, and a file of orders: what is read, and every flaw at its place."""

from datetime import date
from decimal import Decimal

import pytest

from leasing.rules import order_tables, orders
from leasing.rules.orders import State

CODES = {"M1-MC", "M1-LA"}
GOOD = {
    "reference": "A-1",
    "part": "Housing",
    "quantity": "300",
    "due_before": "2026-03-31",
    "cycle_seconds": "90.5",
    "category": "M1-MC",
}
HEADER = "reference,part,material,quantity,due_before,cycle_seconds,setup_seconds,category,earliest_start"
CHINESE = "订单号,零件,数量,完工早于,单件秒数,设备类别"


def flaws(**changes):
    made, found = orders.read(GOOD | changes, categories=CODES)
    assert (made is None) == bool(found)
    return [(one.pointer, one.code) for one in found]


class TestOrder:
    def test_is_read_exactly(self):
        made, found = orders.read(GOOD | {"setup_seconds": 1800}, categories=CODES)

        assert found == []
        assert (made.quantity, made.due_before) == (Decimal(300), date(2026, 3, 31))
        assert (made.state, made.material, made.earliest_start) == (State.OPEN, "", None)
        assert made.seconds == Decimal("28950.0")  # 1,800 + 300 × 90.5

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("reference", " ", "required"),
            ("reference", "x" * 41, "too_long_text"),
            ("part", "a\x00b", "control_character"),
            ("part", 10**130, "too_long_text"),
            ("quantity", "0", "zero"),
            ("quantity", "-1", "negative"),
            ("quantity", "1.0005", "not_a_number"),
            ("quantity", "1e3", "not_a_number"),
            ("quantity", "٣", "not_a_number"),
            ("quantity", True, "not_a_number"),
            ("quantity", "1234567890", "not_a_number"),
            ("quantity", 1.5e300, "not_a_number"),
            ("cycle_seconds", "0", "zero"),
            ("cycle_seconds", None, "required"),
            ("setup_seconds", "-5", "negative"),
            ("due_before", "2026-02-30", "not_a_day"),
            ("due_before", "31.03.2026", "not_a_day"),
            ("due_before", ["2026"], "not_a_day"),
            ("earliest_start", "2026-03-31", "starts_too_late"),
            ("category", "X9", "unknown_category"),
            ("state", "LOST", "unknown_state"),
            ("state", ["OPEN"], "unknown_state"),
            ("colour", "red", "unknown_field"),
        ],
    )
    def test_names_what_is_wrong_at_its_field(self, field, value, code):
        assert flaws(**{field: value}) == [(f"/{field}", code)]

    def test_names_everything_at_once(self):
        found = flaws(quantity="x", due_before="", category="")

        assert found == [
            ("/quantity", "not_a_number"),
            ("/due_before", "required"),
            ("/category", "required"),
        ]

    def test_may_call_itself_by_a_number(self):
        assert orders.read(GOOD | {"reference": 4711}, categories=CODES)[0].reference == "4711"

    def test_stands_in_a_list_once(self):
        found = orders.repeated([("/0", "A"), ("/1", "B"), ("/2", "A")])

        assert [(one.pointer, one.code) for one in found] == [("/2/reference", "twice")]

    def test_must_be_an_object(self):
        assert orders.read([], categories=CODES)[1][0].code == "not_an_object"

    def test_keeps_what_is_not_given_when_it_is_changed(self):
        before, _ = orders.read(GOOD, categories=CODES)
        known = {name: getattr(before, name) for name in orders.FIELDS}

        made, found = orders.read({"quantity": "5", "state": "DONE"}, categories=CODES, known=known)

        assert found == []
        assert (made.quantity, made.state, made.part) == (Decimal(5), State.DONE, "Housing")

    def test_needs_no_set_up(self):
        made, _ = orders.read(GOOD, categories=CODES)

        assert (made.setup_seconds, made.seconds) == (0, Decimal(27_150))


def read(text, encoding="utf-8"):
    return order_tables.read(text.encode(encoding), categories=CODES)


def faults(text):
    made, found = read(text)
    assert made == []
    return [(one.row, one.column, one.code) for one in found]


class TestFile:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_is_read_in_both_encodings_with_chinese_columns(self, encoding):
        made, found = read(
            f"{CHINESE}\r\nA-1,壳体,300,2026-03-31,90,M1-MC\r\n\r\nA-2,轴,5,2026-04-01,60,M1-LA", encoding
        )

        assert found == []
        assert [(one.reference, one.part) for one in made] == [("A-1", "壳体"), ("A-2", "轴")]

    def test_names_every_fault_at_its_row_and_column(self):
        text = f"{HEADER}\nA-1,Housing,,x,2026-03-31,90,,M1-MC,\nA-1,,,1,31.3.,90,,M9,2026-01-01\nA-3,Shaft"

        assert faults(text) == [
            (2, "quantity", "not_a_number"),
            (3, "part", "required"),
            (3, "due_before", "not_a_day"),
            (3, "category", "unknown_category"),
            (3, "reference", "twice"),
            (4, "", "row_length"),
        ]

    def test_says_what_its_header_lacks(self):
        assert faults("reference,part,part,price\n") == [
            (1, "part", "column_twice"),
            (1, "price", "unknown_column"),
            (1, "quantity", "column_missing"),
            (1, "due_before", "column_missing"),
            (1, "cycle_seconds", "column_missing"),
            (1, "category", "column_missing"),
        ]

    def test_calls_columns_as_the_file_does(self):
        assert faults(f"{CHINESE}\nA-1,壳体,0,2026-03-31,90,M1-MC") == [(2, "数量", "zero")]

    def test_cannot_be_anything_else(self):
        wanted = {
            b"\xff\xff\xff": "encoding",
            b"x" * (order_tables.MOST_BYTES + 1): "too_large",
            HEADER.encode(): "empty",
            b'"reference': "broken",
            f'{HEADER}\n"A-1'.encode(): "broken",
        }
        for content, code in wanted.items():
            made, found = order_tables.read(content, categories=CODES)
            assert (made, found[-1].code) == ([], code)
        assert {one.code for one in order_tables.read(b"", categories=CODES)[1]} == {"column_missing"}

    def test_has_an_end(self):
        row = "\nA-{},Housing,,1,2026-03-31,90,,M1-MC,"
        text = HEADER + "".join(row.format(n) for n in range(order_tables.MOST_ROWS))
        made, found = read(text)
        assert (len(made), found) == (order_tables.MOST_ROWS, [])

        assert faults(text + row.format("more"))[-1] == (order_tables.MOST_ROWS + 2, "", "too_many_rows")
