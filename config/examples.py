"""
Examples of the REST description: what is sent and answered, as a program to copy, and what webhooks are sent.

``docs/examples.json`` holds one for each operation, by its ``operationId``; nearly all were sent by tests
(``make examples``). The finished document gets them; a test looks that each is as its shape says.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings

from config.problems import TITLES
from marketplace.rules.event_types import TYPES, EventType, address_of

METHODS = ("get", "post", "put", "patch", "delete")
CODES = {
    400: "invalid",
    401: "authentication_failed",
    403: "missing_scope",
    404: "not_found",
    406: "not_acceptable",
    409: "not_possible",
    411: "length_required",
    412: "lease_changed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "idempotency_key_reused",
    428: "precondition_required",
    429: "too_many_requests",
    503: "database_unavailable",
}
EVENT = {
    "id": "evt_01JDH4X3B7F5H9L2N6R8V0WQ0D",
    "version": 1,
    "sequence": 1205,
    "organization": "org_01JCZ8K5T2M9E7Q4W1X6A3VBNS",
    "occurred_at": "2026-11-27T02:00:00.000Z",
    "request_id": None,
    "livemode": True,
}
PREFIXES = {
    "invoice": "inv",
    "payment_order": "pyo",
    "need": "ned",
    "equipment": "eqp",
    "announcement": "ann",
    "job": "bgj",
    "webhook_endpoint": "whe",
}
SIGNED = {
    "webhook-id": "The id of the event: the same however often it is sent.",
    "webhook-timestamp": "When it was sent, in seconds since 1970.",
    "webhook-signature": "`v1,` and the signature over id, time and body; two while a secret is changed.",
}


@cache
def kept() -> dict[str, dict[str, Any]]:
    """Return the examples by ``operationId``; none where the file did not come along."""
    path = settings.BASE_DIR / "docs" / "examples.json"
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of every operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def illustrate(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Put examples, scopes, programs to copy, and webhooks into the finished document."""
    for method, path, operation in operations(result):
        example = kept().get(operation["operationId"])
        if example is not None:
            _show(method, operation, example)
            source = curl(result, method, path, operation)
            operation["x-codeSamples"] = [{"lang": "curl", "source": source}]
    for name, told in result["components"].get("responses", {}).items():
        told["content"]["application/problem+json"]["example"] = _problem(int(name.removeprefix("Problem")))
    result["webhooks"] = {str(type): _webhook(type) for type in EventType}
    return result


def _show(method: str, operation: dict[str, Any], example: dict[str, Any]) -> None:
    if "scope" in example:
        asked = [example["scope"]] if isinstance(example["scope"], str) else example["scope"]
        operation["security"] = [
            {name: asked if name == "apiKey" else roles for name, roles in way.items()}
            for way in operation["security"]
            if way or method == "get"  # who may read without a key may not write without one
        ]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in example["path"]:
            parameter["example"] = example["path"][parameter["name"]]
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if sent is not None and "request" in example:
        sent["example"] = example["request"]
    shown = operation["responses"].get(str(example["status"]), {}).get("content", {}).get("application/json")
    for status, told in operation["responses"].items():  # created or changed: the answer is the same
        answered = told.get("content", {}).get("application/json")
        if (
            status.startswith("2")
            and answered is not None
            and shown
            and answered["schema"] == shown["schema"]
        ):
            answered |= {"example": example["answer"]} if "answer" in example else {}


def curl(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    """Return a command for a shell that sends the example, with the caller's own key."""
    example = kept()[operation["operationId"]]
    for name, value in example["path"].items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    address = path + (f"?{example['query']}" if "query" in example else "")
    lines = [
        f'curl "$JIJIAN_URL{address}"'
        if method == "get"
        else f'curl -X {method.upper()} "$JIJIAN_URL{address}"'
    ]
    lines.append('-H "Authorization: Bearer $JIJIAN_KEY"')
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        lines.append("""-H 'If-Match: "3"'""")
    if "request" in example:
        body = json.dumps(example["request"], ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    elif "media" in example:
        lines += _form(document, operation["requestBody"]["content"])
    return " \\\n  ".join(lines)


def _form(document: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """Return the options that send files and fields of a form, or a body of another kind."""
    if "multipart/form-data" in content:
        shape = content["multipart/form-data"]["schema"]
        shape = document["components"]["schemas"].get(shape.get("$ref", "").rsplit("/", 1)[-1], shape)
        return [f"-F '{name}={_field(one)}'" for name, one in shape.get("properties", {}).items()]
    return [f"-H 'Content-Type: {next(iter(content))}'", "--data-binary @file"]


def _field(shape: dict[str, Any]) -> str:
    return "@file" if "binary" in json.dumps(shape) else "…"


def _problem(status: int) -> dict[str, Any]:
    return {
        "type": f"/docs/errors/#{CODES[status]}",
        "title": TITLES[status],
        "status": status,
        "detail": TITLES[status],
        "instance": "/api/v1/leases/",
        "code": CODES[status],
        "request_id": "01JDH4X3B7F5H9L2N6R8V0WQ0D",
    }


def _webhook(type: EventType) -> dict[str, Any]:
    """Describe the message of one type of event."""
    told = TYPES[type]
    # There is one clock, which has no key of its own.
    id = f"{PREFIXES[told.object]}_01JDH0M8C3R9V5W2Q7XK4T6YBA" if told.object in PREFIXES else told.object
    data = {"object": told.object, "id": id, "url": f"https://example.com{address_of(type, id)}"}
    shape = {
        "allOf": [{"$ref": "#/components/schemas/EventOut"}, {"properties": {"type": {"const": str(type)}}}]
    }
    headers = [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}, "description": text}
        for name, text in SIGNED.items()
    ]
    return {
        "post": {
            "operationId": f"webhook_{str(type).replace('.', '_')}",
            "summary": told.means,
            "tags": ["events"],
            "parameters": headers,
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": shape,
                        "example": EVENT | {"type": str(type), "version": told.version, "data": data},
                    }
                },
            },
            "responses": {
                "2XX": {"description": "Taken; anything else is tried again for about three days"},
                "410": {"description": "Gone: the webhook is switched off"},
            },
        }
    }
