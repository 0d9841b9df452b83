"""Slots over REST: what is free, to book, and the verbs; strangers find nothing."""

import pytest
from django.utils import timezone

from leasing.models import SlotBooking
from marketplace.actions import slots as schedules
from marketplace.models.apikeys import Scope
from tests.leasing import world as worlds
from tests.leasing.slot_world import HOUR, MONDAY, NOW, SCHEDULE, Laboratory
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/slot-bookings/"


class Rest(Laboratory):
    """Everybody with a client, at the moment of the tests."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.now = NOW
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        self.clients = {}
        for organization, person in self.sides.items():
            self.clients[organization] = SeeingClient(raise_request_exception=False)
            self.clients[organization].force_login(person)
        self.of_listing = f"/api/v1/listings/{self.listing.public_id}/"

    def post(self, who, path, body=None, **more):
        return self.clients[who].post(path, body or {}, format="json", **more)

    def given(self, **changes):
        return {"listing": self.listing.public_id, "starts_at": MONDAY.isoformat()} | changes


@pytest.fixture
def rest(monkeypatch, db):
    return Rest(worlds.make(machines=1), monkeypatch)


def free(rest, **query):
    return SeeingClient().get(f"{rest.of_listing}slots/", query)


class TestFreeSlots:
    def test_are_for_everybody_to_see(self, rest):
        found = free(rest, date="2026-03-09", slots=3).json()["data"]

        assert found[0] == {
            "starts_at": "2026-03-09T09:00:00+08:00",
            "ends_at": "2026-03-09T12:00:00+08:00",
            "slots": 3,
            "machines": 1,
            "amount_minor": 48_015,
            "currency": "CNY",
            "hand_in_until": "2026-03-08T17:00:00+08:00",
        }

    def test_are_gone_when_booked_and_cover_as_many_days_as_asked_for(self, rest):
        before = free(rest, date="2026-03-09", days=2).json()["data"]
        rest.book()

        after = free(rest, date="2026-03-09", days=2).json()["data"]

        gone = {row["starts_at"][:16] for row in before} - {row["starts_at"][:16] for row in after}
        assert gone == {"2026-03-09T09:00", "2026-03-09T09:30", "2026-03-09T10:00"}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("date", "soon"),
            ("date", "2020-01-01"),
            ("days", "0"),
            ("days", "15"),
            ("slots", "x"),
            ("slots", "97"),
        ],
    )
    def test_a_question_that_cannot_be_read_is_named(self, rest, name, value):
        answer = free(rest, **{name: value})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{name}")

    def test_there_are_none_without_a_schedule(self, rest):
        assert rest.clients[rest.world.lessor].delete(f"{rest.of_listing}slot-schedule/").status_code == 200

        assert free(rest).json() == {"data": []}


class TestTheSchedule:
    def test_is_set_by_its_owner_alone(self, rest):
        url, body = f"{rest.of_listing}slot-schedule/", {"document": SCHEDULE | {"price_minor": 5}, "seen": 1}

        assert rest.post(rest.world.stranger, url, body).status_code == 403
        made = rest.post(rest.world.lessor, url, body)
        assert (made.status_code, made.json()["version"]) == (201, 2)
        assert rest.post(rest.world.lessor, url, body).json()["code"] == "slot_schedule_changed"
        assert SeeingClient().get(url).json()["document"]["price_minor"] == 5

    def test_faults_are_named_at_their_fields(self, rest):
        body = {"document": SCHEDULE | {"hours": {"mon": "9"}}}

        answer = rest.post(rest.world.lessor, f"{rest.of_listing}slot-schedule/", body)

        assert answer.json()["code"] == "slot_schedule_invalid"
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/hours/mon"]


class TestTheWay:
    def test_of_a_booking_from_the_calendar_to_done(self, rest):
        lessee, lessor = rest.world.lessee, rest.world.lessor
        made = rest.post(lessee, URL, rest.given(slots=2, schedule=1, note="Gauge"))
        assert (made.status_code, made["ETag"]) == (201, '"1"'), made.json()
        url = f"{URL}{made.json()['id']}/"
        assert (made.json()["status"], made.json()["amount_minor"]) == ("BOOKED", 32_010)

        assert rest.post(lessor, f"{url}hand-in/", HTTP_IF_MATCH='"1"').json()["version"] == 2
        assert rest.post(lessor, f"{url}done/").json()["code"] == "slot_not_begun"
        rest.now = MONDAY + 2 * HOUR
        assert rest.post(lessor, f"{url}done/", HTTP_IF_MATCH='"1"').status_code == 412
        assert rest.post(lessor, f"{url}done/", HTTP_IF_MATCH="old").status_code == 412
        assert rest.post(lessor, f"{url}done/").json()["status"] == "DONE"

        history = rest.clients[lessee].get(f"{url}history/").json()["data"]
        assert [step["move"] for step in history] == ["book", "hand_in", "done"]
        assert rest.clients[lessee].get(url).json()["allowed"] == ["waive"]
        assert rest.post(lessor, f"{url}waive/", {"reason": ""}).status_code == 400
        assert rest.post(lessee, f"{url}waive/", {"reason": "no"}).status_code == 403
        assert rest.post(lessor, f"{url}waive/", {"reason": "Probe broken"}).json()["status"] == "WAIVED"
        assert rest.clients[lessee].get(url).json()["allowed"] == []

    def test_a_taken_slot_names_the_next(self, rest):
        rest.book()

        answer = rest.post(rest.world.stranger, URL, rest.given())

        assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
        assert "2026-03-09 10:30" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"slots": 9}, "/slots"),
            ({"starts_at": "2026-03-09T09:10:00+08:00"}, "/starts_at"),
            ({"listing": "lst_0"}, "/listing"),
        ],
    )
    def test_bad_input_is_named_at_its_field(self, rest, changes, pointer):
        answer = rest.post(rest.world.lessee, URL, rest.given(**changes))

        assert answer.status_code == 400
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert not SlotBooking.objects.exists()

    def test_a_booking_that_waits_is_confirmed_or_refused(self, rest):
        schedules.set_schedule(
            listing=rest.listing, document=SCHEDULE | {"confirm": True}, by=rest.world.owner, at=NOW
        )
        lessor, lessee = rest.world.lessor, rest.world.lessee
        first, second = (f"{URL}{rest.book(starts_at=MONDAY + n * HOUR).public_id}/" for n in (0, 4))

        assert rest.post(lessee, f"{first}confirm/").status_code == 403
        assert rest.post(lessor, f"{first}confirm/").json()["status"] == "BOOKED"
        refused = rest.post(lessor, f"{second}refuse/", {"reason": "标准球送检"})
        assert (refused.json()["status"], refused.json()["allowed"]) == ("REFUSED", [])

    def test_the_other_verbs(self, rest):
        lessor, lessee = rest.world.lessor, rest.world.lessee
        first = rest.book()
        assert rest.post(lessee, f"{URL}{first.public_id}/cancel/").json()["fee_minor"] == 0
        second = rest.book()
        rest.now = MONDAY + HOUR
        assert rest.post(lessor, f"{URL}{second.public_id}/no-show/").json()["fee_minor"] == 8_003
        assert rest.post(lessor, f"{URL}{second.public_id}/confirm/").json()["code"] == "slot_move_refused"
        refused = rest.post(lessor, f"{URL}{second.public_id}/refuse/", {"reason": "x"})
        assert refused.json()["code"] == "slot_move_refused"


def test_lists_are_filtered_and_only_ones_own(rest):
    made = rest.book()

    def found(who, **query):
        return [row["id"] for row in rest.clients[who].get(URL, query).json()["data"]]

    assert found(rest.world.lessee, role="lessee", status="BOOKED") == [made.public_id]
    assert found(rest.world.lessee, role="lessor") == []
    assert found(rest.world.lessor, first_day="2026-03-09", last_day="2026-03-09") == [made.public_id]
    assert (
        found(rest.world.lessor, first_day="2026-03-10")
        == found(rest.world.lessor, last_day="2026-03-08")
        == []
    )
    assert found(rest.world.stranger) == []
    assert rest.clients[rest.world.stranger].get(f"{URL}{made.public_id}/").status_code == 404


def test_a_key_needs_its_scope(rest, keyed):
    client = keyed(worlds.person("admin", rest.world.lessee, "ADMIN"), rest.world.lessee, Scope.LEASES_READ)

    assert client.get(URL).status_code == 200
    assert client.post(URL, rest.given(), format="json").status_code == 403
