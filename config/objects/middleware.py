"""Show, tag and guard the objects of the REST API, whatever view they come from."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import http_date
from django.utils.translation import gettext as _

from config.api import problem
from config.objects import tags
from config.objects.chosen import Tree, Unknown, asked, cut
from config.objects.expanding import expand, rows_in
from config.objects.preconditions import checked
from config.objects.shapes import READS, Operation, is_ours, operation_of
from config.problems import problem_response
from marketplace.shared.declared import Ending
from marketplace.shared.errors import DomainError

FIELDS, EXPAND = "fields", "expand"
CHANGES = "/api/changes/"


class Wanted:
    """What a request asks of the object that it reads."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.fields: Tree = {}
        self.expand: Tree = {}
        self.plain = ""  # digest of the answer, before anything was expanded or left out
        self.shown = ""


class Objects:
    """
    ``fields`` and ``expand``, ``ETag`` and ``If-None-Match``, ``If-Match``, ``Deprecation`` and ``Sunset``.

    What an operation can be asked for follows from the serializer that describes its answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        wanted: Wanted | None = getattr(request, "wanted", None)
        if wanted is None:
            return response
        if wanted.operation.ending is not None:
            _tell(response, wanted.operation.ending)
        if request.method in READS and wanted.plain and wanted.operation.has_tags:
            return _conditional(request, response, wanted)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Read what is asked, before the view looks at its own parameters; or ask for ``If-Match``."""
        operation = operation_of(view, request.method or "") if is_ours(request) else None
        if operation is None:
            return None
        wanted = request.wanted = Wanted(operation)  # type: ignore[attr-defined]
        if request.method in READS:
            return _read_parameters(request, wanted)
        return checked(request, view, args, kwargs, operation.seen) if operation.seen else None

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Expand and cut an answer before it is rendered."""
        wanted: Wanted | None = getattr(request, "wanted", None)
        if wanted is None or request.method not in READS or response.status_code != 200:
            return response
        if getattr(response, "accepted_media_type", "") != "application/json" or response.data is None:
            return response
        wanted.plain = wanted.shown = tags.digest(response.data)
        if wanted.expand:
            refused = _expanded(response, wanted)
            if refused is not None:
                return refused
            wanted.shown = tags.digest(response.data)
        if wanted.fields:
            _cut(response, wanted)
        return response


def _read_parameters(request: HttpRequest, wanted: Wanted) -> HttpResponse | None:
    """Take ``fields`` and ``expand`` out of the query; answer what is unknown of them."""
    given, flaws = request.GET.copy(), []
    for name in [each for each in (EXPAND, FIELDS) if each in given]:
        try:
            setattr(wanted, name, asked(",".join(given.pop(name)), _known(wanted, name)))
        except Unknown as error:
            flaws.append({"pointer": f"/{name}", "code": "unknown", "detail": _unknown(error)})
            break
    if flaws:
        return problem_response(request, 400, "invalid", _("Some fields need mending: see errors."), flaws)
    given._mutable = False
    request.GET = given  # type: ignore[assignment]
    return None


def _known(wanted: Wanted, name: str) -> Tree:
    """Return what can be named; ``expand`` is read first, because it brings fields."""
    return wanted.operation.expandable if name == EXPAND else wanted.operation.fields_with(wanted.expand)


def _unknown(error: Unknown) -> str:
    if not error.known:
        return _("“{name}” is unknown here: there is nothing to name.").format(name=error.name[:100])
    told = _("“{name}” is unknown here. Known are: {names}.")
    return told.format(name=error.name[:100], names=", ".join(error.known))


def _expanded(response: Any, wanted: Wanted) -> Any:
    """Put objects in the place of their ids; return the problem, if the caller may not read such."""
    operation, context = wanted.operation, response.renderer_context
    assert operation.answer is not None
    rows = rows_in(response.data, is_many=operation.is_many)
    try:
        expand(rows, operation.answer, wanted.expand, context["request"])
    except DomainError as error:
        wanted.plain = ""
        refused = problem(error, {"request": context["request"]})
        return context["view"].finalize_response(context["request"], refused)
    return None


def _cut(response: Any, wanted: Wanted) -> None:
    """Leave the envelope of a list; of each object leave what was asked for."""
    data = response.data
    if wanted.operation.is_many and isinstance(data, dict) and "data" in data:
        response.data = dict(data) | {"data": cut(data["data"], wanted.fields)}
    else:
        response.data = cut(data, wanted.fields)


def _conditional(request: HttpRequest, response: HttpResponse, wanted: Wanted) -> HttpResponse:
    """Give the tag; leave the body out for who has it already."""
    version = tags.state(response.get("ETag", "")) or None
    current = tags.tag(version=version, plain=wanted.plain, shown=wanted.shown)
    response["ETag"] = current
    header = request.headers.get("If-None-Match")
    if header is None or not tags.is_known(header, current):
        return response
    same = HttpResponseNotModified()
    for name, value in response.items():
        if name not in ("Content-Type", "Content-Length"):
            same[name] = value
    same.cookies = response.cookies
    return same


def _tell(response: HttpResponse, ending: Ending) -> None:
    """Say that an operation ends: RFC 9745 and RFC 8594."""
    since = datetime.combine(ending.since, time.min, UTC)
    response["Deprecation"] = f"@{int(since.timestamp())}"
    link = f'<{CHANGES}>; rel="deprecation"; type="application/json"'
    response["Link"] = f"{response['Link']}, {link}" if "Link" in response else link
    if ending.gone is not None:
        response["Sunset"] = http_date(datetime.combine(ending.gone, time.min, UTC).timestamp())
