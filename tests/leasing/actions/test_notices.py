"""No handover before the lessee has accepted what it was told about the data."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from devices.actions import devices
from devices.ownership.actions import notices as told
from devices.ownership.models import Agreement, Notice, NoticeAcceptance
from leasing.actions import moves, notices
from leasing.rules.leases import Status
from marketplace.actions import parties
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.machines import LATHE, take
from tests.factories.leasing import read_notice, sign
from tests.leasing.world import ASKED, DECIDED, END, HANDOVER, START


@once.fixture
def device(world):
    """A lathe's controller that reports for the first machine."""
    robot = parties.robot(name="tester")
    made = devices.register(
        owner=world.lessor,
        code="l-1",
        name="Gateway",
        channels=LATHE,
        commissioned_at=ASKED,
        by=robot,
        at=ASKED,
    )
    whole = Period(ASKED, None)
    devices.bind(device=made, equipment=world.machines[0], period=whole, by=robot, at=ASKED)
    return made


def newest(lease):
    return Notice.objects.latest_for(lease.public_id)


def hand_over(world, lease):
    return sign(lease, owner=world.owner, buyer=world.buyer, at=HANDOVER)


def nothing_happened(lease):
    lease.refresh_from_db()
    return lease.status == Status.CONTRACTED and not Agreement.objects.exists()


class TestDeliver:
    def test_comes_with_the_acceptance_and_says_what_the_law_asks_for(self, world, device):
        lease = world.accepted()

        notice = newest(lease)
        (machine,) = notice.document["machines"]
        (reporter,) = machine["devices"]
        kinds = {one["category"]: one for one in reporter["data"]}
        assert (notice.number, notice.owner, notice.lessee) == (1, world.lessor, world.lessee)
        assert set(kinds) == {"billing_counters", "machine_condition", "process_parameters"}
        assert [one["key"] for one in kinds["billing_counters"]["channels"]] == ["execution", "parts"]
        assert kinds["billing_counters"]["channels"][0]["billed"]
        assert (kinds["billing_counters"]["erasable"], kinds["process_parameters"]["erasable"]) == (
            False,
            True,
        )
        assert reporter["access"] == f"/api/v1/devices/{device.public_id}/readings/"
        assert notice.document["place"] == "CN"
        assert lease.transitions.get(move="accept").facts["data_notice"] == notice.digest
        assert AuditEntry.objects.get(action="notice.deliver").subject == notice.public_id

    def test_tells_the_volume_as_it_was_of_late(self, world, device):
        lease = world.accepted()
        usual = newest(lease).document["machines"][0]["devices"][0]
        items = [(n, ASKED.isoformat(), "load", str(n)) for n in range(1, 701)]
        take(device, items, at=DECIDED)

        notice = notices.deliver(lease=lease, by=world.owner, at=DECIDED + timedelta(days=1))
        late = notices.deliver(lease=lease, by=world.owner, at=DECIDED + timedelta(days=9))

        # 700 in a week are 100 a day, each category rounded up
        measured = notice.document["machines"][0]["devices"][0]
        assert (usual["measured"], measured["measured"]) == (False, True)
        assert 100 <= sum(one["readings_a_day"] for one in measured["data"]) <= 103
        assert late.document["machines"][0]["devices"][0] == usual

    def test_is_the_lessors_and_before_the_handover(self, world):
        lease = world.accepted()

        with pytest.raises(MissingRight):
            notices.deliver(lease=lease, by=world.buyer, at=DECIDED)
        with pytest.raises(moves.LeaseMoveRefused):
            notices.deliver(lease=world.ask(), by=world.owner, at=DECIDED)
        assert Notice.objects.count() == 1

    def test_cannot_be_rewritten(self, world):
        read_notice(world.accepted(), by=world.buyer, at=DECIDED)

        for rows in (Notice.objects, NoticeAcceptance.objects):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(digest="0" * 64)
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.all().delete()


class TestAccept:
    def test_is_by_a_person_of_the_lessee_once(self, world):
        lease = world.accepted()

        notice = read_notice(lease, by=world.buyer, at=DECIDED)
        again = told.accept(notice=notice, digest=notice.digest, by=world.buyer, at=HANDOVER)

        assert (again.person, again.digest, again.at) == (world.buyer.public_id, notice.digest, DECIDED)
        assert AuditEntry.objects.filter(action="notice.accept").count() == 1
        assert str(again).endswith(world.buyer.name)
        assert str(notice).startswith(lease.public_id)

    @pytest.mark.parametrize("who", ["owner", "guest", "outsider"])
    def test_is_nobody_elses(self, world, who):
        lease = world.accepted()

        with pytest.raises(MissingRight):
            read_notice(lease, by=getattr(world, who), at=DECIDED)
        assert not NoticeAcceptance.objects.exists()

    def test_takes_no_other_fingerprint(self, world):
        lease = world.accepted()

        with pytest.raises(told.DataNoticeDiffers):
            told.accept(notice=newest(lease), digest="0" * 64, by=world.buyer, at=DECIDED)
        assert not newest(lease).is_accepted

    def test_takes_the_newest_alone(self, world):
        lease = world.accepted()
        first = newest(lease)
        notices.deliver(lease=lease, by=world.owner, at=DECIDED)

        with pytest.raises(told.DataNoticeOutdated):
            told.accept(notice=first, digest=first.digest, by=world.buyer, at=DECIDED)
        assert not NoticeAcceptance.objects.exists()


class TestHandover:
    def test_waits_for_the_acceptance(self, world, device):
        lease = world.accepted()

        with pytest.raises(told.DataNoticeNotAccepted) as refusal:
            hand_over(world, lease)
        assert refusal.value.facts == {"lessee": world.lessee.name}
        assert nothing_happened(lease)

        read_notice(lease, by=world.buyer, at=DECIDED)
        assert hand_over(world, lease).status == Status.ACTIVE
        assert lease.transitions.get(move="accept").facts["data_notice"] == newest(lease).digest

    def test_waits_where_no_notice_was_ever_delivered(self, world):
        lease = world.accepted()
        unknown = "lea_other"

        with pytest.raises(told.DataNoticeNotAccepted):
            told.check_accepted(
                reference=unknown,
                lessee=lease.lessee,
                equipment=[],
                period=lease.period,
                terms={},
                billing_channels=[],
                at=DECIDED,
            )

    def test_waits_for_a_new_notice_if_the_machine_reports_something_else(self, world, device):
        lease = world.ready()
        more = [LATHE[2] | {"key": "load2", "name": "Load 2"}]
        devices.add_channels(device=device, channels=more, by=world.owner, at=DECIDED)

        with pytest.raises(told.DataNoticeOutdated):
            hand_over(world, lease)
        assert nothing_happened(lease)
        assert notices.is_outdated(lease=lease, at=HANDOVER)

        notices.deliver(lease=lease, by=world.owner, at=HANDOVER)
        assert not notices.is_outdated(lease=lease, at=HANDOVER)
        with pytest.raises(told.DataNoticeNotAccepted):
            hand_over(world, lease)
        read_notice(lease, by=world.buyer, at=HANDOVER)
        assert hand_over(world, lease).status == Status.ACTIVE

    def test_does_not_mind_how_much_is_reported(self, world, device):
        lease = world.ready()
        take(device, [(1, START.isoformat(), "load", "1")], at=START)

        assert hand_over(world, lease).ends_at == END
