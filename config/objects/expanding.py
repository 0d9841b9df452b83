"""Objects in place of their ids: each kind by one query, through the view that shows it to this caller."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from config.objects.chosen import Tree
from config.objects.shapes import below_of, declared_by, shown, view_of
from marketplace.shared.declared import Part

Rows = list[dict[str, Any]]


def expand(rows: Rows, shape: Serializer[Any], wanted: Tree, request: Request) -> None:
    """
    Put objects in place of ids, and parts beside them, in rows of one shape.

    What the caller may not see stays an id.

    :raises MissingScope: if the caller is a key that may not read such objects
    """
    declared = declared_by(shape)
    for name, inner in wanted.items():
        target = declared.get(name)
        if target is None:
            below = below_of(shape, name, shape.fields[name])
            if below is not None:
                expand(_flat(row.get(name) for row in rows), below, inner, request)
        elif isinstance(target, Part):
            _put_parts(rows, name, target, inner, request)
        else:
            _put_objects(rows, name, target, inner, request)


def _put_objects(rows: Rows, name: str, basename: str, inner: Tree, request: Request) -> None:
    ids = sorted({each for row in rows for each in _ids(row.get(name))})
    found = _objects(basename, ids, request) if ids else {}
    expand(list(found.values()), shown(basename), inner, request)
    for row in rows:
        if isinstance(row.get(name), str):
            row[name] = found.get(row[name], row[name])
        elif isinstance(row.get(name), list):
            row[name] = [found.get(each, each) if isinstance(each, str) else each for each in row[name]]


def _put_parts(rows: Rows, name: str, part: Part, inner: Tree, request: Request) -> None:
    missing = [row for row in rows if name not in row]
    parts: dict[str, Rows] = {row["id"]: [] for row in missing}
    found = list(part.rows(sorted(parts))) if parts else []
    made = [dict(each) for each in part.shape(found, many=True, context={"request": request}).data]
    expand(made, shown(part), inner, request)
    for one, data in zip(found, made, strict=True):
        parts[one.whole].append(data)
    for row in missing:
        row[name] = parts[row["id"]]


def _objects(basename: str, ids: list[str], request: Request) -> dict[str, dict[str, Any]]:
    """Return what the view of a kind lists of these ids to the caller, as it lists it."""
    callback = view_of(basename)
    view = callback.cls(**callback.initkwargs)
    view.request, view.args, view.kwargs, view.format_kwarg = request, (), {}, None
    view.action, view.detail = "list", False
    kept = view.get_queryset().filter(public_id__in=ids)
    shape = view.get_serializer_class()
    made = shape(kept, many=True, context=view.get_serializer_context()).data
    return {each["id"]: dict(each) for each in made}


def _ids(value: Any) -> Iterable[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _flat(values: Iterable[Any]) -> Rows:
    """Return the rows in values of which each is one, or a list of them."""
    found: Rows = []
    for value in values:
        found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
    return found


def rows_in(data: Any, *, is_many: bool) -> Rows:
    """Return the objects that an answer holds: itself, or those of a list or a page."""
    if is_many and isinstance(data, Mapping):
        data = data.get("data", [])
    return _flat([data])
