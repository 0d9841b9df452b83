"""The life of a lease."""

import inspect
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest

from devices.ownership.actions import agreements as ownership_agreements
from devices.ownership.rules import data_terms
from devices.ownership.rules.data_terms import Acceptance
from leasing.actions import early_ends, endings, holds, leases, moves, offers
from leasing.actions.acts import ACTS
from leasing.models import Lease, LeaseUnit, Transition
from leasing.rules.history import first_broken
from leasing.rules.leases import BEGUN, OVER, Move, Side, Status
from leasing.rules.terms import InvalidTerms
from marketplace.actions import claims
from marketplace.models import AuditEntry, Claim, Equipment, Listing, ListingUnit
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.leasing.world import ASKED, DECIDED, END, HANDOVER, PERIOD, PLAN, START

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    """Watch what is told to data ownership."""
    told = []
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: told.append(("open", facts)))
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: told.append(("close", facts)))
    return told


def state(lease):
    lease.refresh_from_db()
    return lease.status, lease.version, lease.transitions.count(), Claim.objects.active().count()


def accepted(world, lease):
    """Who accepted the data terms: the lessee by asking, the lessor by accepting that."""
    digest = data_terms.digest(lease.agreed.data_terms)
    sides = [("lessee", world.lessee, world.buyer, ASKED), ("owner", world.lessor, world.owner, DECIDED)]
    return [
        Acceptance(side, of.public_id, person.public_id, person.name, at, digest)
        for side, of, person, at in sides
    ]


class TestRequest:
    def test_copies_the_offer_and_occupies_nothing(self, world):
        lease = world.ask()

        lease.refresh_from_db()
        assert (lease.status, lease.version, lease.lessor, lease.lessee) == (
            Status.REQUESTED,
            1,
            world.lessor,
            world.lessee,
        )
        assert (lease.period, lease.requested_at) == (PERIOD, ASKED)
        assert lease.expected_usage == {"run_time": "300"}
        assert lease.terms["deposit_minor"] == 2_000_000
        assert lease.agreed.digest() == lease.terms_digest
        assert lease.number.startswith("L2026-0")
        assert not Claim.objects.exists()

    def test_keeps_the_terms_when_the_offer_is_edited(self, world):
        lease = world.ask()

        Listing.objects.update(price_plan=PLAN | {"minimum": {"amount": "9999.00"}})

        lease = offers.accept(lease=lease, by=world.owner, at=DECIDED)
        assert lease.agreed.price_plan.minimum is None

    def test_gives_every_lease_its_own_number(self, world):
        assert world.ask().number < world.ask().number

    def test_counts_the_year_in_the_zone_of_the_contract(self, world):
        new_year = datetime(2026, 12, 31, 20, tzinfo=UTC)
        lease = world.ask(period=Period(new_year, new_year + 10 * DAY), at=new_year)

        assert lease.number.startswith("L2027-")

    def test_writes_history_and_audit_trail(self, world):
        lease = world.ask()

        step = lease.transitions.get()
        assert (step.move, step.status_before, step.status_after) == (Move.REQUEST, "", Status.REQUESTED)
        assert (step.actor_name, step.organization, step.roles) == (
            "buyer",
            world.lessee.public_id,
            ["OPERATOR"],
        )
        assert step.facts["terms_digest"] == lease.terms_digest
        assert AuditEntry.objects.get(action="lease.request").subject == lease.public_id

    def test_refuses_with_every_fault_at_its_field(self, world):
        with pytest.raises(leases.RequestInvalid) as refusal:
            world.ask(
                period=Period(ASKED - 3 * DAY, ASKED - 2 * DAY),
                expected_usage={"parts": Decimal(-1)},
                note="x" * 2001,
            )

        assert [flaw.pointer for flaw in refusal.value.flaws] == [
            "/starts_at",
            "/ends_at",
            "/expected_usage/parts",
            "/note",
        ]
        assert not Lease.objects.exists()

    def test_needs_an_end(self, world):
        with pytest.raises(leases.RequestInvalid):
            world.ask(period=Period(START, None))

    def test_refuses_the_own_machine(self, world):
        with pytest.raises(leases.RequestInvalid) as refusal:
            world.ask(lessee=world.lessor, by=world.owner)

        assert [flaw.code for flaw in refusal.value.flaws] == ["own_listing"]

    @pytest.mark.parametrize("status", ["DRAFT", "PAUSED", "RETIRED"])
    def test_refuses_what_is_not_on_offer(self, world, status):
        Listing.objects.update(status=status)

        with pytest.raises(leases.ListingNotOffered):
            world.ask()

        assert not Lease.objects.exists()

    def test_refuses_an_offer_that_contradicts_itself(self, world):
        Listing.objects.update(count_rules=[])

        with pytest.raises(InvalidTerms):
            world.ask()

    def test_refuses_people_without_the_right(self, world):
        for person in (world.guest, world.owner, world.outsider):
            with pytest.raises(MissingRight):
                world.ask(by=person)

        assert not Lease.objects.exists()


