"""The approval of a change beyond the credit limit, over REST."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from leasing.actions import limits
from tests.leasing import world as worlds
from tests.leasing.changes import NEW_END, NOW, Changes

pytestmark = pytest.mark.django_db


def test_a_second_person_approves_and_another_accepts(monkeypatch):
    world = worlds.make(machines=3)
    changes, chief = Changes(world), worlds.person("chief", world.lessor, "ADMIN")
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    given = {"lessor": world.lessor, "lessee": world.lessee, "currency": "CNY", "reason": "B"}
    limits.grant(**given, amount_minor=0, by=chief, at=NOW)
    annex = changes.propose("EXTEND", ends_at=NEW_END, by=world.buyer)
    url = f"/api/v1/leases/{changes.lease.public_id}/annexes/1/"

    def post(person, verb, **body):
        client = APIClient()
        client.force_login(person)
        return client.post(f"{url}{verb}/", body, format="json")

    refused = post(world.owner, "accept", digest=annex.digest)
    assert (refused.status_code, refused.json()["code"]) == (409, "annex_needs_approval")
    assert post(world.buyer, "approve").status_code == 403
    assert post(chief, "approve", reason="Pays well").status_code == 200
    assert post(world.owner, "accept", digest=annex.digest).json()["state"] == "IN_EFFECT"
    assert annex.approvals.get().note == "Pays well"
