"""Asking for, giving, refusing and withdrawing grants, and what the door makes of them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from devices import queries as telemetry
from devices.ownership import queries
from devices.ownership.actions import access, agreements, competitors, grants, sealing
from devices.ownership.actions.grants import Wanted
from devices.ownership.models import Agreement, AgreementVersion, DeclaredCompetitor, Grant
from devices.ownership.queries import segments
from devices.ownership.rules import data_terms
from devices.ownership.rules.decisions import Effect
from devices.ownership.rules.grants import State
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, NOW, START, WEEK, World, days
from tests.devices.ownership.terms import NOTHING, RAW, terms
from tests.factories.marketplace import equipment, member, organization, platform

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OF_A = Period(START + DAY, START + 3 * DAY)
NEXT_WEEK = Period(NOW, NOW + 7 * DAY)


class Granting(World):
    """The owner, its two lessees, a maker, a provider and a court, who may ask for grants over A's data."""

    def __init__(self):
        super().__init__()
        self.maker, self.provider = organization("Maker", "MAKER"), organization("Repair", "SERVICE_PROVIDER")
        self.court, self.platform = organization("Court", "REGULATOR"), platform()
        for one in (self.maker, self.provider, self.court, self.platform):
            self.people[one] = member(one)
        self.of_a, self.of_b = Agreement.objects.order_by("pk")

    def job(self, **more):
        given = {
            "kind": Grant.Kind.SERVICE_JOB,
            "equipment": self.machine,
            "agreement": self.of_a,
            "recipient": self.provider,
            "categories": ["machine_condition"],
            "right": "read",
            "purpose": "maintenance",
            "generated": WEEK,
            "readable": NEXT_WEEK,
            "reference": "JOB-7",
        }
        return Wanted(**(given | more))

    def consent(self, **more):
        terms = {"kind": Grant.Kind.LESSEE_CONSENT, "recipient": self.owner, "reference": ""}
        return self.job(**(terms | more))

    def diagnosis(self, **more):
        terms = {"kind": Grant.Kind.REMOTE_DIAGNOSIS, "generated": None, "readable": None}
        return self.consent(**(terms | more))

    def order(self, **more):
        terms = {"kind": Grant.Kind.ORDER, "recipient": self.court, "authority": "Court of Suzhou"}
        terms |= {"ordered_on": date(2026, 3, 2), "reference": "No. 7", "purpose": "safety"}
        return self.job(**(terms | more))

    def asked(self, wanted=None, at=NOW):
        wanted = wanted or self.job()
        return grants.ask(wanted=wanted, reason="Spindle hums", by=self.people[wanted.recipient], at=at)

    def given(self, wanted=None, by=None, at=NOW):
        by = by or self.a
        return grants.offer(wanted=wanted or self.job(), within=by, by=self.people[by], at=at)

    def does(self, action, grant, by=None, at=NOW, **more):
        by = by or self.a
        return action(grant=grant, within=by, by=self.people[by], at=at, **more)

    def version(self):
        return Agreement.objects.get(pk=self.of_a.pk).version

    def reasons(self, who, channel, purpose="maintenance", **more):
        answer = self.read(who, purpose, channels=[channel], **({"period": OF_A} | more))
        return [ruling.decision.reason for ruling in answer.rulings]


world = once.fixture(Granting)


class TestAsk:
    def test_opens_nothing_and_is_written_down(self, world):
        grant = world.asked()

        assert (grant.state(NOW), world.version()) == (State.ASKED, 1)
        assert AuditEntry.objects.get(action="grant.ask").facts["digest"] == grant.digest
        assert world.reasons(world.provider, "load") == ["needs_consent"]
        assert str(grant).startswith("Repair")

    def test_refuses_what_nobody_can_give_and_names_the_rule(self, world):
        with pytest.raises(grants.InvalidGrant) as refused:
            world.asked(world.job(recipient=world.maker, kind=Grant.Kind.LESSEE_CONSENT))

        assert [one.code for one in refused.value.flaws] == ["more_than_may_be_got", "purpose_not_of_cell"]
        assert not Grant.objects.exists()

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
    def test_wants_a_reason(self, world, reason):
        with pytest.raises(grants.InvalidGrant):
            grants.ask(wanted=world.job(), reason=reason, by=world.people[world.provider], at=NOW)

        assert not Grant.objects.exists()

    def test_is_for_people_of_the_recipient_who_may(self, world):
        for person in (world.people[world.a], member(world.provider, Role.VIEWER)):
            with pytest.raises(MissingRight):
                grants.ask(wanted=world.job(), reason="x", by=person, at=NOW)

        assert not Grant.objects.exists()


