"""
Fourteen months of one lease, from the request to the closed file, with every figure of an accountant.

A workshop in Shenzhen leases a machining centre for a year. It haggles over base fee and deposit, signs,
takes the machine over, stands still for a day and a half because of the lessor, extends by three months, gets
another machine in its place, leaves a month early for a fee, pays for a broken door, and gets the rest of its
deposit back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.actions import invoices
from billing.models import Invoice, InvoiceLine
from devices.actions import devices
from leasing.actions import (
    annexes,
    answers,
    closing,
    contracts,
    damage,
    deposits,
    downtime,
    early_ends,
    handovers,
    inspections,
    leases,
    offers,
    photos,
    readiness,
    returns,
    settlements,
    tickets,
)
from leasing.models import (
    Annex,
    ConditionRecord,
    DamageClaim,
    Deposit,
    DowntimeCredit,
    Lease,
    LeaseUnit,
    Ticket,
)
from leasing.rules.condition import Kind, Result
from leasing.rules.damage import Cause as DamageCause
from leasing.rules.damage import Item
from leasing.rules.downtime import Remedy
from leasing.rules.history import first_broken
from leasing.rules.inspections import Finding, FindingKind, findings_of
from leasing.rules.leases import Side, Status
from leasing.rules.returns import DataWipe, Wipe
from leasing.rules.sla import DEFAULT
from leasing.rules.tickets import Cause, Severity
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, lathe, take
from tests.factories import marketplace as make
from tests.factories.leasing import condition, hand_over, picture
from tests.leasing import world as worlds
from tests.leasing.world import CHEAPER

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
# Below 97 % of March the lessor gives 5 % of the fixed rent back for every four hours, 50 % at most.
SLA = dict(DEFAULT) | {
    "availability_percent": "97",
    "credit": {"kind": "PER_STEP", "percent": "5", "hours": "4", "cap_percent": "50"},
}

HISTORY = (
    "request quote counter accept approve contract secure hand_over activate change change change "
    "hand_over activate return inspect ready give_notice end return inspect "
    "claim_damage answer_damage answer_damage decide_damage repair ready settle close"
)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class Story:
    """The people of the lease, and what each of them does, one line a step."""

    def __init__(self):
        self.world = worlds.make(machines=3)
        self.seller, self.buyer, self.clock = self.world.owner, self.world.buyer, self.world.clock
        self.first, self.second, self.third = self.world.machines
        self.platform = make.platform()
        self.judge = worlds.person("judge", self.platform, Role.ADMIN)

    @property
    def lease(self):
        return Lease.objects.select_related("lessor", "lessee", "listing").get()

    def unit(self, machine):
        return LeaseUnit.objects.select_related("equipment__category", "lease").get(equipment=machine)

    def annex(self, kind, by, at, **given):
        """Propose a change; the other side accepts the day after, by the digest of what it read."""
        made = annexes.propose(lease=self.lease, kind=kind, valid_until=at + 7 * DAY, by=by, at=at, **given)
        read = Annex.objects.select_related("lease__lessor", "lease__lessee").get(pk=made.pk)
        other = self.buyer if by == self.seller else self.seller
        return annexes.accept(annex=read, digest=read.digest, by=other, at=at + DAY)

    def lessor(self, days):
        """Return who acts for the lessor, so many days after the end."""
        return {"by": self.seller, "at": local("2027-05-01T10:00") + days * DAY}

    def claim(self):
        return DamageClaim.objects.with_sides().get()

    def deposit(self):
        return Deposit.objects.select_related("lease__lessor", "lease__lessee").get()

    def hand_over(self, machine, at):
        """Hand a machine over that a change brings; the lessee confirms its record."""
        unit = self.unit(machine)
        given = {"by": self.seller, "at": at, "unit": unit.public_id}
        handovers.hand_over(lease=self.lease, given=condition(unit, at), **given)
        self.confirm(unit, Kind.HANDOVER, at)

    def confirm(self, unit, kind, at):
        record = ConditionRecord.objects.latest_for(unit, kind)
        found = ConditionRecord.objects.with_answers().get(pk=record.pk)
        answers.confirm(record=found, digest=found.digest, by=self.buyer, at=at)

    def take_back(self, machine, at):
        """Take a machine back, wiped and whole but for what its inspection finds; the lessee confirms."""
        unit = self.unit(machine)
        given = {"by": self.seller, "at": at, "unit": unit.public_id, "wipe": DataWipe(Wipe.WIPED)}
        returns.take_back(lease=self.lease, given=condition(unit, at), **given)
        self.confirm(unit, Kind.RETURN, at)

    def inspect(self, machine, at, *findings):
        unit, seen = self.unit(machine), condition(self.unit(machine), at)
        faults = {one.item for one in findings}
        marked = tuple(
            replace(one, result=Result.FAULT, text="见检查") if one.item in faults else one
            for one in seen.checklist
        )
        given = replace(seen, checklist=marked, readings=())
        more = {"by": self.seller, "at": at, "unit": unit.public_id}
        inspections.inspect(lease=self.lease, given=given, findings=findings, **more)
        return ConditionRecord.objects.latest_for(unit, Kind.INSPECTION)

    def tick(self, at):
        """Let the clock do what is due to annexes and leases."""
        for annex in Annex.objects.select_related("lease__lessor", "lease__lessee").order_by("pk"):
            annexes.close_due(annex=annex, by=self.clock, at=at)


@pytest.fixture
def story():
    return Story()


def test_fourteen_months_from_request_to_closed(story):
    world = story.world

    # The first machine tells its states through a device since before it was listed.
    device = lathe(world.lessor)
    devices.bind(
        device=device,
        equipment=story.first,
        period=Period(EARLY, None),
        by=story.seller,
        at=local("2026-02-01T10:00"),
    )

    # 20 February: asked for a year from 1 March on; 300 hours are expected.
    year = Period(local("2026-03-01T00:00"), local("2027-03-01T00:00"))
    world.ask(period=year, at=local("2026-02-20T09:00"))

    # The lessor quotes a base fee of 2,500 instead of 3,000 yuan; the lessee wants half the deposit, gets it.
    offers.quote(
        lease=story.lease,
        terms={"price_plan": CHEAPER, "sla": SLA},
        valid_until=local("2026-02-25T18:00"),
        by=story.seller,
        at=local("2026-02-21T09:00"),
    )
    offers.counter(
        lease=story.lease,
        terms={"deposit_minor": 1_000_000},
        by=story.buyer,
        at=local("2026-02-22T09:00"),
    )
    offer = story.lease.offers.latest("version")
    offers.accept(lease=story.lease, digest=offer.digest, by=story.seller, at=local("2026-02-23T09:00"))
    assert (offer.version, story.lease.deposit.minor) == (3, 1_000_000)

    # A year needs the written form: both sign with their mandate, and only then is it a contract.
    assert story.lease.status == Status.APPROVED
    for side, by in ((world.lessor, story.seller), (world.lessee, story.buyer)):
        contracts.sign(
            lease=story.lease,
            digest=story.lease.contract.digest,
            mandate="LEGAL_REPRESENTATIVE",
            within=side,
            by=by,
            at=local("2026-02-24T09:00"),
        )
    assert story.lease.status == Status.CONTRACTED
    assert contracts.verify(contract=story.lease.contract).holds

    # 1 March, ten in the morning: deposit paid, machine handed over, record confirmed; the lease runs.
    hand_over(story.lease, owner=story.seller, buyer=story.buyer, at=local("2026-03-01T10:00"))
    assert (story.lease.status, story.lease.held_deposit.held.minor) == (Status.ACTIVE, 1_000_000)

    # 10 March: the spindle stands for 36 hours because of a worn drive. The machine's own states prove it.
    states = [
        ("2026-03-09T08:00", "ACTIVE"),
        ("2026-03-10T08:00", "INTERRUPTED"),
        ("2026-03-11T20:00", "ACTIVE"),
    ]
    items = [
        (number, int(local(at).timestamp()) * 1_000_000, "execution", state)
        for number, (at, state) in enumerate(states, start=1)
    ]
    take(device, items, at=local("2026-03-12T08:00"))
    made = tickets.report(
        unit=story.unit(story.first),
        severity=Severity.DOWN,
        text="主轴不转",
        since=local("2026-03-10T08:00"),
        within=world.lessee,
        by=story.buyer,
        at=local("2026-03-10T09:00"),
    )
    steps = (
        (tickets.solve, world.lessor, story.seller, "2026-03-11T20:00", {"text": "换了驱动器"}),
        (tickets.confirm, world.lessee, story.buyer, "2026-03-11T20:30", {}),
    )
    for act, within, by, at, more in steps:
        ticket = Ticket.objects.with_sides().get(pk=made.pk)
        act(ticket=ticket, within=within, by=by, at=local(at), **more)
    downtime.measure(
        ticket=Ticket.objects.with_sides().get(pk=made.pk), by=story.clock, at=local("2026-03-14T00:00")
    )
    downtime.propose(
        ticket=Ticket.objects.with_sides().get(pk=made.pk),
        cause=Cause.LESSOR,
        text="驱动器老化",
        remedy=Remedy.CREDIT,
        within=world.lessee,
        by=story.buyer,
        at=local("2026-03-14T09:00"),
    )
    downtime.agree(
        ticket=Ticket.objects.with_sides().get(pk=made.pk),
        within=world.lessor,
        by=story.seller,
        at=local("2026-03-15T09:00"),
    )
    credit = DowntimeCredit.objects.get()
    assert (credit.seconds, credit.remedy, credit.cause) == (36 * 3600, "CREDIT", "主轴不转")
    assert credit.share == 45  # nine times four hours, in percent

    # August: orders are good, the lease runs until the end of May.
    story.annex("EXTEND", story.buyer, local("2026-08-03T09:00"), ends_at=local("2027-06-01T00:00"))
    assert story.lease.ends_at == local("2027-06-01T00:00")

    # September: the second machine takes the place of the first from the 15th on.
    story.annex(
        "SWAP",
        story.seller,
        local("2026-09-07T09:00"),
        swap=[(story.first.public_id, story.second.public_id)],
        effective_from=local("2026-09-15T00:00"),
    )
    story.tick(local("2026-09-15T00:00"))
    assert story.unit(story.first).active_to == local("2026-09-15T00:00")
    story.hand_over(story.second, local("2026-09-15T08:00"))
    assert story.unit(story.second).active_from == local("2026-09-15T08:00")

    # The first machine is home the same day, whole; the lease goes on without it.
    back = local("2026-09-15T10:00")
    story.take_back(story.first, back)
    story.inspect(story.first, back)
    assert (story.unit(story.first).state, story.lease.status) == ("READY", Status.ACTIVE)

    # 10 April 2027: notice for 1 May. Of thirty days of warning nine are missing: 9/31 of a month's base fee.
    moment, end = local("2027-04-10T00:00"), local("2027-05-01T00:00")
    shown = early_ends.preview(lease=story.lease, side=Side.LESSEE, ends_at=end, at=moment)
    assert (shown.days, shown.fee.minor) == (9, 72_581)  # 2,500.00 x 9/31
    early_ends.give_notice(lease=story.lease, ends_at=end, fee_minor=72_581, by=story.buyer, at=moment)
    leases.close_due(lease=story.lease, by=story.clock, at=end)
    assert (story.lease.status, story.lease.active_to) == (Status.ENDED, end)
    assert story.lease.active_to - local("2026-03-01T00:00") == timedelta(days=426)  # fourteen months

    # 2 May: the second machine is back with a dented door: 4,000.00, three quarters of it the lessee's.
    back = local("2027-05-02T10:00")
    story.take_back(story.second, back)
    dent = Finding("housing", FindingKind.DAMAGE, "防护门凹陷", 400_000, 75)
    record = story.inspect(story.second, back, dent)
    assert story.unit(story.second).state == "IN_INSPECTION"
    (found,) = findings_of(record.document)
    assert (found.lessee_share.minor, found.lessor_share.minor) == (300_000, 100_000)

    # The lessor claims 3,000.00, the lessee concedes 2,000.00, and the platform decides on 2,400.00.
    shot = photos.take(lease=story.lease, data=picture(), by=story.seller, within=world.lessor, at=back)
    claim = damage.claim(
        unit=story.unit(story.second),
        items=[Item(DamageCause.BROKEN, "防护门凹陷", 400_000, 75, (shot.public_id,))],
        reply_until=back + 7 * DAY,
        by=story.seller,
        within=world.lessor,
        at=back,
    )
    assert claim.claimed_minor == 300_000
    given = {"within": world.lessee, "by": story.buyer, "at": back + DAY}
    claim = damage.contest(
        claim=story.claim(), digest=claim.digest, amount_minor=200_000, text="部分是旧伤", **given
    )
    damage.refer(claim=story.claim(), text="请平台裁定", within=world.lessor, **story.lessor(3))
    judge = {"within": story.platform, "by": story.judge, "at": back + 5 * DAY}
    damage.decide(claim=story.claim(), amount_minor=240_000, text="旧伤占两成", **judge)
    assert story.claim().awarded_minor == 240_000

    # The door is mended and the machine ready; what is owed is the fee and the damage: 725.81 + 2,400.00.
    readiness.repair(
        lease=story.lease, work="换门", unit=story.unit(story.second).public_id, **story.lessor(6)
    )
    readiness.ready(lease=story.lease, unit=story.unit(story.second).public_id, **story.lessor(8))
    settlement = settlements.propose(lease=story.lease, within=world.lessor, **story.lessor(9))
    owed = [(line["kind"], line["settled_minor"]) for line in settlement.document["lines"]]
    assert owed == [("EARLY_END", 72_581), ("DAMAGE", 240_000), ("RENT_CREDIT", None)]
    assert settlement.document["deposit"]["set_off_minor"] == 312_581
    assert settlement.document["deposit"]["give_back_minor"] == 687_419
    assert settlement.document["balance_minor"] == 0
    settlements.agree(
        settlement=settlement,
        digest=settlement.digest,
        within=world.lessee,
        by=story.buyer,
        at=end + 10 * DAY,
    )
    assert (story.lease.status, story.lease.billing) == (Status.SETTLED, "SETTLED")

    # One person of the lessor orders the payments, another one approves them; then the deposit is at zero.
    off = settlements.order_set_off(
        deposit=story.deposit(), amount_minor=312_581, reason="结算", **story.lessor(11)
    )
    rest = deposits.order(deposit=story.deposit(), amount_minor=687_419, reason="退还", **story.lessor(11))
    assert closing.close(lease=story.lease, by=story.clock, at=end + 11 * DAY).status == Status.SETTLED
    for order in (off, rest):
        deposits.approve(order=order, by=world.clerk, at=end + 12 * DAY)
    assert (story.deposit().held_minor, story.deposit().set_off_minor) == (0, 312_581)

    # Every month is invoiced by lessor and platform, and what leasing recorded stands on the invoices once.
    assert closing.close(lease=story.lease, by=story.clock, at=end + 12 * DAY).status == Status.SETTLED
    invoices.bill(lease=story.lease, at=end + 12 * DAY, by=story.clock)
    assert Invoice.objects.issued().filter(lease=story.lease).count() == 28
    facts = InvoiceLine.objects.filter(fact__isnull=False).order_by("invoice__period_start", "position")
    assert list(facts.values_list("kind", "net_minor")) == [
        ("credit", -112_500),  # 45 % of 2,500.00
        ("early_end", 72_581),
        ("damage", 240_000),
    ]

    # Nothing is open: the clock closes the lease; its data are kept for three years (E-commerce Law 31).
    lease = closing.close(lease=story.lease, by=story.clock, at=end + 13 * DAY)
    assert lease.status == Status.CLOSED
    kept = lease.transitions.latest("position").facts["retain_until"]
    assert datetime.fromisoformat(kept) >= local("2030-05-14T00:00")

    # The history is one unbroken chain of what everybody did.
    steps = list(story.lease.transitions.select_related("lease").order_by("position"))
    assert first_broken(step.link() for step in steps) is None
    assert " ".join(step.move for step in steps) == HISTORY
