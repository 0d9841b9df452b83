"""Billing in batches: the same rows as one by one, whatever breaks on the way, and nothing twice."""

from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing import tasks
from billing.actions import (
    batch_rows,
    batches,
    bookings,
    books,
    invoices,
    journals,
    metering,
    numbers,
    run_steps,
    runs,
)
from billing.models import (
    Account,
    BillingFailure,
    BillingMark,
    BookingTerms,
    Invoice,
    InvoiceLine,
    InvoiceLineFact,
    InvoiceLineUsage,
    Journal,
    JournalLine,
    NumberSequence,
)
from billing.queries import maybe_due
from billing.queries.sellers import NoPlatform
from leasing.models import Lease
from leasing.rules.terms import InvalidTerms, Terms
from marketplace.actions import audit, parties
from marketplace.models import AuditEntry, Organization
from marketplace.permissions import MissingRight
from marketplace.rules.pricing.lines import UsageNotRateable
from tests import once
from tests.billing import world
from tests.billing.recorded import APRIL, DAY, Books
from tests.billing.test_tariffs import HOUR, NINE, PLAN, RULES, SAID
from tests.factories import marketplace as factory
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER

AT = world.LATER
KEYS = {"id", "public_id", "journal_id", "invoice_id", "line_id", "account_id", "window_set_id", "made_in"}
OF_KEYS = {
    "idempotency_key",
    "content_hash",
    "source_id",
    "subject",
}  # they name, or are made of, the invoice's public id


class Office:
    """Leases of many kinds that are due, and who bills them."""

    def __init__(self):
        """By tariff with lineage, four empty periods, and one with services, an award and a commission."""
        self.clock = parties.robot(name="clock")
        self.tariff = world.build("okuma", count_rules=RULES, price_plan=PLAN)
        self.tariff.say(
            *((n, NINE + hours * HOUR, key, value) for n, (hours, key, value) in enumerate(SAID, start=1))
        )
        self.plain = world.build("hurco01")
        self.books = Books(worlds.make(machines=3))
        person = world.member(self.books.platform)
        lease = self.books.now()
        books.agree(lease=lease, commission_rate=Decimal("0.1"), at=HANDOVER, by=person)
        self.books.maintained()
        self.books.awarded()
        self.leases = sorted([self.tariff.lease.pk, self.plain.lease.pk, self.books.lease.pk])

    def bill(self, leases=None, by=None, at=AT):
        return batches.bill(leases=self.leases if leases is None else leases, at=at, by=by or self.clock)

    def single(self):
        for lease in Lease.objects.filter(pk__in=self.leases).order_by("pk"):
            invoices.bill(lease=lease, at=AT, by=self.clock)


office = once.fixture(Office)


def rows(found, *about):
    """Return rows as they are, without their keys, each with what it is about."""
    columns = [field.attname for field in found.model._meta.concrete_fields]
    kept = [name for name in columns if name not in KEYS | OF_KEYS]
    return sorted(map(repr, found.values_list(*kept, *about)))


def standing():
    """Return all that billing wrote, named by numbers of invoices instead of random keys."""
    number = dict(Invoice.objects.values_list("public_id", "number"))
    trail = AuditEntry.objects.filter(action__startswith="invoice.").order_by("pk")
    posted, line = Journal.objects.order_by("pk"), ("line__invoice__number", "line__position")
    return {
        "invoices": rows(Invoice.objects.all()),
        "lines": rows(InvoiceLine.objects.all(), "invoice__number"),
        "usage": rows(InvoiceLineUsage.objects.all(), *line, "window_set__digest"),
        "facts": rows(InvoiceLineFact.objects.all(), *line),
        "journals": rows(posted),
        "sources": sorted((one.kind, number[one.source_id], one.memo) for one in posted),
        "amounts": rows(JournalLine.objects.all(), "invoice__number", "journal__kind", "account__code"),
        "accounts": rows(Account.objects.all()),
        "terms": rows(BookingTerms.objects.all()),
        "marks": rows(BillingMark.objects.all()),
        "numbers": rows(NumberSequence.objects.all()),
        "trail": [(one.action, number[one.subject], one.organization, one.facts) for one in trail],
    }


