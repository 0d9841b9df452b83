"""Grade data anew: raising is free, lowering is not."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from devices.ownership.actions import assets, telling
from devices.ownership.models import Agreement, DataAsset, Grading
from devices.ownership.rules.grading import Grade
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

LISTED = (Grade.IMPORTANT, Grade.CORE)
LONGEST = {"reason": 300, "reference": 120}


class NotYoursToGrade(NotAllowed):
    """Data are graded by the owner of their device, or by the platform."""

    code = "not_yours_to_grade"
    text = gettext_noop("{asset} is graded by the owner of its device or by the platform.")


class LoweringNeedsPlatform(NotAllowed):
    """Only the platform may lower a grade."""

    code = "lowering_needs_platform"
    text = gettext_noop(
        "{asset} is graded {grade}. Only the platform can lower this; ask it with your reasons."
    )


class BadGrading(Invalid):
    """A grading needs a reason, and for L5 and L6 the entry or notice of an authority."""

    code = "bad_grading"
    text = gettext_noop("The grading has {count} faults.")


class BelowFloor(NotPossible):
    """The category, the pace or the sources of the data demand a higher grade."""

    code = "grade_below_floor"
    text = gettext_noop("{asset} cannot be graded below {floor}: its kind of data demands it.")


class SameGrade(NotPossible):
    """The asset has this grade already."""

    code = "same_grade"
    text = gettext_noop("{asset} is graded {grade} already.")


@transaction.atomic
def regrade(
    *,
    asset: DataAsset,
    grade: str,
    reason: str,
    by: User,
    within: Organization,
    at: datetime,
    reference: str = "",
) -> Grading:
    """
    Give an asset another grade, and raise what is derived from it; reads under way are decided anew.

    ``reference`` is the catalogue entry or notice of an authority that makes data important or core, or that
    says they no longer are.

    :raises MissingRight: if ``by`` may not edit devices for ``within``
    :raises NotYoursToGrade: if ``within`` is neither the device's owner nor the platform
    :raises BadGrading: without a reason, or for L5 and L6 without a reference
    :raises SameGrade: if nothing would change
    :raises LoweringNeedsPlatform: if the grade is lower, and ``within`` is not the platform
    :raises BelowFloor: if category, pace or sources demand more
    """
    require(by, Permission.DEVICE_EDIT, within=within)
    is_platform = within.kind == OrganizationKind.PLATFORM
    if not is_platform and within.pk != asset.device.owner_id:
        raise NotYoursToGrade(asset=asset.label)
    found = DataAsset.objects.locked().select_related("device__owner", "channel").get(pk=asset.pk)
    reason, reference = reason.strip(), reference.strip()
    _check_words(found, grade, reason, reference)
    _check_way(found, grade, is_platform)
    rule = "listed_by_authority" if grade in LISTED else "decided"
    made = assets.give(
        asset=found, grade=grade, rule=rule, by=by, at=at, within=within, reason=reason, reference=reference
    )
    _raise_derived(found, reference, by, at)
    _decide_anew(found, at)
    audit.record(
        by=by,
        action="data_asset.regrade",
        subject=found.public_id,
        at=at,
        within=within,
        grade=grade,
        reason=reason,
        reference=reference,
    )
    telling.of_grade(asset=found, grade=grade, within=within, at=at)
    return made


def _check_words(asset: DataAsset, grade: str, reason: str, reference: str) -> None:
    flaws = []
    if grade not in set(Grade):
        flaws.append(Flaw("/grade", "unknown_grade", gettext_noop("Choose one of L1 to L6.")))
    if not reason:
        flaws.append(Flaw("/reason", "reason_missing", gettext_noop("Say why.")))
    if not reference and (grade in LISTED or asset.grade in LISTED):
        text = gettext_noop("Name the catalogue entry or the notice of the authority.")
        flaws.append(Flaw("/reference", "reference_missing", text))
    for name, told in (("reason", reason), ("reference", reference)):
        if len(told) > LONGEST[name]:
            text = gettext_noop("At most {most} characters.")
            flaws.append(Flaw(f"/{name}", "too_long", text, {"most": LONGEST[name]}))
    if flaws:
        raise BadGrading(flaws=flaws, count=len(flaws))


def _check_way(asset: DataAsset, grade: str, is_platform: bool) -> None:
    if grade == asset.grade:
        raise SameGrade(asset=asset.label, grade=grade)
    if grade > asset.grade:
        return
    if not is_platform:
        raise LoweringNeedsPlatform(asset=asset.label, grade=asset.grade)
    floor = assets.floor_of(asset=asset)
    if grade < floor:
        raise BelowFloor(asset=asset.label, floor=floor)


def _raise_derived(asset: DataAsset, reference: str, by: User, at: datetime) -> None:
    """Give what is derived from it at least its grade; higher wins, and nothing falls."""
    derived = DataAsset.objects.locked().filter(derived_from=asset, grade__lt=asset.grade)
    for one in derived:
        assets.give(asset=one, grade=asset.grade, rule="from_source", by=by, at=at, reference=reference)
        _raise_derived(one, reference, by, at)


def _decide_anew(asset: DataAsset, at: datetime) -> None:
    """Raise the versions of the agreements in force: whoever reads under them now is asked again."""
    spoken = asset.device.bindings.filter(period__contains=at).values("equipment")
    now = Agreement.objects.filter(equipment__in=spoken, period__contains=at)
    now.update(version=F("version") + 1)
