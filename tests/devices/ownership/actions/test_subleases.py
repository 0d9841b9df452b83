"""A chain of users: whoever sub-lets sees what is billed and nothing else, until it has the machine back."""

import pytest
from django.db import IntegrityError, transaction

from devices.actions import carrying_out
from devices.models import Erasure
from devices.ownership import queries
from devices.ownership.actions import access, agreements, exporting, grants
from devices.ownership.models import AccessEvent, Agreement, DataAsset, Duty, Grant
from devices.ownership.models.agreements import AgreementQuerySet
from devices.ownership.rules import changes
from devices.ownership.rules.explanations import ARTICLES, PARTIES, REASONS
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, NOW, START, World, days
from tests.devices.ownership.terms import accepted, terms
from tests.factories.marketplace import equipment, member, organization

pytestmark = pytest.mark.django_db
OF_A = Period(START + DAY, START + 3 * DAY)
NO_CONDITION = {"party": "owner", "category": "machine_condition", "removes": ["read_aggregate"]}


class Sublet(World):
    """Of A's two days, the second half of the first and the first half of the second are C's."""

    def __init__(self):
        super().__init__()
        self.c, self.d = organization("C"), organization("D")
        self.people |= {one: member(one) for one in (self.c, self.d)}
        self.head = Agreement.objects.get(reference="lea_A")
        self.sub = self.sublet(self.head, self.c, 1.5, 2.5)
        self.sub.refresh_from_db()

    def sublet(self, under, lessee, start, end, **more):
        given = {"equipment": self.machine, "by": self.people[under.lessee], "at": START, **more}
        return agreements.open(
            owner=self.owner,
            lessee=lessee,
            period=Period(START + start * DAY, START + end * DAY),
            reference=under.reference,
            billing_channels=["execution"],
            under=under,
            **given,
        )


world = once.fixture(Sublet)


class TestReading:
    def test_each_reads_its_own_time_and_the_head_lessee_what_is_billed(self, world):
        for key in ("parts", "load", "alarm", "program"):
            assert days(world.read(world.a), key) == [2, 5]
            assert days(world.read(world.c), key) == [3, 4]
        assert days(world.read(world.a, "billing"), "execution") == [2, 3, 4, 5]
        assert days(world.read(world.c, "billing"), "execution") == [3, 4]
        assert days(world.read(world.d, "billing"), "execution") == []

    def test_what_is_billed_is_read_for_bills_alone(self, world):
        assert days(world.read(world.a, "operation"), "execution") == [2, 5]

        answer = world.read(world.a, "maintenance")

        of_c = [one for one in answer.rulings if one.segment.lessee == world.c.public_id]
        told = {(one.channel, one.party, one.decision.rule, one.decision.reason) for one in of_c}
        assert ("execution", "lessee_above", "sublease", "other_purpose") in told
        assert ("load", "lessee_above", "sublease", "above_nothing") in told
        assert {"above_nothing", "above_bills"} <= set(REASONS)
        assert "sublease_clause" in ARTICLES and "lessee_above" in PARTIES

    def test_the_owner_reads_as_against_any_lessee(self, world):
        answer = world.read(world.owner, "asset_protection", channels=["load"])

        of_c = [one for one in answer.rulings if one.segment.lessee == world.c.public_id]
        assert {one.decision.rule for one in of_c} == {"machine_condition.owner"}
        assert sum(bucket.count for one in answer.series for bucket in one.buckets) == 4 + 4

    def test_another_sub_lease_goes_on_down(self, world):
        world.sublet(world.sub, world.d, 2, 2.5)

        assert days(world.read(world.d), "program") == [4]
        assert days(world.read(world.c), "program") == [3]
        assert days(world.read(world.a), "program") == [2, 5]
        for who in (world.a, world.c):
            assert 4 in days(world.read(who, "billing"), "execution")

    def test_ended_early_it_gives_the_rest_back(self, world):
        agreements.close_branch(
            agreement=world.sub, ends_at=START + 2 * DAY, by=world.people[world.a], at=START + 2 * DAY
        )

        assert days(world.read(world.c), "program") == [3]
        assert days(world.read(world.a), "program") == [2, 4, 5]

    def test_a_suspension_leaves_the_bill_readable(self, world):
        Agreement.objects.filter(pk=world.sub.pk).update(suspended_at=START)

        assert days(world.read(world.a, "billing"), "execution") == [2, 3, 4, 5]
        answer = world.read(world.owner, "asset_protection", channels=["load"])
        assert not [one for one in answer.series if world.sub.span.overlaps(one.period)]

    def test_no_figure_of_a_whole_lease_holds_what_was_sub_let(self, world):
        answer = world.read(world.owner, "billing_if_energy_priced", channels=["parts", "execution"])

        assert not [one for one in answer.series if one.period.contains(START + DAY) and one.buckets]

    def test_stops_when_one_begins_meanwhile(self, world, monkeypatch):
        asked = {"period": Period(START + 4 * DAY, START + 6 * DAY)}
        under, written = Agreement.objects.get(reference="lea_B"), access.deciding.write_down

        def begins(**given):
            event = written(**given)
            world.sublet(under, world.c, 5, 6)
            return event

        monkeypatch.setattr(access.deciding, "write_down", begins)
        with pytest.raises(access.RightsChanged):
            world.read(world.b, **asked)