class TestGive:
    def test_opens_exactly_what_was_asked_for(self, world):
        grant = world.asked()

        given = world.does(grants.give, grant, digest=grant.digest)

        assert (given.state(NOW), given.given_role, world.version()) == (State.OPEN, "lessee", 2)
        answer = world.read(world.provider, "maintenance")
        assert days(answer, "load") == [2, 3, 4, 5]
        assert days(answer, "program") == []
        assert {one.decision.rule for one in answer.rulings if one.permits} == {f"grant:{grant.public_id}"}

    def test_gives_nothing_for_another_purpose_or_of_another_lessee(self, world):
        world.given()

        assert world.reasons(world.provider, "load", "warranty") == ["other_purpose"]
        later = Period(START + 4 * DAY, START + 6 * DAY)
        assert world.reasons(world.provider, "load", period=later) == ["needs_consent"]

    def test_wants_the_digest_of_what_was_shown(self, world):
        grant = world.asked()

        with pytest.raises(grants.OtherTermsShown):
            world.does(grants.give, grant, digest="0" * 64)

        assert Grant.objects.get().given_at is None

    def test_is_done_once(self, world):
        grant = world.asked()
        world.does(grants.give, grant, digest=grant.digest)

        for action, more in ((grants.give, {"digest": grant.digest}), (grants.refuse, {"reason": ""})):
            with pytest.raises(grants.GrantAnswered):
                world.does(action, grant, **more)

        assert world.version() == 2

    def test_is_for_the_side_whose_data_they_are(self, world):
        grant = world.asked(world.consent())

        for who in (world.b, world.owner, world.maker, world.platform):
            with pytest.raises(grants.NotTheGiver):
                world.does(grants.give, grant, by=who, digest=grant.digest)
        viewer = member(world.a, Role.VIEWER)
        with pytest.raises(MissingRight):
            grants.give(grant=grant, digest=grant.digest, within=world.a, by=viewer, at=NOW)

        assert Grant.objects.get().given_at is None

    def test_an_owner_gives_a_job_but_no_consent_of_the_lessee(self, world):
        world.given(by=world.owner)
        with pytest.raises(grants.InvalidGrant) as refused:
            world.given(
                world.consent(recipient=world.maker, right="read_aggregate", interval="PT15M"), world.owner
            )

        assert "consent_missing" in {one.code for one in refused.value.flaws}
        assert days(world.read(world.provider, "maintenance"), "load") == [2, 3, 4, 5]

    def test_gives_nothing_of_a_time_that_is_over(self, world):
        grant = world.asked()

        with pytest.raises(grants.GrantLapsed):
            world.does(grants.give, grant, digest=grant.digest, at=NEXT_WEEK.end)

    def test_a_widened_interval_of_the_owner(self, world):
        world.given(world.consent(right="read_aggregate", interval="PT5M", purpose="asset_protection"))

        answer = world.read(world.owner, "asset_protection", period=OF_A, channels=["load"])

        assert answer.series[0].interval == 300_000_000

    def test_an_order_is_recorded_by_the_platform_alone(self, world):
        with pytest.raises(grants.NotTheGiver):
            world.given(world.order())
        world.given(world.order(categories=["process_parameters"]), world.platform)

        assert days(world.read(world.court, "safety"), "program") == [2, 3, 4, 5]
        with pytest.raises(grants.NotTheGiver):
            world.does(grants.withdraw, Grant.objects.get())


