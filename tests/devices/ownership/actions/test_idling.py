"""What is suggested to an owner whose machine stands idle: read through the door, outside of leases alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from rest_framework.test import APIClient

from devices.actions import devices
from devices.ownership.actions import agreements, idling
from devices.ownership.actions.idling import HourlyPriceInvalid, NothingSuggested, Why
from devices.ownership.models import AccessEvent
from devices.ownership.queries.idle import little_used
from devices.rules import idle
from devices.rules.idle import Advice
from marketplace.models import Claim, Listing, SlotSchedule
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared import clock
from marketplace.shared.period import Period
from tests import once
from tests.devices.machines import EARLY, LATHE, NOON, lathe, take
from tests.factories import marketplace as make
from tests.leasing import world as leased
from tests.leasing.lateness import Late

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 9, 20, 16, tzinfo=UTC)  # midnight in Shanghai, eight weeks before NOON's week


class Hall:
    """An owner with one machine that works two shifts from Monday to Friday, for eight weeks."""

    def __init__(self, channels=LATHE):
        self.owner = make.organization()
        self.person = make.member(self.owner, Role.OPERATOR)
        self.machine = make.equipment(self.owner)
        self.device = lathe(self.owner, channels=channels)
        period = Period(EARLY, None)
        devices.bind(device=self.device, equipment=self.machine, period=period, by=self.person, at=NOON)

    def works(self, weeks=8, channel="execution", words=("ACTIVE", "READY")):
        items = []
        for week in range(weeks):
            for day in range(5):
                midnight = MONDAY + week * 7 * DAY + day * DAY
                for hour, state in zip((6, 22), words, strict=True):
                    at = int((midnight + hour * HOUR).timestamp()) * 1_000_000
                    items.append((len(items), at, channel, state))
        take(self.device, items)

    def let(self, first, last):
        """Let somebody have the machine for some of the weeks."""
        period = Period(MONDAY + first * 7 * DAY, MONDAY + last * 7 * DAY)
        agreements.open(
            equipment=self.machine,
            owner=self.owner,
            lessee=make.organization(),
            period=period,
            reference="lse_X",
            billing_channels=["execution"],
            by=self.person,
            at=NOON,
        )
        return period

    def read(self, **more):
        who = {"by": self.person, "within": self.owner, "at": NOON} | more
        return idling.read(equipment=self.machine, **who)

    def prepare(self, found, price="86.00", **more):
        who = {"by": self.person, "at": NOON} | more
        return idling.prepare(equipment=self.machine, found=found, price=Decimal(price), **who)


hall = once.fixture(Hall)


@once.fixture
def working(hall):
    hall.works()
    return hall


class TestRead:
    def test_two_shifts_leave_nights_and_weekends_and_the_read_is_in_the_log(self, working):
        found = working.read()

        assert found.suggestion.advice == (Advice.NIGHTS, Advice.WEEKENDS)
        assert found.period.start == MONDAY
        (read,) = found.events
        event = AccessEvent.objects.get(public_id=read)
        assert event.purpose == "operation"
        assert (event.organization, event.channels) == (working.owner.public_id, ["execution"])

    def test_the_time_of_a_lease_is_not_asked_for(self, working):
        period = working.let(0, 3)
        found = working.read()

        assert [one.known for one in found.suggestion.weeks[:3]] == [0, 0, 0]
        assert found.suggestion.weeks[4].known > 100
        (read,) = found.events
        assert AccessEvent.objects.get(public_id=read).asked_from == period.end

    @pytest.mark.parametrize("reason", ["SLOT", "LEASE", "OVERDUE"])
    def test_the_time_that_others_have_it_without_an_agreement_is_not_asked_for(self, working, reason):
        first, last = MONDAY + 7 * DAY, MONDAY + 14 * DAY
        given = {"equipment": working.machine, "created_at": NOON}
        Claim.objects.create(reason=reason, core=(first, last), period=(first, last), **given)
        kept = (last + 7 * DAY, last + 14 * DAY)
        Claim.objects.create(reason="OWN_USE", core=kept, period=kept, **given)
        Claim.objects.create(reason=reason, core=kept, period=kept, active=False, released_at=NOON, **given)

        found = working.read()

        asked = AccessEvent.objects.filter(public_id__in=found.events).order_by("asked_from")
        assert [(one.asked_from, one.asked_to) for one in asked] == [
            (MONDAY, first),
            (last, MONDAY + 56 * DAY),
        ]
        assert found.suggestion.weeks[1].known == 0

    def test_the_time_in_which_it_was_late_is_the_lessees_and_not_idle(self):
        late = Late(leased.make(machines=1))
        late.tick()
        machine, owner = late.unit.equipment, late.world.lessor
        devices.bind(
            device=lathe(owner), equipment=machine, period=Period(EARLY, None), by=late.world.owner, at=NOON
        )
        who = {"by": late.world.owner, "within": owner, "at": NOON}

        while_late = idling.read(equipment=machine, **who)
        listed = list(little_used(owner, while_late.period))
        back = MONDAY + 7 * DAY
        late.gives_back()
        late.tick(back)
        afterwards = idling.read(equipment=machine, **who)

        assert (while_late.events, while_late.suggestion, listed) == ((), None, [])
        assert AccessEvent.objects.get(public_id__in=afterwards.events).asked_from == back
        assert list(little_used(owner, while_late.period)) == [machine]
        assert list(little_used(owner, Period(MONDAY, back + DAY))) == []  # late for seven of eight days

    def test_five_leased_weeks_leave_too_little(self, working):
        working.let(0, 5)
        found = working.read()
        assert (found.suggestion, found.why) == (None, Why.TOO_LITTLE)

    def test_it_says_when_nothing_was_told(self, hall):
        assert hall.read().why is Why.TOO_LITTLE
        mute = lathe(hall.owner, channels=LATHE[1:])
        machine = make.equipment(hall.owner)
        who = {"by": hall.person, "within": hall.owner, "at": NOON}
        assert idling.read(equipment=machine, **who).why is Why.NO_DEVICE
        given = {"equipment": machine, "period": Period(EARLY, None), "by": hall.person, "at": NOON}
        devices.bind(device=mute, **given)
        assert idling.read(equipment=machine, **who).why is Why.NO_STATES

    def test_a_state_that_never_says_that_it_works_says_nothing_of_idle_time(self):
        door = LATHE[0] | {"key": "availability"}
        hall = Hall([door])
        hall.works(channel="availability", words=("AVAILABLE", "AVAILABLE"))
        found = hall.read()

        assert (found.suggestion, found.why, found.channel) == (None, Why.NO_STATES, "")
        with pytest.raises(NothingSuggested):
            hall.prepare(found)

    def test_a_state_of_another_name_counts_if_it_says_so(self):
        hall = Hall([LATHE[0] | {"key": "availability"}, LATHE[0] | {"key": "Program_Status"}])
        hall.works(channel="Program_Status")
        found = hall.read()

        assert found.suggestion.advice == (Advice.NIGHTS, Advice.WEEKENDS)
        assert hall.prepare(found).count_rules[0]["channel"] == "Program_Status" == found.channel

    def test_others_read_nothing(self, working):
        other = make.organization()
        with pytest.raises(MissingRight):
            working.read(within=other, by=make.member(other))
        with pytest.raises(MissingRight):
            working.read(by=make.member(other))
        assert not AccessEvent.objects.exists()


class TestPrepare:
    def test_drafts_a_listing_with_the_free_times(self, working):
        made = working.prepare(working.read())

        assert made.status == "DRAFT"
        assert made.price_plan["components"][0]["price"] == "86.00"
        schedule = SlotSchedule.objects.get(listing=made).document
        assert schedule["hours"]["mon"] == "00:00-06:00"
        assert schedule["hours"]["sat"] == "00:00-24:00"
        assert schedule["price_minor"] == 34_400

    @pytest.mark.parametrize("price", ["0", "-1", "NaN", "1.001", "1000001"])
    def test_a_wrong_price_is_refused(self, working, price):
        with pytest.raises(HourlyPriceInvalid):
            working.prepare(working.read(), price)
        assert not Listing.objects.exists()

    def test_nothing_and_others_are_refused(self, hall):
        with pytest.raises(NothingSuggested):
            hall.prepare(hall.read())
        with pytest.raises(MissingRight):
            hall.prepare(hall.read(), by=make.member(hall.owner, Role.VIEWER))
        assert not Listing.objects.exists()


class TestLittleUsed:
    PERIOD = idle.span(NOON.date(), idling.zone())

    def test_unlisted_and_little_let_machines_of_the_owner(self, hall):
        listed = make.listing(hall.owner)
        busy = listed.units.get().equipment
        make.equipment(make.organization())
        assert set(little_used(hall.owner, self.PERIOD)) == {hall.machine, busy}
        core = (MONDAY, MONDAY + 14 * DAY)
        Claim.objects.create(equipment=busy, reason="LEASE", core=core, period=core, created_at=NOON)
        assert list(little_used(hall.owner, self.PERIOD)) == [hall.machine]


class TestSeen:
    @pytest.fixture(autouse=True)
    def _noon(self, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: NOON)

    def test_on_pages_and_drafted_by_the_button(self, working):
        client = Client()
        client.force_login(working.person)
        address = f"/equipment/{working.machine.public_id}/idle/"
        page = client.get(address).content.decode()
        assert "星期五 22:00 至 星期一 6:00" in page and "52 %" in page
        assert working.machine.name in client.get("/idle-machines/").content.decode()
        assert client.post(address, {"price": "x"}).status_code == 400
        assert client.post(address, {"price": "-3"}).status_code == 400
        assert not Listing.objects.exists()
        answer = client.post(address, {"price": "86"})
        assert answer.url == f"/listings/{Listing.objects.get().public_id}/"

    def test_a_newcomer_is_told_what_comes_first(self, hall):
        def page(person):
            client = Client()
            client.force_login(person)
            return client.get("/idle-machines/").content.decode()

        assert "请先登记设备" in page(make.member(make.organization()))
        silent = page(hall.person)  # a machine, and nothing told of it
        assert hall.machine.name in silent and "如何接入采集终端" in silent and "/help/connect/" in silent

    def test_who_has_told_is_not_told_to_connect(self, working):
        client = Client()
        client.force_login(working.person)
        assert "如何接入采集终端" not in client.get("/idle-machines/").content.decode()

    def test_over_rest(self, working):
        client = APIClient()
        client.force_login(working.person)
        found = client.get(f"/api/v1/equipment/{working.machine.public_id}/idle-suggestion/").json()
        assert (found["missing"], found["advice"]) == (None, ["NIGHTS", "WEEKENDS"])
        assert found["hours"]["tue"] == "00:00-06:00" and len(found["weeks"]) == 8
        rows = client.get("/api/v1/idle-suggestions/").json()
        assert ([one["equipment"] for one in rows["data"]], rows["has_more"]) == (
            [working.machine.public_id],
            False,
        )
        after = {"after": working.machine.public_id}
        assert client.get("/api/v1/idle-suggestions/", after).json()["data"] == []

    def test_reading_on_over_rest_goes_on_behind_a_machine_that_left_the_list(self, hall):
        machines = [make.equipment(hall.owner, name=f"Z{n}") for n in range(8)]
        client = APIClient()
        client.force_login(hall.person)
        first = client.get("/api/v1/idle-suggestions/").json()
        last = next(one for one in machines if one.public_id == first["data"][-1]["equipment"])
        last.status, last.retirement = "RETIRED", "GONE"
        last.save()

        second = client.get("/api/v1/idle-suggestions/", {"after": last.public_id}).json()
        ids = [one["equipment"] for page in (first, second) for one in page["data"]]

        assert (len(first["data"]), first["has_more"], second["has_more"]) == (5, True, False)
        assert sorted(ids) == sorted(one.public_id for one in (*machines, hall.machine))
        for wrong in (make.equipment(make.organization()).public_id, "eqp_x"):
            answer = client.get("/api/v1/idle-suggestions/", {"after": wrong})
            assert (answer.status_code, "after" in answer.content.decode()) == (400, True)
