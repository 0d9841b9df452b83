"""Terms that change while an agreement runs, and agreements that are suspended: decided at the door."""

import pytest
from django.db import DatabaseError, transaction

from devices.ownership.actions import access, agreements, amendments, suspensions, versions
from devices.ownership.models import AccessEvent, Agreement, AgreementVersion, Proposal
from devices.ownership.queries import policy_of
from devices.ownership.rules.decisions import Effect
from devices.ownership.rules.odrl import reading
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import CHANNELS, DAY, NOW, START, World
from tests.devices.ownership.terms import DAILY, NOTHING, RAW, accepted, terms
from tests.factories.marketplace import member, organization, platform

pytestmark = pytest.mark.django_db
MIDDLE = START + 2 * DAY  # of the first lease, which runs from the first to the third day
LEASE = Period(START + DAY, START + 3 * DAY)
VOID = {"party": "lessee", "category": "energy", "removes": ["read"]}


world = once.fixture(World)


@pytest.fixture
def held(world):
    return Agreement.objects.get(reference="lea_A")


def propose(world, held, *changes, by=None, **more):
    who = by or world.owner
    given = {"agreement": held, "terms": terms(*changes), "by": world.people[who], "within": who}
    return amendments.propose(**(given | {"at": START + 1.5 * DAY} | more))


def agree(world, proposal, at=MIDDLE, digest=None):
    other = world.a if proposal.side == "owner" else world.owner
    return amendments.accept(
        proposal=proposal, digest=digest or proposal.digest, by=world.people[other], at=at
    )


def effects(world, who=None, purpose="asset_protection", channel="load"):
    """What a party may read of a channel, stretch by stretch, with the moment from which on."""
    answer = world.read(who or world.owner, purpose, period=LEASE, channels=[channel])
    return [(one.segment.period.start, one.decision.effect, one.decision.interval) for one in answer.rulings]


def unchanged(held):
    held.refresh_from_db()
    return held.version == 1 and AgreementVersion.objects.filter(agreement=held).count() == 1


QUARTERS = (Effect.AGGREGATE, 900_000_000)


class TestTheTermsOfTheLease:
    def lend(self, world, document, **more):
        given = {
            "equipment": world.machine,
            "owner": world.owner,
            "lessee": world.a,
            "period": Period(START + 7 * DAY, None),
            "reference": "lea_C",
            "billing_channels": ["execution"],
            "by": world.people[world.owner],
            "at": NOW,
            "terms": document,
            "accepted": accepted(document, world.owner, world.a, NOW),
        }
        return agreements.open(**(given | more))

    def test_are_what_the_door_decides_by(self, world):
        opened = self.lend(world, terms(RAW))

        after = Period(START + 7 * DAY, START + 8 * DAY)
        (ruling,) = world.read(world.owner, "asset_protection", period=after, channels=["load"]).rulings
        assert (ruling.decision.effect, ruling.decision.basis[-1]) == (Effect.RAW, "agreed_rights")
        version = opened.versions.get()
        assert [one["side"] for one in version.accepted] == ["owner", "lessee"]
        assert {one["digest"] for one in version.accepted} == {version.digest}

    def test_are_written_in_the_policy(self, world):
        opened = self.lend(world, terms(NOTHING))

        policy = reading.read(policy_of(Agreement.objects.with_terms().get(pk=opened.pk)))

        names = {rule.id.rpartition(":")[2] for rule in policy.rules}
        assert "machine_condition.owner.read" not in names
        assert "machine_condition.lessee.read" in names

    def test_are_refused_where_nobody_can_give_them_away(self, world):
        with pytest.raises(agreements.DataTermsVoid) as refusal:
            self.lend(world, terms(VOID))

        assert [(flaw.pointer, flaw.facts["article"]) for flaw in refusal.value.flaws] == [
            ("/data_terms/changes/0/removes", "da_4_1")
        ]
        assert not Agreement.objects.filter(reference="lea_C").exists()

    @pytest.mark.parametrize("missing", ["owner", "lessee", "digest"])
    def test_need_both_sides_acceptance_of_just_these(self, world, missing):
        both = accepted(terms(RAW), world.owner, world.a, NOW)
        given = [one for one in both if one.side != missing]
        document = terms(DAILY) if missing == "digest" else terms(RAW)

        with pytest.raises(agreements.DataTermsNotAccepted):
            self.lend(world, document, accepted=given)
        assert not Agreement.objects.filter(reference="lea_C").exists()


