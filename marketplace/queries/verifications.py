"""What the platform reads of verifications."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from marketplace.models import Organization, Verification
from marketplace.models.parties import OrganizationKind
from marketplace.rules.verifications import SOON_DAYS

LABELS: Mapping[str, Any] = {
    "name": gettext_lazy("Registered name"),
    "credit_code": gettext_lazy("Unified social credit code"),
    "kind": gettext_lazy("Kind of organization"),
    "region_code": gettext_lazy("Region code"),
    "industry_code": gettext_lazy("Industry code"),
    "address": gettext_lazy("Registered address"),
    "phone": gettext_lazy("Phone of the organization"),
}


def due_again(on: date) -> QuerySet[Organization]:
    """Return the verified organizations whose regular check is due within thirty days, the earliest first."""
    busy = Verification.objects.open().values("organization")
    return Organization.objects.to_check(on + timedelta(days=SOON_DAYS)).exclude(pk__in=busy)


def labelled(case: Verification) -> list[tuple[Any, str]]:
    """Return what was typed, each with its label, in the order of a business licence."""
    said = dict(case.given)
    if said.get("kind") in OrganizationKind.values:
        said["kind"] = str(OrganizationKind(said["kind"]).label)
    return [(label, str(said.get(name) or "–")) for name, label in LABELS.items()]
