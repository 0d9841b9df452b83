"""The data notice over REST."""

from django.utils import timezone

from devices.ownership.models import Notice, NoticeAcceptance
from devices.ownership.rules import data_terms
from leasing.actions import offers
from marketplace.models import Membership
from marketplace.models.apikeys import Scope
from tests import once
from tests.factories import marketplace as make
from tests.leasing.api.test_leases import PERIOD, URL, client


@once.fixture
def lease(world):
    return offers.accept(lease=world.ask(period=PERIOD, at=timezone.now()), by=world.owner, at=timezone.now())


def test_it_is_read_accepted_by_its_digest_and_told_to_both(world, lease):
    url, mine = f"{URL}{lease.public_id}/data-notice/", client(world.buyer)
    answer = mine.get(url)
    found = answer.json()
    assert (answer["ETag"].partition(".")[0], found["accepted_at"]) == (f'"{found["digest"]}', None)
    assert data_terms.digest(found["document"]) == found["digest"]

    wrong = mine.post(f"{url}accept/", {"digest": "0" * 64}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "data_notice_differs")
    assert mine.post(f"{url}accept/", {}, format="json").status_code == 400
    assert not NoticeAcceptance.objects.exists()

    done = mine.post(f"{url}accept/", {"digest": found["digest"]}, format="json")
    assert (done.status_code, done.json()["accepted_by"]) == (200, world.buyer.name)
    assert client(world.owner).get(url).json()["accepted_at"] == done.json()["accepted_at"]


def test_a_new_one_is_the_lessors(world, lease):
    url = f"{URL}{lease.public_id}/data-notice/"

    assert client(world.buyer).post(url).status_code == 403
    assert client(world.outsider).post(url).status_code == 404
    answer = client(world.owner).post(url)

    assert (answer.status_code, answer.json()["number"]) == (201, 2)


def test_a_key_of_one_side_does_not_act_for_the_other(world, lease, keyed):
    url = f"{URL}{lease.public_id}/data-notice/"
    people = [make.user(), make.user()]  # each an administrator on both sides
    for person in people:
        for side in (world.lessor, world.lessee):
            Membership.objects.create(user=person, organization=side, role="ADMIN")
    owner, buyer = keyed(people[0], world.lessor), keyed(people[1], world.lessee)
    digest = {"digest": Notice.objects.get().digest}

    assert owner.post(f"{url}accept/", digest, format="json").status_code == 403
    assert buyer.post(url).status_code == 403
    assert buyer.post(f"{url}accept/", digest, format="json").status_code == 200
    reader = keyed(people[1], world.lessee, Scope.LEASES_READ)
    assert reader.get(url).status_code == 200
    assert reader.post(f"{url}accept/", digest, format="json").status_code == 403


def test_there_is_none_before_the_request_is_accepted(world):
    lease = world.ask(period=PERIOD, at=timezone.now())

    assert client(world.buyer).get(f"{URL}{lease.public_id}/data-notice/").status_code == 404


def test_a_handover_without_it_is_a_problem_that_says_what_to_do(world):
    now = timezone.now()
    asked = world.ask(period=type(PERIOD)(now, PERIOD.end), at=now)
    lease = offers.accept(lease=asked, by=world.owner, at=now)

    answer = client(world.owner).post(f"{URL}{lease.public_id}/activate/", headers={"accept-language": "en"})

    assert (answer.status_code, answer.json()["code"]) == (409, "data_notice_not_accepted")
    assert "accept the data notice" in answer.json()["detail"]
