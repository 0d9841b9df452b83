"""A commission in words and amounts, as the pages of leasing and of billing show it."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from leasing.models.commission import Scoped
from leasing.queries.commission import Applied, for_owner
from leasing.rules.commission import percent
from marketplace.models import Organization
from marketplace.shared.money import Money


def own(owner: Organization, *, on: date) -> list[dict[str, Any]]:
    """
    Return an owner's commission on a day as its page of income shows it: categories alike go together.

    The one without names is about every category that another does not name.
    """
    heaps: dict[Any, tuple[list[str | None], Applied]] = {}
    for category, found in for_owner(owner, on=on):
        names, _found = heaps.setdefault((found.source, found.changes), ([], found))
        names.append(category.label if category else None)
    return [
        {"names": [] if None in names else names, "commission": told(found)}
        for names, found in heaps.values()
    ]


def told(one: Applied, currency: str = "CNY") -> dict[str, Any]:
    """Return a commission as templates show it."""
    cost = one.cost
    amounts = {
        "net": cost.net_minor,
        "fee": cost.commission_minor,
        "vat": cost.vat_minor,
        "total": cost.gross_minor,
    }
    return {
        "percent": percent(one.rate),
        "vat_percent": percent(one.vat_rate),
        "why": scope_words(one.source) if one.source else _("no rate is set"),
        "is_set": one.source is not None,
        "is_contracted": one.is_contracted,
        "changes": [{"on": change.on, "percent": percent(change.rate)} for change in one.changes],
        **{name: Money(minor, currency) for name, minor in amounts.items()},
    }


def scope_facts(one: Scoped) -> dict[str, str]:
    """Return for whom a rate is in both languages, as notices keep it."""
    if one.category:
        return {"whom_en": f"category {one.category.name}", "whom_zh": f"品类“{one.category.name_zh}”"}
    if one.owner:
        return {"whom_en": f"{one.owner.name} alone", "whom_zh": f"仅{one.owner.name}"}
    return {"whom_en": "all owners", "whom_zh": "全部出租方"}


def scope_words(one: Scoped) -> str:
    """Say for whom a rate is."""
    if one.category:
        return _("category {name}").format(name=one.category.label)
    return one.owner.name if one.owner else _("all owners")
