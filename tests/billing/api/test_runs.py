"""Invoice runs over REST: ordered, looked at, approved by its digest, looked at again."""

import pytest
from django.utils import timezone

from billing.models import BillingMode, Invoice, InvoiceRun
from marketplace.models.parties import Role
from tests import once
from tests.billing import fleet as fleets
from tests.billing.fleet import APRIL, MARCH, NOON
from tests.factories import marketplace as factory
from tests.seeing import SeeingClient

RUNS = "/api/v1/invoice-runs/"


def two_leases():
    """Let one machine since February and one since March, for a lessor that sees its bills before."""
    made = fleets.build()
    made.let("old", 60, 160)
    made.bill("old")
    made.let("new", 10, since=MARCH)
    made.review()
    return made


beginning = once.fixture(two_leases)


@pytest.fixture
def fleet(beginning, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return beginning


@pytest.fixture
def run(fleet):
    return fleet.preview()


def signed_in(person):
    """Return a REST client of a person without a key: those of finance make none."""
    found = SeeingClient()
    found.force_login(person)
    return found


class TestARun:
    def test_goes_from_the_order_to_the_invoices(self, fleet):
        anna, bo = signed_in(fleet.anna), signed_in(fleet.bo)

        ordered = anna.post(RUNS, {"cut_off": APRIL.isoformat()}, format="json")
        assert (ordered.status_code, ordered.json()["state"]) == (202, "PREVIEWING")
        address = ordered["Location"]
        fleet.work(InvoiceRun.objects.get())
        found = anna.get(address).json()

        assert found["state"] == "PREVIEWED"
        assert found["progress"] == {"looked": 2, "total": 2, "items": {"READY": 2}}
        assert [(one["state"], one["gross"]["amount"]) for one in found["sums"]] == [("READY", "5650.00")]
        assert found["other_sellers"] == 2
        refused = anna.post(f"{address}approve/", {"digest": found["digest"]}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (403, "same_person_approves_run")
        stale = bo.post(f"{address}approve/", {"digest": "0"}, format="json")
        assert (stale.status_code, stale.json()["code"]) == (409, "run_seen_otherwise")
        approved = bo.post(f"{address}approve/", {"digest": found["digest"]}, format="json")
        assert (approved.status_code, approved.json()["state"]) == (202, "APPROVED")
        fleet.work(InvoiceRun.objects.get())

        done = anna.get(address).json()
        assert (done["state"], done["progress"]["items"]) == ("FINISHED", {"BILLED": 2})
        assert [one["id"] for one in anna.get(RUNS).json()["data"]] == [done["id"]]
        assert Invoice.objects.filter(period_start=MARCH).count() == 4
        assert anna.post(f"{address}cancel/").status_code == 409

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/cut_off"),
            ({"cut_off": "x"}, "/cut_off"),
            ({"cut_off": "9999-12-31T23:59:59Z"}, "/cut_off"),
            ({"cut_off": "0001-01-01T00:00:00+14:00"}, "/cut_off"),
            ({"cut_off": "0001-01-01T00:00:00"}, "/cut_off"),
            ({"cut_off": "0001-01-01T00:00:00Z"}, "/cut_off"),
            ({"cut_off": "1999-12-31T23:59:59Z"}, "/cut_off"),
            ({"cut_off": "2026-04-01T00:00:00Z", "jump_percent": 1e300}, "/jump_percent"),
            ({"cut_off": "2026-04-01T00:00:00Z", "jump_percent": "NaN"}, "/jump_percent"),
            ({"cut_off": "2026-04-01T00:00:00Z", "leases": [None]}, "/leases/0"),
            ({"cut_off": "2026-04-01T00:00:00Z", "leases": {"a": 1}}, "/leases"),
            ({"cut_off": "2026-04-01T00:00:00Z", "leases": ["lea_0"]}, "/leases/0"),
        ],
    )
    def test_refuses_what_it_cannot_read_and_says_where(self, fleet, body, pointer):
        answer = signed_in(fleet.anna).post(RUNS, body, format="json")

        assert answer.status_code == 400
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
        assert InvoiceRun.objects.count() == 0

    def test_is_nobody_elses(self, fleet, run, keyed):
        address = f"{RUNS}{run.public_id}/"
        for client in (keyed(fleet.buyer, fleet.lessee), keyed(fleet.owner, fleet.lessor, "leases:read")):
            for path in ("", "items/"):
                assert client.get(f"{address}{path}").status_code in (403, 404)
            for path in ("approve/", "cancel/"):
                assert client.post(f"{address}{path}", {"digest": run.digest}).status_code in (403, 404)
        read_only = keyed(fleet.owner, fleet.lessor, "invoices:read")
        assert read_only.post(f"{address}approve/", {"digest": run.digest}).status_code == 403
        assert InvoiceRun.objects.get().state == "PREVIEWED"