class TestAccept:
    def test_widens_from_the_moment_on(self, world, held):
        version = agree(world, propose(world, held, RAW))

        assert effects(world) == [(START + DAY, *QUARTERS), (MIDDLE, Effect.RAW, None)]
        assert (version.number, version.valid_from) == (2, MIDDLE)
        assert [one["side"] for one in version.accepted] == ["owner", "lessee"]
        held.refresh_from_db()
        assert held.version == 2
        assert str(version).endswith("#2")
        actions = AuditEntry.objects.filter(action__startswith="proposal.").values_list("action", flat=True)
        assert list(actions) == ["proposal.propose", "proposal.accept"]

    def test_widens_over_earlier_data_where_the_lessee_says_so(self, world, held):
        agree(world, propose(world, held, RAW, covers_earlier=True))

        assert effects(world) == [(START + DAY, Effect.RAW, None)]

    def test_narrows_for_all_data(self, world, held):
        agree(world, propose(world, held, NOTHING, by=world.a))

        assert [one[1] for one in effects(world)] == [Effect.DENY]
        assert effects(world, world.a, "operation")[0][1] == Effect.RAW

    def test_cuts_what_is_read_to_the_microsecond(self, world, held):
        agree(world, propose(world, held, RAW))
        answer = world.read(world.owner, "asset_protection", period=LEASE, channels=["load"])

        raw = [at for one in answer.series for at, _ in one.points]
        assert raw
        assert min(raw) >= int(MIDDLE.timestamp()) * 1_000_000

    def test_takes_no_other_fingerprint(self, world, held):
        proposal = propose(world, held, RAW)
        amendments.withdraw(proposal=proposal, by=world.people[world.owner], at=MIDDLE)
        other = propose(world, held, DAILY)

        with pytest.raises(amendments.ProposalDiffers):
            agree(world, other, digest=proposal.digest)
        assert unchanged(held)

    def test_is_the_other_sides(self, world, held):
        proposal = propose(world, held, RAW)

        for person in (world.people[world.owner], member(world.a, Role.VIEWER), member(organization())):
            with pytest.raises(MissingRight):
                amendments.accept(proposal=proposal, digest=proposal.digest, by=person, at=MIDDLE)
        assert unchanged(held)

    def test_is_too_late_when_the_agreement_is_over(self, world, held):
        proposal = propose(world, held, RAW)

        with pytest.raises(amendments.AgreementOver):
            agree(world, proposal, at=LEASE.end)
        assert unchanged(held)

    def test_never_counts_from_before_the_version_before(self, world, held):
        agree(world, propose(world, held, RAW))
        back = agree(world, propose(world, held, DAILY), at=START + 1.6 * DAY)

        assert back.valid_from == MIDDLE

    def test_stops_a_read_that_was_decided_before(self, world, held, monkeypatch):
        proposal = propose(world, held, NOTHING)
        inner = access._series

        def series(*args):
            yield from inner(*args)
            agree(world, proposal)

        monkeypatch.setattr(access, "_series", series)

        with pytest.raises(access.RightsChanged):
            world.read(world.owner, "asset_protection", period=LEASE, channels=["load"])


