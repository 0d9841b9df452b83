"""A fault is reported, repaired, confirmed or reopened; refusals leave everything as it was."""

import pytest
from django.db import transaction

from leasing.actions import downtime, leases
from leasing.actions.ticket_moves import TicketChanged, TicketInvalid, TicketMoveRefused, UseIsOver
from leasing.actions.tickets import NotLeasedNow, ReportedAlready
from leasing.models import Ticket, TicketStep
from leasing.rules.history import first_broken
from leasing.rules.tickets import Severity, Status
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.tickets import BROKE, DAY, FIXED, HOUR, TOLD, Desk
from tests.leasing.world import END, START

pytestmark = pytest.mark.django_db


desk = once.fixture(lambda world: Desk(world))


def stored(ticket):
    return Ticket.objects.with_sides().get(pk=ticket.pk)


class TestTheRepair:
    def test_is_written_down_from_report_to_confirmation(self, desk, world):
        made = desk.report()
        desk.act("acknowledge", made, world.lessor, TOLD + HOUR)
        desk.act("start", made, world.lessor, TOLD + 2 * HOUR, text="技术员在路上")
        desk.act("solve", made, world.lessor, FIXED, text="换了驱动器")
        desk.act("confirm", made, world.lessee, FIXED + HOUR)

        made = stored(made)
        assert (made.status, made.version) == (Status.CONFIRMED, 5)
        assert (made.standstill.start, made.standstill.end) == (BROKE, FIXED)
        assert (made.response, made.solution) == (HOUR, FIXED - TOLD)
        assert (made.response_due_at, made.solution_due_at) == (TOLD + 8 * HOUR, TOLD + 2 * DAY)
        assert made.measure_at == FIXED + DAY
        steps = list(made.steps.all())
        assert [one.move for one in steps] == ["report", "acknowledge", "start", "solve", "confirm"]
        assert [one.reason for one in steps] == ["主轴不转", "", "技术员在路上", "换了驱动器", ""]
        assert first_broken(one.link() for one in steps) is None

    def test_goes_on_when_it_is_reopened(self, desk, world):
        made = desk.act("reopen", desk.solved(), world.lessee, FIXED + HOUR, text="又停了")

        assert (made.status, made.down_to, made.responded_at) == (Status.REOPENED, None, FIXED)
        again = desk.act("solve", made, world.lessor, FIXED + DAY, text="换了电机")
        assert again.standstill.end == FIXED + DAY

    def test_tells_the_other_side(self, desk, world):
        made = desk.solved()
        desk.act("reopen", made, world.lessee, FIXED + HOUR, text="又停了")

        told = Notification.objects.filter(link__contains=made.public_id).order_by("pk")
        assert [(one.organization, one.kind) for one in told] == [
            (world.lessor, "ticket_raised"),
            (world.lessee, "ticket_solved"),
            (world.lessor, "ticket_reopened"),
        ]

    def test_the_lessor_may_report_and_withdraw_it(self, desk, world):
        made = desk.report(who=world.lessor, severity=Severity.MINOR, text="面板划痕")

        with pytest.raises(MissingRight):
            desk.act("withdraw", made, world.lessee, TOLD + HOUR)
        made = desk.act("withdraw", made, world.lessor, TOLD + HOUR)
        assert (made.status, made.standstill) == (Status.WITHDRAWN, None)

    def test_a_repair_at_the_moment_of_the_report_is_one(self, desk, world):
        made = desk.report(since=TOLD)

        assert desk.act("solve", made, world.lessor, TOLD, text="重启").standstill.start == TOLD


