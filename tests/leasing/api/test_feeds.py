"""Calendar feeds: made and revoked by those who may, read by whoever has the address, and never more."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as NoRedis
from rest_framework.test import APIClient

from leasing.actions import feeds, leases
from leasing.models import CalendarFeed, LeaseUnit
from leasing.queries import feeds as queries
from marketplace.actions import api_keys, calendar, claims
from marketplace.models import AuditEntry, Claim, Membership
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.leasing import world as worlds
from tests.leasing.rules.test_icalendar import read, unescaped
from tests.leasing.slot_world import Laboratory
from tests.leasing.world import DECIDED, END, START, person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def time_stands_still():
    cache.clear()
    with patch.object(timezone, "now", return_value=DECIDED):
        yield


def make(by, organization, shows="MACHINES", language="zh-hans"):
    return feeds.create(
        organization=organization, name="车间", shows=shows, language=language, by=by, at=DECIDED
    )


def fetch(token, **headers):
    return Client().get(f"/calendar/{token}.ics", headers=headers)


def events(token):
    answer = fetch(token)
    assert answer.status_code == 200
    return read(answer.content.decode())


def blocked(world, core):
    given = {"equipment": world.machines[0], "reason": Claim.Reason.MAINTENANCE, "by": world.owner}
    return calendar.block(core=core, at=DECIDED, **given)


def summaries(token):
    return sorted(unescaped(one["SUMMARY"]) for one in events(token))


class TestWhatItHolds:
    def test_an_owner_sees_all_that_takes_its_machines(self, world):
        lease = world.accepted()
        calendar.block(
            equipment=world.machines[1],
            reason=Claim.Reason.MAINTENANCE,
            core=Period(START, START + DAY),
            note="张三 13800000000",
            by=world.owner,
            at=DECIDED,
        )
        _feed, token = make(world.owner, world.lessor)

        machine = LeaseUnit.objects.get(lease=lease).equipment.name
        assert summaries(token) == sorted([f"{machine} · {lease.number} · 深圳小厂", "VMC-2 · 维修保养"])
        text = fetch(token).content.decode()
        assert "张三" not in text
        for name in ("owner", "buyer"):
            assert name not in text

    def test_a_lessee_sees_what_it_leases_and_nothing_else(self, world):
        mine = world.accepted()
        world.accepted(lessee=world.stranger, by=world.outsider)
        _feed, token = make(world.buyer, world.lessee, "LEASES")
        machine = LeaseUnit.objects.get(lease=mine).equipment.name
        assert summaries(token) == [f"{machine} · {mine.number}"]
        (event,) = events(token)
        claim = LeaseUnit.objects.get(lease=mine).claim
        assert event["UID"] == f"{claim.public_id}@calendar.jijian"
        assert event["URL"] == f"http://testserver/leases/{mine.public_id}/"
        assert (event["DTSTART"], event["DTEND"]) == ("20260228T160000Z", "20260430T160000Z")
        assert unescaped(event["LOCATION"]) == "宁波 一号车间"
        _feed, empty = make(world.buyer, world.lessee, "MACHINES")
        assert events(empty) == []

    def test_it_speaks_the_language_that_it_was_made_in(self, world):
        blocked(world, Period(START, None))
        _feed, token = make(world.owner, world.lessor, language="en")
        (event,) = events(token)
        assert (event["SUMMARY"], event["DTEND"]) == ("VMC-1 · Maintenance", "20280101T000000Z")

    def test_slots_stand_in_both_calendars(self, world):
        lab = Laboratory(world)
        booking = lab.book()
        _feed, ours = make(booking_owner(booking), booking.lessor)
        lessee = person("slotter", booking.lessee, Role.OPERATOR)
        _feed, theirs = make(lessee, booking.lessee, "LEASES")
        name = booking.equipment.name
        with patch.object(timezone, "now", return_value=booking.booked_at):
            assert f"{name} · 时段预约 · {booking.lessee.name}" in summaries(ours)
            assert summaries(theirs) == [f"{name} · 时段预约"]
            assert events(theirs)[0]["URL"].endswith(f"/slots/{booking.public_id}/")

    def test_where_there_is_too_much_today_stays_and_the_past_fills_the_rest(self, world):
        given = {"equipment": world.machines[0], "reason": Claim.Reason.MAINTENANCE, "by": world.owner}
        for days in (-20, -10, 0, 10, 20):
            core = Period(DECIDED + days * DAY - DAY / 2, DECIDED + days * DAY + DAY / 2)
            calendar.block(core=core, at=DECIDED - 30 * DAY, **given)
        _feed, token = make(world.owner, world.lessor)
        told = {}
        for most in (1, 2, 4):
            with patch.object(queries, "MOST", most):
                told[most] = [one["DTSTART"] for one in events(token)]
        days = [f"{DECIDED + one * DAY - DAY / 2:%Y%m%d}" for one in (0, 10, 20, -10)]
        assert {most: [one[:8] for one in found] for most, found in told.items()} == {
            most: days[:most] for most in (1, 2, 4)
        }


def booking_owner(booking):
    return person("labowner", booking.lessor, Role.OPERATOR)


class TestChanges:
    def test_each_change_raises_the_sequence_and_the_uid_stays(self, world):
        claim = blocked(world, Period(START, START + DAY))
        _feed, token = make(world.owner, world.lessor)
        (first,) = events(token)
        claims.move(claim=claim, core=Period(START + DAY, START + 2 * DAY), by=world.owner, at=DECIDED)
        (second,) = events(token)
        assert (first["SEQUENCE"], second["SEQUENCE"]) == ("1", "2")
        assert first["UID"] == second["UID"]
        assert first["DTSTART"] < second["DTSTART"]

    def test_what_was_cancelled_is_shown_for_thirty_days(self, world):
        lease = world.accepted()
        _feed, token = make(world.owner, world.lessor)
        leases.cancel(lease=lease, reason="", by=world.buyer, at=DECIDED)
        (event,) = events(token)
        assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", "2")
        with patch.object(timezone, "now", return_value=DECIDED + 30 * DAY):
            assert len(events(token)) == 1
        with patch.object(timezone, "now", return_value=DECIDED + 30 * DAY + timedelta(seconds=1)):
            assert events(token) == []

    def test_a_hold_is_tentative_and_what_is_long_over_is_left_out(self, world):
        world.quoted(hold=True)
        _feed, token = make(world.owner, world.lessor)
        assert [one["STATUS"] for one in events(token)] == ["TENTATIVE"]
        with patch.object(timezone, "now", return_value=END + 91 * DAY):
            assert events(token) == []

    def test_the_database_counts_whoever_writes(self, world):
        world.accepted()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE marketplace_claim SET note = 'x', version = 77")
        assert Claim.objects.get().version == 2


class TestTheDoor:
    def test_answers_with_headers_that_calendars_understand(self, world):
        world.accepted()
        _feed, token = make(world.owner, world.lessor)
        answer = fetch(token)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Cache-Control"] == "private, max-age=900"
        assert answer["Last-Modified"].endswith("GMT")

        again = fetch(token, **{"if-none-match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        Claim.objects.update(note="x")
        assert fetch(token, **{"if-none-match": answer["ETag"]}).status_code == 200

    def test_whatever_is_not_a_feed_is_not_found(self, world):
        feed, token = make(world.owner, world.lessor)
        identifier, secret = token.split(".")
        wrong = [f"{identifier}.x", identifier, f"{identifier}.{secret}x", f"x.{secret}", "..", "x" * 121]
        assert {fetch(one).status_code for one in wrong} == {404}
        feeds.revoke(feed=feed, by=world.owner, at=DECIDED)
        assert fetch(token).status_code == 404
        assert Client().post(f"/calendar/{token}.ics").status_code == 405

    def test_ends_with_the_membership_of_its_maker(self, world):
        _feed, token = make(world.owner, world.lessor)
        Membership.objects.filter(user=world.owner).delete()
        assert fetch(token).status_code == 404

    def test_nothing_of_the_secret_is_stored_and_the_use_is_noted(self, world):
        feed, token = make(world.owner, world.lessor)
        secret = token.split(".")[1]
        assert secret not in str(CalendarFeed.objects.values())
        assert secret not in str(AuditEntry.objects.filter(subject=feed.public_id).values())
        fetch(token)
        feed.refresh_from_db()
        assert feed.last_used_at == DECIDED
        with patch.object(timezone, "now", return_value=DECIDED + timedelta(seconds=30)):
            fetch(token)
        feed.refresh_from_db()
        assert feed.last_used_at == DECIDED

    def test_is_open_sixty_times_a_minute(self, world):
        _feed, token = make(world.owner, world.lessor)
        codes = [fetch("x.y").status_code for _ in range(60)]
        assert set(codes) == {404}
        shut = fetch(token)
        assert (shut.status_code, shut["Retry-After"]) == (429, "60")

    def test_stays_open_where_redis_is_away(self, world):
        _feed, token = make(world.owner, world.lessor)
        with patch.object(cache, "add", side_effect=NoRedis):
            assert fetch(token).status_code == 200


class TestMaking:
    def test_takes_somebody_who_operates_leases(self, world):
        for who in (world.watcher, world.clerk, world.buyer):
            with pytest.raises(MissingRight):
                make(who, world.lessor)
        feed, _token = make(world.owner, world.lessor)
        with pytest.raises(MissingRight):
            feeds.revoke(feed=feed, by=world.watcher, at=DECIDED)
        assert CalendarFeed.objects.filter(revoked_at=None).count() == 1

    def test_is_bounded_and_revoking_twice_is_once(self, world):
        made = [make(world.owner, world.lessor)[0] for _ in range(feeds.MOST)]
        with pytest.raises(feeds.TooManyFeeds):
            make(world.owner, world.lessor)
        for _ in range(2):
            feeds.revoke(feed=made[0], by=world.owner, at=DECIDED)
        assert AuditEntry.objects.filter(action="calendar_feed.revoke").count() == 1
        make(world.owner, world.lessor)

    def test_by_page_shows_the_address_once(self, world):
        browser = Client(headers={"accept-language": "zh-hans"})
        browser.force_login(world.owner)
        made = browser.post("/calendar/", {"name": "车间", "shows": "MACHINES"}).content.decode()
        feed = CalendarFeed.objects.get()
        address = f"http://testserver/calendar/{feed.identifier}."
        assert (address in made, feed.language) == (True, "zh-hans")
        again = browser.get("/calendar/").content.decode()
        assert (address in again, "车间" in again) == (False, True)
        shown = browser.post(f"/calendar/{feed.public_id}/revoke/", follow=True).content.decode()
        assert "已吊销" in shown
        assert browser.post("/calendar/", {"name": "", "shows": "X"}).status_code == 200
        assert CalendarFeed.objects.count() == 1

    def test_the_page_says_when_there_are_enough(self, world):
        browser = Client(headers={"accept-language": "zh-hans"})
        browser.force_login(world.owner)
        with patch.object(feeds, "MOST", 0):
            page = browser.post("/calendar/", {"name": "车间", "shows": "MACHINES"}).content.decode()
        assert "请吊销" in page

    def test_over_rest(self, world):
        client = APIClient()
        client.force_login(world.owner)
        url = "/api/v1/calendar-feeds/"
        made = client.post(url, {"name": "MES", "shows": "MACHINES", "language": "en"}, format="json")
        assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
        token = made.json()["url"].removeprefix("http://testserver/calendar/").removesuffix(".ics")
        assert events(token) == []
        (row,) = client.get(url).json()["data"]
        assert (row["id"], "url" in row) == (made.json()["id"], False)
        stranger = APIClient()
        stranger.force_login(world.outsider)
        assert stranger.get(url).json()["data"] == []
        assert stranger.delete(f"{url}{row['id']}/").status_code == 404
        assert client.post(url, {"name": "MES", "shows": "ALL"}, format="json").status_code == 400
        assert client.delete(f"{url}{row['id']}/").status_code == 204
        assert fetch(token).status_code == 404

    def test_a_key_sees_the_feeds_of_its_organization(self, world):
        chief = person("chief", world.lessor, Role.ADMIN)
        Membership.objects.create(user=chief, organization=world.lessee, role=Role.ADMIN)
        make(chief, world.lessor)
        other = worlds.person("other", world.lessee, Role.ADMIN)
        make(other, world.lessee, "LEASES")
        _key, text = api_keys.create(
            organization=world.lessor, name="k", scopes=["leases:read"], by=chief, at=DECIDED
        )
        found = APIClient().get("/api/v1/calendar-feeds/", headers={"authorization": f"Bearer {text}"}).json()
        assert [one["shows"] for one in found["data"]] == ["MACHINES"]
