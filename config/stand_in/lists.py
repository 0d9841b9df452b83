"""Lists by pages, and objects with others in them where that was asked for."""

from config.stand_in.errors import invalid, missing

EXPANDS = {
    "latest_charge": "charge",
    "balance_transaction": None,
    "failure_balance_transaction": None,
    "charge": "charge",
    "source": None,
}

OPTIONAL = {"failure_balance_transaction"}  # may be asked for, and stands only where there is one


def page(items, params, url):
    """Return a page of items, the newest first; ``starting_after`` goes back in time."""
    limit = int(params.get("limit", 10))
    if not 1 <= limit <= 100:
        raise invalid("parameter_invalid_integer", param="limit")
    items = [item for item in items if _within(item, params.get("created"))]
    if after := params.get("starting_after"):
        places = [place for place, item in enumerate(items) if item["id"] == after]
        if not places:
            raise missing("object", after)
        items = items[places[0] + 1 :]
    return {"object": "list", "url": url, "has_more": len(items) > limit, "data": items[:limit]}


def _within(item, bounds):
    if not bounds:
        return True
    if not isinstance(bounds, dict):
        return item["created"] == int(bounds)
    checks = {
        "gte": lambda at, bound: at >= bound,
        "gt": lambda at, bound: at > bound,
        "lte": lambda at, bound: at <= bound,
        "lt": lambda at, bound: at < bound,
    }
    return all(checks[name](item["created"], int(bound)) for name, bound in bounds.items())


def expanded(world, item, paths):
    """Return a copy of an object with the objects named by ``paths`` instead of their ids."""
    item = dict(item)
    for path in paths:
        name, _, rest = path.partition(".")
        if name in OPTIONAL and name not in item:
            continue
        if name not in EXPANDS or name not in item:
            raise invalid("property_cannot_be_expanded", f"This property cannot be expanded ({name})")
        ref = item[name]
        if isinstance(ref, str):
            ref = world.objects.get(ref) or world.balance.changes.get(ref)
        item[name] = expanded(world, ref, [rest] if rest else []) if ref else None
    return item