class TestUnleased:
    def test_an_owner_opens_its_own_time_and_no_lessees(self, world):
        wanted = world.consent(
            agreement=None,
            recipient=world.maker,
            right="read_aggregate",
            interval="PT15M",
            purpose="warranty",
        )
        world.given(wanted, world.owner)

        found = world.read(world.maker, "warranty", channels=["load"])

        assert [one.period.start for one in found.series] == [START, START + 3 * DAY, START + 6 * DAY]
        assert all(one.effect is Effect.AGGREGATE for one in found.series)

    def test_only_the_owner_gives_it(self, world):
        with pytest.raises(grants.NotTheGiver):
            world.given(world.job(agreement=None), world.a)

    def test_one_that_is_withdrawn_while_it_is_read_hands_out_nothing(self, world, monkeypatch):
        grant = world.given(world.job(agreement=None), world.owner)
        assert days(world.read(world.provider, "maintenance"), "load") == [0, 1, 6, 7, 12, 13]
        true = telemetry.readings

        def slow(*args, **kwargs):
            Grant.objects.filter(pk=grant.pk).update(withdrawn_at=NOW, withdrawn_by="usr")
            return true(*args, **kwargs)

        monkeypatch.setattr(telemetry, "readings", slow)
        with pytest.raises(access.RightsChanged):
            world.read(world.provider, "maintenance")


class TestDiagnosis:
    NOW = START + 2 * DAY

    def test_opens_two_hours_from_the_moment_of_consent(self, world):
        grant = world.asked(world.diagnosis(), at=self.NOW - HOUR)
        world.does(grants.give, grant, digest=grant.digest, at=self.NOW)

        during = {"period": Period(self.NOW - HOUR, self.NOW + 3 * HOUR), "at": self.NOW + HOUR}
        assert world.reasons(world.owner, "load", **during) == [
            "outside_time_box",
            "grant_gives_raw",
            "outside_time_box",
        ]
        over = during | {"at": self.NOW + 2 * HOUR}
        assert set(world.reasons(world.owner, "load", **over)) == {"consent_ended"}
        kept = world.reasons(world.owner, "load", "asset_protection", **over)
        assert set(kept) == {"cell_grants_aggregate"}

    def test_lasts_as_long_as_was_said_and_a_day_at_most(self, world):
        grant = world.given(world.diagnosis(lasts=24 * HOUR), at=self.NOW)

        assert grant.readable.upper == self.NOW + DAY
        with pytest.raises(grants.InvalidGrant):
            world.given(world.diagnosis(lasts=25 * HOUR), at=self.NOW)

    def test_ends_with_the_lease(self, world):
        world.given(world.diagnosis(lasts=24 * HOUR), at=self.NOW + DAY / 2)
        over = Period(START + 3 * DAY, START + 4 * DAY)

        found = world.reasons(world.owner, "load", period=over, at=START + 3 * DAY + HOUR)

        assert found == ["own_data"]
        with pytest.raises(grants.GrantLapsed):
            world.given(world.diagnosis(), at=START + 3 * DAY)

    def test_gives_a_maker_figures_and_no_single_reading(self, world):
        with pytest.raises(grants.InvalidGrant):
            world.given(world.diagnosis(recipient=world.maker, purpose="warranty"), at=self.NOW)
        figures = {"right": "read_aggregate", "interval": "PT15M", "purpose": "warranty"}
        world.given(world.diagnosis(recipient=world.maker, **figures), at=self.NOW)

        period = Period(self.NOW, self.NOW + HOUR)
        assert world.reasons(world.maker, "load", "warranty", period=period, at=self.NOW + HOUR) == [
            "grant_gives_aggregate"
        ]


class TestRefuse:
    def test_opens_nothing(self, world):
        grant = world.asked()

        refused = world.does(grants.refuse, grant, reason="Not now")

        assert (refused.state(NOW), refused.refused_why) == (State.REFUSED, "Not now")
        assert world.version() == 1
        with pytest.raises(grants.GrantAnswered):
            world.does(grants.give, grant, digest=grant.digest)

    def test_is_for_who_could_give_it(self, world):
        grant = world.asked(
            world.consent(recipient=world.maker, right="read_aggregate", interval="PT15M", purpose="warranty")
        )

        for who in (world.owner, world.b, world.maker):
            with pytest.raises(grants.NotTheGiver):
                world.does(grants.refuse, grant, by=who, reason="")

        assert Grant.objects.get().refused_at is None


