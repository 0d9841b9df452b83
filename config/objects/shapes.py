"""What an operation answers with: the serializer that describes it, its fields, and what can be expanded."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import RLock
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from drf_spectacular.drainage import get_override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiResponse
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

from config.objects.chosen import DEPTH, Tree
from marketplace.shared.declared import ENDING, EXPANDABLE, SEEN, Ending, Expandable, Part, Seen

READS = {"GET", "HEAD"}
PREFIX = "/api/v1/"
APART = "/api/v1/telemetry"  # has a door and habits of its own


_KNOWN: dict[tuple[type[Any], str, str], "Operation | None"] = {}  # classes do not change while we run
describing = RLock()  # the describer finds its own parts when it is first asked: not by two threads at once


@dataclass(frozen=True)
class Operation:
    """One method of one address, with what it declares."""

    answer: Serializer[Any] | None = None
    is_many: bool = False
    seen: Seen | None = None
    ending: Ending | None = None
    has_tags: bool = True  # false where a log says how much was told: then it is told
    fields: Tree = field(default_factory=dict)
    expandable: Tree = field(default_factory=dict)

    def fields_with(self, expanded: Tree) -> Tree:
        """Return the fields that can be named, of what is expanded, too."""
        return fields_of(self.answer, expanded=expanded) if self.answer is not None else {}


def operation_of(view: Any, method: str) -> Operation | None:
    """Return what a view of the REST framework does for a method; nothing, if it is no such view."""
    cls, actions = getattr(view, "cls", None), getattr(view, "actions", None)
    wanted = "get" if method == "HEAD" else method.lower()
    name = (actions or {}).get(wanted) if actions is not None else wanted
    if cls is None or not name:
        return None
    return operation(cls, name, wanted, lambda: _schema_of(view, wanted.upper()))


def operation(
    cls: type[Any], name: str, method: str, schema: Callable[[], AbstractContextManager[Any]]
) -> Operation | None:
    """Return what a method of a view declares; ``schema`` gives its description, if that is not known yet."""
    key = (cls, name, method)
    if key not in _KNOWN:
        with describing:
            if key not in _KNOWN:
                _KNOWN[key] = _operation(cls, name, method, schema)
    return _KNOWN[key]


def _operation(
    cls: type[Any], name: str, method: str, schema: Callable[[], AbstractContextManager[Any]]
) -> Operation | None:
    handler = getattr(cls, name, None)
    if handler is None:
        return None
    ending = getattr(handler, ENDING, None) or getattr(cls, ENDING, None)
    if method != "get":
        return Operation(seen=getattr(handler, SEEN, None), ending=ending)
    with schema() as described:
        answer, is_many = _answer_of(described)
    if answer is None:
        return Operation(ending=ending)
    tagged = getattr(cls, "has_tags", True)
    return Operation(answer, is_many, None, ending, tagged, fields_of(answer), expandable_of(answer))


@contextmanager
def _schema_of(callback: Any, method: str) -> Iterator[Any]:
    """
    Give the description of what a view answers, made for this question alone.

    It lives as long as its generator does, and no longer: what is handed out refers to it weakly.
    """
    generator: Any = SchemaGenerator()
    view = generator.create_view(callback, method)
    schema = view.schema
    schema.method, schema.path = method, ""
    yield schema


def _answer_of(schema: Any) -> tuple[Serializer[Any] | None, bool]:
    """Return the serializer of what is answered as JSON, and whether there may be many."""
    found = schema.get_response_serializers()
    if isinstance(found, dict):
        kept = [each for status, each in found.items() if _is_json(status)]
        found = kept[0] if len(kept) == 1 else None
    if isinstance(found, OpenApiResponse):
        found = found.response
    one = _serializer(found)
    return one, one is not None and (isinstance(found, ListSerializer) or schema._is_list_view(found))


def _is_json(status: Any) -> bool:
    code, media = status if isinstance(status, tuple) else (status, "application/json")
    return str(code).startswith("2") and media == "application/json"


def _serializer(found: Any) -> Serializer[Any] | None:
    """Return a serializer of one object; nothing, if it is none."""
    if isinstance(found, type) and issubclass(found, BaseSerializer):
        found = found()
    if isinstance(found, ListSerializer):
        found = found.child
    return found if isinstance(found, Serializer) else None


def fields_of(serializer: Serializer[Any], *, depth: int = DEPTH, expanded: Tree | None = None) -> Tree:
    """Return the names of a serializer's fields, with those below them as deep as is asked."""
    found: Tree = {}
    for name, one in serializer.fields.items():
        below = below_of(serializer, name, one)
        found[name] = fields_of(below, depth=depth - 1) if below is not None and depth > 1 else {}
    declared = declared_by(serializer)
    for name, inner in (expanded or {}).items():
        target = declared.get(name)
        if target is not None and depth > 1:
            found[name] = fields_of(shown(target), depth=depth - 1, expanded=inner)
    return found


def below_of(serializer: Serializer[Any], name: str, one: Any) -> Serializer[Any] | None:
    """Return the serializer of what stands in a field, also where a method makes it."""
    if isinstance(one, Serializer | ListSerializer):
        return _serializer(one)
    method = getattr(serializer, getattr(one, "method_name", None) or f"get_{name}", None)
    told = get_override(one, "field") or (get_override(method, "field") if method else None)
    return _serializer(told)


def expandable_of(serializer: Serializer[Any], *, depth: int = DEPTH) -> Tree:
    """Return the names of what can be expanded, with what can be below it."""
    found: Tree = {}
    for name, target in declared_by(serializer).items():
        found[name] = expandable_of(shown(target), depth=depth - 1) if depth > 1 else {}
    if depth < 2:
        return found
    for name, one in serializer.fields.items():
        below = below_of(serializer, name, one)
        inner = expandable_of(below, depth=1) if below is not None and name not in found else {}
        if inner:
            found[name] = inner
    return found


def declared_by(serializer: Serializer[Any]) -> Expandable:
    """Return what the class of a serializer says can be expanded."""
    found: Expandable = getattr(type(serializer), EXPANDABLE, {})
    return found


def shown(target: str | Part) -> Serializer[Any]:
    """Return how a target is shown."""
    shape = target.shape if isinstance(target, Part) else view_of(target).cls.serializer_class
    made: Serializer[Any] = shape()
    return made


@cache
def view_of(basename: str) -> Any:
    """
    Return the view that lists the objects of a base name.

    :raises NoReverseMatch: if there is none
    """
    try:
        address = reverse(f"{basename}-list")
    except NoReverseMatch:
        address = reverse(f"{basename}-detail", kwargs={"public_id": "x"})
    return resolve(address).func


def is_ours(request: HttpRequest) -> bool:
    """Tell whether a request is one for objects over REST."""
    return request.path.startswith(PREFIX) and not request.path.startswith(APART)