class TestAccept:
    def test_claims_a_machine_with_its_buffers(self, world):
        lease = world.accepted()

        unit = lease.units.get()
        assert (lease.status, lease.version, lease.decided_at) == (Status.CONTRACTED, 4, DECIDED)
        assert (unit.equipment, unit.active_from) == (world.machines[0], None)
        assert (unit.claim.period.lower, unit.claim.period.upper) == (START - DAY, END + DAY)
        assert (unit.claim.reason, unit.claim.reference) == (Claim.Reason.LEASE, lease.public_id)
        assert lease.transitions.get(move=Move.ACCEPT).facts["equipment"] == unit.equipment.public_id

    def test_takes_the_next_machine_of_the_pool(self, world):
        first, second = world.accepted(), world.accepted()

        assert first.units.get().equipment == world.machines[0]
        assert second.units.get().equipment == world.machines[1]

    def test_takes_the_machine_that_the_lessor_chose(self, world):
        lease = offers.accept(lease=world.ask(), by=world.owner, at=DECIDED, equipment=world.machines[1])

        assert lease.units.get().equipment == world.machines[1]

    def test_says_when_the_soonest_machine_is_free(self, world):
        world.accepted(period=Period(START, END + 10 * DAY))
        world.accepted()
        late = world.ask()

        with pytest.raises(claims.MachineBusy) as refusal:
            offers.accept(lease=late, by=world.owner, at=DECIDED)

        assert refusal.value.facts == {
            "machine": "VMC-2",
            "taken_from": "2026-02-28 00:00",
            "taken_to": "2026-05-02 00:00",
            "free_from": "2026-05-03 00:00",
        }
        assert state(late) == (Status.REQUESTED, 1, 1, 2)

    def test_refuses_a_chosen_machine_that_is_busy(self, world):
        world.accepted()

        with pytest.raises(claims.MachineBusy):
            offers.accept(lease=world.ask(), by=world.owner, at=DECIDED, equipment=world.machines[0])

    def test_refuses_a_machine_of_another_listing(self, world):
        ListingUnit.objects.filter(equipment=world.machines[1]).delete()

        with pytest.raises(holds.NoMachineLeft):
            offers.accept(lease=world.ask(), by=world.owner, at=DECIDED, equipment=world.machines[1])

    def test_refuses_a_listing_without_machines_in_service(self, world):
        Equipment.objects.update(status=Equipment.Status.RETIRED, retirement=Equipment.Retirement.GONE)

        with pytest.raises(holds.NoMachineLeft):
            offers.accept(lease=world.ask(), by=world.owner, at=DECIDED)

    def test_comes_too_late_a_day_after_the_start(self, world):
        lease = world.ask()

        with pytest.raises(offers.TooLateToAccept):
            offers.accept(lease=lease, by=world.owner, at=START + DAY)

        assert state(lease) == (Status.REQUESTED, 1, 1, 0)

    def test_is_the_lessors(self, world):
        lease = world.ask()

        for person in (world.buyer, world.clerk, world.watcher, world.outsider):
            with pytest.raises(MissingRight):
                offers.accept(lease=lease, by=person, at=DECIDED)

        assert state(lease) == (Status.REQUESTED, 1, 1, 0)


