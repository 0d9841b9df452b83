"""A running lease whose machine has a dent and lost its key, and what everybody does with that."""

from datetime import datetime, timedelta
from typing import Any

from leasing.actions import damage, photos
from leasing.models import DamageClaim, LeaseUnit
from leasing.rules.damage import Cause, Item
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.factories.leasing import picture
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER

DAY = timedelta(days=1)
SEEN = HANDOVER + 20 * DAY
REPLY = SEEN + 5 * DAY
LATE = REPLY + DAY


class Damage:
    """Lessor, lessee and platform of a lease; the lessor claims 3,200.00 yuan of a dent and a key."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self.platform = make.platform()
        self.judge = worlds.person("judge", self.platform, Role.ADMIN)
        self.people = {world.lessor: world.owner, world.lessee: world.buyer, self.platform: self.judge}
        self.people |= {world.stranger: world.outsider}
        self.lease = world.active()
        self.unit = LeaseUnit.objects.select_related("equipment", "lease__lessor", "lease__lessee").get(
            lease=self.lease
        )
        self.photo = photos.take(
            lease=self.lease, data=picture(), by=world.owner, within=world.lessor, at=SEEN
        )

    def items(self) -> list[Item]:
        """Return a dent of 4,000.00 of which the lessee bears three quarters, and a key of 200.00."""
        shot = (self.photo.public_id,)
        return [
            Item(Cause.BROKEN, "防护门凹陷", 400_000, 75, shot),
            Item(Cause.MISSING, "钥匙", 20_000, 100, shot),
        ]

    def claimed(self, **changes: Any) -> DamageClaim:
        """Let the lessor claim."""
        given = {
            "unit": self.unit,
            "items": self.items(),
            "reply_until": REPLY,
            "by": self.world.owner,
            "within": self.world.lessor,
            "at": SEEN,
        }
        return damage.claim(**(given | changes))

    def contested(self, amount: int = 100_000) -> DamageClaim:
        """Let the lessee concede part of it."""
        made = self.claimed()
        return self.act(
            "contest", made, self.world.lessee, digest=made.digest, amount_minor=amount, text="旧伤"
        )

    def act(
        self, verb: str, claim: DamageClaim, who: Any, at: datetime = SEEN + DAY, **more: Any
    ) -> DamageClaim:
        """Let a person of ``who`` do something, as a request of its own would."""
        found = DamageClaim.objects.with_sides().get(pk=claim.pk)
        return getattr(damage, verb)(claim=found, within=who, by=self.people[who], at=at, **more)

    def settle(self, claim: DamageClaim) -> DamageClaim:
        """Let the lessee accept what is asked."""
        return self.act(
            "accept", claim, self.world.lessee, digest=claim.digest, amount_minor=claim.asked_minor
        )