class TestTakingAlong:
    def taken(self, world, who, purpose):
        export = exporting.start(
            device=world.device,
            channels=None,
            period=Period(START, START + 7 * DAY),
            purpose=purpose,
            by=world.people[who],
            within=who,
            at=NOW,
        )
        first = int(START.timestamp()) * 1_000_000
        found = [(one.channel, (one.at - first) // 43_200_000_000) for part in export for one in part]
        return {key: sorted(half for name, half in found if name == key) for key, _ in found}

    def test_the_head_lessee_takes_the_counters_of_its_bill(self, world):
        assert self.taken(world, world.a, "billing")["execution"] == [2, 3, 4, 5]
        assert self.taken(world, world.a, "operation")["program"] == [2, 5]
        assert self.taken(world, world.c, "operation")["program"] == [3, 4]

    def test_the_proof_of_the_bill_is_handed_to_the_head_lessee(self, world):
        asked = {"device": world.device, "times": [Period(START + DAY, START + 3 * DAY)], "at": NOW}
        asked |= {"arrivals": (1, 1), "purpose": "billing", "by": world.people[world.a], "within": world.a}

        assert list(access.disclose(channels=["execution"], **asked))
        with pytest.raises(access.DisclosureNotAllowed):
            access.disclose(channels=["execution", "parts"], **asked)


class TestOpen:
    @pytest.mark.parametrize(("start", "end"), [(0.5, 2), (2, 3.5)])
    def test_stays_inside_the_lease(self, world, start, end):
        with pytest.raises(agreements.OutsideAgreementAbove):
            world.sublet(world.head, world.d, start, end)

    def test_is_of_the_same_machine(self, world):
        with pytest.raises(agreements.OutsideAgreementAbove):
            world.sublet(world.head, world.d, 1, 1.5, equipment=equipment(world.owner))

    def test_has_one_sub_lessee_at_a_time(self, world):
        with pytest.raises(agreements.DataHeldByAnother):
            world.sublet(world.head, world.d, 2, 3)

    def test_never_comes_back_to_one_above(self, world):
        with pytest.raises(agreements.LesseeInChain):
            world.sublet(world.sub, world.a, 2, 2.5)
        with pytest.raises(agreements.LesseeInChain):
            world.sublet(world.sub, world.c, 2, 2.5)
        with pytest.raises(agreements.OwnerIsLessee):
            world.sublet(world.sub, world.owner, 2, 2.5)

    def test_goes_three_deep(self, world):
        under = world.sub
        for _ in range(2):
            one = organization()
            world.people[one] = member(one)
            under = world.sublet(under, one, 2, 2.5)

        with pytest.raises(agreements.ChainTooLong):
            world.sublet(under, world.d, 2, 2.5)

    def test_is_opened_by_the_lessee_that_sub_lets(self, world):
        for who in (world.owner, world.c):
            with pytest.raises(MissingRight):
                world.sublet(world.head, world.d, 2.5, 3, by=world.people[who])

    @pytest.mark.parametrize(
        "change",
        [
            {"above": []},
            {"above": ["org_other"]},
            {"under": None},
            {"period": (START + 2 * DAY, START + 4 * DAY)},
            {"period": (START + 2 * DAY, START + 3 * DAY)},
            {"lessee": "a"},
            {"owner": "b"},
        ],
    )
    def test_is_held_by_the_database_too(self, world, change):
        lent = Agreement.objects.get(pk=world.sub.pk)
        fields = {"pk": None, "public_id": "agr_other", "period": (START + 2.5 * DAY, START + 3 * DAY)}
        fields |= {"lessee": world.d} | change
        for name, value in fields.items():
            setattr(lent, name, getattr(world, value) if value in ("a", "b") else value)
        if change == {"period": (START + 2 * DAY, START + 3 * DAY)}:
            lent.above = [world.a.public_id]  # it fits there, but C is there already

        with pytest.raises(IntegrityError), transaction.atomic():
            lent.save(force_insert=True)

    def test_holds_the_agreement_above_open(self, world):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.filter(pk=world.head.pk).update(period=(START + DAY, START + 2 * DAY))

    def test_terms_never_speak_of_a_lessee_above(self):
        document = terms({"party": "lessee_above", "category": "machine_condition", "adds": ["read"]})

        with pytest.raises(agreements.DataTermsVoid) as refused:
            agreements.check_terms(terms=document, accepted=())

        assert [one.code for one in refused.value.flaws] == ["unknown_cell"]
        assert "unknown_cell" in changes.TEXTS

    def test_has_data_terms_of_its_own(self, world):
        document = terms(NO_CONDITION)
        agreed = accepted(document, world.owner, world.d, START)
        world.sublet(world.head, world.d, 2.5, 3, terms=document, accepted=agreed)

        half = Period(START + 2.5 * DAY, START + 3 * DAY)
        before = Period(START + 2 * DAY, START + 2.5 * DAY)
        shown = [
            [one.channel for one in world.read(world.owner, "asset_protection", period=span).series]
            for span in (before, half)
        ]
        assert "load" in shown[0] and "load" not in shown[1]


class TestClose:
    def test_the_lease_ends_them_all_from_below(self, world):
        world.sublet(world.sub, world.d, 2, 2.5)

        closed = agreements.close(
            reference="lea_A", ends_at=START + 2.25 * DAY, by=world.people[world.a], at=START + 2.25 * DAY
        )

        assert [one.lessee for one in closed] == [world.d, world.c, world.a]
        assert {one.span.end for one in closed} == {START + 2.25 * DAY}

    def test_a_branch_ends_alone(self, world):
        last = world.sublet(world.sub, world.d, 2, 2.5)

        closed = agreements.close_branch(
            agreement=last, ends_at=START + 2.25 * DAY, by=world.people[world.c], at=START + 2.25 * DAY
        )

        assert [one.lessee for one in closed] == [world.d]
        assert Agreement.objects.get(pk=world.sub.pk).closed_at is None

    def test_strangers_end_nothing(self, world):
        with pytest.raises(MissingRight):
            agreements.close_branch(
                agreement=world.sub, ends_at=START + 2 * DAY, by=world.people[world.b], at=START + 2 * DAY
            )


class TestDuties:
    def ended(self, world):
        for found, end in ((world.sub, 2.5), (world.head, 3)):
            agreements.close_branch(agreement=found, ends_at=START + end * DAY, by=world.clock, at=NOW)
        return Duty.objects.filter(kind="ERASE", retentions=["PRIVATE"])

    def test_begin_for_the_sub_lessee_at_the_end_of_its_time(self, world):
        agreements.close_branch(
            agreement=world.sub, ends_at=START + 2 * DAY, by=world.clock, at=START + 2 * DAY
        )

        (duty,) = Duty.objects.filter(kind="ERASE", retentions=["PRIVATE"])
        assert (duty.agreement, duty.span) == (world.sub, Period(START + 1.5 * DAY, START + 2 * DAY))

    def test_each_erases_its_own_time_alone(self, world):
        of_head = self.ended(world).get(agreement=world.head)
        for moment in (NOW, of_head.due_at - 7 * DAY, of_head.due_at):
            Duty.objects.filter(agreement=world.sub).update(waived_at=NOW)
            carrying_out.run(by=world.clock, at=moment)

        times = {one.span for one in Erasure.objects.filter(reference=of_head.public_id)}
        assert times == {
            Period(START + DAY, START + 1.5 * DAY),
            Period(START + 2.5 * DAY, START + 3 * DAY),
        }
        assert days(world.read(world.a, at=of_head.due_at + DAY), "program") == []
        assert days(world.read(world.c, at=of_head.due_at + DAY), "program") == [3, 4]


class TestGrants:
    def wanted(self, world, agreement):
        return grants.Wanted(
            kind=Grant.Kind.LESSEE_CONSENT,
            equipment=world.machine,
            agreement=agreement,
            recipient=world.owner,
            categories=["machine_condition"],
            right="read_aggregate",
            purpose="maintenance",
            interval="PT15M",
            generated=Period(START + DAY, START + 3 * DAY),
            readable=Period(NOW, NOW + DAY),
        )

    def test_of_the_time_are_the_sub_lessees_to_give(self, world):
        given = {"wanted": self.wanted(world, world.sub), "at": NOW}

        with pytest.raises(grants.NotTheGiver):
            grants.offer(within=world.a, by=world.people[world.a], **given)
        grants.offer(within=world.c, by=world.people[world.c], **given)

        answer = world.read(world.owner, "maintenance", channels=["load"], period=OF_A)
        assert {one.period for one in answer.series} == {Period(START + 1.5 * DAY, START + 2.5 * DAY)}

    def test_of_the_head_lessee_open_nothing_of_it(self, world):
        grants.offer(wanted=self.wanted(world, world.head), within=world.a, by=world.people[world.a], at=NOW)

        answer = world.read(world.owner, "maintenance", channels=["load"], period=OF_A)
        assert {one.period for one in answer.series} == {
            Period(START + DAY, START + 1.5 * DAY),
            Period(START + 2.5 * DAY, START + 3 * DAY),
        }


class TestRegister:
    def rights(self, world, key, who, half=3):
        asset = DataAsset.objects.get(device=world.device, channel__key=key)
        seen = queries.rights_seen(asset, who, START + half * DAY / 2, NOW)
        return seen, {(one.party, one.right): one for one in seen.rights}

    def test_names_the_sub_lease_as_the_source(self, world):
        seen, found = self.rights(world, "load", world.c)

        assert found["lessee", "read"].source == "sublease"
        assert found["lessee", "read"].basis == ("da_4_1", "sublease_clause", "default_rights")
        assert seen.names == {
            "owner": world.owner.public_id,
            "lessee": world.c.public_id,
            "lessee_above": world.a.public_id,
        }
        assert seen.ends == START + 2.5 * DAY
        assert self.rights(world, "load", world.a, half=2)[1]["lessee", "read"].source == "lease"

    def test_gives_the_lessee_above_what_is_billed_and_shows_it_no_more(self, world):
        seen, found = self.rights(world, "execution", world.a)
        assert {right for _, right in found} == {"view", "hold", "process", "read", "port"}
        assert {one.source for (_, right), one in found.items() if right != "view"} == {"sublease"}
        assert seen.may_read and not seen.names

        seen, found = self.rights(world, "program", world.a)
        assert {right for _, right in found} == {"view"}
        assert not seen.may_read

    def test_lists_what_each_may_read_of_now(self, world):
        def listed(who, purpose):
            found = DataAsset.objects.readable_by(who, at=START + 2 * DAY, purpose=purpose)
            return {one.channel.key for one in found.filter(kind="CHANNEL")}

        assert listed(world.a, "operation") == set()
        assert listed(world.a, "billing") == {"execution"}
        assert listed(world.c, "operation") == {"execution", "parts", "load", "alarm", "program"}

    def test_the_sub_lessee_knows_the_assets(self, world):
        assert DataAsset.objects.known_to(world.c, at=START + 2 * DAY).exists()
        assert not DataAsset.objects.known_to(world.d, at=START + 2 * DAY).exists()


class TestTheLog:
    def metered(self, world, period):
        found = access.read_for_metering(
            device=world.device,
            channels=["execution"],
            period=period,
            upto_arrival=None,
            reference="lea_A",
            by=world.clock,
            at=NOW,
        )
        return AccessEvent.objects.get(public_id=found.event).concerns

    def test_tells_the_sub_lessee_of_the_meter_of_its_time(self, world):
        assert world.c.public_id in self.metered(world, Period(START + DAY, START + 3 * DAY))
        assert world.c.public_id in self.metered(world, None)
        assert world.c.public_id not in self.metered(world, Period(START + DAY, START + 1.5 * DAY))


def test_not_sublet_and_branch_are_of_querysets(world):
    assert isinstance(Agreement.objects.branch(world.head), AgreementQuerySet)
    assert set(Agreement.objects.branch(world.head)) == {world.head, world.sub}
    assert set(Agreement.objects.filter(equipment=world.machine).not_sublet(START + 2 * DAY)) >= {world.sub}
