"""Slots on pages, without script: pick a day, book, and each side's next step."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.models import SlotBooking
from marketplace.models import SlotSchedule
from tests.leasing import world as worlds
from tests.leasing.slot_world import HOUR, MONDAY, NOW, SCHEDULE, Laboratory

pytestmark = pytest.mark.django_db


class Pages(Laboratory):
    """Everybody with a browser, at the moment of the tests."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.now = NOW
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        self.browsers = {}
        for organization, person in self.sides.items():
            self.browsers[organization] = Client(headers={"accept-language": "en"})
            self.browsers[organization].force_login(person)
        self.url = reverse("slot-book", args=[self.listing.public_id])

    def get(self, who, path):
        return self.browsers[who].get(path)

    def post(self, who, path, **given):
        return self.browsers[who].post(path, given)

    def typed(self, **changes):
        return {"start": MONDAY.isoformat(), "slots": "1", "schedule": "1", "note": "Ring gauge"} | changes


@pytest.fixture
def pages(monkeypatch, db):
    return Pages(worlds.make(machines=1), monkeypatch)


def test_a_lessee_picks_a_day_and_books(pages):
    lessee = pages.world.lessee
    page = pages.get(lessee, f"{pages.url}?date=2026-03-09&slots=2").content.decode()
    for said in ("09:00–11:00", "15:00–17:00", "¥320.10", "2 号楼样品室", "16 hours", "160.05"):
        assert said in page, said
    assert "11:30–" not in page  # it would run into the break

    answer = pages.post(lessee, f"{pages.url}?date=2026-03-09", **pages.typed(slots="2"))

    made = SlotBooking.objects.get()
    assert answer["Location"] == reverse("slot-booking", args=[made.public_id])
    assert (made.starts_at, made.slots, made.note) == (MONDAY, 2, "Ring gauge")
    shown = pages.get(lessee, answer["Location"]).content.decode()
    assert "The machine is yours from" in shown
    assert "Record that nobody came" not in shown
    assert made.equipment.name in pages.get(pages.world.lessor, reverse("slots")).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": ""}, "Choose one of the times."),
        ({"start": "soon"}, "Choose one of the times."),
        ({"start": "2026-03-09T09:00"}, "Choose one of the times."),
        ({"start": (MONDAY - 96 * HOUR).isoformat()}, "This time has passed."),
        ({"schedule": "7"}, "Somebody has changed this schedule"),
        ({"note": "x" * 501}, "500"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(pages, changes, said):
    answer = pages.post(pages.world.lessee, pages.url, **pages.typed(**changes))

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not SlotBooking.objects.exists()


def test_a_slot_that_was_taken_meanwhile_is_answered_with_the_next(pages):
    pages.book()

    answer = pages.post(pages.world.lessee, pages.url, **pages.typed())

    assert "The next free slot begins at 2026-03-09 10:30." in answer.content.decode()


def test_the_owner_does_its_part_step_by_step(pages):
    made, lessor = pages.book(), pages.world.lessor
    url = reverse("slot-booking", args=[made.public_id])
    assert "The sample is there" in pages.get(lessor, url).content.decode()

    for verb, at in (("hand_in", NOW), ("done", MONDAY + HOUR)):
        pages.now = at
        pages.post(lessor, reverse("slot-move", args=[made.public_id, verb]))

    made.refresh_from_db()
    assert made.status == "DONE"
    assert "Owed for it: ¥160.05 net." in pages.get(lessor, url).content.decode()


def test_a_refusal_is_said_on_the_page(pages):
    made = pages.book()

    answer = pages.browsers[pages.world.lessor].post(
        reverse("slot-move", args=[made.public_id, "done"]), follow=True
    )

    assert "Record it then." in answer.content.decode()


def test_the_owner_asked_for_confirmation_answers_on_the_page(pages):
    pages.post(
        pages.world.lessor, reverse("slot-schedule", args=[pages.listing.public_id]), **typed(confirm="on")
    )
    made = pages.book()

    listed = pages.get(pages.world.lessor, reverse("slots")).content.decode()
    assert "waits for you" in listed
    pages.post(
        pages.world.lessor, reverse("slot-move", args=[made.public_id, "refuse"]), reason="Broken probe"
    )

    shown = pages.get(pages.world.lessee, reverse("slot-booking", args=[made.public_id])).content.decode()
    assert "Broken probe" in shown


def test_cancelling_late_says_what_it_costs_first(pages):
    made = pages.book()
    pages.now = MONDAY - HOUR
    url = reverse("slot-booking", args=[made.public_id])

    assert "¥80.03 net are owed" in pages.get(pages.world.lessee, url).content.decode()
    pages.post(pages.world.lessee, reverse("slot-move", args=[made.public_id, "cancel"]))

    assert "Owed for it: ¥80.03 net." in pages.get(pages.world.lessee, url).content.decode()


def typed(**changes):
    """Return the schedule of the tests as its owner types it."""
    hours = {f"hours_{day}": text for day, text in SCHEDULE["hours"].items()}
    names = ("slot_minutes", "step_minutes", "longest_run", "setup_minutes", "cleaning_minutes", "ahead_days")
    more = ("hand_in_hours", "hand_in_place", "cancel_hours", "late_fee_percent")
    given = {name: SCHEDULE[name] for name in (*names, *more)}
    return (
        {"price": "160.05", "exceptions": "2026-03-11\n2026-03-14 10:00-12:00", "seen": "1"}
        | hours
        | given
        | changes
    )


class TestTheSchedule:
    def url(self, pages):
        return reverse("slot-schedule", args=[pages.listing.public_id])

    def test_is_kept_as_it_was_typed(self, pages):
        assert pages.post(pages.world.lessor, self.url(pages), **typed()).status_code == 302

        kept = SlotSchedule.objects.newest(pages.listing)
        assert (kept.version, kept.document) == (2, pages.schedule.document)
        page = pages.get(pages.world.lessor, self.url(pages)).content.decode()
        assert 'value="160.05"' in page
        assert "2026-03-14 10:00-12:00" in page

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"hours_mon": "9-5"}, "Write opening hours as"),
            ({"exceptions": "Christmas"}, "Christmas: Write a day as 2026-10-01."),
            ({"slot_minutes": "2"}, "Write a whole number from 5 to 1440."),
            ({"hand_in_place": ""}, "Say where the sample is handed in."),
            ({"price": "1.005"}, "2 decimal places"),
            ({"seen": "9"}, "Somebody has changed this schedule"),
        ],
    )
    def test_says_what_is_wrong(self, pages, changes, said):
        answer = pages.post(pages.world.lessor, self.url(pages), **typed(**changes))

        assert answer.status_code == 400
        assert said in answer.content.decode()
        assert SlotSchedule.objects.count() == 1

    def test_is_taken_back(self, pages):
        for _ in range(2):
            answer = pages.post(pages.world.lessor, self.url(pages), withdraw="1")
            assert answer.status_code == 302

        assert SlotSchedule.objects.offered(pages.listing) is None
        assert pages.get(pages.world.lessee, pages.url).status_code == 404

    def test_is_the_owners_alone(self, pages):
        assert pages.get(pages.world.lessee, self.url(pages)).status_code == 404
