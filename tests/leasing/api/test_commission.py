"""Commission rates over REST: two people set them, owners read what concerns them, nobody reads the rest."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from leasing.models import CommissionProposal, CommissionRate
from leasing.rules.commission import local_day
from marketplace.rules.announcements import OWNING
from marketplace.shared import clock
from tests.leasing import tariff

pytestmark = pytest.mark.django_db
PROPOSALS, RATES = "/api/v1/commission-proposals/", "/api/v1/commission-rates/"
DAY = timedelta(days=1)


def client(person):
    found = APIClient()
    found.force_login(person)
    return found


def in_days(number):
    return local_day(clock.now()) + number * DAY


@pytest.fixture
def desk():
    return tariff.desk()


def asked(desk, code=201, **given):
    body = {"scope": "DEFAULT", "rate": "0.08", "starts_on": in_days(8).isoformat(), "reason": "Board"}
    answer = client(desk.clerk).post(PROPOSALS, body | given, format="json")
    assert answer.status_code == code, answer.content
    return answer.json()


def set_rate(desk, **given):
    """Propose and approve over REST."""
    made = asked(desk, **given)
    api = client(desk.chief)
    seen = api.get(f"{PROPOSALS}{made['id']}/")
    headers = {"If-Match": seen["ETag"]}
    done = api.post(f"{PROPOSALS}{made['id']}/approve/", headers=headers)
    assert done.status_code == 200, done.content
    return done.json()


class TestTwoPeople:
    def test_set_a_rate_as_it_was_seen(self, desk, world):
        made = asked(desk, scope="OWNER", owner=world.lessor.credit_code, rate="0.05")
        api, address = client(desk.chief), f"{PROPOSALS}{made['id']}/"
        own = client(desk.clerk)

        assert api.post(f"{address}approve/").status_code == 428
        tag = own.get(address)["ETag"]
        refused = own.post(f"{address}approve/", headers={"If-Match": tag})
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_right")
        assert not CommissionRate.objects.exists()
        done = api.post(f"{address}approve/", headers={"If-Match": api.get(address)["ETag"]})

        assert (done.status_code, done.json()["state"]) == (200, "APPROVED")
        told = api.get(RATES).json()["data"]
        assert [(one["owner"], one["rate"], one["starts_on"]) for one in told] == [
            (world.lessor.public_id, "0.05000", in_days(8).isoformat())
        ]

    def test_who_proposes_does_not_approve(self, desk):
        body = {"scope": "DEFAULT", "rate": "0.08", "starts_on": in_days(8).isoformat(), "reason": "Board"}
        api = client(desk.chief)
        address = f"{PROPOSALS}{api.post(PROPOSALS, body, format='json').json()['id']}/"

        refused = api.post(f"{address}approve/", headers={"If-Match": api.get(address)["ETag"]})

        assert (refused.status_code, refused.json()["code"]) == (403, "commission_same_person")
        assert not CommissionRate.objects.exists()

    def test_a_withdrawn_one_stays_in_the_list(self, desk):
        made = asked(desk)
        gone = client(desk.clerk).post(f"{PROPOSALS}{made['id']}/withdraw/")
        again = client(desk.clerk).post(f"{PROPOSALS}{made['id']}/withdraw/")

        assert (gone.json()["state"], again.status_code) == ("WITHDRAWN", 409)
        listed = client(desk.clerk).get(f"{PROPOSALS}?state=WITHDRAWN").json()["data"]
        assert [one["id"] for one in listed] == [made["id"]]

    @pytest.mark.parametrize(
        ("given", "pointers"),
        [
            ({"rate": "1"}, ["/rate"]),
            ({"rate": "0.1234567"}, ["/rate"]),
            ({"rate": "NaN"}, ["/rate"]),
            ({"starts_on": "2020-01-01"}, ["/starts_on"]),
            ({"starts_on": "9999-12-31"}, ["/starts_on"]),
            ({"scope": "CATEGORY"}, ["/category"]),
            ({"scope": "NOBODY"}, ["/scope"]),
            ({"owner": "org_nobody"}, ["/owner"]),
            ({"scope": "CATEGORY", "category": "NOPE"}, ["/category"]),
            ({"reason": "  "}, ["/reason"]),
            ({"rate": None}, ["/rate"]),
        ],
    )
    def test_bad_input_is_told_at_its_field(self, desk, given, pointers):
        told = asked(desk, 400, **given)

        assert [one["pointer"] for one in told["errors"]] == pointers
        assert not CommissionProposal.objects.exists()


class TestReading:
    def test_an_owner_reads_what_is_for_all_and_its_own(self, desk, world):
        set_rate(desk)
        set_rate(desk, scope="CATEGORY", category=world.listing.category.code, rate="0.07")
        set_rate(desk, scope="OWNER", owner=world.lessor.public_id, rate="0.05")
        set_rate(desk, scope="OWNER", owner=world.stranger.public_id, rate="0.01")

        mine = client(world.clerk).get(RATES).json()["data"]
        assert sorted(one["rate"] for one in mine) == ["0.05000", "0.07000", "0.08000"]
        other = CommissionRate.objects.get(rate="0.01")
        assert client(world.clerk).get(f"{RATES}{other.public_id}/").status_code == 404
        assert client(desk.clerk).get(f"{RATES}{other.public_id}/").status_code == 200
        assert client(world.watcher).get(RATES).status_code == 403
        assert client(world.clerk).get(PROPOSALS).status_code == 404
        held = client(desk.clerk).get(f"{RATES}?holds_on={in_days(7)}").json()["data"]
        assert held == []

    def test_an_owner_reads_what_applies_to_its_offers(self, desk, world):
        set_rate(desk, scope="CATEGORY", category=world.listing.category.code, rate="0.07")

        [told] = client(world.clerk).get("/api/v1/commission/").json()["data"]

        assert (told["category"], told["commission"]["rate"], told["commission"]["source"]) == (
            world.listing.category.code,
            "0.00000",
            None,
        )
        assert told["commission"]["changes"] == [{"on": in_days(8).isoformat(), "rate": "0.07000"}]
        assert client(desk.clerk).get("/api/v1/commission/").json()["data"] == []

    def test_who_only_leases_reads_nothing(self, desk, world):
        set_rate(desk)
        assert world.lessee.kind not in OWNING

        for address in (RATES, "/api/v1/commission/"):
            assert client(world.buyer).get(address).json()["data"] == []
        one = CommissionRate.objects.get()
        assert client(world.buyer).get(f"{RATES}{one.public_id}/").status_code == 404

    def test_the_platform_looks_which_applies_and_what_it_costs(self, desk, world):
        set_rate(desk, scope="OWNER", owner=world.lessor.public_id, rate="0.10")
        query = {"owner": world.lessor.credit_code, "on": in_days(8).isoformat()}
        api = client(desk.clerk)

        told = api.get("/api/v1/commission/preview/", query).json()

        assert (told["rate"], told["source"]["owner"], told["vat_rate"]) == (
            "0.10000",
            world.lessor.public_id,
            "0.0600",
        )
        assert told["cost"] == {
            "net_minor": 1_000_000,
            "commission_minor": 100_000,
            "vat_minor": 6_000,
            "gross_minor": 106_000,
        }
        before = api.get("/api/v1/commission/preview/", query | {"on": in_days(7).isoformat()}).json()
        assert (before["rate"], before["source"]) == ("0.00000", None)
        for bad in ({"on": "1999-01-01"}, {"owner": "nobody"}, {"category": "\x00"}, {"net_minor": "-1"}):
            assert api.get("/api/v1/commission/preview/", bad).status_code == 400, bad
        assert client(world.clerk).get("/api/v1/commission/preview/").status_code == 404
