"""Rights at random: own terms, suspended agreements, competitors, grants of all kinds, and licences."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

from devices.models import Binding, Channel
from devices.ownership.models import Agreement, Grant, SharingRequest
from devices.ownership.models.versions import AgreementVersion
from devices.ownership.rules import data_terms
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.parties import Party
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import Period
from tests.devices.machines import lathe
from tests.devices.ownership.terms import accepted, terms
from tests.factories import marketplace as make

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PURPOSES = ["nonsense", *sorted(matrix().purposes)]
PRIVATE = ("process_parameters", "operator_data")
CATEGORIES = [*matrix().categories]
THIRD = ["MAKER", "SERVICE_PROVIDER", "REGULATOR"]
KINDS = [kind for kind in OrganizationKind.values if kind != "PLATFORM"]
SAID = [
    {"removes": ["read"]},
    {"removes": ["read_aggregate"]},
    {"adds": ["read"]},
    {"adds": ["read_aggregate"], "interval": "P1D"},
    {"adds": ["read_aggregate"], "interval": "PT15M", "purposes": ["maintenance"]},
    {"purposes": ["asset_protection"]},
    {"purposes": []},
]
# Every change of one cell that a contract may make.
CHANGES = [
    change
    for party, category, said in product(Party, CATEGORIES, SAID)
    for change in [{"party": str(party), "category": category, **said}]
    if not data_terms.flaws(terms(change))
]
NARROWING = [one for one in CHANGES if one["party"] == "owner" and "adds" not in one]

ROWS = [*CATEGORIES, "unheard_of", "machine_condition", "billing_counters"]
GRADES = ["L1", "L2", "L3", "L4", "L2", "L3", "L5", "L6"]


@dataclass
class Bargain:
    """An agreement to be: time, lessee, which channels are billed by, and what is special about it."""

    stretch: tuple
    lessee: int
    billed: set
    versions: list
    suspended: bool
    ordered: bool
    competitor: bool
    sublets: list  # stretches inside its own, with the sub-lessee


@dataclass
class Favour:
    """A grant to be; ``agreement`` of ``None``: about the time in which the machine is not leased."""

    agreement: int | None
    recipient: int
    kind: str
    categories: set
    purpose: str
    right: str
    competitor: bool
    generated: tuple
    readable: tuple
    withdrawn: int | None
    closed: int | None
    assets: set  # those that a licence of a product is about
    channels: list


def tangle(random):
    """Draw a world of rights; most of what is drawn has a bearing on the first ten days."""
    return {
        "rows": [(random.choice(Channel.Kind.values), random.choice(GRADES)) for _ in ROWS],
        "bindings": [(0, None)] if random.random() < 0.8 else [stretch(random) for _ in range(3)],
        "bargains": [bargain(random) for _ in range(random.randint(1, 3))],
        "favours": [favour(random) for _ in range(random.randint(2, 8))],
        "kinds": [random.choice([*KINDS, *THIRD]) for _ in range(4)],
    }


def stretch(random):
    return random.randint(0, 9), random.choice([None, *range(1, 7)])


def bargain(random):
    return Bargain(
        stretch=(random.randint(0, 2), random.randint(4, 9)) if random.random() < 0.7 else stretch(random),
        lessee=random.randint(1, 3),
        billed={random.randrange(len(ROWS)) for _ in range(random.randint(0, 3))},
        versions=[version(random) for _ in range(random.choice([0, 1, 2, 3, 3]))],
        suspended=random.random() < 0.2,
        ordered=random.random() < 0.2,
        competitor=random.random() < 0.5,
        sublets=[(stretch(random), random.randint(1, 3)) for _ in range(random.choice([0, 1, 2, 4]))],
    )


def version(random):
    found = random.sample(CHANGES, random.randint(0, 6)) + random.sample(NARROWING, random.randint(0, 5))
    once = {(one["party"], one["category"]): one for one in found}
    return list(once.values()), random.randint(2, 8), random.random() < 0.2


def favour(random):
    return Favour(
        agreement=random.choice([0, 0, 0, 1, None]),
        recipient=random.choice([0, 1, 2, 3, 4, 5, 6, 4, 5, 6]),
        kind=random.choice([*Grant.Kind.values, "PRODUCT", "PRODUCT", "SHARING"]),
        categories=set(CATEGORIES) if random.random() < 0.5 else set(random.sample(CATEGORIES, 3)),
        purpose=random.choice(["maintenance", "maintenance", "warranty", "insurance", "nonsense"]),
        right=random.choice(["read", "read_aggregate"]),
        competitor=random.random() < 0.5,
        generated=(0, None) if random.random() < 0.6 else stretch(random),
        readable=(0, 20) if random.random() < 0.6 else (random.randint(0, 9), random.randint(1, 9)),
        withdrawn=random.randint(0, 9) if random.random() < 0.4 else None,
        closed=random.randint(0, 12) if random.random() < 0.4 else None,
        assets=set(random.sample(range(len(ROWS)), random.randint(1, len(ROWS)))),
        channels=[f"c{random.randrange(len(ROWS))}"] if random.random() < 0.3 else [],
    )


def period(stretch):
    first, length = stretch
    return START + first * DAY, None if length is None else START + (first + length) * DAY


def without_overlap(found, stretch):
    kept, periods = [], []
    for one in found:
        first, end = period(stretch(one))
        if all((e is not None and e <= first) or (end is not None and end <= f) for f, e in periods):
            periods.append((first, end))
            kept.append(one)
    return kept


class Stage:
    """One device with a series a category, its machine, and everybody: built once, arranged for each try."""

    def __init__(self):
        self.sides = [make.organization() for _ in range(4)]
        self.machine = make.equipment(self.sides[0])
        channels = [
            {"key": f"c{n}", "name": f"c{n}", "kind": "GAUGE", "category": "energy", "retention": "ORDINARY"}
            for n, _ in enumerate(ROWS)
        ]
        self.device = lathe(owner=self.sides[0], channels=channels)
        self.others = [*(make.organization(kind=kind) for kind in THIRD), make.platform()]

    @property
    def everybody(self):
        return [*self.sides, *self.others]

    def arrange(self, *, rows, bindings, bargains, favours, kinds):
        """Put it in place past the actions, so that only the rule stands against what nobody may do."""
        for n, (category, (kind, grade)) in enumerate(zip(ROWS, rows, strict=True)):
            self.device.channels.filter(key=f"c{n}").update(
                category=category, kind=kind, retention="PRIVATE" if category in PRIVATE else "ORDINARY"
            )
            self.device.assets.filter(channel__key=f"c{n}").update(category=category, grade=grade)
        for side, kind in zip(self.sides, kinds, strict=True):
            side.kind = kind
            side.save(update_fields=["kind"])
        for one in without_overlap(bindings, lambda one: one):
            Binding.objects.create(device=self.device, equipment=self.machine, period=period(one))
        bargains = without_overlap(bargains, lambda one: one.stretch)
        agreements = [one for bargain in bargains for one in self.bargained(bargain)]
        for one in favours:
            favoured(one, self.device, self.machine, agreements, self.everybody)

    def bargained(self, bargain):
        """Make an agreement, and sub-leases, each under the last one that covers it, if it fits there."""
        made = [agreed(bargain, self.machine, self.sides, bargain.lessee, bargain.stretch)]
        for stretch, lessee in bargain.sublets:
            span = Period(*period(stretch))
            around = [one for one in made if Period(*one.period).intersect(span) == span]
            under = max(around, key=lambda one: len(one.above), default=None)
            taken = under is None or self.sides[lessee].public_id in (*under.above, under.lessee.public_id)
            if not taken and not any(
                one.under == under and span.overlaps(Period(*one.period)) for one in made
            ):
                made.append(agreed(bargain, self.machine, self.sides, lessee, stretch, under))
        return made


def agreed(bargain, machine, sides, lessee, stretch, under=None):
    owner, lessee = sides[0], sides[lessee]
    first, end = period(stretch)
    agreement = Agreement.objects.create(
        equipment=machine,
        owner=owner,
        lessee=lessee,
        period=(first, end),
        reference="lea_1",
        billing_channels=[f"c{n}" for n in bargain.billed],
        opened_at=first,
        competitor=bargain.competitor,
        suspended_at=first if bargain.suspended else None,
        ordered_at=first if bargain.ordered else None,
        order="Court of Suzhou, No. 7" if bargain.ordered else "",
        under=under,
        above=[*under.above, under.lessee.public_id] if under else [],
    )
    valid_from = first
    for number, (said, later, covers_earlier) in enumerate(bargain.versions, 1):
        document = terms(*said)
        AgreementVersion.objects.create(
            agreement=agreement,
            number=number,
            terms=document,
            digest=data_terms.digest(document),
            valid_from=valid_from,
            covers_earlier=covers_earlier,
            accepted=[one.dump() for one in accepted(document, owner, lessee, first)],
        )
        valid_from += later * DAY / 2
    return agreement


def favoured(favour, device, machine, agreements, everybody):
    agreement = None if favour.agreement is None else agreements[favour.agreement % len(agreements)]
    recipient = everybody[favour.recipient]
    job, sold = favour.kind == Grant.Kind.SERVICE_JOB, favour.kind == Grant.Kind.PRODUCT
    right = "read_aggregate" if sold else favour.right
    series = device.assets.filter(channel__key__in=[f"c{n}" for n in favour.assets])
    shared = favour.kind == Grant.Kind.SHARING
    if shared:
        agreement = agreement or agreements[0]
        if recipient.pk in (agreement.owner_id, agreement.lessee_id):
            return None  # the database would refuse it
    grant = Grant(
        kind=favour.kind,
        equipment=machine,
        agreement=agreement,
        recipient=recipient,
        party="maker",
        categories=sorted(favour.categories),
        right=right,
        purpose=favour.purpose,
        interval="PT1H" if right == "read_aggregate" else "",
        generated=period(favour.generated),
        readable=period(favour.readable),
        competitor=favour.competitor,
        digest="0" * 64,
        reference="lic_1" if sold else "",
        assets=list(series.values_list("public_id", flat=True)) if sold else [],
        channels=favour.channels if shared else [],
        withdrawn_at=None if favour.withdrawn is None else START + favour.withdrawn * DAY,
        job_closed_at=START + (favour.closed - 10) * DAY if job and favour.closed is not None else None,
    )
    given = {
        "given_at": START,
        "given_for": agreement.lessee if shared else everybody[0],
        "given_role": "lessee",
    }
    return share(grant, given) if shared else save(grant, given)


def save(grant, given):
    for name, value in given.items():
        setattr(grant, name, value)
    grant.save()
    return grant


def share(grant, given):
    """Ask for what is shared and let it be accepted, as the database wants it."""
    withdrawn, grant.withdrawn_at, grant.asked_at = grant.withdrawn_at, None, START
    grant.save()
    SharingRequest.objects.create(grant=grant, currency="CNY", destination="CN", agreed_at=START)
    return save(grant, given | {"withdrawn_at": withdrawn})


def instant(at):
    return Period(at, at + timedelta(microseconds=1))
