"""A fact is billed once: by the action, and by the database itself; a lease with one open is not closed."""

import pytest
from django.db import IntegrityError, connection, transaction

from billing.actions import award_taxes, invoices
from billing.models import AwardTax, Invoice, InvoiceLine, InvoiceLineFact
from billing.queries import facts_in, is_all_billed, whole_of
from leasing.actions import closing, deposits, settlements
from leasing.models import Lease, Settlement
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.billing.recorded import APRIL, DAY, ENDED, LATER, SEEN, Books
from tests.factories import marketplace as factory
from tests.leasing import world as worlds
from tests.leasing.settling import READY, Settling
from tests.leasing.world import END, HANDOVER

MARCH = Period(HANDOVER, APRIL)


@once.fixture
def books():
    return Books(worlds.make())


def draft(books, period=MARCH):
    return invoices.draft(lease=books.now(), period=period, at=LATER, by=books.clerk)


class TestDrafts:
    def test_say_which_facts_they_stand_on(self, books):
        books.settled()
        order = books.maintained()

        kept = {one.seller: [fact["component"] for fact in map(named, one.recorded)] for one in draft(books)}

        credit = f"credit.{books.lease.downtime_credits.get().public_id}"
        assert kept == {
            books.world.lessor: [credit],
            books.platform: [credit],  # its share is of the lowered rent
            books.yard.workshop: [f"service.{order.public_id}"],
        }

    def test_change_nothing_when_run_again(self, books):
        books.maintained()
        first = draft(books)
        facts = set(InvoiceLineFact.objects.values_list("pk", flat=True))

        assert draft(books) == first
        assert set(InvoiceLineFact.objects.values_list("pk", flat=True)) == facts

    def test_follow_a_fact(self, books):
        draft(books)
        books.settled()

        rent, _fee = draft(books)

        assert [line.kind for line in rent.lines.all()] == ["base_fee", "per_unit", "credit"]

    def test_of_another_period_that_have_the_fact_go(self, books):
        books.awarded(at=APRIL + DAY)
        draft(books, Period(APRIL, END))
        assert InvoiceLineFact.objects.get().line.invoice.period_start == APRIL
        books.ended()  # as of 23 March: what was awarded since belongs to the last period now

        draft(books, Period(HANDOVER, ENDED))

        assert InvoiceLineFact.objects.get(kind="damage").line.invoice.period_start == HANDOVER
        assert not Invoice.objects.filter(period_start=APRIL, seller=books.world.lessor).exists()

    def test_of_who_sells_nothing_any_more_go(self, books):
        times = {"period_start": HANDOVER, "period_end": APRIL, "drafted_at": HANDOVER, "digest": "old"}
        sides = {"lease": books.lease, "seller": books.yard.workshop, "buyer": books.world.lessee}
        Invoice.objects.create(currency="CNY", **times, **sides)

        draft(books)

        assert not Invoice.objects.filter(seller=books.yard.workshop).exists()


def named(dumped):
    return {"component": f"{dumped['kind']}.{dumped['name']}"}


class TestTheDatabase:
    @pytest.fixture
    def drafted(self, books):
        books.awarded()
        draft(books)
        return books

    def copy(self, **changes):
        """Add a line like that of the damage, with the same fact."""
        line, fact = InvoiceLine.objects.get(kind="damage"), InvoiceLineFact.objects.get()
        line.pk, line.position = None, 9
        line.save()
        fact.pk, fact.line = None, line
        for name, value in changes.items():
            setattr(fact, name, value)
        fact.save()

    def test_bills_no_fact_twice(self, drafted):
        with pytest.raises(IntegrityError, match="linefact_once"), transaction.atomic():
            self.copy()

        assert InvoiceLineFact.objects.count() == 1

    @pytest.mark.parametrize(
        "changes", [{"kind": "loss"}, {"version": 2}, {"tax_category": "NOT_TAXED"}], ids=str
    )
    def test_keeps_a_fact_what_its_line_is(self, drafted, changes):
        with pytest.raises(IntegrityError, match="those of the line"), transaction.atomic():
            self.copy(**changes)
        with pytest.raises(IntegrityError, match="those of the line"), transaction.atomic():
            InvoiceLineFact.objects.update(**changes)

    def test_names_its_source(self, drafted):
        with pytest.raises(IntegrityError, match="named"), transaction.atomic():
            self.copy(source="")

    def test_changes_none_of_an_issued_invoice(self, drafted):
        for one in Invoice.objects.all():
            invoices.issue(invoice=one, at=LATER, by=drafted.clerk)

        for change in (
            lambda: InvoiceLineFact.objects.update(text="x"),
            lambda: InvoiceLineFact.objects.all().delete(),
        ):
            with pytest.raises(IntegrityError, match="issued"), transaction.atomic():
                change()


