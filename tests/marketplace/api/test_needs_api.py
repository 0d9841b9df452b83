from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from leasing.actions import leases
from marketplace.actions import api_keys, chains, needs
from marketplace.models import Listing, Need
from marketplace.shared.period import Period
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.marketplace.needs_world import Market

pytestmark = pytest.mark.django_db
world = once.fixture(Market)


def client(person):
    made = APIClient()
    if person:
        made.force_login(person)
    return made


def body(**changes):
    today = timezone.localdate()
    return {
        "title": "Housing",
        "words": "五轴加工中心",
        "quantity": 200,
        "starts_on": str(today + timedelta(days=20)),
        "ends_on": str(today + timedelta(days=30)),
        "requirements": ["X轴行程≥600 mm"],
        "expires_at": (timezone.now() + timedelta(days=5)).isoformat(),
        "budget_minor": 500,
    } | changes


def draft(world, **changes):
    answer = client(world.max).post("/api/v1/needs/", body(**changes), format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def posted(world, **changes):
    found = draft(world, **changes)
    assert client(world.max).post(f"/api/v1/needs/{found}/publish/").status_code == 200
    return found


class TestANeed:
    def test_goes_from_a_draft_to_a_lease(self, world):
        listing = world.listing()
        need, poster, owner = posted(world), client(world.max), client(world.ole)
        at = f"/api/v1/needs/{need}"

        matches = poster.get(f"{at}/matches/").json()["data"]
        assert [one["listing"] for one in matches] == [listing.public_id]
        assert poster.post(f"{at}/invite/", {"listings": [listing.public_id]}, format="json").json() == {
            "invited": 1
        }
        served = owner.get("/api/v1/needs/served/").json()["data"]
        assert (served[0]["need"]["id"], served[0]["need"]["poster"]) == (need, None)
        given = {"listing": listing.public_id, "note": "yes"}
        made = owner.post(f"{at}/answer/", given, format="json").json()
        assert owner.get(f"{at}/").json()["poster_name"] == "Member"
        assert [one["id"] for one in poster.get(f"{at}/answers/").json()["data"]] == [made["id"]]
        assert (
            poster.post(f"{at}/choose/", {"answer": made["id"]}, format="json").json()["status"] == "CLOSED"
        )

        start = timezone.now() + timedelta(days=20)
        lease = poster.post(
            "/api/v1/leases/",
            {
                "listing": listing.public_id,
                "starts_at": start.isoformat(),
                "ends_at": (start + timedelta(days=10)).isoformat(),
                "expected_usage": {"run_time": "10"},
                "need": need,
            },
            format="json",
        )
        assert lease.status_code == 201, lease.json()
        told = poster.get(f"{at}/").json()
        assert (told["status"], told["lease"]) == ("FULFILLED", lease.json()["id"])
        assert owner.get(f"{at}/").json()["lease"] == ""

    def test_hides_what_its_poster_hides(self, world):
        need = posted(world)
        found = client(world.ole).get(f"/api/v1/needs/{need}/").json()

        assert (found["budget_minor"], found["poster"], found["poster_name"]) == (None, None, None)
        assert "Member" not in str(found)

    def test_hides_from_where_it_counts_until_its_poster_is_known(self, world):
        listing = world.listing()
        type(listing.site).objects.update(latitude="31.30", longitude="120.62")
        need = posted(world, latitude="31.12345", longitude="120.54321", km=100)
        owner, at = client(world.ole), f"/api/v1/needs/{need}/"
        served = owner.get("/api/v1/needs/served/").json()["data"][0]

        for one in (owner.get(at).json(), served["need"]):
            assert (one["latitude"], one["longitude"], one["km"]) == (None, None, 100)
        assert "31.12" not in str(served)
        assert served["matches"][0]["distance_km"] % 10 == 0
        assert client(world.max).get(at).json()["latitude"] == "31.12345"
        owner.post(f"{at}answer/", {"listing": listing.public_id}, format="json")
        assert owner.get(at).json()["longitude"] == "120.54321"

    def test_is_closed_again_when_its_lease_comes_to_nothing(self, world):
        need = Need.objects.get(public_id=posted(world))
        answer = needs.answer(
            need=need, listing=world.listing(), within=world.other, by=world.ole, at=timezone.now()
        )
        needs.choose(need=need, answer=answer, by=world.max, at=timezone.now())
        start = timezone.now() + timedelta(days=20)
        given = {
            "listing": answer.listing,
            "lessee": world.member,
            "period": Period(start, start + timedelta(days=10)),
            "expected_usage": {"run_time": Decimal(10)},
            "note": "",
            "by": world.max,
            "need": need,
        }
        lease = leases.request(**given, at=timezone.now())
        leases.refuse(lease=lease, reason="taken", by=world.ole, at=timezone.now())
        told = client(world.max).get(f"/api/v1/needs/{need.public_id}/").json()
        assert (told["status"], told["lease"], told["chosen"]) == ("CLOSED", "", answer.public_id)

        again = leases.request(**given, at=timezone.now())
        need.refresh_from_db()
        assert (need.status, need.lease) == ("FULFILLED", again.public_id)

    def test_is_unknown_to_strangers_as_a_draft(self, world):
        need = draft(world)

        assert client(world.ole).get(f"/api/v1/needs/{need}/").status_code == 404
        assert client(None).get(f"/api/v1/needs/{need}/").status_code == 401

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"title": None}, "/title"),
            ({"words": "nothing"}, "/words"),
            ({"requirements": ["x"]}, "/requirements/0"),
            ({"requirements": "x"}, "/requirements"),
            ({"quantity": 10**30}, "/quantity"),
            ({"quantity": "NaN"}, "/quantity"),
            ({"hours": "NaN"}, "/hours"),
            ({"latitude": "NaN"}, "/latitude"),
            ({"starts_on": "0001-01-01"}, "/starts_on"),
            ({"ends_on": "9999-12-31"}, "/ends_on"),
            ({"expires_at": "0001-01-01T00:00:00"}, "/expires_at"),
            ({"expires_at": "9999-12-31T23:59:59Z"}, "/expires_at"),
            ({"category": "'; DROP TABLE"}, "/category"),
            ({"chain": "chn_nobody"}, "/chain"),
            ({"region": "３２"}, "/region"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, world, changes, pointer):
        answer = client(world.max).post("/api/v1/needs/", body(**changes), format="json")

        assert answer.status_code == 400
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
        assert not Need.objects.exists()

    def test_can_be_changed_withdrawn_and_closed(self, world):
        need, poster = draft(world), client(world.max)
        at = f"/api/v1/needs/{need}/"

        assert poster.patch(at, {"quantity": 3}, format="json").json()["quantity"] == 3
        poster.post(f"{at}publish/")
        assert poster.patch(at, {"quantity": 4}, format="json").status_code == 409
        assert poster.post(f"{at}close/", {"reason": "x"}, format="json").json()["status"] == "CLOSED"
        assert poster.post(f"{at}withdraw/", format="json").json()["status"] == "WITHDRAWN"
        assert client(world.ole).post(f"{at}withdraw/", format="json").status_code == 404

    def test_takes_only_what_there_is(self, world):
        world.listing()
        at = f"/api/v1/needs/{posted(world)}"
        poster, owner = client(world.max), client(world.ole)

        for path, given, who in (
            ("invite", {"listings": ["lst_none", "\0"]}, poster),
            ("answer", {"listing": "lst_none"}, owner),
            ("choose", {"answer": "nea_none"}, poster),
        ):
            assert who.post(f"{at}/{path}/", given, format="json").status_code == 400
        assert owner.post(f"{at}/choose/", {"answer": "x"}, format="json").status_code == 403
        assert owner.post(f"{at}/decline/", {"reason": "busy"}, format="json").status_code == 201
        assert owner.get("/api/v1/needs/").json()["data"] == []

    def test_a_request_names_a_need_of_ones_own(self, world):
        listing, start = world.listing(), timezone.now() + timedelta(days=20)
        given = {
            "listing": listing.public_id,
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(days=10)).isoformat(),
            "expected_usage": {"run_time": "10"},
        }
        asked = client(world.max)

        assert asked.post("/api/v1/leases/", given | {"need": "x"}, format="json").status_code == 400
        refused = asked.post("/api/v1/leases/", given | {"need": posted(world)}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "need_move_refused")


