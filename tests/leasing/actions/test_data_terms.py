"""Data terms of an offer: linted, read by the lessee, frozen in the lease, in force with the handover."""

import pytest

from devices.ownership.models import Agreement
from devices.ownership.rules import data_terms
from leasing.actions import leases
from leasing.models import Lease
from leasing.rules.terms import InvalidTerms
from marketplace.actions import listings
from marketplace.actions.data_terms import InvalidDataTerms
from marketplace.models import Listing
from tests.devices.ownership.terms import DAILY, RAW, terms
from tests.leasing.world import ASKED, DECIDED
from tests.test_doors import visit

VOID = terms({"party": "lessee", "category": "energy", "removes": ["port"]})


@pytest.fixture
def offered(world):
    """The listing, with terms that widen the owner's rights."""
    change = {"data_terms": terms(RAW)}
    world.listing = listings.edit(listing=world.listing, changes=change, by=world.owner, at=ASKED)
    return data_terms.digest(terms(RAW))


class TestTheOffer:
    def test_is_refused_with_a_clause_that_binds_nobody(self, world):
        listings.pause(listing=world.listing, by=world.owner, at=ASKED)

        with pytest.raises(InvalidDataTerms) as refusal:
            listings.edit(listing=world.listing, changes={"data_terms": VOID}, by=world.owner, at=ASKED)
        (flaw,) = refusal.value.flaws
        assert (flaw.pointer, flaw.facts["article"]) == ("/data_terms/changes/0/removes", "da_4_1")
        assert Listing.objects.get().data_terms == {}

        Listing.objects.update(data_terms=VOID)  # as if the law had changed since
        with pytest.raises(InvalidDataTerms):
            listings.publish(listing=world.listing, by=world.owner, at=ASKED)
        assert Listing.objects.get().status == Listing.Status.PAUSED

    def test_is_made_with_terms_of_its_own(self, world):
        given = {
            "owner": world.lessor,
            "equipment": [],
            "title": "VMC",
            "price_plan": world.listing.price_plan,
            "count_rules": world.listing.count_rules,
            "by": world.owner,
            "at": ASKED,
        }
        world.listing.units.all().delete()

        with pytest.raises(InvalidDataTerms):
            listings.create(**(given | {"equipment": world.machines, "data_terms": VOID}))
        made = listings.create(**(given | {"equipment": world.machines, "data_terms": terms(DAILY)}))

        assert made.data_terms == terms(DAILY)
        assert Listing.objects.count() == 2

    def test_that_became_void_is_not_leased(self, world):
        Listing.objects.update(data_terms=VOID)

        with pytest.raises(InvalidTerms) as refusal:
            world.ask()
        assert refusal.value.flaws[0].pointer == "/data_terms/changes/0/removes"
        assert not Lease.objects.exists()


class TestTheRequest:
    @pytest.mark.parametrize("digest", ["", "0" * 64, data_terms.digest(terms(DAILY))])
    def test_needs_the_fingerprint_of_just_these_terms(self, world, offered, digest):
        with pytest.raises(leases.RequestInvalid) as refusal:
            world.ask(data_terms_digest=digest)

        (flaw,) = refusal.value.flaws
        assert (flaw.pointer, flaw.facts["digest"]) == ("/data_terms_digest", offered)
        assert not Lease.objects.exists()

    def test_needs_none_where_the_terms_are_the_usual_ones(self, world):
        usual = data_terms.digest(data_terms.DEFAULT)

        assert world.ask().terms["data_terms"] == world.ask(data_terms_digest=usual).terms["data_terms"]
        with pytest.raises(leases.RequestInvalid):
            world.ask(data_terms_digest="0" * 64)

    def test_freezes_them_whatever_the_offer_says_later(self, world, offered):
        lease = world.ask(data_terms_digest=offered)
        listings.edit(listing=world.listing, changes={"data_terms": {}}, by=world.owner, at=DECIDED)

        lease.refresh_from_db()
        assert lease.terms["data_terms"] == terms(RAW)
        assert lease.transitions.get().facts["data_terms_digest"] == offered
        assert lease.agreed.digest() == lease.terms_digest


def test_they_are_in_force_with_the_handover_by_both_sides_acceptance(world, offered):
    lease = world.active(data_terms_digest=offered)

    version = Agreement.objects.get(reference=lease.public_id).versions.get()
    assert (version.terms, version.digest) == (terms(RAW), offered)
    assert {one["side"]: (one["person"], one["at"], one["digest"]) for one in version.accepted} == {
        "lessee": (world.buyer.public_id, ASKED.isoformat(), offered),
        "owner": (world.owner.public_id, DECIDED.isoformat(), offered),
    }


def test_the_lessee_reads_them_in_words_before_it_asks_and_on_the_lease(world, offered):
    reader = visit(world.buyer)
    chinese = {"headers": {"accept-language": "zh-hans"}}

    page = reader.get(f"/listings/{world.listing.public_id}/request/", **chinese).content.decode()
    lease = world.ask(data_terms_digest=offered)
    found = reader.get(f"/leases/{lease.public_id}/", **chinese).content.decode()

    assert f'name="data_terms_digest" value="{offered}"' in page
    for text in (page, found):
        assert "出租方对设备状态：可查看每条读数" in text
