"""
Who bears a standstill, and what it gives: scenarios that an accountant can follow.

The lease is of March and April; March has 31 days, of which the first ten hours passed before the handover,
so 734 hours of service round the clock.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import downtime, leases
from leasing.actions.downtime import NotMeasuredYet, OwnProposal
from leasing.actions.mediators import MediatorIsParty
from leasing.actions.ticket_moves import TicketInvalid, TicketMoveRefused
from leasing.models import DowntimeCredit, Ticket, TicketStep
from leasing.queries import availability_of
from leasing.rules.downtime import Remedy
from leasing.rules.history import first_broken
from leasing.rules.sla import DEFAULT
from leasing.rules.tickets import Attribution, Cause, Status
from marketplace.models import Membership, Notification, User
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.tickets import AGREED, BROKE, DAY, FIXED, HOUR, TOLD, Desk, local
from tests.leasing.world import END, HANDOVER

pytestmark = pytest.mark.django_db
STEPS = DEFAULT | {
    "availability_percent": "98",
    "silence_agrees": True,
    "credit": {"kind": "PER_STEP", "percent": "5", "hours": "4", "cap_percent": "20"},
}


desk = once.fixture(lambda world: Desk(world))


def stored(ticket):
    return Ticket.objects.with_sides().get(pk=ticket.pk)


def due(lease):
    return list(DowntimeCredit.objects.filter(lease=lease).order_by("starts_at"))


class TestABreakdownOfThirtySixHours:
    def test_that_the_lessor_bears_gives_its_share_of_march(self, desk, world):
        made = desk.settled()

        [credit] = due(desk.lease)
        # 10 March 8:00 to 11 March 20:00: 36 of 734 hours are 4.904632 % of what March costs whatever the use
        assert (credit.starts_at, credit.ends_at, credit.seconds) == (BROKE, FIXED, 36 * 3600)
        assert (credit.month_from, credit.month_to) == (HANDOVER, local("2026-04-01T00:00"))
        assert (credit.service_seconds, credit.share, credit.days) == (734 * 3600, Decimal("4.904632"), None)
        assert (credit.remedy, credit.cause, credit.ticket) == ("CREDIT", "主轴不转", made)
        assert "七百一十三" in credit.basis
        assert (stored(made).attribution, stored(made).cause) == (Attribution.AGREED, Cause.LESSOR)

    def test_over_the_end_of_a_month_gives_a_share_of_each(self, desk):
        desk.settled(
            at=local("2026-04-01T12:00"), since=local("2026-03-31T12:00"), at_report=local("2026-03-31T13:00")
        )

        march, april = due(desk.lease)
        assert (march.seconds, april.seconds) == (12 * 3600, 12 * 3600)
        assert (march.share, april.share) == (
            Decimal("1.634877"),
            Decimal("1.666667"),
        )  # of 734, of 720 hours

    def test_gives_days_where_both_choose_a_longer_lease(self, desk):
        desk.settled(remedy=Remedy.EXTENSION)

        [credit] = due(desk.lease)
        # a day and a half of service: two days
        assert (credit.remedy, credit.days, credit.share, credit.month_from) == ("EXTENSION", 2, None, None)

    @pytest.mark.parametrize("cause", [Cause.LESSEE, Cause.PLANNED, Cause.EXTERNAL])
    def test_that_the_lessor_does_not_bear_gives_nothing(self, desk, world, cause):
        made = desk.act("agree", desk.proposed(cause), world.lessor, AGREED)

        assert (made.attribution, made.cause, made.remedy) == (Attribution.AGREED, cause, "")
        assert due(desk.lease) == []

    def test_shows_in_the_availability_of_its_month(self, desk):
        desk.settled()

        april, march = availability_of(desk.lease, local("2026-04-02T00:00"))
        # 698 of 734 hours
        assert (march["down_seconds"], march["availability_percent"]) == (36 * 3600, Decimal("95.09"))
        assert (len(march["credits"]), april["down_seconds"]) == (1, 0)
        assert april["availability_percent"] == Decimal("100.00")


class TestTheMachineItself:
    def test_says_how_long_it_stood(self, world):
        desk = Desk(world, tells=True)
        desk.said(
            ("2026-03-10T07:00", "ACTIVE"),
            ("2026-03-10T08:30", "STOPPED"),
            ("2026-03-10T12:00", "ACTIVE"),
            ("2026-03-10T14:00", "STOPPED"),
            ("2026-03-11T10:00", "ACTIVE"),
            ("2026-03-11T10:02", "STOPPED"),
            ("2026-03-11T10:05", "ACTIVE"),
            ("2026-03-11T11:00", "STOPPED"),
            ("2026-03-12T08:00", "ACTIVE"),
        )

        made = desk.measured()

        # It ran until 8:30, from 12 to 14, and from 10 to 11 but for three minutes: no stop that counts.
        found = stored(made).evidence
        assert (found["measured"], found["reported_seconds"]) == (True, 36 * 3600)
        assert found["ran_seconds"] == int(3.5 * 3600) - 180
        assert [[one.start, one.end] for one in stored(made).stands] == [
            [local("2026-03-10T08:30"), local("2026-03-10T12:00")],
            [local("2026-03-10T14:00"), local("2026-03-11T10:00")],
            [local("2026-03-11T11:00"), FIXED],
        ]
        assert found["states"]["ACTIVE"] == found["ran_seconds"]
        assert found["stood_seconds"] == int(32.5 * 3600)
        [step] = TicketStep.objects.filter(move="measure")
        assert (step.facts["evidence"], step.actor_name, step.organization) == (found, "clock", "")

    def test_gives_a_credit_only_for_what_it_stood(self, world):
        desk = Desk(world, tells=True)
        desk.said(
            ("2026-03-10T07:00", "ACTIVE"), ("2026-03-11T08:00", "STOPPED"), ("2026-03-11T21:00", "READY")
        )

        desk.settled()

        assert [(one.starts_at, one.seconds) for one in due(desk.lease)] == [
            (local("2026-03-11T08:00"), 12 * 3600)
        ]

    def test_is_not_asked_where_no_device_speaks_for_it(self, desk):
        found = stored(desk.measured()).evidence

        assert (found["measured"], found["events"], found["stood_seconds"]) == (False, [], 36 * 3600)

    def test_is_asked_when_late_readings_had_their_time_and_once(self, desk):
        made = stored(desk.confirmed())

        assert downtime.measure(ticket=made, by=desk.clock, at=FIXED + 23 * HOUR).evidence is None
        first = downtime.measure(ticket=made, by=desk.clock, at=FIXED + DAY)
        downtime.measure(ticket=made, by=desk.clock, at=FIXED + DAY)
        again = downtime.measure(ticket=stored(made), by=desk.clock, at=FIXED + 2 * DAY)
        assert again.version == first.version

    def test_is_asked_by_the_clock_alone(self, desk, world):
        made = stored(desk.confirmed())

        with pytest.raises(MissingRight):
            downtime.measure(ticket=made, by=world.owner, at=FIXED + DAY)

        assert stored(made).evidence is None

    def test_that_was_given_back_stood_until_then(self, desk, world):
        made = desk.report()
        leases.end(lease=desk.lease, by=world.owner, at=FIXED - DAY)
        desk.act("solve", made, world.lessor, FIXED, text="修好了")
        desk.act("confirm", made, world.lessee, FIXED)
        downtime.measure(ticket=stored(made), by=desk.clock, at=FIXED + DAY)

        assert [(one.start, one.end) for one in stored(made).stands] == [(BROKE, FIXED - DAY)]


class TestTwoStandstills:
    def test_of_one_time_are_credited_once(self, desk):
        desk.settled()
        later = FIXED + 3 * HOUR
        desk.settled(at=later, since=FIXED - 3 * HOUR, at_report=FIXED + HOUR)

        first, second = due(desk.lease)
        assert (second.starts_at, second.ends_at) == (FIXED, later)
        # together 39 of 734 hours
        assert first.share + second.share == Decimal("5.313351")

    def test_below_what_was_agreed_give_a_credit_together(self, world):
        desk = Desk(world, sla=STEPS)
        # 98 % of 734 hours: 14.68 hours may be lost
        desk.settled(at=local("2026-03-10T18:00"))
        assert due(desk.lease) == []

        since = local("2026-03-20T08:00")
        desk.settled(at=since + 6 * HOUR, since=since, at_report=since)

        # 10 and 6 hours: three started steps of four hours, then one more, 20 % at most
        assert [(one.seconds, one.share) for one in due(desk.lease)] == [(36_000, 15), (21_600, 5)]
        assert [one.ticket.reported_at for one in due(desk.lease)] == [TOLD, since]
        assert due(desk.lease)[0].rule == STEPS["credit"]

    def test_one_of_days_and_one_of_rent_share_no_time(self, desk):
        desk.settled(remedy=Remedy.EXTENSION)
        desk.settled(at=FIXED + 3 * HOUR, since=FIXED - 3 * HOUR, at_report=FIXED + HOUR)

        extension, credit = due(desk.lease)
        assert (extension.days, credit.seconds) == (2, 3 * 3600)
        assert credit.starts_at == extension.ends_at


class TestAProposal:
    def test_is_answered_by_the_other_side(self, desk, world):
        made = desk.proposed()

        with pytest.raises(OwnProposal):
            desk.act("agree", made, world.lessee, AGREED)
        with pytest.raises(MissingRight):
            desk.act("agree", made, desk.platform, AGREED)

        assert stored(made).attribution == Attribution.PROPOSED
        assert due(desk.lease) == []

    def test_waits_until_it_is_known_how_long_it_stood(self, desk, world):
        made = desk.confirmed()

        with pytest.raises(NotMeasuredYet):
            desk.act("propose", made, world.lessee, FIXED, cause=Cause.LESSOR, text="x")

        assert stored(made).cause == ""

    def test_without_a_reason_is_none(self, desk, world):
        made = desk.measured()

        with pytest.raises(TicketInvalid):
            desk.act("propose", made, world.lessee, AGREED, cause=Cause.LESSOR, text="")

        assert stored(made).attribution == Attribution.NONE

    def test_that_is_contested_may_be_made_anew(self, desk, world):
        made = desk.proposed(Cause.LESSEE)
        desk.act("contest", made, world.lessor, AGREED, text="不是操作失误")
        desk.act("propose", made, world.lessor, AGREED, cause=Cause.LESSOR, text="驱动器确实老化")
        desk.act("agree", made, world.lessee, AGREED)

        assert (stored(made).cause, len(due(desk.lease))) == (Cause.LESSOR, 1)

    def test_that_is_contested_is_decided_by_the_platform(self, desk, world):
        made = desk.proposed()
        desk.act("contest", made, world.lessor, AGREED, text="主轴过载是承租方造成的")
        for who in (world.lessor, world.lessee):
            with pytest.raises(MissingRight):
                desk.act("decide", made, who, AGREED, cause=Cause.LESSOR, text="x")
        decided = desk.act("decide", made, desk.platform, AGREED, cause=Cause.LESSOR, text="记录显示无过载")

        assert (decided.attribution, decided.cause, len(due(desk.lease))) == (
            Attribution.DECIDED,
            "LESSOR",
            1,
        )
        steps = list(decided.steps.all())
        assert [one.move for one in steps][-3:] == ["propose", "contest", "decide"]
        assert steps[-1].facts["cause"] == "LESSOR"
        assert first_broken(one.link() for one in steps) is None
        told = Notification.objects.filter(kind="downtime_settled")
        assert {one.organization for one in told} == {world.lessor, world.lessee}

    def test_is_not_decided_by_somebody_of_a_side(self, desk, world):
        made = desk.proposed()
        desk.act("contest", made, world.lessor, AGREED, text="主轴过载是承租方造成的")
        Membership.objects.create(user=desk.judge, organization=world.lessee, role=Role.VIEWER)
        desk.people[desk.platform] = User.objects.get(pk=desk.judge.pk)  # as a request of its own

        with pytest.raises(MediatorIsParty):
            desk.act("decide", made, desk.platform, AGREED, cause=Cause.LESSOR, text="x")

        assert due(desk.lease) == []

    def test_is_not_decided_before_it_is_contested(self, desk):
        made = desk.proposed()

        with pytest.raises(TicketMoveRefused):
            desk.act("decide", made, desk.platform, AGREED, cause=Cause.LESSOR, text="x")

        assert due(desk.lease) == []

    def test_that_is_settled_is_settled(self, desk, world):
        made = desk.settled()

        for verb, who in (("contest", world.lessee), ("propose", world.lessor)):
            with pytest.raises(TicketMoveRefused):
                more = {"cause": Cause.LESSEE} if verb == "propose" else {}
                desk.act(verb, made, who, AGREED, text="x", **more)
        with pytest.raises(Exception, match="does not change"), transaction.atomic():
            Ticket.objects.update(cause=Cause.LESSEE, remedy="")

        assert len(due(desk.lease)) == 1


class TestTheClock:
    def test_confirms_what_nobody_objected_to(self, desk):
        made = stored(desk.solved())

        early = downtime.close_due(ticket=made, by=desk.clock, at=FIXED + 71 * HOUR)
        assert early.status == Status.SOLVED
        done = downtime.close_due(ticket=made, by=desk.clock, at=FIXED + 72 * HOUR)
        assert (done.status, done.measure_at) == (Status.CONFIRMED, FIXED + DAY)
        assert list(Ticket.objects.due(FIXED + 3 * DAY)) == [done]

    def test_takes_silence_for_a_dispute(self, desk):
        made = stored(desk.proposed())
        assert made.reply_by == AGREED - DAY + timedelta(hours=120)

        assert downtime.close_due(ticket=made, by=desk.clock, at=AGREED).attribution == Attribution.PROPOSED
        lapsed = downtime.close_due(ticket=made, by=desk.clock, at=made.reply_by)

        assert (lapsed.attribution, due(desk.lease)) == (Attribution.CONTESTED, [])

    def test_takes_silence_for_consent_only_where_that_is_agreed(self, world):
        desk = Desk(world, sla=STEPS)
        made = stored(desk.proposed())

        lapsed = downtime.close_due(ticket=made, by=desk.clock, at=made.reply_by)

        # 36 hours are nine steps of 5 %, 20 % at most
        assert (lapsed.attribution, [one.share for one in due(desk.lease)]) == (Attribution.AGREED, [20])

    def test_is_the_clock(self, desk, world):
        with pytest.raises(MissingRight):
            downtime.close_due(ticket=stored(desk.solved()), by=world.owner, at=END)


class TestTheDatabase:
    def test_stores_no_two_credits_for_one_time(self, desk):
        desk.settled()
        [credit] = due(desk.lease)
        credit.pk, credit.public_id = None, "dtc_2"

        with pytest.raises(IntegrityError, match="one_for_one_time"), transaction.atomic():
            credit.save(force_insert=True)

        assert DowntimeCredit.objects.count() == 1

    def test_keeps_a_credit_as_it_is(self, desk):
        desk.settled()

        with pytest.raises(Exception, match="downtimecredit"), transaction.atomic():
            DowntimeCredit.objects.update(share=50)
        with pytest.raises(Exception, match="downtimecredit"), transaction.atomic():
            DowntimeCredit.objects.all().delete()
