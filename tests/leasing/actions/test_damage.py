"""A dent of 4,000 yuan at 75 percent and a key of 200: from the damage claim to what is owed."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import damage, leases, mediators, moves
from leasing.models import DamageClaim, DamageWord, Lease
from leasing.rules import canonical
from leasing.rules.damage import Act, Cause
from leasing.rules.history import first_broken
from leasing.rules.leases import Move, Side
from marketplace.models import Membership, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.damage import DAY, LATE, REPLY, SEEN, Damage
from tests.leasing.world import HANDOVER

scene = once.fixture(lambda world: Damage(world))


def stands(claim):
    claim.refresh_from_db()
    return claim.state, claim.asked_minor, claim.conceded_minor, claim.awarded_minor


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("organization__name", flat=True))


class TestClaim:
    def test_says_each_item_with_what_shows_it(self, scene):
        made = scene.claimed(insurer_reference="PICC-7", note="交还时发现")

        assert (made.claimed_minor, stands(made)) == (320_000, ("RAISED", 320_000, None, None))
        assert made.digest == canonical.digest(made.document)
        assert [one["share_minor"] for one in made.document["items"]] == [300_000, 20_000]
        shot = {"photo": scene.photo.public_id, "sha256": scene.photo.sha256}
        assert made.document["items"][0]["photos"] == [shot]
        assert made.document["insurer_reference"] == "PICC-7"

    def test_is_a_move_of_the_lease_and_is_told(self, scene):
        made = scene.claimed()

        steps = list(Lease.objects.get(pk=scene.lease.pk).transitions.select_related("lease"))
        assert steps[-1].move == Move.CLAIM_DAMAGE
        assert steps[-1].evidence == [made.digest]
        assert steps[-1].facts == {
            "damage": made.digest,
            "damage_claim": made.public_id,
            "amount_minor": 320_000,
            "reply_until": REPLY.isoformat(),
        }
        assert first_broken(step.link() for step in steps) is None
        assert told("damage_claimed") == [scene.world.lessee.name]

    def test_names_records_of_the_machine(self, scene):
        (record,) = scene.unit.condition_records.all()
        items = [replace(one, before=record.public_id) for one in scene.items()]
        made = scene.claimed(items=items)
        paper = {"record": record.public_id, "digest": record.digest}
        assert (made.document["items"][0]["before"], made.document["items"][0]["after"]) == (paper, None)

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"cause": Cause.WEAR}, "/items/0/cause"),
            ({"photos": ("pho_x",)}, "/items/0/photos"),
            ({"before": "rec_x"}, "/items/0/before"),
            ({"after": "rec_x"}, "/items/0/after"),
        ],
    )
    def test_refuses_wear_and_what_is_not_of_this_lease(self, scene, change, pointer):
        with pytest.raises(damage.DamageInvalid) as refused:
            scene.claimed(items=[replace(scene.items()[0], **change)])
        assert [one.pointer for one in refused.value.flaws] == [pointer]
        assert not DamageClaim.objects.exists()

    def test_gives_three_days_to_reply(self, scene):
        with pytest.raises(damage.DamageInvalid):
            scene.claimed(reply_until=SEEN + 2 * DAY)
        assert not DamageClaim.objects.exists()

    def test_is_the_lessors(self, scene):
        world = scene.world
        for within, by in (
            (world.lessee, world.buyer),
            (world.stranger, world.outsider),
            (scene.platform, scene.judge),
            (world.lessor, world.watcher),
        ):
            with pytest.raises(MissingRight):
                scene.claimed(within=within, by=by)
        assert not DamageClaim.objects.exists()

    def test_is_about_a_lease_that_has_begun(self, scene):
        lease = scene.world.accepted()
        with pytest.raises(moves.LeaseMoveRefused):
            scene.claimed(unit=lease.units.select_related("lease__lessor", "equipment").get())
        with pytest.raises(moves.LeaseChanged):
            scene.claimed(expected=99)


class TestTheTwo:
    def test_a_lessee_that_accepts_owes_it(self, scene):
        made = scene.settle(scene.claimed())
        assert stands(made) == ("ACCEPTED", 320_000, None, 320_000)
        assert (made.owed_minor, made.decided_at, told("damage_accepted")) == (
            320_000,
            SEEN + DAY,
            [scene.world.lessor.name],
        )

    def test_an_acceptance_is_of_what_was_read(self, scene):
        made = scene.claimed()
        for wrong in ({"digest": "0" * 64, "amount_minor": 320_000}, {"amount_minor": 1}):
            with pytest.raises(damage.DamageOutdated):
                scene.act("accept", made, scene.world.lessee, **({"digest": made.digest} | wrong))
        with pytest.raises(damage.DamageOutdated):
            scene.act("contest", made, scene.world.lessee, digest="x", amount_minor=1, text="旧伤")
        assert stands(made) == ("RAISED", 320_000, None, None)

    def test_what_is_conceded_stands_while_the_rest_is_disputed(self, scene):
        made = scene.contested()

        assert stands(made) == ("CONTESTED", 320_000, 100_000, None)
        assert (made.owed_minor, made.disputed_minor) == (100_000, 220_000)
        assert Lease.objects.with_disputes().get(pk=scene.lease.pk).disputed_minor == 220_000
        assert told("damage_contested") == [scene.world.lessor.name]

    def test_they_come_nearer_and_agree(self, scene):
        made, world = scene.contested(), scene.world
        scene.act("offer", made, world.lessor, amount_minor=200_000, text="各让一步")
        scene.act("offer", made, world.lessee, amount_minor=150_000, text="最多这些")
        made.refresh_from_db()
        scene.act("accept", made, world.lessor, digest=made.digest, amount_minor=150_000)

        assert stands(made) == ("ACCEPTED", 200_000, 150_000, 150_000)
        acts = list(made.words.values_list("act", "side", "amount_minor"))
        assert acts == [
            ("raise", "lessor", 320_000),
            ("contest", "lessee", 100_000),
            ("offer", "lessor", 200_000),
            ("offer", "lessee", 150_000),
            ("accept", "lessor", 150_000),
        ]
        answers = [step.facts.get("answer") for step in scene.lease.transitions.order_by("position")]
        assert answers[-4:] == ["contest", "offer", "offer", "accept"]

    @pytest.mark.parametrize(
        ("who", "amount"), [("lessor", 320_000), ("lessor", 99_999), ("lessee", 100_000)]
    )
    def test_nobody_goes_back(self, scene, who, amount):
        made = scene.contested()
        with pytest.raises(damage.DamageInvalid):
            scene.act("offer", made, getattr(scene.world, who), amount_minor=amount, text="x")
        with pytest.raises(damage.DamageInvalid):
            scene.act("offer", made, getattr(scene.world, who), amount_minor=150_000, text=" ")
        assert stands(made) == ("CONTESTED", 320_000, 100_000, None)

    def test_they_offer_a_hundred_times_at_most(self, scene):
        made = scene.contested()
        said = {"claim": made, "act": "offer", "side": "lessee", "amount_minor": 1, "text": "x", "at": SEEN}
        DamageWord.objects.bulk_create(DamageWord(position=number, **said) for number in range(3, 102))

        scene.act("offer", made, scene.world.lessor, amount_minor=200_000, text="让一点")
        with pytest.raises(damage.TooManyOffers):
            scene.act("offer", made, scene.world.lessee, amount_minor=150_000, text="多一点")
        assert stands(made)[:3] == ("CONTESTED", 200_000, 100_000)
        assert scene.act("refer", made, scene.world.lessee, text="请裁定").referred_at == SEEN + DAY

    def test_a_contest_needs_a_reason_and_less_than_all(self, scene):
        made = scene.claimed()
        for amount, text in ((320_000, "旧伤"), (0, " "), (-1, "旧伤")):
            with pytest.raises(damage.DamageInvalid):
                scene.act(
                    "contest", made, scene.world.lessee, digest=made.digest, amount_minor=amount, text=text
                )
        assert stands(made) == ("RAISED", 320_000, None, None)

    def test_what_is_withdrawn_is_not_owed(self, scene):
        made = scene.act("withdraw", scene.contested(), scene.world.lessor)
        assert (stands(made)[0], made.owed_minor, made.disputed_minor) == ("WITHDRAWN", 0, 0)
        assert told("damage_withdrawn") == [scene.world.lessee.name]
        with pytest.raises(damage.DamageActRefused):
            scene.act("withdraw", made, scene.world.lessor)

    def test_each_side_does_its_own(self, scene):
        made, world = scene.claimed(), scene.world
        given = {"digest": made.digest, "amount_minor": 320_000}
        with pytest.raises(damage.DamageActRefused):
            scene.act("accept", made, world.lessor, **given)
        for who in (world.stranger, scene.platform):
            with pytest.raises(MissingRight):
                scene.act("accept", made, who, **given)
        with pytest.raises(MissingRight):
            scene.act("withdraw", made, world.lessee)
        assert stands(made)[0] == "RAISED"


class TestSilence:
    """Silence is not consent (Civil Code, Article 140): nothing is owed until the platform has decided."""

    def test_lets_the_lessor_ask_the_platform_when_the_time_is_over(self, scene):
        made = scene.claimed()
        with pytest.raises(damage.DamageActRefused):
            scene.act("refer", made, scene.world.lessor, REPLY - DAY, text="没有回音")

        made = scene.act("refer", made, scene.world.lessor, LATE, text="没有回音")
        assert (stands(made)[0], made.owed_minor, made.referred_at) == ("RAISED", 0, LATE)
        assert told("damage_referred") == sorted([scene.world.lessee.name, scene.platform.name])

    def test_does_not_stop_the_lessee_from_answering_until_then(self, scene):
        made = scene.act("refer", scene.claimed(), scene.world.lessor, LATE, text="没有回音")
        assert stands(scene.settle(made))[0] == "ACCEPTED"


class TestTheMediator:
    def referred(self, scene):
        return scene.act("refer", scene.contested(), scene.world.lessee, text="请裁定")

    def decide(self, scene, made, **changes):
        given = {"amount_minor": 180_000, "text": "照片显示凹陷是新的", "who": scene.platform} | changes
        return scene.act("decide", made, **given)

    def test_decides_between_the_two_with_reasons(self, scene):
        made = self.decide(scene, self.referred(scene))

        assert stands(made) == ("DECIDED", 320_000, 100_000, 180_000)
        step = scene.lease.transitions.order_by("position").last()
        assert (step.move, step.reason, step.facts["amount_minor"]) == (
            "decide_damage",
            "照片显示凹陷是新的",
            180_000,
        )
        assert step.organization == scene.platform.public_id
        assert told("damage_decided") == sorted([scene.world.lessor.name, scene.world.lessee.name])

    @pytest.mark.parametrize("change", [{"amount_minor": 99_999}, {"amount_minor": 320_001}, {"text": " "}])
    def test_keeps_to_the_range(self, scene, change):
        made = self.referred(scene)
        with pytest.raises(damage.DamageInvalid):
            self.decide(scene, made, **change)
        assert stands(made)[0] == "CONTESTED"

    def test_decides_what_it_was_asked(self, scene):
        made = scene.contested()
        with pytest.raises(damage.DamageActRefused):
            self.decide(scene, made)
        assert stands(made)[3] is None

    def test_is_not_a_side(self, scene):
        made = self.referred(scene)
        for who in (scene.world.lessor, scene.world.lessee, scene.world.stranger):
            with pytest.raises(MissingRight):
                self.decide(scene, made, who=who)
        Membership.objects.create(user=scene.judge, organization=scene.world.lessor, role=Role.VIEWER)
        with pytest.raises(mediators.MediatorIsParty):
            self.decide(scene, made)
        assert stands(made)[0] == "CONTESTED"

    def test_is_not_asked_where_it_is_a_side(self, scene):
        made = scene.contested()
        type(scene.platform).objects.filter(pk=scene.platform.pk).update(kind="SME")
        type(scene.platform).objects.filter(pk=scene.world.lessor.pk).update(kind="PLATFORM")
        with pytest.raises(mediators.PlatformIsParty):
            scene.act("refer", made, scene.world.lessee, text="请裁定")
        found = DamageClaim.objects.with_sides().get(pk=made.pk)
        assert damage.allowed_acts(claim=found, side=Side.LESSEE, at=SEEN) == (Act.ACCEPT, Act.OFFER)

    def test_has_the_platforms_right_in_the_table(self, scene):
        found = moves.sides_of(lease=scene.lease, move=Move.DECIDE_DAMAGE)
        assert found == [scene.platform]
        scene.lease.lessor = scene.platform  # the platform leases out itself
        assert moves.sides_of(lease=scene.lease, move=Move.DECIDE_DAMAGE) == []
        assert moves.sides_of(lease=scene.lease, move=Move.EXPIRE) == []


class TestTheEnd:
    def test_a_claim_outlives_the_use_of_the_machine(self, scene):
        made = scene.claimed()
        leases.end(lease=scene.lease, by=scene.world.owner, at=SEEN + DAY)
        assert stands(scene.settle(made))[0] == "ACCEPTED"

    def test_nothing_moves_when_the_lease_is_settled(self, scene):
        made = scene.claimed()
        Lease.objects.filter(pk=scene.lease.pk).update(
            status="SETTLED", active_to=HANDOVER + DAY, billing="SETTLED"
        )
        with pytest.raises(moves.LeaseMoveRefused):
            scene.settle(made)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            {"asked_minor": 320_001},
            {"claimed_minor": 400_000},
            {"conceded_minor": 99_999},
            {"conceded_minor": None, "state": "RAISED"},
            {"conceded_minor": 320_001},
            {"digest": "0" * 64},
            {"state": "DECIDED", "awarded_minor": 200_000, "decided_at": SEEN},
            {"state": "ACCEPTED", "awarded_minor": 1, "decided_at": SEEN},
            {"state": "ACCEPTED", "awarded_minor": 320_001, "decided_at": SEEN},
            {"state": "ACCEPTED", "decided_at": SEEN},
            {"state": "WITHDRAWN"},
        ],
    )
    def test_lets_the_range_close_alone(self, scene, change):
        made = scene.contested()
        with pytest.raises(IntegrityError), transaction.atomic():
            DamageClaim.objects.filter(pk=made.pk).update(**change)

    def test_keeps_what_is_over_and_every_word(self, scene):
        made = scene.settle(scene.claimed())
        with pytest.raises(IntegrityError), transaction.atomic():
            DamageClaim.objects.filter(pk=made.pk).update(version=9)
        with pytest.raises(IntegrityError), transaction.atomic():
            made.words.all().delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            DamageWord.objects.filter(claim=made).update(text="x")

    def test_begins_as_claimed(self, scene):
        made = scene.claimed()
        made.pk, made.public_id, made.number, made.asked_minor = None, "dmg_x", 2, 1
        with pytest.raises(IntegrityError), transaction.atomic():
            made.save(force_insert=True)
