"""Members, invitations, verifications and maturity over REST."""

import pytest

from marketplace.actions import api_keys, invitations
from marketplace.models import Invitation, Organization, Verification
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.joining import world
from tests.joining.world import AT
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db


class Place:
    """A waiting organization and the platform, each with a browser."""

    def __init__(self):
        self.platform = make.platform()
        self.admin = make.user("王敏")
        self.waiting = world.joined(self.admin)
        self.case = Verification.objects.get()


place = once.fixture(lambda: Place())


def as_user(user):
    client = SeeingClient()
    client.force_login(user)
    return client


def with_key(place, *scopes):
    _key, text = api_keys.create(
        organization=place.waiting, name="k", scopes=list(scopes), by=place.admin, at=AT
    )
    client = SeeingClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


class TestMembers:
    def test_are_listed_changed_and_let_go(self, place):
        user = make.member(place.waiting, Role.VIEWER)
        client = with_key(place, "members:read", "members:write")
        listed = client.get("/api/v1/members/").json()["data"]
        assert {one["id"]: one["roles"] for one in listed} == {
            place.admin.public_id: ["ADMIN"],
            user.public_id: ["VIEWER"],
        }
        at = f"/api/v1/members/{user.public_id}/"
        assert client.post(f"{at}role/", {"role": "FINANCE"}, format="json").status_code == 200
        assert client.post(f"{at}role/", {"role": "KING"}, format="json").status_code == 400
        assert client.post(f"{at}role/", [], format="json").status_code == 400
        assert client.delete(at).status_code == 204
        assert client.delete(at).status_code == 404
        last = client.delete(f"/api/v1/members/{place.admin.public_id}/")
        assert (last.status_code, last.json()["code"]) == (409, "last_administrator")

    def test_are_changed_by_keys_while_people_are_asked_for_a_second_factor(self, place):
        client = with_key(place, "members:read", "members:write")
        user = make.member(place.waiting, Role.VIEWER)
        Organization.objects.update(asks_second_factor=True)

        at = f"/api/v1/members/{user.public_id}/role/"
        assert client.post(at, {"role": "FINANCE"}, format="json").status_code == 200
        assert as_user(place.admin).post(at, {"role": "VIEWER"}, format="json").status_code == 403

    def test_of_others_are_unknown_and_scopes_are_asked_for(self, place):
        stranger = make.member(make.organization())
        assert as_user(stranger).delete(f"/api/v1/members/{place.admin.public_id}/").status_code == 404
        assert with_key(place, "members:read").delete("/api/v1/members/usr_0/").status_code == 403
        assert with_key(place, "listings:read").get("/api/v1/members/").status_code == 403
        viewer = make.member(place.waiting, Role.VIEWER)
        assert as_user(viewer).delete(f"/api/v1/members/{place.admin.public_id}/").status_code == 403


class TestInvitations:
    def test_are_made_listed_and_revoked(self, place):
        client = as_user(place.admin)
        made = client.post("/api/v1/invitations/", {"email": "li@a.cn", "role": "VIEWER"}, format="json")
        assert made.status_code == 201
        assert "token" not in made.json()
        assert [one["id"] for one in client.get("/api/v1/invitations/").json()["data"]] == [made.json()["id"]]
        at = f"/api/v1/invitations/{made.json()['id']}/"
        assert as_user(make.member(make.organization())).delete(at).status_code == 404
        assert [client.delete(at).status_code for _ in range(2)] == [204, 204]
        assert client.get("/api/v1/invitations/").json()["data"] == []

    @pytest.mark.parametrize(
        "sent", [{}, {"email": "no", "role": "VIEWER"}, {"email": "a@a.cn", "role": "KING"}, {"email": 7}, []]
    )
    def test_that_cannot_be_are_refused(self, place, sent):
        assert as_user(place.admin).post("/api/v1/invitations/", sent, format="json").status_code == 400
        assert not Invitation.objects.exists()

    def test_are_for_administrators(self, place):
        viewer = as_user(make.member(place.waiting, Role.VIEWER))
        invitations.invite(organization=place.waiting, email="a@a.cn", role="VIEWER", by=place.admin, at=AT)
        assert viewer.get("/api/v1/invitations/").status_code == 403
        sent = {"email": "b@a.cn", "role": "ADMIN"}
        assert viewer.post("/api/v1/invitations/", sent, format="json").status_code == 403


class TestVerifications:
    def test_are_decided_by_the_platform(self, place):
        client = as_user(make.member(place.platform, Role.OPERATOR))
        assert [one["id"] for one in client.get("/api/v1/verifications/?state=WAITING").json()["data"]] == [
            place.case.public_id
        ]
        at = f"/api/v1/verifications/{place.case.public_id}/"
        whole = client.get(at).json()
        assert [one["kind"] for one in whole["papers"]] == ["LICENCE", "MANDATE"]
        assert [one["verb"] for one in whole["steps"]] == ["SUBMIT"]
        for bad in ({}, {"step": "SUBMIT"}, {"step": "ASK"}, {"step": "ASK", "reason": "x" * 501}):
            assert client.post(f"{at}decide/", bad, format="json").status_code == 400
        assert client.post(f"{at}decide/", {"step": "APPROVE"}, format="json").json()["state"] == "APPROVED"
        again = client.post(f"{at}decide/", {"step": "APPROVE"}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "verification_moved")

    def test_are_read_by_their_organization_and_decided_by_nobody_there(self, place):
        client, at = as_user(place.admin), f"/api/v1/verifications/{place.case.public_id}/"
        assert client.get(at).status_code == 200
        assert client.post(f"{at}decide/", {"step": "APPROVE"}, format="json").status_code == 403
        for other in (
            make.member(make.organization()),
            make.member(place.waiting, Role.VIEWER),
            make.member(place.platform, Role.FINANCE),
        ):
            assert as_user(other).get(at).status_code == 404
            assert as_user(other).get("/api/v1/verifications/").json()["data"] == []
            assert as_user(other).post(f"{at}decide/", {"step": "APPROVE"}, format="json").status_code == 404
        assert Organization.objects.get(pk=place.waiting.pk).awaits_verification


class TestMaturity:
    def test_is_declared_of_the_organization_and_its_sites(self, place):
        client, address = as_user(place.admin), "/api/v1/maturity-declarations/"
        told = {"source": "名单 2025", "valid_from": "2025-03-01"}
        site = make.site(place.waiting).public_id
        assert client.post(address, told | {"level": 3}, format="json").status_code == 201
        made = client.post(address, told | {"site": site, "tier": "引领"}, format="json").json()
        assert (made["tier"], made["is_verified"], made["site"]) == ("LEADING", False, site)
        assert len(client.get(address).json()["data"]) == 2
        other = make.site(make.organization()).public_id
        assert client.post(address, told | {"site": other, "tier": "BASIC"}, format="json").status_code == 404
        for bad in (
            {"level": 10**30},
            {"level": "x"},
            {"tier": "BASIC"},
            {"level": 1, "valid_from": "9999-01-01"},
        ):
            assert client.post(address, told | bad, format="json").status_code == 400
        viewer = as_user(make.member(place.waiting, Role.VIEWER))
        assert viewer.post(address, told | {"level": 3}, format="json").status_code == 403
