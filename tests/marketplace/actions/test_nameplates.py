"""Two owners, one nameplate: the newcomer is held, the platform decides, both are told."""

from datetime import timedelta

import pytest

from marketplace.actions import equipment, listings, nameplates
from marketplace.models import Equipment, Listing, NameplateCase, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.nameplates import State
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


class Twice:
    """A machine on offer, and an organization that registers another with its nameplate."""

    def __init__(self):
        self.platform = make.platform()
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.listing = make.listing(make.organization("First"))
        self.first = self.listing.units.get().equipment
        Equipment.objects.filter(pk=self.first.pk).update(serial_number="SO-1170", maker_name="Dmg Mori")
        self.newcomer = make.organization("Second")
        self.person = make.member(self.newcomer)
        self.place = make.site(self.newcomer)
        self.draft = make.listing(self.newcomer, status=Listing.Status.DRAFT, published_at=None)

    def register(self, serial, maker="DMG MORI", **more):
        given = {
            "owner": self.newcomer,
            "category": self.first.category,
            "site": self.place,
            "name": "Machine",
            "model_name": "DMU 50",
            "specs": make.CENTRE,
            "by": self.person,
            "at": make.NOON,
        }
        return equipment.register(serial_number=serial, maker_name=maker, **(given | more))

    def alike(self):
        """Let the machine of a draft have a nameplate that can hardly be told from the first."""
        machine = self.draft.units.get().equipment
        Equipment.objects.filter(pk=machine.pk).update(serial_number="ＳＯ１１７０", maker_name="DMG-MORI")
        return Equipment.objects.get(pk=machine.pk)

    def publish(self):
        return listings.publish(listing=Listing.objects.get(pk=self.draft.pk), by=self.person, at=make.NOON)

    def decide(self, case, state, **more):
        given = {"reason": "Photos of both were seen", "within": self.platform, "by": self.clerk}
        return nameplates.decide(case=case, state=state, at=make.NOON, **(given | more))


twice = once.fixture(Twice)


def told():
    found = Notification.objects.filter(kind__startswith="nameplate").order_by("pk")
    return [(one.organization.name, one.kind.removeprefix("nameplate_")) for one in found]


class TestAlike:
    @pytest.mark.parametrize(
        ("maker", "serial"),
        [
            ("DMG MORI", "SO-1170 "),
            ("dmg mori", "so1170"),
            ("DMG-MORI", "S0 1170"),
            ("ＤＭＧ　ＭＯＲＩ", "ＳＯ－１１７０"),
            ("DMG MORI", "SO–II70"),
            ("DMG MORI", "SO.1l7O"),
        ],
    )
    def test_is_written_otherwise_and_the_same(self, twice, maker, serial):
        made = twice.register(serial, maker)

        case = NameplateCase.objects.get()
        assert (case.first, case.second, case.claimant) == (twice.first, made, twice.newcomer)
        assert (case.state, case.serial_number) == ("OPEN", serial)
        assert told() == [("First", "alike"), ("Second", "held"), ("Jijian Platform", "case")]

    @pytest.mark.parametrize(
        ("maker", "serial"),
        [("DMG MORI", "SO-1171"), ("Mazak", "SO-1170"), ("沈阳机床", "SO-1170"), ("DMG MORI", "--")],
    )
    def test_is_not_what_differs(self, twice, maker, serial):
        twice.register(serial, maker)

        assert not NameplateCase.objects.exists()

    def test_is_not_what_one_owner_has_twice(self, twice):
        twice.register("A-77")
        twice.register("A 77")

        assert not NameplateCase.objects.exists()

    def test_two_without_a_letter_or_digit_are_not(self, twice):
        Equipment.objects.filter(pk=twice.first.pk).update(serial_number="---")
        twice.register("--", "Dmg Mori")

        assert not NameplateCase.objects.exists()

    def test_the_same_letters_are_refused_and_put_before_the_platform_once(self, twice):
        for _ in range(2):
            with pytest.raises(equipment.NameplateTaken):
                twice.register("SO-1170", "Dmg Mori")

        case = NameplateCase.objects.get()
        assert (case.first, case.second, case.claimant) == (twice.first, None, twice.newcomer)
        assert len(told()) == 3
        sentence = Notification.objects.get(organization=twice.newcomer).said
        assert "Dmg Mori SO-1170" in sentence

    def test_only_some_claims_a_day_are_put_before_the_platform(self, twice, monkeypatch):
        monkeypatch.setattr(nameplates, "CLAIMS_A_DAY", 1)
        other = make.listing(make.organization()).units.get().equipment
        Equipment.objects.filter(pk=other.pk).update(serial_number="T-2", maker_name="Dmg Mori")
        with pytest.raises(equipment.NameplateTaken):
            twice.register("SO-1170", "Dmg Mori")
        before = told()

        with pytest.raises(equipment.NameplateTaken):
            twice.register("T-2", "Dmg Mori")
        assert (NameplateCase.objects.count(), told()) == (1, before)

        with pytest.raises(equipment.NameplateTaken):
            twice.register("T-2", "Dmg Mori", at=make.NOON + timedelta(days=1))
        assert NameplateCase.objects.count() == 2

    def test_of_ones_own_it_is_no_case(self, twice):
        twice.register("A-77")
        with pytest.raises(equipment.NameplateTaken):
            twice.register("A-77")
        assert not NameplateCase.objects.exists()

    def test_neither_learns_of_the_other(self, twice):
        twice.register("S0-1170")

        for name, other in (("First", "Second"), ("Second", "First")):
            found = Notification.objects.get(organization__name=name)
            assert other not in found.said
            assert NameplateCase.objects.visible_to(twice.person).count() == 0
        assert NameplateCase.objects.visible_to(twice.clerk).count() == 1


