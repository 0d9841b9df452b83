"""What is open between two sides: each kind with whose turn it is, for either side and for nobody else."""

from leasing.models import Lease
from leasing.queries.open_cases import open_cases
from tests.leasing.actions.test_referrals import ASKED, Scene
from tests.leasing.damage import Damage
from tests.leasing.settling import Settling
from tests.leasing.tickets import DAY, FIXED, Desk


def turns(world):
    """Return kind, turn and deadline of what is open to lessor and lessee, and that strangers see nothing."""
    people = ((world.lessor, world.owner), (world.lessee, world.buyer))
    assert open_cases(world.stranger, world.outsider) == []
    found = [open_cases(*one) for one in people]
    return [[(one.kind.value, one.waits.value, one.name, one.until) for one in side] for side in found]


def test_a_damage_claim_waits_for_the_lessee(world):
    scene = Damage(world)
    claim = scene.claimed()
    about = claim.public_id
    assert turns(world) == [
        [("DAMAGE", "OTHER", about, claim.reply_until)],
        [("DAMAGE", "YOU", about, claim.reply_until)],
    ]


def test_a_contested_claim_waits_for_either_until_the_platform_is_asked(world):
    scene = Damage(world)
    claim = scene.contested()
    about = claim.public_id
    assert turns(world) == [[("DAMAGE", "EITHER", about, None)]] * 2

    scene.act("refer", claim, world.lessor, text="Decide")

    assert turns(world) == [[("DAMAGE", "PLATFORM", about, None)]] * 2


def test_a_statement_waits_for_whom_it_was_proposed_to_then_for_the_platform(world):
    scene = Settling(world)
    scene.back()
    made = scene.propose(world.lessor)
    assert turns(world) == [
        [("SETTLEMENT", "OTHER", made.public_id, made.answer_by)],
        [("SETTLEMENT", "YOU", made.public_id, made.answer_by)],
    ]

    scene.does("refer", made, world.lessee, text="Too much")

    assert turns(world) == [[("SETTLEMENT", "PLATFORM", made.public_id, None)]] * 2


def test_a_standstill_waits_for_the_other_side_until_it_is_contested(world):
    desk = Desk(world)
    proposed = desk.proposed()
    mine, others = turns(world)
    assert {mine[0][1], others[0][1]} == {"YOU", "OTHER"}
    assert mine[0][3] == others[0][3] == proposed.reply_by

    desk.act("contest", proposed, world.lessor, FIXED + 3 * DAY, text="It ran")

    assert turns(world) == [[("STANDSTILL", "PLATFORM", proposed.public_id, None)]] * 2


def test_a_return_waits_for_the_platform_until_the_lease_is_settled(world):
    scene = Scene(world)
    record = scene.written(world.lessee)
    assert turns(world) == [[], []]
    scene.does("refer", record, world.lessor)

    assert turns(world) == [[("RETURN", "PLATFORM", record.public_id, None)]] * 2
    (one,) = open_cases(world.lessee, world.buyer, "RETURN")
    assert (one.number, one.other, one.since) == (scene.way.lease.number, world.lessor.name, ASKED)
    assert open_cases(world.lessee, world.buyer, "DAMAGE") == []
    Lease.objects.filter(pk=scene.way.pk).update(status="SETTLED")
    assert turns(world) == [[], []]
