"""Ask whether data may leave the country, and keep the answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.models import BorderCheck, DataAsset
from devices.ownership.rules import borders
from devices.ownership.rules.grading import Grade, highest
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid

HOME = "CN"
ZONE = ZoneInfo("Asia/Shanghai")  # in which the law counts years and days
PERSONAL = "operator_data"


class BadBorderCheck(Invalid):
    """The question cannot be answered as it was asked."""

    code = "bad_border_check"
    text = gettext_noop("The check has {count} faults.")


@transaction.atomic
def check(
    *,
    assets: Sequence[DataAsset],
    destination: str,
    recipient: str,
    by: User,
    within: Organization,
    at: datetime,
    persons: int | None = None,
    sensitive_persons: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> BorderCheck:
    """
    Go through the cross-border check for some assets, of the highest grade among them, and keep its answer.

    ``destination`` is a country of ISO 3166; ``persons`` (those of sensitive data not among them) are those
    of this transfer: what earlier checks since 1 January let go is added. ``facts`` are the other fields of
    ``rules.borders.Transfer``; what is left out is not known. Whoever calls has seen to it that ``within``
    may know of the assets.

    :raises MissingRight: if ``by`` may not edit devices for ``within``
    :raises BadBorderCheck: without an asset, or with a destination that is no code of a country
    """
    require(by, Permission.DEVICE_EDIT, within=within)
    _check(assets, destination, recipient)
    # Its transfers are counted one by one:
    Organization.objects.select_for_update(no_key=True).get(pk=within.pk)
    told = _told(assets, facts or {})
    told |= _counted(within, at, persons, sensitive_persons, told.get("personal"))
    grade = highest(Grade(one.grade) for one in assets)
    day, abroad = at.astimezone(ZONE).date(), destination != HOME
    verdict = borders.check(borders.Transfer(on=day, abroad=abroad, grade=grade, **told))
    made = BorderCheck.objects.create(
        organization=within,
        destination=destination,
        recipient=recipient.strip(),
        grade=grade,
        persons=persons,
        sensitive_persons=sensitive_persons,
        facts={name: _plain(value) for name, value in told.items()},
        answer=verdict.answer,
        may_go=verdict.may_go,
        step=verdict.step,
        articles=list(verdict.articles),
        missing=list(verdict.missing),
        by=by,
        at=at,
    )
    made.assets.set(assets)
    audit.record(
        by=by,
        action="border.check",
        subject=made.public_id,
        at=at,
        within=within,
        destination=destination,
        answer=str(verdict.answer),
    )
    return made


def year_of(*, at: datetime) -> datetime:
    """Return the midnight in China with which the year of a moment began."""
    return at.astimezone(ZONE).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _told(assets: Sequence[DataAsset], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Read the facts as the rule knows them; operator data are personal whatever is said."""
    told = dict(facts)
    if told.get("exemption") is not None:
        told["exemption"] = borders.Exemption(told["exemption"])
    if any(one.category == PERSONAL for one in assets):
        told["personal"] = True
    return told


def _check(assets: Sequence[DataAsset], destination: str, recipient: str) -> None:
    flaws = []
    if not assets:
        flaws.append(Flaw("/assets", "assets_missing", gettext_noop("Name at least one data asset.")))
    if len(destination) != 2 or not destination.isascii() or not destination.isupper():
        text = gettext_noop("Give the country by its two letters of ISO 3166, such as CN or DE.")
        flaws.append(Flaw("/destination", "no_country", text))
    if not recipient.strip():
        flaws.append(Flaw("/recipient", "recipient_missing", gettext_noop("Name the recipient.")))
    if flaws:
        raise BadBorderCheck(flaws=flaws, count=len(flaws))


def _counted(
    within: Organization, at: datetime, persons: int | None, sensitive: int | None, personal: bool | None
) -> dict[str, Any]:
    """Add what earlier checks since 1 January let go; a number that nobody gave stays unknown."""
    if personal is False:
        return {"persons": persons, "sensitive_persons": sensitive}
    before = BorderCheck.objects.sent_since(within, year_of(at=at))
    return {
        "persons": None if persons is None else persons + before["persons"],
        "sensitive_persons": None if sensitive is None else sensitive + before["sensitive_persons"],
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str | None) else value.isoformat()