class TestARefusedReport:
    def test_of_somebody_else_leaves_nothing(self, desk, world):
        with pytest.raises(MissingRight):
            desk.report(who=world.stranger)
        with pytest.raises(MissingRight):
            desk.report(by=world.guest)

        assert not Ticket.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"text": " "}, "/text"),
            ({"since": TOLD + HOUR}, "/since"),
            ({"since": TOLD - 8 * DAY}, "/since"),
        ],
    )
    def test_names_what_is_wrong(self, desk, changes, pointer):
        with pytest.raises(TicketInvalid) as refused:
            desk.report(**changes)

        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        assert not Ticket.objects.exists()

    def test_of_a_machine_that_stands_already(self, desk, world):
        desk.report()

        with pytest.raises(ReportedAlready):
            desk.report(who=world.lessor)

        assert Ticket.objects.count() == 1
        assert desk.report(severity=Severity.MINOR).status == Status.OPEN

    def test_of_a_machine_that_was_given_back(self, desk, world):
        leases.end(lease=desk.lease, by=world.owner, at=TOLD)

        with pytest.raises(NotLeasedNow):
            desk.report(at=TOLD + HOUR)

        assert not Ticket.objects.exists()

    def test_of_a_machine_whose_lease_is_over_though_nobody_ended_it(self, desk):
        with pytest.raises(NotLeasedNow):
            desk.report(at=END, since=END - HOUR)

    def test_of_a_machine_that_was_not_handed_over(self, world):
        lease = world.accepted()
        unit = lease.units.select_related("equipment", "lease").get()
        given = {"severity": Severity.DOWN, "text": "坏了", "since": START, "within": world.lessee}
        desk = Desk.__new__(Desk)
        desk.world, desk.unit, desk.people = world, unit, {world.lessee: world.buyer}

        with pytest.raises(NotLeasedNow):
            desk.report(at=START + HOUR, **given)


class TestARefusedMove:
    @pytest.mark.parametrize(
        ("verb", "who", "more"),
        [
            ("confirm", "lessee", {}),
            ("reopen", "lessee", {"text": "x"}),
            ("propose", "lessee", {"cause": "LESSOR", "text": "x"}),
            ("agree", "lessor", {}),
        ],
    )
    def test_that_the_state_does_not_know_names_those_it_does(self, desk, world, verb, who, more):
        made = desk.report()

        with pytest.raises(TicketMoveRefused) as refused:
            desk.act(verb, made, getattr(world, who), TOLD + HOUR, **more)

        assert refused.value.facts["allowed"] == ["acknowledge", "start", "solve", "withdraw", "photos"]
        assert (stored(made).version, TicketStep.objects.count()) == (1, 1)

    def test_of_a_repair_whose_machine_is_home(self, desk, world):
        made = desk.solved()
        leases.end(lease=desk.lease, by=world.owner, at=FIXED + HOUR)

        with pytest.raises(UseIsOver):
            desk.act("reopen", made, world.lessee, FIXED + 2 * HOUR, text="又停了")

        assert stored(made).allowed == ["confirm", "photos"]
        late = FIXED + 5 * DAY
        assert downtime.close_due(ticket=stored(made), by=desk.clock, at=late).status == Status.CONFIRMED

    def test_of_the_wrong_side(self, desk, world):
        made = desk.report()

        for verb, who in (("solve", world.lessee), ("confirm", world.lessor), ("solve", world.stranger)):
            with pytest.raises(MissingRight):
                desk.act(verb, made, who, FIXED, **({"text": "x"} if verb == "solve" else {}))

        assert stored(made).status == Status.OPEN

    def test_without_a_word_of_the_repair(self, desk, world):
        made = desk.report()

        with pytest.raises(TicketInvalid):
            desk.act("solve", made, world.lessor, FIXED, text=" ")

        assert stored(made).status == Status.OPEN

    def test_by_somebody_who_saw_another_version(self, desk, world):
        made = desk.report()
        desk.act("acknowledge", made, world.lessor, TOLD)

        with pytest.raises(TicketChanged):
            desk.act("solve", made, world.lessor, FIXED, text="x", expected=1)

        assert stored(made).status == Status.ACKNOWLEDGED


class TestTheDatabase:
    def test_keeps_what_was_reported_and_every_step(self, desk):
        desk.report()

        with pytest.raises(Exception, match="does not change"), transaction.atomic():
            Ticket.objects.update(text="Nothing happened")
        with pytest.raises(Exception, match="ticketstep"), transaction.atomic():
            TicketStep.objects.update(reason="Nothing happened")
        with pytest.raises(Exception, match="ticketstep"), transaction.atomic():
            TicketStep.objects.all().delete()
