"""What docs/openapi.json says of a request: which operation it is, and whether it is as described."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

COMMITTED = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
HERE = "urn:jijian"


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    about: dict[str, Any]

    @property
    def name(self) -> str:
        return self.about["operationId"]

    def body(self) -> tuple[str, dict[str, Any]] | None:
        """Return media type and schema of what is sent; JSON if it is offered."""
        content = self.about.get("requestBody", {}).get("content", {})
        kind = "application/json" if "application/json" in content else next(iter(content), None)
        return (kind, content[kind]["schema"]) if kind else None

    def answers(self, status: int) -> dict[str, Any] | None:
        """Return what may be answered with a status by media type; ``None`` where it is not declared."""
        found = self.about["responses"].get(str(status))
        if found is not None and "$ref" in found:
            found = committed()["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
        return None if found is None else found.get("content", {})

    @property
    def success(self) -> str | None:
        """Return the status of the first success that is declared."""
        return next((status for status in sorted(self.about["responses"]) if status.startswith("2")), None)


@cache
def committed() -> dict[str, Any]:
    """Return the description of the REST API."""
    return json.loads(COMMITTED.read_text(encoding="utf-8"))


@cache
def operations() -> list[Operation]:
    """Return every operation."""
    paths = committed()["paths"].items()
    return [Operation(m.upper(), path, item[m]) for path, item in paths for m in METHODS if m in item]


@cache
def patterns() -> list[tuple[re.Pattern[str], Operation]]:
    """Return the operations by the pattern of their address, the plainest first."""
    ordered = sorted(operations(), key=lambda one: one.path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", r"[^/]+", one.path)), one) for one in ordered]


def operation_at(method: str, path: str) -> Operation | None:
    """Return the operation that a request is for."""
    return next((one for known, one in patterns() if one.method == method and known.fullmatch(path)), None)


@cache
def registry() -> Registry:
    """Return the document as something that references point into."""
    return Registry().with_resource(HERE, Resource(committed(), DRAFT202012))


def flaws(schema: dict[str, Any], value: Any) -> list[str]:
    """Say where a value is not as described."""
    schema = json.loads(json.dumps(schema).replace('"#/', f'"{HERE}#/'))
    checker = Draft202012Validator(schema, registry=registry(), format_checker=FormatChecker())
    return [
        f"{'/'.join(map(str, one.absolute_path))}: {one.message}"[:300] for one in checker.iter_errors(value)
    ]


@cache
def operation_named(name: str) -> Operation:
    """Return the operation with an ``operationId``."""
    return next(one for one in operations() if one.name == name)


def wrong(operation: Operation, status: int, kind: str, content: bytes) -> list[str]:
    """Say what of an answer is not as described: status, media type, content."""
    told = operation.answers(status)
    if status >= 500 or told is None:
        return [f"{status} is not declared: {content[:300]!r}"]
    media = kind.split(";")[0]
    if media not in told and (content or told):
        return [f"{status} in {media!r}, not in {sorted(told)}"]
    if "json" not in media:
        return []
    return [f"{status} {flaw}" for flaw in flaws(told[media]["schema"], json.loads(content))]
