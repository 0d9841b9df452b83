from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from devices.actions import devices
from devices.models import DeviceKey, Quarantined
from devices.ownership.actions import agreements
from marketplace.actions.parties import robot
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.machines import lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 1, tzinfo=UTC)  # nine in Shanghai
SAID = [
    (1, "2026-11-20T01:00:00Z", "execution", "READY"),
    (2, "2026-11-20T02:00:00Z", "execution", "ACTIVE"),
    (3, "2026-11-20T02:30:00Z", "parts", 41),
    (4, "2026-11-20T02:31:00Z", "program", "O4711"),
    (5, "2026-11-20T03:00:00Z", "execution", None),
    (9, "2026-11-20T03:10:00Z", "parts", None),
]


@once.fixture
def owner():
    return make.organization("Ningbo", kind="LESSOR")


@once.fixture
def device(owner):
    found = lathe(owner)
    take(found, SAID, at=MORNING + timedelta(hours=3))
    return found


def page(client, device, person, **query):
    client.force_login(person)
    return client.get(f"/devices/{device.public_id}/", query, HTTP_ACCEPT_LANGUAGE="en")


def leased(device, lessee):
    """Bind the device to a machine that is leased from ten in the morning on."""
    machine = make.equipment(device.owner)
    by, start = robot(name="tester"), MORNING - timedelta(days=10)
    devices.bind(device=device, equipment=machine, period=Period(start, None), by=by, at=start)
    agreements.open(
        equipment=machine,
        owner=device.owner,
        lessee=lessee,
        period=Period(MORNING - timedelta(days=1), None),
        reference="lea_1",
        billing_channels=["execution"],
        by=by,
        at=MORNING,
    )


class TestDevice:
    def test_shows_the_last_day_on_which_anything_was_said(self, client, device, owner):
        text = page(client, device, make.member(owner)).content.decode()

        assert "20 Nov" in text or "11月20日" in text or "2026-11-20" in text
        assert "<svg" in text and "ACTIVE" in text
        assert "41" in text
        assert "6–8" in text
        assert "O4711" not in text

    def test_says_so_where_nothing_was_said(self, client, owner):
        answer = page(client, lathe(owner), make.member(owner))

        assert answer.status_code == 200
        assert "<svg role" not in answer.content.decode().split("<main")[1].split("legend")[0]

    @pytest.mark.parametrize("day", ["2026-11-19", "9999-12-31", "0001-01-01", "yesterday"])
    def test_shows_any_day_asked_for(self, client, device, owner, day):
        assert page(client, device, make.member(owner), day=day).status_code == 200

    def test_of_a_device_without_evidence_channels_is_still_a_page(self, client, owner):
        bare = lathe(owner, channels=[])

        assert page(client, bare, make.member(owner)).status_code == 200

    def test_is_not_there_for_a_stranger(self, client, device):
        assert page(client, device, make.member(make.organization())).status_code == 404

    def test_asks_a_visitor_to_sign_in(self, client, device):
        answer = client.get(f"/devices/{device.public_id}/")

        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login/")

    def test_shows_a_viewer_no_buttons(self, client, device, owner):
        take(device, [(20, "2026-11-20T03:00:00Z", "speed", 1)])
        devices.issue_key(device=device, by=robot(name="tester"), at=MORNING)

        text = page(client, device, make.member(owner, Role.VIEWER)).content.decode().split("<main")[1]

        assert "has no such channel" in text
        assert "unknown_channel" not in text
        assert "/keys/" not in text and "/replay/" not in text and "/dismiss/" not in text

    def test_opens_to_a_lessee_with_its_gaps_and_without_the_owners_upkeep(self, client, device):
        lessee = make.organization("Shenzhen")
        leased(device, lessee)

        text = page(client, device, make.member(lessee)).content.decode().split("<main")[1]

        assert "ACTIVE" in text
        assert "/keys/" not in text and "6–8" in text

    def test_tells_the_owner_why_a_leased_machine_shows_less(self, client, device, owner):
        leased(device, make.organization("Shenzhen"))

        answer = page(client, device, make.member(owner))

        assert "ACTIVE" in answer.content.decode()
        (refused,) = answer.context["said"].refused
        assert refused["rule"].startswith("Owner, Production counts: figures over the whole lease")
        assert "production_counts" not in answer.content.decode()
        assert answer.context["said"].counters == []


