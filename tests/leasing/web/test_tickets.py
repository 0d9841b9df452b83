"""Fault tickets on pages: from the machine's own address to what it gives; works without script."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.actions import downtime, leases
from leasing.models import DowntimeCredit, Ticket
from leasing.rules.sla import DEFAULT
from leasing.rules.tickets import Cause, Severity
from tests.leasing.tickets import AGREED, BROKE, DAY, FIXED, HOUR, TOLD, Desk, local
from tests.leasing.world import HANDOVER

pytestmark = pytest.mark.django_db


class Pages(Desk):
    """Everybody signed in, with English pages, at the moment of the report."""

    def __init__(self, world, monkeypatch, **given):
        super().__init__(world, **given)
        self.now = TOLD
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def client(self, who):
        found = Client(headers={"accept-language": "en"})
        found.force_login(self.people[who])
        return found

    def see(self, who, name, *args):
        answer = self.client(who).get(reverse(name, args=args))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def do(self, who, name, *args, **given):
        answer = self.client(who).post(reverse(name, args=args), given, follow=True)
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def move(self, who, verb, **given):
        made = Ticket.objects.latest("pk")
        return self.do(who, "ticket-move", made.public_id, verb, **({"version": made.version} | given))

    def told(self, who=None, **changes):
        given = {"severity": "DOWN", "since": "2026-03-10T08:00", "text": "Spindle stands"} | changes
        equipment = self.unit.equipment.public_id
        return self.do(who or self.world.lessee, "equipment-report", equipment, **given)


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


class TestTheWay:
    def test_from_the_machine_to_what_it_gives(self, pages, world):
        lessor, lessee = world.lessor, world.lessee
        assert "Report the fault" in pages.see(lessee, "equipment-report", pages.unit.equipment.public_id)
        assert "8 hours" not in pages.told()
        made = Ticket.objects.get()
        assert (made.down_from, made.severity, made.raised_by) == (BROKE, "DOWN", lessee)
        assert "waits for you" in pages.see(lessor, "tickets")
        assert "waits for you" not in pages.see(lessee, "tickets")

        assert "The repair begins" in pages.move(lessor, "acknowledge")
        assert "It is repaired" in pages.move(lessor, "start")
        pages.now = FIXED
        assert "Repaired, to confirm" in pages.move(lessor, "solve", text="New drive")
        assert "It works again" in pages.see(lessee, "ticket", made.public_id)
        assert "still does not work" in pages.move(lessee, "reopen", text="It stopped again")
        pages.move(lessor, "solve", text="New motor")
        assert "How long it stood is measured" in pages.move(lessee, "confirm")

        pages.now = AGREED
        downtime.measure(ticket=Ticket.objects.with_sides().get(), by=pages.clock, at=AGREED)
        assert "Propose who bears it" in pages.see(lessee, "ticket", made.public_id)
        pages.move(lessee, "propose", cause="LESSOR", remedy="CREDIT", text="Old drive")
        assert "Contest it" not in pages.see(lessee, "ticket", made.public_id)
        assert "Contest it" in pages.see(lessor, "ticket", made.public_id)
        assert "4.904632 % of what the period costs anyhow" in pages.move(lessor, "agree")
        shown = pages.see(lessee, "lease-downtime", pages.lease.public_id)
        assert "95.09" in shown
        assert "4.904632 %" in shown

    def test_over_a_dispute(self, pages, world):
        made = pages.proposed(Cause.LESSEE)
        pages.now = AGREED

        assert "Contested" in pages.move(world.lessor, "contest", text="No")
        assert "waits for you" in pages.see(pages.platform, "tickets")
        shown = pages.move(pages.platform, "decide", cause="LESSOR", remedy="EXTENSION", text="As recorded")
        assert "2 days longer" in shown
        assert "Decided by the platform" in pages.see(world.lessee, "ticket", made.public_id)

    def test_of_what_was_no_fault(self, pages, world):
        pages.told(severity="MINOR")

        assert "Withdrawn by" in pages.move(world.lessee, "withdraw")
        assert "Decide who" not in pages.see(pages.platform, "ticket", Ticket.objects.get().public_id)


class TestTheReport:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"text": ""}, "This field is required"),
            ({"since": "2026-03-10T09:01"}, "has not come yet"),
            ({"since": "2026-03-01T09:00"}, "of the last 7 days"),
            ({"severity": "BAD"}, "Select a valid choice"),
        ],
    )
    def test_says_what_is_wrong(self, pages, changes, said):
        assert said in pages.told(**changes)
        assert not Ticket.objects.exists()

    def test_says_that_it_is_reported_already(self, pages):
        pages.told()

        assert "reported as standing already" in pages.told()

    def test_takes_the_minute_of_the_handover_for_the_handover(self, pages, world):
        pages.now = HANDOVER.replace(second=30)

        pages.told(since=f"{local('2026-03-01T10:00'):%Y-%m-%dT%H:%M}")

        assert Ticket.objects.get().down_from == HANDOVER

    def test_finds_no_lease_of_others_and_none_that_is_over(self, pages, world):
        equipment = pages.unit.equipment.public_id
        assert pages.see(world.stranger, "equipment-report", equipment) == 404
        pages.people[world.lessee] = world.guest
        assert pages.see(world.lessee, "equipment-report", equipment) == 403
        leases.end(lease=pages.lease, by=world.owner, at=TOLD)
        assert pages.see(world.lessor, "equipment-report", equipment) == 404


class TestARefusal:
    def test_is_said_on_the_page(self, pages, world):
        pages.told()

        assert "What can be done now" in pages.move(world.lessee, "confirm")
        assert "This field is required" in pages.move(world.lessor, "solve", text=" ")
        assert "Somebody has changed" in pages.move(world.lessor, "start", version="7")
        assert Ticket.objects.get().version == 1

    def test_of_a_bearer_that_is_none(self, pages, world):
        pages.measured()

        assert "Mend what is marked" in pages.move(world.lessee, "propose", cause="GOD", remedy="", text="x")
        assert Ticket.objects.get().cause == ""

    def test_lets_strangers_find_nothing(self, pages, world):
        pages.told()
        made = Ticket.objects.get().public_id

        assert pages.see(world.stranger, "ticket", made) == 404
        assert pages.see(world.stranger, "lease-downtime", pages.lease.public_id) == 404
        assert made not in pages.see(world.stranger, "tickets")


class TestWhatTheMachineSaid:
    def test_is_shown_with_the_standstill(self, world, monkeypatch):
        pages = Pages(world, monkeypatch, tells=True)
        pages.said(("2026-03-10T07:00", "ACTIVE"), ("2026-03-10T12:00", "STOPPED"))

        made = pages.measured()

        shown = pages.see(world.lessor, "ticket", made.public_id)
        assert "Of that it ran" in shown
        assert "When it stood" in shown


class TestTheDowntimeOfALease:
    def test_says_the_service_level(self, world, monkeypatch):
        pages = Pages(world, monkeypatch, sla=DEFAULT | {"response_hours": "2", "silence_agrees": True})

        shown = pages.see(world.lessee, "lease-downtime", pages.lease.public_id)

        assert "answers within 2 hours" in shown
        assert "no answer is agreed to be consent" in shown
        assert "No fault was reported" in shown
        assert "agreed nothing else" not in shown
        assert "Service level" in pages.see(world.lessee, "lease", pages.lease.public_id)

    def test_is_empty_before_the_handover(self, world, monkeypatch):
        pages = Pages(world, monkeypatch)
        other = world.accepted(listing=world.listing)

        shown = pages.see(world.lessee, "lease-downtime", other.public_id)

        assert "was not handed over yet" in shown
        assert "Report a fault" not in shown

    def test_is_reached_from_the_lease_and_lists_its_tickets(self, pages, world):
        pages.report(severity=Severity.MINOR, at=TOLD + HOUR)
        pages.now = TOLD + DAY

        assert reverse("lease-downtime", args=[pages.lease.public_id]) in pages.see(
            world.lessee, "lease", pages.lease.public_id
        )
        url = reverse("tickets") + f"?lease={pages.lease.public_id}"
        assert "No effect on the work" in pages.client(world.lessee).get(url).content.decode()
        assert DowntimeCredit.objects.count() == 0
