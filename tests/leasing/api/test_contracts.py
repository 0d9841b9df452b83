"""Approval, contract, credit limits and general terms over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.actions import contracts
from leasing.models import CreditLimit, TermsTemplate
from marketplace.models import Organization
from marketplace.models.parties import Role
from tests.leasing.world import CODES, DECIDED, START, Period, person
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/leases/"


def client(user):
    made = SeeingClient()
    made.force_login(user)
    return made


def test_a_limit_is_set_by_finance_and_a_second_person_approves(world):
    given = {"lessee": world.lessee.credit_code, "amount_minor": 0, "reason": "New here"}
    assert client(world.owner).post("/api/v1/credit-limits/", given, format="json").status_code == 403
    made = client(world.clerk).post("/api/v1/credit-limits/", given, format="json")
    assert (made.status_code, made.json()["lessee"]) == (201, world.lessee.public_id)
    nobody = client(world.clerk).post("/api/v1/credit-limits/", given | {"lessee": "x"}, format="json")
    assert (nobody.status_code, CreditLimit.objects.count()) == (400, 1)
    assert len(client(world.clerk).get("/api/v1/credit-limits/").json()["data"]) == 1
    assert client(world.outsider).get("/api/v1/credit-limits/").json()["data"] == []

    lease = world.ask(at=timezone.now(), period=Period(*_days(30)))
    done = client(world.owner).post(f"{URL}{lease.public_id}/accept/", {}, format="json")
    assert done.json()["status"] == "ACCEPTED"
    own = client(world.owner).post(f"{URL}{lease.public_id}/approve/", {}, format="json")
    assert (own.status_code, own.json()["code"]) == (403, "own_decision")
    chief = person("chief", world.lessor, Role.ADMIN)
    approved = client(chief).post(f"{URL}{lease.public_id}/approve/", {"note": "ok"}, format="json")
    assert approved.json()["status"] == "CONTRACTED"


def test_a_contract_is_read_and_signed(world):
    lease = world.ask(at=timezone.now(), period=Period(*_days(200)))
    assert client(world.owner).get(f"{URL}{lease.public_id}/contract/").status_code == 404
    client(world.owner).post(f"{URL}{lease.public_id}/accept/", {}, format="json")
    mine = client(world.buyer)
    read = mine.get(f"{URL}{lease.public_id}/contract/").json()
    assert (read["form"], read["is_complete"], read["holds"]) == ("WRITTEN", False, False)
    given = {"digest": read["digest"], "mandate": "OFFICE"}

    for user, code in ((world.outsider, 404), (world.guest, 403)):
        refused = client(user).post(f"{URL}{lease.public_id}/contract/sign/", given, format="json")
        assert refused.status_code == code
    assert lease.contract.signatures.count() == 0
    for user in (world.buyer, world.owner):
        done = client(user).post(f"{URL}{lease.public_id}/contract/sign/", given, format="json")
        assert done.status_code == 200
    assert (done.json()["holds"], len(done.json()["signatures"])) == (True, 2)
    assert contracts.verify(contract=lease.contract).holds


def test_general_terms_are_published_by_the_platform_and_read_by_all(world):
    platform = Organization.objects.create(
        name="平台", kind="PLATFORM", credit_code=CODES[3], region_code="110108"
    )
    given = {
        "kind": "TERMS",
        "text_zh": "一",
        "text_en": "One",
        "effective_at": (timezone.now() + timedelta(days=8)).isoformat(),
    }
    assert client(world.outsider).post("/api/v1/general-terms/", given, format="json").status_code == 403
    assert not TermsTemplate.objects.exists()
    admin = client(person("admin", platform, Role.ADMIN))
    assert admin.post("/api/v1/general-terms/", given, format="json").status_code == 201
    assert client(world.guest).get("/api/v1/general-terms/").json()["data"][0]["version"] == 1


def test_the_page_shows_and_signs(world, client):
    lease = world.accepted(period=Period(START, START + timedelta(days=200)))
    client.force_login(world.buyer)
    url = f"/leases/{lease.public_id}/contract/"
    assert "Sign the contract" in client.get(url, headers={"accept-language": "en"}).content.decode()
    given = {"digest": lease.contract.digest, "mandate": "OFFICE"}

    client.post(f"{url}sign/", given | {"digest": "0"})
    assert lease.contract.signatures.count() == 0
    client.post(f"{url}sign/", given)

    assert lease.contract.signatures.get().signer == world.buyer.public_id
    assert lease.contract.signatures.get().at > DECIDED
    page = client.get(url, headers={"accept-language": "en"}).content.decode()
    assert "Sign the contract" not in page
    client.force_login(world.outsider)
    assert client.get(url).status_code == 404


def _days(length):
    start = (timezone.now() + timedelta(days=20)).replace(hour=16, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=length)
