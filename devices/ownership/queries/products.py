"""What a data product holds: whose time it was, by which rights, and under which agreements it is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from devices.models import Binding, LogHead
from devices.ownership.models import Agreement, DataAsset, DataLicence, ProductVersion, RegistrationEntry
from devices.ownership.models.assets import GradeChoices
from devices.ownership.queries.registrations import Subject
from devices.ownership.rules import asking, decisions
from devices.ownership.rules import products as rules
from devices.ownership.rules.defaults import SECOND
from devices.ownership.rules.grading import Grade, highest
from devices.ownership.rules.grants import INTERVALS, Granted, Kind
from devices.ownership.rules.odrl import offering
from devices.ownership.rules.odrl.writing import written
from devices.ownership.rules.parties import party_of
from devices.ownership.rules.products import Item, LicenceState, Role
from devices.ownership.rules.segments import Segment
from marketplace.models import Equipment, Organization
from marketplace.shared.period import Period

MICROSECOND = 1_000_000


@dataclass(frozen=True)
class Place:
    """A machine's data under one agreement, or while nobody leased it: what a grant is about."""

    equipment: Equipment
    agreement: Agreement | None
    categories: frozenset[str]
    assets: frozenset[str]


@dataclass(frozen=True)
class SalesEffect:
    """What a withdrawal means: licences that run on until ``until``, and those unpaid, which lapse."""

    running: int
    until: datetime | None
    lapse: int


def items_of(subject: Subject, seller: Organization, at: datetime) -> list[Item]:
    """Return each series as the rule of refusal knows it."""
    certified = _certified_for(subject, seller, at)
    found = subject.items(seller, set())
    return [
        Item(
            grade=one.grade,
            is_personal=asset.category == "operator_data",
            is_series=asset.kind == DataAsset.Kind.CHANNEL,
            has_right=asset.public_id in certified
            or (
                bool(one.stretches) and all(each.own and each.rights & rules.RIGHTS for each in one.stretches)
            ),
            has_machine=all(piece.tenure is not None for piece in subject.pieces[asset.device_id]),
            disputed=one.disputed,
            erased=any(_is_erased(asset, piece) for piece in subject.pieces[asset.device_id]),
            sides=[(_whose(piece), _length(piece)) for piece in subject.pieces[asset.device_id]],
        )
        for asset, one in zip(subject.assets, found, strict=True)
    ]


def sides_of(subject: Subject) -> dict[str, str]:
    """Return everybody whose rights a product touches (public ids), and as what: a lessee first."""
    found: dict[str, str] = {}
    for pieces in subject.pieces.values():
        for piece in pieces:
            found.setdefault(piece.owner, Role.OWNER)
            if piece.lessee is not None:
                found[piece.lessee] = Role.LESSEE
    return found


def grade_of_content(subject: Subject) -> GradeChoices:
    """Return the grade of a product: the highest in it."""
    return GradeChoices(highest(Grade(one.grade) for one in subject.assets))


def evidence_of(subject: Subject, interval: str) -> dict[str, Any]:
    """Return what the digest of a product's content is over (``rules.products.content_digest``)."""
    rests = subject.evidence()
    head = LogHead.objects.latest_one()
    period = subject.period
    assert period.end is not None
    return {
        "assets": sorted(
            (
                {name: one[name] for name in ("id", "device", "kind", "channel", "category", "unit")}
                for one in rests["assets"]
            ),
            key=lambda one: str(one["id"]),
        ),
        "agreements": rests["agreements"],
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "interval": interval,
        "deliveries": None if head is None else {"size": head.size, "root": bytes(head.root).hex()},
    }


def places_of(subject: Subject) -> list[Place]:
    """Return the machines and agreements whose data a product holds, with what of each it holds."""
    bound = Binding.objects.filter(device__in=subject.pieces, period__overlap=_range(subject.period))
    tenures = list(bound.select_related("equipment__owner"))
    held = {one.public_id: one for one in Agreement.objects.filter(public_id__in=subject.agreements)}
    found: dict[tuple[int, str | None], Place] = {}
    for asset in subject.assets:
        for piece in subject.pieces[asset.device_id]:
            machine = next(
                one.equipment
                for one in tenures
                if one.device_id == asset.device_id
                and Period(one.period.lower, one.period.upper).contains(piece.period.start)
            )
            name = piece.lending.id if piece.lending else None
            place = found.get((machine.pk, name)) or Place(
                machine, held[name] if name else None, frozenset(), frozenset()
            )
            found[machine.pk, name] = replace(
                place,
                categories=place.categories | {_category(asset)},
                assets=place.assets | {asset.public_id},
            )
    return [found[key] for key in sorted(found, key=lambda one: (one[0], one[1] or ""))]


