from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from marketplace.shared.money import Money


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def drawn(source: str, address: str = "/", **context: object) -> str:
    template = Template("{% load jijian %}" + source)
    return template.render(Context({"request": RequestFactory().get(address), **context}))


class TestTable:
    def test_follows_paths_and_methods_links_cells_and_leaves_totals_blank(self):
        row = SimpleNamespace(lessee={"name": "<甲>"}, url=lambda: "/x/", total=Money(-5, "CNY"))
        columns = [
            {"key": "lessee.name", "label": "Lessee", "url": "url"},
            {"key": "missing.path", "label": "Nothing"},
            {"key": "total", "label": "Amount", "kind": "money"},
        ]

        html = drawn(
            "{% table columns rows 'All' totals %}", columns=columns, rows=[row], totals={"total": row.total}
        )

        assert '<a href="/x/">&lt;甲&gt;</a>' in html
        assert html.count("—") == 1
        assert html.count("−¥0.05") == 2


class TestSort:
    def test_turns_the_order_round_and_goes_back_to_the_first_page(self):
        html = drawn("{% sort 'total' 'Amount' %}", "/?ordering=total&page=3&q=a")

        assert 'aria-sort="ascending"' in html
        assert 'href="?ordering=-total&amp;q=a"' in html


class TestPagination:
    def test_keeps_the_filters_in_its_links(self):
        page = Paginator(range(30), 10).page(2)

        html = drawn("{% pagination page %}", "/?q=a&page=2", page=page)

        assert 'rel="prev" href="?q=a&amp;page=1"' in html
        assert 'rel="next" href="?q=a&amp;page=3"' in html
        assert "Page 2 of 3" in html

    def test_offers_nothing_beyond_the_only_page(self):
        html = drawn("{% pagination page %}", page=Paginator([], 10).page(1))

        assert "<a" not in html

    def test_takes_cursors(self):
        html = drawn("{% pagination page %}", page={"next": "?cursor=x", "words": "1–50"})

        assert 'href="?cursor=x"' in html
        assert "1–50" in html


class TestExports:
    def test_keeps_the_filters_in_force(self):
        assert 'href="?q=a&amp;format=xlsx"' in drawn("{% exports %}", "/?q=a")

    def test_have_all_pages_and_may_be_one_of_several_tables(self):
        shown = drawn("{% exports table='vat' %}", "/?q=a&page=3&before=9&cursor=x")

        assert 'href="?q=a&amp;table=vat&amp;format=csv"' in shown


class TestBadge:
    def test_knows_states_by_their_code_and_shows_unknown_ones_plainly(self):
        assert 'class="badge fault"' in drawn("{% badge 'OVERDUE' 'late' %}")
        assert 'class="badge off"' in drawn("{% badge 'WHATEVER' 'so' %}")


class TestMoney:
    def test_is_a_dash_when_there_is_none(self):
        assert drawn("{{ nothing|money }}") == "—"
