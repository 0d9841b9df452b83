"""A lease that ended early, with a fee and damage: settled by both, or by the platform, never by silence."""

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import deposits, downtime, leases, mediators, moves, settlements
from leasing.actions.ticket_moves import LeaseIsSettled
from leasing.models import DepositMovement, DepositOrder, Lease, LeaseUnit, Settlement, Ticket, Transition
from leasing.queries.settlements import facts_of
from leasing.rules import canonical
from leasing.rules.downtime import Remedy
from leasing.rules.history import first_broken
from leasing.rules.tickets import Cause, Severity
from marketplace.models import Membership, Notification, User
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import bring_back
from tests.leasing.damage import DAY, SEEN, Damage
from tests.leasing.settling import READY, Settling
from tests.leasing.tickets import FIXED, Desk

DENT = 320_000  # what was agreed of the damage


scene = once.fixture(lambda world: Settling(world))


@once.fixture
def open_(scene):
    scene.back()
    return scene.propose()


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("organization__name", flat=True))


def state(scene):
    lease = scene.now()
    return lease.status, lease.billing


class TestPropose:
    def test_follows_from_the_facts(self, scene, open_):
        lines = open_.document["lines"]
        fee = scene.lease.transitions.get(move="end")
        assert [(one["kind"], one["source"]) for one in lines] == [
            ("EARLY_END", fee.hash),
            ("DAMAGE", scene.damage.public_id),
        ]
        assert lines[0]["amount_minor"] == fee.facts["fee_minor"]
        assert lines[1]["amount_minor"] == DENT
        assert open_.document["owed_minor"] == fee.facts["fee_minor"] + DENT
        assert (open_.digest, open_.answer_by) == (canonical.digest(open_.document), READY + 7 * DAY)
        assert (told("settlement_proposed"), state(scene)[0]) == ([scene.world.lessee.name], "ENDED")

    def test_takes_the_place_of_the_last(self, scene, open_):
        fee = open_.document["lines"][0]["source"]
        second = scene.propose(scene.world.lessee, settled_at={fee: 0}, text="协商免收")
        open_.refresh_from_db()
        assert (open_.state, second.number, second.document["owed_minor"]) == ("REPLACED", 2, DENT)

    def test_settles_no_line_at_more(self, scene):
        scene.back()
        with pytest.raises(settlements.SettlementInvalid):
            scene.propose(settled_at={scene.damage.public_id: DENT + 1})
        assert not Settlement.objects.exists()

    def test_waits_for_the_machine(self, scene):
        with pytest.raises(settlements.NotReadyToSettle) as refused:
            scene.propose()
        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == (f"/units/{scene.unit.public_id}", "machine_not_back")

    def test_waits_for_damage_claims(self, scene):
        second = scene.claimed()
        scene.back()
        with pytest.raises(settlements.NotReadyToSettle) as refused:
            scene.propose()
        assert [one.pointer for one in refused.value.flaws] == [f"/damage_claims/{second.public_id}"]

    def test_is_of_a_lease_that_ended(self, world):
        scene = Damage(world)
        with pytest.raises(moves.LeaseMoveRefused):
            settlements.propose(lease=scene.lease, by=world.owner, within=world.lessor, at=READY)
        assert not Settlement.objects.exists()

    def test_is_one_of_the_two_sides(self, scene):
        scene.back()
        world = scene.world
        given = {"lease": scene.now(), "at": READY}
        for who, by in (
            (world.stranger, world.outsider),
            (scene.platform, scene.judge),
            (world.lessor, world.watcher),
        ):
            with pytest.raises(MissingRight):
                settlements.propose(by=by, within=who, **given)
        assert not Settlement.objects.exists()


