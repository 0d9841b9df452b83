"""A lease by the part whose owner takes part in a fund of the platform, its October billed, and who acts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.actions import fund_claims, fund_contributions, fund_transfers, funds, invoices, journals
from billing.models import Fund, FundClaim, FundTransfer, Invoice
from billing.models.loan_products import local_day
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.fund_terms import FundTerms, shares
from billing.rules.posting import Head
from marketplace.models import Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.shared.errors import DomainError
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, say

BEFORE = datetime.fromisoformat("2026-10-10T12:00:00+08:00")
NOON = datetime.fromisoformat("2026-11-05T12:00:00+08:00")
OVERDUE = datetime.fromisoformat("2027-01-25T12:00:00+08:00")
TERMS = FundTerms(
    levy_per_mille=Decimal(5),
    match_percent=Decimal(100),
    cover_percent=Decimal(50),
    lessee_cap_minor=None,
    owner_cap_minor=None,
    year_cap_minor=None,
    waiting_days=60,
    steps=("REMINDER", "FORMAL_NOTICE"),
    floor_minor=0,
)
TAKEN = (
    {"kind": "REMINDER", "done_on": date(2026, 12, 1), "reference": "R-1"},
    {"kind": "FORMAL_NOTICE", "done_on": date(2026, 12, 20), "reference": "N-1"},
)


@dataclass
class Desk:
    """The scene of the lease, the fund, and three people of the platform."""

    scene: world.Scene
    fund: Fund
    chief: User
    first: User
    second: User

    @property
    def owns(self) -> dict[str, Any]:
        """Who acts for the owner."""
        return {"within": self.scene.lessor, "by": self.scene.owner}

    def runs(self, by: User | None = None) -> dict[str, Any]:
        """Who acts for the fund."""
        return {"within": self.scene.platform, "by": by or self.first}

    @property
    def invoice(self) -> Invoice:
        """The owner's invoice of October."""
        return Invoice.objects.get(seller=self.scene.lessor, kind="INVOICE")

    def assess(self, at: datetime = NOON) -> int:
        """Work out what is owed to the fund."""
        return fund_contributions.assess(fund=self.fund, at=at, **self.runs())

    def move(self, kind: str, minor: int, reference: str, **given: Any) -> FundTransfer:
        """Record a payment and let the second person confirm it."""
        made = self.propose(kind, minor, reference, **given)
        return fund_transfers.confirm(transfer=made, at=OVERDUE, **self.runs(self.second))

    def propose(self, kind: str, minor: int, reference: str, **given: Any) -> FundTransfer:
        """Record a payment."""
        day = {"moved_on": given.pop("moved_on", OVERDUE.date()), "at": given.pop("at", OVERDUE)}
        who = self.runs() | given
        return fund_transfers.propose(
            fund=self.fund, kind=kind, amount_minor=minor, reference=reference, **day, **who
        )

    def endow(self, minor: int) -> None:
        """Pay capital into the fund's account by hand, as its sponsor does."""
        head = Head(self.fund.book.code, f"endow:{minor}", NOON.date(), "CNY", "Endowment")
        entry = posting.move(Event.CONTRIBUTION_RECEIVED, head, minor)
        journals.post(entry=entry, at=NOON, by=self.chief)

    def claim(self, **changes: Any) -> FundClaim:
        """Claim for the invoice."""
        given = {
            "invoice": self.invoice,
            "collection": TAKEN,
            "deposit_minor": 0,
            "note": "",
            "at": OVERDUE,
        }
        return fund_claims.claim(**given | self.owns | changes)

    def reviewed(self, **changes: Any) -> FundClaim:
        """Return a claim that one person reviewed."""
        return fund_claims.review(claim=self.claim(**changes), at=OVERDUE, **self.runs())

    def approved(self, **changes: Any) -> FundClaim:
        """Return a claim that two people decided."""
        found = self.reviewed(**changes)
        return fund_claims.approve(claim=found, at=OVERDUE, **self.runs(self.second))


def opened(scene: world.Scene, code: str = "F", at: datetime = BEFORE, **changes: Any) -> Desk:
    """Open a fund with rules beside a scene."""
    chief = world.member(scene.platform)
    who = {"within": scene.platform, "by": chief}
    fund = funds.open_fund(code=code, name="租赁风险补偿基金", at=at, **who)
    terms = FundTerms(**vars(TERMS) | changes)
    funds.publish_rules(fund=fund, terms=terms, valid_from=local_day(at), basis="〔2026〕7 号", at=at, **who)
    people = [world.member(scene.platform, Role.FINANCE) for _ in range(2)]
    return Desk(scene, fund, chief, *people)


def desk(*, assessed: bool = True, **changes: Any) -> Desk:
    """Return a lease whose owner takes part, with its October billed and contributed for."""
    scene = world.build("okuma")
    made = opened(scene, **changes)
    funds.join(fund=made.fund, at=BEFORE, **made.owns)
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    if assessed:
        made.assess()
    return made


def join_as(person: User, organization: Organization) -> None:
    """Let a person work for another organization as well."""
    Membership.objects.create(user=person, organization=organization, role=Role.ADMIN)


DAY = timedelta(days=1)
__all__ = ["DomainError", "shares"]
