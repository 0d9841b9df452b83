"""Trends: found by the clock, by the owner's rights, once a day and measured value, with their figures."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import Error
from django.test import Client
from rest_framework.test import APIClient

from devices.actions import limits
from devices.actions.limits import Limits
from devices.ownership.actions import access
from devices.ownership.actions.alarms import TooManyAlarms
from devices.ownership.models import AccessEvent
from leasing.actions import health, trends
from leasing.models import HealthWarning
from leasing.tasks import look_at_health
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests.devices.machines import LATHE, lathe, take
from tests.leasing import maintenance as workshops
from tests.leasing.maintenance import DAY, HOUR, MADE
from tests.leasing.tickets import local
from tests.leasing.world import HANDOVER

pytestmark = pytest.mark.django_db
NIGHT = local("2026-03-20T02:20")
MIDNIGHT = local("2026-03-20T00:00")
SPEED = {
    "key": "speed",
    "name": "Speed",
    "kind": "GAUGE",
    "category": "process_parameters",
    "retention": "PRIVATE",
}
SOURCE = "maker's manual p. 12"


class Gauged(workshops.Workshop):
    """A machine that tells its load and its speed; both have an upper limit of 80."""

    def __init__(self, world, monkeypatch):
        channels = [LATHE[0], LATHE[2] | {"unit": "%"}, SPEED]
        monkeypatch.setattr(workshops, "lathe", lambda owner: lathe(owner, channels=channels))
        super().__init__(world)
        for key in ("load", "speed"):
            self.limit(Limits(key, None, Decimal(80), SOURCE))

    def limit(self, wanted):
        limits.write(device=self.device, limits=wanted, by=self.world.owner, at=MADE)

    def told(self, key, first, change, *, days=14, upto=MIDNIGHT):
        """Let it tell a value thrice a day, a quarter of an hour apart, around a mean that changes."""
        for n in range(days):
            for place, off in enumerate((Decimal(-1), Decimal(0), Decimal(1))):
                self.sequence += 1
                when = upto - (days - n) * DAY + 9 * HOUR + place * timedelta(minutes=15)
                value = Decimal(str(first)) + n * Decimal(str(change)) + off
                item = (self.sequence, int(when.timestamp()) * 1_000_000, key, f"{value}")
                take(self.device, [item], at=when)

    def check(self, at=NIGHT):
        return trends.look(equipment=self.machine, by=self.world.clock, at=at)


@pytest.fixture
def gauged(world, monkeypatch):
    return Gauged(world, monkeypatch)


class TestAMachineOfItsOwner:
    def test_that_goes_towards_a_limit_is_told_once(self, gauged, world):
        gauged.told("load", 60, "0.5")

        (made,) = gauged.check()
        again = gauged.check(NIGHT + timedelta(minutes=5))

        assert again == []
        made.refresh_from_db()
        assert (made.kind, made.channel.key, made.edge) == ("TREND", "load", "HIGH")
        assert (made.mean, made.slope, made.limit) == (Decimal("66.5"), Decimal("0.5"), 80)
        assert (made.days_left, made.days_seen, made.source, made.is_beyond) == (26, 14, SOURCE, False)
        told = Notification.objects.get(kind="health_trend")
        assert told.organization == world.lessor
        assert told.facts == {
            "machine": gauged.machine.name,
            "channel": "Load",
            "mean": "66.5 %",
            "change": "+0.5",
            "limit": "80 %",
            "days": "26",
        }
        event = AccessEvent.objects.get(public_id=made.event)
        assert (event.organization, event.purpose) == (world.lessor.public_id, "maintenance_planning")

    def test_that_is_beyond_a_limit_is_told_as_that(self, gauged):
        gauged.told("speed", 81, 0)

        (made,) = gauged.check()

        assert (made.channel.key, made.is_beyond, made.days_left) == ("speed", True, 0)
        assert Notification.objects.get(kind="health_beyond").facts["change"] == "0"

    def test_each_value_has_a_warning_of_its_own(self, gauged):
        gauged.told("load", 60, "0.5")
        gauged.check()
        gauged.told("speed", 81, 0)

        assert [one.channel.key for one in gauged.check()] == ["speed"]
        assert HealthWarning.objects.count() == 2

    def test_the_day_of_the_look_itself_says_nothing_yet(self, gauged):
        gauged.told("load", 60, 0)
        gauged.told("load", 1000, 0, days=1, upto=MIDNIGHT + DAY)

        assert gauged.check(MIDNIGHT + timedelta(hours=12)) == []

    def test_without_a_limit_is_not_read(self, gauged):
        for key in ("load", "speed"):
            gauged.limit(Limits(key))
        gauged.told("load", 60, "0.5")

        assert gauged.check() == []
        assert not AccessEvent.objects.exists()

    def test_that_stays_where_it_is_is_left_alone(self, gauged):
        gauged.told("load", 60, 0)

        assert gauged.check() == []
        assert not Notification.objects.filter(kind__startswith="health").exists()

    @pytest.mark.parametrize("refused", [TooManyAlarms(device="x", most=1), access.RightsChanged(device="x")])
    def test_that_cannot_be_read_now_waits(self, refused, gauged, monkeypatch):
        gauged.told("load", 60, "0.5")

        def raised(**given):
            raise refused

        monkeypatch.setattr(access, "read", raised)
        assert gauged.check() == []

    def test_is_looked_at_by_the_clock_alone(self, gauged, world):
        with pytest.raises(MissingRight):
            trends.look(equipment=gauged.machine, by=world.owner, at=NIGHT)

    def test_of_which_somebody_else_warned_meanwhile_is_told_once(self, gauged, monkeypatch):
        gauged.told("load", 60, "0.5")
        gauged.check()
        monkeypatch.setattr(
            trends, "_limited", lambda binding, day: {"load": HealthWarning.objects.get().channel}
        )

        assert gauged.check() == []
        assert Notification.objects.filter(kind="health_trend").count() == 1


class TestALeasedMachine:
    def test_is_known_by_means_of_quarters_of_an_hour(self, gauged, world):
        world.active()
        assert HANDOVER < NIGHT - 15 * DAY
        gauged.told("load", 60, "0.5")

        (made,) = gauged.check()

        assert (made.mean, made.slope, made.days_left) == (Decimal("66.5"), Decimal("0.5"), 26)
        assert AccessEvent.objects.get(public_id=made.event).outcome != "DENY"

    def test_keeps_what_is_private_to_its_lessee(self, gauged, world):
        world.active()
        gauged.told("speed", 81, 1)

        assert gauged.check() == []
        assert not HealthWarning.objects.exists()
        assert not Notification.objects.filter(kind__startswith="health").exists()

    def test_that_was_its_owners_before_is_not_told_of_that_value_either(self, gauged, world):
        """A part of the fourteen days is closed: the open rest of it alone would tell something else."""
        world.active()
        gauged.told("speed", 81, 1, upto=HANDOVER + 5 * DAY)

        at = local("2026-03-20T02:20") - (MIDNIGHT - HANDOVER) + 5 * DAY
        assert gauged.check(at) == []


class TestWhatIsKept:
    def test_is_never_rewritten(self, gauged):
        gauged.told("load", 60, "0.5")
        gauged.check()

        for statement in ("UPDATE {} SET days_left = 1", "DELETE FROM {}"):
            with (
                pytest.raises(Error, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format("leasing_healthwarning"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"mean": None},
            {"slope": None},
            {"limit": None},
            {"edge": ""},
            {"days_left": None},
            {"days_left": 31},
            {"days_seen": None},
            {"days_seen": 6},
            {"channel": None},
            {"alarms": 1},
            {"kind": "ALARM_RATE"},
            {"kind": "ALARM_RATE", "channel": None, "alarms": 1},
        ],
    )
    def test_has_all_its_figures_and_no_others(self, wrong, gauged):
        gauged.told("load", 60, "0.5")
        (made,) = gauged.check()
        made.pk, made.public_id, made.day = None, "hwn_other", made.day - DAY
        for name, value in wrong.items():
            setattr(made, name, value)

        with pytest.raises(IntegrityError, match="has_its_figures"), transaction.atomic():
            made.save(force_insert=True)

    def test_is_one_a_channel_and_day(self, gauged):
        gauged.told("load", 60, "0.5")
        (made,) = gauged.check()
        made.pk, made.public_id = None, "hwn_other"

        with pytest.raises(IntegrityError, match="once_a_channel"), transaction.atomic():
            made.save(force_insert=True)


class TestWhoIsTold:
    def test_the_owner_on_the_page_and_over_rest_and_nobody_else(self, gauged, world):
        gauged.told("load", 60, "0.5")
        gauged.told("speed", 81, "-0.1")
        gauged.check()
        client = Client(headers={"accept-language": "en"})
        client.force_login(world.owner)

        page = client.get(f"/equipment/{gauged.machine.public_id}/maintenance/").content.decode()

        assert "Load: the mean of its last day is 66.5 %, changing by +0.5 % a day over the last 14" in page
        assert "At this pace, in 26 days it is at its limit of 80 % (maker&#x27;s manual p. 12)." in page
        assert "towards a limit" in page
        rest = APIClient()
        rest.force_login(world.owner)
        url = "/api/v1/health-warnings/?kind=TREND"
        row = next(one for one in rest.get(url).json()["data"] if one["channel"] == "load")
        assert (row["kind"], row["mean"], row["slope"], row["limit"]) == ("TREND", "66.5", "0.5", "80")
        assert (row["unit"], row["edge"], row["days_left"], row["rate"]) == ("%", "HIGH", 26, None)
        assert rest.get("/api/v1/health-warnings/?kind=ALARM_RATE").json()["data"] == []
        rest.force_login(world.buyer)
        assert rest.get(url).json()["data"] == []

    @pytest.mark.parametrize(
        ("first", "change", "told"),
        [
            (81, 0, "beyond its limit of 80 %"),
            ("60", "1.5", "At this pace it is at its limit"),
            ("58", "1.5", "At this pace, in 1 day it is at its limit"),
        ],
    )
    def test_how_near_it_is(self, first, change, told, gauged, world):
        gauged.told("load", first, change)
        gauged.check()
        client = Client(headers={"accept-language": "en"})
        client.force_login(world.owner)

        assert told in client.get(f"/equipment/{gauged.machine.public_id}/maintenance/").content.decode()

    def test_the_task_looks_at_both(self, gauged, monkeypatch):
        gauged.told("load", 60, "0.5")
        looked = []
        monkeypatch.setattr(health, "look", lambda **given: looked.append(given["equipment"]))
        monkeypatch.setattr("marketplace.shared.clock.now", lambda: NIGHT)

        look_at_health(equipment_id=gauged.machine.pk)

        assert looked == [gauged.machine]
        assert HealthWarning.objects.get().kind == "TREND"
