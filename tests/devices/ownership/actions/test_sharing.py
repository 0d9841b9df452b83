"""Third-party sharing: asked for by the lessee, priced by the owner, accepted, withdrawn, erased."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from devices.ownership import queries
from devices.ownership.actions import (
    access,
    borders,
    exporting,
    gatekeepers,
    grants,
    sharing,
    sharing_answers,
)
from devices.ownership.actions.access import RightsChanged
from devices.ownership.actions.exporting import ExportNotAllowed
from devices.ownership.actions.sharing import NotYourPart, SharingNotThere, SharingRefused
from devices.ownership.actions.sharing_answers import BadSharingAnswer, OtherOfferShown
from devices.ownership.models import AccessEvent, Agreement, DataAsset, GatekeeperEntry, Grant, SharingRequest
from devices.ownership.permissions import ClockOnly, PlatformOnly
from devices.ownership.rules.sharing import Reason, State
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START, days
from tests.devices.ownership.shared import (
    AFTER_IT,
    ASKED,
    IN_IT,
    OF_A,
    OPEN,
    TOLD,
    WITHOUT_ANSWER,
    Sharing,
)
from tests.factories.marketplace import member, organization

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


world = once.fixture(Sharing)


def codes(refused):
    return [(one.pointer, one.code) for one in refused.value.flaws]


class TestAsk:
    def test_opens_nothing_until_the_owner_could_speak_and_the_recipient_accepted(self, world):
        request = world.asked(price_cap=500_00)

        assert request.state(ASKED) is State.ASKED
        assert request.state(WITHOUT_ANSWER) is State.OFFERED
        assert world.told(world.bank) == ["not_a_party"]
        assert AuditEntry.objects.get(action="sharing.ask").subject == request.public_id
        assert [one["outcome"] for one in request.screening] == ["PASSED"] * 10

    def test_is_the_lessees_alone(self, world):
        for side in (world.owner, world.b, world.bank):
            with pytest.raises(SharingRefused) as refused:
                world.asked(by=side)
            assert ("/agreement", "not_your_lease") in codes(refused)
        viewer = member(world.a, Role.VIEWER)
        with pytest.raises(MissingRight):
            sharing.ask(wish=world.wish(), reason="", by=viewer, within=world.a, at=ASKED)

        assert not SharingRequest.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "flaw"),
        [
            ({"purpose": "insight_user_economics"}, ("/purpose", "purpose_never_shared")),
            ({"purpose": "insight_production_methods"}, ("/purpose", "purpose_never_shared")),
            ({"purpose": "developing_competing_product"}, ("/purpose", "purpose_never_shared")),
            ({"purpose": "billing"}, ("/purpose", "purpose_not_shared")),
            ({"categories": ("operator_data",)}, ("/categories/0", "not_shareable")),
            ({"categories": ("location",)}, ("/categories/0", "not_shareable")),
            ({"categories": ("billing_counters",)}, ("/categories/0", "not_shareable")),
            ({"categories": ("energy",)}, ("/categories", "nothing_in_scope")),
            ({"categories": ()}, ("/categories", "data_missing")),
            ({"channels": ("program",)}, ("/channels", "channels_not_in_scope")),
            ({"generated": Period(START, START + 2 * DAY)}, ("/generated_from", "not_of_your_time")),
            ({"generated": Period(START + DAY, None)}, ("/generated_from", "not_of_your_time")),
            ({"generated": None}, ("/generated_from", "generated_missing")),
            ({"readable": None}, ("/readable_from", "readable_missing")),
            ({"readable": Period(ASKED, ASKED + 400 * DAY)}, ("/readable_to", "readable_too_long")),
            ({"readable": Period(START, START + DAY)}, ("/readable_to", "readable_over")),
            ({"right": "hold"}, ("/right", "right_not_known")),
            ({"right": "read", "interval": "PT1H"}, ("/interval", "interval_not_needed")),
            ({"right": "read_aggregate", "interval": "PT7M"}, ("/interval", "interval_missing")),
            ({"price_cap": -1}, ("/price_cap", "cap_not_positive")),
            ({"currency": "yuan"}, ("/currency", "currency_not_known")),
            ({"currency": "XYZ"}, ("/currency", "currency_not_known")),
            ({"destination": "DE"}, ("/destination", "border_check_missing")),
        ],
    )
    def test_refuses_each_at_its_item(self, world, changes, flaw):
        with pytest.raises(SharingRefused) as refused:
            world.asked(**changes)

        assert codes(refused) == [flaw]
        assert not Grant.objects.exists()

    def test_names_an_article_where_a_law_stands_against_it(self, world):
        with pytest.raises(SharingRefused) as refused:
            world.asked(purpose="developing_competing_product", categories=("operator_data",))

        assert [one.facts["article"] for one in refused.value.flaws] == ["da_6_2_e", "pipl_13_23"]

    def test_a_reason_has_its_length(self, world):
        with pytest.raises(SharingRefused):
            sharing.ask(wish=world.wish(), reason="x" * 501, **world.who(world.a))

    def test_goes_to_a_third_party(self, world):
        for side in (world.owner, world.a, world.platform, organization("Court", "REGULATOR")):
            with pytest.raises(SharingRefused) as refused:
                world.asked(recipient=side)
            assert codes(refused) == [("/recipient", "no_third_party")]

    def test_important_and_core_data_are_left_out_by_naming_the_others(self, world):
        DataAsset.objects.filter(channel__key="alarm").update(grade="L5")

        with pytest.raises(SharingRefused) as refused:
            world.asked()

        assert codes(refused) == [("/categories", "important_or_core")]
        assert refused.value.flaws[0].facts["channels"] == "alarm"
        assert world.asked(channels=("load",)).grant.channels == ["load"]


class TestRivals:
    def test_a_competitor_of_the_owner_gets_hours_of_the_condition(self, world):
        with pytest.raises(SharingRefused) as refused:
            world.asked(recipient=world.rival)
        assert codes(refused) == [("/categories/0", "rival_needs_hours")]

        request = world.shared(recipient=world.rival, right="read_aggregate", interval="PT1H")

        found = world.read(
            world.rival, "insurance", channels=["load"], period=OF_A, at=IN_IT, interval=HOUR / 60
        )
        assert [one.interval for one in found.series] == [3_600_000_000]
        assert {"step": "COMPETITOR", "outcome": "NARROWED"} in request.screening
        assert "no_competing_product" in found.rulings[0].decision.duties

    def test_but_other_data_of_the_lessee_in_full(self, world):
        world.shared(recipient=world.rival, categories=("production_counts", "process_parameters"))

        answer = world.read(world.rival, "insurance", period=OF_A, at=IN_IT)

        assert (days(answer, "parts"), days(answer, "program")) == ([2, 3, 4, 5], [2, 3, 4, 5])
        assert days(answer, "load") == days(answer, "execution") == []

    def test_a_maker_never_gets_programs_and_a_shop_no_form_of_them(self, world):
        for side, code in ((world.maker, "never_for_it"), (world.repair, "no_form_for_it")):
            with pytest.raises(SharingRefused) as refused:
                world.asked(recipient=side, categories=("process_parameters",))
            assert codes(refused) == [("/categories/0", code)]
        with pytest.raises(SharingRefused) as refused:
            world.asked(recipient=world.maker, categories=("production_counts",))
        assert codes(refused) == [("/categories/0", "figures_only_for_it")]

    def test_a_repair_shop_of_ones_choice_reads_in_full(self, world):
        world.shared(recipient=world.repair, purpose="maintenance")

        assert world.told(world.repair, purpose="maintenance") == ["grant_gives_raw"]


class TestGatekeepers:
    def test_get_nothing(self, world):
        world.designate(world.bank)

        with pytest.raises(SharingRefused) as refused:
            world.asked()

        assert codes(refused) == [("/recipient", "is_gatekeeper")]
        assert refused.value.flaws[0].facts["source"] == "Official Journal, C 2026/77"

    def test_designated_afterwards_lose_what_they_had_and_what_waits(self, world):
        held, waits, other = world.shared(), world.priced(), world.shared(recipient=world.institute)

        world.designate(world.bank, at=IN_IT)

        assert world.told(world.bank) == ["consent_withdrawn"]
        assert [world.fresh(one).state(IN_IT) for one in (held, waits)] == [State.STOPPED] * 2
        assert world.told(world.institute) == ["grant_gives_raw"]
        assert world.fresh(other).state(IN_IT) is State.IN_FORCE

    def test_designated_while_the_lessee_withdraws_by_the_grant(self, world, monkeypatch):
        request, lock = world.shared(), sharing.locked

        def withdrawn_first(*, request):
            grants.withdraw(grant=request.grant, **world.who(world.a, IN_IT))
            return lock(request=request)

        monkeypatch.setattr(sharing, "locked", withdrawn_first)
        world.designate(world.bank, at=IN_IT)

        assert world.fresh(request).state(IN_IT) is State.WITHDRAWN

    def test_designated_before_the_recipient_accepts(self, world):
        request = world.priced()
        GatekeeperEntry.objects.create(
            organization=world.bank, designated=True, on=ASKED.date(), source="x", at=ASKED, by="", by_name=""
        )

        with pytest.raises(SharingRefused):
            world.agree(request)
        with pytest.raises(DatabaseError, match="gatekeeper"), transaction.atomic():
            SharingRequest.objects.filter(pk=request.pk).update(agreed_at=ASKED)
            Grant.objects.filter(pk=request.grant_id).update(
                given_at=ASKED, given_for=world.a, given_role="lessee"
            )

    def test_struck_off_may_be_asked_for_again_but_nothing_comes_back(self, world):
        request = world.shared()
        world.designate(world.bank)
        world.designate(world.bank, designated=False)

        assert world.told(world.bank) == ["consent_withdrawn"]
        assert world.fresh(request).state(IN_IT) is State.STOPPED
        assert world.shared().state(IN_IT) is State.IN_FORCE
        assert [one.designated for one in queries.gatekeepers()] == [False, True]

    def test_the_list_is_the_platforms_with_a_source_and_a_history(self, world):
        facts = {"organization": world.bank, "designated": True, "on": ASKED.date(), "source": "x"}
        with pytest.raises(PlatformOnly):
            gatekeepers.record(**facts, **world.who(world.owner))
        with pytest.raises(gatekeepers.SourceMissing):
            gatekeepers.record(**facts | {"source": " "}, **world.who(world.platform))
        with pytest.raises(gatekeepers.ListedSo):
            gatekeepers.record(**facts | {"designated": False}, **world.who(world.platform))
        world.designate(world.bank)
        with pytest.raises(gatekeepers.ListedSo):
            world.designate(world.bank)
        with pytest.raises(DatabaseError), transaction.atomic():
            GatekeeperEntry.objects.update(designated=False)
        assert str(GatekeeperEntry.objects.get()).startswith("Bank")


class TestAbroad:
    def check(self, world, **facts):
        given = {"for_foreign_authority": False, "personal": False} | facts
        assets = list(DataAsset.objects.filter(channel__key__in=("load", "alarm", "execution")))
        return borders.check(
            assets=assets, destination="DE", recipient=world.bank.name, facts=given, **world.who(world.a)
        )

    def test_needs_a_check_that_lets_these_data_go_to_this_recipient(self, world):
        refusing = self.check(world, for_foreign_authority=None)
        with pytest.raises(SharingRefused) as refused:
            world.asked(destination="DE")
        assert codes(refused) == [("/destination", "border_check_refuses")]
        assert refused.value.flaws[0].facts["check"] == refusing.public_id

        allowing = self.check(world)

        assert world.asked(destination="DE").border_check == allowing
        with pytest.raises(SharingRefused):
            world.asked(destination="DE", categories=("machine_condition", "production_counts"))
        with pytest.raises(SharingRefused):
            world.asked(destination="FR")

    def test_hong_kong_is_abroad_whatever_is_said(self, world):
        world.bank.region_code = "810000"
        world.bank.save(update_fields=["region_code"])

        with pytest.raises(SharingRefused) as refused:
            world.asked()

        assert refused.value.flaws[0].facts["destination"] == "HK"


class TestPrice:
    def test_is_paid_by_the_recipient_within_the_lessees_cap(self, world):
        request = world.asked(price_cap=500_00)

        with pytest.raises(BadSharingAnswer) as refused:
            world.does(sharing_answers.price, request, world.owner, amount=500_01, basis="work")
        assert codes(refused) == [("/price", "price_above_cap")]
        priced = world.does(sharing_answers.price, request, world.owner, amount=500_00, basis="work")

        assert (priced.state(ASKED), priced.offer.price) == (State.OFFERED, 500_00)

    def test_of_a_small_enterprise_or_institute_is_the_cost_at_most(self, world):
        request = world.asked(recipient=world.institute)
        said = [({"amount": 100}, "cost_missing"), ({"amount": 100, "cost": 99}, "price_above_cost")]
        for facts, code in said:
            with pytest.raises(BadSharingAnswer) as refused:
                world.does(sharing_answers.price, request, world.owner, basis="work", **facts)
            assert [one.code for one in refused.value.flaws] == [code]

        done = world.does(sharing_answers.price, request, world.owner, amount=99, cost=99, basis="work")
        assert done.price == 99

    @pytest.mark.parametrize(
        ("facts", "code"),
        [({"amount": -1}, "price_not_positive"), ({"amount": 5, "basis": " "}, "price_basis_missing")],
    )
    def test_is_a_sum_that_can_be_checked(self, world, facts, code):
        with pytest.raises(BadSharingAnswer) as refused:
            world.does(sharing_answers.price, world.asked(), world.owner, **facts)

        assert [one.code for one in refused.value.flaws] == [code]

    def test_is_the_owners_to_state_until_it_is_accepted(self, world):
        request = world.asked()
        for side in (world.a, world.bank):
            with pytest.raises(NotYourPart):
                world.does(sharing_answers.price, request, side, amount=0)
        world.agree(request, at=WITHOUT_ANSWER)
        with pytest.raises(SharingNotThere):
            world.does(sharing_answers.price, request, world.owner, amount=0, at=WITHOUT_ANSWER)

    def test_an_owner_that_says_nothing_gets_nothing(self, world):
        request = world.asked()
        with pytest.raises(SharingNotThere):
            world.agree(request)

        agreed = world.agree(request, at=WITHOUT_ANSWER)

        assert agreed.offer.price == 0

    def test_the_database_keeps_it_within_the_cap(self, world):
        request = world.asked(price_cap=1)

        with pytest.raises(DatabaseError), transaction.atomic():
            SharingRequest.objects.filter(pk=request.pk).update(price=2, priced_at=ASKED)


class TestObjection:
    def test_to_a_trade_secret_brings_measures_into_what_is_accepted(self, world):
        request = world.priced()
        before = world.fresh(request).offer.digest

        world.objects(request, Reason.MEASURES, measures="Only on machines without a network.")

        found = world.fresh(request)
        assert (found.state(ASKED), "keep_measures" in found.offer.clauses) == (State.OFFERED, True)
        with pytest.raises(OtherOfferShown):
            world.agree(request, digest=before)
        assert world.agree(request).agreed_digest == found.offer.digest

    def test_of_grave_damage_holds_it_until_the_platform_overrules(self, world):
        request = world.priced()
        world.objects(request, Reason.DAMAGE, **TOLD)

        assert world.fresh(request).state(ASKED) is State.WITHHELD
        with pytest.raises(SharingNotThere):
            world.agree(request)
        with pytest.raises(PlatformOnly):
            world.does(sharing_answers.overrule, request, world.a, why="Decision 9")
        with pytest.raises(BadSharingAnswer):
            world.does(sharing_answers.overrule, request, world.platform, why="")
        world.does(sharing_answers.overrule, request, world.platform, why="Decision 9 of the regulator")

        assert world.agree(request).state(IN_IT) is State.IN_FORCE
        with pytest.raises(SharingNotThere):
            world.does(sharing_answers.overrule, request, world.platform, why="again")

    def test_of_broken_measures_ends_it(self, world):
        request = world.priced()
        world.objects(request, Reason.MEASURES, measures="No network.")
        with pytest.raises(SharingNotThere):
            world.objects(request, Reason.MEASURES_BROKEN, **TOLD)
        world.agree(request)

        world.objects(request, Reason.MEASURES_BROKEN, at=IN_IT, **TOLD)

        assert world.fresh(request).state(IN_IT) is State.STOPPED
        assert world.told(world.bank) == ["consent_withdrawn"]

    def test_of_broken_measures_needs_measures(self, world):
        with pytest.raises(SharingNotThere):
            world.objects(world.shared(), Reason.MEASURES_BROKEN, at=IN_IT, **TOLD)

    @pytest.mark.parametrize(
        ("reason", "facts", "pointers"),
        [
            (Reason.MEASURES, {}, ["/measures"]),
            (Reason.MEASURES, {"text": "", "measures": "x"}, ["/text"]),
            (Reason.DAMAGE, {}, ["/authority"]),
            (Reason.DAMAGE, {"text": "x" * 501, **TOLD}, ["/text"]),
        ],
    )
    def test_is_in_writing_and_told_to_an_authority(self, world, reason, facts, pointers):
        with pytest.raises(BadSharingAnswer) as refused:
            world.objects(world.asked(), reason, **facts)

        assert [one.pointer for one in refused.value.flaws] == pointers

    def test_is_the_owners(self, world):
        request = world.asked()
        objection = sharing_answers.Objection(Reason.DAMAGE, "x", **TOLD)

        with pytest.raises(NotYourPart):
            world.does(sharing_answers.object_to, request, world.a, objection=objection)

    def test_stays_as_it_was_said(self, world):
        world.objects(world.priced(), Reason.DAMAGE, **TOLD)
        objection = SharingRequest.objects.get().objections.get()
        objection.text = "Something else"

        with pytest.raises(DatabaseError), transaction.atomic():
            objection.save()
        assert str(objection)


class TestAgree:
    def test_opens_exactly_what_was_asked_for_to_this_recipient_alone(self, world):
        request = world.shared(channels=("load",))

        answer = world.read(world.bank, "insurance", at=IN_IT)

        assert days(answer, "load") == [2, 3, 4, 5]
        assert {one.channel for one in answer.series} == {"load"}
        assert {one.decision.rule for one in answer.rulings if one.permits} == {f"grant:{request.public_id}"}
        assert world.told(world.institute) == ["not_a_party"]
        assert Agreement.objects.get(pk=world.of_a.pk).version == 2
        assert str(request).startswith("Bank")

    def test_opens_its_time_box_alone(self, world):
        request = world.shared()

        assert request.state(ASKED) is State.AGREED
        assert world.told(world.bank, at=ASKED) == ["outside_time_box"]
        assert world.told(world.bank, at=OPEN.start) == ["grant_gives_raw"]
        assert world.told(world.bank, at=OPEN.end) == ["consent_ended"]

    def test_serves_its_purpose_alone(self, world):
        world.shared()

        assert world.told(world.bank, purpose="research") == ["other_purpose"]

    def test_is_the_recipients_by_what_it_was_shown(self, world):
        request = world.priced()

        for side in (world.a, world.owner, world.institute):
            with pytest.raises(NotYourPart):
                world.does(sharing_answers.agree, request, side, digest=request.offer.digest)
        with pytest.raises(OtherOfferShown):
            world.agree(request, digest="0" * 64)
        assert Grant.objects.get().given_at is None

    def test_is_done_once_and_stays(self, world):
        request = world.shared()

        with pytest.raises(SharingNotThere):
            world.agree(request)
        for change in ({"price": 7, "priced_at": ASKED}, {"price_cap": 9}, {"agreed_by": "usr_x"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                SharingRequest.objects.filter(pk=request.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            SharingRequest.objects.filter(pk=request.pk).delete()

    def test_looks_again_at_what_stands_against_it(self, world):
        request = world.priced()
        DataAsset.objects.filter(channel__key="load").update(grade="L6")

        with pytest.raises(SharingRefused) as refused:
            world.agree(request)

        assert codes(refused) == [("/categories", "important_or_core")]

    def test_a_recipient_may_decline(self, world):
        request = world.asked()
        world.does(sharing_answers.decline, request, world.bank, why="No need")

        assert world.fresh(request).state(ASKED) is State.DECLINED
        with pytest.raises(SharingNotThere):
            world.agree(request, at=WITHOUT_ANSWER)

    def test_too_late_it_has_lapsed(self, world):
        request = world.priced()

        assert request.state(OPEN.end) is State.LAPSED
        with pytest.raises(SharingNotThere):
            world.agree(request, at=OPEN.end)

    def test_nobody_gives_it_past_the_request(self, world):
        grant = world.asked().grant

        with pytest.raises(grants.InvalidGrant):
            grants.give(grant=grant, digest=grant.digest, **world.who(world.a))
        with pytest.raises(grants.NotTheGiver):
            grants.refuse(grant=grant, reason="", **world.who(world.owner))
        with pytest.raises(DatabaseError, match="without a request"), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(given_at=ASKED, given_for=world.a, given_role="lessee")
        grant.pk, grant.public_id, grant.given_at = None, "gra_x", ASKED
        grant.given_for, grant.given_role = world.a, "lessee"
        with pytest.raises(DatabaseError), transaction.atomic():
            grant.save(force_insert=True)


class TestWithdraw:
    def test_ends_it_on_the_next_read_and_shows_before_what_stays(self, world):
        request = world.shared()
        world.read(world.bank, "insurance", channels=["load"], period=OF_A, at=IN_IT)
        effect = queries.effect_of_withdrawal(world.fresh(request).grant)

        world.does(sharing.withdraw, request, world.a, at=IN_IT)

        assert (effect.reads, effect.delivered) == (1, 4)
        assert world.told(world.bank) == ["consent_withdrawn"]
        assert world.fresh(request).state(IN_IT) is State.WITHDRAWN
        assert AccessEvent.objects.filter(kind="DECISION").latest("pk").outcome == "DENY"

    def test_takes_back_what_nobody_accepted(self, world):
        request = world.priced()

        world.does(sharing.withdraw, request, world.a)

        assert world.fresh(request).state(ASKED) is State.WITHDRAWN
        with pytest.raises(SharingNotThere):
            world.agree(request)
        with pytest.raises(SharingNotThere):
            world.does(sharing.withdraw, request, world.a)

    def test_is_the_lessees(self, world):
        request = world.shared()

        for side in (world.owner, world.bank, world.platform):
            with pytest.raises(NotYourPart):
                world.does(sharing.withdraw, request, side)

    def test_by_the_grant_is_the_same(self, world):
        request = world.shared()

        grants.withdraw(grant=request.grant, **world.who(world.a, IN_IT))

        assert world.fresh(request).state(IN_IT) is State.WITHDRAWN

    def test_a_read_that_is_under_way_hands_out_nothing(self, world, monkeypatch):
        request, series = world.shared(), access._series

        def withdrawn(*args):
            found = list(series(*args))
            world.does(sharing.withdraw, request, world.a, at=IN_IT)
            return found

        monkeypatch.setattr(access, "_series", withdrawn)
        with pytest.raises(RightsChanged):
            world.read(world.bank, "insurance", at=IN_IT)


class TestExport:
    def start(self, world, clock=lambda: 0, **more):
        facts = {"device": world.device, "channels": ["load"], "period": OF_A, "purpose": "insurance"}
        return exporting.start(**facts, **world.who(world.bank, IN_IT), clock=clock, **more)

    def test_hands_a_copy_of_every_reading_to_the_recipient(self, world):
        world.shared()

        export = self.start(world)

        assert sum(len(portion) for portion in export) == 4
        assert export.rulings[0].decision.reason == "sharing_gives_port"

    def test_gives_no_copy_of_figures(self, world):
        world.shared(right="read_aggregate", interval="PT15M")

        with pytest.raises(ExportNotAllowed):
            self.start(world)

    @pytest.mark.parametrize("act", ["withdraw", "designate", "end"])
    def test_ends_within_a_portion(self, world, monkeypatch, act):
        monkeypatch.setattr(exporting, "AT_ONCE", 1)
        request, gone = world.shared(), [0]
        export = self.start(world, clock=lambda: gone[0])
        assert len(next(export)) == 1

        if act == "withdraw":
            world.does(sharing.withdraw, request, world.a, at=IN_IT)
        elif act == "designate":
            world.designate(world.bank, at=IN_IT)
        else:
            gone[0] = (OPEN.end - IN_IT) // timedelta(microseconds=1) * 1000

        with pytest.raises(RightsChanged):
            next(export)
        assert export.delivered == 1


class TestErasure:
    def test_is_owed_from_the_end_and_confirmed_once(self, world):
        request = world.shared()
        confirm = sharing_answers.confirm_erasure
        with pytest.raises(SharingNotThere):
            world.does(confirm, request, world.bank, at=IN_IT, statement="Erased")
        with pytest.raises(NotYourPart):
            world.does(confirm, request, world.a, at=AFTER_IT, statement="Erased")
        with pytest.raises(BadSharingAnswer):
            world.does(confirm, request, world.bank, at=AFTER_IT, statement=" ")

        done = world.does(confirm, request, world.bank, at=AFTER_IT, statement="Erased, with all copies.")

        assert (done.erased_at, done.erase_due_at) == (AFTER_IT, OPEN.end)
        assert not SharingRequest.objects.owed().over(AFTER_IT).exists()
        with pytest.raises(SharingNotThere):
            world.does(confirm, request, world.bank, at=AFTER_IT, statement="Again")

    def test_is_owed_at_once_after_a_withdrawal(self, world):
        request = world.shared()
        world.does(sharing.withdraw, request, world.a, at=IN_IT)

        assert world.fresh(request).erase_due_at == IN_IT
        assert [one.pk for one in SharingRequest.objects.owed().over(IN_IT)] == [request.pk]

    def test_nothing_is_owed_of_what_was_never_given(self, world):
        assert world.asked().erase_due_at is None

    def test_too_late_is_noted_once(self, world, settings):
        settings.DATA_GRACE_DAYS = 7
        request = world.shared()
        late = OPEN.end + 7 * DAY
        with pytest.raises(ClockOnly):
            sharing_answers.note_overdue(by=world.people[world.bank], at=late)

        counts = [sharing_answers.note_overdue(by=world.clock, at=at) for at in (late - HOUR, late, late)]

        assert counts == [0, 1, 0]
        assert world.fresh(request).noted_overdue_at == late


class TestWaiting:
    def waits(self, world, side, at=ASKED):
        return [one.public_id for one in queries.sharing_to_answer(side, at)]

    def test_each_side_sees_what_waits_for_it(self, world):
        request = world.asked()
        mine = [request.public_id]

        assert self.waits(world, world.owner) == mine
        assert self.waits(world, world.bank) == self.waits(world, world.a) == []
        assert self.waits(world, world.bank, WITHOUT_ANSWER) == mine
        world.objects(request, Reason.DAMAGE, **TOLD)
        assert self.waits(world, world.owner) == self.waits(world, world.bank, WITHOUT_ANSWER) == []
        world.does(sharing_answers.overrule, request, world.platform, why="Decision 9")
        world.agree(request, at=WITHOUT_ANSWER)
        assert self.waits(world, world.bank, IN_IT) == []
        assert self.waits(world, world.bank, AFTER_IT) == mine

    def test_nothing_of_it_waits_among_grants(self, world):
        world.asked()

        for side in (world.a, world.owner, world.bank):
            assert not queries.grants_to_answer(side, ASKED).exists()


class TestPolicy:
    def test_says_who_may_read_what_for_what_and_what_is_tied_to_it(self, world):
        request = world.shared()
        found = queries.policy_of(Agreement.objects.with_terms().get(pk=world.of_a.pk))
        mine = {
            kind: [one for one in found[kind] if one["uid"].startswith(f"grant:{request.public_id}")]
            for kind in ("permission", "prohibition", "obligation")
        }

        (permission,), (prohibition,), (duty,) = mine.values()
        assert permission["assignee"] == f"urn:jijian:organization:{world.bank.public_id}"
        assert permission["constraint"][0]["rightOperand"] == "insurance"
        assert (prohibition["action"], duty["action"]) == ("distribute", "delete")
        assert duty["constraint"][0]["rightOperand"]["@value"] == OPEN.end.isoformat()

    def test_rights_over_an_asset_name_the_stranger_that_got_them(self, world):
        request = world.shared(channels=("load",))

        for key, expected in (("load", {request.public_id}), ("alarm", set())):
            asset = DataAsset.objects.select_related("device__owner", "channel").get(channel__key=key)
            _segment, rights = queries.rights_over(asset, START + 2 * DAY, IN_IT)
            assert {one.grant for one in rights if one.party == "stranger"} == expected


class TestList:
    def test_of_assets_holds_for_the_recipient_what_is_shared_with_it_alone(self, world):
        world.shared(channels=("load",), readable=Period(START + DAY, START + 9 * DAY))
        at = START + 2 * DAY

        found = DataAsset.objects.readable_by(world.bank, at=at)
        known = DataAsset.objects.known_to(world.bank, at=at)

        assert [one.channel.key for one in found] == [one.channel.key for one in known] == ["load"]
        assert not DataAsset.objects.readable_by(world.bank, at=at, purpose="research").exists()
        assert not DataAsset.objects.readable_by(world.bank, at=START + 5 * DAY).exists()
        assert not DataAsset.objects.readable_by(world.institute, at=at).exists()