class TestPropose:
    def test_is_a_sides(self, world, held):
        stranger = organization()
        world.people[stranger] = member(stranger)

        with pytest.raises(MissingRight):
            propose(world, held, RAW, by=stranger)
        with pytest.raises(MissingRight):
            amendments.propose(
                agreement=held, terms=terms(RAW), by=member(world.a, Role.VIEWER), within=world.a, at=NOW
            )
        assert not Proposal.objects.exists()

    def test_refuses_what_is_void_and_names_the_article(self, world, held):
        with pytest.raises(agreements.DataTermsVoid) as refusal:
            propose(world, held, RAW, VOID)

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/changes/1/removes"]
        assert not Proposal.objects.exists()

    def test_refuses_what_holds_already(self, world, held):
        with pytest.raises(amendments.NothingProposed):
            propose(world, held)

        agree(world, propose(world, held, RAW))
        with pytest.raises(amendments.NothingProposed):
            propose(world, held, RAW)
        agree(world, propose(world, held, RAW, covers_earlier=True))
        assert effects(world) == [(START + DAY, Effect.RAW, None)]

    def test_waits_for_the_answer_to_another(self, world, held):
        propose(world, held, RAW)

        with pytest.raises(amendments.ProposalWaits):
            propose(world, held, DAILY, by=world.a)
        assert Proposal.objects.count() == 1

    def test_is_too_late_when_the_agreement_is_over(self, world, held):
        with pytest.raises(amendments.AgreementOver):
            propose(world, held, RAW, at=LEASE.end)

    def test_sees_the_version_that_the_caller_saw(self, world, held):
        with pytest.raises(versions.AgreementChanged) as refusal:
            propose(world, held, RAW, expected=7)

        assert (refusal.value.status, Proposal.objects.count()) == (412, 0)
        assert propose(world, held, RAW, expected=1).number == 2