class TestItems:
    def test_say_what_changed_and_nothing_of_others(self, fleet, run):
        address = f"{RUNS}{run.public_id}/items/"
        client = signed_in(fleet.anna)

        (found,) = client.get(address, {"flag": "JUMP"}).json()["data"]

        (part,) = found["parts"]
        assert (part["seller"], part["gross"]["amount"]) == (fleet.lessor.public_id, "4520.00")
        assert (part["last"]["amount"], part["difference"]["amount"]) == ("2260.00", "2260.00")
        assert [(one["cause"], one["after_minor"] - one["before_minor"]) for one in part["changes"]] == [
            ("USAGE", 200_000)
        ]
        assert len(client.get(address).json()["data"]) == 2
        assert client.get(address, {"flag": "x"}).status_code == 400
        assert client.get(f"{address}{found['id']}/").json() == found
        assert client.get(f"{address}rit_0/").status_code == 404

    def test_are_left_out_with_a_reason_and_put_back(self, fleet, run):
        item = fleet.item(run, "new")
        address = f"{RUNS}{run.public_id}/items/{item.public_id}/"
        client = signed_in(fleet.anna)
        assert client.post(f"{address}leave-out/", {}, format="json").status_code == 400
        assert client.post(f"{address}put-back/").status_code == 409

        left = client.post(f"{address}leave-out/", {"reason": "等确认"}, format="json").json()

        assert (left["state"], left["reason"]) == ("LEFT_OUT", "等确认")
        assert client.post(f"{address}put-back/").json()["state"] == "READY"
        assert InvoiceRun.objects.get().digest == run.digest

    def test_say_why_they_are_not_billed(self, fleet, run):
        fleet.approve(run)
        fleet.scenes["new"].say((9, APRIL - fleets.timedelta(hours=1), "Part_Count", 30))
        fleet.work(run)

        address = f"{RUNS}{run.public_id}/items/"
        (found,) = signed_in(fleet.anna).get(address, {"state": "CHANGED"}).json()["data"]

        assert found["problem"]["code"] == "run_lease_changed"
        assert found["problem"]["detail"]


class TestTheMode:
    def test_is_read_by_who_reads_invoices_and_chosen_by_administrators(self, fleet, keyed):
        address = "/api/v1/billing-mode/"
        assert signed_in(fleet.anna).get(address).json()["mode"] == "REVIEWED"
        viewer = signed_in(factory.member(fleet.lessor, Role.VIEWER)).get(address)
        assert (viewer.status_code, viewer.json()["code"]) == (403, "missing_right")
        body = {"mode": "AUTOMATIC"}
        assert signed_in(fleet.anna).put(address, body, format="json").status_code == 403
        owner = keyed(fleet.owner, fleet.lessor)
        assert owner.put(address, {"mode": "NEVER"}, format="json").status_code == 400
        assert BillingMode.objects.of(fleet.lessor) == "REVIEWED"

        assert owner.put(address, body, format="json").json()["mode"] == "AUTOMATIC"
        assert BillingMode.objects.of(fleet.lessor) == "AUTOMATIC"
