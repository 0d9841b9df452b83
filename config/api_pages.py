"""The REST interface as pages, from the committed description: every operation with a command to copy."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from config import summaries
from config.examples import operations


@dataclass(frozen=True)
class Shown:
    """An operation, or a message of a webhook, as its page shows it."""

    name: str
    method: str
    path: str
    about: dict[str, Any]

    @property
    def summary(self) -> str:
        """What it does, or what a webhook tells, in the reader's language."""
        return summaries.summary(self.name, str(self.about["summary"])).replace("`", "")

    @property
    def description(self) -> str:
        return str(self.about.get("description", "")).replace("``", "`")

    @property
    def scopes(self) -> list[str]:
        """The scopes that a key needs; none where any key, or nobody's, may ask."""
        return [scope for way in self.about.get("security", ()) for scope in way.get("apiKey", ())]

    @property
    def open(self) -> bool:
        """Whether it is answered without a key as well."""
        return {} in self.about.get("security", ())

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return list(self.about.get("parameters", ()))

    @property
    def command(self) -> str:
        return next((one["source"] for one in self.about.get("x-codeSamples", ())), "")

    @property
    def sent(self) -> str:
        """The body that is sent, to be read."""
        return _example(self.about.get("requestBody", {}).get("content", {}))

    @property
    def status(self) -> str:
        return min(code for code in self.about["responses"] if code.startswith("2"))

    @property
    def answer(self) -> str:
        return _example(self.about["responses"][self.status].get("content", {}))

    @property
    def media(self) -> list[str]:
        return sorted(self.about["responses"][self.status].get("content", {}))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Status and meaning of each refusal."""
        common = document()["components"]["responses"]
        found = []
        for code, told in self.about["responses"].items():
            told = common.get(told.get("$ref", "").rsplit("/", 1)[-1], told)
            if not code.startswith("2"):
                text = str(told.get("description"))
                found.append((code, _(text)))
        return sorted(found)


@dataclass
class Group:
    """The operations of one subject."""

    name: str
    operations: list[Shown] = field(default_factory=list)
    webhooks: list[Shown] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return slugify(self.name)

    @property
    def title(self) -> str:
        return summaries.title(self.name)


@cache
def document() -> dict[str, Any]:
    """Return the description as it is committed, and served as a file."""
    text = (settings.BASE_DIR / "docs" / "openapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def groups() -> dict[str, Group]:
    """Return the subjects by the end of their address."""
    found: dict[str, Group] = {}
    for method, path, about in operations(document()):
        group = Group(about["tags"][0])
        shown = Shown(about["operationId"], method.upper(), path, about)
        found.setdefault(group.slug, group).operations.append(shown)
    for type, item in document()["webhooks"].items():
        about = item["post"]
        found[slugify(about["tags"][0])].webhooks.append(Shown(about["operationId"], "POST", type, about))
    return dict(sorted(found.items()))


def tags(request: HttpRequest) -> HttpResponse:
    """List the subjects of the REST interface, and say how it is called."""
    here = request.build_absolute_uri("/").rstrip("/")
    return render(request, "api_reference.html", {"groups": list(groups().values()), "here": here})


def tag(request: HttpRequest, tag: str) -> HttpResponse:
    """List the operations of one subject."""
    return render(request, "api_reference_tag.html", {"group": _group(tag)})


def operation(request: HttpRequest, tag: str, operation: str) -> HttpResponse:
    """Show one operation: what it takes, a command that sends it, and what is answered."""
    group = _group(tag)
    shown = next((one for one in group.operations + group.webhooks if one.name == operation), None)
    if shown is None:
        raise Http404
    return render(request, "api_reference_operation.html", {"group": group, "operation": shown})


def _group(tag: str) -> Group:
    if tag not in groups():
        raise Http404
    return groups()[tag]


def _example(content: dict[str, Any]) -> str:
    found = content.get("application/json", {})
    return json.dumps(found["example"], ensure_ascii=False, indent=1) if "example" in found else ""
