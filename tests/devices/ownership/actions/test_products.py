"""Data products: offered, consented to, published and withdrawn."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from devices.ownership import queries
from devices.ownership.actions import holds, products
from devices.ownership.actions.offering import BadProduct
from devices.ownership.models import DataProduct, ProductStep, ProductVersion
from devices.ownership.rules import products as rules
from devices.ownership.rules.products import Share, State
from marketplace.models import AuditEntry, Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.traded import AT, OF_A, Traded
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


world = once.fixture(Traded)


def state(version):
    product = DataProduct.objects.with_versions().get(pk=version.product_id)
    return product.state_of(next(one for one in product.chain if one.pk == version.pk))


def codes(error):
    return [(flaw.pointer, flaw.code) for flaw in error.value.flaws]


def refused(world, **changes):
    before = DataProduct.objects.count()
    with pytest.raises(BadProduct) as error:
        world.offered(**changes)
    assert DataProduct.objects.count() == before
    return codes(error)


class TestOffer:
    def test_freezes_what_it_holds_and_who_has_to_consent(self, world):
        version = world.offered()

        assert (version.number, version.grade, version.categories) == (1, "L2", ["energy"])
        assert version.parties == [world.owner.public_id]
        assert [one["minor"] for one in version.amounts] == [7_001, 2_500, 500]
        assert version.digest == rules.digest(version.text.encode())
        assert version.content == rules.content_digest(version.evidence)
        assert version.evidence["assets"][0]["channel"] == "power"
        assert len(version.evidence["agreements"]) == 1
        assert state(version) is State.WAITING
        assert AuditEntry.objects.get(action="product.offer").subject == version.product.public_id

    def test_of_the_owner_is_about_the_time_in_which_nobody_leased(self, world):
        shares = [
            Share(world.owner.public_id, "owner", 9_000),
            Share(world.platform.public_id, "platform", 1_000),
        ]
        before = Period(START, START + DAY)

        version = world.offered(who=world.owner, period=before, shares=shares, assets=world.ids("load"))

        assert version.parties == []
        assert state(version) is State.READY

    @pytest.mark.parametrize(
        ("changes", "found"),
        [
            ({"title": " "}, ("/title", "text_missing")),
            ({"basis": "x" * 301}, ("/basis", "text_too_long")),
            ({"source": ""}, ("/source", "text_missing")),
            ({"assets": []}, ("/assets", "assets_count")),
            ({"assets": ["dat_0"]}, ("/assets/0", "unknown_asset")),
            ({"period": Period(START, None)}, ("/period", "period_open")),
            ({"interval": "PT1M"}, ("/interval", "interval_not_sold")),
            ({"purposes": []}, ("/purposes", "purpose_unknown")),
            ({"purposes": ["insight_user_economics"]}, ("/purposes", "purpose_unknown")),
            ({"days": 367}, ("/days", "out_of_range")),
            ({"most_licences": 0}, ("/most_licences", "out_of_range")),
            ({"price": 0}, ("/price", "out_of_range")),
            ({"currency": "XXX"}, ("/currency", "currency_unknown")),
            ({"recipients": ["ANYBODY"]}, ("/recipients", "recipient_unknown")),
        ],
    )
    def test_refuses_what_cannot_be_said(self, world, changes, found):
        assert found in refused(world, **changes)

    def test_refuses_an_asset_that_is_named_twice(self, world):
        assert refused(world, assets=world.ids("power", "power")) == [("/assets/1", "asset_repeated")]

    def test_refuses_time_and_rights_of_others(self, world):
        assert refused(world, period=Period(START, START + 2 * DAY)) == [
            ("/assets/0", "missing_authorization"),
            ("/assets", "small_group"),
        ]
        assert refused(world, who=world.owner) == [("/assets/0", "missing_authorization")]
        assert refused(world, who=world.b) == [("/assets/0", "missing_authorization")]

    def test_refuses_counters_that_are_only_read_for_bills(self, world):
        usage = world.device.assets.get(kind="USAGE").public_id

        assert refused(world, assets=[usage])[0] == ("/assets/0", "no_series")

    @pytest.mark.parametrize("grade", ["L5", "L6"])
    def test_refuses_important_and_core_data(self, world, grade):
        world.device.assets.filter(channel__key="power").update(grade=grade)

        assert ("/assets/0", "not_traded") in refused(world)

    def test_refuses_what_is_disputed(self, world):
        agreement = world.device.bindings.get().equipment.agreements.get(lessee=world.a)
        holds.place(
            agreement=agreement, retentions=["ORDINARY"], reason="Dispute", **world.who(world.platform)
        )

        assert refused(world) == [("/assets/0", "dispute_open")]

    def test_refuses_a_split_that_is_not_whole_or_leaves_somebody_out(self, world):
        assert refused(world, shares=world.shares(lessee=6_999)) == [("/shares", "share_not_whole")]
        assert refused(world, shares=world.shares(lessee=7_100, platform=400)) == [
            ("/shares", "share_of_platform")
        ]
        shares = [one for one in world.shares(lessee=9_500) if one.role != "owner"]
        assert refused(world, shares=shares) == [("/shares", "share_of_side_missing")]
        maker = Share(world.b.public_id, "maker", 0)
        assert refused(world, shares=[*world.shares(), maker]) == [("/shares", "share_unknown")]
        seller = Share(world.b.public_id, "seller", 0)
        assert refused(world, shares=[*world.shares(), seller]) == [("/shares", "share_unknown")]
        nobody = replace(maker, organization="org_0")
        assert refused(world, shares=[*world.shares(), nobody]) == [("/shares", "share_unknown")]

    def test_needs_an_identity_that_was_checked(self, world):
        Organization.objects.filter(pk=world.a.pk).update(verified_at=None)
        world.a.refresh_from_db()

        with pytest.raises(products.NotVerified):
            world.offered()

    def test_needs_the_right(self, world):
        world.people[world.a] = make.member(world.a, Role.VIEWER)

        with pytest.raises(MissingRight):
            world.offered()

    def test_a_certificate_to_operate_lets_its_holder_sell_and_the_lessee_is_asked(self, world):
        hub = world.joined("Hub", "HUB")
        certificate = world.granted("power", right="operate", years=3)
        world.grant(world.agreed(certificate, hub))
        shares = [*world.shares(lessee=6_000), Share(hub.public_id, "seller", 1_000)]

        version = world.offered(who=hub, shares=shares)

        assert version.parties == sorted([world.a.public_id, world.owner.public_id])
        from_a = refused(world, who=hub, shares=shares, at=AT + 4 * 365 * DAY)
        assert from_a == [("/assets/0", "unknown_asset")], "the certificate has expired"

    def test_a_maker_with_a_share_is_asked(self, world):
        maker = world.joined("Maker", "MAKER")

        version = world.offered(shares=[*world.shares(lessee=6_000), Share(maker.public_id, "maker", 1_000)])

        assert maker.public_id in version.parties

    def test_of_somebody_else_gets_no_new_version(self, world):
        version = world.offered()

        with pytest.raises(products.NotTheSeller):
            world.offered(who=world.b, product=version.product)


class TestConsentAndPublish:
    def test_nothing_is_published_without_all_consents(self, world):
        version = world.offered()

        with pytest.raises(products.ConsentMissing) as error:
            world.publish(version)

        assert error.value.facts == {"organizations": "Owner"}
        assert state(version) is State.WAITING

    def test_is_on_sale_when_all_have_consented_and_the_seller_says_so(self, world):
        version = world.offered()

        world.consent(version)
        assert state(version) is State.READY
        world.publish(version)

        assert state(version) is State.ON_SALE
        assert DataProduct.objects.visible_in(world.buyer).get().on_sale == 1
        with pytest.raises(products.AlreadyPublished):
            world.publish(version)

    def test_is_seen_by_its_sides_alone_before(self, world):
        world.offered()

        for one in (world.a, world.owner, world.platform):
            assert DataProduct.objects.visible_in(one).count() == 1
        for one in (world.b, world.buyer):
            assert DataProduct.objects.visible_in(one).count() == 0

    def test_only_who_is_touched_consents_and_once(self, world):
        version = world.offered()

        for one in (world.b, world.a):
            with pytest.raises(products.NotAParty):
                world.consent(version, one)
        world.consent(version)
        with pytest.raises(products.ConsentGiven):
            world.consent(version)
        with pytest.raises(products.NotTheSeller):
            world.publish(version, world.owner)

    def test_goes_by_the_digest_that_was_shown(self, world):
        version = world.offered()
        version.digest = "0" * 64

        for act in (world.consent, world.publish, world.withdraw):
            with pytest.raises(products.OtherVersionShown):
                act(version)

    def test_looks_again_before_it_publishes(self, world):
        version = world.offered()
        world.consent(version)
        world.device.assets.filter(channel__key="power").update(grade="L5")

        with pytest.raises(BadProduct):
            world.publish(version)

        assert state(version) is State.READY

    def test_a_newer_version_replaces_the_older_one(self, world):
        old = world.on_sale()
        new = world.offered(product=old.product, price=20_000)

        assert (new.number, state(old)) == (2, State.ON_SALE)
        world.consent(new)
        world.publish(new)

        assert state(old) is State.SUPERSEDED
        with pytest.raises(products.ProductOver):
            world.consent(old)


class TestWithdraw:
    @pytest.mark.parametrize("who", ["a", "owner", "platform"])
    def test_by_seller_contributor_or_platform_takes_it_off_sale(self, world, who):
        version = world.on_sale()

        world.withdraw(version, getattr(world, who), reason="changed our mind")

        assert state(version) is State.WITHDRAWN
        assert DataProduct.objects.visible_in(world.buyer).count() == 0
        for act in (world.withdraw, world.consent, world.publish):
            with pytest.raises(products.ProductOver):
                act(version)

    def test_by_others_is_refused(self, world):
        version = world.on_sale()

        with pytest.raises(products.NotAParty):
            world.withdraw(version, world.buyer)

        assert state(version) is State.ON_SALE

    def test_shows_what_it_means_for_what_was_sold(self, world):
        version = world.on_sale()
        paid = world.buy(version)
        world.pay(paid)
        world.buy(version, world.b)

        effect = queries.effect_of_product_withdrawal(version, AT)

        assert (effect.running, effect.until, effect.lapse) == (1, AT + 30 * DAY, 1)


class TestTheDatabaseKeepsIt:
    @pytest.mark.parametrize("model", [ProductVersion, ProductStep, DataProduct])
    def test_what_was_said_is_neither_changed_nor_deleted(self, world, model):
        world.on_sale()

        for act in (
            lambda: model.objects.update(id=10**9),
            lambda: model.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()

    def test_nothing_is_published_past_a_consent(self, world):
        version = world.offered()
        step = {"version": version, "organization": world.a, "by": world.people[world.a], "at": AT}

        with pytest.raises(DatabaseError), transaction.atomic():
            ProductStep.objects.create(kind="PUBLISHED", **step)
        world.withdraw(version)
        with pytest.raises(DatabaseError), transaction.atomic():
            ProductStep.objects.create(kind="CONSENTED", **step)

    def test_shares_are_whole_and_grades_general(self, world):
        version = world.offered()
        given = {"number": 2, "pk": None, "digest": "1" * 64}

        for wrong in ({"shares": version.shares[:1]}, {"grade": "L5"}, {"price": 0}, {"at": OF_A.start}):
            copy = ProductVersion.objects.get(pk=version.pk)
            for name, value in (given | wrong).items():
                setattr(copy, name, value)
            copy._state.adding = True
            with pytest.raises(DatabaseError), transaction.atomic():
                copy.save(force_insert=True)
