"""What a registration is about, as the registrar finds it: whose time it was, and by which rights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from devices.ownership.models import Agreement, AgreementVersion, DataAsset, EventHead, Hold
from devices.ownership.queries.segments import segments_of
from devices.ownership.rules import register
from devices.ownership.rules.asking import question
from devices.ownership.rules.parties import Party, party_of
from devices.ownership.rules.registrations import Item, Stretch, content_digest
from devices.ownership.rules.segments import Erased, Segment
from marketplace.models import Organization
from marketplace.shared.period import Period


@dataclass(frozen=True)
class Subject:
    """Assets in the order in which they were named, and the stretches of the period, by device."""

    assets: Sequence[DataAsset]
    period: Period
    pieces: Mapping[int, Sequence[Segment]]

    @property
    def agreements(self) -> list[str]:
        """The agreements under which the data were made, in order."""
        lendings = (one.lending for pieces in self.pieces.values() for one in pieces)
        return sorted({one.id for one in lendings if one is not None})

    @property
    def content(self) -> str:
        """The digest of the subject: the same subject has the same one for good."""
        return content_digest([_named(one) for one in self.assets], self.period, self.agreements)

    def evidence(self) -> dict[str, Any]:
        """Return what it rests on now: assets with grades, versions of agreements, and the log of reads."""
        found = AgreementVersion.objects.filter(agreement__public_id__in=self.agreements).order_by("number")
        versions: dict[str, list[str]] = {one: [] for one in self.agreements}
        for name, digest in found.values_list("agreement__public_id", "digest"):
            versions[name].append(digest)
        head = EventHead.objects.latest_one()
        return {
            "assets": [_described(one) for one in self.assets],
            "agreements": [{"id": one, "versions": versions[one]} for one in self.agreements],
            "log": None if head is None else {"size": head.size, "root": bytes(head.root).hex()},
        }

    def items(self, holder: Organization, taken: set[str]) -> list[Item]:
        """Return each asset as the rule of refusal knows it; ``taken``: others have registered it."""
        disputed = _disputed(self.agreements)
        return [
            Item(
                grade=one.grade,
                stretches=[_stretch(one, piece, holder) for piece in self.pieces[one.device_id]],
                disputed=any(
                    piece.lending is not None and piece.lending.id in disputed
                    for piece in self.pieces[one.device_id]
                ),
                taken=one.public_id in taken,
                erased=bool(gone_of(one, self.pieces[one.device_id])),
            )
            for one in self.assets
        ]

    def gone(self) -> list[tuple[DataAsset, Erased]]:
        """Return what of the subject was erased since, or before, asset by asset."""
        return [(one, gone) for one in self.assets for gone in gone_of(one, self.pieces[one.device_id])]


def subject_of(assets: Sequence[str], period: Period) -> Subject:
    """Read the subject of a registration; the assets exist."""
    found = DataAsset.objects.filter(public_id__in=assets).select_related("device__owner", "channel")
    by_id = {one.public_id: one for one in found}
    devices = {one.device_id: one.device for one in by_id.values()}
    pieces = {pk: segments_of(device, period) for pk, device in devices.items()}
    return Subject([by_id[one] for one in assets], period, pieces)


def lock_subject(assets: Sequence[str], period: Period) -> Subject:
    """
    Read the subject and keep its grades, holds and terms as they are to the end of the transaction.

    Assets first, then agreements: in the order in which a grade is changed.
    """
    list(DataAsset.objects.locked().filter(public_id__in=assets))
    named = subject_of(assets, period).agreements
    list(Agreement.objects.locked().filter(public_id__in=named))
    return subject_of(assets, period)


def gone_of(asset: DataAsset, pieces: Sequence[Segment]) -> list[Erased]:
    """Return what was ordered to go of an asset in some stretches, each cut to its stretch, in order."""
    key = asset.channel.key if asset.channel else ""
    return [
        replace(one, period=time)
        for piece in pieces
        for one in sorted(piece.erased, key=lambda one: (one.period.start, one.ordered_at))
        if one.concerns(key, asset.retention) and (time := one.period.intersect(piece.period)) is not None
    ]


def _stretch(asset: DataAsset, piece: Segment, holder: Organization) -> Stretch:
    """Ask the register which rights the holder has over what an asset holds of a stretch."""
    lending = piece.lending
    party = party_of(holder.public_id, "", owner=piece.owner, lessee=piece.lessee)
    own = party is (Party.OWNER if lending is None else Party.LESSEE)
    asked = question(piece, asset.subject, party=Party.STRANGER, at=piece.period.start)
    return Stretch(own, frozenset(one.right for one in register.rights(asked) if one.party == party))


def _disputed(agreements: Sequence[str]) -> set[str]:
    """
    Return those agreements that the platform has put on hold, whatever class of data it keeps by that.

    Private data are never kept, but whose they are can be disputed all the same.
    """
    found = Hold.objects.active().filter(agreement__public_id__in=agreements)
    return set(found.values_list("agreement__public_id", flat=True))


def _named(asset: DataAsset) -> dict[str, Any]:
    """Return what identifies an asset for good."""
    return {
        "id": asset.public_id,
        "device": asset.device.public_id,
        "kind": asset.kind,
        "channel": asset.channel.key if asset.channel else None,
    }


def _described(asset: DataAsset) -> dict[str, Any]:
    return _named(asset) | {"category": asset.category, "unit": asset.unit, "grade": asset.grade}
