"""What leasing records of a period that is billed comes as a note, with the fact that each line bills."""

import pytest

from billing import tasks
from billing.actions import award_taxes, corrections, disputes
from billing.models import Correction, Invoice, InvoiceLine, InvoiceLineFact, Journal
from billing.queries import facts_unbilled, is_all_billed
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.billing.actions.test_corrected_days import due
from tests.billing.recorded import APRIL, DAY, ENDED, LATER, SEEN, Books
from tests.factories import marketplace as make
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER


@once.fixture
def books():
    return Books(worlds.make(machines=3))


@once.fixture
def billed(books):
    """March is invoiced; then the lessor claims 3,200.00 for a dent of March, and the lessee accepts."""
    books.bill(at=APRIL + 3 * DAY)
    books.awarded(at=SEEN)
    return books


def correct(books, at=LATER):
    period = Period(HANDOVER, None)
    return corrections.correct(lease=books.now(), period=period, at=at, by=books.clerk)


def notes(books):
    return list(Invoice.objects.filter(lease=books.lease, version__gt=1).order_by("version", "pk"))


class TestAnAwardAfterTheInvoice:
    def test_is_found_and_billed_once(self, billed):
        assert due(LATER) == [(billed.lease.pk, HANDOVER)]

        made = correct(billed)

        (note,) = notes(billed)
        assert (note.kind, note.net_minor, note.tax_minor) == ("DEBIT_NOTE", 320_000, 41_600)
        assert made.reasons == ["RECORDED"]
        (fact,) = InvoiceLineFact.objects.filter(line__invoice=note)
        assert (fact.kind, fact.version, fact.source) == ("damage", 2, note.recorded[0]["source"])
        assert facts_unbilled(billed.now()) == []
        assert due(LATER) == []
        assert correct(billed) is None
        assert len(notes(billed)) == 1

    def test_is_booked_as_rent_of_the_owner(self, billed):
        correct(billed)

        (note,) = notes(billed)
        booked = Journal.objects.get(source_id=note.public_id)
        moved = dict(booked.lines.values_list("account__code", "amount_minor"))
        assert moved == {"1122.02": 361_600, "2241.00": -361_600}

    def test_that_is_not_taxed_after_all_moves_to_the_other_category(self, billed):
        correct(billed)
        (note,) = notes(billed)
        source = note.recorded[0]["source"]
        award_taxes.say(
            lease=billed.now(),
            source=source,
            is_taxed=False,
            reason="Compensation alone",
            by=make.member(billed.world.lessor, Role.FINANCE),
            at=LATER,
        )

        correct(billed, at=LATER + DAY)

        last = notes(billed)[-1]
        assert (last.kind, last.net_minor, last.tax_minor) == ("CREDIT_NOTE", 0, -41_600)
        assert sorted(last.lines.values_list("tax_category", "net_minor")) == [
            ("LEASE_MOVABLE", -320_000),
            ("NOT_TAXED", 320_000),
        ]
        assert InvoiceLineFact.objects.filter(line__invoice=last, version=3).count() == 2
        assert facts_unbilled(billed.now()) == []

    def test_keeps_the_lease_open_until_it_is_billed(self, billed):
        billed.ended(at=ENDED)
        billed.bill()

        assert not is_all_billed(billed.now())
        correct(billed)
        assert is_all_billed(billed.now())


def test_the_clock_finds_it_and_a_person_looks_first_at_what_is_more_than_half(billed):
    tasks.correct_one(lease_id=billed.lease.pk, start=HANDOVER.isoformat())

    found = Correction.objects.get()
    assert found.outcome == Correction.Outcome.WAITING  # 3,616.00 beside 3,390.00 that were billed
    finance = make.member(billed.world.lessor, Role.FINANCE)
    corrections.approve(correction=found, within=billed.world.lessor, by=finance, at=LATER)
    assert [(note.gross_minor, note.status) for note in notes(billed)] == [(361_600, "ISSUED")]
    assert facts_unbilled(billed.now()) == []


class TestANoteOfAProvider:
    """The workshop gives 200.00 of its work back: its note says so, and nothing of the lease."""

    @pytest.fixture
    def note(self, books):
        books.maintained()
        at = APRIL + 3 * DAY
        books.bill(at=at)
        line = InvoiceLine.objects.get(kind="service", invoice__seller=books.yard.workshop)
        given = {"by": books.people[books.world.lessee], "within": books.world.lessee}
        raised = disputes.dispute(line=line, reason="Not all of it", at=at, **given)
        disputes.answer(
            dispute=raised,
            conceded_minor=20_000,
            reason="Agreed",
            within=books.yard.workshop,
            by=make.member(books.yard.workshop, Role.FINANCE),
            at=at + DAY,
        )
        correct(books, at=at + 2 * DAY)
        return Invoice.objects.get(seller=books.yard.workshop, kind="CREDIT_NOTE")

    def test_tells_it_neither_lease_nor_days(self, books, note, client):
        client.force_login(make.member(books.yard.workshop, Role.FINANCE))
        shown = client.get(f"/invoices/{note.public_id}/", headers={"accept-language": "en"}).content.decode()

        assert "The seller conceded a disputed line" in shown
        assert books.lease.number not in shown
        assert books.lease.public_id not in shown
        assert "Days that changed" not in shown
        assert "/evidence/" not in shown

    def test_tells_the_lessee_both(self, books, note, client):
        client.force_login(make.member(books.world.lessee, Role.FINANCE))
        shown = client.get(f"/invoices/{note.public_id}/", headers={"accept-language": "en"}).content.decode()

        assert books.lease.number in shown
        assert "Days that changed" in shown
        assert facts_unbilled(books.now()) == []
