"""The lessee of the small world with an order book; its machine is offered without buffers in the way."""

from datetime import timedelta
from typing import Any

from leasing.actions import orders, plans
from leasing.models import PlanAcceptance
from leasing.queries import book_of, plan_inputs
from leasing.rules import proposals
from leasing.rules.plans import Plan
from tests.leasing import world as worlds
from tests.leasing.world import ASKED, World

DAY = timedelta(days=1)
CATEGORY = "M1-MC"


class Shop:
    """The lessee, who writes on the day of ``ASKED``: Friday 20 February 2026."""

    def __init__(self, world: World) -> None:
        self.world = world
        category = world.listing.category
        category.parent = type(category).objects.create(code="M1", name="CNC", name_zh="数控", family="M1")
        category.code = CATEGORY
        category.save()

    def node(self, reference: str = "A-1", **changes: Any) -> dict[str, Any]:
        """Return an order of 80 hours in the first week of March, as a machine would send it."""
        given = {
            "reference": reference,
            "part": "壳体",
            "quantity": "80",
            "earliest_start": "2026-03-02",
            "due_before": "2026-03-09",
            "cycle_seconds": "3600",
            "category": CATEGORY,
        }
        return given | changes

    def put(self, reference: str = "A-1", **changes: Any) -> Any:
        """Take an order of this shop."""
        who = {"organization": self.world.lessee, "by": self.world.buyer, "at": ASKED}
        return orders.put(node=self.node(reference, **changes), **who)[0]

    def plan(self, at: Any = ASKED) -> Plan:
        """Return the plan as it is."""
        lessee = self.world.lessee
        return proposals.plan(plan_inputs(lessee, book_of(lessee), at=at))

    def accept(self, plan: Plan, **changes: Any) -> PlanAcceptance:
        """Accept everything that the plan proposes."""
        given = {
            "organization": self.world.lessee,
            "digest": plan.digest,
            "keys": [one.key for one in plan.proposals],
            "by": self.world.buyer,
            "at": ASKED,
        }
        return plans.accept(**(given | changes))


def make(machines: int = 2) -> Shop:
    """Build the world with the shop."""
    return Shop(worlds.make(machines))
