"""A bill before it is issued: shown as it will be, objected to in time, frozen where nobody answered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.actions import batches, disputes, invoices, metering, objections, provisional, run_steps, runs
from billing.models import BillObjection, BillTelling, Invoice, LineDispute, RunPart
from billing.queries import document_of, ended_periods, standing_of, unbilled_periods, versions_of
from billing.rules.completeness import State
from billing.rules.invoice_papers import paper
from leasing.actions import leases
from leasing.models import ConditionRecord, Lease
from leasing.models.leases import LeaseQuerySet
from marketplace.models import AuditEntry, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import LAST_DAY, OCTOBER, say, scrap
from tests.factories import marketplace as factory

ENDED = OCTOBER.end + timedelta(hours=1)
UNTIL = OCTOBER.end + timedelta(hours=24)
How = provisional.How


@once.fixture
def ended(by_part):
    say(by_part, 0, 4)
    meter(by_part)
    return by_part


def meter(scene, at=ENDED):
    metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


def compute(scene, reader=None, at=ENDED, period=OCTOBER):
    lease = Lease.objects.get(pk=scene.lease.pk)
    return provisional.compute(lease=lease, period=period, reader=reader or scene.lessee, at=at)


def object_to(scene, component="parts", **changes):
    asked = {
        "lease": scene.lease,
        "start": OCTOBER.start,
        "seller": scene.lessor.public_id,
        "component": component,
        "reason": "USAGE",
        "text": "Counted twice",
        "within": scene.lessee,
        "by": scene.buyer,
        "at": ENDED,
    }
    return objections.raise_objection(**asked | changes)


def returned(scene, at=ENDED):
    """Let the lessor record the machine's return."""
    about = {"lease": scene.lease, "unit": scene.unit, "kind": "RETURN", "number": 1, "side": "LESSOR"}
    when = {"happened_at": at, "answer_until": at + timedelta(days=3), "made_at": at}
    who = {"made_by": scene.owner.public_id, "made_by_name": scene.owner.name}
    return ConditionRecord.objects.create(document={}, digest="0" * 64, **about, **when, **who)


def by_lessor(scene, **changes):
    return object_to(scene, within=scene.lessor, by=scene.owner, **changes)


def answer(scene, made, agreed=False, effect="", source="", **changes):
    asked = {"text": "See report 7", "within": scene.lessor, "by": scene.owner, "at": ENDED} | changes
    return objections.answer(objection=made, agreed=agreed, effect=effect, source=source, **asked)


def bill(scene, at=UNTIL):
    return invoices.bill(lease=Lease.objects.get(pk=scene.lease.pk), at=at, by=scene.clock)


def rent(scene):
    return Invoice.objects.get(seller=scene.lessor, version=1)


def standing(scene):
    found = standing_of(versions_of(rent(scene)))
    return found.billed, found.disputed, found.due


def amounts(lines):
    return [(one.component, one.tax_category, one.net_minor, one.tax_minor) for one in lines]


def expected(part):
    return [
        (one.line.component, one.line.tax_category, one.line.net.minor, one.tax.minor)
        for one in part.draft.lines
    ]


