"""Licences of data products: bought, paid, read by through the one door, and ended."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from devices.ownership import queries
from devices.ownership.actions import (
    access,
    borders,
    deciding,
    grants,
    licences,
    products,
    selling,
    suspensions,
)
from devices.ownership.actions.offering import BadProduct
from devices.ownership.models import AccessEvent, DataLicence, Grant, LicenceStep, PaymentDuty
from devices.ownership.rules.decisions import Effect
from devices.ownership.rules.products import LicenceState
from marketplace.models import Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.traded import AT, HOUR, MINUTE, OF_A, Traded
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)
FREE = {"for_foreign_authority": False, "personal": False}


world = once.fixture(Traded)


def state(licence, at=AT):
    return DataLicence.objects.shown().get(pk=licence.pk).state(at)


def nothing_bought():
    return not DataLicence.objects.exists()


class TestBuy:
    def test_records_what_is_payable_and_who_gets_how_much_and_opens_nothing(self, world):
        licence = world.buy(world.on_sale())

        assert (licence.price, licence.currency, licence.destination) == (10_001, "CNY", "CN")
        assert [(one["role"], one["minor"]) for one in licence.split] == [
            ("lessee", 7_001), ("owner", 2_500), ("platform", 500),
        ]  # fmt: skip
        assert state(licence) is LicenceState.UNPAID
        assert world.given() == {}
        assert not Grant.objects.exists()
        assert queries.may_know(world.buyer, world.device, OF_A) is False

    @pytest.mark.parametrize("who", ["a", "owner"])
    def test_is_refused_to_who_has_a_part_in_it(self, world, who):
        version = world.on_sale()

        with pytest.raises(selling.OwnProduct):
            world.buy(version, getattr(world, who))

    def test_needs_a_checked_identity_on_both_sides(self, world):
        version = world.on_sale()
        for one in (world.buyer, world.a):
            Organization.objects.filter(pk=one.pk).update(verified_at=None)
            world.buyer.refresh_from_db()
            with pytest.raises(products.NotVerified):
                world.buy(version)
            Organization.objects.filter(pk=one.pk).update(verified_at=START)
        assert nothing_bought()

    def test_needs_the_right(self, world):
        world.people[world.buyer] = make.member(world.buyer, Role.VIEWER)

        with pytest.raises(MissingRight):
            world.buy(world.on_sale())

    def test_goes_by_the_version_that_was_shown_and_is_on_sale(self, world):
        version = world.offered()
        with pytest.raises(selling.NotOnSale):
            world.buy(version)
        world.consent(version)
        world.publish(version)
        world.withdraw(version)
        with pytest.raises(selling.NotOnSale):
            world.buy(version)
        version.digest = "0" * 64
        with pytest.raises(products.OtherVersionShown):
            world.buy(version)
        assert nothing_bought()

    def test_is_for_the_kinds_that_the_policy_names(self, world):
        version = world.on_sale(recipients=["INSTITUTE"])

        with pytest.raises(selling.NotARecipient):
            world.buy(version)
        assert world.buy(version, world.joined("Institute", "INSTITUTE"))

    def test_one_at_a_time_and_no_more_than_offered(self, world):
        version = world.on_sale(most_licences=1)
        world.buy(version)

        with pytest.raises(selling.LicenceHeld):
            world.buy(version)
        with pytest.raises(selling.SoldOut):
            world.buy(version, world.b)

        later = AT + timedelta(days=14)
        taken = world.buy(version, world.b, at=later)
        assert (taken.place, taken.attempt) == (1, 2), "the first was never paid"

    def test_looks_again_whether_it_may_be_sold(self, world):
        version = world.on_sale()
        world.device.assets.filter(channel__key="power").update(grade="L6")

        with pytest.raises(BadProduct):
            world.buy(version)
        assert nothing_bought()

    def test_a_competitor_of_the_lessee_gets_hours_at_least_and_no_counts(self, world):
        Organization.objects.filter(pk__in=[world.a.pk, world.buyer.pk]).update(industry_code="3421")
        for one in (world.a, world.buyer):
            one.refresh_from_db()

        with pytest.raises(selling.CannotBeRead) as error:
            world.buy(world.on_sale(interval="PT15M"))
        assert [flaw.code for flaw in error.value.flaws] == ["competitor_hours"]
        licence = world.sold()
        assert Grant.objects.get(reference=licence.public_id).competitor

    def test_a_suspended_agreement_sells_nothing(self, world):
        version = world.on_sale()
        agreement = world.device.bindings.get().equipment.agreements.get(lessee=world.a)
        suspensions.suspend(agreement=agreement, by=world.people[world.a], at=AT)

        with pytest.raises(selling.CannotBeRead):
            world.buy(version)
        assert nothing_bought()


class TestAbroad:
    def check(self, world, **changes):
        given = {"assets": [world.asset("power")], "destination": "DE", "recipient": world.buyer.name}
        return borders.check(facts=FREE, **(given | changes), **world.who(world.a)).public_id

    def test_stays_in_the_country_unless_the_policy_says_otherwise(self, world):
        version = world.on_sale()

        with pytest.raises(selling.NotAbroad):
            world.buy(version, destination="DE", border_check=self.check(world))

    def test_needs_a_check_of_the_seller_over_these_data_for_this_buyer_that_lets_them_go(self, world):
        version = world.on_sale(abroad=True)
        checks = [
            "",
            "brd_0",
            self.check(world, recipient="Somebody else"),
            self.check(world, destination="FR"),
            self.check(world, assets=[world.asset("load")]),
        ]
        for one in checks:
            with pytest.raises(selling.BorderCheckMissing):
                world.buy(version, destination="DE", border_check=one)

        licence = world.buy(version, destination="DE", border_check=self.check(world))

        assert (licence.destination, licence.border_check.destination) == ("DE", "DE")

    def test_a_check_that_refuses_is_none(self, world):
        version = world.on_sale(abroad=True)
        held = borders.check(
            assets=[world.asset("power")], destination="DE", recipient=world.buyer.name, **world.who(world.a)
        )

        assert not held.may_go
        with pytest.raises(selling.BorderCheckMissing):
            world.buy(version, destination="DE", border_check=held.public_id)

    def test_a_buyer_in_hong_kong_is_abroad_whatever_it_says(self, world):
        version = world.on_sale(abroad=True)
        island = world.joined("Island")
        Organization.objects.filter(pk=island.pk).update(region_code="810000")
        island.refresh_from_db()

        with pytest.raises(selling.BorderCheckMissing) as error:
            world.buy(version, island)

        assert error.value.facts["destination"] == "HK"


class TestPay:
    def test_opens_exactly_what_was_frozen_for_its_time_box(self, world):
        licence = world.buy(world.on_sale())

        step = world.pay(licence)

        grant = Grant.objects.get()
        assert (grant.kind, grant.interval, grant.purpose) == ("PRODUCT", "PT1H", "operation")
        assert (grant.categories, grant.assets) == (["energy"], world.ids("power"))
        assert (grant.readable.lower, grant.readable.upper) == (AT, AT + 30 * DAY)
        assert step.until == AT + 30 * DAY
        assert state(licence) is LicenceState.ACTIVE
        assert world.given() == {"power": 48}

    def test_is_recorded_by_the_platform_whole_and_once(self, world):
        licence = world.buy(world.on_sale())
        with pytest.raises(licences.OnlyPlatformRecords):
            licences.record_payment(licence=licence, reference="B", amount=10_001, **world.who(world.buyer))
        for amount in (10_000, 0, -10_001, 20_002):
            with pytest.raises(licences.OtherAmount):
                world.pay(licence, amount=amount)
        with pytest.raises(licences.ReferenceUsed):
            world.pay(licence, reference=" ")
        assert not LicenceStep.objects.exists()
        assert not Grant.objects.exists()

        world.pay(licence)

        with pytest.raises(licences.NothingToPay):
            world.pay(licence, reference="AGAIN")
        other = world.buy(licence.version, world.b)
        with pytest.raises(licences.ReferenceUsed):
            world.pay(other, reference=f"BANK-{licence.pk}")

    def test_lets_the_platform_owe_each_other_side_its_part_to_the_fen(self, world):
        licence = world.buy(world.on_sale())

        world.pay(licence)

        duties = PaymentDuty.objects.filter(subject=licence.public_id)
        owed = {one.creditor.public_id: one.amount for one in duties}
        platform = world.platform.public_id
        split = {one["organization"]: one["minor"] for one in licence.split}
        assert owed == {who: minor for who, minor in split.items() if minor and who != platform}
        assert sum(owed.values()) + split.get(platform, 0) == licence.price
        assert {one.debtor for one in duties} == {world.platform}

    def test_is_never_half_written(self, world, monkeypatch):
        licence = world.buy(world.on_sale())
        monkeypatch.setattr(Grant, "terms", property(lambda self: 1 / 0))

        with pytest.raises(ZeroDivisionError):
            world.pay(licence)

        assert not LicenceStep.objects.exists()
        assert not Grant.objects.exists()

    def test_is_too_late_after_two_weeks_and_after_a_withdrawal(self, world):
        licence = world.buy(world.on_sale())

        with pytest.raises(licences.NothingToPay):
            world.pay(licence, at=AT + timedelta(days=14))
        world.withdraw(licence.version)
        with pytest.raises(licences.NothingToPay):
            world.pay(licence)
        assert state(licence) is LicenceState.LAPSED

    def test_raises_the_version_so_that_reads_under_way_find_it(self, world):
        agreement = world.device.bindings.get().equipment.agreements.get(lessee=world.a)
        before = agreement.version
        licence = world.sold()
        world.end(licence)

        agreement.refresh_from_db()
        assert agreement.version == before + 2


class TestTheDoor:
    def test_gives_hours_of_one_series_and_names_the_licence_in_the_log(self, world):
        licence = world.sold()

        answer = world.look()

        (series,) = answer.series
        assert (series.channel, series.effect, series.interval) == ("power", Effect.AGGREGATE, 3_600_000_000)
        event = AccessEvent.objects.get(public_id=answer.event)
        told = [one for one in event.decisions if one["effect"] != "DENY"]
        assert [(one["rule"], one["basis"], one["channels"]) for one in told] == [
            (f"licence:{licence.public_id}", ["licence"], ["power"])
        ]
        assert told[0]["duties"] == ["no_onward_sharing"]
        assert world.a.public_id in event.concerns

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"purpose": "maintenance"}, "other_purpose"),
            ({"at": AT - TICK}, "outside_time_box"),
            ({"at": AT + 30 * DAY}, "consent_ended"),
        ],
    )
    def test_refuses_another_purpose_and_another_time(self, world, more, reason):
        world.sold()

        answer = world.look(channels=["power"], **more)

        assert answer.series == ()
        assert {one.decision.reason for one in answer.rulings} == {reason}

    def test_rounds_what_is_finer_up_to_whole_hours(self, world):
        world.sold()

        (series,) = world.look(channels=["power"], interval=timedelta(minutes=1)).series
        (coarse,) = world.look(channels=["power"], interval=timedelta(minutes=90)).series

        assert (series.interval, series.points) == (3_600_000_000, ())
        assert coarse.interval == 2 * 3_600_000_000

    def test_gives_nothing_of_the_time_before_and_after(self, world):
        world.sold()

        before = world.look(channels=["power"], period=Period(START, START + DAY))
        after = world.look(channels=["power"], period=Period(START + 3 * DAY, START + 4 * DAY))

        assert before.series == after.series == ()
        around = world.look(channels=["power"], period=Period(START, START + 7 * DAY))
        assert sum(len(one.buckets) for one in around.series) == 48

    def test_gives_no_copy_and_no_other_channel(self, world):
        world.sold()

        assert set(world.given(channels=["execution", "parts", "load", "alarm", "program", "power"])) == {
            "power"
        }

    def test_gives_nothing_while_the_lessee_suspends(self, world):
        world.sold()
        agreement = world.device.bindings.get().equipment.agreements.get(lessee=world.a)
        suspensions.suspend(agreement=agreement, by=world.people[world.a], at=AT)

        answer = world.look(channels=["power"])

        assert answer.series == ()
        assert answer.rulings[0].decision.reason == "agreement_suspended"

    @pytest.mark.parametrize("grade", ["L5", "L6"])
    def test_gives_nothing_of_what_became_important(self, world, grade):
        world.sold()
        world.device.assets.filter(channel__key="power").update(grade=grade)

        assert world.given(channels=["power"]) == {}

    def test_a_withdrawal_leaves_what_was_paid_and_stops_what_is_sold(self, world):
        licence = world.sold()

        world.withdraw(licence.version)

        assert world.given() == {"power": 48}
        with pytest.raises(selling.NotOnSale):
            world.buy(licence.version, world.b)

    def test_of_the_owners_own_time_it_stops_a_read_under_way(self, world, monkeypatch):
        shares = [one for one in world.shares(owner=9_500) if one.role != "lessee"]
        version = world.offered(
            who=world.owner, period=Period(START, START + DAY), shares=shares, assets=world.ids("power")
        )
        world.publish(version, world.owner)
        licence = world.buy(version)
        world.pay(licence)
        first = Period(START, START + DAY)
        assert world.given(period=first) == {"power": 24}
        true = deciding.write_down

        def ended_meanwhile(**given):
            made = true(**given)
            world.end(licence)
            return made

        monkeypatch.setattr(deciding, "write_down", ended_meanwhile)
        with pytest.raises(access.RightsChanged):
            world.look(period=first, channels=["power"])


class TestTerminate:
    def test_by_its_buyer_works_on_the_next_read(self, world):
        licence = world.sold()

        world.end(licence, at=AT + HOUR)

        answer = world.look(channels=["power"], at=AT + HOUR + MINUTE)
        assert answer.series == ()
        assert answer.rulings[0].decision.reason == "consent_withdrawn"
        assert state(licence) is LicenceState.TERMINATED
        with pytest.raises(licences.LicenceOver):
            world.end(licence)

    @pytest.mark.parametrize("who", ["a", "platform"])
    def test_by_seller_and_platform_with_a_reason(self, world, who):
        licence = world.sold()

        with pytest.raises(licences.TerminationReason):
            world.end(licence, getattr(world, who))
        world.end(licence, getattr(world, who), reason="misuse")

        assert world.given() == {}

    def test_by_others_is_refused(self, world):
        licence = world.sold()

        for one in (world.owner, world.b):
            with pytest.raises(licences.NotOfLicence):
                world.end(licence, one, reason="no")
        assert world.given() == {"power": 48}

    def test_the_grant_behind_it_is_not_withdrawn_past_it(self, world):
        world.sold()

        with pytest.raises(grants.Sold):
            grants.withdraw(grant=Grant.objects.get(), **world.who(world.a))
        assert world.given() == {"power": 48}

    def test_nobody_gives_such_a_grant_otherwise(self, world):
        wanted = grants.Wanted(
            kind=Grant.Kind.PRODUCT,
            equipment=world.machine,
            agreement=world.machine.agreements.get(lessee=world.a),
            recipient=world.buyer,
            categories=["energy"],
            right="read_aggregate",
            purpose="operation",
            interval="PT1H",
            generated=OF_A,
            readable=Period(AT, AT + DAY),
        )

        with pytest.raises(grants.InvalidGrant) as error:
            grants.offer(wanted=wanted, **world.who(world.a))
        assert [flaw.code for flaw in error.value.flaws] == ["recipient_is_no_party"]


class TestTheDatabaseKeepsIt:
    def test_licences_and_their_steps_stay(self, world):
        world.sold()

        for model in (DataLicence, LicenceStep):
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.update(id=10**9)
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.all()._raw_delete("default")

    def test_nothing_is_sold_otherwise_than_offered(self, world):
        licence = world.buy(world.on_sale())
        wrongs = [
            {"price": 1},
            {"split": licence.split[:1]},
            {"place": 3},
            {"place": 0},
            {"digest": "0" * 64},
            {},
        ]
        for wrong in wrongs:
            copy = DataLicence.objects.get(pk=licence.pk)
            copy.pk, copy.public_id, copy._state.adding = None, f"lic_{len(str(wrong))}", True
            for name, value in wrong.items():
                setattr(copy, name, value)
            with pytest.raises(DatabaseError), transaction.atomic():
                copy.save(force_insert=True)

    def test_nothing_is_paid_after_its_end_and_no_grant_is_sold_without_a_scope(self, world):
        licence = world.sold()
        with pytest.raises(DatabaseError), transaction.atomic():
            copy = Grant.objects.get()
            copy.pk, copy.public_id, copy.assets, copy._state.adding = None, "gra_0", [], True
            copy.save(force_insert=True)
        world.end(licence)
        with pytest.raises(DatabaseError), transaction.atomic():
            LicenceStep.objects.create(
                licence=licence, kind="PAID", reference="X", until=AT + DAY, at=AT,
                within=world.platform, by=world.people[world.platform],
            )  # fmt: skip
