import pytest
from rest_framework.test import APIClient

from marketplace.models import Equipment, Listing
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.factories.marketplace import CENTRE, HOURLY, RUN_RULE

pytestmark = pytest.mark.django_db


@pytest.fixture
def factory():
    return make.organization("Suzhou Precision", kind="LEAD_ENTERPRISE")


@pytest.fixture
def owner(factory, keyed):
    return keyed(make.member(factory), factory)


def machine_body(site):
    return {
        "category": "M1-MC",
        "site": site,
        "name": "Mill 1",
        "maker_name": "DMG MORI",
        "model_name": "DMU 50",
        "serial_number": "8061-42",
        "specs": CENTRE,
    }


class TestAnOwnerLists:
    def test_a_machine_from_site_to_published_listing(self, owner):
        make.category()
        site = owner.post(
            "/api/v1/sites/", {"name": "Hall 1", "region_code": "320594", "city": "苏州"}, format="json"
        ).json()
        machine = owner.post("/api/v1/equipment/", machine_body(site["id"]), format="json").json()
        body = {
            "equipment": [machine["id"]],
            "title": "DMU 50",
            "price_plan": HOURLY,
            "count_rules": [RUN_RULE],
        }
        listing = owner.post("/api/v1/listings/", body, format="json").json()

        published = owner.post(f"/api/v1/listings/{listing['id']}/publish/")

        assert (published.status_code, published.json()["status"]) == (200, "PUBLISHED")
        found = APIClient().get("/api/v1/listings/").json()
        assert [row["id"] for row in found["data"]] == [listing["id"]]
        assert found["has_more"] is False

    def test_and_hears_of_each_wrong_field_at_its_pointer(self, owner, factory):
        make.category()
        body = machine_body(make.site(factory).public_id) | {"specs": {"axes": "99"}}

        answer = owner.post("/api/v1/equipment/", body, format="json")

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (400, "bad_specs")
        assert answer["Content-Type"] == "application/problem+json"
        assert "/specs/axes" in {error["pointer"] for error in problem["errors"]}
        assert problem["request_id"] == answer["X-Request-Id"]
        assert not Equipment.objects.exists()

    def test_and_of_a_site_that_is_not_its_own(self, owner):
        make.category()
        body = machine_body(make.site(make.organization()).public_id)

        problem = owner.post("/api/v1/equipment/", body, format="json").json()

        assert (problem["code"], [one["pointer"] for one in problem["errors"]]) == ("foreign_site", ["/site"])
        assert not Equipment.objects.exists()

    def test_a_meter_that_an_offer_does_not_bill_is_named(self, owner, factory):
        at = f"/api/v1/listings/{make.listing(factory).public_id}/price/"

        refused = owner.post(at, {"usage": {"run_time": "20", "runtime": "20"}}, format="json")

        assert refused.status_code == 400
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/usage/runtime"]
        assert owner.post(at, {"usage": {"run_time": "20"}}, format="json").status_code == 200

    def test_a_format_that_there_is_none_of_is_named(self, owner):
        answer = owner.get("/api/v1/equipment/?format=csv")

        assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (400, ["/format"])
        assert owner.get("/api/v1/equipment/?format=json").status_code == 200

    def test_a_move_that_the_state_forbids_is_a_409_with_what_is_allowed(self, owner, factory):
        listing = make.listing(factory)

        answer = owner.post(f"/api/v1/listings/{listing.public_id}/publish/")

        assert (answer.status_code, answer.json()["allowed"]) == (409, ["PAUSED", "RETIRED"])


class TestDoors:
    def test_a_stranger_sees_published_listings_only(self, factory):
        draft = make.listing(factory, status=Listing.Status.DRAFT)

        assert APIClient().get(f"/api/v1/listings/{draft.public_id}/").status_code == 404
        assert APIClient().get("/api/v1/equipment/").status_code == 401

    def test_another_organization_cannot_move_a_listing(self, factory, keyed):
        listing = make.listing(factory)
        other = make.organization()

        answer = keyed(make.member(other), other).post(f"/api/v1/listings/{listing.public_id}/pause/")

        listing.refresh_from_db()
        assert (answer.status_code, listing.status) == (403, "PUBLISHED")

    def test_a_key_without_the_scope_is_refused(self, factory, keyed):
        client = keyed(make.member(factory), factory, "listings:read")

        answer = client.post(f"/api/v1/listings/{make.listing(factory).public_id}/pause/")

        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")

    def test_a_viewer_is_an_insider_without_the_right(self, factory):
        listing, viewer = make.listing(factory), make.member(factory, Role.VIEWER)
        client = APIClient()
        client.force_login(viewer)

        assert client.post(f"/api/v1/listings/{listing.public_id}/pause/").status_code == 403

    def test_an_unknown_key_is_401_and_says_so(self):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION="Bearer jj_abc.def")

        answer = client.get("/api/v1/ping/")

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"


class TestConventions:
    def test_an_unknown_parameter_is_an_error_and_not_silence(self, owner):
        answer = owner.get("/api/v1/listings/?colour=red")

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/colour"

    def test_pages_follow_each_other_without_holes_or_doubles(self, factory, owner):
        for _ in range(5):
            make.equipment(factory)

        seen, url = [], "/api/v1/equipment/?limit=2"
        while url:
            page = owner.get(url).json()
            seen += [row["id"] for row in page["data"]]
            url = page["next"]

        assert len(seen) == len(set(seen)) == 5

    def test_the_same_idempotency_key_gives_the_same_answer_once(self, owner):
        body = {"name": "Hall 9", "region_code": "320594", "city": "苏州"}
        headers = {"HTTP_IDEMPOTENCY_KEY": "make-hall-9"}

        first = owner.post("/api/v1/sites/", body, format="json", **headers)
        again = owner.post("/api/v1/sites/", body, format="json", **headers)
        other = owner.post("/api/v1/sites/", body | {"name": "Hall 10"}, format="json", **headers)

        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
        assert first.json() == again.json()
        assert again["Idempotency-Replayed"] == "true"
        assert other.json()["code"] == "idempotency_key_reused"

    def test_malformed_json_is_a_problem(self, owner):
        answer = owner.post("/api/v1/sites/", b"{", content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")

    def test_ping_says_who_i_am(self, owner, factory):
        assert owner.get("/api/v1/ping/").json()["organization"] == factory.public_id
        assert owner.head("/api/v1/ping/").status_code == 200


class TestPrice:
    def test_is_the_invoices_own_rule_with_tax(self, factory):
        listing = make.listing(factory)

        answer = (
            APIClient()
            .post(
                f"/api/v1/listings/{listing.public_id}/price/",
                {"usage": {"run_time": "40"}, "days": 30},
                format="json",
            )
            .json()
        )

        nets = {line["component"]: line["net_minor"] for line in answer["lines"]}
        assert nets == {"base": 300_000, "run": 344_000, "fee": 19_320}
        assert answer["tax_minor"] == 39_000 + 44_720 + 1_159
        assert answer["gross_minor"] == 663_320 + 84_879
        assert answer["lines"][2]["steps"][0] == {
            "step": "percentage",
            "numbers": {"base": "6440.00", "rate": "0.03", "amount": "193.2"},
        }

    def test_refuses_a_negative_usage(self, factory):
        listing = make.listing(factory)

        answer = APIClient().post(
            f"/api/v1/listings/{listing.public_id}/price/", {"usage": {"run_time": "-1"}}, format="json"
        )

        assert answer.status_code == 400
