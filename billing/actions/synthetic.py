"""The synthetic contract: two parties that stand for nobody, a machine that speaks by rule, one lease."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from billing.actions import books
from billing.actions.checks import NobodyToCheckFor
from billing.models import Book, SyntheticContract
from billing.rules.synthetic import PARTS, SILENCE, STATE, Sent, tick_of
from billing.rules.synthetic_price import COUNT_RULES, PLAN, ZONE
from devices.actions import deliveries, devices
from devices.ownership.actions import notices
from devices.ownership.models import Notice
from devices.rules.admission import Item
from leasing.actions import contracts, handovers, leases, offers, records
from leasing.models import ConditionRecord, Contract, Lease
from leasing.rules.checklists import checklist
from leasing.rules.condition import Condition, Reading, Seen, Source
from leasing.rules.offers import Mandate
from marketplace.actions import audit, categories, equipment, listings, parties
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Equipment, Listing, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.identifiers import make_credit_code
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period, local_midnight

YEARS = 15
CODE = "synthetic"
BOOK = "SYNTHETIC"
CATEGORY = "M1-MILLTURN"
MOST_AT_ONCE = timedelta(days=2)  # of what was missed, so that it does not hold up the worker
NOBODY = ("91310115", "MA1JJ99")
SPECS = {
    "axes": "5",
    "turning_diameter": "500",
    "turning_length": "450",
    "spindle_speed": "6000",
    "controller": "Other",
}
CHANNEL = {"category": "billing_counters", "retention": "EVIDENCE"}
CHANNELS: list[dict[str, Any]] = [
    {"key": STATE, "name": "Execution", "name_zh": "执行状态", "kind": "STATE", "unit": "", **CHANNEL},
    {
        "key": PARTS,
        "name": "Good parts",
        "name_zh": "合格件数",
        "kind": "COUNTER",
        "unit": "",
        "counter_behaviour": "DEFAULT",
        **CHANNEL,
    },
]


class NothingToStop(NotPossible):
    """There is no synthetic contract, or its machine is silent already."""

    code = "no_synthetic_contract"
    text = gettext_noop("No synthetic contract runs. Start one with manage.py synthetic start.")


@atomic
def start(*, at: datetime, by: User, seed: int = 1) -> SyntheticContract:
    """
    Make the synthetic contract, or let the one that was stopped go on; starting it twice changes nothing.

    What its machine would have said while it was stopped is delivered late, and what was billed corrected.

    :raises MissingRight: if ``by`` may not run invoices of the platform
    :raises NobodyToCheckFor: if no platform is registered
    """
    require(by, Permission.INVOICE_RUN, within=_platform())
    _one_at_a_time()
    known = SyntheticContract.objects.select_for_update().first()
    if known is None:
        return _make(seed, by=by, at=at)
    if known.stopped_at is not None:
        known.stopped_at = None
        known.save(update_fields=["stopped_at"])
        _audit("synthetic.start", known, by=by, at=at)
    return known


@atomic
def stop(*, at: datetime, by: User) -> SyntheticContract:
    """
    Let the machine fall silent; contract, use and invoices stay, and nothing is compared any more.

    :raises MissingRight: if ``by`` may not run invoices of the platform
    :raises NobodyToCheckFor: if no platform is registered
    :raises NothingToStop: if none runs
    """
    require(by, Permission.INVOICE_RUN, within=_platform())
    _one_at_a_time()
    known = SyntheticContract.objects.running().select_for_update().first()
    if known is None:
        raise NothingToStop
    known.stopped_at = at
    known.save(update_fields=["stopped_at"])
    _audit("synthetic.stop", known, by=by, at=at)
    return known


def deliver(*, at: datetime, by: User) -> int:
    """
    Deliver what the machine has said since the last time, as a device does; return how many deliveries.

    Two that do it at the same time, or one that starts again after a crash, send some of it twice, which the
    intake recognises. Nothing is done while no contract runs. Asking for the right is the intake's part.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    found = SyntheticContract.objects.running().select_related("device__owner").first()
    if found is None:
        return 0
    until = min(at, found.sent_to + MOST_AT_ONCE)
    sent = found.machine.sent(_seconds(found.sent_to), _seconds(until))
    for one in sent:
        for _ in range(2 if one.twice else 1):
            delivery = deliveries.Delivery(f"synthetic-{found.origin}", _items(one))
            deliveries.take(device=found.device, delivery=delivery, by=by, at=at)
    SyntheticContract.objects.filter(pk=found.pk, sent_to__lt=until).update(sent_to=until)
    return len(sent)


def _items(one: Sent) -> list[Item]:
    return [Item(said.sequence, said.at, said.channel, said.value) for said in one.said]


