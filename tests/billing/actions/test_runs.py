"""Invoice runs: who may do what when, and what is billed and what is not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from psycopg.errors import AdminShutdown

from billing import tasks
from billing.actions import billing_modes, corrections, invoices, metering, run_steps, runs
from billing.models import (
    BillingFailure,
    BillingMark,
    BillingMode,
    Invoice,
    InvoiceRun,
    NumberSequence,
    ReviewItem,
    RunItem,
    RunPart,
)
from billing.models.runs import PATIENCE
from billing.queries import (
    hidden_parts,
    is_all_billed,
    is_left_to_runs,
    lease_flags,
    leases_to_bill,
    shown_parts,
)
from billing.queries.sellers import NoPlatform
from billing.rules.counted import NOTHING
from leasing.actions import annexes, handovers, leases
from marketplace.models import AuditEntry, Membership
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.errors import NotPossible
from tests import once
from tests.billing import fleet as fleets
from tests.billing import world
from tests.billing.fleet import APRIL, BILLED, FEBRUARY, MARCH, NOON
from tests.factories.leasing import condition
from tests.leasing.world import machine

HOUR = timedelta(hours=1)


def two_leases():
    """Let two machines of a lessor that sees its bills before: one since February, one since March."""
    made = fleets.build()
    made.let("old", 100, 100)
    made.bill("old")
    made.let("new", 10, since=MARCH)
    made.review()
    return made


fleet = once.fixture(two_leases)


def march():
    return Invoice.objects.filter(period_start=MARCH)


class TestStart:
    def test_asks_for_the_right_and_for_what_can_be(self, fleet):
        given = {"organization": fleet.lessor, "cut_off": APRIL, "at": NOON}
        with pytest.raises(MissingRight):
            runs.start(by=fleet.buyer, **given)
        stranger = world.build("okuma")

        wrong = given | {"cut_off": NOON + HOUR, "jump_percent": 0, "by": fleet.anna}
        with pytest.raises(runs.RunInvalid) as refused:
            runs.start(only=[fleet.scenes["old"].lease.public_id, stranger.lease.public_id, "x"], **wrong)
        assert [flaw.pointer for flaw in refused.value.flaws] == [
            "/cut_off",
            "/jump_percent",
            "/leases/1",
            "/leases/2",
        ]
        with pytest.raises(runs.RunInvalid) as refused:
            runs.start(only=[str(number) for number in range(1001)], by=fleet.anna, **given)
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/leases"]
        assert InvoiceRun.objects.count() == 0

    def test_bills_nothing_of_before_there_was_anything(self, fleet):
        given = {"organization": fleet.lessor, "at": NOON, "by": fleet.anna}
        for moment in (runs.EARLIEST - timedelta(microseconds=1), datetime.min.replace(tzinfo=UTC)):
            with pytest.raises(runs.RunInvalid) as refused:
                runs.start(cut_off=moment, **given)
            assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [("/cut_off", "too_early")]
        assert InvoiceRun.objects.count() == 0

        assert runs.start(cut_off=runs.EARLIEST, **given).cut_off == runs.EARLIEST

    def test_is_one_at_a_time_and_the_next_after_a_cancelled_one(self, fleet):
        run = fleet.preview()
        with pytest.raises(runs.RunOpen):
            fleet.preview()
        with pytest.raises(MissingRight):
            runs.cancel(run=run, at=NOON, by=fleet.buyer)

        cancelled = runs.cancel(run=run, at=NOON, by=fleet.anna)

        assert runs.cancel(run=run, at=NOON + HOUR, by=fleet.anna).ended_at == cancelled.ended_at == NOON
        assert AuditEntry.objects.filter(action="invoice_run.cancel").count() == 1
        fleet.preview()
        assert not march().exists()

    def test_may_be_of_some_leases_and_of_an_earlier_cut_off(self, fleet):
        run = fleet.preview(only=[fleet.scenes["new"].lease.public_id])
        assert fleet.states(run) == {"new": "READY"}
        runs.cancel(run=run, at=NOON, by=fleet.anna)

        empty = fleet.preview(cut_off=APRIL - HOUR)

        assert (empty.state, empty.ended_at, fleet.states(empty)) == ("CANCELLED", NOON, {})
        assert fleet.preview().state == "PREVIEWED"  # nothing keeps it out


class TestThePreview:
    def test_writes_no_invoice_and_takes_no_number(self, fleet):
        before = Invoice.objects.count(), NumberSequence.objects.get(seller=fleet.lessor).last

        run = fleet.preview()

        assert (Invoice.objects.count(), NumberSequence.objects.get(seller=fleet.lessor).last) == before
        assert (run.state, run.looked, run.total, len(run.digest)) == ("PREVIEWED", 2, 2, 64)

    def test_is_what_the_draft_is(self, fleet):
        run = fleet.preview()
        for item in run.items.all():
            lease = item.lease
            drafted = invoices.draft(lease=lease, period=fleets.IN_MARCH, at=NOON, by=fleet.clock)

            assert {(one.seller, one.digest, one.gross_minor) for one in drafted} == {
                (part.seller, part.digest, part.gross_minor) for part in item.parts.all()
            }

    def test_goes_on_where_it_stopped(self, fleet):
        run = runs.start(organization=fleet.lessor, cut_off=APRIL, at=NOON, by=fleet.anna)
        assert run_steps.look(run=run, at=NOON, by=fleet.clock, most=1)
        stale = InvoiceRun.objects.get(pk=run.pk)
        assert (stale.state, stale.looked, stale.items.count()) == ("PREVIEWING", 1, 1)
        with pytest.raises(runs.RunNotThere):
            fleet.approve(stale)

        fleet.work(run, most=1)
        run_steps.look(run=stale, at=NOON, by=fleet.clock)  # a worker that was late
        run_steps.look(run=run, at=NOON, by=fleet.clock)

        run.refresh_from_db()
        assert (run.state, run.looked, run.items.count()) == ("PREVIEWED", 2, 2)

    def test_of_two_periods_compares_each_with_the_one_before(self, fleet):
        late = fleet.let("late", 50, 60)

        run = fleet.preview()

        parts = RunPart.objects.filter(item__run=run, item__lease=late.lease, seller=fleet.lessor)
        assert [(one.gross_minor, one.last_gross_minor, one.flags) for one in parts] == [
            (203_400, None, ["NEW"]),
            (226_000, 203_400, []),
        ]
        assert fleet.work(fleet.approve(run)).state == "FINISHED"
        assert Invoice.objects.filter(lease=late.lease).count() == 4

    def test_shows_what_is_odd_about_the_use(self, fleet):
        old, new = (fleet.scenes[name] for name in ("old", "new"))
        new.say((9, APRIL - HOUR, "Part_Count", 30))  # five readings before it never came
        for name in fleet.scenes:
            fleets.metered(fleet, name)
        ReviewItem.objects.create(
            device=old.device,
            unit=old.unit,
            meter="parts",
            local_day=APRIL.astimezone(world.ZONE).date() - timedelta(days=1),
            reason="IMPLAUSIBLE",
            digest="x",
            quantity=5,
            starts_at=APRIL - HOUR,
            ends_at=APRIL,
            deadline=NOON,
            opened_at=NOON,
        )

        run = fleet.preview()

        assert (fleet.item(run, "old").flags, fleet.item(run, "new").flags) == (["REVIEWS"], ["GAP"])
        assert lease_flags(new.lease, fleets.IN_MARCH, NOTHING) == ["SILENT", "GAP"]

    def test_names_no_lease_whose_sellers_have_all_issued(self, fleet):
        fleet.bill("old", at=NOON)
        BillingMark.objects.filter(lease=fleet.scenes["old"].lease).update(billed_to=MARCH)

        assert fleet.states(fleet.preview()) == {"new": "READY"}

    def test_shows_the_lessor_what_it_sells_and_the_platform_all(self, fleet):
        run = fleet.preview()

        assert {part.seller for part in shown_parts(run)} == {fleet.lessor}
        assert hidden_parts(run) == 2

    def test_of_the_platform_leaves_those_to_their_lessors_who_want_to_see(self, fleet):
        finance = world.member(fleet.platform, Role.FINANCE)
        other = world.build("okuma")
        at = world.midnight("2026-11-02") + 12 * HOUR
        given = {"organization": fleet.platform, "cut_off": at, "at": at, "by": finance}

        run = fleet.work(runs.start(**given), at)

        assert {item.lease for item in run.items.all()} == {other.lease}
        assert {part.seller for part in shown_parts(run)} == {other.lessor, other.platform}
        assert hidden_parts(run) == 0

    @pytest.mark.parametrize(
        ("error", "code"),
        [(RuntimeError("no"), "run_lease_failed"), (NoPlatform(), "no_platform")],
    )
    def test_names_what_cannot_be_metered_or_computed_and_what_waits_for_it(
        self, fleet, monkeypatch, error, code
    ):
        late = fleet.let("late", 50, 60)
        for place, name in ((metering, "meter_unit"), (invoices, "rate")):
            known = getattr(place, name)

            def fails(known=known, **given):
                lease = given["unit"].lease_id if "unit" in given else given["lease"].pk
                if lease == late.lease.pk:
                    raise error
                return known(**given)

            monkeypatch.setattr(place, name, fails)
            run = fleet.preview()
            monkeypatch.setattr(place, name, known)
            runs.cancel(run=run, at=NOON, by=fleet.anna)

            found = run.items.filter(lease=late.lease).order_by("period_start")
            assert [(one.state, one.problem_code) for one in found] == [
                ("UNRATEABLE", code),
                ("BLOCKED", "run_earlier_period"),
            ]
            assert run.items.ready().count() == 2

    def test_blames_no_lease_when_the_database_is_lost(self, fleet, monkeypatch):
        def lost(**given):
            raise OperationalError from AdminShutdown

        for place, name in ((invoices, "rate"), (metering, "meter_unit")):
            known = getattr(place, name)
            monkeypatch.setattr(place, name, lost)
            with pytest.raises(OperationalError), transaction.atomic():
                fleet.preview()
            monkeypatch.setattr(place, name, known)
        assert RunItem.objects.count() == 0


class TestLeavingOut:
    def test_changes_the_digest_and_putting_back_restores_it(self, fleet):
        run = fleet.preview()
        item = fleet.item(run, "new")
        with pytest.raises(MissingRight):
            runs.leave_out(item=item, reason="x", at=NOON, by=fleet.buyer)
        for reason in (" ", "x" * 501):
            with pytest.raises(runs.RunInvalid):
                runs.leave_out(item=item, reason=reason, at=NOON, by=fleet.anna)
        with pytest.raises(runs.NotInThatState):
            runs.put_back(item=item, at=NOON, by=fleet.anna)

        left = runs.leave_out(item=item, reason="等客户确认", at=NOON, by=fleet.anna)

        assert left.digest != run.digest
        with pytest.raises(runs.NotInThatState):
            runs.leave_out(item=item, reason="x", at=NOON, by=fleet.anna)
        with pytest.raises(runs.RunSeenOtherwise):
            fleet.approve(run)
        assert runs.put_back(item=item, at=NOON, by=fleet.anna).digest == run.digest
        fleet.approve(run)
        with pytest.raises(runs.RunNotThere):
            runs.leave_out(item=item, reason="x", at=NOON, by=fleet.anna)
        assert fleet.item(run, "new").state == "READY"

    def test_of_all_leaves_nothing_to_approve(self, fleet):
        run = fleet.preview()
        for name in fleet.scenes:
            run = runs.leave_out(item=fleet.item(run, name), reason="x", at=NOON, by=fleet.anna)

        with pytest.raises(runs.RunEmpty):
            fleet.approve(run)
        assert InvoiceRun.objects.get().state == "PREVIEWED"


class TestApproval:
    def test_is_of_another_person_where_there_is_one(self, fleet):
        run = fleet.preview()
        for person, error in ((fleet.anna, runs.SamePersonApprovesRun), (fleet.buyer, MissingRight)):
            with pytest.raises(error):
                fleet.approve(run, by=person)
        with pytest.raises(IntegrityError), transaction.atomic():
            InvoiceRun.objects.filter(pk=run.pk).update(
                state="APPROVED", approver=fleet.anna, approved_at=NOON, approved_digest=run.digest
            )

        approved = fleet.approve(run)

        assert (approved.state, approved.approver, approved.approved_alone) == ("APPROVED", fleet.bo, False)
        with pytest.raises(runs.RunNotThere):
            fleet.approve(run)

    def test_is_of_the_same_person_where_there_is_no_other(self, fleet):
        Membership.objects.filter(organization=fleet.lessor).exclude(user=fleet.anna).delete()
        world.member(fleet.lessor, Role.VIEWER)

        approved = fleet.approve(fleet.preview(), by=fleet.anna)

        assert (approved.approver, approved.approved_alone) == (fleet.anna, True)

    def test_can_be_taken_back_until_it_runs(self, fleet):
        run = fleet.approve(fleet.preview())
        assert runs.cancel(run=run, at=NOON, by=fleet.anna).state == "CANCELLED"

        assert fleet.work(run).state == "CANCELLED"
        run_steps.bill(run=run, at=NOON, by=fleet.clock)
        assert not march().exists()


class TestBilling:
    def test_issues_what_was_approved_once_and_says_so(self, fleet):
        lease = fleet.scenes["old"].lease
        BillingFailure.objects.create(lease=lease, code="x", text="x", first_at=BILLED, last_at=BILLED)

        run = fleet.work(fleet.approve(fleet.preview()))

        assert not BillingFailure.objects.exists()
        assert (run.state, run.ended_at) == ("FINISHED", NOON)
        assert fleet.states(run) == {"old": "BILLED", "new": "BILLED"}
        parts = RunPart.objects.filter(item__run=run).select_related("invoice")
        assert all((part.invoice.status, part.invoice.digest) == ("ISSUED", part.digest) for part in parts)
        assert march().count() == 4
        with pytest.raises(runs.RunNotThere):
            runs.cancel(run=run, at=NOON, by=fleet.anna)

        run_steps.bill(run=run, at=NOON, by=fleet.clock)
        fleet.work(run)

        assert march().count() == 4
        assert AuditEntry.objects.filter(action="invoice_run.finish").count() == 1

    def test_goes_on_after_a_crash(self, fleet, monkeypatch):
        run = fleet.approve(fleet.preview())
        issue = invoices.issue
        calls = []

        def dies(**given):
            calls.append(given)
            if len(calls) == 4:  # the second invoice of the second lease
                raise OperationalError from AdminShutdown
            return issue(**given)

        monkeypatch.setattr(invoices, "issue", dies)
        with pytest.raises(OperationalError):
            fleet.work(run, most=2)
        monkeypatch.setattr(invoices, "issue", issue)
        assert sorted(fleet.states(run).values()) == ["BILLED", "READY"]
        assert march().count() == 2

        assert fleet.work(run).state == "FINISHED"
        assert march().count() == 4
        assert NumberSequence.objects.get(seller=fleet.lessor).last == 3

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (RuntimeError("no"), "run_lease_failed"),
            (OperationalError("canceling statement due to statement timeout"), "run_lease_failed"),
            (NotPossible(), "not_possible"),
        ],
    )
    def test_stops_a_lease_that_fails_and_no_other(self, fleet, monkeypatch, error, code):
        run = fleet.approve(fleet.preview())
        issue, old = invoices.issue, fleet.scenes["old"].lease.pk

        def fails(**given):
            if given["invoice"].lease_id == old:
                raise error
            return issue(**given)

        monkeypatch.setattr(invoices, "issue", fails)

        ended = fleet.work(run)

        assert (ended.state, fleet.states(ended)) == ("WITH_FAILURES", {"old": "FAILED", "new": "BILLED"})
        assert fleet.item(run, "old").problem_code == code
        assert march().filter(lease=old).count() == 0
        assert set(leases_to_bill(NOON)) == set()
        monkeypatch.setattr(invoices, "issue", issue)
        assert fleet.work(fleet.approve(fleet.preview())).state == "FINISHED"

    def test_stops_a_lease_that_cannot_be_metered(self, fleet, monkeypatch):
        run = fleet.approve(fleet.preview())
        monkeypatch.setattr(metering, "meter_unit", lambda **given: (_ for _ in ()).throw(RuntimeError))

        ended = fleet.work(run)

        assert set(fleet.states(ended).values()) == {"FAILED"}
        assert not march().exists()

    def test_finds_what_was_billed_meanwhile_and_what_is_another_period_now(self, fleet):
        run = fleet.approve(fleet.preview())
        fleet.bill("old", at=NOON)
        leases.end(lease=fleet.now("new"), by=fleet.buyer, at=APRIL - 12 * HOUR)

        ended = fleet.work(run)

        assert fleet.states(ended) == {"old": "ALREADY", "new": "CHANGED"}
        assert march().filter(lease=fleet.scenes["new"].lease).count() == 0

    def test_keeps_the_order_of_periods(self, fleet, monkeypatch):
        late = fleet.let("late", 50, 60)
        run = fleet.approve(fleet.preview())
        issue = invoices.issue

        def fails(**given):
            if given["invoice"].period_start == FEBRUARY:
                raise NotPossible
            return issue(**given)

        monkeypatch.setattr(invoices, "issue", fails)

        ended = fleet.work(run)

        found = ended.items.filter(lease=late.lease).order_by("period_start")
        assert [(one.state, one.problem_code) for one in found] == [
            ("FAILED", "not_possible"),
            ("BLOCKED", "run_earlier_period"),
        ]
        assert not Invoice.objects.filter(lease=late.lease).exists()

    def test_bills_nothing_that_changed_since_it_was_approved(self, fleet):
        run = fleet.approve(fleet.preview())
        fleet.scenes["new"].say((9, APRIL - HOUR, "Part_Count", 30))

        ended = fleet.work(run)

        assert (ended.state, fleet.states(ended)) == ("WITH_FAILURES", {"old": "BILLED", "new": "CHANGED"})
        assert fleet.item(ended, "new").problem_code == "run_lease_changed"
        assert not march().filter(lease=fleet.scenes["new"].lease).exists()

    def test_bills_nothing_that_waits_for_the_word_on_a_machine_that_came(self, fleet):
        old = fleet.scenes["old"]
        came, at = machine(old.lease.listing, "Second"), APRIL - 24 * HOUR
        agreed = annexes.propose(
            lease=fleet.now("old"),
            kind="ADD",
            add=[came.public_id],
            valid_until=at + HOUR,
            by=fleet.owner,
            within=fleet.lessor,
            at=at,
        )
        annexes.accept(annex=agreed, digest=agreed.digest, by=fleet.buyer, at=at)
        unit = old.lease.units.get(equipment=came)
        run = fleet.approve(fleet.preview())
        handovers.hand_over(
            lease=fleet.now("old"),
            unit=unit.public_id,
            given=condition(unit, at + HOUR),
            by=fleet.owner,
            at=at + HOUR,
        )

        ended = fleet.work(run)

        assert fleet.states(ended) == {"old": "CHANGED", "new": "BILLED"}
        assert not march().filter(lease=old.lease).exists()


class TestGuards:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE billing_invoicerun SET cut_off = now()",
            "UPDATE billing_invoicerun SET state = 'PREVIEWING', stepped_at = NULL",
            "UPDATE billing_invoicerun SET approved_alone = true",
            "DELETE FROM billing_invoicerun",
            "UPDATE billing_runitem SET state = 'BILLED'",
            "UPDATE billing_runitem SET flags = '[1]'",
            "DELETE FROM billing_runitem",
            "UPDATE billing_runpart SET gross_minor = 0, net_minor = 0, tax_minor = 0",
            "DELETE FROM billing_runpart",
            "INSERT INTO billing_runpart SELECT (r).* FROM (SELECT p AS r FROM billing_runpart p LIMIT 1) x",
        ],
    )
    def test_keep_what_was_approved(self, fleet, statement):
        fleet.approve(fleet.preview())

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_let_no_other_invoice_stand_for_a_part(self, fleet):
        run = fleet.approve(fleet.preview())
        InvoiceRun.objects.filter(pk=run.pk).update(state="RUNNING")
        other = Invoice.objects.filter(period_start=FEBRUARY, seller=fleet.lessor).get()
        part = RunPart.objects.filter(item__run=run, seller=fleet.lessor).first()

        with pytest.raises(IntegrityError), transaction.atomic():
            RunPart.objects.filter(pk=part.pk).update(invoice=other)


class TestTheMode:
    def test_is_chosen_by_administrators_and_written_down(self, fleet):
        given = {"organization": fleet.lessor, "at": BILLED}
        for person in (fleet.anna, fleet.buyer):
            with pytest.raises(MissingRight):
                billing_modes.choose(mode="AUTOMATIC", by=person, **given)
        with pytest.raises(billing_modes.BillingModeInvalid):
            billing_modes.choose(mode="NEVER", by=fleet.owner, **given)
        assert BillingMode.objects.of(fleet.lessor) == "REVIEWED"
        assert BillingMode.objects.of(fleet.lessee) == "AUTOMATIC"

        for _ in range(2):
            billing_modes.choose(mode="AUTOMATIC", by=fleet.owner, **given)

        entries = AuditEntry.objects.filter(action="billing_mode.choose", subject=fleet.lessor.public_id)
        assert [entry.facts["mode"] for entry in entries.order_by("pk")] == ["REVIEWED", "AUTOMATIC"]

    def test_decides_what_the_clock_bills(self, fleet, monkeypatch):
        monkeypatch.setattr(tasks.clock, "now", lambda: NOON)
        lease = fleet.scenes["old"].lease
        assert (leases_to_bill(NOON), is_left_to_runs(lease)) == ([], True)
        tasks.bill_some(lease_ids=[lease.pk])  # it was queued before
        assert not march().exists()

        billing_modes.choose(organization=fleet.lessor, mode="AUTOMATIC", at=NOON, by=fleet.owner)

        assert (len(leases_to_bill(NOON)), is_left_to_runs(lease)) == (2, False)
        tasks.bill_some(lease_ids=[lease.pk])
        assert march().count() == 2

    def test_of_the_platform_is_for_lessors_that_made_no_choice(self, fleet):
        boss = world.member(fleet.platform)
        billing_modes.choose(organization=fleet.lessor, mode="AUTOMATIC", at=NOON, by=fleet.owner)
        billing_modes.choose(organization=fleet.platform, mode="REVIEWED", at=NOON, by=boss)
        assert len(leases_to_bill(NOON)) == 2

        BillingMode.objects.filter(organization=fleet.lessor).delete()

        assert leases_to_bill(NOON) == []


class TestAfterwards:
    def test_corrections_and_closing_go_on_for_a_lessor_that_looks_before(self, fleet):
        fleet.work(fleet.approve(fleet.preview()))
        new, later = fleet.scenes["new"], NOON + timedelta(days=3)
        new.say((3, APRIL - HOUR, "Part_Count", 30))
        fleets.metered(fleet, "new", at=later)

        made = corrections.correct(lease=fleet.now("new"), period=fleets.IN_MARCH, at=later, by=fleet.clock)

        assert made.outcome == "NOTED"
        note = Invoice.objects.get(lease=new.lease, seller=fleet.lessor, version=2)
        assert (note.status, note.gross_minor) == ("ISSUED", 45_200)  # 20 parts at 20.00, 13 %

        leases.end(lease=fleet.now("new"), by=fleet.buyer, at=later)
        assert not is_all_billed(fleet.now("new"))
        after = later + timedelta(days=2)
        assert leases_to_bill(after) == []
        run = fleet.preview(at=after, cut_off=after, only=[new.lease.public_id])
        part = RunPart.objects.get(item__run=run, seller=fleet.lessor)
        assert part.last_gross_minor == 158_200  # March with its note
        fleet.work(fleet.approve(run, at=after), after)
        assert is_all_billed(fleet.now("new"))


class TestTasks:
    def test_take_up_what_nobody_works_on(self, fleet, monkeypatch):
        queued = []
        monkeypatch.setattr(tasks.step_run, "delay", lambda run_id: queued.append(run_id))
        run = runs.start(organization=fleet.lessor, cut_off=APRIL, at=NOON, by=fleet.anna)
        for later, many in ((timedelta(0), 1), (timedelta(0), 1), (PATIENCE, 2)):
            monkeypatch.setattr(tasks.clock, "now", lambda later=later: NOON + later)
            tasks.step_runs()
            assert len(queued) == many
        assert not run_steps.claim(run=run, at=NOON + PATIENCE)  # two clocks saw it; one was faster
        monkeypatch.setattr(tasks.run_steps, "step", lambda **given: True)

        tasks.step_run(run_id=run.pk)

        assert len(queued) == 3
