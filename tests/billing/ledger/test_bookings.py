"""Books follow invoices: J01 and J02 at the issue, once, and what was issued before there were books."""

from dataclasses import replace
from decimal import Decimal

import pytest

from billing import tasks
from billing.actions import bookings, books, invoices
from billing.actions.books import BookingTermsFrozen, BookInvalid, CommissionInvalid
from billing.models import Book, BookingTerms, Invoice, Journal
from billing.queries import with_open
from billing.queries.ledger import aged_receivables, statement, trial_balance, vat_by_rate
from billing.rules.journals import Settlement
from leasing.models import Lease
from marketplace.models import Organization
from marketplace.permissions import MissingRight
from tests.billing.actions.test_invoices import DUE, OCTOBER
from tests.billing.ledger.world import NOON
from tests.billing.world import ZONE, member


@pytest.fixture
def scene(by_part):
    return by_part


def issue(scene, at=DUE):
    drafted = invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)
    return [invoices.issue(invoice=invoice, at=at, by=scene.clock) for invoice in drafted]


def agree(scene, rate="0.10", by=None):
    return books.agree(
        lease=scene.lease, commission_rate=Decimal(rate), at=DUE, by=by or member(scene.platform)
    )


def lines():
    rows = Journal.objects.order_by("pk").values_list("kind", "lines__account__code", "lines__amount_minor")
    return sorted(rows)


class TestIssuing:
    def test_books_rent_and_fee_apart(self, scene):
        rent, fee = issue(scene)

        assert lines() == [
            ("INVOICE_ISSUED", "1122.02", rent.gross_minor),
            ("INVOICE_ISSUED", "1122.03", fee.gross_minor),
            ("INVOICE_ISSUED", "2221.02", -fee.tax_minor),
            ("INVOICE_ISSUED", "2241.00", -rent.gross_minor),
            ("INVOICE_ISSUED", "6001.02", -fee.net_minor),
        ]
        first = Journal.objects.get(source_id=rent.public_id)
        assert (first.memo, first.book.code) == (rent.number, "P")
        due = first.lines.get(account__code="1122.02")
        assert (due.party, due.owner, due.invoice) == (scene.lessee, scene.lessor, rent)
        assert (due.lease, due.equipment) == (scene.lease, scene.unit.equipment)

    def test_books_the_commission_that_was_agreed(self, scene):
        agree(scene)
        rent, _ = issue(scene)

        part = int((rent.net_minor * Decimal("0.10")).quantize(Decimal(1), "ROUND_HALF_UP"))
        tax = int((part * Decimal("0.06")).quantize(Decimal(1), "ROUND_HALF_UP"))
        assert [row for row in lines() if row[0] == "COMMISSION"] == [
            ("COMMISSION", "2221.02", -tax),
            ("COMMISSION", "2241.00", part + tax),
            ("COMMISSION", "6001.03", -part),
        ]

    def test_again_changes_nothing(self, scene):
        rent, _ = issue(scene)
        before = lines()

        invoices.issue(invoice=rent, at=DUE, by=scene.clock)
        bookings.invoice_issued(invoice=rent, at=DUE, by=scene.clock)

        assert lines() == before

    def test_by_a_lessor_s_own_finance_is_booked_as_well(self, scene):
        rent, _ = invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.owner)

        invoices.issue(invoice=rent, at=DUE, by=scene.owner)

        assert Journal.objects.get().actor == scene.owner.public_id

    def test_without_a_platform_books_nothing(self, scene):
        rent, _ = invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock)
        Organization.objects.filter(pk=scene.platform.pk).update(kind="SME")

        invoices.issue(invoice=rent, at=DUE, by=scene.clock)

        assert not Book.objects.exists()

    def test_leaves_nothing_open_of_what_the_platform_rents_itself(self, scene):
        Organization.objects.filter(pk=scene.platform.pk).update(kind="SME")
        Organization.objects.filter(pk=scene.lessee.pk).update(kind="PLATFORM")
        scene.lease = Lease.objects.get(pk=scene.lease.pk)

        rent, fee = issue(scene)

        assert {row[0] for row in lines()} == {"OWNER_COST"}
        assert (fee.seller, fee.buyer) == (scene.lessee, scene.lessee)
        assert rent.gross_minor > 0 and fee.gross_minor > 0
        found = with_open(Invoice.objects.issued()).values_list("open_minor", flat=True)
        assert list(found) == [0, 0]

    def test_that_went_unbooked_is_caught_up(self, scene, monkeypatch):
        with monkeypatch.context() as without:
            without.setattr(bookings, "invoice_issued", lambda **given: [])
            issue(scene)
        assert not Journal.objects.exists()
        assert {one.open_minor - one.gross_minor for one in with_open(Invoice.objects.issued())} == {0}

        tasks.book_missing()

        assert {row[0] for row in lines()} == {"INVOICE_ISSUED", "DEPOSIT_RECEIVED"}
        assert Journal.objects.filter(kind="INVOICE_ISSUED").count() == 2
        assert bookings.catch_up(at=DUE, by=scene.clock) == 0