class TestRefuse:
    def test_tells_why(self, world):
        lease = leases.refuse(lease=world.ask(), reason=" Sold ", by=world.owner, at=DECIDED)

        assert (lease.status, lease.decided_at) == (Status.REFUSED, DECIDED)
        assert lease.transitions.last().reason == "Sold"

    def test_needs_a_reason(self, world):
        lease = world.ask()

        with pytest.raises(moves.RecordMissing) as refusal:
            leases.refuse(lease=lease, reason="  ", by=world.owner, at=DECIDED)

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/reason"]
        assert state(lease) == (Status.REQUESTED, 1, 1, 0)


class TestCancel:
    def test_withdraws_a_request(self, world):
        lease = leases.cancel(lease=world.ask(), by=world.buyer, at=DECIDED, reason="No order")

        assert lease.status == Status.CANCELLED
        assert lease.transitions.last().reason == "No order"

    def test_frees_the_machine_at_once(self, world):
        lease = leases.cancel(lease=world.accepted(), by=world.buyer, at=DECIDED + DAY)

        assert state(lease) == (Status.CANCELLED, 5, 5, 0)

    def test_is_the_lessees(self, world):
        with pytest.raises(MissingRight):
            leases.cancel(lease=world.ask(), by=world.owner, at=DECIDED)


class TestActivate:
    def test_opens_the_data_to_the_lessee_from_the_handover_on(self, world, agreements):
        lease = world.active()

        assert (lease.status, lease.active_from, lease.units.get().active_from) == (
            Status.ACTIVE,
            HANDOVER,
            HANDOVER,
        )
        assert agreements == [
            (
                "open",
                {
                    "equipment": world.machines[0],
                    "owner": world.lessor,
                    "lessee": world.lessee,
                    "period": Period(HANDOVER, END),
                    "reference": lease.public_id,
                    "billing_channels": ["execution"],
                    "by": world.clock,
                    "at": HANDOVER,
                    "terms": {"template": "default_rights", "version": 1},
                    "accepted": accepted(world, lease),
                },
            )
        ]
        assert list(LeaseUnit.objects.running()) == [lease.units.get()]

    def test_is_the_lessors(self, world):
        lease = world.accepted()

        with pytest.raises(MissingRight):
            leases.activate(lease=lease, by=world.buyer, at=HANDOVER)


class TestEnd:
    @pytest.mark.parametrize("side", ["owner", "buyer"])
    def test_frees_the_rest_and_closes_the_data(self, world, agreements, side):
        lease, middle = world.active(), START + 20 * DAY

        leases.end(lease=lease, by=getattr(world, side), at=middle)

        assert state(lease) == (Status.ENDED, 8, 8, 1)
        unit = lease.units.get()
        assert (lease.active_to, unit.active_to) == (middle, middle)
        assert (unit.claim.core.upper, unit.claim.period.upper) == (middle, middle + DAY)
        assert agreements[-1][0] == "close"
        assert agreements[-1][1]["ends_at"] == middle
        assert not LeaseUnit.objects.running().exists()

    def test_never_runs_past_the_agreed_end(self, world):
        lease = leases.end(lease=world.active(), by=world.owner, at=END + DAY)

        assert lease.active_to == END
        assert lease.transitions.last().occurred_at == END + DAY

    def test_an_early_end_costs_the_lessee_what_a_notice_of_that_day_would(self, world):
        lease = world.active()
        shown = early_ends.preview(
            lease=lease, side=Side.LESSEE, ends_at=START + 10 * DAY, at=START + 10 * DAY - HOUR
        )

        leases.end(lease=lease, by=world.buyer, at=START + 10 * DAY)

        facts = lease.transitions.last().facts
        assert (facts["fee_days"], facts["fee_minor"]) == (30, shown.fee.minor)
        assert facts["fee_minor"] > 0

    @pytest.mark.parametrize("who", ["owner", "clock"])
    def test_an_end_by_the_lessor_or_at_its_time_costs_nothing(self, world, who):
        lease = world.active()
        leases.end(lease=lease, by=getattr(world, who), at=START + 10 * DAY if who == "owner" else END)

        assert not lease.transitions.last().facts.get("fee_minor")

    def test_comes_after_the_handover(self, world, agreements):
        lease = world.active()

        with pytest.raises(endings.EndBeforeStart):
            leases.end(lease=lease, by=world.owner, at=HANDOVER)

        assert state(lease) == (Status.ACTIVE, 7, 7, 1)
        assert [name for name, _ in agreements] == ["open"]

    def test_refuses_people_without_the_right(self, world):
        lease = world.active()

        for person, organization in (
            (world.clerk, world.lessor),
            (world.guest, world.lessee),
            (world.outsider, world.lessor),
        ):
            with pytest.raises(MissingRight) as refusal:
                leases.end(lease=lease, by=person, at=END)
            assert refusal.value.facts["organization"] == organization.name


