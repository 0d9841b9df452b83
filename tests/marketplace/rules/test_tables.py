"""What may be asked of a table by its address."""

import pytest

from marketplace.rules import tables
from marketplace.rules.saved_filters import FilterInvalid, read
from marketplace.rules.tables import UnknownColumn, UnknownFilter, UnknownOrder, UnknownPage

KNOWN = ("number", "net", "gross")


class TestColumns:
    def test_are_all_if_none_is_asked_for_and_keep_the_order_of_the_table(self):
        assert tables.columns([], KNOWN) == tables.columns(["", ","], KNOWN) == KNOWN
        assert tables.columns(["gross", "number,gross"], KNOWN) == ("number", "gross")
        assert tables.columns(["gross"], KNOWN, always=["number"]) == ("number", "gross")

    def test_that_are_none_are_refused_with_those_that_are(self):
        with pytest.raises(UnknownColumn, match="no column “secret”"):
            tables.columns(["net,secret"], KNOWN)


def test_order_is_a_known_name_upwards_or_downwards():
    assert [tables.order(asked, KNOWN) for asked in ("", "net", "-net")] == [
        ("", False),
        ("net", False),
        ("net", True),
    ]
    for wrong in ("nett", "--net", "-", "net,gross"):
        with pytest.raises(UnknownOrder, match="but by: number, net, gross"):
            tables.order(wrong, KNOWN)


def test_filters_are_known_or_refused():
    tables.filters(["net", "net"], KNOWN)
    with pytest.raises(UnknownFilter, match="no filter “colour”"):
        tables.filters(["net", "colour"], KNOWN)


def test_pages_are_small_whole_numbers():
    assert [tables.page(asked) for asked in ("", "1", "99999")] == [1, 1, 99_999]
    for wrong in ("0", "-1", "1.0", "x", "100000", "9" * 40, "１"):
        with pytest.raises(UnknownPage):
            tables.page(wrong)


class TestKeptFilters:
    def test_have_single_blanks_and_no_page_and_no_format(self):
        asked = "?status=ISSUED&page=2&format=csv&seller=%E7%94%B2&columns=a%2Cb"

        assert read(page="invoices", name="  待付  款 ", query=asked) == (
            "待付 款",
            "status=ISSUED&seller=%E7%94%B2&columns=a%2Cb",
        )
        assert read(page="invoices", name="all", query="") == ("all", "")

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"page": "leases/../"}, "/page"),
            ({"name": "  "}, "/name"),
            ({"name": "x" * 61}, "/name"),
            ({"name": "a\u202eb"}, "/name"),
            ({"query": "lease=" + "x" * 1000}, "/query"),
        ],
    )
    def test_that_cannot_be_kept_say_where(self, changed, pointer):
        with pytest.raises(FilterInvalid) as caught:
            read(**({"page": "invoices", "name": "n", "query": ""} | changed))

        assert [flaw.pointer for flaw in caught.value.flaws] == [pointer]
