"""A lease that runs, and the steps of a sub-lease of it, each as one call."""

from datetime import timedelta
from typing import Any

from devices.ownership.models import Notice
from leasing.actions import sublease_ends, sublease_notices, subleases
from leasing.models import Sublease
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.factories import marketplace as make
from tests.factories.leasing import read_sublease_notice
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER

DAY = timedelta(days=1)
PROPOSED = HANDOVER + DAY
BEGUN = HANDOVER + 11 * DAY
TIME = Period(HANDOVER + 10 * DAY, HANDOVER + 20 * DAY)


class Sublet:
    """The lessee of a running lease, a workshop that sub-leases, and one more below it."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self.lease = world.active()
        self.unit = self.lease.units.select_related("equipment").get()
        self.workshop, self.next = make.organization("小作坊"), make.organization("再下家")
        self.people = {
            world.lessor: world.owner,
            world.lessee: world.buyer,
            self.workshop: worlds.person("workshop", self.workshop, Role.OPERATOR),
            self.next: worlds.person("next", self.next, Role.OPERATOR),
            world.stranger: world.outsider,
        }

    def propose(self, **changes: Any) -> Sublease:
        given = {"lease": self.lease, "unit": self.unit, "sublessee": self.workshop, "period": TIME}
        given |= {"place": "苏州市吴中区 3 号厂房", "by": self.world.buyer, "at": PROPOSED}
        return subleases.propose(**(given | changes))

    def act(self, verb: str, sublease: Sublease, who: Any, at: Any = PROPOSED, **more: Any) -> Sublease:
        if verb in ("accept", "consent"):
            more = {"digest": sublease.digest} | more
        found = Sublease.objects.with_sides().get(pk=sublease.pk)
        place = {"end": sublease_ends, "deliver": sublease_notices}.get(verb, subleases)
        return getattr(place, verb)(sublease=found, within=who, by=self.people[who], at=at, **more)

    def accepted(self, **changes: Any) -> Sublease:
        made = self.propose(**changes)
        return self.act("accept", made, made.sublessee)

    def agreed(self, **changes: Any) -> Sublease:
        """Return one to which the lessor has consented; below that, everybody above."""
        made = self.accepted(**changes)
        for who in [one for one in self.people if one.public_id in made.asked]:
            made = self.act("consent", made, who)
        return made

    def read_notice(self, sublease: Sublease) -> Notice:
        by = self.people[sublease.sublessee]
        return read_sublease_notice(sublease, by=by, at=PROPOSED)

    def running(self, at: Any = BEGUN, **changes: Any) -> Sublease:
        made = self.agreed(**changes)
        self.read_notice(made)
        return self.act("begin", made, made.sublessor, at)
