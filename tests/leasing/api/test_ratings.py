"""Ratings over REST: nobody reads the other's before both are written; and what an owner is known for."""

import pytest
from rest_framework.test import APIClient

from leasing.models import Rating, RatingAnswer, RatingModeration
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.leasing.actions.test_ratings import GOOD, POOR, both, rate, scene

pytestmark = pytest.mark.django_db
assert scene


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Let it be the day of the settlement."""
    from tests.leasing.settling import READY

    monkeypatch.setattr("leasing.api.ratings.clock.now", lambda: READY)


def ask(scene, verb, address, data=None, who="buyer"):
    client = APIClient()
    if who:
        person = getattr(scene.world, who) if isinstance(who, str) else who
        client.force_login(person)
    return getattr(client, verb)(f"/api/v1/{address}", data, format="json")


def of_lease(scene, verb, data=None, who="buyer"):
    return ask(scene, verb, f"leases/{scene.lease.public_id}/ratings/", data, who)


class TestLease:
    def test_each_reads_its_own_until_both_are_written(self, scene):
        mine = of_lease(scene, "post", {"scores": GOOD, "text": "好"})
        assert mine.status_code == 201
        assert [one["text"] for one in mine.json()["data"]] == ["好"]
        assert of_lease(scene, "get", who="owner").json()["data"] == []
        assert ask(scene, "get", "ratings/").json()["data"] == []

        both_now = of_lease(scene, "post", {"scores": POOR}, "owner").json()
        assert [one["scores"] for one in both_now["data"]] == [GOOD, POOR]
        assert both_now["published_at"] is not None
        assert len(ask(scene, "get", "ratings/").json()["data"]) == 2
        assert ask(scene, "get", "ratings/", who="outsider").json()["data"] == []

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"scores": {}},
            {"scores": [5]},
            {"scores": GOOD | {"machine": 0}},
            {"scores": GOOD | {"machine": 10**40}},
            {"scores": GOOD | {"machine": "5; DROP TABLE"}},
            {"scores": GOOD | {"machine": None}},
            {"scores": GOOD, "text": "x" * 1001},
            {"scores": GOOD, "text": "13812345678"},
            {"scores": GOOD, "text": "\0"},
            [],
        ],
        ids=str,
    )
    def test_odd_input_is_told(self, scene, data):
        assert of_lease(scene, "post", data).status_code == 400
        assert not Rating.objects.exists()

    @pytest.mark.parametrize(("who", "code"), [("guest", 403), ("outsider", 404), (None, 401)])
    def test_is_between_the_two(self, scene, who, code):
        assert of_lease(scene, "post", {"scores": GOOD}, who).status_code == code
        assert not Rating.objects.exists()


class TestPublished:
    def test_is_answered_and_hidden(self, scene):
        of_lessor, _ = both(scene)
        platform = make.platform()
        clerk, address = make.member(platform, Role.OPERATOR), f"ratings/{of_lessor.public_id}"

        answered = ask(scene, "post", f"{address}/answer/", {"text": "谢谢"}, "owner").json()
        assert answered["answer"] == "谢谢"
        hidden = ask(scene, "post", f"{address}/hide/", {"reason": "辱骂"}, clerk).json()
        assert (hidden["hidden"], hidden["scores"]) == (True, GOOD)
        seen = ask(scene, "get", f"{address}/", who="owner").json()
        assert (seen["scores"], seen["text"], seen["answer"], seen["hidden_why"]) == (None, "", "", "辱骂")
        assert ask(scene, "get", f"{address}/", who="buyer").json()["scores"] == GOOD
        assert ask(scene, "post", f"{address}/show/", {"reason": "x"}, clerk).json()["hidden"] is False

    def test_is_nobody_elses(self, scene):
        of_lessor, _ = both(scene)
        address = f"ratings/{of_lessor.public_id}"
        tries = [
            ("answer", {"text": "x"}, "buyer", 403),
            ("answer", {"text": ""}, "owner", 400),
            ("answer", {"text": "x"}, "outsider", 404),
            ("hide", {"reason": "x"}, "owner", 403),
            ("hide", {}, "owner", 400),
        ]
        for verb, data, who, code in tries:
            assert ask(scene, "post", f"{address}/{verb}/", data, who).status_code == code, (verb, who)
        assert not RatingAnswer.objects.exists()
        assert not RatingModeration.objects.exists()

    def test_is_found_when_it_is_published(self, scene):
        mine = rate(scene)
        assert ask(scene, "get", f"ratings/{mine.public_id}/").status_code == 404


class TestOwner:
    def test_of_one_lease_nothing_is_told(self, scene):
        both(scene)
        found = ask(scene, "get", f"listings/{scene.world.listing.public_id}/owner-record/", who=None).json()
        nothing = {"leases": None, "stars": None, "on_time_percent": None, "cancelled_percent": None}
        assert found == nothing | {"ratings": 0, "told": []}

    def test_of_a_draft_nobody_is_told(self, scene):
        scene.world.listing.status = "DRAFT"
        scene.world.listing.save()
        address = f"listings/{scene.world.listing.public_id}/owner-record/"
        assert ask(scene, "get", address, who=None).status_code == 404
        assert ask(scene, "get", address, who="owner").status_code == 200
