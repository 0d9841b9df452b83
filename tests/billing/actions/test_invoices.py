"""Drafting, issuing and billing: once per lease, period and seller, however often it is run."""

from copy import copy
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.actions import invoices, metering
from billing.models import BillingMark, Invoice, InvoiceLine, InvoiceLineUsage, NumberSequence, WindowSet
from billing.queries import leases_to_bill, running_cost
from billing.queries.sellers import NoPlatform
from leasing.actions import leases
from leasing.models import Lease
from marketplace.models import AuditEntry, Organization
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

OCTOBER = Period(world.midnight("2026-10-15"), world.midnight("2026-11-01"))
NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


def say(scene, *counts, start=1):
    scene.say(
        *(
            (number, NINE + timedelta(minutes=number), "ppartcount", count)
            for number, count in enumerate(counts, start)
        )
    )


@once.fixture
def used(by_part):
    say(by_part, 0, 4)
    metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
    return by_part


def draft(scene, by=None, period=OCTOBER):
    return invoices.draft(lease=scene.lease, period=period, at=DUE, by=by or scene.clock)


def issue(scene, invoice, at=DUE, by=None):
    return invoices.issue(invoice=invoice, at=at, by=by or scene.clock)


class TestDraft:
    def test_makes_one_invoice_a_seller_with_lines_and_usage(self, used):
        rent, fee = draft(used)

        assert (rent.seller, rent.buyer, rent.gross_minor) == (used.lessor, used.lessee, 246121)
        assert (fee.seller, fee.buyer, fee.gross_minor) == (used.platform, used.lessee, 6926)
        assert [line.component for line in rent.lines.all()] == ["base", "parts"]
        line = rent.lines.get(meter="parts")
        assert (line.quantity, line.unit_price, line.amount) == (4, 380, 1520)
        assert line.usage.get().window_set.quantity == 4
        assert line.steps[-1]["step"] == "line_rounded"

    def test_changes_nothing_when_run_again(self, used):
        first = draft(used)
        lines = set(InvoiceLine.objects.values_list("pk", flat=True))

        assert draft(used) == first
        assert set(InvoiceLine.objects.values_list("pk", flat=True)) == lines

    def test_follows_usage_that_changed(self, used):
        draft(used)
        say(used, 5, start=3)
        metering.meter_unit(unit=used.unit, at=DUE, by=used.clock)

        rent, _ = draft(used)

        assert rent.lines.get(meter="parts").net_minor == 190000
        assert Invoice.objects.count() == 2

    def test_leaves_what_is_issued_as_it_is(self, used):
        for invoice in draft(used):
            issue(used, invoice)
        say(used, 5, start=3)
        metering.meter_unit(unit=used.unit, at=DUE, by=used.clock)

        rent, _ = draft(used)

        assert (rent.status, rent.gross_minor) == ("ISSUED", 246121)

    def test_counts_no_use_as_zero(self, by_part):
        rent, _ = draft(by_part)

        assert [line.net_minor for line in rent.lines.all()] == [65806, 0]

    def test_refuses_a_period_that_is_none_and_drafts_nothing(self, used):
        with pytest.raises(invoices.NotABillingPeriod):
            draft(used, period=Period(OCTOBER.start, OCTOBER.end + timedelta(days=1)))
        with pytest.raises(invoices.NotABillingPeriod):
            used.lease.units.all()
            Lease.objects.update(status="CONTRACTED", active_from=None, billing="NOT_STARTED")
            draft(used)

        assert Invoice.objects.count() == 0

    def test_refuses_without_a_platform(self, used):
        Organization.objects.filter(pk=used.platform.pk).update(kind="HUB")

        with pytest.raises(NoPlatform), transaction.atomic():
            draft(used)

        assert Invoice.objects.count() == 0

    def test_refuses_people_without_the_right(self, used):
        with pytest.raises(MissingRight):
            draft(used, by=factory.member(used.lessee))

        assert Invoice.objects.count() == 0


class TestIssue:
    def test_gives_number_dates_and_the_parties_as_they_are(self, used):
        rent, _ = draft(used)

        issued = issue(used, rent)

        assert issued.number == f"{used.lessor.credit_code[8:17]}-2026-000001"
        assert (issued.issued_at, str(issued.due_on)) == (DUE, "2026-11-17")
        assert issued.seller_facts["credit_code"] == used.lessor.credit_code
        assert AuditEntry.objects.filter(action="invoice.issue", subject=rent.public_id).count() == 1

    def test_changes_nothing_the_second_time(self, used):
        rent, _ = draft(used)
        number = issue(used, rent).number

        assert issue(used, rent).number == number
        assert NumberSequence.objects.get(seller=used.lessor).last == 1

    def test_uses_no_number_up_when_it_fails(self, used):
        rent, _ = draft(used)
        with pytest.raises(RuntimeError), transaction.atomic():
            issue(used, rent)
            raise RuntimeError

        assert issue(used, rent).number.endswith("-000001")

    def test_marks_the_lease_when_all_sellers_have_issued(self, used):
        rent, fee = draft(used)
        issue(used, rent)
        assert BillingMark.objects.count() == 0

        issue(used, fee)

        assert BillingMark.objects.get().billed_to == OCTOBER.end

    def test_refuses_before_the_grace_is_over(self, used):
        rent, _ = draft(used)

        with pytest.raises(invoices.PeriodNotOver) as refusal:
            issue(used, rent, at=DUE - timedelta(seconds=1))

        assert refusal.value.facts["from_at"] == "2026-11-02 00:00"
        rent.refresh_from_db()
        assert (rent.status, rent.number) == ("DRAFT", None)

    def test_refuses_people_without_the_right(self, used):
        rent, _ = draft(used)

        with pytest.raises(MissingRight):
            issue(used, rent, by=used.buyer)

        assert not NumberSequence.objects.exists()


