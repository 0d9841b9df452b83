"""Sub-leases over REST: each side finds them and its verbs, nobody else finds anything."""

from datetime import timedelta

import pytest
from django.utils import timezone

from devices.ownership.models import Agreement, Notice
from leasing.models import Sublease
from marketplace.models.apikeys import Scope
from tests.devices.ownership.lent import keyed
from tests.factories import marketplace as make
from tests.leasing.sublet import BEGUN, TIME, Sublet
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/subleases/"


class Rest(Sublet):
    """Everybody with a client, at a moment in the time of the lease."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.clients = {}
        for organization, person in self.people.items():
            self.clients[organization] = SeeingClient(raise_request_exception=False)
            self.clients[organization].force_login(person)
        monkeypatch.setattr(timezone, "now", lambda: BEGUN)

    def given(self, **changes):
        return {
            "sublessee": self.workshop.credit_code,
            "starts_at": TIME.start.isoformat(),
            "ends_at": TIME.end.isoformat(),
            "place": "苏州市吴中区 3 号厂房",
        } | changes

    def post(self, who, path, body=None, **more):
        return self.clients[who].post(path, body or {}, format="json", **more)

    def offer(self, **changes):
        url = f"/api/v1/leases/{self.lease.public_id}/subleases/"
        return self.post(self.world.lessee, url, self.given(**changes))


@pytest.fixture
def rest(world, monkeypatch):
    return Rest(world, monkeypatch)


class TestTheWay:
    def test_of_a_sub_lease_from_proposal_to_end(self, rest, world, monkeypatch):
        made = rest.offer()
        assert made.status_code == 201, made.json()
        url, digest = f"{URL}{made.json()['id']}/", {"digest": made.json()["digest"]}
        assert (made.json()["status"], made["ETag"]) == ("PROPOSED", '"1"')

        assert rest.post(rest.workshop, f"{url}accept/", digest).json()["status"] == "ACCEPTED"
        assert rest.post(world.lessor, f"{url}consent/", digest).json()["status"] == "AGREED"
        assert rest.post(world.lessee, f"{url}begin/").json()["code"] == "data_notice_not_accepted"
        notice = rest.clients[rest.workshop].get(f"{url}data-notice/").json()
        told = rest.post(rest.workshop, f"{url}data-notice/accept/", {"digest": notice["digest"]})
        assert told.json()["accepted_by"] == "workshop"
        begun = rest.post(world.lessee, f"{url}begin/").json()
        assert (begun["status"], begun["allowed"]) == ("RUNNING", ["end"])
        assert Agreement.objects.get(public_id=begun["agreement"]).lessee == rest.workshop

        again = rest.given(sublessee=rest.next.public_id)
        below = rest.post(rest.workshop, f"{url}subleases/", again)
        assert (below.status_code, below.json()["depth"], below.json()["under"]) == (201, 2, begun["id"])

        steps = rest.clients[world.lessor].get(f"{url}history/").json()["data"]
        assert [one["move"] for one in steps] == ["propose", "accept", "consent", "begin"]
        monkeypatch.setattr(timezone, "now", lambda: BEGUN + timedelta(days=5))
        assert rest.post(world.lessor, f"{url}end/").status_code == 403
        assert rest.post(world.lessee, f"{url}end/").json()["status"] == "ENDED"

    def test_of_one_that_comes_to_nothing(self, rest, world):
        first, second = (f"{URL}{rest.offer().json()['id']}/" for _ in range(2))

        assert rest.post(world.lessor, f"{first}refuse/").status_code == 400
        refused = rest.post(world.lessor, f"{first}refuse/", {"reason": "不同意"})
        assert refused.json()["status"] == "REFUSED"
        assert rest.post(rest.workshop, f"{second}withdraw/").json()["status"] == "WITHDRAWN"
        assert rest.post(world.lessee, f"{second}end/").json()["code"] == "sublease_move_refused"

    def test_of_a_new_notice(self, rest, world):
        url = f"{URL}{rest.offer().json()['id']}/data-notice/"

        assert rest.post(world.lessor, url).status_code == 403
        assert rest.post(world.lessee, url).status_code == 201
        assert Notice.objects.filter(lessee=rest.workshop).count() == 2
        assert rest.post(world.lessee, f"{url}accept/", {"digest": "0"}).status_code == 403


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"sublessee": "91000000000000000X"}, "/sublessee"),
            ({"ends_at": TIME.start.isoformat()}, "/ends_at"),
            ({"ends_at": "2027-01-01T00:00:00Z"}, "/ends_at"),
            ({"place": ""}, "/place"),
            ({"data_terms": {"template": "other"}}, "/data_terms/template"),
        ],
    )
    def test_name_the_field(self, rest, changes, pointer):
        answer = rest.offer(**changes)

        assert answer.status_code == 400
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
        assert not Sublease.objects.exists()

    def test_of_a_unit_that_is_not_of_the_lease(self, rest):
        assert rest.offer(unit="lun_0").status_code == 404

    def test_of_whoever_is_not_the_lessee(self, rest, world):
        url = f"/api/v1/leases/{rest.lease.public_id}/subleases/"

        assert rest.post(world.lessor, url, rest.given()).status_code == 403
        assert rest.post(world.stranger, url, rest.given()).status_code == 404
        assert rest.post(rest.workshop, url, rest.given()).status_code == 404

    def test_of_another_version(self, rest, world):
        url = f"{URL}{rest.offer().json()['id']}/withdraw/"

        for tag in ('"7"', "x"):
            assert rest.post(world.lessee, url, HTTP_IF_MATCH=tag).status_code == 412
        assert rest.post(world.lessee, url, HTTP_IF_MATCH='"1"').status_code == 200


class TestLists:
    def listed(self, rest, who, **query):
        return [one["id"] for one in rest.clients[who].get(URL, query).json()["data"]]

    def test_hold_what_one_is_a_side_of(self, rest, world):
        made = rest.offer().json()["id"]

        for who in (world.lessor, world.lessee, rest.workshop):
            assert self.listed(rest, who) == [made]
            assert rest.clients[who].get(f"{URL}{made}/").status_code == 200
        for who in (world.stranger, rest.next):
            assert self.listed(rest, who) == []
            assert rest.clients[who].get(f"{URL}{made}/").status_code == 404

    def test_are_filtered(self, rest, world):
        made = rest.offer().json()["id"]

        assert self.listed(rest, world.lessor, role="above") == [made]
        assert self.listed(rest, world.lessor, role="sublessor") == []
        assert self.listed(rest, rest.workshop, role="sublessee", status="PROPOSED") == [made]
        assert self.listed(rest, world.lessee, lease=rest.lease.public_id) == [made]
        assert self.listed(rest, world.lessee, lease="lea_0") == []

    def test_of_a_lease(self, rest, world):
        made = rest.offer().json()["id"]

        url = f"/api/v1/leases/{rest.lease.public_id}/subleases/"
        assert [one["id"] for one in rest.clients[world.lessor].get(url).json()["data"]] == [made]

    def test_need_the_scope(self, rest, world):
        reader = keyed(make.member(world.lessee), world.lessee, Scope.LEASES_READ)
        other = keyed(make.member(world.lessee), world.lessee, Scope.LISTINGS_WRITE)

        assert reader.get(URL).status_code == 200
        assert other.get(URL).status_code == 403
        url = f"/api/v1/leases/{rest.lease.public_id}/subleases/"
        assert reader.post(url, rest.given(), format="json").status_code == 403