class TestExpire:
    def test_closes_a_request_that_nobody_decided(self, world):
        lease = leases.expire(lease=world.ask(), by=world.clock, at=START + DAY)

        assert lease.status == Status.EXPIRED
        assert lease.transitions.last().roles == ["ROBOT"]

    def test_frees_a_machine_that_was_never_handed_over(self, world):
        lease = leases.expire(lease=world.accepted(), by=world.clock, at=END)

        assert state(lease) == (Status.EXPIRED, 5, 5, 0)

    def test_is_the_clocks(self, world):
        for person in (world.owner, world.buyer):
            with pytest.raises(MissingRight):
                leases.expire(lease=world.ask(), by=person, at=END)


class TestCloseDue:
    def test_ends_at_the_agreed_end_however_late_the_clock_is(self, world):
        lease = leases.close_due(lease=world.active(), by=world.clock, at=END + 5 * DAY)

        assert (lease.status, lease.active_to) == (Status.ENDED, END)

    def test_lets_requests_expire(self, world):
        assert leases.close_due(lease=world.ask(), by=world.clock, at=START + DAY).status == Status.EXPIRED

    def test_leaves_alone_what_is_not_due(self, world):
        lease = leases.close_due(lease=world.active(), by=world.clock, at=END - DAY)

        assert state(lease) == (Status.ACTIVE, 7, 7, 1)

    def test_is_the_clocks(self, world):
        with pytest.raises(MissingRight):
            leases.close_due(lease=world.active(), by=world.owner, at=END)


def at_status(world, status):
    """Bring a lease into a state by the moves that lead there."""
    if status == Status.REQUESTED:
        return world.ask()
    if status == Status.QUOTED:
        return world.quoted()
    if status == Status.COUNTERED:
        return world.countered()
    if status == Status.CONTRACTED:
        return world.ready()
    if status == Status.ACTIVE:
        return world.active()
    if status == Status.REFUSED:
        return leases.refuse(lease=world.ask(), reason="Sold", by=world.owner, at=DECIDED)
    if status == Status.CANCELLED:
        return leases.cancel(lease=world.ask(), by=world.buyer, at=DECIDED)
    if status == Status.EXPIRED:
        return leases.expire(lease=world.ask(), by=world.clock, at=END)
    if status == Status.ENDED:
        return leases.end(lease=world.active(), by=world.owner, at=END)
    lease = world.active() if status in BEGUN else world.ready()
    over = {"active_to": END, "billing": "STOPPED"} if status in OVER else {}
    Lease.objects.filter(pk=lease.pk).update(status=status, **over)
    lease.refresh_from_db()
    return lease