@contextmanager
def undone():
    """Undo all that happens inside; what must be durable may run there, as in a test itself."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture
def expected(office):
    """Return what the single steps make of the same leases, which is undone again."""
    with undone():
        office.single()
        return standing()


def check():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_is_what_the_single_steps_make(office, expected):
    outcome = office.bill()

    check()
    assert len(expected["invoices"]) > 12
    assert all(expected.values())
    assert standing() == expected
    assert outcome.failures == []
    assert sorted(outcome.invoices) == sorted(Invoice.objects.values_list("pk", flat=True))
    assert sorted(outcome.issued) == office.leases


def test_changes_nothing_the_second_time(office):
    office.bill()
    before = standing()

    again = office.bill()

    assert (again.issued, again.failures) == ({}, [])
    assert standing() == before


def test_writes_together_what_can_be(office, monkeypatch):
    monkeypatch.setattr(invoices, "bill", None)

    assert len(office.bill().issued) == 3


class Killed(BaseException):
    """A worker that is killed asks nobody; nothing is left of what it did not commit."""


BOUNDARIES = [
    (metering, "meter_unit"),
    (batches, "_write"),
    (batch_rows, "_draft"),
    (batch_rows, "copy_keys"),
    (numbers, "reserve"),
    (batch_rows, "_mark"),
    (bookings, "terms_of"),
    (journals, "write_new"),
    (audit, "entry"),
    (batch_rows, "_told"),
]


@pytest.mark.parametrize(("module", "name"), BOUNDARIES, ids=[name for _, name in BOUNDARIES])
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "behind"])
def test_is_repaired_by_running_again(office, expected, monkeypatch, module, name, is_done):
    known = getattr(module, name)

    def broken(*given, **named):
        if is_done:
            known(*given, **named)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(module, name, broken)
        office.bill()
    office.bill()

    assert standing() == expected


def test_goes_one_by_one_when_the_batch_breaks(office, expected, monkeypatch):
    def broken(**given):
        raise IntegrityError

    monkeypatch.setattr(journals, "write_new", broken)

    assert office.bill().failures == []
    assert standing() == expected


def test_looks_again_under_the_locks_for_drafts(office, monkeypatch, caplog):
    lease, write = office.plain.lease, batches._write
    period = invoices.periods_of(lease, until=AT)[0]

    def meanwhile(*given, **named):
        invoices.draft(lease=lease, period=period, at=AT, by=office.clock)
        return write(*given, **named)

    monkeypatch.setattr(batches, "_write", meanwhile)

    assert sorted(office.bill().issued) == office.leases
    assert "one by one" not in caplog.text


def test_tells_what_was_issued_together_and_what_alone(office, monkeypatch):
    answers = iter([True, True])  # lessor and platform may issue the first period together
    monkeypatch.setattr(batches._Desk, "may_issue", lambda desk, seller: next(answers, False))

    outcome = office.bill([office.plain.lease.pk])

    assert outcome.invoices == list(Invoice.objects.order_by("pk").values_list("pk", flat=True))
    assert len(outcome.invoices) > 2


def test_one_that_cannot_be_priced_stops_no_other_and_tells_why(office, monkeypatch):
    plain = batches.charge_of
    refusals = {
        office.tariff.lease.pk: NoPlatform(),
        office.plain.lease.pk: ZeroDivisionError("a fault"),
    }

    def price(lease, *given, **named):
        if lease.pk in refusals:
            raise refusals[lease.pk]
        return plain(lease, *given, **named)

    monkeypatch.setattr(batches, "charge_of", price)

    outcome = office.bill()

    told = {failure.lease: (failure.code, failure.text) for failure in outcome.failures}
    assert told == {
        office.tariff.lease.pk: ("no_platform", NoPlatform.text),
        office.plain.lease.pk: (batches.UNEXPECTED, batches.UNEXPECTED_TEXT),
    }
    assert list(outcome.issued) == [office.books.lease.pk]
    assert set(Invoice.objects.values_list("lease", flat=True)) == {office.books.lease.pk}


def test_a_draft_goes_its_single_steps(office):
    period = invoices.periods_of(office.plain.lease, until=AT)[0]
    drafted = invoices.draft(lease=office.plain.lease, period=period, at=AT, by=office.clock)

    outcome = office.bill()

    assert {one.pk for one in drafted} <= set(outcome.issued[office.plain.lease.pk])
    assert not Invoice.objects.exclude(status="ISSUED").exists()


def test_a_service_that_is_accepted_late_is_billed_with_the_next_run(office):
    lease, at = office.books.lease.pk, APRIL + DAY
    assert len(office.bill([lease], at=at).invoices) == 3
    office.books.adviser_worked()

    (made,) = office.bill([lease], at=at).invoices

    found = Invoice.objects.get(pk=made)
    assert (found.seller, found.period_start) == (office.books.yard.adviser, HANDOVER)


def test_a_run_takes_numbers_in_the_order_of_a_batch(office, monkeypatch):
    """Else a run with the platform's waits for a batch with a provider's, and that for it."""
    lease, platform, at = office.books.now(), office.books.platform, APRIL + 2 * DAY
    office.books.adviser_worked()
    run = runs.start(
        organization=platform, cut_off=at, at=at, by=world.member(platform), only=[lease.public_id]
    )
    run_steps.look(run=run, at=at, by=office.clock)
    run.refresh_from_db()
    run = runs.approve(run=run, digest=run.digest, at=at, by=world.member(platform))
    taken, take = [], numbers.take

    def watched(*, seller, year):
        taken.append(seller)
        return take(seller=seller, year=year)

    monkeypatch.setattr(numbers, "take", watched)

    run_steps.bill(run=run, at=at, by=office.clock)

    assert taken == sorted(taken, key=lambda seller: numbers.place(seller=seller))
    assert (len(taken), taken[-1]) == (4, platform)


def test_books_nothing_while_there_is_no_book(office, monkeypatch):
    monkeypatch.setattr(books, "platform_book", lambda at: None)

    assert sorted(office.bill().issued) == office.leases
    assert not Journal.objects.exists()


def test_keeps_what_a_person_may_not_bill(office):
    person = factory.member(office.tariff.lessor, "ADMIN")

    outcome = office.bill(by=person)

    codes = {failure.lease: failure.code for failure in outcome.failures}
    assert set(codes) == set(office.leases)
    assert set(codes.values()) == {MissingRight.code}
    sellers = Organization.objects.filter(invoices_sold__status="ISSUED").distinct()
    assert list(sellers) == [office.tariff.lessor]
    assert Invoice.objects.issued().count() == 1


def test_asks_as_much_of_four_periods_as_of_one(office):
    def asked(at):
        metering.meter_unit(unit=office.plain.unit, at=AT, by=office.clock)
        with undone(), CaptureQueriesContext(connection) as found:
            assert batches.bill(leases=[office.plain.lease], at=at, by=office.clock).issued
        return len(found)

    assert asked(AT) == asked(world.midnight("2026-08-10")) <= 66  # the last writes the events


class TestTheClock:
    @pytest.fixture
    def bill(self, office, monkeypatch, settings):
        settings.LEASES_BILLED_AT_ONCE = 2
        monkeypatch.setattr(tasks.bill_some, "delay", tasks.bill_some.run)

        def run(at):
            monkeypatch.setattr(tasks.clock, "now", lambda: at)
            tasks.bill_due()

        return run

    def test_keeps_why_a_lease_is_not_billed_until_it_is(self, office, bill, monkeypatch):
        refused, plain = office.tariff.lease, batches.charge_of

        def price(lease, *given, **named):
            if lease.pk == refused.pk:
                raise UsageNotRateable(meter="parts")
            return plain(lease, *given, **named)

        with monkeypatch.context() as patched:
            patched.setattr(batches, "charge_of", price)
            bill(AT)
            bill(AT + HOUR)

        assert unbilled() == [
            f"{refused.number}\t2026-11-24 04:00\t2 times\tusage_not_rateable\t"
            "The usage of the meter “parts” is missing or negative and cannot be billed.",
            "1 leases could not be billed.",
        ]
        billed = set(Invoice.objects.issued().values_list("lease", flat=True))
        assert billed == set(office.leases) - {refused.pk}

        bill(AT + 2 * HOUR)

        assert unbilled() == ["0 leases could not be billed."]
        assert refused.invoices.issued().exists()

    def test_forgets_it_of_a_lease_that_was_billed_otherwise(self, office, bill):
        lease = office.plain.lease
        for one in (lease, office.tariff.lease):
            BillingFailure.objects.create(lease=one, code="x", text="x", first_at=AT, last_at=AT)
        invoices.bill(lease=lease, at=AT, by=office.clock)

        assert batches.forget(due=maybe_due(AT)) == 1

        assert [one.lease for one in BillingFailure.objects.all()] == [office.tariff.lease]
        invoices.bill(lease=office.tariff.lease, at=AT, by=office.clock)
        bill(AT)
        assert not BillingFailure.objects.exists()

    def test_is_stopped_by_no_lease_whose_terms_cannot_be_read(self, office, bill, monkeypatch):
        known = Terms.parse.__func__
        bad = office.plain.lease.terms["listing_id"]

        def parse(document, **named):
            if document["listing_id"] == bad:
                raise InvalidTerms(count=1)
            return known(Terms, document, **named)

        monkeypatch.setattr(Terms, "parse", parse)

        bill(AT)

        assert [one.lease for one in BillingFailure.objects.all()] == [office.plain.lease]
        assert Invoice.objects.issued().values("lease").distinct().count() == 2


def unbilled():
    said = StringIO()
    call_command("unbilled", stdout=said)
    return said.getvalue().splitlines()
