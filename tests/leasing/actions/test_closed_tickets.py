"""A ticket that is open when the machine is home keeps nobody from settling: either side closes it."""

from datetime import datetime

import pytest
from django.utils import translation

from leasing.actions import downtime, leases, moves, settlements, ticket_moves, tickets
from leasing.models import Lease, Settlement, Ticket
from leasing.rules.downtime import Remedy
from leasing.rules.tickets import Attribution, Cause, Status
from leasing.web import ticket_words
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import bring_back
from tests.leasing.tickets import AGREED, DAY, Desk


@once.fixture
def desk(world):
    return Desk(world)


def end(desk, at=AGREED):
    leases.end(lease=Lease.objects.get(pk=desk.lease.pk), by=desk.world.owner, at=at)


def home(desk):
    """End the lease and let the machine be back and ready."""
    end(desk)
    bring_back(lease_of(desk), owner=desk.world.owner, at=AGREED + DAY)


def lease_of(desk):
    return Lease.objects.select_related("lessor", "lessee", "listing").get(pk=desk.lease.pk)


def propose(desk, at=AGREED + 2 * DAY):
    return settlements.propose(lease=lease_of(desk), by=desk.world.buyer, within=desk.world.lessee, at=at)


def what_is_open(desk):
    with pytest.raises(settlements.NotReadyToSettle) as refused:
        propose(desk)
    assert not Settlement.objects.exists()
    (flaw,) = refused.value.flaws
    return flaw


def test_the_settlement_names_it_and_says_what_to_do(desk):
    ticket = desk.report()
    home(desk)
    flaw = what_is_open(desk)
    assert (flaw.pointer, flaw.code) == (f"/tickets/{ticket.public_id}", "ticket_open")
    assert "Either side closes it" in flaw.text


@pytest.mark.parametrize("side", ["lessee", "lessor"])
def test_either_side_closes_it_and_it_stood_until_the_end_of_the_use(desk, side):
    ticket = desk.report()
    home(desk)
    made = desk.act("close", ticket, getattr(desk.world, side), AGREED + DAY)

    assert (made.status, made.attribution) == (Status.CONFIRMED, Attribution.NONE)
    assert made.down_to == made.unit.active_to == AGREED
    assert datetime.fromisoformat(made.steps.last().facts["down_to"]) == AGREED
    told = Notification.objects.get(kind="ticket_closed").organization
    assert told == (desk.world.lessor if side == "lessee" else desk.world.lessee)
    assert propose(desk).document["lines"] == []


def test_who_bears_it_may_still_be_proposed_and_gives_its_credit(desk):
    ticket = desk.report()
    home(desk)
    made = desk.act("close", ticket, desk.world.lessee, AGREED + DAY)
    later = made.measure_at
    measured = downtime.measure(ticket=Ticket.objects.with_sides().get(pk=made.pk), by=desk.clock, at=later)
    given = {"cause": Cause.LESSOR, "text": "Drive", "remedy": Remedy.CREDIT}
    proposed = desk.act("propose", measured, desk.world.lessee, later, **given)
    assert what_is_open(desk).code == "ticket_proposed"
    settled = desk.act("agree", proposed, desk.world.lessor, later)

    assert settled.credits.exists()
    assert {one["kind"] for one in propose(desk, later).document["lines"]} == {"RENT_CREDIT"}


def test_what_is_contested_or_repaired_says_so(desk):
    solved = desk.solved()
    home(desk)
    assert what_is_open(desk).code == "ticket_solved"
    with pytest.raises(ticket_moves.TicketMoveRefused):
        desk.act("close", solved, desk.world.lessee, AGREED + DAY)
    assert Ticket.objects.get(pk=solved.pk).status == Status.SOLVED


def test_what_is_contested_says_so(desk):
    proposed = desk.proposed()
    desk.act("contest", proposed, desk.world.lessor, AGREED, text="No")
    home(desk)
    assert what_is_open(desk).code == "ticket_contested"


def test_while_the_machine_is_used_it_is_repaired_instead(desk):
    ticket = desk.report()
    with pytest.raises(ticket_moves.StillInUse):
        desk.act("close", ticket, desk.world.lessee, AGREED)
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert (fresh.status, fresh.down_to, fresh.steps.count()) == (Status.OPEN, None, 1)
    assert "close" not in fresh.allowed


def test_it_is_of_the_two_sides(desk):
    ticket = desk.report()
    end(desk)
    found = Ticket.objects.with_sides().get(pk=ticket.pk)
    for within, by in (
        (desk.world.stranger, desk.world.outsider),
        (desk.platform, desk.judge),
        (desk.world.lessee, desk.world.guest),
    ):
        with pytest.raises(MissingRight):
            tickets.close(ticket=found, within=within, by=by, at=AGREED)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN


def test_a_lease_that_was_not_ended_is_not_settled_by_it(desk):
    with pytest.raises(moves.LeaseMoveRefused):
        propose(desk)


def test_a_closed_ticket_does_not_say_that_the_machine_works_again(desk):
    ticket = desk.report()
    home(desk)
    desk.act("close", ticket, desk.world.lessee, AGREED + DAY)
    closed = Ticket.objects.with_sides().get(pk=ticket.pk)

    with translation.override("en"):
        assert (ticket_words.label(closed), ticket_words.kind(closed)) == ("Closed with the use", "off")
        assert ticket_words.headline(closed).startswith("Closed with the end of the use; nobody says")
        assert [one["done"] for one in ticket_words.times(closed)] == [None, None]
        assert ticket_words.events(closed)[0]["kind"] == "off"


def test_a_repaired_one_does(desk):
    solved = desk.solved()
    desk.act("confirm", solved, desk.world.lessee, solved.confirm_by - DAY)
    done = Ticket.objects.with_sides().get(pk=solved.pk)

    with translation.override("en"):
        assert (ticket_words.label(done), ticket_words.kind(done)) == ("Works again", "run")
        assert ticket_words.headline(done).startswith("It works again.")
        assert ticket_words.times(done)[1]["done"] is not None