class TestWithdraw:
    def test_counts_at_the_next_request(self, world):
        grant = world.given()
        world.read(world.provider, "maintenance")

        world.does(grants.withdraw, grant, at=NOW + HOUR)

        assert world.version() == 3
        later = {"at": NOW + HOUR}
        assert world.reasons(world.provider, "load", **later) == ["consent_withdrawn"]
        assert world.does(lambda grant, **_: grant.state(NOW), Grant.objects.get()) == State.WITHDRAWN

    def test_stops_a_read_that_is_under_way(self, world, monkeypatch):
        grant = world.given()
        true = telemetry.readings

        def slow(*args, **kwargs):
            world.does(grants.withdraw, grant)
            return true(*args, **kwargs)

        monkeypatch.setattr(telemetry, "readings", slow)
        with pytest.raises(access.RightsChanged):
            world.read(world.provider, "maintenance")

    def test_stops_a_read_that_has_looked_at_the_grant_already(self, world, monkeypatch):
        grant = world.given()
        true = segments._granted

        def slow(*args):
            found = true(*args)
            if Grant.objects.get(pk=grant.pk).withdrawn_at is None:
                world.does(grants.withdraw, grant)
            return found

        monkeypatch.setattr(segments, "_granted", slow)
        with pytest.raises(access.RightsChanged):
            world.read(world.provider, "maintenance")

    def test_a_lessee_withdraws_what_the_owner_gave_of_its_data(self, world):
        grant = world.given(by=world.owner)

        assert world.does(grants.withdraw, grant).withdrawn_by == world.people[world.a].public_id

    def test_refuses_others_and_what_is_not_in_force(self, world):
        grant = world.given()
        asked = world.asked()

        for who in (world.owner, world.b, world.provider):
            with pytest.raises(grants.NotTheGiver):
                world.does(grants.withdraw, grant, by=who)
        with pytest.raises(grants.GrantNotInForce):
            world.does(grants.withdraw, asked)
        world.does(grants.withdraw, grant)
        with pytest.raises(grants.GrantNotInForce):
            world.does(grants.withdraw, grant)

        assert world.version() == 3

    def test_says_before_what_it_takes_and_what_stays(self, world):
        grant = world.given()
        world.read(world.provider, "maintenance", channels=["load"])
        world.read(world.provider, "warranty", channels=["load"])

        effect = queries.effect_of_withdrawal(grant)

        assert (effect.reads, effect.delivered) == (1, 4)


class TestAClockThatGoesBack:
    def test_opens_no_time_box_again(self, world):
        world.given(world.job(readable=Period(NOW, NOW + DAY)))
        assert world.reasons(world.provider, "load", at=NOW + HOUR) == ["grant_gives_raw"]
        assert sealing.seal(by=robot(name="sealer"), at=NOW + 2 * DAY).at == NOW + 2 * DAY

        assert world.reasons(world.provider, "load", at=NOW + HOUR) == ["consent_ended"]
        assert sealing.seal(by=robot(name="sealer"), at=NOW + HOUR).at == NOW + 2 * DAY

    def test_brings_back_no_withdrawn_consent(self, world):
        grant = world.given()
        world.does(grants.withdraw, grant, at=NOW + DAY)

        assert world.reasons(world.provider, "load", at=NOW + HOUR) == ["consent_withdrawn"]

    def test_takes_nothing_from_the_sides(self, world):
        sealing.seal(by=robot(name="sealer"), at=NOW)
        world.read(world.a)
        sealing.seal(by=robot(name="sealer"), at=NOW + 9 * DAY)

        assert world.reasons(world.a, "load", "operation", at=NOW)[0] == "cell_grants_raw"


