"""The synthetic contract: what its machine did is what is metered and billed, and nothing of it leaks."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from billing import tasks
from billing.actions import checks, synthetic
from billing.models import Book, CheckFinding, Invoice, Journal, NumberSequence, SyntheticContract, WindowSet
from billing.queries.check_synthetic import lags_of
from billing.queries.ledger import vat_by_rate
from billing.rules import stretches
from billing.rules.checks import SYNTHETIC
from devices.models import Block
from leasing.models import Lease
from marketplace.models import Listing, Notification, Organization
from marketplace.permissions import MissingRight
from marketplace.queries import organization_named
from marketplace.rules.pricing.graduated import Graduated
from tests import once
from tests.billing.broken import break_
from tests.billing.synthetic import BILLED, START, begin, billed, go_on, robot
from tests.factories import marketplace as factory

contract = once.fixture(billed)
HOUR = timedelta(hours=1)


def found(at=BILLED):
    """Run the three checks and return what stands."""
    made = checks.run(at=at, by=robot(), only=SYNTHETIC)
    assert not [one.failure for one in made.results.all() if one.failure]
    return sorted((one.code, one.about) for one in CheckFinding.objects.standing())


class TestWhole:
    def test_nothing_is_found(self, contract):
        assert found() == []
        assert WindowSet.objects.filter(unit__lease=contract.lease, quantity__gt=0).exists()

    def test_no_other_check_finds_anything_either(self, contract):
        made = checks.run(at=BILLED, by=robot())

        assert [one.code for one in made.results.all() if one.count or one.failure] == []

    def test_is_as_fast_as_it_says(self, contract):
        lags = lags_of(contract, BILLED + HOUR)

        assert (lags.silent_for, lags.unmetered_for) == (HOUR, timedelta(0))
        invoice = Invoice.objects.get()
        grace = timedelta(hours=contract.lease.agreed.grace_hours)
        assert lags.issued_after == invoice.issued_at - invoice.period_end - grace

    def test_knows_no_lag_before_anything_happened(self, db):
        lags = lags_of(begin(), START)

        assert (lags.silent_for, lags.unmetered_for, lags.issued_after) == (timedelta(0), None, None)


class TestBroken:
    def test_a_metering_that_counts_double_is_named(self, db, monkeypatch):
        usual = stretches.factor_of
        monkeypatch.setattr(stretches, "factor_of", lambda rule: 2 * usual(rule))
        made = begin()
        go_on(made, START + timedelta(days=1, hours=20), every=timedelta(hours=11))

        codes = {code for code, _ in found(made.sent_to)}

        assert codes == {"synthetic_metered", "synthetic_billed"}
        told = CheckFinding.objects.filter(code="synthetic_metered").earliest("pk")
        assert told.found == 2 * told.expected
        assert told.facts["day"] in told.about
        assert told.seller == made.lease.lessor

    def test_a_wrong_tier_is_named(self, contract, monkeypatch):
        monkeypatch.setattr(Graduated, "price", lambda self, rungs, units: 0)
        monkeypatch.setattr(Graduated, "shares", lambda self, units: [])
        contract.refresh_from_db()
        go_on(contract, BILLED + timedelta(days=2), every=timedelta(hours=24))

        told = found(contract.sent_to)

        assert [code for code, _ in told] == ["synthetic_billed"]
        assert "parts" in told[0][1]

    def test_a_changed_invoice_is_named(self, contract):
        break_(
            "UPDATE billing_invoiceline SET net_minor = net_minor - 1, tax_minor = tax_minor + 1 "
            "WHERE component = %s",
            "hours",
        )

        assert [(code, "VAT" in about) for code, about in found()] == [
            ("synthetic_billed", True),
            ("synthetic_billed", False),
        ]

    def test_silence_and_a_missing_invoice_are_named(self, db):
        made = begin()
        go_on(made, START + timedelta(days=1), every=timedelta(hours=24))
        grace = timedelta(hours=made.lease.agreed.grace_hours)

        late = found(START + timedelta(days=5) + grace)

        assert [code for code, _ in late] == ["synthetic_in_time"] * 2
        assert "invoice" in late[1][1]

    def test_metering_that_stopped_is_named(self, contract):
        synthetic.deliver(at=BILLED + 2 * HOUR, by=robot())

        assert [about for _, about in found(BILLED + 2 * HOUR) if "metering" in about]


class TestNothingLeaks:
    def test_to_those_who_look_for_machines(self, contract):
        listing = contract.lease.listing
        Listing.objects.filter(pk=listing.pk).update(status=Listing.Status.PUBLISHED)

        assert not Listing.objects.published().exists()
        assert not Listing.objects.visible_to(None, None).exists()
        assert not Listing.objects.visible_to(factory.user(), None).exists()
        assert organization_named(contract.lease.lessor.public_id) is None

    def test_to_the_books_and_lists_of_the_platform(self, contract):
        platform = Organization.objects.get(kind="PLATFORM")
        invoice = Invoice.objects.get()

        assert not Invoice.objects.of(platform).exists()
        assert not Lease.objects.of(platform).exists()
        assert not Journal.objects.exclude(book__organization__is_synthetic=True).exists()
        assert Journal.objects.filter(source_id=invoice.public_id).exists()
        assert not NumberSequence.objects.exclude(seller=contract.lease.lessor).exists()
        own = Book.objects.get()
        months = (START, BILLED + timedelta(days=1))
        assert [row.seller for row in vat_by_rate(own, *months)] == [contract.lease.lessor.public_id]
        other = Book(organization=platform, code="P", kind=Book.Kind.PLATFORM)
        assert vat_by_rate(other, *months) == []

    def test_to_the_people_of_the_platform(self, contract):
        from tests.billing.world import member

        person = member(Organization.objects.get(kind="PLATFORM"))

        assert not Invoice.objects.visible_to(person).exists()
        assert not Lease.objects.visible_to(person).exists()

    def test_to_anybodys_mail(self, contract):
        assert not Notification.objects.exists()


class TestTheDatabase:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE marketplace_organization SET is_synthetic = NOT is_synthetic",
            "UPDATE leasing_lease SET lessee_id = (SELECT id FROM marketplace_organization "
            "WHERE kind = 'PLATFORM')",
            "UPDATE billing_syntheticcontract SET seed = seed + 1",
            "UPDATE billing_syntheticcontract SET sent_to = sent_to - interval '1 minute'",
            "DELETE FROM billing_syntheticcontract",
        ],
    )
    def test_refuses(self, contract, statement):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_refuses_a_fee_of_the_platform(self, contract):
        invoice = Invoice.objects.get()
        invoice.pk, invoice.public_id, invoice.number = None, "inv_x", None
        invoice.seller = Organization.objects.get(kind="PLATFORM")
        invoice.status, invoice.issued_at, invoice.due_on = "DRAFT", None, None

        with pytest.raises(IntegrityError, match="no business"), transaction.atomic():
            invoice.save(force_insert=True)

    def test_refuses_its_lines_in_the_book_of_the_platform(self, contract):
        platform = Organization.objects.get(kind="PLATFORM")
        Book.objects.create(code="P", name="P", kind="PLATFORM", organization=platform, opened_at=START)
        from billing.actions import bookings

        [terms] = bookings.terms_of(leases=[contract.lease]).values()
        issued = bookings._read(Invoice.objects.get())
        entries = bookings.entries_of(issued=issued, book=Book.objects.get(code="P"), terms=terms)
        from billing.actions import journals

        with pytest.raises(IntegrityError, match="synthetic book"), transaction.atomic():
            journals.write(entries=entries, at=BILLED, by=robot())


class TestStartAndStop:
    def test_starting_twice_is_starting_once(self, contract):
        assert synthetic.start(at=BILLED, by=robot(), seed=7) == contract
        assert (SyntheticContract.objects.count(), Lease.objects.count()) == (1, 1)

    def test_stopping_keeps_everything_and_starting_goes_on(self, contract):
        blocks = Block.objects.count()
        synthetic.stop(at=BILLED, by=robot())

        assert synthetic.deliver(at=BILLED + HOUR, by=robot()) == 0
        assert found(BILLED + timedelta(days=9)) == []
        assert (Invoice.objects.count(), Block.objects.count()) == (1, blocks)
        with pytest.raises(synthetic.NothingToStop):
            synthetic.stop(at=BILLED, by=robot())
        synthetic.start(at=BILLED + HOUR, by=robot())
        assert synthetic.deliver(at=BILLED + HOUR, by=robot()) > 0

    def test_only_who_runs_invoices_of_the_platform_may(self, contract):
        for act in (synthetic.start, synthetic.stop):
            with pytest.raises(MissingRight):
                act(at=BILLED, by=factory.user())
        assert SyntheticContract.objects.running().exists()

    def test_without_a_platform_there_is_nobody_to_check_for(self, db):
        for act in (synthetic.start, synthetic.stop):
            with pytest.raises(checks.NobodyToCheckFor):
                act(at=BILLED, by=robot())

    def test_a_tree_of_categories_is_loaded_where_there_is_none(self, db):
        factory.platform()

        made = synthetic.start(at=START, by=robot())

        assert made.lease.status == "ACTIVE"


class TestDeliveries:
    def test_that_are_sent_again_change_nothing(self, contract):
        before = Block.objects.count()
        synthetic.deliver(at=BILLED, by=robot())

        assert Block.objects.count() == before

    def test_come_in_pieces_after_a_long_silence(self, contract, monkeypatch):
        monkeypatch.setattr(synthetic, "MOST_AT_ONCE", timedelta(minutes=40))
        for sent_to in (BILLED + timedelta(minutes=40), BILLED + HOUR):
            synthetic.deliver(at=BILLED + HOUR, by=robot())
            contract.refresh_from_db()
            assert contract.sent_to == sent_to


class TestCommandAndTasks:
    def run(self, *args):
        out = StringIO()
        call_command("synthetic", *args, stdout=out)
        return out.getvalue()

    def test_says_when_there_is_none(self, db):
        assert "No synthetic contract" in self.run("state")
        with pytest.raises(CommandError):
            self.run("start")

    def test_starts_shows_and_stops(self, contract):
        assert "running" in self.run("start")
        assert "silent_for" in self.run("state")
        assert "stopped" in self.run("stop")
        assert "stopped" in self.run("state")

    def test_fails_when_something_is_broken(self, contract, caplog):
        tasks.check_synthetic()  # nobody has delivered since November began

        assert "synthetic_in_time" in caplog.text
        with pytest.raises(CommandError, match="findings stand"):
            self.run("state")

    def test_tasks_do_nothing_without_a_contract(self, db):
        tasks.speak_synthetic()
        tasks.check_synthetic()

        assert not CheckFinding.objects.exists()
        assert Decimal(Block.objects.count()) == 0
