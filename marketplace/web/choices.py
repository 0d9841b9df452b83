"""Which listings a reader has chosen to compare: the addresses of the catalogue carry it, no cookie does."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from marketplace.rules.comparing import MOST, chosen

CARRIED = ("near", "free_from", "free_to", "meter", "quantity", "days")  # of a search, a comparison knows


def choice(request: HttpRequest) -> dict[str, Any]:
    """Return what the catalogue shows of a choice: how many, where they are compared, and without any."""
    ids, _more = chosen(request.GET.getlist("compare"))
    query = QueryDict(mutable=True)
    query["ids"] = ",".join(ids)
    for name in CARRIED:
        if request.GET.get(name):
            query[name] = request.GET[name]
    return {
        "ids": ids,
        "text": ",".join(ids),
        "url": f"{reverse('compare')}?{query.urlencode()}",
        "without": _with(request, []) if ids else "",
    }


def of_card(request: HttpRequest, public_id: str) -> dict[str, Any]:
    """
    Return the box of a card: whether it is chosen, and the address that turns that; no address if four are.

    The listing's own address carries the choice on, so that it can be compared from there.
    """
    ids, _more = chosen(request.GET.getlist("compare"))
    is_chosen = public_id in ids
    others = [one for one in ids if one != public_id] if is_chosen else [*ids, public_id]
    turned = f"{_with(request, others)}#{public_id}" if len(others) <= MOST else ""
    page = reverse("listing", args=[public_id])
    return {
        "id": public_id,
        "compare": {"chosen": is_chosen, "url": turned},
        "url": f"{page}?compare={','.join(ids)}" if ids else page,
    }


def of_listing(request: HttpRequest, public_id: str) -> str:
    """Return where a listing is compared with what was chosen before; of four others the last gives way."""
    ids, _more = chosen(request.GET.getlist("compare"))
    others = [one for one in ids if one != public_id][: MOST - 1]
    return f"{reverse('compare')}?ids={','.join([*others, public_id])}"


def _with(request: HttpRequest, ids: Sequence[str]) -> str:
    """Return the address of this page with another choice; the page of results stays."""
    query = request.GET.copy()
    query.pop("compare", None)
    query.pop("format", None)
    if ids:
        query["compare"] = ",".join(ids)
    return f"?{query.urlencode()}" if query else request.path
