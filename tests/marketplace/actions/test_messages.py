"""Two organizations write to each other about a listing; nobody else learns of it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.actions import messages
from marketplace.models import Conversation, Listing, Message, Notification, ReadMark
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules import messages as rules
from tests import once
from tests.factories import marketplace as make

NOW = make.NOON
SOON = NOW + timedelta(days=2)
pytestmark = pytest.mark.django_db


class Scene:
    def __init__(self):
        self.owner, self.asker = make.organization("Owner"), make.organization("Asker")
        self.seller, self.buyer = make.member(self.owner), make.member(self.asker)
        self.listing = make.listing(self.owner)

    def ask(self, text="Which controller?", kind="QUESTION", at=NOW, **more):
        given = {"listing": self.listing, "asker": self.asker, "by": self.buyer}
        return messages.ask(text=text, kind=kind, at=at, **(given | more))

    def reply(self, of, **more):
        given = {"kind": "QUESTION", "text": "Heidenhain", "at": NOW}
        return messages.write(
            conversation=of.conversation, within=self.owner, by=self.seller, **(given | more)
        )

    def respond(self, to, accept=True, at=NOW, **more):
        who = {"within": self.owner, "by": self.seller} | more
        return messages.answer(conversation=to.conversation, number=to.number, accept=accept, at=at, **who)


@once.fixture
def scene():
    return Scene()


class TestWriting:
    def test_begins_one_conversation_and_goes_on_in_it(self, scene):
        first = scene.ask()
        second, third = scene.reply(first), scene.ask("Thanks", at=NOW + timedelta(minutes=1))

        assert Conversation.objects.count() == 1
        assert [one.number for one in (first, second, third)] == [1, 2, 3]
        assert (second.organization, second.author_name) == (scene.owner, scene.seller.name)
        assert first.conversation.reference == ""

    def test_tells_the_other_side_and_not_the_own(self, scene):
        scene.reply(scene.ask())

        told = Notification.objects.order_by("pk")
        assert [(one.organization, one.kind) for one in told] == [
            (scene.owner, "message_written"),
            (scene.asker, "message_written"),
        ]
        assert told[0].link == f"/conversations/{Conversation.objects.get().public_id}/"
        assert "Asker" in told[0].said

    @pytest.mark.parametrize(
        ("more", "pointer", "code"),
        [
            ({"text": "  "}, "/text", "required"),
            ({"text": "x" * 2001}, "/text", "too_long"),
            ({"kind": "CONFIRM"}, "/kind", "not_a_kind"),
            ({"kind": "VIEWING"}, "/meet_at", "required"),
            ({"kind": "VIEWING", "meet_at": NOW}, "/meet_at", "past"),
            ({"kind": "SAMPLE", "meet_at": NOW + timedelta(days=400)}, "/meet_at", "too_far"),
            ({"meet_at": SOON}, "/meet_at", "not_asked_for"),
        ],
    )
    def test_is_refused_at_its_field_and_leaves_nothing(self, scene, more, pointer, code):
        with pytest.raises(messages.MessageInvalid) as refused:
            scene.ask(**more)

        assert [(one.pointer, one.code) for one in refused.value.flaws] == [(pointer, code)]
        assert (Conversation.objects.count(), Notification.objects.count()) == (0, 0)

    def test_needs_the_right(self, scene):
        with pytest.raises(MissingRight):
            scene.ask(by=make.member(scene.asker, Role.VIEWER))
        assert Message.objects.count() == 0

    def test_is_not_for_the_own_listing(self, scene):
        with pytest.raises(messages.OwnListing):
            scene.ask(asker=scene.owner, by=scene.seller)

    def test_begins_only_about_what_is_on_offer_but_goes_on(self, scene):
        Listing.objects.update(status="PAUSED")
        scene.listing.refresh_from_db()
        with pytest.raises(messages.ListingNotPublished):
            scene.ask()

        Listing.objects.update(status="PUBLISHED")
        scene.listing.refresh_from_db()
        scene.ask()
        scene.listing.status = "PAUSED"
        assert scene.ask().number == 2

    def test_is_for_the_two_sides_alone(self, scene):
        other = make.organization()
        held = scene.ask().conversation
        with pytest.raises(messages.NotASide):
            messages.write(
                conversation=held, within=other, kind="QUESTION", text="?", by=make.member(other), at=NOW
            )
        with pytest.raises(messages.NotASide):
            messages.mark_read(conversation=held, within=other, by=make.member(other), at=NOW)
        assert Message.objects.count() == 1


class TestPace:
    def test_one_side_writes_so_many_in_an_hour(self, scene):
        for minute in range(rules.MOST_AN_HOUR):
            asked = scene.ask(at=NOW + timedelta(minutes=minute))
        late = NOW + timedelta(minutes=50)

        with pytest.raises(messages.TooManyMessages) as refused:
            scene.ask(at=late)
        assert refused.value.status == 429
        assert scene.reply(asked, at=late).number == rules.MOST_AN_HOUR + 1
        assert scene.ask(at=NOW + timedelta(minutes=61)).number == rules.MOST_AN_HOUR + 2

    def test_one_organization_begins_so_many_a_day(self, scene, monkeypatch):
        monkeypatch.setattr(messages, "MOST_OPENED_A_DAY", 1)
        scene.ask()
        second = make.listing(scene.owner)
        with pytest.raises(messages.TooManyConversations):
            scene.ask(listing=second)
        scene.ask()
        assert scene.ask(listing=second, at=NOW + timedelta(days=1)).number == 1


class TestAppointments:
    @pytest.mark.parametrize(
        ("accept", "kind", "told"),
        [(True, "CONFIRM", "appointment_confirmed"), (False, "DECLINE", "appointment_declined")],
    )
    def test_the_other_side_answers_once(self, scene, accept, kind, told):
        asked = scene.ask(kind="VIEWING", meet_at=SOON)
        made = scene.respond(asked, accept)

        assert (made.kind, made.meet_at, made.answers) == (kind, SOON, asked)
        assert list(Notification.objects.order_by("pk").values_list("kind", flat=True)) == [
            "appointment_proposed",
            told,
        ]
        with pytest.raises(messages.NoAppointment):
            scene.respond(asked)
        with pytest.raises(messages.NoAppointment):
            scene.respond(made, within=scene.asker, by=scene.buyer)

    def test_nobody_confirms_the_own_proposal_or_one_that_is_past(self, scene):
        asked = scene.ask(kind="SAMPLE", meet_at=SOON)
        with pytest.raises(messages.NoAppointment):
            scene.respond(asked, within=scene.asker, by=scene.buyer)
        with pytest.raises(messages.NoAppointment):
            scene.respond(asked, at=SOON)
        with pytest.raises(messages.MessageInvalid):
            scene.respond(asked, text="x" * 2001)
        assert Message.objects.count() == 1

    def test_a_question_has_nothing_to_confirm(self, scene):
        with pytest.raises(messages.NoAppointment):
            scene.respond(scene.ask())


class TestReading:
    def test_each_side_has_its_mark(self, scene):
        held = scene.ask().conversation
        mine = Conversation.objects.with_read(scene.owner).get()
        assert (mine.seen, mine.last_number) == (0, 1)

        assert messages.mark_read(conversation=held, within=scene.owner, by=scene.seller, at=NOW) == 1
        assert Conversation.objects.with_read(scene.owner).get().seen == 1
        scene.ask()
        assert Conversation.objects.with_read(scene.owner).get().seen == 1
        assert Conversation.objects.with_read(scene.asker).get().seen == 2
        assert ReadMark.objects.count() == 2

    def test_a_viewer_marks_nothing(self, scene):
        held = scene.ask().conversation
        with pytest.raises(MissingRight):
            messages.mark_read(
                conversation=held, within=scene.owner, by=make.member(scene.owner, Role.VIEWER), at=NOW
            )


class TestTheDatabase:
    def test_keeps_what_was_written(self, scene):
        made = scene.ask()
        for write in (lambda: Message.objects.update(text="x"), made.delete):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                write()

    def test_knows_the_sides(self, scene):
        asked = scene.ask(kind="VIEWING", meet_at=SOON)
        given = {"conversation": asked.conversation, "number": 9, "kind": "CONFIRM", "written_at": NOW}
        for who, answers in ((make.organization(), None), (scene.asker, asked)):
            kind = {"kind": "QUESTION"} if answers is None else {}
            with pytest.raises(IntegrityError, match="side"), transaction.atomic():
                Message.objects.create(organization=who, answers=answers, **(given | kind))


class TestRest:
    def test_from_question_to_appointment(self, scene, keyed):
        asker, owner = keyed(scene.buyer, scene.asker), keyed(scene.seller, scene.owner)
        sent = {"listing": scene.listing.public_id, "text": "May we come?", "kind": "VIEWING"}
        far = (timezone.now() + timedelta(days=3)).isoformat()
        first = asker.post("/api/v1/conversations/", sent | {"meet_at": far}, format="json")
        assert (first.status_code, first.json()["number"]) == (201, 1)

        (row,) = owner.get("/api/v1/conversations/", {"unread": "true"}).json()["data"]
        assert (row["unread"], row["asker_name"], row["lease"]) == (1, "Asker", "")
        at = f"/api/v1/conversations/{row['id']}"
        assert owner.post(f"{at}/answer/", {"number": 1, "accept": True}, format="json").status_code == 201
        assert owner.post(f"{at}/answer/", {"number": 1, "accept": True}, format="json").status_code == 409
        told = asker.get(f"{at}/messages/").json()["data"]
        assert [(one["kind"], one["answers"]) for one in told] == [("VIEWING", None), ("CONFIRM", 1)]
        assert asker.post(f"{at}/read/").json() == {"read": 2}
        assert asker.get("/api/v1/conversations/", {"unread": "true"}).json()["data"] == []
        assert len(asker.get("/api/v1/conversations/", {"unread": "false"}).json()["data"]) == 1
        written = owner.post(f"{at}/messages/", {"text": "Gate 3"}, format="json")
        assert (written.status_code, written.json()["number"]) == (201, 3)

    def test_a_stranger_finds_nothing_nor_does_the_platform(self, scene):
        held = scene.ask().conversation
        for organization in (make.organization(), make.platform()):
            client = APIClient()
            client.force_login(make.member(organization))
            for path in ("", "messages/"):
                assert client.get(f"/api/v1/conversations/{held.public_id}/{path}").status_code == 404
            assert client.get("/api/v1/conversations/").json()["data"] == []
            assert client.get(f"/conversations/{held.public_id}/").status_code == 404

    def test_an_unknown_listing_is_named(self, scene, keyed):
        answer = keyed(scene.buyer, scene.asker).post(
            "/api/v1/conversations/", {"listing": "lst_0", "text": "?"}, format="json"
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/listing")