class TestAChain:
    def test_is_begun_joined_and_left(self, world):
        leader, other = client(world.lia), client(world.ole)
        made = leader.post("/api/v1/chains/", {"name": "Valves"}, format="json").json()
        at = f"/api/v1/chains/{made['id']}"

        assert other.get(f"{at}/").status_code == 404
        named = {"organization": world.other.credit_code}
        assert leader.post(f"{at}/invite/", named, format="json").json()["status"] == "INVITED"
        assert other.get(f"{at}/").json()["standing"] == "INVITED"
        assert other.post(f"{at}/accept/").json()["status"] == "ACCEPTED"
        assert other.get(f"{at}/members/").status_code == 403
        assert [one["status"] for one in leader.get(f"{at}/members/").json()["data"]] == ["ACCEPTED"]
        assert other.post(f"{at}/leave/").json()["status"] == "LEFT"
        assert other.get(f"{at}/").status_code == 404
        assert leader.post(f"{at}/invite/", {"organization": "\0"}, format="json").status_code == 400

    def invited(self, world):
        """Return where a new chain stands, to which the other one was invited."""
        leader = client(world.lia)
        made = leader.post("/api/v1/chains/", {"name": "Valves"}, format="json").json()
        at = f"/api/v1/chains/{made['id']}"
        leader.post(f"{at}/invite/", {"organization": world.other.public_id}, format="json")
        return at

    def test_is_declined_by_who_was_invited(self, world):
        at, other = self.invited(world), client(world.ole)

        assert client(world.lia).post(f"{at}/decline/").status_code == 409
        assert other.post(f"{at}/decline/").json()["status"] == "DECLINED"
        assert other.post(f"{at}/accept/").status_code == 404

    def test_loses_a_member_that_its_leader_removes(self, world):
        at, other = self.invited(world), client(world.ole)
        named = {"organization": world.other.public_id}
        other.post(f"{at}/accept/")

        assert other.post(f"{at}/remove/", named, format="json").status_code == 403
        assert client(world.lia).post(f"{at}/remove/", named, format="json").json()["status"] == "REMOVED"
        assert other.get(f"{at}/").status_code == 404

    def test_opens_a_listing_to_its_members_alone(self, world):
        listing = make.listing(world.lead)
        make.searchable()
        at = f"/api/v1/listings/{listing.public_id}/"
        given = {"chain": world.chain.public_id}
        assert (
            client(world.lia).post(f"{at}audience/", given, format="json").json()["chain"] == given["chain"]
        )

        for who, code, many in (
            (world.lia, 200, 1),
            (world.max, 200, 1),
            (world.ole, 404, 0),
            (None, 404, 0),
        ):
            reader = client(who)
            found = reader.get("/api/v1/search/", {"q": "DMU"}).json()
            assert (reader.get(at).status_code, len(found["data"]), found["counts"]["total"]) == (
                code,
                many,
                many,
            )
            assert sum(found["counts"]["categories"].values()) == many
            assert len(reader.get("/api/v1/listings/").json()["data"]) == many
            for path in (f"{at}slots/?day=2026-12-01", f"{at}services/", f"/listings/{listing.public_id}/"):
                assert (reader.get(path).status_code == 404) is (code == 404), path
            page = reader.get("/", {"q": "DMU"}).content.decode()
            assert (listing.public_id in page) is (many == 1)
            assert (listing.public_id in reader.get("/?format=csv").content.decode()) is (many == 1)
            if code == 404:
                assert reader.post(f"{at}price/", {}, format="json").status_code == 404

    def test_is_read_by_the_organization_that_acts(self, world):
        listing = world.closed_listing()
        type(world.ole.memberships.get()).objects.create(
            user=world.ole, organization=world.member, role="ADMIN"
        )
        for acting, many in ((world.other, 0), (world.member, 1)):
            _key, secret = api_keys.create(
                organization=acting, by=world.ole, name="k", scopes=["listings:read"], at=timezone.now()
            )
            reader = APIClient(headers={"authorization": f"Bearer {secret}"})
            found = reader.get("/api/v1/search/", {"q": "DMU"}).json()
            assert (len(found["data"]), found["counts"]["total"]) == (many, many)
            assert len(reader.get("/api/v1/listings/").json()["data"]) == many
            for path in ("", "availability/", "owner-record/"):
                code = reader.get(f"/api/v1/listings/{listing.public_id}/{path}").status_code
                assert (code == 404) is (many == 0), path

    def test_is_no_way_to_the_listing_of_others(self, world):
        listing = world.listing()
        at = f"/api/v1/listings/{listing.public_id}/audience/"

        assert client(world.lia).post(at, {"chain": None}, format="json").status_code == 403
        given = {"chain": world.chain.public_id}
        assert client(world.ole).post(at, given, format="json").status_code == 400

    def test_ends_requests_but_not_leases(self, world):
        listing = world.closed_listing()
        start = timezone.now() + timedelta(days=9)
        given = {
            "listing": listing,
            "lessee": world.member,
            "period": Period(start, start + timedelta(days=9)),
            "expected_usage": {"run_time": Decimal(10)},
            "note": "",
            "by": world.max,
            "at": timezone.now(),
        }
        lease = leases.request(**given)
        chains.leave(chain=world.chain, within=world.member, by=world.max, at=NOON)

        with pytest.raises(leases.ListingNotOffered):
            leases.request(**given)
        for path in ("request", "ask"):
            name = {"request": "lease-request", "ask": "listing-ask"}[path]
            assert client(world.max).get(reverse(name, args=[listing.public_id])).status_code == 404
        assert client(world.max).get(f"/api/v1/leases/{lease.public_id}/").status_code == 200
        assert Listing.objects.get() == listing
