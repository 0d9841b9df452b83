"""What the description of an operation says of ``fields``, ``expand``, tags, ``If-Match`` and its end."""

from contextlib import nullcontext
from typing import Any

from config.objects.chosen import Tree
from config.objects.shapes import APART, operation

FIELDS = "Only these fields, with commas between them; `a.b` for one that stands below another."
EXPAND = "Objects in place of their ids, and parts beside the rest, with commas between them."
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "description": "ETags that you have: if it is still one of them, the answer is 304 without a body.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
}


def describe(described: dict[str, Any], schema: Any) -> None:
    """Add to the description of an operation what every operation of its kind can be asked for."""
    name = getattr(schema.view, "action", None) or schema.method.lower()
    found = operation(type(schema.view), name, schema.method.lower(), lambda: nullcontext(schema))
    if found is None or schema.path.startswith(APART):
        return
    if found.ending is not None:
        described["deprecated"] = True
    parameters = described.setdefault("parameters", [])
    if found.seen is not None:
        _replace(parameters, IF_MATCH | {"description": _what_to_send(found.seen.at)})
        for status in ("412", "428"):
            described["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    if schema.method != "GET" or found.answer is None:
        return
    parameters.append(_names("fields", FIELDS))
    if found.expandable:
        parameters.append(_names("expand", f"{EXPAND} Known: {', '.join(_paths(found.expandable))}."))
    if found.has_tags:
        parameters.append(IF_NONE_MATCH)
        described["responses"].setdefault("304", {"description": "What you have is what is there"})


def _replace(parameters: list[dict[str, Any]], one: dict[str, Any]) -> None:
    parameters[:] = [each for each in parameters if each["name"] != one["name"]]
    parameters.append(one)


def _what_to_send(at: str | None) -> str:
    what = "the object" if at is None else "the list, or the parent, that shows it"
    return f"The ETag of {what} as you read it. Another state: 412; no tag, or `*`: 428."


def _names(name: str, text: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"type": "string"}, "description": text}


def _paths(tree: Tree) -> list[str]:
    return [each for first, below in tree.items() for each in (first, *(f"{first}.{one}" for one in below))]
