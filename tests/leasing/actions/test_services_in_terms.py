"""Services that are chosen with a request stand in the terms, and nobody is bound without its word."""

from datetime import timedelta

import pytest

from leasing.actions import leases, offers
from leasing.queries import terms_of
from marketplace.actions import services
from tests.factories import marketplace as make
from tests.leasing.world import ASKED, DECIDED

pytestmark = pytest.mark.django_db
TRAINING = {"kind": "TRAINING", "basis": "HOUR", "price_minor": 30_000, "description_zh": "操作培训"}
CARE = {"kind": "MAINTENANCE", "basis": "MONTH", "price_minor": 80_000, "description_zh": "保养"}


@pytest.fixture
def school(world):
    """A school whose training can be chosen; the lessor's own care comes with every lease."""
    school = make.organization("培训中心", "SERVICE_PROVIDER")
    made = offered(world, school, **TRAINING)
    services.agree(service=made, digest=made.digest, within=school, by=make.member(school), at=ASKED)
    offered(world, world.lessor, required=True, **CARE)
    return school


def offered(world, provider, **described):
    return services.offer(listing=world.listing, provider=provider, by=world.owner, at=ASKED, **described)


def ids(world, kind):
    return [one.public_id for one in world.listing.services.filter(kind=kind)]


def kinds(lease):
    return [str(one.kind) for one in lease.agreed.services]


class TestRequesting:
    def test_freezes_what_is_required_and_what_was_chosen(self, world, school):
        assert kinds(world.ask()) == ["MAINTENANCE"]
        lease = world.ask(services=ids(world, "TRAINING"))
        assert kinds(lease) == ["TRAINING", "MAINTENANCE"]
        assert lease.terms["services"][0]["provider"] == school.public_id

    def test_refuses_what_nobody_agreed_to(self, world):
        waiting = offered(world, make.organization(), **TRAINING)

        with pytest.raises(leases.RequestInvalid) as refused:
            world.ask(services=[waiting.public_id])
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/services"]

    def test_without_services_has_the_terms_of_always(self, world):
        assert "services" not in world.ask().terms
        assert terms_of(world.listing).digest() == world.ask().terms_digest


class TestNegotiating:
    def quote(self, world, lease, services):
        until, who = DECIDED + timedelta(days=3), {"by": world.owner, "at": DECIDED}
        return offers.quote(lease=lease, terms={"services": services}, valid_until=until, **who)

    def test_a_lessor_drops_services_and_prices_its_own_anew(self, world, school):
        lease = world.ask(services=ids(world, "TRAINING"))
        own = dict(lease.terms["services"][1], price_minor=70_000)

        quoted = self.quote(world, lease, [own])

        assert [one.price.minor for one in quoted.agreed.services] == [70_000]

    def test_nobody_prices_the_work_of_a_third(self, world, school):
        lease = world.ask(services=ids(world, "TRAINING"))
        cheap = dict(lease.terms["services"][0], price_minor=1)

        with pytest.raises(offers.OfferInvalid) as refused:
            self.quote(world, lease, [cheap])
        assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [
            ("/terms/services/0", "service_not_agreed")
        ]

    def test_nobody_binds_a_third_that_was_never_asked(self, world, school):
        lease = world.ask(services=ids(world, "TRAINING"))
        other = dict(lease.terms["services"][0], id="svc_unknown", provider="org_unknown")

        with pytest.raises(offers.OfferInvalid):
            self.quote(world, lease, [other])

    def test_a_lessee_adds_what_is_offered_and_keeps_what_is_required(self, world, school):
        lease = world.quoted()
        training = next(one.value.dump() for one in world.listing.services.filter(kind="TRAINING"))
        care = lease.terms["services"]

        with pytest.raises(offers.OfferInvalid) as refused:
            offers.counter(lease=lease, terms={"services": [training]}, by=world.buyer, at=DECIDED)
        assert [flaw.code for flaw in refused.value.flaws] == ["service_required"]

        lease = offers.counter(lease=lease, terms={"services": [training, *care]}, by=world.buyer, at=DECIDED)
        assert kinds(lease) == ["TRAINING", "MAINTENANCE"]

    def test_what_is_no_service_is_named_at_its_pointer(self, world, school):
        with pytest.raises(offers.OfferInvalid) as refused:
            self.quote(world, world.ask(), [{"kind": "MAGIC"}])
        assert "/terms/services/0/kind" in {flaw.pointer for flaw in refused.value.flaws}
