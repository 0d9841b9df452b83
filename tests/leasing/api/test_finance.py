"""Finance leases over REST and on their page: the schedule, the loud warning, the register, licences."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from leasing.models import FinanceRegistration
from marketplace.models import Membership
from marketplace.models.parties import Role
from tests.leasing.financed import FINANCE, contracted, license_lessor, quoted
from tests.leasing.world import DECIDED
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
ENTRY = {"kind": "REGISTER", "number": "01234567890123456789", "on": "2026-02-21", "expires_on": "2036-02-20"}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Let the lease's page be looked at on the day of its contract."""
    for module in ("leasing.web.finance", "leasing.api.finance"):
        monkeypatch.setattr(f"{module}.clock.now", lambda: DECIDED)


def api(user):
    made = SeeingClient()
    made.force_login(user)
    return made


def path(lease):
    return f"/api/v1/leases/{lease.public_id}/finance/"


def test_says_loudly_that_it_is_not_registered_until_it_is(world):
    lease = contracted(world)

    body = api(world.buyer).get(path(lease), headers={"accept-language": "en"}).json()
    assert (body["is_finance"], body["state"], body["principal_minor"]) == (True, "NONE", 12_000_000)
    assert "is not registered" in body["warning"]
    assert (len(body["instalments"]), body["instalments"][0]["payment_minor"]) == (12, 1_032_797)
    assert api(world.outsider).get(path(lease)).status_code == 404
    assert api(world.buyer).post(f"{path(lease)}registrations/", ENTRY, format="json").status_code == 403
    assert not FinanceRegistration.objects.exists()

    made = api(world.owner).post(f"{path(lease)}registrations/", ENTRY, format="json")

    assert made.status_code == 201
    assert (made.json()["state"], made.json()["warning"]) == ("REGISTERED", "")
    assert [one["number"] for one in made.json()["registrations"]] == [ENTRY["number"]]
    again = api(world.owner).post(f"{path(lease)}registrations/", ENTRY, format="json")
    assert (again.status_code, again.json()["code"]) == (400, "finance_registration_invalid")


def test_an_entry_is_recorded_for_the_lessor_alone(world):
    lease = contracted(world)
    Membership.objects.create(user=world.owner, organization=world.lessee, role=Role.ADMIN)
    client = api(world.owner)
    session = client.session
    session["organization"] = world.lessee.public_id
    session.save()

    answer = client.post(f"{path(lease)}registrations/", ENTRY, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "missing_right")
    assert client.post(reverse("lease-finance-register", args=[lease.public_id]), ENTRY).status_code == 403
    assert not FinanceRegistration.objects.exists()


def test_of_an_operating_lease_everything_is_empty(world):
    lease = world.accepted()

    body = api(world.owner).get(path(lease)).json()

    assert (body["is_finance"], body["instalments"], body["warning"]) == (False, [], "")
    refused = api(world.owner).post(f"{path(lease)}registrations/", ENTRY, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_financed")


def test_an_offer_without_a_licence_is_refused_at_its_pointer(world):
    lease = world.ask()
    given = {"terms": {"finance": FINANCE}, "valid_until": (DECIDED + timedelta(days=1)).isoformat()}

    answer = api(world.owner).post(f"/api/v1/leases/{lease.public_id}/quote/", given, format="json")

    assert answer.status_code == 400
    assert "/terms/finance" in [one["pointer"] for one in answer.json()["errors"]]


def test_licences_are_recorded_by_the_platform_and_seen_by_their_company(world):
    license_lessor(world)
    admin = license_lessor(world).made_by
    people = {user.public_id: user for user in type(world.owner).objects.all()}
    given = {
        "organization": world.lessee.credit_code,
        "number": "2",
        "authority": "深圳市地方金融管理局",
        "valid_from": "2026-01-01",
    }
    url = "/api/v1/finance-licences/"
    assert api(world.owner).post(url, given, format="json").status_code == 403
    nobody = api(people[admin]).post(url, given | {"organization": "x"}, format="json")
    assert (nobody.status_code, "organization" in str(nobody.json())) == (400, True)

    made = api(people[admin]).post(url, given, format="json")

    assert (made.status_code, made.json()["holds_now"]) == (201, True)
    assert len(api(world.owner).get(url).json()["data"]) == 2
    assert len(api(world.buyer).get(url).json()["data"]) == 1
    assert api(world.outsider).get(url).json()["data"] == []
    assert len(api(people[admin]).get(url).json()["data"]) == 3


class TestPage:
    def read(self, client, lease):
        url = reverse("lease-finance", args=[lease.public_id])
        return client.get(url, headers={"accept-language": "en"})

    def test_shows_instalments_and_the_warning_to_both_sides_and_the_form_to_the_lessor(self, world, client):
        lease = contracted(world)
        for user, has_form in ((world.owner, True), (world.buyer, False), (world.watcher, False)):
            client.force_login(user)
            shown = self.read(client, lease).content.decode()

            assert "¥10,327.97" in shown and "2027-03-01" in shown
            assert "is not registered" in shown
            assert ("Record the entry" in shown) is has_form
        client.force_login(world.outsider)
        assert self.read(client, lease).status_code == 404

    def test_records_an_entry_or_says_at_its_field_what_is_wrong(self, world, client):
        lease = contracted(world)
        client.force_login(world.owner)
        url = reverse("lease-finance-register", args=[lease.public_id])

        wrong = client.post(url, ENTRY | {"number": "1"}, headers={"accept-language": "en"})
        empty = client.post(url, {}, headers={"accept-language": "en"})

        assert (wrong.status_code, empty.status_code) == (400, 400)
        assert "as it stands on the certificate" in wrong.content.decode()
        assert not FinanceRegistration.objects.exists()
        done = client.post(url, ENTRY)
        assert (done.status_code, FinanceRegistration.objects.get().on) == (302, date(2026, 2, 21))
        assert "is not registered" not in self.read(client, lease).content.decode()

    def test_is_linked_with_the_warning_from_the_page_of_the_lease(self, world, client):
        lease = contracted(world)
        client.force_login(world.owner)

        shown = client.get(f"/leases/{lease.public_id}/", headers={"accept-language": "en"}).content.decode()

        assert reverse("lease-finance", args=[lease.public_id]) in shown
        assert "is not registered" in shown

    def test_shows_the_offer_in_words_before_there_is_a_contract(self, world, client):
        license_lessor(world)
        lease = quoted(world)
        client.force_login(world.buyer)

        shown = client.get(f"/leases/{lease.public_id}/", headers={"accept-language": "en"}).content.decode()

        assert "¥120,000.00 before tax is financed at 6% a year" in shown
        assert "an operating lease" in shown
        assert "no instalments" in self.read(client, lease).content.decode()