class TestHeld:
    def test_the_newcomer_is_not_offered_until_it_is_decided(self, twice):
        twice.alike()  # as a bulk path would leave it: nobody looked

        with pytest.raises(nameplates.MachineHeld):
            twice.publish()
        assert Listing.objects.get(pk=twice.draft.pk).status == "DRAFT"
        case = NameplateCase.objects.get()
        assert Listing.objects.get(pk=twice.listing.pk).status == "PUBLISHED"
        twice.decide(case, State.DIFFERENT)
        assert twice.publish().status == "PUBLISHED"

    def test_a_viewer_learns_nothing_by_trying(self, twice):
        twice.alike()
        viewer = make.member(twice.newcomer, Role.VIEWER)
        with pytest.raises(MissingRight):
            listings.publish(listing=twice.draft, by=viewer, at=make.NOON)
        assert not NameplateCase.objects.exists()

    def test_the_wrong_one_stays_out(self, twice):
        machine = twice.alike()
        (case,) = nameplates.look(equipment=machine, at=make.NOON)
        assert nameplates.look(equipment=twice.first, at=make.NOON) == []
        twice.decide(case, State.SECOND_WRONG)

        with pytest.raises(nameplates.MachineHeld):
            twice.publish()
        assert told()[-2:] == [("First", "decided"), ("Second", "decided")]

    def test_the_first_leaves_the_catalogue_if_it_is_wrong_and_its_nameplate_is_free(self, twice):
        with pytest.raises(equipment.NameplateTaken):
            twice.register("SO-1170", "Dmg Mori")
        twice.decide(NameplateCase.objects.get(), State.FIRST_WRONG)

        assert Listing.objects.get(pk=twice.listing.pk).status == "PAUSED"
        assert twice.register("SO-1170", "Dmg Mori").is_disproved is False
        assert NameplateCase.objects.count() == 1


@once.fixture
def case(twice):
    return nameplates.look(equipment=twice.alike(), at=make.NOON)[0]


