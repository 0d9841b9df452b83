"""
What leasing records is billed: worked out by hand, as docs/worked-examples.md says it, for an accountant.
"""

import pytest

from billing.actions import award_taxes
from billing.models import Invoice, InvoiceLine, InvoiceLineFact
from billing.queries import facts_unbilled, is_all_billed, leases_to_bill, running_cost
from tests import once
from tests.billing.recorded import APRIL, DAY, ENDED, LATER, SEEN, Books
from tests.billing.test_worked_examples import table
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER


@once.fixture
def books():
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

    def test_is_the_table_of_the_documentation(self, month):
        sellers = {month.world.lessor: "lessor", month.platform: "platform", month.yard.workshop: "workshop"}

        made = [(sellers[one.seller], line) for one in month.bill() for line in one.lines.all()]

        assert table("Invoices G") == [
            {
                "seller": seller,
                "line": line.kind,
                "net": str(line.net.amount),
                "VAT rate": f"{line.tax_rate:.2f}",
                "VAT": str(line.tax.amount),
                "gross": str(line.gross.amount),
            }
            for seller, line in made
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


class TestADamageThatIsNoPartOfThePrice:
    def test_is_not_taxed(self, books):
        claim = books.awarded()
        award_taxes.say(
            lease=books.now(),
            source=claim.public_id,
            is_taxed=False,
            reason="纯赔偿",
            by=books.world.clerk,
            at=SEEN,
        )
        books.ended()

        books.bill()

        assert books.lines(books.world.lessor)[2] == ("damage", 320_000, 0)
        line = InvoiceLine.objects.get(kind="damage")
        assert (line.tax_category, line.tax_rate, line.fact.source) == ("NOT_TAXED", 0, claim.public_id)


class TestWhatComesLate:
    """Facts that are final only when their period is billed."""

    def test_is_an_invoice_of_its_own_where_its_seller_has_none(self, books):
        books.bill(at=books.periods()[0].end + DAY)
        assert leases_to_bill(APRIL + DAY) == []
        books.adviser_worked()

        assert leases_to_bill(APRIL + DAY) == [books.lease.pk]
        made = books.bill(at=APRIL + DAY)

        assert [(one.seller, one.period_start, one.gross_minor) for one in made] == [
            (books.yard.adviser, HANDOVER, 63_600)  # 600.00 for March, 6 %
        ]
        assert (leases_to_bill(APRIL + DAY), facts_unbilled(books.now())) == ([], [])

    def test_is_found_for_a_correction_where_its_seller_has_one(self, books):
        books.ended()
        books.bill()
        assert is_all_billed(books.now())
        claim = books.awarded(at=ENDED + DAY)

        (found,) = facts_unbilled(books.now())

        assert (found.period.start, found.fact.source) == (HANDOVER, claim.public_id)
        assert (found.fact.seller, found.fact.line("CNY", 1).net.minor) == ("owner", 320_000)
        assert not is_all_billed(books.now())
        assert (books.bill(), leases_to_bill(LATER)) == ([], [])  # an issued invoice never changes

    def test_is_found_where_it_was_billed_at_another_tax(self, books):
        claim = books.awarded()
        books.ended()
        books.bill()
        award_taxes.say(
            lease=books.now(),
            source=claim.public_id,
            is_taxed=False,
            reason="纯赔偿",
            by=books.world.clerk,
            at=LATER,
        )

        (found,) = facts_unbilled(books.now())

        assert (found.fact.kind, found.fact.tax_category) == ("damage", "NOT_TAXED")