class TestBill:
    def test_meters_drafts_and_issues_what_is_due(self, by_part):
        say(by_part, 0, 4)
        assert leases_to_bill(DUE) == [by_part.lease.pk]

        made = invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)

        assert [invoice.gross_minor for invoice in made] == [246121, 6926]
        assert leases_to_bill(DUE) == []
        assert invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock) == []

    def test_does_nothing_before_the_grace_is_over(self, by_part):
        early = DUE - timedelta(seconds=1)

        assert leases_to_bill(early) == []
        assert invoices.bill(lease=by_part.lease, at=early, by=by_part.clock) == []
        assert Invoice.objects.count() == 0

    def test_goes_on_after_a_crash(self, used):
        rent, _ = draft(used)
        issue(used, rent)

        made = invoices.bill(lease=used.lease, at=DUE, by=used.clock)

        assert [invoice.seller for invoice in made] == [used.lessor, used.platform]
        assert Invoice.objects.issued().count() == 2

    def test_bills_a_lease_that_ended_early_to_its_end(self, by_part):
        say(by_part, 0, 4)
        lease = leases.end(lease=by_part.lease, by=by_part.owner, at=world.midnight("2026-10-25"))

        rent, _ = invoices.bill(lease=lease, at=DUE, by=by_part.clock)

        assert rent.lines.get(component="base").net_minor == 38710  # 1,200.00 × 10/31
        assert rent.period_end == world.midnight("2026-10-25")

    def test_moves_the_mark_period_by_period(self, db):
        scene = world.build("hurco01")

        made = invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)

        assert [invoice.number[-6:] for invoice in made if invoice.seller == scene.lessor] == [
            "000001",
            "000002",
            "000003",
            "000004",
        ]
        assert BillingMark.objects.get().billed_to == world.midnight("2026-11-01")

    def test_never_moves_the_mark_back(self, used):
        BillingMark.objects.create(lease=used.lease, billed_to=OCTOBER.end + timedelta(days=9))

        for invoice in draft(used):
            issue(used, invoice)

        assert BillingMark.objects.get().billed_to == OCTOBER.end + timedelta(days=9)

    def test_is_nothing_for_a_lease_without_handover(self, by_part):
        Lease.objects.update(status="CONTRACTED", active_from=None, billing="NOT_STARTED")
        by_part.lease.refresh_from_db()

        assert invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock) == []
        assert running_cost(by_part.lease, DUE) is None

    def test_refuses_people_without_the_right(self, by_part):
        with pytest.raises(MissingRight):
            invoices.bill(lease=by_part.lease, at=DUE, by=by_part.buyer)

        assert Invoice.objects.count() == 0


def again(line):
    """Return a line like one that is there, at a place of its own."""
    line = copy(line)
    line.pk, line.position = None, 99
    return line


class TestIssuedInvoices:
    def test_never_change(self, used):
        rent, fee = draft(used)
        issue(used, rent)
        line = rent.lines.first()

        for change in (
            lambda: Invoice.objects.filter(pk=rent.pk).update(gross_minor=1, net_minor=1, tax_minor=0),
            lambda: InvoiceLine.objects.filter(invoice=rent).update(position=9),
            lambda: InvoiceLine.objects.filter(invoice=fee).update(invoice=rent, position=9),
            lambda: InvoiceLineUsage.objects.filter(line__invoice=rent).delete(),
            lambda: InvoiceLine.objects.filter(pk=line.pk).delete(),
            lambda: Invoice.objects.filter(pk=rent.pk).delete(),
            lambda: InvoiceLine.objects.bulk_create([again(line), again(fee.lines.first())]),
            lambda: InvoiceLineUsage.objects.create(line=line, window_set=WindowSet.objects.first()),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_add_up_or_are_not_committed(self, used):
        draft(used)

        with pytest.raises(IntegrityError, match="add up"), transaction.atomic():
            Invoice.objects.update(net_minor=1, tax_minor=0, gross_minor=1)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestRunningCost:
    def test_is_the_charge_so_far_without_the_minimum(self, by_hour):
        cost = running_cost(by_hour.lease, NINE)

        assert (cost.net.minor, cost.rent.minor) == (239226, 232258)
        assert (cost.to_minimum.minor, cost.to_cap) == (433548 - 232258, None)
        assert cost.gross == cost.net + cost.tax
        assert cost.usage == {"run_time": Decimal(0)}