class TestTickets:
    """A standstill that somebody still argues about is settled before the lease is."""

    def ended(self, world, desk):
        lease = Lease.objects.get(pk=desk.lease.pk)
        ended = leases.end(lease=lease, by=world.owner, at=READY)
        bring_back(ended, owner=world.owner, at=READY)
        return Lease.objects.select_related("lessor", "lessee").get(pk=lease.pk)

    def test_that_is_proposed_is_open(self, world):
        desk = Desk(world)
        ticket = desk.proposed()
        with pytest.raises(settlements.NotReadyToSettle) as refused:
            settlements.propose(lease=self.ended(world, desk), by=world.owner, within=world.lessor, at=READY)
        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == (f"/tickets/{ticket.public_id}", "ticket_proposed")
        assert flaw.facts == {"machine": "VMC-1", "day": "2026-03-10"}

    def test_that_nobody_asks_about_is_not(self, world):
        desk = Desk(world)
        desk.measured()
        made = settlements.propose(
            lease=self.ended(world, desk), by=world.owner, within=world.lessor, at=READY
        )
        assert made.document["lines"] == []

    def test_that_is_settled_stands_in_the_statement(self, world):
        desk = Desk(world)
        ticket = desk.settled()
        credit = ticket.credits.get()
        made = settlements.propose(
            lease=self.ended(world, desk), by=world.owner, within=world.lessor, at=READY
        )
        (line,) = made.document["lines"]
        assert (line["kind"], line["source"], line["by_invoice"], line["amount_minor"]) == (
            "RENT_CREDIT",
            credit.public_id,
            True,
            None,
        )

    def settle(self, world, desk):
        made = settlements.propose(
            lease=self.ended(world, desk), by=world.owner, within=world.lessor, at=READY
        )
        settlements.agree(settlement=made, digest=made.digest, by=world.buyer, within=world.lessee, at=READY)

    def test_gives_nothing_any_more_when_the_lease_is_settled(self, world):
        desk = Desk(world)
        down, minor = desk.measured(), desk.solved(severity=Severity.MINOR)
        self.settle(world, desk)
        with pytest.raises(LeaseIsSettled):
            desk.act("propose", down, world.lessee, READY, cause=Cause.LESSOR, text="驱动器老化")
        with pytest.raises(LeaseIsSettled):
            desk.act("reopen", minor, world.lessee, READY, text="又停了")
        found = Ticket.objects.with_sides().order_by("pk")
        assert [one.allowed for one in found] == [["measure", "photos"], ["confirm", "photos"]]

    def test_takes_no_credit_into_the_database_then(self, world):
        desk = Desk(world)
        credit = desk.settled().credits.get()
        self.settle(world, desk)
        credit.pk, credit.public_id = None, "crd_x"
        with pytest.raises(IntegrityError, match="no credit arises"), transaction.atomic():
            credit.save(force_insert=True)

    def test_whose_time_is_over_stays_as_it_is(self, world):
        desk = Desk(world)
        ticket = desk.proposed()
        lease = self.ended(world, desk)
        Lease.objects.filter(pk=lease.pk).update(status="SETTLED", billing="SETTLED")  # without a statement
        stands = Ticket.objects.with_sides().get(pk=ticket.pk)
        left = downtime.close_due(ticket=stands, by=desk.clock, at=READY)
        assert (left.attribution, left.credits.count()) == ("PROPOSED", 0)

    def test_that_gives_days_names_them(self, world):
        desk = Desk(world)
        ticket = desk.act("agree", desk.proposed(remedy=Remedy.EXTENSION), world.lessor, FIXED + DAY)
        made = settlements.propose(
            lease=self.ended(world, desk), by=world.owner, within=world.lessor, at=READY
        )
        days = sum(one.days for one in ticket.credits.exclude(days=None))
        found = [one["facts"] for one in made.document["lines"] if one["kind"] == "DAYS_OF_STANDSTILL"]
        assert found == [{"days": str(days)}]


class TestAgree:
    def test_settles_the_lease(self, scene, open_):
        scene.does("agree", open_, scene.world.lessee, digest=open_.digest)

        assert state(scene) == ("SETTLED", "SETTLED")
        steps = list(scene.lease.transitions.select_related("lease").order_by("position"))
        assert (steps[-1].move, steps[-1].evidence, steps[-1].reason_code) == (
            "settle",
            [open_.digest],
            "AGREED",
        )
        assert steps[-1].facts["balance_minor"] == open_.balance_minor == 0
        assert first_broken(one.link() for one in steps) is None
        assert told("settlement_agreed") == [scene.world.lessor.name]
        with pytest.raises(moves.LeaseMoveRefused):
            scene.propose()

    def test_is_the_other_sides_by_what_it_read(self, scene, open_):
        with pytest.raises(settlements.OwnSettlement):
            scene.does("agree", open_, scene.world.lessor, digest=open_.digest)
        with pytest.raises(settlements.SettlementOutdated):
            scene.does("agree", open_, scene.world.lessee, digest="0" * 64)
        with pytest.raises(MissingRight):
            scene.does("agree", open_, scene.platform, digest=open_.digest)
        assert state(scene)[0] == "ENDED"

    def test_holds_while_the_facts_do(self, scene, open_):
        deposits.approve(
            order=deposits.order(
                deposit=scene.deposit(), amount_minor=1, reason="x", by=scene.world.owner, at=READY
            ),
            by=scene.world.clerk,
            at=READY,
        )
        with pytest.raises(settlements.SettlementOutdated):
            scene.does("agree", open_, scene.world.lessee, digest=open_.digest)
        assert state(scene)[0] == "ENDED"

    def test_waits_for_what_was_opened_since(self, scene, open_):
        scene.claimed()
        with pytest.raises(settlements.NotReadyToSettle):
            scene.does("agree", open_, scene.world.lessee, digest=open_.digest)

    def test_is_of_what_is_open(self, scene, open_):
        scene.propose()
        with pytest.raises(settlements.SettlementClosed):
            scene.does("agree", open_, scene.world.lessee, digest=open_.digest)


