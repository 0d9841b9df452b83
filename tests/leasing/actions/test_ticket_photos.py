"""Photos of a fault: all or none, by the two sides alone, in the history, and never more than five."""

import pytest
from django.db import IntegrityError, connection, transaction

from leasing.actions import photos, ticket_photos
from leasing.actions.photos import PhotoInvalid
from leasing.actions.ticket_moves import TicketMoveRefused
from leasing.actions.ticket_photos import NoTicketPhoto, TooManyTicketPhotos
from leasing.models import Photo, Ticket, TicketPhoto, TicketStep
from leasing.rules.history import first_broken
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import picture
from tests.leasing.tickets import HOUR, TOLD, Desk

pytestmark = pytest.mark.django_db
SCRIPT = b"<script>alert(1)</script>"


desk = once.fixture(lambda world: Desk(world))


def add(desk, ticket, who, *pictures, by=None, **more):
    found = Ticket.objects.with_sides().get(pk=ticket.pk)
    given = {"within": who, "by": by or desk.people[who], "at": TOLD + HOUR}
    return ticket_photos.add(ticket=found, pictures=list(pictures), **(given | more))


class TestWithTheReport:
    def test_they_are_kept_and_their_digests_stand_in_the_history(self, desk):
        made = desk.report(pictures=[picture(), picture((80, 60))])

        shots = TicketPhoto.objects.filter(ticket=made).known()
        assert [one.position for one in shots] == [1, 2]
        step = TicketStep.objects.get(ticket=made)
        assert step.evidence == sorted(one.photo.sha256 for one in shots)
        assert first_broken([step.link()]) is None

    @pytest.mark.parametrize("number", [0, 1])
    def test_a_script_is_refused_and_nothing_is_written(self, desk, number):
        pictures = [picture(), picture()]
        pictures[number] = SCRIPT

        with pytest.raises(PhotoInvalid) as refused:
            desk.report(pictures=pictures)

        assert refused.value.flaws[0].pointer == f"/photos/{number}"
        assert not Ticket.objects.exists()
        assert not Photo.objects.exists()

    def test_six_are_too_many(self, desk):
        with pytest.raises(TooManyTicketPhotos):
            desk.report(pictures=[picture()] * 6)

        assert not Ticket.objects.exists()


class TestLater:
    def test_each_side_adds_and_it_is_a_step(self, desk, world):
        made = desk.report()
        add(desk, made, world.lessee, picture())
        after = add(desk, made, world.lessor, picture((90, 90)))

        assert (after.status, after.version) == ("OPEN", 3)
        assert list(TicketStep.objects.filter(ticket=made).values_list("move", flat=True)) == [
            "report",
            "photos",
            "photos",
        ]
        assert first_broken(step.link() for step in TicketStep.objects.filter(ticket=made)) is None

    def test_all_or_none(self, desk, world):
        made = desk.report()

        with pytest.raises(PhotoInvalid):
            add(desk, made, world.lessee, picture(), SCRIPT)

        assert not Photo.objects.exists()
        assert Ticket.objects.get().version == 1

    def test_a_sixth_is_refused(self, desk, world):
        made = desk.report(pictures=[picture()] * 4)

        with pytest.raises(TooManyTicketPhotos) as refused:
            add(desk, made, world.lessor, picture(), picture())

        assert refused.value.facts["known"] == 4
        assert Photo.objects.count() == 4
        add(desk, made, world.lessor, picture())

    def test_nothing_is_no_photo(self, desk, world):
        with pytest.raises(NoTicketPhoto):
            add(desk, desk.report(), world.lessee)

    def test_nobody_else_adds(self, desk, world):
        made = desk.report()

        for who, by in ((world.stranger, None), (world.lessee, world.guest), (desk.platform, None)):
            with pytest.raises(MissingRight):
                add(desk, made, who, picture(), by=by)
        assert not Photo.objects.exists()

    def test_not_when_it_was_withdrawn_or_is_settled(self, desk, world):
        settled = desk.settled()
        withdrawn = desk.act("withdraw", desk.report(at_report=TOLD), world.lessee, TOLD + HOUR)

        for made in (settled, withdrawn):
            with pytest.raises(TicketMoveRefused):
                add(desk, made, world.lessee, picture())


class TestTheDatabase:
    def test_knows_no_sixth(self, desk):
        made = desk.report(pictures=[picture()] * 5)
        extra = photos.take(
            lease=desk.lease, data=picture(), by=desk.world.buyer, within=desk.world.lessee, at=TOLD
        )

        for position in (6, 5, 0):
            with pytest.raises(IntegrityError), transaction.atomic():
                TicketPhoto.objects.create(ticket=made, photo=extra, position=position)

    def test_takes_no_photo_of_another_lease(self, desk, world):
        made = desk.report()
        other = world.accepted()
        foreign = photos.take(lease=other, data=picture(), by=world.buyer, within=world.lessee, at=TOLD)

        with pytest.raises(IntegrityError, match="photo of its lease"):
            TicketPhoto.objects.create(ticket=made, photo=foreign, position=1)

    @pytest.mark.parametrize("statement", ["UPDATE leasing_ticketphoto SET position = 2", "DELETE FROM {}"])
    def test_keeps_what_is_there(self, desk, statement):
        desk.report(pictures=[picture()])

        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement.format("leasing_ticketphoto"))
