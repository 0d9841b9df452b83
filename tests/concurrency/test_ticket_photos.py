"""Two people add the fifth photo to one ticket, on real transactions; with and without locks."""

from unittest.mock import patch

import pytest

from leasing.actions import ticket_photos
from leasing.models import Photo, Ticket, TicketPhoto, TicketStep
from leasing.models.tickets import TicketQuerySet
from leasing.rules.tickets import MOST_PHOTOS
from tests.concurrency.test_handovers import meet, no_locks
from tests.concurrency.test_leases import fresh, outcome
from tests.factories.leasing import picture
from tests.leasing import world as worlds
from tests.leasing.tickets import HOUR, TOLD, Desk
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def two_add():
    """Both meet when they have counted four photos and are about to write."""
    world = worlds.make(machines=1)
    made = Desk(world).report(pictures=[picture()] * (MOST_PHOTOS - 1))

    def act(by, within, size):
        ticket = Ticket.objects.with_sides().get(pk=made.pk)
        given = {"within": within, "by": fresh(by), "at": TOLD + HOUR}
        return ticket_photos.add(ticket=ticket, pictures=[picture((size, size))], **given)

    with meet(ticket_photos.photos, "keep"):
        return at_once(lambda: act(world.owner, world.lessor, 70), lambda: act(world.buyer, world.lessee, 90))


class TestTwoAddTheFifth:
    def test_one_does_and_the_other_is_told_how_many_there_are(self):
        results = two_add()

        assert outcome(results) == ["Ticket", "TooManyTicketPhotos"]
        (refused,) = (one for one in results if isinstance(one, Exception))
        assert refused.facts["known"] == MOST_PHOTOS

    def test_without_the_locks_the_second_meets_the_database(self):
        unlocked = patch.object(TicketQuerySet, "locked", lambda self: self.order_by("pk"))
        with no_locks(), unlocked:
            results = two_add()

        assert outcome(results) == ["IntegrityError", "Ticket"]
        assert "ticketphoto_once" in str(next(one for one in results if isinstance(one, Exception)))

    @pytest.mark.parametrize("locked", [True, False])
    def test_nothing_of_the_second_stays(self, locked):
        if locked:
            two_add()
        else:
            with no_locks(), patch.object(TicketQuerySet, "locked", lambda self: self.order_by("pk")):
                two_add()

        assert (TicketPhoto.objects.count(), Photo.objects.count()) == (MOST_PHOTOS, MOST_PHOTOS)
        assert TicketStep.objects.filter(move="photos").count() == 1
