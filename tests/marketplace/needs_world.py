"""A leader with a chain, a member, an outsider who owns machines, and a need."""

from datetime import date, timedelta

from marketplace.actions import chains, needs
from marketplace.models import Chain, Need
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

NEED = {
    "title": "泵壳 200 件",
    "description": "Housing, five sides",
    "words": "五轴加工中心",
    "material": "6061",
    "quantity": 200,
    "starts_on": date(2026, 12, 1),
    "ends_on": date(2026, 12, 11),
    "flexible_days": 2,
    "requirements": ["X轴行程≥600 mm"],
    "region": "3205",
    "budget_minor": 10_000_000,
    "expires_at": NOON + timedelta(days=5),
}


class Market:
    """``lead`` leads a chain; ``member`` is in it; ``other`` is not. Each has a person of its own."""

    def __init__(self, *, joined=True):
        make.category()
        self.lead = make.organization("Lead", "LEAD_ENTERPRISE")
        self.member, self.other = make.organization("Member"), make.organization("Other", "LESSOR")
        self.lia, self.max, self.ole = (make.member(one) for one in (self.lead, self.member, self.other))
        self.chain = Chain.objects.create(leader=self.lead, name="Pumps", made_at=NOON)
        if joined:
            chains.invite(chain=self.chain, member=self.member, by=self.lia, at=NOON)
            chains.accept(chain=self.chain, within=self.member, by=self.max, at=NOON)

    def closed_listing(self, **fields):
        """Return a listing of the leader that its chain alone may see."""
        made = make.listing(self.lead, **fields)
        make.searchable()
        return chains.open_listing(listing=made, chain=self.chain, by=self.lia, at=NOON)

    def listing(self, **fields):
        """Return a listing of the outsider, which everybody may see."""
        made = make.listing(self.other, **fields)
        make.searchable()
        return made

    def need(self, poster=None, by=None, **changes):
        """Return a posted need of the member."""
        made = self.draft(poster, by, **changes)
        return needs.post(need=made, by=by or self.max, at=NOON)

    def draft(self, poster=None, by=None, **changes):
        """Return a need of the member that is not posted."""
        given = {"poster": poster or self.member, "by": by or self.max, "at": NOON}
        return needs.create(**given, **(NEED | changes))

    def answered(self, need, listing=None, **changes):
        """Return an answer of the outsider."""
        given = {"need": need, "listing": listing or self.listing(), "within": self.other, "by": self.ole}
        return needs.answer(**(given | {"at": NOON} | changes))

    @staticmethod
    def now(need):
        """Return the need as it is stored."""
        return Need.objects.get(pk=need.pk)