class TestCloseJob:
    def test_lets_the_provider_read_for_seven_days_more(self, world):
        grant = world.given(world.job(readable=Period(NOW, NOW + 60 * DAY)))

        world.does(grants.close_job, grant, by=world.provider, at=NOW + DAY)

        last = NOW + 8 * DAY
        before = {"at": last - timedelta(microseconds=1)}
        assert world.reasons(world.provider, "load", **before) == ["grant_gives_raw"]
        assert world.reasons(world.provider, "load", at=last) == ["consent_ended"]

    def test_is_done_once_by_the_provider_or_the_giver(self, world):
        grant = world.given()
        with pytest.raises(grants.NotTheGiver):
            world.does(grants.close_job, grant, by=world.owner)
        world.does(grants.close_job, grant)

        with pytest.raises(grants.NoServiceJob):
            world.does(grants.close_job, grant)
        with pytest.raises(grants.NoServiceJob):
            world.does(grants.close_job, world.given(world.consent()))


class TestNarrowedTerms:
    """What both sides agreed to give less of is not got round by a grant of the owner."""

    def narrow(self, world, *changes):
        document = terms(*changes)
        version = world.of_a.versions.latest("number")
        AgreementVersion.objects.create(
            agreement=world.of_a,
            number=version.number + 1,
            terms=document,
            digest=data_terms.digest(document),
            valid_from=START + 2 * DAY,
        )

    def test_the_owner_gives_no_job_on_what_itself_may_not_read(self, world):
        self.narrow(world, NOTHING)

        with pytest.raises(grants.InvalidGrant) as refused:
            world.given(by=world.owner)

        assert [one.code for one in refused.value.flaws] == ["narrowed_by_agreement"]
        assert not Grant.objects.exists()

    def test_the_lessee_gives_it_and_the_owner_gives_what_is_not_narrowed(self, world):
        self.narrow(world, NOTHING)
        world.given()
        world.given(world.job(agreement=world.of_b), world.owner)

        assert Grant.objects.count() == 2

    def test_what_terms_widen_is_no_ground_for_a_grant_without_the_lessee(self, world):
        self.narrow(world, RAW)
        quarter = {"right": "read_aggregate", "interval": "PT15M", "purpose": "maintenance"}

        with pytest.raises(grants.InvalidGrant) as refused:
            world.given(world.consent(recipient=world.maker, **quarter), world.owner)

        assert "consent_missing" in {one.code for one in refused.value.flaws}


class TestClosedBeforeItOpens:
    def test_counts_as_withdrawn_and_the_door_answers(self, world):
        grant = world.given(world.job(readable=Period(NOW + 30 * DAY, NOW + 40 * DAY)))
        world.does(grants.close_job, grant)

        assert Grant.objects.get().state(NOW) is State.WITHDRAWN
        assert world.reasons(world.provider, "load") == ["consent_withdrawn"]
        assert world.reasons(world.provider, "load", at=NOW + 31 * DAY) == ["consent_withdrawn"]


class TestWhoKnows:
    def test_whose_grant_is_over_is_told_so_and_others_learn_nothing(self, world):
        assert not queries.may_know(world.provider, world.device, WEEK)
        world.does(grants.withdraw, world.given())

        assert queries.may_know(world.provider, world.device, WEEK)
        assert not queries.may_know(world.maker, world.device, WEEK)

    def test_a_third_party_learns_nothing_of_the_sides_of_other_leases(self, world):
        world.given()
        world.read(world.provider, "maintenance", channels=["load"])
        event = queries.events_visible_in(world.provider).get()

        shown = queries.decisions_shown(event, world.provider)

        assert [one.get("lessee") for one in shown] == [None, world.a.public_id, None]
        sealed = queries.opened(event, world.provider)
        assert [one["name"] for one in sealed] == ["person", "decision-1"]


class TestDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            {"purpose": "warranty"},
            {"readable": (NOW, NOW + 300 * DAY)},
            {"categories": ["energy"]},
            {"digest": "0" * 64},
            {"given_at": NOW + DAY},
            {"given_role": "owner"},
            {"refused_at": NOW},
        ],
        ids=lambda one: next(iter(one)),
    )
    def test_keeps_what_was_agreed(self, world, change):
        grant = world.given()

        with pytest.raises(DatabaseError), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(**change)

    @pytest.mark.parametrize(
        "change", [{"withdrawn_at": NOW + DAY}, {"withdrawn_at": None}], ids=["again", "undone"]
    )
    def test_lets_a_grant_be_withdrawn_once(self, world, change):
        grant = world.does(grants.withdraw, world.given())

        with pytest.raises(DatabaseError), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(**change)

    def test_deletes_none(self, world):
        world.given()

        with pytest.raises(DatabaseError), transaction.atomic():
            Grant.objects.all().delete()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"asked_at": None, "given_at": None},
            {"refused_at": NOW},
            {"given_for": None},
            {"given_role": ""},
            {"readable": (NOW, None)},
            {"readable": None},
            {"generated": None},
            {"kind": "LESSEE_CONSENT", "job_closed_at": NOW},
            {"given_at": None, "asked_at": NOW, "withdrawn_at": NOW},
        ],
        ids=lambda one: "-".join(one),
    )
    def test_takes_no_half_grant(self, world, wrong):
        grant = world.given()
        for name, value in wrong.items():
            setattr(grant, name, value)
        grant.pk, grant.public_id, grant._state.adding = None, "gra_other", True

        with pytest.raises(IntegrityError), transaction.atomic():
            grant.save()

    def test_takes_no_grant_of_one_machine_under_the_agreement_of_another(self, world):
        wanted = world.job(equipment=equipment(world.owner))

        with pytest.raises(IntegrityError), transaction.atomic():
            world.given(wanted)


class TestCompetitors:
    def test_are_frozen_in_the_agreement_when_it_begins(self, world):
        agreements.close(reference="lea_B", ends_at=START + 5 * DAY, by=world.clock, at=NOW)
        type(world.owner).objects.filter(pk=world.owner.pk).update(industry_code="C3329")
        type(world.b).objects.filter(pk=world.b.pk).update(industry_code="3321")
        world.owner.refresh_from_db()
        world.b.refresh_from_db()

        opened = world.lend(world.b, 7, 9, "lea_C")
        type(world.b).objects.filter(pk=world.b.pk).update(industry_code="")

        assert not world.of_a.competitor
        assert Agreement.objects.get(pk=opened.pk).competitor

    def test_are_declared_too_both_ways(self, world):
        declared = {"organization": world.b, "competitor": world.owner, "at": START}
        for _ in range(2):
            competitors.declare(**declared, by=world.people[world.b])

        assert DeclaredCompetitor.objects.count() == 1
        assert AuditEntry.objects.filter(action="competitor.declare").count() == 1

        assert world.lend(world.b, 7, 9, "lea_C").competitor
        assert not world.lend(world.a, 9, 10, "lea_D").competitor

    def test_are_other_organizations_and_declared_by_people_who_may(self, world):
        with pytest.raises(competitors.CompetesWithItself):
            competitors.declare(organization=world.b, competitor=world.b, by=world.people[world.b], at=START)
        with pytest.raises(MissingRight):
            competitors.declare(
                organization=world.b, competitor=world.owner, by=world.people[world.a], at=START
            )

        assert not DeclaredCompetitor.objects.exists()

    def test_stay_declared(self, world):
        competitors.declare(organization=world.b, competitor=world.owner, by=world.people[world.b], at=START)

        with pytest.raises(DatabaseError), transaction.atomic():
            DeclaredCompetitor.objects.all().delete()

    def test_an_owner_that_competes_gets_hours_and_no_counts(self, world):
        Agreement.objects.filter(pk=world.of_a.pk).update(competitor=True)

        assert world.reasons(world.owner, "load", "asset_protection") == ["competitor_hours"]
        assert world.reasons(world.owner, "execution", "billing") == ["cell_grants_raw"]
        answer = world.read(world.owner, "asset_protection", channels=["load"], period=OF_A)
        assert answer.series[0].interval == 3_600_000_000

    def test_a_competing_maker_is_screened_when_it_asks(self, world):
        for one in (world.maker, world.a):
            one.industry_code = "C3421"
            one.save()
        wanted = world.consent(
            recipient=world.maker, right="read_aggregate", interval="PT15M", purpose="warranty"
        )
        wanted = replace(wanted, agreement=Agreement.objects.get(pk=world.of_a.pk))

        with pytest.raises(grants.InvalidGrant) as refused:
            world.asked(wanted)

        assert [one.code for one in refused.value.flaws] == ["interval_below_least"]
        assert world.asked(replace(wanted, interval="PT1H")).competitor
