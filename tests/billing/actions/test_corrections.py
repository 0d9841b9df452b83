"""Issued invoices are corrected by notes: on the original period, to the fen, once."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum

from billing.actions import corrections, findings, inspections, invoices, metering, reviews
from billing.models import CorrectedDay, Correction, Invoice, InvoiceLine, ReviewItem, UsageWindow
from billing.queries import charged, usage_sets
from billing.rules.corrections import Brake
from billing.rules.drafting import drafts, tax_day
from billing.rules.reviews import Verdict
from leasing.models import Lease, LeaseUnit
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

OCTOBER = Period(world.midnight("2026-10-15"), world.midnight("2026-11-01"))
LAST_DAY = date(2026, 10, 31)
NINE = world.midnight("2026-10-31") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
LATER = DUE + timedelta(days=3)
TIGHT = Brake(most_minor=20_000, most_share=Fraction(1))


def say(scene, *counts, start=1):
    scene.say(
        *(
            (number, NINE + timedelta(minutes=number), "ppartcount", count)
            for number, count in enumerate(counts, start)
        )
    )


@once.fixture
def billed(by_part):
    say(by_part, 0, 4)
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


def correct(scene, at=LATER, period=OCTOBER, by=None, **more):
    metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)
    lease = Lease.objects.get(pk=scene.lease.pk)
    return corrections.correct(lease=lease, period=period, at=at, by=by or scene.clock, **more)


def scrap(scene, rejected, at, verdict=Verdict.DROP):
    """Reject parts of the last day, and let both sides agree."""
    inspections.report(
        unit=scene.unit,
        local_day=LAST_DAY,
        rejected=rejected,
        reference="QC-7",
        within=scene.lessee,
        by=scene.buyer,
        at=at,
    )
    for item in ReviewItem.objects.waiting():
        for within, by in ((scene.lessee, scene.buyer), (scene.lessor, scene.owner)):
            reviews.decide(item=item, within=within, verdict=verdict, reason="QC-7", by=by, at=at)


def notes():
    return list(Invoice.objects.exclude(kind="INVOICE").order_by("pk"))


def sums(scene):
    """Return what all versions of each seller add up to."""
    issued = Invoice.objects.issued().filter(lease=scene.lease).order_by("seller").values_list("seller")
    totals = issued.annotate(Sum("net_minor"), Sum("tax_minor"), Sum("gross_minor"))
    return {seller: (net, tax, gross) for seller, net, tax, gross in totals}


def asked(scene, period=OCTOBER):
    """Return what the invoices would be if they were made now."""
    lease = Lease.objects.get(pk=scene.lease.pk)
    sets = list(usage_sets(lease, period))
    made = drafts(charged(lease, period, sets, final=True), on=tax_day(period, lease.agreed.zone))
    sellers = {"owner": scene.lessor.pk, "platform": scene.platform.pk}
    return {sellers[one.seller]: (one.net.minor, one.tax.minor, one.gross.minor) for one in made}


class TestCorrect:
    def test_bills_late_usage_as_a_debit_note_a_seller(self, billed):
        say(billed, 5, start=3)

        made = correct(billed)

        rent, fee = notes()
        assert (rent.kind, rent.version, rent.status, rent.gross_minor) == ("DEBIT_NOTE", 2, "ISSUED", 42940)
        assert (fee.seller, fee.gross_minor) == (billed.platform, 1208)
        assert (rent.period, rent.corrects.version, rent.number[-6:]) == (OCTOBER, 1, "000002")
        assert (made.outcome, made.reasons, made.event_limit) == ("NOTED", ["LATE"], OCTOBER.end)
        assert made.arrivals == {billed.device.public_id: 2}
        assert sums(billed) == asked(billed)

    def test_keeps_before_and_after_and_what_both_stand_on(self, billed):
        say(billed, 5, start=3)

        made = correct(billed)

        line = notes()[0].lines.get()
        day = made.days.get()
        assert (line.quantity, line.unit_price, line.net_minor, line.tax_minor) == (1, 380, 38000, 4940)
        assert line.facts["before"] == {"net_minor": 152000, "tax_minor": 19760, "quantity": "4"}
        assert line.facts["after"]["quantity"] == line.facts["line"]["quantity"] == "5"
        assert line.steps[-1]["numbers"] == {"after": "1900.00", "before": "1520.00", "net": "380.00"}
        assert (day.before.quantity, day.after.quantity) == (4, 5)
        assert line.usage.get().window_set == day.after
        assert day.reasons == [{"reason": "LATE", "id": ""}]

    def test_does_nothing_the_second_time(self, billed):
        say(billed, 5, start=3)
        correct(billed)
        before = Invoice.objects.count(), AuditEntry.objects.count()

        assert correct(billed, at=LATER + timedelta(days=1)) is None
        assert (Invoice.objects.count(), AuditEntry.objects.count()) == before

    def test_does_nothing_where_nothing_changed(self, billed):
        assert correct(billed) is None
        assert Correction.objects.count() == 0

    def test_writes_down_that_no_amount_changed(self, by_part):
        say(by_part, 0)
        by_part.say((9, NINE + timedelta(minutes=9), "ppartcount", 4))
        invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
        by_part.say((4, NINE + timedelta(minutes=4), "ppartcount", 2))

        made = correct(by_part)

        assert (made.outcome, made.reasons, notes()) == ("NOTHING", ["LATE"], [])
        assert correct(by_part) is None

    def test_credits_scrap_and_debits_it_again_when_it_is_taken_back(self, billed):
        scrap(billed, 1, at=DUE + timedelta(hours=1))
        first = correct(billed)
        rent, fee = notes()
        assert (rent.kind, rent.gross_minor, fee.gross_minor) == ("CREDIT_NOTE", -42940, -1208)
        assert first.reasons == ["REVIEW", "SCRAP"]

        scrap(billed, 0, at=LATER + timedelta(minutes=1))
        second = correct(billed, at=LATER + timedelta(hours=1))

        assert [one.version for one in notes()] == [2, 2, 3, 3]
        assert second.reasons == ["SCRAP_WITHDRAWN"]
        assert notes()[2].gross_minor == 42940
        assert sums(billed) == asked(billed)

    def test_names_what_both_sides_decided(self, billed):
        scrap(billed, 1, at=DUE + timedelta(hours=1), verdict=Verdict.BILL)

        made = correct(billed)

        (day,) = made.days.all()
        item, result = ReviewItem.objects.get(), billed.unit.inspections.get()
        assert (made.outcome, notes()) == ("NOTHING", [])
        assert day.reasons == [
            {"reason": "REVIEW", "id": item.public_id},
            {"reason": "SCRAP", "id": result.public_id},
        ]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_any_order_of_arrivals_and_runs_bills_what_one_run_bills(self, by_part, order):
        pieces = [(3, 2), (5, 3), (9, 7)]
        say(by_part, 0)
        invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
        for step, piece in enumerate(order):
            number, count = pieces[piece]
            by_part.say((number, NINE + timedelta(minutes=number), "ppartcount", count))
            correct(by_part, at=LATER + step * timedelta(hours=1))
            assert all(gross >= 0 for *_, gross in sums(by_part).values())

        assert sums(by_part) == asked(by_part)
        assert sums(by_part)[by_part.lessor.pk] == (65806 + 7 * 38000, 8555 + 34580, 74361 + 300580)

    @pytest.mark.parametrize("step", range(4))
    def test_leaves_nothing_when_it_fails_and_is_whole_when_run_again(self, billed, monkeypatch, step):
        say(billed, 5, start=3)
        record, calls = corrections.audit.record, []

        def fail(**facts):
            if len(calls) == step:
                raise RuntimeError(facts["action"])
            calls.append(facts)
            return record(**facts)

        metering.meter_unit(unit=billed.unit, at=LATER, by=billed.clock)
        with monkeypatch.context() as patched:
            patched.setattr(corrections.audit, "record", fail)
            if step < 3:
                with pytest.raises(RuntimeError), transaction.atomic():
                    corrections.correct(lease=billed.lease, period=OCTOBER, at=LATER, by=billed.clock)
                assert (notes(), Correction.objects.count(), CorrectedDay.objects.count()) == ([], 0, 0)
            else:
                corrections.correct(lease=billed.lease, period=OCTOBER, at=LATER, by=billed.clock)
        correct(billed)

        assert [one.number[-6:] for one in notes()] == ["000002", "000002"]
        assert sums(billed) == asked(billed)

    def test_follows_a_lease_that_turned_out_to_have_ended(self, billed):
        end = world.midnight("2026-10-25")
        cut(billed, end)

        made = correct(billed)

        assert (made.reasons, made.event_limit) == (["TERMS"], end)
        assert sums(billed) == asked(billed, Period(OCTOBER.start, end))
        assert correct(billed) is None

    def test_credits_all_of_a_period_that_turned_out_to_lie_behind_the_end(self, db):
        scene = world.build("hurco01")
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
        cut(scene, world.midnight("2026-09-15"))
        october = Period(world.midnight("2026-10-01"), None)

        made = correct(scene, period=october)

        assert made.reasons == ["TERMS"]
        versions = Invoice.objects.filter(period_start=october.start)
        assert versions.aggregate(Sum("gross_minor"))["gross_minor__sum"] == 0
        assert correct(scene, period=october) is None

    def test_waits_for_the_end_of_a_period_that_became_longer(self, by_part):
        cut(by_part, world.midnight("2026-10-20"))
        lease = Lease.objects.get(pk=by_part.lease.pk)
        invoices.bill(lease=lease, at=world.midnight("2026-10-22"), by=by_part.clock)
        cut(by_part, OCTOBER.end)

        with pytest.raises(invoices.PeriodNotOver):
            correct(by_part, at=DUE - timedelta(seconds=1))
        assert (notes(), Correction.objects.count()) == ([], 0)
        correct(by_part)

        assert sums(by_part) == asked(by_part)

    def test_makes_an_invoice_where_a_seller_had_none(self, by_part):
        say(by_part, 0, 4)
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        rent, fee = invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock)
        fee.delete()
        invoices.issue(invoice=rent, at=DUE, by=by_part.clock)

        assert correct(by_part) is None

        made = Invoice.objects.get(seller=by_part.platform)
        assert (made.kind, made.status, made.gross_minor) == ("INVOICE", "ISSUED", 6926)
        assert sums(by_part) == asked(by_part)

    def test_says_other_where_no_day_changed(self, billed, monkeypatch):
        plain = findings.charged
        lease = Lease.objects.get(pk=billed.lease.pk)

        def other(lease, period, sets, *, final, facts):
            return plain(lease, period, [], final=final, facts=facts)

        monkeypatch.setattr(findings, "charged", other)
        made = corrections.correct(lease=lease, period=OCTOBER, at=LATER, by=billed.clock)

        assert (made.outcome, made.reasons) == ("NOTED", ["OTHER"])

    def test_refuses_what_is_not_billed(self, by_part):
        with pytest.raises(findings.NotBilledYet):
            correct(by_part)
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock)
        with pytest.raises(findings.NotBilledYet):
            correct(by_part)

        assert (notes(), Correction.objects.count()) == ([], 0)

    def test_refuses_people_without_the_right(self, billed):
        say(billed, 5, start=3)

        for action in (corrections.correct, corrections.correct_due):
            about = {"start": OCTOBER.start} if action is corrections.correct_due else {"period": OCTOBER}
            with pytest.raises(MissingRight):
                action(lease=billed.lease, at=LATER, by=billed.buyer, **about)

        assert (notes(), Correction.objects.count()) == ([], 0)

    def test_meters_first_when_it_is_due(self, billed):
        say(billed, 5, start=3)

        corrections.correct_due(lease=billed.lease, start=OCTOBER.start, at=LATER, by=billed.clock)

        assert notes()[0].net_minor == 38000


def cut(scene, end):
    """Let a lease turn out to end, or to have ended, at another moment."""
    Lease.objects.filter(pk=scene.lease.pk).update(ends_at=end)
    scene.unit = LeaseUnit.objects.select_related("lease").get(pk=scene.unit.pk)


class TestBrake:
    def test_lets_a_large_change_wait(self, billed):
        say(billed, 5, start=3)

        made = correct(billed, brake=TIGHT)

        assert made.outcome == "WAITING"
        assert [(one.status, one.number) for one in notes()] == [("DRAFT", None)] * 2
        assert correct(billed, brake=TIGHT) == made
        assert Correction.objects.count() == 1

    def test_gives_way_to_a_later_finding(self, billed):
        say(billed, 5, start=3)
        first = correct(billed, brake=TIGHT)
        say(billed, 6, start=4)

        second = correct(billed, brake=TIGHT, at=LATER + timedelta(hours=1))

        first.refresh_from_db()
        assert (first.outcome, second.outcome) == ("SUPERSEDED", "WAITING")
        assert [one.net_minor for one in notes()] == [76000, 2280]

    def test_gives_way_to_nothing_when_the_change_is_taken_back(self, billed):
        scrap(billed, 1, at=DUE + timedelta(hours=1))
        first = correct(billed, brake=TIGHT)
        scrap(billed, 0, at=LATER + timedelta(minutes=1))

        second = correct(billed, brake=TIGHT, at=LATER + timedelta(hours=1))

        first.refresh_from_db()
        assert (first.outcome, second.outcome, notes()) == ("SUPERSEDED", "NOTHING", [])

    @pytest.mark.parametrize("who", ["lessor", "platform"])
    def test_is_lifted_by_a_seller(self, billed, who):
        say(billed, 5, start=3)
        made = correct(billed, brake=TIGHT)
        by = factory.member(getattr(billed, who))

        found = approve(billed, made, getattr(billed, who), by)

        assert (found.outcome, found.approved_by, found.approved_for) == ("NOTED", by, getattr(billed, who))
        assert [one.status for one in notes()] == ["ISSUED"] * 2
        assert sums(billed) == asked(billed)
        assert approve(billed, made, getattr(billed, who), by).approved_at == LATER
        assert AuditEntry.objects.filter(action="correction.approve").count() == 1

    def test_is_not_lifted_by_others(self, billed):
        say(billed, 5, start=3)
        made = correct(billed, brake=TIGHT)
        stranger = factory.organization()

        with pytest.raises(MissingRight):
            approve(billed, made, billed.lessor, billed.buyer)
        with pytest.raises(corrections.NotASeller):
            approve(billed, made, billed.lessee, billed.buyer)
        with pytest.raises(corrections.NotASeller):
            approve(billed, made, stranger, factory.member(stranger))

        assert {one.status for one in notes()} == {"DRAFT"}

    def test_is_not_lifted_for_what_was_overtaken(self, billed):
        say(billed, 5, start=3)
        first = correct(billed, brake=TIGHT)
        say(billed, 6, start=4)
        correct(billed, brake=TIGHT, at=LATER + timedelta(hours=1))

        with pytest.raises(corrections.CorrectionOvertaken):
            approve(billed, first, billed.lessor, billed.owner)

        assert {one.status for one in notes()} == {"DRAFT"}


def approve(scene, correction, within, by):
    return corrections.approve(correction=correction, within=within, by=by, at=LATER)


class TestDatabase:
    @pytest.fixture
    def noted(self, billed):
        say(billed, 5, start=3)
        correct(billed)
        return billed

    def test_never_changes_what_was_found(self, noted):
        for change in (
            lambda: Correction.objects.update(outcome="SUPERSEDED"),
            lambda: Correction.objects.update(reasons=[]),
            lambda: CorrectedDay.objects.update(reasons=[]),
            lambda: CorrectedDay.objects.all().delete(),
            lambda: Invoice.objects.filter(version=2).update(correction=None),
            lambda: InvoiceLine.objects.filter(invoice__version=2).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM billing_correction")

    def copy(self, scene, **changes):
        """Write another note after the last one of the owner."""
        about = Invoice.objects.get(seller=scene.lessor, version=2)
        finding = Correction.objects.create(
            lease=about.lease,
            period_start=about.period_start,
            event_limit=about.period_end,
            digest="",
            outcome="NOTED",
            made_at=LATER,
        )
        about.pk, about.public_id, about.version, about.correction = None, f"inv_{changes!s}"[:30], 3, finding
        about.kind, about.status, about.number = "CREDIT_NOTE", "DRAFT", None
        about.issued_at = about.due_on = None
        about.net_minor, about.tax_minor, about.gross_minor = -1, 0, -1
        for name, value in changes.items():
            setattr(about, name, value)
        about.save(force_insert=True)
        return about

    @pytest.mark.parametrize(
        "changes",
        [
            {"version": 4},
            {"version": 1},
            {"kind": "INVOICE"},
            {"kind": "DEBIT_NOTE"},
            {"corrects": None},
            {"correction": None},
            {"period_start": OCTOBER.start - timedelta(days=1)},
        ],
    )
    def test_takes_no_note_that_follows_nothing(self, noted, changes):
        with pytest.raises(DatabaseError), transaction.atomic():
            self.copy(noted, **changes)

    def test_takes_no_note_over_a_note(self, noted):
        note = Invoice.objects.get(seller=noted.lessor, version=2)
        with pytest.raises(DatabaseError), transaction.atomic():
            self.copy(noted, corrects=note)

    @pytest.fixture
    def undone(self):
        """Roll back what is half made, before the constraints of the commit look at it."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def test_takes_one_draft_at_a_time(self, noted, undone):
        self.copy(noted)
        with pytest.raises(DatabaseError, match="follows an issued version"), transaction.atomic():
            self.copy(noted, version=4)

    def test_credits_no_more_than_is_billed(self, noted, undone):
        gross = sums(noted)[noted.lessor.pk][2]
        note = self.copy(noted, net_minor=-gross - 1, gross_minor=-gross - 1)
        issued = {"status": "ISSUED", "number": "X-1", "issued_at": LATER, "due_on": LAST_DAY}

        with pytest.raises(DatabaseError, match="more would be credited"), transaction.atomic():
            Invoice.objects.filter(pk=note.pk).update(**issued)
        Invoice.objects.filter(pk=note.pk).update(net_minor=-gross, gross_minor=-gross, **issued)

        assert sums(noted)[noted.lessor.pk][2] == 0

    def test_issues_no_note_that_waits(self, billed):
        say(billed, 5, start=3)
        correct(billed, brake=TIGHT)
        note = notes()[0]

        with pytest.raises(DatabaseError, match="waits"), transaction.atomic():
            invoices.issue(invoice=note, at=LATER, by=billed.clock)

        assert {one.status for one in notes()} == {"DRAFT"}

    def test_wants_notes_that_fit_the_outcome(self, billed):
        say(billed, 5, start=3)
        made = correct(billed, brake=TIGHT)

        with pytest.raises(IntegrityError, match="do not fit"), transaction.atomic():
            Correction.objects.filter(pk=made.pk).update(outcome="SUPERSEDED")
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_keeps_the_versions_that_notes_stand_on(self, noted):
        assert UsageWindow.objects.filter(set__in=CorrectedDay.objects.values("after")).exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            CorrectedDay.objects.get(before__isnull=False).before.delete()
