"""Leases over REST."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from leasing.actions import offers
from leasing.models import Lease
from leasing.rules.canonical import digest
from leasing.rules.leases import Status
from marketplace.models import Listing, Membership
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import hand_over
from tests.seeing import SeeingClient

DAY = timedelta(days=1)
TOMORROW = timezone.now().replace(microsecond=0) + DAY
PERIOD = Period(TOMORROW, TOMORROW + 30 * DAY)
URL = "/api/v1/leases/"


def client(user):
    found = SeeingClient()
    found.force_login(user)
    return found


def body(world, **changes):
    given = {
        "listing": world.listing.public_id,
        "starts_at": PERIOD.start.isoformat(),
        "ends_at": PERIOD.end.isoformat(),
        "expected_usage": {"run_time": "160"},
        "note": "Housings",
    }
    return given | changes


@once.fixture
def lease(world):
    return world.ask(period=PERIOD, at=timezone.now())


def running(world):
    """Return a lease that runs since yesterday."""
    now = timezone.now()
    lease = world.ask(period=Period(now - DAY, now + 30 * DAY), at=now - DAY)
    lease = offers.accept(lease=lease, by=world.owner, at=now - DAY)
    return hand_over(lease, owner=world.owner, buyer=world.buyer, at=now - DAY)


class TestCreate:
    def test_requests_for_the_acting_organization(self, world):
        answer = client(world.buyer).post(URL, body(world), format="json")

        assert answer.status_code == 201, answer.json()
        found = answer.json()
        assert (found["status"], found["lessee"], found["lessor"]) == (
            "REQUESTED",
            world.lessee.public_id,
            world.lessor.public_id,
        )
        assert found["allowed"] == ["quote", "accept", "refuse", "cancel", "expire"]
        assert answer["ETag"] == '"1"'

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"listing": "lst_none"}, "/listing"),
            ({"starts_at": "soon"}, "/starts_at"),
            ({"ends_at": PERIOD.start.isoformat()}, "/ends_at"),
            ({"ends_at": (PERIOD.start + DAY).isoformat()}, "/ends_at"),
            ({"starts_at": (PERIOD.start - 9 * DAY).isoformat()}, "/starts_at"),
            ({"expected_usage": {"parts": "1"}}, "/expected_usage/parts"),
            ({"expected_usage": {"run_time": "many"}}, "/expected_usage/run_time"),
            ({"note": "x" * 2001}, "/note"),
        ],
    )
    def test_names_the_fault_at_its_field(self, world, change, pointer):
        answer = client(world.buyer).post(URL, body(world, **change), format="json")

        assert answer.status_code == 400
        assert pointer in [flaw["pointer"] for flaw in answer.json()["errors"]]
        assert not Lease.objects.exists()

    def test_refuses_a_paused_listing_that_only_its_owner_sees(self, world):
        Listing.objects.update(status="PAUSED")

        assert client(world.buyer).post(URL, body(world), format="json").status_code == 400
        assert client(world.owner).post(URL, body(world), format="json").status_code == 409

    def test_refuses_an_insider_without_the_right(self, world):
        assert client(world.guest).post(URL, body(world), format="json").status_code == 403


class TestRead:
    def test_lists_both_sides_and_hides_from_strangers(self, world, lease):
        for user in (world.owner, world.watcher, world.buyer, world.guest):
            assert [row["id"] for row in client(user).get(URL).json()["data"]] == [lease.public_id]
        assert client(world.outsider).get(URL).json()["data"] == []
        assert client(world.outsider).get(f"{URL}{lease.public_id}/").status_code == 404
        assert SeeingClient().get(URL).status_code == 401

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("status=REQUESTED", 1),
            ("status=REQUESTED&status=ACTIVE", 1),
            ("status=ACTIVE", 0),
            ("role=lessee", 1),
            ("role=lessor", 0),
        ],
    )
    def test_filters(self, world, lease, query, count):
        assert len(client(world.buyer).get(f"{URL}?{query}").json()["data"]) == count

    def test_filters_by_listing_and_refuses_unknown_words(self, world, lease):
        mine = client(world.buyer)

        assert len(mine.get(f"{URL}?listing={world.listing.public_id}").json()["data"]) == 1
        assert mine.get(f"{URL}?colour=red").status_code == 400
        assert mine.get(f"{URL}?status=NICE").status_code == 400

    def test_shows_one_with_its_tag_and_its_history(self, world, lease):
        mine = client(world.guest)
        answer = mine.get(f"{URL}{lease.public_id}/")

        assert answer.json()["number"] == lease.number
        assert answer["ETag"].startswith('"1.')  # the version, then the digest of what is shown
        (step,) = mine.get(f"{URL}{lease.public_id}/history/").json()["data"]
        assert (step["move"], step["organization_name"]) == ("request", world.lessee.name)

    def test_asks_a_constant_number_of_questions(self, world, django_assert_max_num_queries):
        for _ in range(3):
            world.ask(period=PERIOD, at=timezone.now())

        mine = client(world.owner)
        with django_assert_max_num_queries(8):
            assert len(mine.get(URL).json()["data"]) == 3


class TestVerbs:
    def test_lead_through_a_whole_life(self, world):
        lease = running(world)
        answer = client(world.buyer).post(f"{URL}{lease.public_id}/end/", headers={"If-Match": '"7"'})

        assert (answer.status_code, answer.json()["status"], answer["ETag"]) == (200, "ENDED", '"8"')
        damage = ["claim_damage", "answer_damage", "decide_damage"]
        back = ["return", "inspect", "repair", "ready", "refer_return", "decide_return"]
        assert answer.json()["allowed"] == ["lose", *back, *damage, "settle"]

    def test_accept_with_a_chosen_machine(self, world, lease):
        url = f"{URL}{lease.public_id}/accept/"
        mine = client(world.owner)

        assert mine.post(url, {"equipment": "eqp_none"}, format="json").status_code == 400
        answer = mine.post(url, {"equipment": world.machines[1].public_id}, format="json")

        assert answer.json()["units"][0]["equipment"] == world.machines[1].public_id

    def test_accept_refuse_cancel_and_activate(self, world, lease):
        mine, theirs = client(world.owner), client(world.buyer)

        assert mine.post(f"{URL}{lease.public_id}/accept/").json()["status"] == "CONTRACTED"
        too_early = mine.post(f"{URL}{lease.public_id}/activate/")
        assert (too_early.status_code, too_early.json()["code"]) == (409, "data_notice_not_accepted")
        reason = {"reason": "No order"}
        assert (
            theirs.post(f"{URL}{lease.public_id}/cancel/", reason, format="json").json()["status"]
            == "CANCELLED"
        )
        other = world.ask(period=PERIOD, at=timezone.now())
        refusal = mine.post(f"{URL}{other.public_id}/refuse/", {"reason": "Sold"}, format="json")
        assert refusal.json()["status"] == "REFUSED"

    def test_say_what_is_allowed_instead(self, world, lease):
        answer = client(world.owner).post(f"{URL}{lease.public_id}/end/")

        assert (answer.status_code, answer.json()["code"]) == (409, "lease_move_refused")
        assert answer.json()["allowed"] == ["quote", "accept", "refuse", "cancel", "expire"]

    def test_say_when_the_machine_is_free(self, world):
        asked = [world.ask(period=PERIOD, at=timezone.now()) for _ in range(3)]
        mine = client(world.owner)
        codes = [mine.post(f"{URL}{lease.public_id}/accept/").status_code for lease in asked]

        assert codes == [200, 200, 409]

    def test_need_a_reason_where_the_table_asks_for_one(self, world, lease):
        answer = client(world.owner).post(f"{URL}{lease.public_id}/refuse/", {}, format="json")

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/reason")

    @pytest.mark.parametrize("tag", ['"7"', '"old"', "W/1"])
    def test_refuse_another_version_than_the_one_read(self, world, lease, tag):
        answer = client(world.owner).post(f"{URL}{lease.public_id}/accept/", headers={"If-Match": tag})

        assert (answer.status_code, answer.json()["code"]) == (412, "lease_changed")
        assert Lease.objects.get().status == Status.REQUESTED

    @pytest.mark.parametrize("verb", ["quote", "counter", "accept", "refuse", "cancel", "activate", "end"])
    def test_are_doors(self, world, lease, verb):
        url = f"{URL}{lease.public_id}/{verb}/"
        given = {"reason": "Sold", "valid_until": PERIOD.start.isoformat()}

        assert client(world.outsider).post(url, given, format="json").status_code == 404
        assert client(world.watcher).post(url, given, format="json").status_code == 403
        assert client(world.guest).post(url, given, format="json").status_code == 403
        assert SeeingClient().post(url, given, format="json").status_code == 401
        assert Lease.objects.get().version == 1


class TestKeys:
    def test_need_their_scope(self, world, lease, keyed):
        reader = keyed(admin(world.lessor), world.lessor, "leases:read")

        assert reader.get(URL).status_code == 200
        assert reader.post(f"{URL}{lease.public_id}/accept/").json()["code"] == "missing_scope"
        assert keyed(admin(world.lessor, "b"), world.lessor, "devices:read").get(URL).status_code == 403

    def test_act_for_one_organization_only(self, world, lease, keyed):
        both = admin(world.lessee)
        Membership.objects.create(user=both, organization=world.lessor, role=Role.ADMIN)
        Membership.objects.create(user=both, organization=world.stranger, role=Role.ADMIN)

        assert keyed(both, world.stranger).get(URL).json()["data"] == []
        assert keyed(both, world.lessee).post(f"{URL}{lease.public_id}/accept/").status_code == 403
        assert keyed(both, world.lessor).post(f"{URL}{lease.public_id}/accept/").status_code == 200


def admin(organization, name="a"):
    from tests.leasing.world import person

    return person(f"admin-{name}", organization, Role.ADMIN)


def test_a_request_accepts_the_data_terms_of_the_listing_by_their_digest(world):
    own = {"party": "owner", "category": "machine_condition", "interval": "P1D"}
    document = {"template": "default_rights", "version": 1, "changes": [own]}
    url = f"/api/v1/listings/{world.listing.public_id}/"
    changed = client(world.owner).patch(url, {"data_terms": document}, format="json")
    assert changed.status_code == 200, changed.json()
    shown = client(world.buyer).get(url).json()
    assert shown["data_terms"] == document

    without = client(world.buyer).post(URL, body(world), format="json")
    digest = {"data_terms_digest": shown["data_terms_digest"]}
    made = client(world.buyer).post(URL, body(world, **digest), format="json")

    assert without.status_code == 400
    assert [one["pointer"] for one in without.json()["errors"]] == ["/data_terms_digest"]
    assert (made.status_code, made.json()["terms"]["data_terms"]) == (201, document)
    void = document | {"waives": ["port"]}
    refused = client(world.owner).patch(url, {"data_terms": void}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/data_terms/waives/0")


class TestOffers:
    """The way an integrator negotiates: quote, read, answer, accept by digest."""

    def test_go_back_and_forth(self, world, lease):
        lessor, lessee, url = client(world.owner), client(world.buyer), f"{URL}{lease.public_id}/"
        until = (PERIOD.start - timedelta(hours=1)).isoformat()

        quote = {"valid_until": until, "terms": {"deposit_minor": 500}, "hold": True, "note": "For you"}
        quoted = lessor.post(f"{url}quote/", quote, format="json")
        assert (quoted.status_code, quoted.json()["status"]) == (200, "QUOTED"), quoted.json()

        first, second = lessee.get(f"{url}offers/").json()["data"]
        assert (first["side"], first["differences"], first["is_held"]) == ("lessee", [], False)
        assert (second["side"], second["note"], second["is_held"]) == ("lessor", "For you", True)
        assert second["differences"] == [
            {"pointer": "/terms/deposit_minor", "before": 2_000_000, "after": 500}
        ]
        assert digest(second["document"]) == second["digest"]

        days = {"starts_at": PERIOD.start.isoformat(), "ends_at": (PERIOD.end + DAY).isoformat()}
        assert lessee.post(f"{url}counter/", days, format="json").json()["status"] == "COUNTERED"
        last = lessor.get(f"{url}offers/").json()["data"][-1]
        bound = lessor.post(f"{url}accept/", {"digest": last["digest"]}, format="json")
        assert (bound.status_code, bound.json()["status"]) == (200, "CONTRACTED")
        assert datetime.fromisoformat(bound.json()["ends_at"]) == PERIOD.end + DAY

    def test_are_accepted_by_a_lessee_with_its_mandate(self, world, lease):
        lessor, lessee, url = client(world.owner), client(world.buyer), f"{URL}{lease.public_id}/"
        lessor.post(f"{url}quote/", {"valid_until": PERIOD.start.isoformat()}, format="json")
        digest = lessee.get(f"{url}offers/").json()["data"][-1]["digest"]

        unread = lessee.post(f"{url}accept/", {"mandate": "OFFICE"}, format="json")
        assert (unread.status_code, unread.json()["code"]) == (400, "offer_not_read")
        nobody = lessee.post(f"{url}accept/", {"digest": digest}, format="json")
        assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (400, "/mandate")
        stale = lessee.post(f"{url}accept/", {"digest": "0" * 64, "mandate": "OFFICE"}, format="json")
        assert (stale.status_code, stale.json()["code"]) == (409, "offer_outdated")

        bound = lessee.post(f"{url}accept/", {"digest": digest, "mandate": "OFFICE"}, format="json")
        assert bound.json()["status"] == "CONTRACTED"

    def test_say_what_is_wrong_at_its_pointer(self, world, lease):
        url = f"{URL}{lease.public_id}/quote/"
        half = {"valid_until": PERIOD.start.isoformat(), "starts_at": PERIOD.start.isoformat()}
        wrong = {"valid_until": PERIOD.start.isoformat(), "terms": {"zone": "UTC", "grace_hours": -1}}

        alone = client(world.owner).post(url, half, format="json")
        assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (400, "/ends_at")
        answer = client(world.owner).post(url, wrong, format="json")
        found = {error["pointer"] for error in answer.json()["errors"]}
        assert (answer.status_code, found) == (400, {"/terms/zone", "/terms/grace_hours"})
        lease.refresh_from_db()
        assert (lease.status, lease.version) == (Status.REQUESTED, 1)

    def test_keep_a_machine_of_the_lessor_alone(self, world, lease):
        url = f"{URL}{lease.public_id}/quote/"
        given = {"valid_until": PERIOD.start.isoformat(), "hold": True, "equipment": "eqp_nobodys"}

        assert client(world.owner).post(url, given, format="json").status_code == 400
        given["equipment"] = world.machines[1].public_id
        assert client(world.owner).post(url, given, format="json").status_code == 200
        assert lease.offers.last().claim.equipment == world.machines[1]
