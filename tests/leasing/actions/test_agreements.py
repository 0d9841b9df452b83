"""What a lease does to the rights over its machine's data."""

from devices.ownership.models import Agreement
from leasing.actions import leases
from tests.factories.leasing import sign
from tests.leasing.world import DECIDED, END, HANDOVER, START


class TestTheAgreement:
    def test_is_open_from_the_handover_to_the_end(self, world):
        lease = world.ready()
        assert not Agreement.objects.exists()

        sign(lease, owner=world.owner, buyer=world.buyer, at=HANDOVER)
        agreement = Agreement.objects.get(reference=lease.public_id)
        assert (agreement.equipment, agreement.owner, agreement.lessee) == (
            world.machines[0],
            world.lessor,
            world.lessee,
        )
        assert (agreement.span.start, agreement.span.end) == (HANDOVER, END)
        assert (agreement.billing_channels, agreement.closed_at) == (["execution"], None)

        early = START.replace(month=3, day=20)
        leases.end(lease=lease, by=world.buyer, at=early)
        agreement.refresh_from_db()
        assert (agreement.span.end, agreement.closed_at) == (early, early)

    def test_is_closed_by_the_clock_at_the_agreed_end(self, world):
        lease = world.active()

        leases.close_due(lease=lease, by=world.clock, at=END.replace(day=30, hour=18))

        agreement = Agreement.objects.get(reference=lease.public_id)
        assert (agreement.span.end, agreement.closed_at) == (END, END)

    def test_is_never_opened_for_a_lease_that_was_cancelled(self, world):
        leases.cancel(lease=world.accepted(), by=world.buyer, at=DECIDED)

        assert not Agreement.objects.exists()
