"""Health warnings: found by the clock, by the owner's rights, once a day, with their figures."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import Error
from django.test import Client
from rest_framework.test import APIClient

from devices.ownership.actions import access
from devices.ownership.actions.alarms import TooManyAlarms
from devices.ownership.models import AccessEvent
from leasing.actions import health
from leasing.models import HealthWarning
from leasing.tasks import look_at_health, run_health
from marketplace.models import Listing, Notification
from marketplace.permissions import MissingRight
from tests.devices.machines import LATHE, lathe, take
from tests.leasing import maintenance as workshops
from tests.leasing.maintenance import DAY, HOUR
from tests.leasing.tickets import local
from tests.leasing.world import HANDOVER

pytestmark = pytest.mark.django_db
NIGHT = local("2026-03-20T02:20")
ALARM = {"key": "alarm", "name": "Alarm", "kind": "CONDITION", "category": "machine_condition"}


class Ward(workshops.Workshop):
    """A machine that also tells alarms: eight hours of run time a day, an alarm every fourth day."""

    def __init__(self, world, monkeypatch):
        channels = [*LATHE, ALARM | {"retention": "ORDINARY"}]
        monkeypatch.setattr(workshops, "lathe", lambda owner: lathe(owner, channels=channels))
        super().__init__(world)

    def alarmed(self, *moments):
        for one in moments:
            self.sequence += 1
            said = int(one.timestamp()) * 1_000_000
            take(self.device, [(self.sequence, said, "alarm", f"FAULT|E{self.sequence}|2||x")], at=one)

    def lived(self, alarms):
        """Let it live two weeks quietly, then a day with some alarms."""
        for day in range(14, 0, -1):
            start = NIGHT - DAY - day * DAY + HOUR
            self.ran(start, 8)
            if day % 4 == 0:
                self.alarmed(start + 9 * HOUR)
        start = NIGHT - DAY + HOUR
        self.ran(start, 8)
        self.alarmed(*(start + (9 + n) * HOUR for n in range(alarms)))

    def check(self, at=NIGHT):
        return health.look(equipment=self.machine, by=self.world.clock, at=at)


@pytest.fixture
def ward(world, monkeypatch):
    return Ward(world, monkeypatch)


class TestAMachineOfItsOwner:
    def test_that_alarms_more_is_told_once(self, ward, world):
        ward.lived(4)

        (made,) = ward.check()
        again = ward.check(NIGHT + timedelta(minutes=5))

        assert again == []
        assert (made.alarms, made.seconds, made.alarms_before, made.seconds_before) == (4, 28_800, 3, 403_200)
        told = Notification.objects.get(kind="health_warning")
        assert (told.organization, told.facts["rate"], told.facts["mean"]) == (world.lessor, "0.50", "0.03")
        event = AccessEvent.objects.get(public_id=made.event)
        assert (event.organization, event.purpose) == (world.lessor.public_id, "maintenance_planning")

    def test_that_does_not_is_left_alone(self, ward):
        ward.lived(2)

        assert ward.check() == []
        assert not HealthWarning.objects.exists()
        assert ward.check() == []  # nothing was kept, so it is looked at again

    def test_without_a_count_of_its_run_time_is_not_looked_at(self, ward):
        ward.lived(4)
        Listing.objects.update(count_rules=[])

        assert ward.check() == []
        assert not AccessEvent.objects.exists()

    def test_with_more_alarms_than_can_be_told_apart_waits(self, ward, monkeypatch):
        ward.lived(4)

        def refused(**given):
            raise TooManyAlarms(device="x", most=1000)

        monkeypatch.setattr(access, "read", refused)
        assert ward.check() == []

    def test_that_tells_no_conditions_has_none(self, world):
        shop = workshops.Workshop(world)
        shop.ran(NIGHT - DAY + HOUR, 8)

        assert health.look(equipment=shop.machine, by=world.clock, at=NIGHT) == []

    def test_is_looked_at_by_the_clock_alone(self, ward, world):
        with pytest.raises(MissingRight):
            health.look(equipment=ward.machine, by=world.owner, at=NIGHT)

    def test_stays_warned_of(self, ward):
        ward.lived(4)
        ward.check()

        for statement in ("UPDATE {} SET alarms = 1", "DELETE FROM {}"):
            with (
                pytest.raises(Error, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format("leasing_healthwarning"))


class TestALeasedMachine:
    def test_is_known_by_the_windows_around_alarms(self, ward, world):
        world.active()
        assert HANDOVER < NIGHT - 15 * DAY
        ward.lived(4)

        (made,) = ward.check()

        assert (made.alarms, made.alarms_before) == (4, 3)

    def test_that_is_closed_to_its_owner_is_not_told(self, ward, world, monkeypatch):
        ward.lived(4)
        monkeypatch.setattr(health, "PURPOSE", "insight_user_economics")
        world.active()

        assert ward.check() == []
        assert AccessEvent.objects.filter(outcome="DENY").exists()


class TestWhoIsTold:
    def test_the_owner_on_the_page_and_over_rest_and_nobody_else(self, ward, world, monkeypatch):
        ward.lived(4)
        ward.check()
        client = Client(headers={"accept-language": "en"})
        client.force_login(world.owner)

        page = client.get(f"/equipment/{ward.machine.public_id}/maintenance/").content.decode()

        assert "4 alarms in 8 h of run time within a day: 0.50 an hour, against 0.03 an hour" in page
        assert "(3 in 112 h)" in page
        rest = APIClient()
        rest.force_login(world.owner)
        url = f"/api/v1/health-warnings/?machine={ward.machine.public_id}&first_day=2026-03-20"
        (row,) = rest.get(url).json()["data"]
        assert (row["rate"], row["rate_before"], row["day"]) == ("0.50", "0.03", "2026-03-20")
        assert rest.get("/api/v1/health-warnings/?last_day=2026-03-19").json()["data"] == []
        rest.force_login(world.buyer)
        assert rest.get("/api/v1/health-warnings/").json()["data"] == []

    def test_the_task_looks_at_each_machine(self, ward, world, monkeypatch):
        ward.lived(4)
        monkeypatch.setattr("marketplace.shared.clock.now", lambda: NIGHT)

        assert run_health() == 1
        look_at_health(equipment_id=ward.machine.pk)

        assert HealthWarning.objects.count() == 1
