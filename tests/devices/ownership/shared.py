"""A leased machine whose lessee shares data: a bank, an institute, rivals, and each step as one call."""

from datetime import timedelta
from typing import Any

from devices.ownership.actions import gatekeepers, sharing, sharing_answers
from devices.ownership.actions.sharing_answers import Objection
from devices.ownership.models import Agreement, SharingRequest
from devices.ownership.queries import Wish
from devices.ownership.rules.sharing import OWNER_TIME, Reason
from marketplace.shared.period import Period
from tests.devices.ownership.actions.test_access import DAY, NOW, START, World
from tests.factories.marketplace import member, organization, platform

OF_A = Period(START + DAY, START + 3 * DAY)
ASKED = NOW
OPEN = Period(NOW + DAY, NOW + 8 * DAY)
IN_IT = OPEN.start + timedelta(hours=1)
AFTER_IT = OPEN.end + timedelta(hours=1)
TOLD = {"authority": "Market regulator of Suzhou", "notice": "No. 12", "noticed_on": NOW.date()}


class Sharing(World):
    """The world of the read door, with third parties that have no part in the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.owner.industry_code = "C3421"
        self.owner.save(update_fields=["industry_code"])
        self.bank = organization("Bank", "FINANCIAL")
        self.institute = organization("Institute", "INSTITUTE")
        self.rival = organization("Rival", "LEAD_ENTERPRISE", industry_code="C3429")
        self.maker = organization("Maker", "MAKER")
        self.repair = organization("Repair", "SERVICE_PROVIDER")
        self.platform = platform()
        others = (self.bank, self.institute, self.rival, self.maker, self.repair, self.platform)
        self.people |= {one: member(one) for one in others}
        self.of_a, self.of_b = Agreement.objects.order_by("pk")

    def wish(self, **changes: Any) -> Wish:
        given = {
            "agreement": self.of_a,
            "recipient": self.bank,
            "categories": ("machine_condition",),
            "right": "read",
            "purpose": "insurance",
            "generated": OF_A,
            "readable": OPEN,
        }
        return Wish(**(given | changes))

    def who(self, side: Any, at: Any = ASKED) -> dict[str, Any]:
        return {"within": side, "by": self.people[side], "at": at}

    def asked(self, by: Any = None, **changes: Any) -> SharingRequest:
        return sharing.ask(wish=self.wish(**changes), reason="Cheaper cover", **self.who(by or self.a))

    def does(self, act: Any, request: SharingRequest, side: Any, at: Any = ASKED, **facts: Any) -> Any:
        return act(request=self.fresh(request), **self.who(side, at), **facts)

    def fresh(self, request: SharingRequest) -> SharingRequest:
        return SharingRequest.objects.shown().get(pk=request.pk)

    def priced(self, amount: int = 0, cost: int | None = None, **changes: Any) -> SharingRequest:
        facts = {"amount": amount, "cost": cost, "basis": "two hours of an engineer"}
        return self.does(sharing_answers.price, self.asked(**changes), self.owner, **facts)

    def agree(self, request: SharingRequest, at: Any = ASKED, **facts: Any) -> SharingRequest:
        request = self.fresh(request)
        given = {"digest": request.offer.digest} | facts
        return self.does(sharing_answers.agree, request, request.grant.recipient, at, **given)

    def shared(self, **changes: Any) -> SharingRequest:
        """Ask, let the owner ask for nothing, and let the recipient accept."""
        return self.agree(self.priced(**changes))

    def objects(self, request: SharingRequest, reason: Reason, at: Any = ASKED, **facts: Any) -> Any:
        given = {"reason": reason, "text": "Our spindle control is secret."} | facts
        act = sharing_answers.object_to
        return self.does(act, request, self.owner, at, objection=Objection(**given))

    def designate(self, side: Any, designated: bool = True, at: Any = ASKED) -> Any:
        source = "Official Journal, C 2026/77"
        facts = {"organization": side, "designated": designated, "on": at.date(), "source": source}
        return gatekeepers.record(**facts, **self.who(self.platform, at))

    def told(self, who: Any, channel: str = "load", purpose: str = "insurance", **more: Any) -> list[str]:
        """Return the reasons of the door, segment by segment."""
        given = {"period": OF_A, "at": IN_IT} | more
        return [one.decision.reason for one in self.read(who, purpose, channels=[channel], **given).rulings]


WITHOUT_ANSWER = ASKED + OWNER_TIME