class TestKeys:
    def test_are_shown_once_when_they_are_made_and_can_be_revoked(self, client, device, owner):
        client.force_login(make.member(owner))
        address = f"/devices/{device.public_id}/"

        made = client.post(f"{address}keys/").content.decode()

        key = DeviceKey.objects.get(device=device)
        assert f"jjd_{key.identifier}." in made
        secret = made.split(f"jjd_{key.identifier}.")[1].split("<")[0]
        assert secret not in client.get(address).content.decode()
        assert devices.find_key(secret=f"jjd_{key.identifier}.{secret}", at=timezone.now()) == key
        assert client.post(f"{address}keys/{key.public_id}/revoke/").status_code == 302
        assert devices.find_key(secret=f"jjd_{key.identifier}.{secret}", at=timezone.now()) is None

    def test_are_made_by_nobody_without_the_right(self, client, device, owner):
        client.force_login(make.member(owner, Role.VIEWER))
        assert client.post(f"/devices/{device.public_id}/keys/").status_code == 403
        client.force_login(make.member(make.organization()))
        assert client.post(f"/devices/{device.public_id}/keys/").status_code == 404
        assert not DeviceKey.objects.exists()


class TestBindings:
    @pytest.fixture
    def binding(self, device, owner):
        by, start = robot(name="tester"), MORNING - timedelta(days=10)
        machine = make.equipment(owner)
        return devices.bind(device=device, equipment=machine, period=Period(start, None), by=by, at=start)

    def end(self, client, device, binding):
        address = f"/devices/{device.public_id}/bindings/{binding.public_id}/end/"
        return client.post(address, follow=True, HTTP_ACCEPT_LANGUAGE="en")

    def test_are_ended_once_after_a_sentence_that_says_what_follows(self, client, device, owner, binding):
        before = page(client, device, make.member(owner)).content.decode()
        address = f"/devices/{device.public_id}/bindings/{binding.public_id}/end/"

        done = self.end(client, device, binding).content.decode()
        again = self.end(client, device, binding).content.decode()

        assert address in before and f"bills nothing for {binding.equipment.name}" in before
        assert "speaks for no machine" in done and address not in done
        assert "There is nothing to end" in again
        binding.refresh_from_db()
        assert MORNING < binding.period.upper <= timezone.now()

    def test_are_ended_by_nobody_without_the_right(self, client, device, owner, binding):
        viewer = make.member(owner, Role.VIEWER)
        shown = page(client, device, viewer).content.decode()

        assert "/bindings/" not in shown
        assert self.end(client, device, binding).status_code == 403
        client.force_login(make.member(make.organization()))
        assert self.end(client, device, binding).status_code == 404
        binding.refresh_from_db()
        assert binding.period.upper is None


class TestQuarantine:
    @pytest.fixture
    def waiting(self, device):
        take(device, [(20, "2026-11-20T03:00:00Z", "speed", 1)])
        return Quarantined.objects.get(device=device)

    def post(self, client, device, waiting, verb, **form):
        address = f"/devices/{device.public_id}/quarantine/{waiting.public_id}/{verb}/"
        return client.post(address, form, follow=True, HTTP_ACCEPT_LANGUAGE="en")

    def test_item_is_delivered_again_once_its_cause_is_mended(self, client, device, owner, waiting):
        client.force_login(make.member(owner))
        speed = {
            "key": "speed",
            "name": "Speed",
            "kind": "GAUGE",
            "category": "energy",
            "retention": "ORDINARY",
        }

        refused = self.post(client, device, waiting, "replay").content.decode()
        devices.add_channels(device=device, channels=[speed], by=robot(name="tester"), at=MORNING)
        self.post(client, device, waiting, "replay")

        assert "dictionary has no such channel" in refused
        waiting.refresh_from_db()
        assert waiting.outcome == "REPLAYED"

    def test_item_is_dismissed_with_its_note_and_only_once(self, client, device, owner, waiting):
        client.force_login(make.member(owner))

        self.post(client, device, waiting, "dismiss", note="a trial")
        self.post(client, device, waiting, "dismiss", note="again")

        waiting.refresh_from_db()
        assert (waiting.outcome, waiting.note) == ("DISMISSED", "a trial")

    def test_item_is_decided_by_nobody_without_the_right(self, client, device, owner, waiting):
        for person, status in (
            (make.member(owner, Role.VIEWER), 403),
            (make.member(make.organization()), 404),
        ):
            client.force_login(person)
            for verb in ("replay", "dismiss"):
                assert self.post(client, device, waiting, verb).status_code == status
        waiting.refresh_from_db()
        assert waiting.outcome == "WAITING"


