"""What a slot booking asks for as it ended: the price of its slots, the agreed fee, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leasing.rules.slot_plans import agreed_plan, fee_charge, use_charge
from leasing.rules.slots import OWING, Status
from marketplace.rules.pricing.charge import Charge

KIND = "slot_booking"


@dataclass(frozen=True)
class Ended:
    """How a booking ended, as far as its price goes; ``fee_minor`` is net, in minor units."""

    source: str
    status: Status
    slots: int
    fee_minor: int
    digest: str

    def dump(self) -> dict[str, Any]:
        """Write it as an invoice keeps by what it was made."""
        return {
            "kind": KIND,
            "source": self.source,
            "status": str(self.status),
            "slots": self.slots,
            "fee_minor": self.fee_minor,
            "digest": self.digest,
        }

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "Ended":
        """Read what an invoice keeps."""
        status = Status(kept["status"])
        return cls(kept["source"], status, kept["slots"], kept["fee_minor"], kept["digest"])


def charge_of(document: Mapping[str, Any], ended: Ended) -> Charge:
    """
    Return what is asked for a booking by the plan that its document froze, before tax.

    A done one asks for its slots, whatever time they took; one that was cancelled late, or to which nobody
    came, for the agreed fee; any other for nothing.
    """
    plan = agreed_plan(document)
    if ended.status is Status.DONE:
        return use_charge(plan, ended.slots)
    return fee_charge(plan, ended.fee_minor if ended.status in OWING else 0)
