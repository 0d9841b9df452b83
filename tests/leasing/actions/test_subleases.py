"""Sub-leases: proposed, accepted, consented to, handed on, ended; each refusal, and that nothing happened."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from devices.ownership.actions.agreements import ClosedBeforeOpened
from devices.ownership.actions.notices import DataNoticeNotAccepted, DataNoticeOutdated
from devices.ownership.models import Agreement, Duty, Notice
from devices.ownership.rules import data_terms
from leasing import tasks
from leasing.actions import leases, sublease_ends, subleases
from leasing.actions.sublease_moves import SubleaseChanged, SubleaseMoveRefused
from leasing.models import Sublease, SubleaseStep
from leasing.rules import history
from leasing.rules.leases import Status as LeaseStatus
from leasing.rules.subleases import Status
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.terms import terms
from tests.factories import marketplace as make
from tests.leasing import world as worlds
from tests.leasing.sublet import BEGUN, DAY, PROPOSED, TIME, Sublet
from tests.leasing.world import END, HANDOVER

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


sublet = once.fixture(lambda world: Sublet(world))


@pytest.fixture
def lessor(world):
    return world.lessor


@pytest.fixture
def lessee(world):
    return world.lessee


def codes(refused):
    return [(one.pointer, one.code) for one in refused.value.flaws]


class TestPropose:
    def test_offers_the_machine_without_a_price_and_delivers_the_notice(self, sublet, lessor, lessee):
        made = sublet.propose()

        assert (made.status, made.depth, made.asked) == (Status.PROPOSED, 1, [lessor.public_id])
        assert made.document["hands"] == [lessor.public_id, lessee.public_id]
        assert made.document["starts_at"] == "2026-03-11T02:00:00Z"
        assert not [name for name in made.document if "price" in name or "amount" in name]
        notice = Notice.objects.get(reference=made.public_id)
        assert (notice.lessee, notice.owner) == (sublet.workshop, lessor)
        assert AuditEntry.objects.get(action="sublease.propose").subject == made.public_id
        assert str(made) == f"VMC-1: {lessee} → {sublet.workshop}"

    def test_is_the_lessees_to_do(self, sublet, world):
        for who in (world.owner, world.outsider, world.guest):
            with pytest.raises(MissingRight):
                sublet.propose(by=who)

        assert not Sublease.objects.exists()

    def test_stays_inside_the_lease(self, sublet):
        for period in (Period(HANDOVER - DAY, HANDOVER + DAY), Period(TIME.start, END + TICK)):
            with pytest.raises(subleases.SubleaseInvalid) as refused:
                sublet.propose(period=period)
            assert codes(refused) == [("/ends_at", "outside_lease")]

    def test_names_each_fault_at_its_field(self, sublet, lessor):
        nonsense = {"template": "default_rights", "version": 1, "changes": [{"party": "nobody"}]}

        with pytest.raises(subleases.SubleaseInvalid) as refused:
            sublet.propose(
                sublessee=lessor,
                place=" ",
                period=Period(HANDOVER, HANDOVER + DAY / 2),
                data_terms=nonsense,
            )

        found = codes(refused)
        assert {("/ends_at", "over"), ("/place", "required"), ("/sublessee", "in_chain")} < set(found)
        assert any(pointer.startswith("/data_terms") for pointer, _ in found)
        with pytest.raises(subleases.SubleaseInvalid) as refused:
            sublet.propose(place="x" * 201)
        assert codes(refused) == [("/place", "too_long_text")]

    def test_needs_a_lease_that_runs(self, world, sublet):
        leases.end(lease=sublet.lease, by=world.owner, at=PROPOSED)

        with pytest.raises(subleases.NothingToSublet):
            sublet.propose(at=PROPOSED + DAY)

    def test_needs_a_machine_of_that_lease(self, sublet, world):
        other = world.active()

        with pytest.raises(subleases.NothingToSublet):
            sublet.propose(unit=other.units.get())

    def test_goes_on_below_a_sub_lease_that_runs(self, sublet, lessor, lessee):
        waiting = sublet.agreed()
        given = {"sublessee": sublet.next, "by": sublet.people[sublet.workshop]}
        with pytest.raises(subleases.NothingToSublet):
            sublet.propose(under=waiting, **given)
        sublet.read_notice(waiting)
        above = sublet.act("begin", waiting, lessee, BEGUN)

        made = sublet.propose(under=above, period=Period(BEGUN + DAY, TIME.end), **given)

        assert (made.depth, made.asked) == (2, [lessor.public_id, lessee.public_id])
        assert made.sublessor == sublet.workshop

    def test_goes_no_deeper_than_three(self, sublet):
        above, by = None, sublet.world.buyer
        for _ in range(3):
            one = make.organization()
            sublet.people[one] = worlds.person(one.public_id, one, "OPERATOR")
            period = Period(BEGUN - DAY, TIME.end)
            if above is not None:
                period = Period(BEGUN, TIME.end)
            above = sublet.running(under=above, sublessee=one, by=by, period=period)
            by = sublet.people[one]

        with pytest.raises(subleases.TooManySubleases):
            sublet.propose(under=above, sublessee=sublet.next, by=by, period=Period(BEGUN, TIME.end))


class TestAccept:
    def test_is_the_sub_lessees_by_the_digest(self, sublet):
        made = sublet.propose()

        with pytest.raises(subleases.SubleaseDiffers):
            sublet.act("accept", made, sublet.workshop, digest="0" * 64)
        assert sublet.act("accept", made, sublet.workshop).status == Status.ACCEPTED
        with pytest.raises(SubleaseMoveRefused) as refused:
            sublet.act("accept", made, sublet.workshop)
        assert refused.value.facts["allowed"] == ["consent", "refuse", "withdraw", "expire"]

    def test_is_nobody_elses(self, sublet, lessor, lessee, world):
        made = sublet.propose()

        for who in (lessor, lessee, world.stranger):
            with pytest.raises(MissingRight):
                sublet.act("accept", made, who)
        viewer = worlds.person("viewer", sublet.workshop, "VIEWER")
        with pytest.raises(MissingRight):
            subleases.accept(
                sublease=made, digest=made.digest, within=sublet.workshop, by=viewer, at=PROPOSED
            )

    def test_is_of_the_version_that_was_seen(self, sublet):
        made = sublet.propose()

        with pytest.raises(SubleaseChanged):
            sublet.act("accept", made, sublet.workshop, expected=7)


class TestConsent:
    def test_of_the_lessor_makes_it_binding(self, sublet, lessor):
        made = sublet.accepted()

        with pytest.raises(subleases.SubleaseDiffers):
            sublet.act("consent", made, lessor, digest="0" * 64)
        found = sublet.act("consent", made, lessor)

        assert (found.status, found.consented) == (Status.AGREED, [lessor.public_id])

    def test_comes_after_the_sub_lessees_word_and_from_above_alone(self, sublet, lessor, lessee):
        made = sublet.propose()
        with pytest.raises(SubleaseMoveRefused):
            sublet.act("consent", made, lessor)
        sublet.act("accept", made, sublet.workshop)

        for who in (lessee, sublet.workshop, sublet.next):
            with pytest.raises(MissingRight):
                sublet.act("consent", made, who)

    def test_is_asked_of_everybody_above(self, sublet, lessor, lessee):
        above = sublet.running()
        given = {"sublessee": sublet.next, "by": sublet.people[sublet.workshop], "under": above}
        made = sublet.accepted(period=Period(BEGUN, TIME.end), **given)

        found = sublet.act("consent", made, lessor)
        assert found.status == Status.ACCEPTED
        with pytest.raises(subleases.ConsentGiven):
            sublet.act("consent", made, lessor)
        assert sublet.act("consent", made, lessee).status == Status.AGREED

    def test_is_refused_for_time_that_is_sub_let(self, sublet, lessor):
        sublet.agreed()
        other = sublet.accepted(sublessee=sublet.next, period=Period(TIME.end - TICK, TIME.end + DAY))

        with pytest.raises(subleases.SubleaseOverlaps):
            sublet.act("consent", other, lessor)
        after = sublet.agreed(sublessee=sublet.next, period=Period(TIME.end, TIME.end + DAY))
        assert after.status == Status.AGREED


class TestRefuse:
    def test_says_why(self, sublet, lessor):
        made = sublet.accepted()

        with pytest.raises(subleases.SubleaseReasonMissing):
            sublet.act("refuse", made, lessor, reason="  ")
        found = sublet.act("refuse", made, lessor, reason=" 不同意转租 ")

        assert found.status == Status.REFUSED
        assert found.steps.last().reason == "不同意转租"

    def test_is_the_sub_lessees_too_but_not_the_sublessors(self, sublet, lessee):
        made = sublet.propose()

        with pytest.raises(MissingRight):
            sublet.act("refuse", made, lessee, reason="x")
        assert sublet.act("refuse", made, sublet.workshop, reason="x").status == Status.REFUSED


class TestWithdraw:
    def test_frees_the_time(self, sublet, lessee):
        made = sublet.agreed()

        sublet.act("withdraw", made, lessee)

        assert sublet.agreed(sublessee=sublet.next).status == Status.AGREED

    def test_ends_with_the_handover(self, sublet, lessee, lessor):
        made = sublet.running()

        with pytest.raises(SubleaseMoveRefused):
            sublet.act("withdraw", made, lessee)
        with pytest.raises(MissingRight):
            sublet.act("withdraw", made, lessor)


class TestBegin:
    def test_gives_the_data_to_the_sub_lessee_from_that_moment_on(self, sublet, lessor, lessee):
        made = sublet.running()

        agreement = made.agreement
        agreement.refresh_from_db()
        assert (agreement.lessee, agreement.owner) == (sublet.workshop, lessor)
        assert agreement.span == Period(BEGUN, TIME.end)
        assert agreement.under == Agreement.objects.get(reference=sublet.lease.public_id, under=None)
        assert agreement.above == [lessee.public_id]
        assert (made.status, made.active_from) == (Status.RUNNING, BEGUN)
        sublet.lease.refresh_from_db()
        assert sublet.lease.status == LeaseStatus.ACTIVE

    def test_needs_the_notice(self, sublet, lessee):
        made = sublet.agreed()

        with pytest.raises(DataNoticeNotAccepted):
            sublet.act("begin", made, lessee, BEGUN)

        assert not Agreement.objects.exclude(under=None).exists()

    def test_needs_a_new_notice_if_the_machine_reports_something_else(self, sublet, lessee, world):
        made = sublet.agreed()
        sublet.read_notice(made)
        self.bind(sublet, world)

        with pytest.raises(DataNoticeOutdated):
            sublet.act("begin", made, lessee, BEGUN)
        with pytest.raises(MissingRight):
            sublet.act("deliver", made, sublet.workshop)
        sublet.act("deliver", made, lessee)
        sublet.read_notice(made)
        assert sublet.act("begin", made, lessee, BEGUN).status == Status.RUNNING

    def bind(self, sublet, world):
        from devices.actions import devices

        channel = {"key": "load", "name": "load", "kind": "GAUGE", "category": "machine_condition"}
        device = devices.register(
            owner=world.lessor,
            code="m-9",
            name="Mill",
            channels=[channel | {"retention": "ORDINARY", "unit": ""}],
            commissioned_at=HANDOVER,
            by=world.owner,
            at=HANDOVER,
        )
        devices.bind(
            device=device,
            equipment=sublet.unit.equipment,
            period=Period(HANDOVER, None),
            by=world.owner,
            at=HANDOVER,
        )

    @pytest.mark.parametrize("at", [TIME.start - TICK, TIME.end])
    def test_lies_in_the_agreed_time(self, sublet, lessee, at):
        made = sublet.agreed()
        sublet.read_notice(made)

        with pytest.raises(subleases.OutsideSublease):
            sublet.act("begin", made, lessee, at)

    def test_is_the_sublessors(self, sublet, lessor):
        made = sublet.agreed()
        sublet.read_notice(made)

        for who in (lessor, sublet.workshop):
            with pytest.raises(MissingRight):
                sublet.act("begin", made, who, BEGUN)

    def test_takes_data_terms_that_both_sides_have_accepted(self, sublet, lessor):
        narrow = terms({"party": "owner", "category": "machine_condition", "removes": ["read_aggregate"]})

        made = sublet.running(data_terms=narrow)

        version = made.agreement.versions.get()
        assert version.digest == data_terms.digest(narrow)
        sides = {(one["side"], one["organization"]) for one in version.accepted}
        assert sides == {("lessee", sublet.workshop.public_id), ("owner", lessor.public_id)}


class TestEnd:
    @pytest.mark.parametrize("side", ["lessee", "workshop"])
    def test_early_gives_the_data_back(self, sublet, lessee, side):
        made = sublet.running()
        who = lessee if side == "lessee" else sublet.workshop

        found = sublet.act("end", made, who, BEGUN + DAY)

        assert (found.status, found.active_to) == (Status.ENDED, BEGUN + DAY)
        agreement = Agreement.objects.get(pk=made.agreement_id)
        assert agreement.span == Period(BEGUN, BEGUN + DAY)
        assert Duty.objects.filter(agreement=agreement, kind="ERASE").exists()

    def test_lies_behind_the_handover(self, sublet, lessee, lessor):
        made = sublet.running()

        with pytest.raises(ClosedBeforeOpened):
            sublet.act("end", made, lessee, BEGUN)
        with pytest.raises(MissingRight):
            sublet.act("end", made, lessor, BEGUN + DAY)
        assert Sublease.objects.get().status == Status.RUNNING

    def test_ends_what_is_under_it_and_no_other(self, sublet, lessor, lessee):
        above = sublet.running()
        given = {"by": sublet.people[sublet.workshop], "under": above}
        below = sublet.running(BEGUN + DAY, sublessee=sublet.next, period=Period(BEGUN, TIME.end), **given)
        third = make.organization()
        waiting = sublet.propose(sublessee=third, period=Period(BEGUN, TIME.end), **given)
        beside = sublet.propose(sublessee=third, period=Period(TIME.end, TIME.end + DAY))

        sublet.act("end", above, lessee, BEGUN + 2 * DAY)

        states = dict(Sublease.objects.values_list("pk", "status"))
        assert states == {
            above.pk: Status.ENDED,
            below.pk: Status.ENDED,
            waiting.pk: Status.EXPIRED,
            beside.pk: Status.PROPOSED,
        }
        assert not Agreement.objects.filter(closed_at=None).exclude(under=None).exists()

    def test_comes_with_the_lease(self, sublet, world):
        above = sublet.running()
        given = {"by": sublet.people[sublet.workshop], "under": above}
        sublet.running(BEGUN + DAY, sublessee=sublet.next, period=Period(BEGUN, TIME.end), **given)
        sublet.propose(sublessee=sublet.next, period=Period(TIME.end, TIME.end + DAY))

        leases.end(lease=sublet.lease, by=world.owner, at=BEGUN + 2 * DAY)

        assert sorted(Sublease.objects.values_list("status", flat=True)) == ["ENDED", "ENDED", "EXPIRED"]
        assert set(Sublease.objects.exclude(active_to=None).values_list("active_to", flat=True)) == {
            BEGUN + 2 * DAY
        }
        ends = {one.span.end for one in Agreement.objects.filter(reference=sublet.lease.public_id)}
        assert ends == {BEGUN + 2 * DAY}


class TestTheClock:
    def test_ends_what_is_over(self, sublet, world):
        made = sublet.running()

        for at, status in ((TIME.end - TICK, Status.RUNNING), (TIME.end + DAY, Status.ENDED)):
            found = sublease_ends.close_due(
                sublease=Sublease.objects.with_sides().get(pk=made.pk), by=world.clock, at=at
            )
            assert found.status == status
        assert found.active_to == TIME.end
        assert found.steps.last().roles == ["ROBOT"]

    def test_lets_expire_what_never_began(self, sublet, world):
        sublet.agreed()

        for _ in range(2):
            made = Sublease.objects.with_sides().get()
            found = sublease_ends.close_due(sublease=made, by=world.clock, at=TIME.end)
        assert found.status == Status.EXPIRED

    def test_is_no_person(self, sublet, world):
        with pytest.raises(MissingRight):
            sublease_ends.close_due(sublease=sublet.agreed(), by=world.owner, at=TIME.end)

    def test_comes_by_itself(self, sublet, world, monkeypatch):
        made = sublet.running()
        called = []
        monkeypatch.setattr(tasks.close_due_sublease, "delay", lambda **given: called.append(given))
        monkeypatch.setattr(tasks.close_due, "delay", lambda **given: None)

        tasks.run_clock()
        tasks.close_due_sublease(**called[0])

        assert called == [{"sublease_id": made.pk}]
        made.refresh_from_db()
        assert made.status == Status.ENDED


class TestTheEvidence:
    def test_is_a_chain(self, sublet):
        made = sublet.running()

        steps = list(made.steps.all())
        assert [one.move for one in steps] == ["propose", "accept", "consent", "begin"]
        assert history.first_broken(one.link() for one in steps) is None
        assert steps[0].facts["digest"] == made.digest
        assert str(steps[0]).endswith("1 propose")
        steps[1].reason = "other"
        assert history.first_broken(one.link() for one in steps) == 1

    @pytest.mark.parametrize(
        "statement", ["UPDATE leasing_subleasestep SET reason = 'x'", "DELETE FROM leasing_subleasestep"]
    )
    def test_is_never_rewritten(self, sublet, statement):
        sublet.propose()

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert SubleaseStep.objects.count() == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"document": {}},
            {"digest": "0"},
            {"place": "elsewhere"},
            {"ends_at": TIME.end + DAY},
            {"asked": []},
            {"depth": 2},
        ],
    )
    def test_what_is_agreed_stays(self, sublet, change):
        made = sublet.propose()

        with pytest.raises(IntegrityError), transaction.atomic():
            Sublease.objects.filter(pk=made.pk).update(**change)

    @pytest.mark.parametrize(
        "change",
        [
            {"status": Status.AGREED},
            {"status": Status.RUNNING, "active_from": BEGUN},
            {"active_from": BEGUN},
            {"active_to": BEGUN},
        ],
    )
    def test_no_state_stands_without_its_facts(self, sublet, change):
        made = sublet.accepted()

        with pytest.raises(IntegrityError), transaction.atomic():
            Sublease.objects.filter(pk=made.pk).update(**change)

    def test_two_never_take_one_time(self, sublet, lessor):
        sublet.agreed()
        other = sublet.accepted(sublessee=sublet.next, period=Period(TIME.end - TICK, TIME.end + DAY))

        with pytest.raises(IntegrityError), transaction.atomic():
            Sublease.objects.filter(pk=other.pk).update(status=Status.AGREED, consented=[lessor.public_id])


class TestVisible:
    def test_to_its_sides_and_the_platform_alone(self, sublet, world, lessor, lessee):
        made = sublet.propose()
        platform = make.platform()

        for who in (lessor, lessee, sublet.workshop, platform):
            assert list(Sublease.objects.of(who)) == [made]
        for who in (world.stranger, sublet.next):
            assert not Sublease.objects.of(who).exists()
        for person in (world.owner, world.buyer, sublet.people[sublet.workshop], make.member(platform)):
            assert list(Sublease.objects.visible_to(person)) == [made]
        assert not Sublease.objects.visible_to(world.outsider).exists()
        assert made.side_of(world.stranger) is None