def _make(seed: int, *, by: User, at: datetime) -> SyntheticContract:
    lessor, lessee = (_nobody(place, by=by, at=at) for place in (1, 2))
    books.open_book(code=BOOK, name="Synthetic", kind=Book.Kind.LENDER, organization=lessor, at=at, by=by)
    machine = _machine(lessor, by=by, at=at)
    device = devices.register(
        owner=lessor,
        code=CODE,
        name="合成计费自检",
        channels=CHANNELS,
        commissioned_at=at - timedelta(days=1),
        silence_limit_seconds=SILENCE,
        by=by,
        at=at,
    )
    devices.bind(device=device, equipment=machine, period=Period(at, None), by=by, at=at)
    listing = _offer(lessor, machine, by=by, at=at)
    lease = _agree(listing, lessee, by=by, at=at)
    listings.pause(listing=listing, by=by, at=at)
    made = SyntheticContract.objects.create(
        lease=lease,
        device=device,
        seed=seed,
        origin=tick_of(_seconds(at) + 1),
        sent_to=at,
        started_at=at,
    )
    _audit("synthetic.start", made, by=by, at=at)
    return made


def _nobody(place: int, *, by: User, at: datetime) -> Organization:
    return parties.register(
        name=f"合成{('出租方', '承租方')[place - 1]}（系统自检，非真实企业）",
        name_en=f"Synthetic {('lessor', 'lessee')[place - 1]}",
        kind=(OrganizationKind.LESSOR, OrganizationKind.SME)[place - 1],
        credit_code=make_credit_code(NOBODY[0], f"{NOBODY[1]}{place}"),
        is_synthetic=True,
        by=by,
        at=at,
    )


def _machine(lessor: Organization, *, by: User, at: datetime) -> Equipment:
    if not Category.objects.filter(code=CATEGORY).exists():
        categories.load()
    site = equipment.add_site(
        organization=lessor, name="合成", region_code="310115", city="上海", by=by, at=at
    )
    return equipment.register(
        owner=lessor,
        category=Category.objects.get(code=CATEGORY),
        site=site,
        name="合成设备",
        maker_name="Synthetic",
        model_name="Synthetic",
        serial_number="SYNTHETIC-1",
        specs=SPECS,
        by=by,
        at=at,
    )


def _offer(lessor: Organization, machine: Equipment, *, by: User, at: datetime) -> Listing:
    made = listings.create(
        owner=lessor,
        equipment=[machine],
        title="合成设备",
        price_plan=PLAN,
        count_rules=COUNT_RULES,
        buffer_before_hours=0,
        by=by,
        at=at,
    )
    return listings.publish(listing=made, by=by, at=at)


def _agree(listing: Listing, lessee: Organization, *, by: User, at: datetime) -> Lease:
    today = at.astimezone(ZONE).date()
    until = today.replace(year=today.year + YEARS, day=1)
    lease = leases.request(
        listing=listing,
        lessee=lessee,
        period=Period(local_midnight(today, ZONE), local_midnight(until, ZONE)),
        expected_usage={},
        note="",
        by=by,
        at=at,
    )
    lease = offers.accept(lease=lease, by=by, at=at)
    for side in (listing.owner, lessee):
        digest = Contract.objects.get(lease=lease).digest
        mandate = Mandate.LEGAL_REPRESENTATIVE
        lease = contracts.sign(lease=lease, digest=digest, mandate=mandate, within=side, by=by, at=at)
    notice = Notice.objects.latest_for(lease.public_id)
    if notice is not None:
        notices.accept(notice=notice, digest=notice.digest, by=by, at=at)
    unit = lease.units.select_related("equipment__category").get()
    known = records.measured(unit=unit, lease=lease, at=at)
    meters = [rule.meter for rule in lease.agreed.count_rules if rule.meter not in known]
    given = Condition(
        happened_at=at,
        checklist=tuple(Seen(item.code) for item in checklist(unit.equipment.category.family)),
        serials=(unit.equipment.serial_number,),
        readings=tuple(Reading(meter, "0", Source.PANEL, at) for meter in meters),
    )
    handovers.hand_over(lease=lease, unit=unit.public_id, given=given, by=by, at=at)
    record = ConditionRecord.objects.get(lease=lease)
    return handovers.confirm(record=record, digest=record.digest, by=by, at=at)


def _platform() -> Organization:
    found = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk").first()
    if found is None:
        raise NobodyToCheckFor
    return found


def _one_at_a_time() -> None:
    """Let two that start or stop wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('billing_synthetic', 0))")


def _audit(action: str, contract: SyntheticContract, *, by: User, at: datetime) -> None:
    within = contract.lease.lessor
    audit.record(by=by, action=action, subject=contract.public_id, at=at, within=within)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
