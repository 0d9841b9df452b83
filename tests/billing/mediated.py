"""A line of 1,000.00 that is disputed, both sides, and a mediator of the platform."""

from datetime import date, timedelta

from billing.actions import disputes, mediations
from billing.models import Invoice, LineDispute, LineMediation
from leasing.models import Lease
from marketplace.models.parties import Role
from tests.billing import fleet as fleets
from tests.billing import world
from tests.billing.fleet import BILLED, FEBRUARY

DISPUTED, ASKED = BILLED + timedelta(days=2), BILLED + timedelta(days=3)  # 4 and 5 March
PROPOSED, ANSWERED = BILLED + timedelta(days=5), BILLED + timedelta(days=6)  # 7 and 8 March
ANSWER_ON = date(2026, 3, 12)
LATE = world.midnight("2026-03-13")


class Mediated:
    """One machine, 50 parts of 20.00 in February; the lessee disputes them on 4 March."""

    def __init__(self):
        self.fleet = fleets.build()
        self.fleet.let("one", 50)
        self.fleet.bill("one")
        self.fleet.dispute("one")
        self.lessor, self.lessee, self.platform = self.fleet.lessor, self.fleet.lessee, self.fleet.platform
        self.buyer, self.seller = self.fleet.buyer, self.fleet.anna
        self.judge = world.member(self.platform, Role.OPERATOR)

    @property
    def dispute(self):
        return LineDispute.objects.select_related("line__invoice").get()

    @property
    def case(self):
        return LineMediation.objects.with_sides().get()

    @property
    def rent(self):
        return Invoice.objects.get(seller=self.lessor, period_start=FEBRUARY, version=1)

    @property
    def lease(self):
        return Lease.objects.get(pk=self.rent.lease_id)

    def who(self, side, at):
        people = {
            "buyer": (self.lessee, self.buyer),
            "seller": (self.lessor, self.seller),
            "platform": (self.platform, self.judge),
        }
        within, by = people[side]
        return {"within": within, "by": by, "at": at}

    def ask(self, side="buyer", at=ASKED, text="十二件是废品", **changes):
        return mediations.ask(dispute=self.dispute, text=text, **self.who(side, at) | changes)

    def propose(self, amount=32_000, at=PROPOSED, answer_on=ANSWER_ON, text="十六件没有记录", **changes):
        given = {"amount_minor": amount, "answer_on": answer_on, "text": text}
        return mediations.propose(mediation=self.case, **given, **self.who("platform", at) | changes)

    def act(self, name, side, at=ANSWERED, **given):
        return getattr(mediations, name)(mediation=self.case, **self.who(side, at) | given)

    def answer(self, conceded, at=ASKED):
        given = {"conceded_minor": conceded, "reason": "见报告"}
        return disputes.answer(dispute=self.dispute, **given, **self.who("seller", at))

    def withdraw(self, at=ANSWERED):
        return disputes.withdraw(dispute=self.dispute, **self.who("buyer", at))
