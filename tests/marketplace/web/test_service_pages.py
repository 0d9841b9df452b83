import pytest

from marketplace.actions import services
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.marketplace.actions.test_services import Offered

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
TYPED = {
    "kind": "TRAINING",
    "price": "300.50",
    "basis": "HOUR",
    "lead_hours": "24",
    "description_zh": "操作培训",
}


@pytest.fixture
def world():
    return Offered()


def url(listing):
    return f"/my-listings/{listing.public_id}/services/"


class TestTheOwnersPage:
    def test_invites_a_provider_by_its_credit_code(self, world, client):
        client.force_login(world.ann)
        answer = client.post(url(world.listing), TYPED | {"provider": world.school.credit_code})

        assert answer.status_code == 302
        made = world.listing.services.get()
        assert (made.provider, made.price_minor, made.status) == (world.school, 30_050, "INVITED")
        assert "操作培训" not in client.get(f"/listings/{world.listing.public_id}/").content.decode()

    @pytest.mark.parametrize("changes", [{"provider": "nobody"}, {"price": "-1"}, {"description_zh": ""}])
    def test_shows_what_is_wrong(self, world, client, changes):
        client.force_login(world.ann)

        assert client.post(url(world.listing), TYPED | changes).status_code == 400
        assert not world.listing.services.exists()

    def test_is_hidden_from_others(self, world, client):
        client.force_login(world.bob)

        assert client.get(url(world.listing)).status_code == 404


class TestTheProvidersPage:
    def test_agrees_by_the_fingerprint_that_is_shown(self, world, client):
        made = world.offer()
        client.force_login(world.bob)
        page = f"/services/{made.public_id}/"
        assert made.digest in client.get(page).content.decode()

        client.post(f"{page}agree/", {"digest": made.digest})

        made.refresh_from_db()
        assert made.status == "AGREED"
        assert "操作培训" in client.get(f"/listings/{world.listing.public_id}/").content.decode()
        assert "操作培训" in client.get(page).content.decode()

    def test_says_a_refusal_on_the_page(self, world, client):
        made = world.offer()
        client.force_login(world.bob)

        answer = client.post(f"/services/{made.public_id}/agree/", {"digest": "x"}, follow=True)

        made.refresh_from_db()
        assert made.status == "INVITED"
        assert "notice" in answer.content.decode()

    def test_is_unknown_to_a_stranger(self, world, client):
        made = world.agreed()
        client.force_login(make.member(make.organization()))

        assert client.get(f"/services/{made.public_id}/").status_code == 404
        assert client.post(f"/services/{made.public_id}/withdraw/").status_code == 404
        made.refresh_from_db()
        assert made.status == "AGREED"


class TestTheRequest:
    def test_carries_the_boxes_that_were_ticked(self, world, client):
        made = world.agreed()
        buyer = make.organization("Buyer")
        client.force_login(make.member(buyer))
        page = f"/listings/{world.listing.public_id}/request/"
        assert made.public_id in client.get(page).content.decode()
        typed = {"first_day": "2999-01-01", "last_day": "2999-01-31", "usage_run_time": "10"}

        shown = client.post(page, typed | {"services": made.public_id, "calculate": "1"}).content.decode()

        assert f'value="{made.public_id}" checked' in shown


class TestRest:
    def test_shows_what_is_agreed_to_everybody_and_the_rest_to_the_owner(self, world, client):
        shown, waiting = world.agreed(), world.offer()
        where = f"/api/v1/listings/{world.listing.public_id}/services/"
        assert [row["id"] for row in client.get(where).json()["data"]] == [shown.public_id]

        client.force_login(world.ann)
        rows = client.get(where).json()["data"]
        assert {row["id"] for row in rows} == {shown.public_id, waiting.public_id}

    def test_offers_agrees_and_withdraws(self, world, client):
        client.force_login(world.ann)
        where = f"/api/v1/listings/{world.listing.public_id}/services/"
        given = {"kind": "TRAINING", "basis": "ORDER", "price_minor": 5, "description_zh": "培训"}
        named = given | {"provider": world.school.public_id}
        made = client.post(where, named, **JSON)
        assert made.status_code == 201, made.content
        assert client.post(where, given | {"provider": "x"}, **JSON).status_code == 400

        client.force_login(world.bob)
        assert client.post(where, given, **JSON).status_code == 403
        one = f"/api/v1/services/{made.json()['id']}/"
        body = {"digest": made.json()["digest"]}
        assert client.post(f"{one}agree/", body, **JSON).json()["status"] == "AGREED"
        assert client.post(f"{one}decline/", {}, **JSON).status_code == 409
        assert client.post(f"{one}withdraw/", {}, **JSON).json()["status"] == "WITHDRAWN"
        assert client.get("/api/v1/services/?status=AGREED").json()["data"] == []


def test_what_is_withdrawn_is_not_offered_any_more(world, client):
    services.withdraw(service=world.agreed(), within=world.owner, by=world.ann, at=NOON)

    assert "操作培训" not in client.get(f"/listings/{world.listing.public_id}/").content.decode()