class TestBill:
    def test_says_what_each_side_sees_and_when_it_is_issued(self, ended):
        found = compute(ended)
        mine = compute(ended, reader=ended.lessor)

        assert {part.seller: part.draft.gross.minor for part in found.parts}[ended.lessor] == 246121
        assert [part.seller for part in mine.parts] == [ended.lessor]
        assert compute(ended, reader=ended.platform).digest == found.digest != mine.digest
        assert (found.until, found.is_final, found.is_metered, found.held) == (UNTIL, False, True, [])
        assert found.days[State.PROVISIONAL] > 0
        assert compute(ended, at=UNTIL).days[State.PROVISIONAL] == 0
        assert found.net_of(ended.lessor, "nothing") is None
        assert not Invoice.objects.exists()

    def test_is_not_told_before_all_use_is_metered(self, by_part):
        say(by_part, 0, 4)
        meter(by_part, at=OCTOBER.end - timedelta(hours=1))
        found = compute(by_part)

        assert not found.is_metered
        assert not tell(by_part, found)
        assert not BillTelling.objects.exists()

    @given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.booleans())
    @settings(
        max_examples=5, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_is_what_is_issued_when_nothing_arrives_in_between(self, by_part, growths, batched):
        """To the fen, per seller and line, by the single steps and in a batch."""
        block = transaction.atomic()
        block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
        with block:
            counts = [sum(growths[:place]) for place in range(len(growths) + 1)]
            say(by_part, *counts)
            meter(by_part)
            found = compute(by_part)
            if batched:
                batches.bill(leases=[by_part.lease], at=UNTIL, by=by_part.clock)
            else:
                bill(by_part)

            issued = {one.seller: one for one in Invoice.objects.issued()}
            assert {part.seller: part.digest for part in found.parts} == {
                seller: one.digest for seller, one in issued.items()
            }
            for part in found.parts:
                assert amounts(issued[part.seller].lines.all()) == expected(part)
                assert issued[part.seller].gross == part.draft.gross
            transaction.set_rollback(True)


def tell(scene, found, within=None, by=None, at=ENDED):
    within, by = within or scene.lessee, by or scene.buyer
    return provisional.tell(bill=found, within=within, how=How.SHOWN, at=at, by=by)


class TestTelling:
    def test_is_kept_the_first_time_with_what_was_told(self, ended):
        found = compute(ended)

        assert tell(ended, found)
        assert not tell(ended, found, at=ENDED + timedelta(hours=1))

        kept = BillTelling.objects.get()
        assert (kept.organization, kept.person, kept.how, kept.at) == (
            ended.lessee,
            ended.buyer,
            "SHOWN",
            ENDED,
        )
        assert (kept.digest, kept.gross, kept.objections_until) == (found.digest, found.gross, UNTIL)
        assert sum(part["gross_minor"] for part in kept.parts) == kept.gross_minor
        assert AuditEntry.objects.get(action="bill.tell").facts["digest"] == found.digest

    def test_tells_each_side_what_it_may_see(self, ended):
        tell(ended, compute(ended))
        tell(ended, compute(ended, reader=ended.lessor), within=ended.lessor, by=ended.owner)

        told = BillTelling.objects.get(organization=ended.lessor)
        assert [part["seller"] for part in told.parts] == [ended.lessor.public_id]

    def test_is_for_the_sides(self, ended):
        with pytest.raises(provisional.NoSideOfBill):
            tell(ended, compute(ended), within=ended.platform, by=ended.finance)
        with pytest.raises(MissingRight):
            tell(ended, compute(ended), by=factory.member(ended.lessee, Role.VIEWER))
        assert not BillTelling.objects.exists()

    def test_stays_in_the_database(self, ended):
        tell(ended, compute(ended))
        for change in (BillTelling.objects.all().delete, lambda: BillTelling.objects.update(gross_minor=1)):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_notifies_the_lessee_once(self, by_part):
        say(by_part, 0, 4)

        tellings = [
            provisional.notify_lessee(lease=by_part.lease, at=ENDED, by=by_part.clock) for _ in range(2)
        ]

        assert tellings == [1, 0]
        told = Notification.objects.get(kind="bill_provisional")
        assert (told.organization, BillTelling.objects.get().how) == (by_part.lessee, "NOTIFIED")
        assert f"/leases/{by_part.lease.public_id}/" in told.link

    def test_waits_for_the_end_of_the_period(self, by_part):
        before = OCTOBER.end - timedelta(seconds=1)

        assert provisional.notify_lessee(lease=by_part.lease, at=before, by=by_part.clock) == 0
        assert not BillTelling.objects.exists()

    def test_does_not_notify_of_a_bill_that_is_not_metered(self, by_part, monkeypatch):
        say(by_part, 0, 4)
        meter(by_part, at=OCTOBER.end - timedelta(hours=1))
        monkeypatch.setattr(metering, "meter_unit", lambda **given: None)

        assert provisional.notify_lessee(lease=by_part.lease, at=ENDED, by=by_part.clock) == 0
        assert not Notification.objects.filter(kind="bill_provisional").exists()


class TestDeadline:
    def test_is_kept_by_the_issue(self, ended):
        drafted = invoices.draft(lease=ended.lease, period=OCTOBER, at=ENDED, by=ended.clock)
        with pytest.raises(invoices.PeriodNotOver):
            invoices.issue(invoice=drafted[0], at=UNTIL - timedelta(seconds=1), by=ended.clock)
        assert bill(ended, at=UNTIL - timedelta(seconds=1)) == []

        assert len(bill(ended)) == 2

    def test_is_longer_where_the_setting_says_so(self, ended, settings):
        settings.OBJECTIONS_LEAST = timedelta(hours=72)
        later = OCTOBER.end + timedelta(hours=72)

        assert compute(ended).until == later
        assert bill(ended, at=later - timedelta(seconds=1)) == []
        assert len(bill(ended, at=later)) == 2

    def test_is_never_earlier_than_told(self, ended, settings):
        settings.OBJECTIONS_LEAST = timedelta(hours=72)
        tell(ended, compute(ended))
        settings.OBJECTIONS_LEAST = timedelta(0)
        later = OCTOBER.end + timedelta(hours=72)

        assert compute(ended).until == later
        assert batches.bill(leases=[ended.lease], at=UNTIL, by=ended.clock).invoices == []
        assert unbilled_periods(ended.lease, UNTIL) == []
        assert ended_periods(ended.lease, UNTIL) == [OCTOBER]
        assert len(bill(ended, at=later)) == 2


class TestObject:
    def test_is_written_down_and_told_to_the_seller(self, ended):
        made = object_to(ended)

        assert (made.outcome, made.net_minor, made.answers) == ("OPEN", 152000, ended.lessor)
        assert Notification.objects.get(kind="bill_objected").organization == ended.lessor
        assert AuditEntry.objects.get(action="bill_objection.raise").facts["text"] == "Counted twice"

    def test_may_be_to_all_that_a_seller_bills_and_to_the_platform(self, ended):
        whole = object_to(ended, component="", seller="")
        fee = object_to(ended, component="", seller=ended.platform.public_id)

        assert whole.net_minor == rent_of(ended).net.minor
        assert (fee.answers, whole.answers) == (ended.platform, ended.lessor)

    def test_may_be_to_what_a_meter_counted(self, ended):
        made = object_to(ended, component="meter:parts")
        lines = compute(ended).parts[0].draft.lines

        assert made.net_minor == sum(one.line.net.minor for one in lines if one.line.meter == "parts") > 0
        with pytest.raises(objections.ObjectionInvalid):
            object_to(ended, component="meter:energy")
        bill(ended)
        frozen = LineDispute.objects.get()
        assert (frozen.line.meter, frozen.objection) == ("parts", made)

    def test_of_the_lessor_is_answered_by_the_lessee(self, ended):
        made = by_lessor(ended)

        assert made.answers == ended.lessee
        assert Notification.objects.get(kind="bill_objected").organization == ended.lessee
        answer(ended, made, within=ended.lessee, by=ended.buyer)
        assert BillObjection.objects.get().outcome == "REJECTED"

    def test_is_possible_to_the_deadline(self, ended):
        with pytest.raises(objections.NoBillYet):
            object_to(ended, at=OCTOBER.end - timedelta(seconds=1))
        with pytest.raises(objections.NoBillYet):
            object_to(ended, start=OCTOBER.start + timedelta(days=1))
        with pytest.raises(objections.ObjectionTooLate):
            object_to(ended, at=UNTIL)
        bill(ended)
        with pytest.raises(objections.ObjectionTooLate):
            object_to(ended)
        assert not BillObjection.objects.exists()

    def test_twice_is_one(self, ended):
        object_to(ended)
        with pytest.raises(objections.AlreadyObjected):
            object_to(ended)
        assert BillObjection.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"component": "gone"}, "/component"),
            ({"component": "a\x00"}, "/component"),
            ({"seller": "org_nobody"}, "/seller"),
            ({"reason": "MOOD"}, "/reason"),
            ({"text": " \x00 "}, "/text"),
            ({"text": "x" * 501}, "/text"),
        ],
    )
    def test_says_what_is_wrong_with_it(self, ended, changes, pointer):
        with pytest.raises(objections.ObjectionInvalid) as refusal:
            object_to(ended, **changes)

        assert [flaw.pointer for flaw in refusal.value.flaws] == [pointer]
        assert not BillObjection.objects.exists()

    def test_is_for_the_sides_each_with_its_right(self, ended):
        with pytest.raises(objections.NoSideOfBill):
            object_to(ended, within=ended.platform, by=ended.finance)
        with pytest.raises(MissingRight):
            object_to(ended, by=factory.member(ended.lessee, Role.VIEWER))
        with pytest.raises(MissingRight):
            object_to(ended, within=ended.lessor, by=factory.member(ended.lessor, Role.OPERATOR))
        with pytest.raises(objections.ObjectionInvalid):
            by_lessor(ended, seller=ended.platform.public_id)
        assert not BillObjection.objects.exists()