def unreadable(
    subject: Subject, version: ProductVersion, buyer: Organization, rivals: set[str], *, at: datetime
) -> list[tuple[str, str]]:
    """
    Return what the door would not give a buyer of what it pays for: place in ``assets`` and the reason.

    ``rivals`` are the lessees (public ids) with whom the buyer competes.
    """
    found = []
    for place, asset in enumerate(subject.assets):
        for piece in subject.pieces[asset.device_id]:
            for purpose in version.purposes:
                granted = _as_if(version, asset, purpose, piece.lessee in rivals, at)
                party = party_of(buyer.public_id, buyer.kind, owner=piece.owner, lessee=piece.lessee)
                asked = asking.question(piece, asset.subject, party=party, at=at, purpose=purpose)
                answer = decisions.decide(replace(asked, grants=(granted,)))
                if answer.effect is decisions.Effect.DENY:
                    found.append((f"/assets/{place}", answer.reason))
                elif isinstance(answer.interval, int) and answer.interval > (granted.interval or 0):
                    found.append((f"/assets/{place}", "competitor_hours"))
    return list(dict.fromkeys(found))


def effect_of_product_withdrawal(version: ProductVersion, at: datetime) -> SalesEffect:
    """Return what a withdrawal means for the licences that were sold."""
    sold = list(DataLicence.objects.filter(version=version).shown())
    states = [(one.state(at), one.readable) for one in sold]
    ends = [box.end for state, box in states if state is LicenceState.ACTIVE and box and box.end]
    unpaid = sum(1 for state, _ in states if state is LicenceState.UNPAID)
    return SalesEffect(len(ends), max(ends, default=None), unpaid)


def offer_of(version: ProductVersion) -> dict[str, Any]:
    """Return the policy of a version as an ODRL offer in JSON-LD."""
    product = version.product
    return written(offering.offer(_name(version), seller=product.seller.public_id, terms=version.terms))


def agreement_of(licence: DataLicence) -> dict[str, Any] | None:
    """Return a licence as an ODRL agreement in JSON-LD, once it is paid."""
    version, readable = licence.version, licence.readable
    if readable is None:
        return None
    policy = offering.licence(
        licence.public_id,
        of=_name(version),
        seller=version.product.seller.public_id,
        buyer=licence.buyer.public_id,
        terms=version.terms,
        readable=readable,
    )
    return written(policy)


def categories_of(subject: Subject) -> list[str]:
    """Return what kinds of data a product holds."""
    return sorted({_category(one) for one in subject.assets})


def _category(asset: DataAsset) -> str:
    return rules.sold_as(asset.category, counts=asset.counts)


def _name(version: ProductVersion) -> str:
    return f"{version.product.public_id}:{version.number}"


def _as_if(version: ProductVersion, asset: DataAsset, purpose: str, rival: bool, at: datetime) -> Granted:
    return Granted(
        id="",
        kind=Kind.PRODUCT,
        categories=frozenset({_category(asset)}),
        right="read_aggregate",
        purpose=purpose,
        interval=INTERVALS[version.interval] * SECOND,
        generated=version.span,
        readable=Period(at, None),
        competitor=rival,
        assets=frozenset({asset.public_id}),
        licence="lic",
    )


def certified(assets: Sequence[str], holder: Organization, at: datetime) -> set[str]:
    """Return those assets over some time of which a certificate in force gives the right to operate."""
    found = RegistrationEntry.objects.in_force(at).filter(
        holder=holder, right="operate", assets__overlap=list(assets)
    )
    return {one for named in found.values_list("assets", flat=True) for one in named} & set(assets)


def _certified_for(subject: Subject, seller: Organization, at: datetime) -> set[str]:
    """Return the assets over which one certificate in force lets the seller operate all of the period."""
    named = [one.public_id for one in subject.assets]
    found = RegistrationEntry.objects.in_force(at).filter(
        holder=seller, right="operate", assets__overlap=named, period__contains=_range(subject.period)
    )
    return {one for assets in found.values_list("assets", flat=True) for one in assets}


def _range(period: Period) -> tuple[datetime, datetime | None]:
    return period.start, period.end


def _is_erased(asset: DataAsset, piece: Segment) -> bool:
    key = asset.channel.key if asset.channel else ""
    return any(one.concerns(key, asset.retention) for one in piece.erased)


def _whose(piece: Segment) -> str:
    return piece.lessee or piece.owner


def _length(piece: Segment) -> int:
    if piece.period.end is None:
        return 0
    lasts = piece.period.end - piece.period.start
    return (lasts.days * 86_400 + lasts.seconds) * MICROSECOND + lasts.microseconds
