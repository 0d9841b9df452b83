"""Suspension and other terms over REST."""

from datetime import UTC, datetime

import pytest

from devices.ownership.actions import agreements
from devices.ownership.models import Agreement, AgreementVersion, Proposal
from marketplace.models import Membership
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.terms import DAILY, RAW, terms
from tests.factories.marketplace import equipment, member, organization, platform, user
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
URL = "/api/v1/data-agreements/"


@once.fixture
def held():
    owner, lessee = organization(), organization()
    return agreements.open(
        equipment=equipment(owner),
        owner=owner,
        lessee=lessee,
        period=Period(START, None),
        reference="lea_1",
        billing_channels=["execution"],
        by=member(owner),
        at=START,
    )


def client(person):
    found = SeeingClient(headers={"accept-language": "en"})
    found.force_login(person)
    return found


@pytest.fixture
def owner(held):
    return client(member(held.owner))


@pytest.fixture
def lessee(held):
    return client(member(held.lessee))


def propose(side, held, *changes, **more):
    body = {"terms": terms(*changes), **more}
    return side.post(f"{URL}{held.public_id}/proposals/", body, format="json")


class TestSuspend:
    def test_is_the_lessees_and_shows_on_the_agreement(self, held, owner, lessee):
        url = f"{URL}{held.public_id}/"
        assert owner.post(f"{url}suspend/").status_code == 403
        tag = lessee.get(url)["ETag"]

        answer = lessee.post(f"{url}suspend/", headers={"If-Match": tag})

        assert (answer.status_code, answer["ETag"], answer.json()["version"]) == (200, '"2"', 2)
        assert owner.get(url).json()["suspended_at"] == answer.json()["suspended_at"] is not None
        assert lessee.post(f"{url}resume/", headers={"If-Match": "*"}).json()["suspended_at"] is None
        assert owner.post(f"{url}resume/").status_code == 403

    @pytest.mark.parametrize("tag", ['"7"', "W/x"])
    def test_sees_the_version_that_was_read(self, held, lessee, tag):
        answer = lessee.post(f"{URL}{held.public_id}/suspend/", headers={"If-Match": tag})

        assert (answer.status_code, answer.json()["code"]) == (412, "agreement_changed")
        assert not Agreement.objects.get().is_suspended

    def test_is_the_platforms_on_an_order(self, held, lessee):
        url, operator = f"{URL}{held.public_id}/", client(member(platform()))

        assert operator.post(f"{url}suspend/").json()["code"] == "order_not_named"
        answer = operator.post(f"{url}suspend/", {"order": "No. 7"}, format="json")

        assert (answer.status_code, answer.json()["order"]) == (200, "No. 7")
        assert lessee.post(f"{url}resume/").json()["ordered_at"] is not None
        assert operator.post(f"{url}resume/").json()["ordered_at"] is None
        assert propose(operator, held, RAW).status_code == 403


class TestProposals:
    def test_are_made_read_and_accepted_by_digest(self, held, owner, lessee):
        made = propose(owner, held, RAW, note="for the spindle")
        assert made.status_code == 201, made.json()
        proposal = made.json()
        url = f"{URL}{held.public_id}/proposals/"
        (listed,) = lessee.get(url).json()["data"]
        assert (listed, listed["state"], listed["side"]) == (proposal, "OPEN", "owner")

        one = f"{url}{proposal['id']}/"
        assert owner.post(f"{one}accept/", {"digest": listed["digest"]}, format="json").status_code == 403
        wrong = lessee.post(f"{one}accept/", {"digest": "0" * 64}, format="json")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "proposal_differs")
        assert lessee.post(f"{one}accept/", {}, format="json").status_code == 400
        done = lessee.post(f"{one}accept/", {"digest": listed["digest"]}, format="json")

        assert (done.status_code, done.json()["state"], done["ETag"]) == (200, "ACCEPTED", '"2"')
        versions = owner.get(f"{URL}{held.public_id}/").json()["versions"]
        assert [one["number"] for one in versions] == [1, 2]
        assert versions[1]["digest"] == listed["digest"]
        again = lessee.post(f"{one}refuse/")
        assert (again.status_code, again.json()["code"]) == (409, "proposal_answered")

    def test_are_refused_or_withdrawn(self, held, owner, lessee):
        url = f"{URL}{held.public_id}/proposals/"
        first = f"{url}{propose(lessee, held, DAILY).json()['id']}/"
        assert lessee.post(f"{first}refuse/").status_code == 403
        assert owner.post(f"{first}withdraw/").status_code == 403
        assert lessee.post(f"{first}withdraw/").json()["state"] == "WITHDRAWN"
        second = f"{url}{propose(lessee, held, DAILY).json()['id']}/"
        refused = owner.post(f"{second}refuse/", {"reason": "We need quarters"}, format="json").json()

        assert (refused["state"], refused["reason"]) == ("REFUSED", "We need quarters")
        assert AgreementVersion.objects.count() == 1

    def test_are_refused_with_the_place_and_the_article(self, held, owner):
        void = {"party": "lessee", "category": "energy", "removes": ["port"]}

        answer = propose(owner, held, DAILY, void)

        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (
            400,
            "/changes/1/removes",
            "statutory_right",
        )
        assert not Proposal.objects.exists()

    def test_are_of_people_who_may_decide(self, held, owner):
        for side in (held.owner, held.lessee):
            viewer = client(member(side, Role.VIEWER))
            assert propose(viewer, held, DAILY).status_code == 403
        assert propose(client(member(organization())), held, DAILY).status_code == 404
        assert not Proposal.objects.exists()

    def test_a_key_acts_for_its_side_alone(self, held, keyed):
        both = user()
        for side in (held.owner, held.lessee):
            Membership.objects.create(user=both, organization=side, role=Role.ADMIN)
        mine, theirs = keyed(both, held.owner), keyed(both, held.lessee)
        proposal = propose(mine, held, RAW).json()
        url, digest = (
            f"{URL}{held.public_id}/proposals/{proposal['id']}/accept/",
            {"digest": proposal["digest"]},
        )

        assert mine.post(url, digest, format="json").status_code == 403
        reader = keyed(both, held.lessee, Scope.TELEMETRY_READ)
        assert reader.post(url, digest, format="json").status_code == 403
        assert theirs.post(url, digest, format="json").status_code == 200
