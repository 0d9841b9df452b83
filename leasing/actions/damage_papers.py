"""The document of a damage claim: each item with the digests of the photos and records that show it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.models import ConditionRecord, InsurancePolicy, LeaseUnit, Photo
from leasing.rules.condition import Kind
from leasing.rules.damage import TEXTS, Item, shares
from leasing.rules.insurance import TEXTS as OF_INSURANCE
from leasing.rules.returns import has_lapsed
from marketplace.shared.errors import Flaw, NotPossible

NOT_IN_FORCE = OF_INSURANCE["not_in_force"]
BEFORE, AFTER = frozenset({Kind.HANDOVER}), frozenset({Kind.RETURN, Kind.INSPECTION})


class InspectionLapsed(NotPossible):
    """What nobody looked for in time is not claimed any more; claims of before go on."""

    code = "inspection_lapsed"
    text = gettext_noop(
        "{machine} was not inspected by {until}: damage cannot be claimed for it any more. What was claimed "
        "before goes on, and the platform may decide it."
    )


class TimeToClaimOver(NotPossible):
    """After an inspection in time there are days to claim in; claims of before go on."""

    code = "time_to_claim_over"
    text = gettext_noop(
        "{machine} was inspected in time, and damage could be claimed for it until {until}. What was claimed "
        "before goes on, and the platform may decide it."
    )


def check_in_time(*, unit: LeaseUnit, at: datetime) -> None:
    """
    Let damage be claimed of a machine that came back if it was inspected in time, and as long as it is to be
    made ready; the unit is locked.

    :raises InspectionLapsed: if nobody inspected it in time
    :raises TimeToClaimOver: if it was inspected in time, and its days are over
    """
    now = LeaseUnit.objects.only("inspect_by", "ready_by").get(pk=unit.pk)
    for until, refusal in ((now.inspect_by, InspectionLapsed), (now.ready_by, TimeToClaimOver)):
        if until is not None and has_lapsed(until, at):
            shown = f"{until.astimezone(unit.lease.agreed.zone):%Y-%m-%d %H:%M}"
            raise refusal(machine=unit.equipment.name, until=shown)


def document_of(
    *, unit: LeaseUnit, items: Sequence[Item], reply_until: datetime
) -> tuple[dict[str, Any], list[Flaw]]:
    """Return the document, and what it names that is no photo of the lease or no record of the machine."""
    lease = unit.lease
    named = [photo for item in items for photo in item.photos]
    photos = dict(Photo.objects.filter(lease=lease, public_id__in=named).values_list("public_id", "sha256"))
    found = ConditionRecord.objects.filter(unit=unit)
    records = {
        (Kind(one.kind), one.public_id): one.digest for one in found.only("kind", "public_id", "digest")
    }
    before = {name: digest for (kind, name), digest in records.items() if kind in BEFORE}
    after = {name: digest for (kind, name), digest in records.items() if kind in AFTER}
    asked, missing = shares(items), _missing(items, photos, before, after)
    if missing:
        return {}, missing
    return {
        "lease": lease.public_id,
        "unit": unit.public_id,
        "machine": unit.equipment.name,
        "currency": lease.agreed.price_plan.currency,
        "items": [
            _item(item, share, photos, before, after) for item, share in zip(items, asked, strict=True)
        ],
        "claimed_minor": sum(asked),
        "reply_until": reply_until.astimezone(UTC).isoformat(),
    }, []


def policy_of(*, unit: LeaseUnit, named: str, at: datetime) -> tuple[dict[str, dict[str, str]], list[Flaw]]:
    """
    Return what the document says of a policy that is named, if it held while the lessee had the machine.

    What is named must be known to both sides of the lease; without a name nothing is said.
    """
    if not named:
        return {}, []
    since = unit.active_from or unit.lease.starts_at
    held = InsurancePolicy.objects.covering(since, unit.active_to or at).known_to(unit.lease)
    found = held.filter(equipment=unit.equipment_id, public_id=named).first()
    if found is None:
        return {}, [Flaw("/insurance_policy", "not_in_force", NOT_IN_FORCE)]
    said = {"policy": found.public_id, "kind": found.kind, "insurer": found.insurer, "number": found.number}
    return {"insurance_policy": said}, []


def _item(
    item: Item,
    share: int,
    photos: Mapping[str, str],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "cause": str(item.cause),
        "text": item.text.strip(),
        "amount_minor": item.amount_minor,
        "percent": item.percent,
        "share_minor": share,
        "photos": [{"photo": name, "sha256": photos[name]} for name in item.photos],
        "before": {"record": item.before, "digest": before[item.before]} if item.before else None,
        "after": {"record": item.after, "digest": after[item.after]} if item.after else None,
    }


def _missing(
    items: Sequence[Item],
    photos: Mapping[str, str],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> list[Flaw]:
    found = []
    for number, item in enumerate(items):
        where = {
            "photos": any(name not in photos for name in item.photos),
            "before": bool(item.before) and item.before not in before,
            "after": bool(item.after) and item.after not in after,
        }
        found += [
            Flaw(f"/items/{number}/{name}", "unknown", TEXTS["unknown"])
            for name, wrong in where.items()
            if wrong
        ]
    return found