def rent_of(scene):
    return next(part.draft for part in compute(scene).parts if part.seller == scene.lessor)


class TestAnswer:
    def test_agrees_by_a_fact_and_the_bill_follows_it(self, ended):
        made = object_to(ended)
        before = rent_of(ended).gross.minor
        scrap(ended, 2, ENDED)
        item = ended.unit.review_items.get()

        closed = answer(ended, made, agreed=True, effect="REVIEW", source=item.public_id)

        assert (closed.outcome, closed.effect, closed.source) == ("AGREED", "REVIEW", item.public_id)
        assert rent_of(ended).gross.minor < before
        assert Notification.objects.get(kind="bill_objection_answered").organization == ended.lessee
        bill(ended)
        assert not LineDispute.objects.exists()

    def test_agrees_by_an_inspection(self, ended):
        scrap(ended, 1, ENDED)
        inspection = ended.unit.inspections.get()

        assert inspection.local_day == LAST_DAY
        made = answer(ended, object_to(ended), agreed=True, effect="INSPECTION", source=inspection.public_id)
        assert made.outcome == "AGREED"

    @pytest.mark.parametrize("named", [("REVIEW", "rev_x"), ("DOWNTIME", "a\x00"), ("", ""), ("MOOD", "x")])
    def test_agrees_by_nothing_else(self, ended, named):
        made = object_to(ended)
        with pytest.raises(objections.ObjectionInvalid) as refusal:
            answer(ended, made, agreed=True, effect=named[0], source=named[1], text="")

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/text", "/source"]
        assert BillObjection.objects.get().outcome == "OPEN"

    def test_is_the_other_sides_with_its_right_and_once(self, ended):
        made = object_to(ended)
        with pytest.raises(objections.NotYoursToAnswer):
            answer(ended, made, within=ended.lessee, by=ended.buyer)
        with pytest.raises(MissingRight):
            answer(ended, made, by=factory.member(ended.lessor, Role.OPERATOR))
        answer(ended, made)
        with pytest.raises(objections.ObjectionClosed):
            answer(ended, made)
        with pytest.raises(objections.ObjectionClosed):
            objections.withdraw(objection=made, within=ended.lessee, by=ended.buyer, at=ENDED)

        assert BillObjection.objects.get().outcome == "REJECTED"
        assert AuditEntry.objects.filter(action="bill_objection.close").count() == 1

    def test_is_not_needed_when_it_is_withdrawn(self, ended):
        made = object_to(ended)
        with pytest.raises(objections.NotYourObjection):
            objections.withdraw(objection=made, within=ended.lessor, by=ended.owner, at=ENDED)
        objections.withdraw(objection=made, within=ended.lessee, by=ended.buyer, at=ENDED)
        bill(ended)

        assert BillObjection.objects.get().outcome == "WITHDRAWN"
        assert standing(ended) == (246121, 0, 246121)


