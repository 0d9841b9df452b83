"""
Which differences between two descriptions of the REST API break a program written for the first one. Pure.

A program may rely on: every address, method and parameter; every field and its type in an answer; that a
request that was complete stays complete. It must bear: new addresses, fields and parameters that may be left
out. A value that an answer may hold is not taken back; one that a request may hold neither.
"""

from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
DEEPEST = 12  # shapes that hold themselves are followed no deeper
Document = Mapping[str, Any]


def breaks(before: Document, after: Document) -> list[str]:
    """Return what breaks, each as a sentence that names the operation and the place."""
    found = []
    for path, item in before["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            name, now = f"{method.upper()} {path}", after["paths"].get(path, {}).get(method)
            if now is None:
                found.append(f"{name}: removed")
                continue
            found += [f"{name}: {what}" for what in _operation(item[method], now, before, after)]
    return found


def bare(document: Any) -> Any:
    """Return a description without what no program relies on: words, examples, names of operations."""
    if isinstance(document, Mapping):
        kept = {name: value for name, value in document.items() if _is_relied_on(document, name)}
        return {name: bare(value) for name, value in kept.items()}
    return [bare(value) for value in document] if isinstance(document, list) else document


WORDS = {"description", "summary", "example", "examples", "tags", "operationId", "security"}
SHAPED = {"type", "$ref", "allOf", "oneOf", "anyOf", "enum"}


def _is_relied_on(document: Mapping[str, Any], name: str) -> bool:
    """Tell whether something is no words; among fields, whose values are shapes, any name may stand."""
    value = document[name]
    if name in WORDS:
        return isinstance(value, Mapping) and not SHAPED.isdisjoint(value)
    is_answer = isinstance(value, Mapping) and name.isdecimal() and len(name) == 3
    return not is_answer or name.startswith("2")


def _operation(old: Document, new: Document, before: Document, after: Document) -> Iterator[str]:
    yield from _parameters(old.get("parameters", []), new.get("parameters", []), before, after)
    yield from _request(old.get("requestBody"), new.get("requestBody"), before, after)
    for status, answer in old.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        now = new.get("responses", {}).get(status)
        if now is None:
            yield f"answers {status} no more"
            continue
        for media, content in answer.get("content", {}).items():
            if media not in now.get("content", {}):
                yield f"answers {media} no more"
                continue
            shape = now["content"][media].get("schema", {})
            yield from _answered(content.get("schema", {}), shape, before, after, "answer", 0)


def _parameters(old: Any, new: Any, before: Document, after: Document) -> Iterator[str]:
    was = {(row["in"], row["name"]): row for row in old}
    now = {(row["in"], row["name"]): row for row in new}
    for key, row in was.items():
        if key not in now:
            yield f"parameter {key[1]} removed"
        else:
            shapes = row.get("schema", {}), now[key].get("schema", {})
            yield from _given(*shapes, before, after, f"parameter {key[1]}", 0)
    for key, row in now.items():
        if row.get("required") and not was.get(key, {}).get("required"):
            yield f"parameter {key[1]} is required now"


def _request(old: Any, new: Any, before: Document, after: Document) -> Iterator[str]:
    if old is None:
        if new is not None and new.get("required"):
            yield "a body is required now"
        return
    if (new or {}).get("required") and not old.get("required"):
        yield "a body is required now"
    for media, content in old.get("content", {}).items():
        now = (new or {}).get("content", {})
        if media not in now:
            yield f"takes {media} no more"
            continue
        shapes = content.get("schema", {}), now[media].get("schema", {})
        yield from _given(*shapes, before, after, "body", 0)


def _answered(old: Any, new: Any, before: Document, after: Document, place: str, depth: int) -> Iterator[str]:
    """What an answer holds may grow by fields; the rest stays what it was."""
    old, new = _resolved(old, before), _resolved(new, after)
    if depth > DEEPEST:
        return
    gained = _types(new) - _types(old)
    if _types(old) and (gained or not _types(new)):
        yield f"{place} may be {', '.join(sorted(gained)) or 'anything'} now"
    if old.get("format") != new.get("format") and "format" in old:
        yield f"{place} is written as {new.get('format', 'anything')} now"
    if "enum" in old and not set(old["enum"]) <= set(new.get("enum", old["enum"])):
        yield f"{place} is never {_missing(old['enum'], new['enum'])} any more"
    for name, shape in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{place}.{name} removed"
            continue
        if name in old.get("required", []) and name not in new.get("required", []):
            yield f"{place}.{name} may be missing now"
        now = new["properties"][name]
        yield from _answered(shape, now, before, after, f"{place}.{name}", depth + 1)
    if "items" in old:
        yield from _answered(old["items"], new.get("items", {}), before, after, f"{place}[]", depth + 1)


def _given(old: Any, new: Any, before: Document, after: Document, place: str, depth: int) -> Iterator[str]:
    """What a request may hold may grow; nothing is asked for that was not."""
    old, new = _resolved(old, before), _resolved(new, after)
    if depth > DEEPEST:
        return
    lost = _types(old) - _types(new)
    if _types(new) and (lost or not _types(old)):
        yield f"{place} may not be {', '.join(sorted(lost)) or 'anything'} any more"
    yield from _bounds(old, new, place)
    for name in new.get("required", []):
        if name not in old.get("required", []):
            yield f"{place}.{name} is required now"
    for name, shape in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{place}.{name} removed"
            continue
        now = new["properties"][name]
        yield from _given(shape, now, before, after, f"{place}.{name}", depth + 1)
    if "items" in old:
        yield from _given(old["items"], new.get("items", {}), before, after, f"{place}[]", depth + 1)


def _bounds(old: Mapping[str, Any], new: Mapping[str, Any], place: str) -> Iterator[str]:
    if "enum" in new and not set(old.get("enum", [object()])) <= set(new["enum"]):
        yield f"{place} may not be {_missing(old.get('enum', ['anything']), new['enum'])} any more"
    if "format" in new and new["format"] != old.get("format"):
        yield f"{place} must be written as {new['format']} now"
    for bound, is_narrower in NARROWER.items():
        if bound in new and (bound not in old or is_narrower(new[bound], old[bound])):
            yield f"{place} has a narrower {bound}"


NARROWER = {
    "maxLength": lambda new, old: new < old,
    "minLength": lambda new, old: new > old,
    "maximum": lambda new, old: new < old,
    "minimum": lambda new, old: new > old,
    "maxItems": lambda new, old: new < old,
    "minItems": lambda new, old: new > old,
    "pattern": lambda new, old: new != old,
}


def _resolved(shape: Any, document: Document) -> dict[str, Any]:
    """Return a shape with what it refers to; several that all hold, or of which one does, as one."""
    while "$ref" in shape:
        shape = document["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]]
    found = dict(shape)
    for part in shape.get("allOf", []):
        found = _resolved(part, document) | found
    several = shape.get("oneOf") or shape.get("anyOf") or []
    if several:
        parts = [_resolved(part, document) for part in several]
        types = sorted(set().union(*(_types(part) for part in parts)))
        main = next((part for part in parts if _types(part) != {"null"}), {})
        found = main | found | ({"type": types} if types else {})
        found |= (
            {"enum": sorted({each for part in parts for each in part["enum"]}, key=str)}
            if all("enum" in part for part in parts)
            else {}
        )
    return found


def _types(shape: Mapping[str, Any]) -> set[str]:
    told = shape.get("type", [])
    if not told and "enum" in shape:
        return {"null" if each is None else "string" for each in shape["enum"]}
    return {told} if isinstance(told, str) else set(told)


def _missing(old: list[Any], new: list[Any]) -> str:
    return ", ".join(str(each) for each in old if each not in new)
