"""OpenAPI: every operation declares its problems; the document is committed and compared by a test."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_noop
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

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
ALWAYS = {
    "400": gettext_noop("Bad request"),
    "401": gettext_noop("Not signed in"),
    "403": gettext_noop("Not allowed"),
    "404": gettext_noop("Not found"),
    "406": gettext_noop("Not acceptable"),
    "409": gettext_noop("Not possible as things stand"),
    "429": gettext_noop("Too many requests; `Retry-After` says when to go on"),
    "503": gettext_noop("Not available"),
}
ON_WRITE = {
    "411": gettext_noop("Body without Content-Length"),
    "412": gettext_noop("Changed since it was read"),
    "413": gettext_noop("Body too large"),
    "415": gettext_noop("Unsupported media type"),
    "422": gettext_noop("Idempotency-Key used with another body"),
}
AS_SEEN = {"428": gettext_noop("If-Match is missing")}


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
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        problems = ALWAYS | (ON_WRITE if self.method in {"POST", "PUT", "PATCH"} else {})
        for status in [*problems, *(["412"] if "If-Match" in named else [])]:
            operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
        for status in {"200", "201"} & set(operation["responses"]):
            _list_in_an_object(operation["responses"][status].get("content", {}))
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

    def _get_serializer_field_meta(self, field: Any, direction: str) -> dict[str, Any]:
        """What is answered with ``None`` where there is nothing may be null."""
        meta: dict[str, Any] = super()._get_serializer_field_meta(field, direction)
        if direction == "response" and isinstance(field, serializers.Field) and field.default is None:
            meta["nullable"] = True
        if isinstance(field, serializers.ChoiceField) and meta.get("default") == "" and not field.allow_blank:
            del meta["default"]  # left out is not the same as sent empty, which is refused
        return meta

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        """What is answered from a column that may be blank may be blank."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if schema == {"oneOf": [{}, {"type": "null"}]}:  # anything is one of anything and null twice
            return {}
        if isinstance(schema, dict) and "enum" in schema and schema.get("type") == ["string", "null"]:
            schema |= {"enum": [*schema["enum"], None], "type": "string"}  # each list of choices is shared
        if direction == "response" and _may_be_blank(field) and "" not in schema.get("enum", [""]):
            schema["enum"] = [*schema["enum"], ""]
        return schema


def _may_be_blank(field: Any) -> bool:
    """Whether a choice is answered from a column of its serializer's model that may be blank."""
    if not isinstance(field, serializers.ChoiceField) or isinstance(field, serializers.MultipleChoiceField):
        return False
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    try:
        return bool(model and model._meta.get_field(field.source or field.field_name).blank)
    except FieldDoesNotExist:
        return False


def _list_in_an_object(content: dict[str, Any]) -> None:
    """A list without pages is answered as ``{"data": [...]}``, as one with pages is."""
    for media, told in content.items():
        if media == "application/json" and told.get("schema", {}).get("type") == "array":
            told["schema"] = {"type": "object", "required": ["data"], "properties": {"data": told["schema"]}}


def _problem(text: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content}


def tidy(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the shape of a problem, and the problems themselves, to the finished document."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    common = ALWAYS | ON_WRITE | AS_SEEN
    components["responses"] = {f"Problem{status}": _problem(text) for status, text in common.items()}
    return result