class TestIssue:
    """The worked example of docs/billing.md: the rest is due, the line is disputed from the first moment."""

    @pytest.mark.parametrize("batched", [True, False])
    def test_freezes_what_nobody_answered(self, ended, batched):
        made = object_to(ended)
        if batched:
            batches.bill(leases=[ended.lease], at=UNTIL, by=ended.clock)
        else:
            bill(ended)

        frozen = LineDispute.objects.get()
        made.refresh_from_db()
        assert (made.outcome, made.invoice) == ("FROZEN", rent(ended))
        assert (frozen.line.component, frozen.objection, frozen.reason) == ("parts", made, "Counted twice")
        assert (frozen.raised_by, frozen.raised_at) == (ended.buyer, UNTIL)
        assert frozen.answer_by == UNTIL + timedelta(days=10)
        assert standing(ended) == (246121, 171760, 74361)

    def test_goes_on_as_a_dispute(self, ended):
        made = object_to(ended)
        bill(ended)
        with pytest.raises(objections.ObjectionClosed):
            answer(ended, made)
        given = {"within": ended.lessor, "by": ended.owner, "at": UNTIL, "reason": "See report 7"}
        disputes.answer(dispute=LineDispute.objects.get(), conceded_minor=0, **given)

        assert standing(ended) == (246121, 0, 246121)

    def test_freezes_all_of_a_seller_and_each_line_once(self, ended):
        object_to(ended)
        object_to(ended, component="")
        bill(ended)

        assert LineDispute.objects.count() == 2
        assert standing(ended) == (246121, 246121, 0)
        assert set(BillObjection.objects.values_list("outcome", flat=True)) == {"FROZEN"}

    def test_lets_what_the_lessor_said_lapse(self, ended):
        by_lessor(ended)
        bill(ended)

        assert BillObjection.objects.get().outcome == "LAPSED"
        assert standing(ended) == (246121, 0, 246121)

    def test_lets_lapse_what_asks_for_nothing_any_more(self, ended):
        object_to(ended)
        scrap(ended, 4, ENDED)
        bill(ended)

        found = BillObjection.objects.get()
        assert (found.outcome, LineDispute.objects.count()) == ("LAPSED", 0)

    def test_lets_lapse_what_is_about_a_seller_without_an_invoice(self, ended, monkeypatch):
        object_to(ended, component="", seller=ended.platform.public_id)
        rated = invoices.rate(lease=ended.lease, period=OCTOBER)
        only = rated._replace(parts=[part for part in rated.parts if part.seller == "owner"])
        monkeypatch.setattr(invoices, "rate", lambda **given: only)
        bill(ended)

        found = BillObjection.objects.get()
        assert (found.outcome, found.invoice) == ("LAPSED", None)

    def test_is_flagged_in_the_preview_and_billed_by_an_approved_run(self, ended):
        object_to(ended)
        run = runs.start(organization=ended.lessor, cut_off=OCTOBER.end, at=UNTIL, by=ended.owner)
        run_steps.look(run=run, at=UNTIL, by=ended.clock)
        run.refresh_from_db()

        flags = {part.seller: part.flags for part in RunPart.objects.all()}
        assert "OBJECTED" in flags[ended.lessor]
        assert "OBJECTED" not in flags[ended.platform]
        runs.approve(run=run, digest=run.digest, at=UNTIL, by=world.member(ended.lessor))
        run_steps.bill(run=run, at=UNTIL, by=ended.clock)
        assert standing(ended) == (246121, 171760, 74361)

    def test_is_guarded_by_the_database(self, ended):
        made = object_to(ended)
        changes = (
            lambda: BillObjection.objects.update(text="Else"),
            lambda: BillObjection.objects.all().delete(),
            lambda: BillObjection.objects.update(outcome="AGREED"),
        )
        for change in changes:
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        bill(ended)
        made.pk, made.public_id, made._state.adding, made.outcome = None, "bob_x", True, "OPEN"
        made.decided_at = made.decided_by = made.invoice = None
        with pytest.raises(IntegrityError), transaction.atomic():
            made.save()


