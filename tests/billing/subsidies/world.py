"""A lease by the part with its October billed, a programme of the city, and the people of the platform."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.actions import invoices, journals, subsidies, subsidy_grants, subsidy_settlements
from billing.models import Invoice, JournalLine, SubsidyProgramme, SubsidySettlement
from billing.models.loan_products import local_day
from billing.rules import posting
from billing.rules.journals import Dims
from billing.rules.posting import Head
from billing.rules.subsidy_terms import SubsidyTerms
from marketplace.models import User
from marketplace.models.parties import Role
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, LATER, correct, say, scrap

BEFORE = datetime.fromisoformat("2026-10-10T12:00:00+08:00")
NOON = datetime.fromisoformat("2026-11-05T12:00:00+08:00")
DECEMBER = datetime.fromisoformat("2026-12-03T12:00:00+08:00")
JANUARY = datetime.fromisoformat("2027-01-06T12:00:00+08:00")
OCTOBER_10, YEAR_END = date(2026, 10, 10), date(2027, 1, 1)
BASIS = "〔2026〕12 号"
TERMS = SubsidyTerms(
    valid_from=OCTOBER_10,
    valid_until=YEAR_END,
    rate_percent=Decimal(15),
    lessee_cap_minor=300_000,
    least_minor=1_000,
)


@dataclass
class Desk:
    """The scene of the lease, the programme, and two people of the platform's finance."""

    scene: world.Scene
    programme: SubsidyProgramme
    first: User
    second: User

    def runs(self, by: User | None = None) -> dict[str, Any]:
        """Who acts for the programme."""
        return {"within": self.scene.platform, "by": by or self.first}

    @property
    def invoice(self) -> Invoice:
        """The owner's invoice of October."""
        return Invoice.objects.get(seller=self.scene.lessor, kind="INVOICE")

    def assess(self, at: datetime = NOON) -> int:
        """Work out what the programme bears."""
        return subsidy_grants.assess(programme=self.programme, at=at, **self.runs())

    def pay(self, minor: int, key: str = "paid") -> None:
        """Let the lessee have paid a part of the invoice, as finance posts it."""
        about = Dims(
            party=self.scene.lessee.public_id,
            invoice=self.invoice.public_id,
            lease=self.scene.lease.public_id,
            owner=self.scene.lessor.public_id,
        )
        head = Head("P", key, NOON.date(), "CNY")
        entry = posting.bank_received(head, settles={"1122.02": minor}, payer=about)
        journals.post(entry=entry, at=NOON, by=self.first)

    def credit(self, rejected: int, at: datetime = LATER) -> None:
        """Take parts back, so that a credit note is issued, and work out what is taken back."""
        scrap(self.scene, rejected, at)
        correct(self.scene, at=at)
        self.assess(at)

    def debit(self, count: int, start: int, at: datetime = LATER) -> None:
        """Let parts come late, so that a debit note is issued, and work out what is added."""
        say(self.scene, count, start=start)
        correct(self.scene, at=at)
        self.assess(at)

    def drafted(self, month: date = date(2026, 11, 1), at: datetime = DECEMBER) -> SubsidySettlement:
        """Return a settlement that the first person drew up."""
        return subsidy_settlements.draft(programme=self.programme, month=month, at=at, **self.runs())

    def submitted(self, **given: Any) -> SubsidySettlement:
        """Return a settlement that the second person submitted."""
        found = self.drafted(**given)
        return subsidy_settlements.submit(
            settlement=found, at=given.get("at", DECEMBER), **self.runs(self.second)
        )

    def confirmed(self, *lower: dict[str, Any], **given: Any) -> SubsidySettlement:
        """Return a settlement that the authority answered."""
        found, at = self.submitted(**given), given.get("at", DECEMBER)
        said = {"answer": "批复 7", "lower": lower, "at": at}
        return subsidy_settlements.confirm(settlement=found, **said, **self.runs())

    def paid(self, *lower: dict[str, Any], **given: Any) -> SubsidySettlement:
        """Return a settlement that the authority paid."""
        found, at = self.confirmed(*lower, **given), given.get("at", DECEMBER)
        said = {"paid_on": local_day(at), "bank_reference": "B-1", "at": at}
        return subsidy_settlements.pay(settlement=found, **said, **self.runs(self.second))

    def on(self, code: str, **dims: Any) -> int:
        """Return what stands on an account of the platform's book, debits positive."""
        found = JournalLine.objects.filter(account__book__code="P", account__code=code, **dims)
        return sum(found.values_list("amount_minor", flat=True))


def opened(
    scene: world.Scene,
    *,
    mode: str = "CLAIM",
    name: str = "设备租赁补贴",
    budget_minor: int = 1_000_000,
    at: datetime = BEFORE,
    **changes: Any,
) -> Desk:
    """Open a programme with terms beside a scene."""
    first, second = (world.member(scene.platform, Role.FINANCE) for _ in range(2))
    who = {"within": scene.platform, "by": first, "at": at}
    programme = subsidies.open_programme(
        name=name,
        authority=None,
        authority_name="某市工业和信息化局",
        mode=mode,
        budget_minor=budget_minor,
        basis=BASIS,
        **who,
    )
    day = {"valid_from": max(OCTOBER_10, local_day(at))}
    terms = SubsidyTerms(**vars(TERMS) | day | changes)
    subsidies.publish_rules(programme=programme, terms=terms, basis=BASIS, **who)
    return Desk(scene, programme, first, second)


def desk(*, assessed: bool = True, **changes: Any) -> Desk:
    """Return a lease with its October billed, and what a programme bears of it worked out."""
    scene = world.build("okuma")
    made = opened(scene, **changes)
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    if assessed:
        made.assess()
    return made