class TestBeingAgreed:
    def test_says_in_whose_name_rent_is_sold(self, scene):
        assert agree(scene).settlement is Settlement.AGENT
        assert agree(scene, "0.05").commission_rate == Decimal("0.05")
        assert BookingTerms.objects.count() == 1

    def test_of_the_platform_as_lessor_is_its_own_rent(self, scene):
        scene.lease.lessor = scene.platform

        assert books.settlement_of(lease=scene.lease) is Settlement.PRINCIPAL

    def test_of_a_finance_lease_is_one(self, scene):
        scene.lease.agreed = replace(scene.lease.agreed, finance=object())

        assert books.settlement_of(lease=scene.lease) is Settlement.FINANCE_LEASE

    @pytest.mark.parametrize("rate", ["-0.01", "1"])
    def test_is_a_share_below_one(self, scene, rate):
        with pytest.raises(CommissionInvalid):
            agree(scene, rate)
        assert not BookingTerms.objects.exists()

    def test_needs_the_platform_s_right(self, scene):
        with pytest.raises(MissingRight):
            agree(scene, by=scene.owner)
        assert not BookingTerms.objects.exists()

    def test_is_over_with_the_first_invoice(self, scene):
        issue(scene)

        with pytest.raises(BookingTermsFrozen):
            agree(scene)
        assert BookingTerms.objects.get().commission_rate == 0


class TestBooks:
    def opened(self, office, **given):
        facts = {
            "code": "F",
            "name": "Fund",
            "kind": "FUND",
            "organization": office.platform,
            "by": office.chief,
        }
        return books.open_book(**facts | given, at=NOON)

    def test_are_opened_once(self, office):
        assert self.opened(office) == self.opened(office)
        assert Book.objects.count() == 2

    @pytest.mark.parametrize(
        ("given", "pointers"),
        [
            ({"code": ""}, ["/code"]),
            ({"code": "F" * 13}, ["/code"]),
            ({"name": " ", "kind": "OTHER"}, ["/name", "/kind"]),
            ({"code": "P"}, ["/code"]),
        ],
    )
    def test_that_say_something_impossible_are_refused(self, office, given, pointers):
        with pytest.raises(BookInvalid) as refused:
            self.opened(office, **given)
        assert [flaw.pointer for flaw in refused.value.flaws] == pointers
        assert Book.objects.count() == 1

    def test_need_the_right(self, office):
        with pytest.raises(MissingRight):
            self.opened(office, by=office.clerk)
        assert Book.objects.count() == 1


class TestReads:
    def test_add_up_to_the_invoices(self, scene):
        rent, fee = issue(scene)
        book = Book.objects.get()

        [row] = aged_receivables(book, rent.due_on)
        assert (row.party, row.total_minor) == (scene.lessee.name, rent.gross_minor + fee.gross_minor)
        assert row.amounts[0] == row.total_minor
        assert [
            (row.rate, row.tax_minor)
            for row in vat_by_rate(Book.objects.get(code="P"), DUE, DUE.replace(hour=23))
            if row.seller == scene.platform.public_id
        ] == [(Decimal("0.06"), fee.tax_minor)]
        vat = next(row for row in trial_balance(book, rent.due_on) if row.account == "2221.02")
        assert vat.balance == -fee.tax_minor

    def test_show_an_account_line_by_line(self, scene):
        rent, _ = issue(scene)
        book, day = Book.objects.get(), DUE.astimezone(ZONE).date()
        later = day.replace(day=day.day + 1)

        shown = statement(book, "1122.02", "CNY", start=day, end=later, party=scene.lessee.public_id)
        assert (shown.opening, [move.balance for move in shown.movements]) == (0, [rent.gross_minor])
        after = statement(book, "1122.02", "CNY", start=later, end=later.replace(day=28))
        assert (after.opening, after.movements, after.closing) == (rent.gross_minor, (), rent.gross_minor)