class TestThePlatform:
    def test_is_asked_by_the_other_side_at_once_and_by_the_first_in_time(self, scene, open_):
        with pytest.raises(settlements.TimeToAnswer):
            scene.does("refer", open_, scene.world.lessor, text="没有回音")
        with pytest.raises(settlements.SettlementInvalid):
            scene.does("refer", open_, scene.world.lessee, text=" ")
        made = scene.does("refer", open_, scene.world.lessor, READY + 7 * DAY, text="没有回音")
        assert made.referred_at == READY + 7 * DAY
        assert told("settlement_referred") == sorted([scene.world.lessee.name, scene.platform.name])

        with pytest.raises(settlements.SettlementReferred):
            scene.does("refer", open_, scene.world.lessee, text="x")
        with pytest.raises(settlements.SettlementReferred):
            scene.propose(scene.world.lessee)
        scene.does("agree", made, scene.world.lessee, digest=made.digest)
        assert state(scene)[0] == "SETTLED"

    def test_decides_with_reasons(self, scene, open_):
        scene.does("refer", open_, scene.world.lessee, text="费用太高")
        fee = open_.document["lines"][0]["source"]
        scene.does("decide", open_, scene.platform, text="提前两周告知", settled_at={fee: 100_000})

        assert state(scene) == ("SETTLED", "SETTLED")
        open_.refresh_from_db()
        final = Settlement.objects.final().get()
        assert (open_.state, final.state, final.side) == ("REPLACED", "DECIDED", "platform")
        assert final.document["owed_minor"] == 100_000 + DENT
        step = scene.lease.transitions.order_by("position").last()
        assert (step.reason, step.organization, step.evidence) == (
            "提前两周告知",
            scene.platform.public_id,
            [final.digest],
        )
        assert told("settlement_decided") == sorted([scene.world.lessor.name, scene.world.lessee.name])

    def test_decides_what_it_was_asked(self, scene, open_):
        with pytest.raises(settlements.SettlementNotReferred):
            scene.does("decide", open_, scene.platform, text="x")
        scene.does("refer", open_, scene.world.lessee, text="费用太高")
        with pytest.raises(settlements.SettlementInvalid):
            scene.does("decide", open_, scene.platform, text=" ")
        with pytest.raises(settlements.SettlementInvalid):
            scene.does("decide", open_, scene.platform, text="x", settled_at={"x": 1})
        with pytest.raises(MissingRight):
            scene.does("decide", open_, scene.world.lessor, text="x")
        Membership.objects.create(user=scene.judge, organization=scene.world.lessee, role=Role.VIEWER)
        scene.people[scene.platform] = User.objects.get(pk=scene.judge.pk)  # as a request of its own
        with pytest.raises(mediators.MediatorIsParty):
            scene.does("decide", open_, scene.platform, text="x")
        assert state(scene)[0] == "ENDED"

    def test_is_not_asked_where_it_is_a_side(self, scene, open_):
        type(scene.platform).objects.filter(pk=scene.platform.pk).update(kind="SME")
        type(scene.platform).objects.filter(pk=scene.world.lessor.pk).update(kind="PLATFORM")
        with pytest.raises(mediators.PlatformIsParty):
            scene.does("refer", open_, scene.world.lessee, text="费用太高")


