"""Pages and REST of data rights."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from devices.ownership.actions import agreements
from devices.ownership.rules import defaults, explanations
from devices.ownership.rules.odrl import reading
from marketplace.shared.period import Period
from tests.devices.ownership.logged import logged
from tests.factories.marketplace import equipment, member, organization

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def lent():
    owner, lessee = organization(), organization()
    person = member(owner)
    agreement = agreements.open(
        equipment=equipment(owner),
        owner=owner,
        lessee=lessee,
        period=Period(START, None),
        reference="lea_1",
        billing_channels=["execution"],
        by=person,
        at=START,
    )
    logged(
        at=START,
        user=person.public_id,
        name=person.name,
        organization=owner.public_id,
        organization_name=owner.name,
        device="dev_1",
        device_name="Mill",
        purpose="billing",
        outcome="DENY",
        decisions=[{"effect": "DENY", "reason": "other_purpose", "owner": owner.public_id, "lessee": None}],
        concerns=[owner.public_id, lessee.public_id],
        agreements=[agreement.public_id],
    )
    return agreement


def test_both_sides_see_rights_and_log(lent, client):
    for side in (lent.owner, lent.lessee):
        client.force_login(member(side))
        assert lent.equipment.name in client.get("/data/").content.decode()
        for url in ("/data/log/", f"/data/{lent.public_id}/"):
            page = client.get(url)
            assert page.status_code == 200
            assert "Mill" in page.content.decode()


def test_strangers_find_nothing(lent, client):
    client.force_login(member(organization()))

    assert client.get(f"/data/{lent.public_id}/").status_code == 404
    for url in ("/data/", "/data/log/", "/data/grants/"):
        assert "Mill" not in client.get(url).content.decode()


def test_rest_gives_the_own_agreements_and_events(lent, keyed):
    client = keyed(member(lent.owner), lent.owner)

    assert client.get("/api/v1/data-agreements/").json()["data"][0]["id"] == lent.public_id
    assert client.get(f"/api/v1/data-agreements/{lent.public_id}/").json()["version"] == 1
    assert client.get("/api/v1/access-events/").json()["data"][0]["outcome"] == "DENY"
    stranger = organization()
    other = keyed(member(stranger), stranger)
    assert other.get("/api/v1/access-events/").json()["data"] == []
    assert other.get(f"/api/v1/data-agreements/{lent.public_id}/").status_code == 404


def test_both_sides_get_the_rights_as_one_policy(lent, keyed, client):
    found = []
    for side in (lent.owner, lent.lessee):
        client.force_login(member(side))
        page = client.get(f"/data/{lent.public_id}/policy/")
        assert page.headers["Content-Type"] == "application/ld+json"
        found.append(reading.parse(page.content))
        answer = keyed(member(side), side).get(f"/api/v1/data-agreements/{lent.public_id}/policy/")
        found.append(reading.read(answer.json()))

    assert len(set(found)) == 1
    prohibited = {rule.assignee for rule in found[0].rules if rule.kind == "prohibition"}
    assert f"urn:jijian:organization:{lent.owner.public_id}" in prohibited


def test_strangers_get_no_policy(lent, keyed, client):
    stranger = organization()
    client.force_login(member(stranger))

    assert client.get(f"/data/{lent.public_id}/policy/").status_code == 404
    api = keyed(member(stranger), stranger)
    assert api.get(f"/api/v1/data-agreements/{lent.public_id}/policy/").status_code == 404


def test_every_category_has_words():
    with translation.override("en"):
        assert set(explanations.CATEGORIES) == set(defaults.matrix().categories)
