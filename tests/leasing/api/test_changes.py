"""Changes of a running lease over REST: each step by the side whose it is, and refused to the other."""

import pytest
from django.utils import timezone

from leasing.models import Annex, DefaultNotice, Suspension
from leasing.rules.leases import Status
from tests import once
from tests.factories.leasing import read_notice, recorded, secure
from tests.leasing.changes import DAY, NEW_END, NOW, Changes
from tests.leasing.world import DECIDED, HANDOVER
from tests.leasing.world import make as make_world
from tests.seeing import SeeingClient

LOSS = {"case": "公安 2026-118", "value_basis": "保险评估", "value_minor": 30_000_000}
EXTEND = {"kind": "EXTEND", "ends_at": NEW_END.isoformat(), "valid_until": (NOW + 3 * DAY).isoformat()}
GRAVE = {"ground": "MISUSE", "reason": "用于加工镁合金，未经书面同意"}

world = once.fixture(lambda: make_world(machines=3))
changes = once.fixture(lambda world: Changes(world))


class Rest:
    """Posts to a lease as one of its people, and moves the time."""

    def __init__(self, patch):
        self.patch = patch
        self.at(NOW)

    def at(self, moment):
        self.patch.setattr(timezone, "now", lambda: moment)

    def post(self, person, lease, path, **body):
        client = SeeingClient()
        client.force_login(person)
        return client.post(f"/api/v1/leases/{lease.public_id}/{path}/", body, format="json")


@pytest.fixture
def rest(monkeypatch):
    return Rest(monkeypatch)


def said(answer):
    """Return status and code, or state, of an answer."""
    found = answer.json()
    return answer.status_code, found.get("code") or found.get("state") or found.get("status")


class TestAnnexes:
    def test_are_withdrawn_by_the_side_that_proposed(self, changes, world, rest):
        made = rest.post(world.buyer, changes.lease, "annexes", **EXTEND, note="第二批订单")
        assert (made.status_code, made.json()["side"]) == (201, "lessee")

        assert said(rest.post(world.owner, changes.lease, "annexes/1/withdraw")) == (403, "missing_right")
        assert Annex.objects.get().state == "PROPOSED"
        assert said(rest.post(world.buyer, changes.lease, "annexes/1/withdraw")) == (200, "WITHDRAWN")

    def test_are_declined_by_the_other_side_with_a_reason(self, changes, world, rest):
        rest.post(world.owner, changes.lease, "annexes", **EXTEND)

        assert said(rest.post(world.owner, changes.lease, "annexes/1/decline")) == (403, "missing_right")
        done = rest.post(world.buyer, changes.lease, "annexes/1/decline", reason="订单已完成")
        assert (said(done), done.json()["reason"]) == ((200, "DECLINED"), "订单已完成")
        assert changes.now().ends_at == changes.lease.ends_at

    def test_that_bring_a_machine_have_a_data_notice_of_their_own(self, changes, world, rest):
        add = {"kind": "ADD", "add": [changes.second.public_id], "valid_until": EXTEND["valid_until"]}
        made = rest.post(world.owner, changes.lease, "annexes", **add).json()
        path, digest = "annexes/1/data-notice/accept", made["data_notice"]

        assert said(rest.post(world.owner, changes.lease, path, digest=digest)) == (403, "missing_right")
        assert said(rest.post(world.buyer, changes.lease, path, digest="0" * 64)) == (
            400,
            "data_notice_differs",
        )
        assert said(rest.post(world.buyer, changes.lease, path, digest=digest)) == (200, "PROPOSED")


class TestLeaving:
    def test_an_early_end_costs_what_was_shown(self, changes, world, rest):
        asked = {"ends_at": (NOW + 5 * DAY).isoformat()}
        shown = rest.post(world.buyer, changes.lease, "notice/preview", **asked).json()
        assert (shown["fee_days"], shown["fee_minor"] > 0) == (25, True)

        other = rest.post(world.buyer, changes.lease, "notice", **asked, fee_minor=shown["fee_minor"] - 1)
        assert (other.status_code, changes.now().status) == (409, Status.ACTIVE)
        done = rest.post(world.buyer, changes.lease, "notice", **asked, fee_minor=shown["fee_minor"])
        assert said(done) == (200, "NOTICE_GIVEN")

    def test_a_machine_that_stands_still_goes_on_later(self, changes, world, rest):
        wrong = rest.post(world.buyer, changes.lease, "suspend", cause="NON_PAYMENT")
        assert (wrong.status_code, Suspension.objects.exists()) == (403, False)
        stopped = rest.post(world.buyer, changes.lease, "suspend", cause="LESSOR_FAULT", reason="主轴异响")
        assert (said(stopped), stopped.json()["billing"]) == ((200, "SUSPENDED"), "PAUSED")

        rest.at(NOW + 5 * DAY)
        going = rest.post(world.owner, changes.lease, "resume", reason="主轴已更换")
        assert (said(going), going.json()["billing"]) == ((200, "ACTIVE"), "RUNNING")
        assert Suspension.objects.get().days_added == 5

    def test_a_default_can_be_cured_before_the_lease_is_terminated(self, changes, world, rest):
        given = {"text": "三月账单逾期 12 天", "cure_until": (NOW + 10 * DAY).isoformat()}
        noted = rest.post(world.owner, changes.lease, "defaults", **given)
        assert (noted.status_code, noted.json()["cured_at"]) == (201, None)

        ending = {"ground": "DEFAULT", "reason": "期满仍未支付"}
        early = rest.post(world.owner, changes.lease, "terminate", **ending)
        assert (early.status_code, changes.now().status) == (409, Status.ACTIVE)
        rest.at(NOW + 11 * DAY)
        assert said(rest.post(world.owner, changes.lease, "terminate", **ending)) == (200, "TERMINATED")
        assert DefaultNotice.objects.get().cured_at is None

    def test_what_is_grave_needs_no_cure(self, changes, world, rest):
        theirs = rest.post(world.buyer, changes.lease, "terminate", **GRAVE)
        assert (theirs.status_code, changes.now().status) == (403, Status.ACTIVE)
        assert said(rest.post(world.owner, changes.lease, "terminate", **GRAVE)) == (200, "TERMINATED")

    def test_a_lost_machine_is_the_lessors_to_report(self, changes, world, rest):
        assert said(rest.post(world.buyer, changes.lease, "lose", **LOSS)) == (403, "missing_right")
        done = rest.post(world.owner, changes.lease, "lose", **LOSS, reason="运输途中翻车")
        assert (said(done), done.json()["units"][0]["state"]) == ((200, "LOST"), "GONE")


def test_a_record_that_nobody_answered_begins_the_lease_after_three_days(world, rest):
    lease = world.accepted()
    read_notice(lease, by=world.buyer, at=DECIDED)
    secure(lease, by=world.owner, at=DECIDED)
    recorded(lease, by=world.owner, at=HANDOVER)

    rest.at(HANDOVER + 2 * DAY)
    early = rest.post(world.owner, lease, "activate")
    assert early.status_code == 409
    rest.at(HANDOVER + 3 * DAY)
    begun = rest.post(world.owner, lease, "activate")
    assert said(begun) == (200, "ACTIVE")
    assert begun.json()["active_from"] == "2026-03-01T10:00:00+08:00"