class TestTheDeposit:
    def order(self, scene, amount, reason="结算"):
        return settlements.order_set_off(
            deposit=scene.deposit(), amount_minor=amount, reason=reason, by=scene.world.owner, at=READY
        )

    def test_is_set_off_by_two_persons_and_no_more_than_agreed(self, scene):
        scene.settled()
        owed = Settlement.objects.final().get().set_off_minor
        with pytest.raises(settlements.SetOffTooMuch):
            self.order(scene, owed + 1)
        first = self.order(scene, owed - 1)
        with pytest.raises(settlements.SetOffTooMuch):
            self.order(scene, 2)
        with pytest.raises(MissingRight):
            settlements.order_set_off(
                deposit=scene.deposit(), amount_minor=1, reason="x", by=scene.world.buyer, at=READY
            )
        deposits.approve(order=first, by=scene.world.clerk, at=READY)
        deposits.approve(order=self.order(scene, 1), by=scene.world.clerk, at=READY)
        found = scene.deposit()
        assert (found.set_off_minor, found.held_minor) == (owed, 2_000_000 - owed)

    def test_is_not_touched_before(self, scene):
        with pytest.raises(settlements.SetOffTooMuch):
            self.order(scene, 1)
        assert not DepositOrder.objects.exists()


class TestOtherDebts:
    def test_of_a_machine_that_was_lost_or_sold_and_days(self, scene):
        lease, given = scene.lease, {"actor": "x", "actor_name": "x", "occurred_at": READY, "hash": "h"}
        base = {"lease": lease, "status_after": "LOST", **given}
        lost = {"value_minor": 5_000_000, "value_basis": "账面净值", "case": "PICC-7"}
        Transition.objects.create(position=91, move="lose", facts=lost, **base)
        Transition.objects.create(position=92, move="buy_out", facts={"price_minor": 9_000_000}, **base)
        Transition.objects.create(position=93, move="give_notice", facts={"fee_minor": 0}, **base)
        lease.suspensions.create(
            cause="FORCE_MAJEURE",
            treatment="PAUSED",
            started_at=SEEN,
            ended_at=SEEN + DAY,
            days_added=2,
            days_credited=1,
        )
        found = [(one.kind, one.amount_minor, dict(one.facts)) for one in facts_of(lease)]
        assert found[1:3] == [
            ("LOSS", 5_000_000, {"basis": "账面净值", "case": "PICC-7"}),
            ("SALE", 9_000_000, {}),
        ]
        assert found[-2:] == [("DAYS_ADDED", None, {"days": "2"}), ("DAYS_OWED", None, {"days": "1"})]


class TestTheDatabase:
    def test_keeps_statements(self, scene, open_):
        for change in ({"balance_minor": 1}, {"digest": "x"}, {"document": {}}, {"set_off_minor": 0}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Settlement.objects.filter(pk=open_.pk).update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            open_.delete()
        scene.does("agree", open_, scene.world.lessee, digest=open_.digest)
        with pytest.raises(IntegrityError), transaction.atomic():
            Settlement.objects.update(text="x")

    def test_has_one_open(self, scene, open_):
        open_.pk, open_.public_id, open_.number = None, "stl_x", 2
        with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
            open_.save(force_insert=True)

    def test_writes_no_settlement_into_the_history_while_something_is_open(self, scene):
        given = {"lease": scene.lease, "position": 99, "move": "settle", "status_after": "SETTLED"}
        given |= {"actor": "x", "actor_name": "x", "occurred_at": READY, "hash": "h"}
        with pytest.raises(IntegrityError, match="something is open"), transaction.atomic():
            Transition.objects.create(**given)
        scene.settled()
        with transaction.atomic():
            LeaseUnit.objects.filter(lease=scene.lease).update(state="IN_REPAIR")
            with pytest.raises(IntegrityError, match="something is open"), transaction.atomic():
                Transition.objects.create(**given)

    def test_sets_off_no_more_than_agreed(self, scene):
        deposit = scene.deposit()
        made = DepositOrder.objects.create(
            deposit=deposit, kind="SET_OFF", amount_minor=1, reason="x", maker="a", made_at=READY
        )
        with pytest.raises(IntegrityError, match="no more is set off"), transaction.atomic():
            DepositMovement.objects.create(
                deposit=deposit, kind="SET_OFF", amount_minor=1, order=made, person="b", at=READY
            )
        assert scene.deposit().set_off_minor == 0
