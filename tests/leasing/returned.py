"""A lease whose machine was used and stands still, and the steps of its way back, each as one call."""

from datetime import datetime, timedelta
from typing import Any

from leasing.actions import answers, leases, returns
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules.condition import Kind, Reading, Source
from leasing.rules.returns import DataWipe, Wipe
from tests.factories.leasing import condition, recorded, secure
from tests.leasing import world as worlds
from tests.leasing.world import END, HANDOVER

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BACK = END + HOUR  # within the buffer behind the lease
OUT = {"accessories": {"vice": 2, "chuck": 1}}
WIPED = DataWipe(Wipe.WIPED)


class WayBack:
    """A machining centre went out with two vices and a chuck, its counter at 120."""

    def __init__(self, world: worlds.World, ends_at: datetime | None = END) -> None:
        self.world = world
        made = world.ready()
        secure(made, by=world.owner, at=HANDOVER)
        for record in recorded(Lease.objects.get(pk=made.pk), by=world.owner, at=HANDOVER, **OUT):
            answers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER)
        self.pk = made.pk
        if ends_at:
            leases.end(lease=self.lease, by=world.owner, at=ends_at)

    @classmethod
    def of(cls, lease: Lease, world: worlds.World) -> "WayBack":
        """Return the way back of a lease that is there already."""
        made = cls.__new__(cls)
        made.world, made.pk = world, lease.pk
        return made

    @property
    def lease(self) -> Lease:
        """The lease as it is now."""
        return Lease.objects.select_related("lessor", "lessee", "listing").get(pk=self.pk)

    @property
    def unit(self) -> LeaseUnit:
        """The machine as it is now."""
        return LeaseUnit.objects.select_related("claim", "equipment__category", "lease").filter(
            lease=self.pk
        )[0]

    def given(self, at: datetime = BACK, **changes: Any) -> Any:
        """Return a condition without faults, all accessories and the counter at 480."""
        read = (Reading("run_time", "480", Source.PANEL, at),)
        return condition(self.unit, at, **(OUT | {"readings": read} | changes))

    def back(self, *, at: datetime = BACK, wipe: DataWipe = WIPED, **changes: Any) -> ConditionRecord:
        """Let the lessor take the machine back, and return the record."""
        by = changes.pop("by", self.world.owner)
        returns.take_back(lease=self.lease, given=self.given(at, **changes), wipe=wipe, by=by, at=at)
        return self.record(Kind.RETURN)

    def record(self, kind: Kind) -> ConditionRecord:
        """Return the newest record of a kind, as a request of its own would load it."""
        found = ConditionRecord.objects.latest_for(self.unit, kind)
        assert found is not None
        return ConditionRecord.objects.with_answers().get(pk=found.pk)
