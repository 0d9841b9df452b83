"""Two people of the platform, and the rates that they set."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from leasing.actions import commission
from leasing.models import CommissionProposal
from marketplace.models import Organization, User
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.leasing import world as worlds


@dataclass
class Desk:
    """The platform with who proposes and who approves."""

    platform: Organization
    clerk: User
    chief: User

    def propose(self, rate: str | None, starts_on: date, at: datetime, **about: Any) -> CommissionProposal:
        """Propose a rate for all owners, or for a category or an owner."""
        scope = "CATEGORY" if about.get("category") else "OWNER" if about.get("owner") else "DEFAULT"
        given = {"scope": scope, "reason": "Agreed by the board", "by": self.clerk} | about
        share = None if rate is None else Decimal(rate)
        return commission.propose(rate=share, starts_on=starts_on, within=self.platform, at=at, **given)

    def approve(self, proposal: CommissionProposal, at: datetime, by: User | None = None) -> Any:
        """Approve a proposal."""
        return commission.approve(proposal=proposal, within=self.platform, by=by or self.chief, at=at)

    def set(self, rate: str | None, starts_on: date, at: datetime, **about: Any) -> Any:
        """Propose and approve."""
        return self.approve(self.propose(rate, starts_on, at, **about), at)


def desk() -> Desk:
    """Open the desk of the platform."""
    platform = Organization.objects.filter(kind="PLATFORM").first() or make.platform()
    return Desk(
        platform=platform,
        clerk=worlds.person("clerk-p", platform, Role.FINANCE),
        chief=worlds.person("chief-p", platform, Role.ADMIN),
    )