class TestDecide:
    @pytest.mark.parametrize(
        ("state", "reason", "pointers"),
        [
            (State.OPEN, "x", ["/state"]),
            (State.DIFFERENT, " ", ["/reason"]),
            (State.DIFFERENT, "x" * 301, ["/reason"]),
        ],
    )
    def test_needs_an_outcome_and_a_reason(self, twice, case, state, reason, pointers):
        with pytest.raises(nameplates.DecisionInvalid) as refused:
            twice.decide(case, state, reason=reason)
        assert [one.pointer for one in refused.value.flaws] == pointers
        assert NameplateCase.objects.get().state == "OPEN"

    def test_happens_once(self, twice, case):
        twice.decide(case, State.DIFFERENT)
        with pytest.raises(nameplates.CaseClosed):
            twice.decide(case, State.SECOND_WRONG)
        assert NameplateCase.objects.get().state == "DIFFERENT"

    def test_is_the_platforms(self, twice, case):
        for who in ({"by": twice.person}, {"by": twice.person, "within": twice.newcomer}):
            with pytest.raises(MissingRight):
                twice.decide(case, State.FIRST_WRONG, **who)
        assert NameplateCase.objects.get().state == "OPEN"


class TestReopen:
    """A decision was wrong: the platform looks again, and what it took it gives back."""

    @pytest.fixture
    def case(self, twice):
        twice.alike()
        with pytest.raises(nameplates.MachineHeld):
            twice.publish()
        return NameplateCase.objects.get()

    def reopen(self, twice, case, **more):
        given = {"reason": "A better photo came in", "within": twice.platform, "by": twice.clerk}
        return nameplates.reopen(case=case, at=make.NOON, **(given | more))

    def test_holds_the_newcomer_again_and_tells_both(self, twice, case):
        twice.decide(case, State.DIFFERENT)
        twice.publish()
        listings.pause(listing=Listing.objects.get(pk=twice.draft.pk), by=twice.person, at=make.NOON)
        case = self.reopen(twice, case)

        assert (case.state, case.reason, case.reopened_why) == ("OPEN", "", "A better photo came in")
        with pytest.raises(nameplates.MachineHeld):
            twice.publish()
        told = Notification.objects.filter(kind="nameplate_reopened")
        assert {one.organization for one in told} == {twice.listing.owner, twice.newcomer}

    def test_gives_back_to_who_was_right_after_all(self, twice, case):
        twice.decide(case, State.SECOND_WRONG)
        self.reopen(twice, case)
        with pytest.raises(nameplates.MachineHeld):
            twice.publish()
        twice.decide(case, State.FIRST_WRONG)
        assert list(Equipment.objects.filter(is_disproved=True)) == [twice.first]
        twice.publish()

    def test_not_what_somebody_else_has_taken_meanwhile(self, twice, case):
        twice.decide(case, State.FIRST_WRONG)
        third = make.equipment(make.organization(), maker_name="Dmg Mori", serial_number="SO-1170")
        self.reopen(twice, case)
        with pytest.raises(nameplates.NameplateInUse):
            twice.decide(case, State.DIFFERENT)
        case.refresh_from_db()
        assert (case.state, third.is_disproved) == ("OPEN", False)

    def test_another_case_against_it_counts_on(self, twice, case):
        twice.decide(case, State.FIRST_WRONG)
        plate = {"maker_name": "x", "serial_number": "y"}
        NameplateCase.objects.create(
            first=twice.first,
            claimant=make.organization(),
            state=State.FIRST_WRONG,
            opened_at=make.NOON,
            decided_at=make.NOON,
            reason="x",
            **plate,
        )
        self.reopen(twice, case)
        twice.decide(case, State.DIFFERENT)
        assert Equipment.objects.get(pk=twice.first.pk).is_disproved

    def test_needs_a_reason_a_decision_and_the_platform(self, twice, case):
        with pytest.raises(nameplates.NotDecided):
            self.reopen(twice, case)
        twice.decide(case, State.DIFFERENT)
        for reason in (" ", "x" * 301):
            with pytest.raises(nameplates.DecisionInvalid):
                self.reopen(twice, case, reason=reason)
        with pytest.raises(MissingRight):
            self.reopen(twice, case, by=twice.person, within=twice.newcomer)
        case.refresh_from_db()
        assert case.state == State.DIFFERENT