@once.fixture
def refused(device):
    """What was refused before the lease, of a private channel in it, and without a time that can be read."""
    early, late = MORNING - timedelta(days=2), MORNING + timedelta(hours=4)
    take(device, [(20, "2026-11-18T01:00:00Z", "torque", "EARLY-1")], at=early)
    take(device, [(4, "2026-11-20T02:31:00Z", "program", "SECRET-2")], at=late)
    take(device, [(21, "2026-11-20T02:31:00Z", "torque", "SECRET-3")], at=late)
    take(device, [(22, "yesterday", "parts", "SECRET-4")], at=late)
    return device


class TestWhatWasRefused:
    def test_shows_its_content_to_the_owner_of_a_machine_that_is_not_lent(self, owner, refused, keyed):
        person = make.member(owner)

        told = keyed(person, owner).get(f"/api/v1/devices/{refused.public_id}/quarantine/").json()["data"]

        assert [one["withheld"] for one in told] == [False] * 4
        assert [one["item"]["value"] for one in told] == ["SECRET-4", "SECRET-3", "SECRET-2", "EARLY-1"]

    def test_is_a_file_with_what_the_page_tells(self, client, owner, refused):
        lessee = make.organization("Wuxi")
        address = f"/devices/{refused.public_id}/?format=csv"
        client.force_login(make.member(owner))
        whole = client.get(address).content.decode("utf-8-sig")
        assert all(f"SECRET-{number}" in whole for number in (2, 3, 4))
        assert client.get(address.replace("csv", "xlsx")).content.startswith(b"PK")
        assert client.get(address.replace("csv", "ods")).status_code == 400

        leased(refused, lessee)
        for person in (make.member(owner), make.member(lessee)):
            client.force_login(person)
            rows = client.get(address).content.decode("utf-8-sig")
            assert "SECRET" not in rows
            assert len(rows.splitlines()) >= 3
        client.force_login(make.member(make.organization("Stranger")))
        assert client.get(address).status_code == 404

    def test_shows_a_lessees_process_to_nobody(self, client, owner, refused, keyed):
        lessee = make.organization("Kunshan")
        leased(refused, lessee)
        person = make.member(owner)

        data = keyed(person, owner).get(f"/api/v1/devices/{refused.public_id}/quarantine/")
        shown = [page(client, refused, who) for who in (person, make.member(lessee))]

        assert [one["withheld"] for one in data.json()["data"]] == [True, True, True, False]
        assert [one["item"].get("channel") for one in data.json()["data"]] == [
            "parts",
            "torque",
            "program",
            "torque",
        ]
        assert b"EARLY-1" in data.content
        for answer in (data, *shown):
            assert b"SECRET" not in answer.content
        assert "4 readings wait" in shown[0].content.decode()
        assert "3 readings wait" in shown[1].content.decode()
        assert "Deliver again" not in shown[1].content.decode()

    def test_is_not_quoted_when_it_is_refused_again(self, client, owner, refused):
        leased(refused, make.organization("Kunshan"))
        waiting = refused.quarantined.get(item__sequence=22)
        client.force_login(make.member(owner))

        address = f"/devices/{refused.public_id}/quarantine/{waiting.public_id}/replay/"
        answer = client.post(address, follow=True, HTTP_ACCEPT_LANGUAGE="en")

        assert "The reading is refused again. The time cannot be read." in answer.content.decode()
        assert b"SECRET" not in answer.content

    def test_and_gaps_are_those_of_the_lessees_own_time(self, client, device):
        take(device, [(30, "2026-11-20T03:20:00Z", "parts", 1)], at=MORNING - timedelta(days=5))
        lessee = make.organization("Kunshan")
        leased(device, lessee)

        assert [gap.first for gap in page(client, device, make.member(lessee)).context["gaps"]] == [6]


class TestTheTableBesideTheStrip:
    def test_adds_up_the_day_by_state(self, client, owner, device):
        answer = page(client, device, make.member(owner), day="2026-11-20")

        (strip,) = answer.context["said"].strips
        sums = [(row["label"], row["times"], row["length"]) for row in strip["sums"]]
        hour = timedelta(hours=1)
        assert sorted(sums[:-1]) == [("ACTIVE", 1, hour), ("READY", 1, hour)] or len(sums) == 3
        assert "The same as a table" in answer.content.decode()
