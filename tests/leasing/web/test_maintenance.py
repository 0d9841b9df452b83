"""The owner's page of maintenance, and a ticket on the pages of both sides; works without script."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.models import MaintenanceRule, MaintenanceTicket
from leasing.rules.maintenance import Basis, Who
from tests.leasing.maintenance import DAY, HOUR, MADE, Workshop
from tests.leasing.tickets import local

pytestmark = pytest.mark.django_db


class Pages(Workshop):
    """Everybody signed in, with English pages."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.now = MADE
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def client(self, person):
        found = Client(headers={"accept-language": "en"})
        found.force_login(person)
        return found

    def see(self, person, name, *args):
        answer = self.client(person).get(reverse(name, args=args))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def do(self, person, name, *args, **given):
        answer = self.client(person).post(reverse(name, args=args), given, follow=True)
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def added(self, person=None, **changes):
        given = {"what": "Oil", "basis": "RUN_TIME", "interval": "500", "warn_before": "40"}
        given |= {"duration_minutes": "240", "who": "LESSOR"} | changes
        return self.do(person or self.world.owner, "equipment-maintenance", self.machine.public_id, **given)


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


class TestTheRules:
    def test_say_with_figures_how_the_machine_stands(self, pages, world):
        assert "holds from now on" in pages.added(already="402")
        rule = MaintenanceRule.objects.get()
        assert "402 of 500 h; no device tells more yet" in pages.see(
            world.owner, "equipment-maintenance", pages.machine.public_id
        )
        pages.ran(MADE + HOUR, 10)
        pages.now = MADE + 2 * DAY
        pages.look(rule, pages.now)

        shown = pages.see(world.owner, "equipment-maintenance", pages.machine.public_id)

        assert "every 500 h of run time" in shown
        assert "412 of 500 h, due about" in shown  # 88 h at 5 h a day: 17.6 days after 3 February
        assert "Feb" in shown.split("due about")[1][:20] or "2026-02-20" in shown

    def test_say_what_is_wrong_at_its_field(self, pages):
        assert "less than the interval" in pages.added(warn_before="500")
        assert "counts no such thing" in pages.added(basis="CYCLES")
        assert not MaintenanceRule.objects.exists()

    def test_hold_for_a_category_and_are_retired(self, pages, world):
        pages.added(basis="DAYS", interval="90", warn_before="7", for_all="on")
        other = world.machines[1].public_id
        assert "all our machines of this category" in pages.see(world.owner, "equipment-maintenance", other)

        rule = MaintenanceRule.objects.get().public_id
        assert "holds no more" in pages.do(world.owner, "maintenance-retire", rule, machine=other)
        assert "No rule holds" in pages.see(world.owner, "equipment-maintenance", other)

    def test_are_nobody_elses(self, pages, world):
        pages.added()
        for person in (world.buyer, world.outsider):
            assert pages.see(person, "equipment-maintenance", pages.machine.public_id) == 404
            assert pages.do(person, "maintenance-retire", MaintenanceRule.objects.get().public_id) == 404
        assert "Add a rule" not in pages.see(world.watcher, "equipment-maintenance", pages.machine.public_id)
        assert pages.added(world.watcher) == 403


class TestATicket:
    def test_is_planned_moved_and_done(self, pages, world):
        rule = pages.rule(Basis.DAYS, 30, 5)
        pages.now = local("2026-02-27T09:00")
        made = pages.look(rule, pages.now)

        assert "kept free" in pages.see(world.owner, "maintenance", made.public_id)
        given = {"starts_at": "2026-03-02T08:00"}
        pages.do(world.owner, "maintenance-move", made.public_id, "propose", **given)
        assert MaintenanceTicket.objects.get().time.start == local("2026-03-02T08:00")
        assert "Propose one yourself" in pages.do(world.owner, "maintenance-move", made.public_id, "agree")
        pages.now = local("2026-03-02T12:00")
        for wrong, told in (("2026-03-02T12:01", "has not come yet"), ("soon", "valid date")):
            given = {"done_at": wrong}
            assert told in pages.do(world.owner, "maintenance-move", made.public_id, "done", **given)
        given = {"done_at": "2026-03-02T11:30", "note": "20\0L"}
        assert pages.do(world.owner, "maintenance-move", made.public_id, "done", **given) == 400
        given = {"done_at": "2026-03-02T11:30", "note": "20 L"}
        shown = pages.do(world.owner, "maintenance-move", made.public_id, "done", **given)
        assert "The next is counted from there" in shown
        assert "20 L" in shown
        assert "due on" in pages.see(world.owner, "equipment-maintenance", pages.machine.public_id)

    def test_in_a_lease_is_agreed_by_its_lessee(self, pages, world):
        world.active()
        pages.now = local("2026-03-05T10:00")
        pages.ran(pages.now - 2 * DAY, 10)
        made = pages.look(pages.rule(already=Decimal(498)), pages.now)
        assert made is not None

        assert "Agree to this time" in pages.see(world.buyer, "maintenance", made.public_id)
        assert "Agree to this time" not in pages.see(world.owner, "maintenance", made.public_id)
        assert "Next step" not in pages.see(world.guest, "maintenance", made.public_id)
        assert pages.see(world.outsider, "maintenance", made.public_id) == 404
        assert "Both sides agreed" in pages.do(world.buyer, "maintenance-move", made.public_id, "agree")

    def test_shows_its_counter_to_the_owner_alone(self, pages, world):
        pages.ran(MADE + HOUR, 10)
        rule = pages.rule(already=Decimal(490), who=Who.LESSEE)
        world.active()
        pages.now = local("2026-03-05T10:00")
        made = pages.look(rule, pages.now)
        pages.done(made, world.lessee, pages.now)

        assert "Counter then" in pages.see(world.owner, "maintenance", made.public_id)
        shown = pages.see(world.buyer, "maintenance", made.public_id)
        assert made.rule.what in shown
        assert "Counter then" not in shown