class TestTheTaxOfAnAward:
    def say(self, books, by=None, **given):
        given = {
            "source": books.lease.damage_claims.get().public_id,
            "is_taxed": False,
            "reason": "纯赔偿",
        } | given
        return award_taxes.say(lease=books.now(), by=by or books.world.clerk, at=SEEN, **given)

    @pytest.fixture
    def awarded(self, books):
        books.awarded()
        return books

    def test_is_what_was_said_last(self, awarded):
        self.say(awarded)
        self.say(awarded, is_taxed=True, reason="履约中收取, 属价外费用")

        (fact,) = facts_in(awarded.now(), whole_of(awarded.now())[0])

        assert fact.tax_category == "LEASE_MOVABLE"
        assert AuditEntry.objects.filter(action="award.tax", subject=awarded.lease.public_id).count() == 2

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"source": "dmg_other"}, "/source"),
            ({"reason": " "}, "/reason"),
            ({"reason": "x" * 1001}, "/reason"),
        ],
    )
    def test_names_each_fault(self, awarded, given, pointer):
        with pytest.raises(award_taxes.AwardTaxInvalid) as refusal:
            self.say(awarded, **given)

        assert [flaw.pointer for flaw in refusal.value.flaws] == [pointer]
        assert not AwardTax.objects.exists()

    def test_is_for_the_finance_of_the_lessor(self, awarded):
        for person in (awarded.world.buyer, awarded.world.watcher, awarded.world.outsider):
            with pytest.raises(MissingRight):
                self.say(awarded, by=person)

        assert not AwardTax.objects.exists()

    def test_stays_as_it_was_said(self, awarded):
        self.say(awarded)

        for statement in ("UPDATE billing_awardtax SET is_taxed = true", "DELETE FROM billing_awardtax"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


class TestClosing:
    @pytest.fixture
    def scene(self, db):
        made = Settling(worlds.make())
        made.settled()
        return made

    def bill(self, scene):
        lease = scene.now()
        return invoices.bill(lease=lease, at=LATER, by=scene.world.clock)

    def test_waits_for_every_period(self, scene):
        owed = Settlement.objects.final().get().set_off_minor
        for order, amount in ((settlements.order_set_off, owed), (deposits.order, 2_000_000 - owed)):
            given = {"reason": "结算", "by": scene.world.owner, "at": READY}
            made = order(deposit=scene.deposit(), amount_minor=amount, **given)
            deposits.approve(order=made, by=scene.world.clerk, at=READY)
        assert closing.close(lease=scene.now(), by=scene.world.clock, at=LATER).status == "SETTLED"

        self.bill(scene)

        assert closing.close(lease=scene.now(), by=scene.world.clock, at=LATER).status == "CLOSED"

    def test_waits_for_drafts(self, scene):
        self.bill(scene)
        times = {"period_start": HANDOVER, "period_end": APRIL, "drafted_at": HANDOVER, "digest": "old"}
        other = factory.organization()
        Invoice.objects.create(
            lease=scene.lease, seller=other, buyer=scene.world.lessee, currency="CNY", **times
        )

        assert not is_all_billed(scene.now())

    def test_asks_nothing_of_a_lease_that_never_ran(self, scene):
        never = Lease(lessor=scene.world.lessor, lessee=scene.world.lessee)

        assert is_all_billed(never)
        assert whole_of(never) == []
