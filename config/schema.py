"""OpenAPI: every operation declares its problems; the document is committed and compared by a test."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from config.objects.describe import describe

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "allowed": {"type": "array", "items": {"type": "string"}},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
    },
}
ALWAYS = {"400": "Bad request", "401": "Not signed in", "403": "Not allowed", "404": "Not found"}
TOO_MANY = {"429": "Too many requests; `Retry-After` says when to go on"}
ON_WRITE = {
    "409": "Not possible now",
    "411": "Body without Content-Length",
    "413": "Body too large",
    "415": "Unsupported media type",
    "422": "Idempotency-Key used with another body",
}


class KeyScheme(OpenApiAuthenticationExtension):
    """A program's key."""

    target_class = "config.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "jj_live_<identifier>.<secret>; jj_test_… in test mode",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The signed-in browser."""

    target_class = "config.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class Schema(AutoSchema):
    """Adds the shared problem answers and the ``Idempotency-Key`` header."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        problems = ALWAYS | (ON_WRITE if self.method in {"POST", "PUT", "PATCH"} else {})
        for status, text in (problems | TOO_MANY).items():
            operation["responses"].setdefault(status, _problem(text))
        if self.method == "POST":
            operation.setdefault("parameters", []).append(
                {
                    "in": "header",
                    "name": "Idempotency-Key",
                    "schema": {"type": "string", "maxLength": 100},
                    "description": "Send the same key with the same body to be sure it is done once.",
                }
            )
        describe(operation, self)
        return operation


def _problem(text: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content}


def tidy(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the Problem schema to the finished document."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    return result