class TestOtherAnswers:
    def test_refusing_says_why_and_changes_nothing(self, world, held):
        proposal = propose(world, held, RAW)
        with pytest.raises(MissingRight):
            amendments.refuse(proposal=proposal, reason="", by=world.people[world.owner], at=MIDDLE)

        refused = amendments.refuse(proposal=proposal, reason=" no ", by=world.people[world.a], at=MIDDLE)

        assert (refused.state, refused.reason, unchanged(held)) == ("REFUSED", "no", True)
        assert str(refused)

    def test_withdrawing_is_the_proposers(self, world, held):
        proposal = propose(world, held, RAW)
        with pytest.raises(MissingRight):
            amendments.withdraw(proposal=proposal, by=world.people[world.a], at=MIDDLE)

        amendments.withdraw(proposal=proposal, by=world.people[world.owner], at=MIDDLE)

        buyer, owner = world.people[world.a], world.people[world.owner]
        with pytest.raises(amendments.ProposalAnswered):
            agree(world, proposal)
        with pytest.raises(amendments.ProposalAnswered):
            amendments.refuse(proposal=proposal, reason="", by=buyer, at=MIDDLE)
        with pytest.raises(amendments.ProposalAnswered):
            amendments.withdraw(proposal=proposal, by=owner, at=MIDDLE)
        assert unchanged(held)

    def test_the_end_of_the_agreement_lets_it_expire(self, world, held):
        proposal = propose(world, held, RAW)

        agreements.close(reference="lea_A", ends_at=MIDDLE, by=world.clock, at=MIDDLE)

        proposal.refresh_from_db()
        assert (proposal.state, proposal.decided_at) == ("EXPIRED", MIDDLE)
        with pytest.raises(amendments.ProposalAnswered):
            agree(world, proposal)

    def test_versions_cannot_be_rewritten(self, held):
        for change in (lambda rows: rows.update(number=9), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(AgreementVersion.objects.all())


class TestSuspension:
    def reads(self, world, who, purpose):
        """Return the channels of which a party gets anything, of the first lease."""
        answer = world.read(who, purpose, period=LEASE)
        return {one.channel for one in answer.series}, {
            one.decision.reason for one in answer.rulings if not one.permits
        }

    def suspend(self, world, held, **more):
        given = {"agreement": held, "by": world.people[world.a], "at": NOW}
        return suspensions.suspend(**(given | more))

    def test_leaves_others_the_evidence_of_bills_alone(self, world, held):
        assert self.reads(world, world.owner, "asset_protection")[0] == {"load", "alarm", "execution"}

        suspended = self.suspend(world, held)

        assert (suspended.version, suspended.is_suspended) == (2, True)
        shown, why = self.reads(world, world.owner, "asset_protection")
        assert (shown, "agreement_suspended" in why) == (set(), True)
        assert self.reads(world, world.owner, "billing")[0] == {"execution"}
        assert self.reads(world, world.a, "operation")[0] == {key for key, *_ in CHANNELS}
        assert AccessEvent.objects.decisions_made().filter(outcome="DENY").exists()

    def test_holds_for_that_agreement_alone(self, world, held):
        self.suspend(world, held)

        assert "load" in {one.channel for one in world.read(world.owner, "asset_protection").series}

    def test_does_not_stop_the_meter(self, world, held):
        self.suspend(world, held)

        found = access.read_for_metering(
            device=world.device,
            channels=["execution"],
            period=LEASE,
            upto_arrival=None,
            reference="lea_A",
            by=world.clock,
            at=NOW,
        )

        assert found.event

    def test_ends_when_the_lessee_resumes(self, world, held):
        self.suspend(world, held)
        again = self.suspend(world, held)
        assert again.version == 2

        for _ in range(2):
            resumed = suspensions.resume(agreement=held, by=world.people[world.a], at=NOW)
        assert (resumed.version, resumed.is_suspended) == (3, False)
        assert self.reads(world, world.owner, "asset_protection")[0] == {"load", "alarm", "execution"}

    def test_is_the_lessees(self, world, held):
        for person in (world.people[world.owner], member(world.a, Role.VIEWER), member(organization())):
            for act in (suspensions.suspend, suspensions.resume):
                with pytest.raises(MissingRight):
                    act(agreement=held, by=person, at=NOW)
        assert unchanged(held)

    def test_sees_the_version_that_the_caller_saw(self, world, held):
        with pytest.raises(versions.AgreementChanged):
            self.suspend(world, held, expected=3)
        assert unchanged(held)

    def test_works_on_a_read_under_way(self, world, held, monkeypatch):
        inner = access._series

        def series(*args):
            yield from inner(*args)
            self.suspend(world, held)

        monkeypatch.setattr(access, "_series", series)

        with pytest.raises(access.RightsChanged):
            world.read(world.owner, "asset_protection", period=LEASE)

    def test_is_written_in_the_policy(self, world, held):
        self.suspend(world, held)

        policy = reading.read(policy_of(Agreement.objects.with_terms().get(pk=held.pk)))

        allowed = {rule.id.rpartition(":")[2] for rule in policy.rules if rule.kind == "permission"}
        assert "billing_counters.owner.read" in allowed
        assert {one.split(".")[1] for one in allowed} <= {"owner", "lessee", "platform"}
        assert {one for one in allowed if ".owner" in one} <= {
            f"billing_counters.owner.{right}" for right in ("read", "hold", "process", "port")
        }


class TestAnOrder:
    def hold(self, held, by, within, order="市监函〔2026〕7号"):
        return suspensions.hold(agreement=held, order=order, by=by, within=within, at=NOW)

    def test_is_the_platforms_and_stays_when_the_lessee_resumes(self, world, held):
        operator = member(platform())
        for _ in range(2):
            ordered = self.hold(held, operator, platform())
        assert (ordered.version, ordered.order) == (2, "市监函〔2026〕7号")

        suspensions.suspend(agreement=held, by=world.people[world.a], at=NOW)
        suspensions.resume(agreement=held, by=world.people[world.a], at=NOW)
        held.refresh_from_db()
        assert held.is_suspended

        for _ in range(2):
            lifted = suspensions.release(agreement=held, by=operator, within=platform(), at=NOW)
        assert (lifted.is_suspended, lifted.version) == (False, 5)
        assert AuditEntry.objects.filter(action="agreement.hold").count() == 1

    def test_must_be_named(self, held):
        with pytest.raises(suspensions.OrderNotNamed):
            self.hold(held, member(platform()), platform(), order=" ")
        assert unchanged(held)

    def test_is_nobody_elses(self, world, held):
        for within in (world.owner, world.a):
            with pytest.raises(MissingRight):
                self.hold(held, world.people[within], within)
        with pytest.raises(MissingRight):
            suspensions.release(agreement=held, by=member(world.a), within=platform(), at=NOW)
        assert unchanged(held)
