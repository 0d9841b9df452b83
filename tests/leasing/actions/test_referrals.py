"""An objected return before the platform: asked for, taken back, decided; refused with nothing happening."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from leasing.actions import answers, inspections, mediators, photos, referrals, returns
from leasing.actions.moves import LeaseMoveRefused
from leasing.actions.records import RecordAnswered
from leasing.models import ConditionRecord, LeaseUnit, ReferralWord, Transition
from leasing.rules.condition import Kind
from marketplace.models import Membership, Notification, Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.factories import marketplace as make
from tests.factories.leasing import picture
from tests.leasing import world as worlds
from tests.leasing.damage import DAY
from tests.leasing.returned import BACK, WIPED, WayBack

THREE, TEN = 3 * DAY, 10 * DAY
ASKED, DECIDED = BACK + 2 * DAY, BACK + 4 * DAY


class Scene:
    """A lease that is over, its sides and the platform; a return that the other side objected to."""

    def __init__(self, world):
        self.world, self.way = world, WayBack(world)
        self.platform = make.platform()
        self.judge = worlds.person("judge", self.platform, Role.ADMIN)
        self.people = {world.lessor: world.owner, world.lessee: world.buyer, self.platform: self.judge}
        self.people |= {world.stranger: world.outsider}

    def written(self, within, at=BACK, objects=True):
        """Let a side write the return, and the other one object to it."""
        given, by = self.way.given(at), self.people[within]
        returns.take_back(lease=self.way.lease, given=given, wipe=WIPED, by=by, within=within, at=at)
        record = self.way.record(Kind.RETURN)
        if objects:
            other = self.people[record.lease.other_party(record.side)]
            answers.object_to(record=record, digest=record.digest, by=other, at=at + DAY, reason="No")
        return record

    def does(self, verb, record, who, at=ASKED, by=None, **more):
        more = {"text": "See for yourself"} | more
        found = ConditionRecord.objects.with_answers().get(pk=record.pk)
        by = by or self.people[who]
        return getattr(referrals, verb)(record=found, by=by, within=who, at=at, **more)

    def decided(self, record, stands, asker=None, at=DECIDED):
        self.does("refer", record, asker or self.world.lessee)
        return self.does("decide", record, self.platform, at=at, stands=stands)

    def state(self, record):
        return ConditionRecord.objects.with_answers().get(pk=record.pk).referral_state

    def known(self):
        steps = Transition.objects.filter(lease=self.way.pk).count()
        told = Notification.objects.filter(kind__startswith="return_").count()
        return ReferralWord.objects.count(), steps, told, self.way.unit.state


@once.fixture
def scene(world):
    return Scene(world)


def told(kind):
    names = Organization.objects.filter(notifications__kind=kind).values_list("name", flat=True)
    return sorted(names)


class TestTheFourStates:
    def test_asked_by_the_lessee_of_what_the_lessor_objects_to(self, scene):
        record = scene.written(scene.world.lessee)
        assert (scene.state(record), scene.way.unit.state) == ("NONE", "STOPPED")
        shot = photos.take(
            lease=scene.way.lease, data=picture(), by=scene.world.buyer, within=scene.world.lessee, at=ASKED
        )
        handed = scene.way.record(Kind.HANDOVER)
        shown = [shot.public_id, handed.public_id]
        word = scene.does("refer", record, scene.world.lessee, evidence=shown)

        assert (scene.state(record), scene.way.unit.state) == ("REFERRED", "STOPPED")
        assert word.evidence == [
            {"id": shot.public_id, "sha256": shot.sha256},
            {"id": handed.public_id, "sha256": handed.digest},
        ]
        step = scene.way.lease.transitions.last()
        assert (step.move, step.reason, step.facts["answer"]) == ("refer_return", word.text, "refer")
        assert step.facts["record_id"] == record.public_id
        assert step.evidence == sorted([record.digest, shot.sha256, handed.digest])
        assert told("return_referred") == sorted([scene.world.lessor.name, scene.platform.name])

    def test_taken_back_by_who_asked(self, scene):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessor)
        scene.does("withdraw", record, scene.world.lessor, text="")

        assert scene.state(record) == "NONE"
        assert told("return_referral_withdrawn") == sorted([scene.world.lessee.name, scene.platform.name])
        scene.written(scene.world.lessee, at=ASKED, objects=False)  # possible again

    def test_stands_and_the_machine_is_back_from_the_decision_on(self, scene):
        record = scene.written(scene.world.lessee)
        word = scene.decided(record, True)

        assert (scene.state(record), word.stands, word.side) == ("STANDS", True, "platform")
        assert (scene.way.unit.state, scene.way.unit.inspect_by) == ("RETURNED", DECIDED + TEN)
        step = scene.way.lease.transitions.last()
        assert (step.move, step.facts["decision"], step.organization) == (
            "decide_return",
            "STANDS",
            scene.platform.public_id,
        )
        assert told("return_stands") == sorted([scene.world.lessor.name, scene.world.lessee.name])
        for side in (scene.world.lessor, scene.world.lessee):
            with pytest.raises(RecordAnswered):
                scene.written(side, at=DECIDED)
        given = scene.way.given(DECIDED, readings=())
        inspections.inspect(lease=scene.way.lease, given=given, findings=(), by=scene.world.owner, at=DECIDED)
        assert scene.way.unit.state == "READY"

    def test_falls_and_either_side_writes_another(self, scene):
        record = scene.written(scene.world.lessee)
        scene.decided(record, False, asker=scene.world.lessor)

        assert (scene.state(record), scene.way.unit.state) == ("FALLS", "STOPPED")
        assert told("return_falls") == sorted([scene.world.lessor.name, scene.world.lessee.name])
        other = scene.written(scene.world.lessor, at=DECIDED, objects=False)
        assert (other.number, scene.way.unit.state) == (2, "RETURNED")


class TestTheLessorsRecord:
    def test_that_stands_is_as_good_as_confirmed(self, scene):
        record = scene.written(scene.world.lessor)
        until = scene.way.unit.inspect_by
        scene.decided(record, True)

        assert (scene.way.unit.state, scene.way.unit.inspect_by) == ("RETURNED", until)
        with pytest.raises(RecordAnswered):
            scene.written(scene.world.lessor, at=DECIDED)

    def test_that_falls_is_replaced_by_the_lessees(self, scene):
        record = scene.written(scene.world.lessor)
        with pytest.raises(returns.ReturnWritten):
            scene.written(scene.world.lessee, at=BACK + DAY)
        scene.decided(record, False)
        own = scene.written(scene.world.lessee, at=DECIDED)

        # what the lessor wrote down as back stays so, whatever it objects to
        assert (own.number, own.side, scene.way.unit.state) == (2, "lessee", "RETURNED")
        scene.does("refer", own, scene.world.lessor, at=DECIDED + 2 * DAY)
        scene.does("decide", own, scene.platform, at=DECIDED + THREE, stands=True)
        assert (scene.state(own), scene.way.unit.state) == ("STANDS", "RETURNED")

    def test_is_decided_after_the_inspection_too(self, scene):
        record = scene.written(scene.world.lessor, objects=False)
        given = scene.way.given(BACK, readings=())
        inspections.inspect(lease=scene.way.lease, given=given, findings=(), by=scene.world.owner, at=BACK)
        said = {"digest": record.digest, "by": scene.world.buyer, "at": BACK + DAY}
        answers.object_to(record=record, reason="It was clean", **said)
        scene.decided(record, True)
        assert (scene.state(record), scene.way.unit.state) == ("STANDS", "READY")


class TestRefusals:
    @pytest.mark.parametrize("side", ["lessor", "lessee"])
    def test_nobody_replaces_what_lies_before_the_platform(self, scene, side):
        scene.does("refer", scene.written(scene.world.lessee), scene.world.lessee)
        before = scene.known()
        with pytest.raises(returns.ReturnReferred):
            scene.written(getattr(scene.world, side), at=ASKED)
        assert scene.known() == before

    @pytest.mark.parametrize(
        ("verb", "who"),
        [("refer", "lessee"), ("refer", "lessor"), ("withdraw", "lessor"), ("decide", "platform")],
    )
    def test_what_the_state_does_not_know(self, scene, verb, who):
        """A record that is asked about once, by the lessee, who took that back; then the other cases."""
        record = scene.written(scene.world.lessee)
        within = scene.platform if who == "platform" else getattr(scene.world, who)
        more = {"stands": True} if verb == "decide" else {}
        if verb != "decide":
            scene.does("refer", record, scene.world.lessee)
        before = scene.known()
        with pytest.raises(referrals.ReferralRefused) as refused:
            scene.does(verb, record, within, **more)
        assert verb not in refused.value.facts["allowed"]
        assert scene.known() == before

    def test_each_side_asks_once_for_a_record(self, scene):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessee)
        scene.does("withdraw", record, scene.world.lessee)
        before = scene.known()
        with pytest.raises(referrals.ReferralRefused):
            scene.does("refer", record, scene.world.lessee)
        assert scene.known() == before
        scene.does("refer", record, scene.world.lessor)
        assert scene.state(record) == "REFERRED"

    @pytest.mark.parametrize("stands", [True, False])
    def test_what_is_decided_is_decided(self, scene, stands):
        record = scene.written(scene.world.lessee)
        scene.decided(record, stands)
        before = scene.known()
        acts = [("refer", scene.world.lessor, {}), ("withdraw", scene.world.lessee, {})]
        for verb, who, more in [*acts, ("decide", scene.platform, {"stands": not stands})]:
            with pytest.raises(referrals.ReferralRefused):
                scene.does(verb, record, who, **more)
        assert scene.known() == before

    def test_only_an_objected_return_that_is_the_newest(self, scene):
        handed = scene.way.record(Kind.HANDOVER)
        silent = scene.written(scene.world.lessee, objects=False)
        objected = scene.written(scene.world.lessee, at=BACK + DAY)
        scene.written(scene.world.lessor, at=ASKED, objects=False)
        before = scene.known()
        for record in (handed, silent, objected):
            with pytest.raises(referrals.ReferralRefused):
                scene.does("refer", record, scene.world.lessee)
        assert scene.known() == before

    @pytest.mark.parametrize(
        ("verb", "who", "by"),
        [
            ("refer", "stranger", "outsider"),
            ("refer", "lessee", "guest"),
            ("refer", "lessee", "owner"),
            ("refer", "platform", "judge"),
            ("withdraw", "platform", "judge"),
            ("decide", "lessor", "owner"),
            ("decide", "lessee", "buyer"),
            ("decide", "stranger", "outsider"),
            ("decide", "platform", "owner"),
        ],
    )
    def test_who_has_no_right(self, scene, verb, who, by):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessor)
        before = scene.known()
        within = scene.platform if who == "platform" else getattr(scene.world, who)
        person = scene.judge if by == "judge" else getattr(scene.world, by)
        more = {"stands": True} if verb == "decide" else {}
        with pytest.raises(MissingRight):
            scene.does(verb, record, within, by=person, **more)
        assert scene.known() == before

    def test_a_mediator_who_works_for_a_side(self, scene):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessee)
        Membership.objects.create(user=scene.judge, organization=scene.world.lessor, role=Role.VIEWER)
        before = scene.known()
        with pytest.raises(mediators.MediatorIsParty):
            scene.does("decide", record, scene.platform, stands=True)
        assert scene.known() == before

    def test_a_platform_that_is_a_side(self, scene):
        record = scene.written(scene.world.lessee)
        Organization.objects.filter(pk=scene.platform.pk).update(kind="SME")
        Organization.objects.filter(pk=scene.world.lessor.pk).update(kind="PLATFORM")
        before = scene.known()
        with pytest.raises(mediators.PlatformIsParty):
            scene.does("refer", record, scene.world.lessee)
        assert scene.known() == before

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"text": " "}, "/text"),
            ({"evidence": ["pho_none"]}, "/evidence/0"),
            ({"text": "x" * 1001}, "/text"),
        ],
    )
    def test_what_is_not_said_or_shown(self, scene, given, pointer):
        record = scene.written(scene.world.lessee)
        before = scene.known()
        with pytest.raises(referrals.ReferralInvalid) as refused:
            scene.does("refer", record, scene.world.lessee, **given)
        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        assert scene.known() == before

    def test_a_lease_that_is_settled(self, scene):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessee)
        type(scene.way.lease).objects.filter(pk=scene.way.pk).update(status="SETTLED")
        before = scene.known()
        with pytest.raises(LeaseMoveRefused):
            scene.does("decide", record, scene.platform, stands=True)
        assert scene.known() == before


class TestALostMachine:
    def test_is_not_back_by_a_decision(self, scene):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessee)
        LeaseUnit.objects.filter(pk=scene.way.unit.pk).update(state="GONE")
        scene.does("decide", record, scene.platform, stands=True)
        assert (scene.state(record), scene.way.unit.state) == ("STANDS", "GONE")


class TestTheDatabase:
    def word(self, record, position=1, act="refer", side="lessee", **more):
        given = {"text": "x", "person": "usr_1", "person_name": "A", "organization_name": "B", "at": ASKED}
        with transaction.atomic():
            ReferralWord.objects.create(record=record, position=position, act=act, side=side, **given | more)

    @pytest.mark.parametrize(
        ("given", "rule"),
        [
            ({"position": 2}, "does not follow"),
            ({"act": "withdraw"}, "does not follow"),
            ({"act": "decide", "side": "platform", "stands": True}, "does not follow"),
            ({"stands": True}, "decided_by_platform"),
            ({"side": "platform"}, "decided_by_platform"),
            ({"text": ""}, "with_words"),
        ],
    )
    def test_keeps_words_in_order(self, scene, given, rule):
        record = scene.written(scene.world.lessee)
        with pytest.raises(IntegrityError, match=rule):
            self.word(record, **given)
        assert not ReferralWord.objects.exists()

    def test_knows_objected_returns_alone(self, scene):
        record = scene.written(scene.world.lessee, objects=False)
        for one in (record, scene.way.record(Kind.HANDOVER)):
            with pytest.raises(IntegrityError, match="does not follow"):
                self.word(one)
        assert not ReferralWord.objects.exists()

    def test_keeps_what_follows_a_question(self, scene):
        record = scene.written(scene.world.lessee)
        self.word(record)
        for more in ({}, {"act": "withdraw", "side": "lessor"}):
            with pytest.raises(IntegrityError, match="does not follow"):
                self.word(record, 2, **more)
        self.word(record, 2, "withdraw")
        with pytest.raises(IntegrityError, match="asked_once"):
            self.word(record, 3)
        self.word(record, 3, side="lessor")
        self.word(record, 4, "decide", "platform", stands=False)
        with pytest.raises(IntegrityError, match="does not follow"):
            self.word(record, 5, side="lessor")

    def test_rewrites_nothing(self, scene):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessee)
        with pytest.raises(DatabaseError), transaction.atomic():
            ReferralWord.objects.update(text="y")
        with pytest.raises(DatabaseError), transaction.atomic():
            ReferralWord.objects.all().delete()
        assert ReferralWord.objects.get().text == "See for yourself"

    @pytest.mark.parametrize("decided", [True, False])
    def test_lets_no_return_be_written_over_it(self, scene, decided):
        record = scene.written(scene.world.lessee)
        scene.does("refer", record, scene.world.lessee)
        if decided:
            scene.does("decide", record, scene.platform, stands=True)
        known = ConditionRecord.objects.count()
        with pytest.raises(IntegrityError, match="lies before the platform"), transaction.atomic():
            record.pk, record.public_id, record.number = None, "rec_other", 2
            record.save(force_insert=True)
        assert ConditionRecord.objects.count() == known
