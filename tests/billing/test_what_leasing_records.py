"""
What leasing records is billed: worked out by hand, as docs/worked-examples.md says it, for an accountant.
"""

import pytest

from billing.models import Invoice, InvoiceLineFact
from billing.queries import facts_unbilled, is_all_billed, leases_to_bill, running_cost
from tests.billing.recorded import ENDED, LATER, Books
from tests.leasing import world as worlds


@pytest.fixture
def books(db):
    return Books(worlds.make())


class TestAMonth:
    """Breakdown, maintenance, damage, early end: 1 to 23 March, no use, three sellers."""

    @pytest.fixture
    def month(self, books):
        books.settled()
        books.maintained()
        books.awarded()
        books.ended()
        return books

    def test_has_one_invoice_a_seller_and_every_fact_once(self, month):
        made = month.bill()

        assert {one.seller: one.gross_minor for one in made} == {
            month.world.lessor: 921_273,
            month.platform: 10_504,
            month.yard.workshop: 135_600,
        }
        assert month.lines(month.world.lessor) == [
            ("base_fee", 212_903, 27_677),  # 3,000.00 × 22/31, 13 %
            ("per_unit", 0, 0),
            ("credit", -14_714, -1_913),  # 36 of 734 hours, 4.904632 % of 3,000.00
            ("damage", 320_000, 41_600),
            ("early_end", 297_097, 38_623),  # 9/31 and 21/30 of 3,000.00
        ]
        assert month.lines(month.platform) == [("percentage", 9_909, 595)]  # 5 % of 2,129.03 − 147.14; 6 %
        assert month.lines(month.yard.workshop) == [("service", 120_000, 15_600)]
        assert sorted(InvoiceLineFact.objects.values_list("kind", flat=True)) == [
            "credit",
            "damage",
            "early_end",
            "service",
        ]

    def test_numbers_every_seller_by_itself(self, month):
        made = month.bill()

        assert {one.number for one in made} == {
            f"{one.seller.credit_code[8:17]}-{one.issued_at:%Y}-000001" for one in made
        }

    def test_is_billed_once_and_for_all(self, month):
        month.bill()

        assert month.bill() == []
        assert Invoice.objects.count() == 3
        assert (facts_unbilled(month.now()), leases_to_bill(LATER)) == ([], [])
        assert is_all_billed(month.now())

    def test_shows_its_facts_while_it_runs(self, books):
        books.settled()
        books.maintained()

        cost = running_cost(books.now(), ENDED)

        kinds = [line.line.kind for line in cost.lines]
        assert kinds == ["base_fee", "per_unit", "credit", "percentage", "service"]
        assert cost.rent.minor == 300_000
