"""Which billed periods are to be corrected, and when: settled days, nothing held, each found once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing import tasks
from billing.actions import corrected_days, disputes, inspections, invoices, metering
from billing.models import Correction, Invoice
from devices.actions import meters
from leasing.models import Lease
from marketplace.actions.parties import robot
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import (
    DUE,
    LAST_DAY,
    LATER,
    NINE,
    OCTOBER,
    TIGHT,
    correct,
    cut,
    notes,
    say,
    scrap,
)

LOOK_BACK = timedelta(days=92)
HOUR = timedelta(hours=1)
RUN_TIME = {"version": 1, "meter": "run_time", "channel": "pexecution", "states": ["ACTIVE"]}


@once.fixture
def billed(by_part):
    say(by_part, 0, 4)
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


def due(at):
    """Return what the clock would correct of leases that may have something to correct."""
    by = robot(name="clock")
    return [
        (lease.pk, start)
        for lease in Lease.objects.filter(pk__in=corrected_days.candidates(at=at, look_back=LOOK_BACK))
        for start in corrected_days.due_of(lease=lease, at=at, by=by)
    ]


def late(scene, at, count=5, start=3):
    say(scene, count, start=start)
    metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


class TestDue:
    def test_is_a_period_whose_change_is_as_old_as_the_grace(self, billed):
        late(billed, at=LATER)
        late(billed, at=LATER + 20 * HOUR, count=6, start=4)

        assert due(LATER + 24 * HOUR - timedelta(seconds=1)) == []
        assert due(LATER + 24 * HOUR) == [(billed.lease.pk, OCTOBER.start)]

    def test_is_none_without_a_change_or_once_corrected(self, billed):
        assert due(LATER) == []
        late(billed, at=LATER)
        correct(billed, at=LATER)

        assert due(LATER + 48 * HOUR) == []

    def test_counts_from_the_first_change_since_the_last_correction(self, billed):
        late(billed, at=LATER)
        correct(billed, at=LATER)
        late(billed, at=LATER + 40 * HOUR, count=6, start=4)

        assert due(LATER + 50 * HOUR) == []
        assert len(due(LATER + 64 * HOUR)) == 1

    def test_is_none_while_both_sides_decide(self, billed):
        late(billed, at=DUE + HOUR)
        assert len(due(LATER)) == 1
        about = {"local_day": LAST_DAY, "within": billed.lessee, "by": billed.buyer, "at": DUE + 2 * HOUR}
        inspections.report(unit=billed.unit, rejected=2, reference="QC-8", **about)
        assert due(LATER) == []

        scrap(billed, 2, at=DUE + 3 * HOUR)

        assert len(due(LATER)) == 1

    def test_is_none_that_waits_for_approval_until_more_is_found(self, billed):
        late(billed, at=LATER)
        correct(billed, at=LATER, brake=TIGHT)
        assert due(LATER + 48 * HOUR) == []
        late(billed, at=LATER + 48 * HOUR, count=6, start=4)

        assert len(due(LATER + 72 * HOUR)) == 1

    def test_is_none_that_is_not_billed_by_all_sellers(self, by_part):
        say(by_part, 0, 4)
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        rent, _ = invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock)
        invoices.issue(invoice=rent, at=DUE, by=by_part.clock)
        late(by_part, at=LATER)

        assert due(LATER + 48 * HOUR) == []

    def test_is_a_period_that_was_cut_short(self, billed):
        cut(billed, world.midnight("2026-10-25"))
        assert due(LATER) == [(billed.lease.pk, OCTOBER.start)]
        correct(billed)

        assert due(LATER + 48 * HOUR) == []

    def test_is_a_period_behind_the_end_of_its_lease(self, db):
        scene = world.build("hurco01")
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
        cut(scene, world.midnight("2026-09-15"))

        assert due(LATER) == [
            (scene.lease.pk, world.midnight("2026-09-01")),
            (scene.lease.pk, world.midnight("2026-10-01")),
        ]

    def test_is_a_period_with_a_concession(self, billed):
        line = Invoice.objects.get(seller=billed.lessor).lines.get(component="base")
        buyer = {"within": billed.lessee, "by": billed.buyer, "at": DUE + HOUR}
        made = disputes.dispute(line=line, reason="Not ready", **buyer)
        seller = {"within": billed.lessor, "by": billed.owner, "at": DUE + 2 * HOUR}
        disputes.answer(dispute=made, conceded_minor=10_000, reason="Sorry", **seller)
        assert due(LATER) == [(billed.lease.pk, OCTOBER.start)]

        found = correct(billed)

        assert found.reasons == ["CONCEDED"]
        assert [one.gross_minor for one in notes()] == [-11300]
        assert due(LATER + 48 * HOUR) == []
        assert correct(billed) is None
        late(billed, at=LATER + HOUR)
        assert correct(billed, at=LATER + 2 * HOUR).reasons == ["LATE"]


class TestDays:
    @pytest.mark.parametrize(("days", "named"), [(0, ["METER_CHANGE", "LATE"]), (9, ["LATE"])])
    def test_name_a_counter_that_was_changed_near_them(self, billed, days, named):
        moment = NINE + timedelta(minutes=2, seconds=30) - days * timedelta(days=1)
        change = meters.Change("ppartcount", moment, Decimal(4), Decimal(0), "RESET")
        meters.record(device=billed.device, change=change, by=billed.owner, at=LATER)
        billed.say((3, NINE + timedelta(minutes=3), "ppartcount", 5))

        assert correct(billed).reasons == named

    def test_of_a_meter_that_nobody_bills_have_a_reason_only_if_they_are_new(self, db):
        rules = [*world.entry("okuma")["listing"]["count_rules"], RUN_TIME]
        scene = world.build("okuma", count_rules=rules)
        say(scene, 0, 4)
        run(scene, (11, 11, "ACTIVE"), (12, 12, "STOPPED"))
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
        late(scene, at=LATER)

        first = correct(scene, at=LATER)
        run(scene, (14, 14, "ACTIVE"), (15, 15, "STOPPED"))
        second = correct(scene, at=LATER + HOUR)

        assert [(one.after.meter, bool(one.reasons)) for one in first.days.order_by("after__meter")] == [
            ("parts", True),
            ("run_time", False),
        ]
        assert [(one.after.meter, bool(one.reasons)) for one in second.days.all()] == [("run_time", True)]
        assert (second.outcome, second.reasons) == ("NOTHING", ["LATE"])


def run(scene, *states):
    scene.say(
        *((number, NINE + timedelta(minutes=minute), "pexecution", state) for number, minute, state in states)
    )


class TestTasks:
    def test_correct_what_is_due(self, billed, monkeypatch, settings):
        late(billed, at=LATER)
        settings.CELERY_TASK_ALWAYS_EAGER = True
        monkeypatch.setattr(tasks.clock, "now", lambda: LATER + 24 * HOUR)
        for task in (tasks.correct_one, tasks.look_again):
            monkeypatch.setattr(task, "delay", task.run)

        tasks.correct_due()

        assert Correction.objects.get().outcome == "NOTED"
        assert [one.net_minor for one in notes()] == [38000, 1140]