def make_move(world, move, lease, **more):
    by = {Move.CANCEL: world.buyer, Move.COUNTER: world.buyer, Move.EXPIRE: world.clock}.get(
        move, world.owner
    )
    if move == Move.ACCEPT and lease.status == Status.QUOTED:
        by = world.buyer
    at = {Move.EXPIRE: END, Move.END: END, Move.ACTIVATE: HANDOVER}.get(move, DECIDED)
    given = {
        Move.REFUSE: {"reason": "Sold"},
        Move.QUOTE: {"valid_until": DECIDED + 3 * DAY},
        Move.COUNTER: {"terms": {"deposit_minor": 5}},
        Move.ACCEPT: {"digest": lease.offers.last().digest, "mandate": "OFFICE"},
        Move.SUSPEND: {"cause": "LESSOR_FAULT"},
    }.get(move, {})
    return ACTS[move](lease=lease, by=by, at=at, **(not_looked_at(world, move) | given), **more)


def not_looked_at(world, move):
    """Return what a move needs besides: who is refused by the state is refused whatever it brings."""
    asked = inspect.signature(ACTS[move]).parameters.values()
    needed = [one.name for one in asked if one.default is one.empty]
    return {
        name: world.lessor if name == "within" else None
        for name in needed
        if name not in ("lease", "by", "at")
    }


def illegal(status):
    """Return the moves that a state does not allow."""
    return [move for move in ACTS if move != Move.REQUEST and move not in moves.moves_from(status)]


class TestIllegalMoves:
    @pytest.mark.parametrize("status", list(Status))
    def test_are_refused_with_what_is_allowed_and_change_nothing(self, world, status):
        lease = at_status(world, status)
        before = state(lease)

        for move in illegal(status):
            with pytest.raises(moves.LeaseMoveRefused) as refusal:
                make_move(world, move, lease)
            assert refusal.value.facts["allowed"] == [str(name) for name in moves.moves_from(status)], move
            assert str(refusal.value)
            assert state(lease) == before, move

    def test_every_move_has_its_action_or_is_made_by_another(self):
        """Changes, damage and what is settled have documents of their own; the clock reassigns and closes."""
        by_clock = {Move.REASSIGN, Move.CLOSE}
        by_document = {Move.CHANGE, Move.BUY_OUT, Move.CLAIM_DAMAGE, Move.ANSWER_DAMAGE, Move.DECIDE_DAMAGE}
        by_document |= {Move.REFER_RETURN, Move.DECIDE_RETURN, Move.SETTLE}
        assert set(Move) - set(ACTS) == by_clock | by_document

    @pytest.mark.parametrize("move", [Move.QUOTE, Move.ACCEPT, Move.REFUSE, Move.CANCEL])
    def test_see_the_version_that_the_caller_saw(self, world, move):
        lease = world.ask()

        with pytest.raises(moves.LeaseChanged) as refusal:
            make_move(world, move, lease, expected=7)
        assert (refusal.value.status, state(lease)) == (412, (Status.REQUESTED, 1, 1, 0))

        # an acceptance is approved and concluded with it
        assert make_move(world, move, lease, expected=1).version == (4 if move == Move.ACCEPT else 2)


class TestHistory:
    def test_is_a_chain_that_holds(self, world):
        lease = leases.end(lease=world.active(), by=world.buyer, at=END)

        steps = list(Transition.objects.filter(lease=lease).select_related("lease"))
        told = ["request", "accept", "approve", "contract", "secure", "hand_over", "activate", "end"]
        assert [step.move for step in steps] == told
        assert [step.position for step in steps] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert first_broken(step.link() for step in steps) is None

        steps[1].actor_name = "somebody else"
        assert first_broken(step.link() for step in steps) == 1

    def test_is_not_written_without_its_records(self, world):
        lease = world.ask()

        nothing = patch.object(moves, "missing_records", return_value=("claim",))

        with nothing, pytest.raises(moves.RecordMissing):
            offers.accept(lease=lease, by=world.owner, at=DECIDED)

        assert state(lease) == (Status.REQUESTED, 1, 1, 0)


def test_a_robot_that_is_switched_off_may_nothing(world):
    lease = world.active()
    world.clock.is_active = False

    with pytest.raises(MissingRight):
        leases.end(lease=lease, by=world.clock, at=END)