class TestFinal:
    def test_is_the_last_bill_of_a_lease_that_has_ended(self, ended):
        assert not compute(ended).is_final
        leases.end(lease=Lease.objects.get(pk=ended.lease.pk), by=ended.owner, at=ENDED)

        waits = compute(ended).closing
        assert (waits.is_final, waits.until, [one.pk for one in waits.missing]) == (
            False,
            UNTIL,
            [ended.unit.pk],
        )
        assert compute(ended, at=UNTIL - timedelta(seconds=1)).closing.missing == waits.missing
        assert compute(ended, at=UNTIL).is_final  # the time for late readings is over
        returned(ended)
        assert (compute(ended).is_final, compute(ended).closing.missing) == (True, ())
        bill(ended)
        assert [one.is_final for one in Invoice.objects.issued()] == [True, True]
        assert "This is the final bill of the lease." in paper(document_of(rent(ended)), str).lead
        assert compute(ended, at=UNTIL).parts == []

    def test_waits_for_no_machine_that_does_not_come_back(self, ended):
        leases.end(lease=Lease.objects.get(pk=ended.lease.pk), by=ended.owner, at=ENDED)
        ended.lease.units.update(state="GONE")

        assert compute(ended).is_final

    def test_is_none_while_the_lease_runs(self, ended):
        bill(ended)

        assert not rent(ended).is_final
        assert paper(document_of(rent(ended)), str).lead == ""


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("guarded", [True, False])
    def test_an_objection_and_the_issue_do_not_miss_each_other(self, monkeypatch, guarded):
        """Without the lease's lock the invoice is issued as if nobody had objected, and it stays so."""
        scene = world.build("okuma")
        say(scene, 0, 4)
        meter(scene)
        written, issued, note = Event(), Event(), objections._note

        def slowly(*given, **named):
            note(*given, **named)
            written.set()
            issued.wait(timeout=2)

        monkeypatch.setattr(objections, "_note", slowly)
        if not guarded:
            monkeypatch.setattr(LeaseQuerySet, "locked", lambda self: self)

        def objecting():
            try:
                object_to(scene, at=UNTIL - timedelta(seconds=1))
            finally:
                connection.close()

        def billing():
            try:
                written.wait(timeout=20)
                bill(scene)
                issued.set()
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(objecting), pool.submit(billing)]:
                one.result()

        assert BillObjection.objects.get().outcome == ("FROZEN" if guarded else "OPEN")
        assert LineDispute.objects.count() == (1 if guarded else 0)
