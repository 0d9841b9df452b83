"""The committed description of the REST API is what the code says, and every operation is described."""

import json
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

COMMITTED = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


@cache
def generated() -> dict:
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)
        return json.loads(json.dumps(schema, default=str))


def operations(document: dict):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield f"{method.upper()} {path}", operation


class TestTheDescription:
    def test_equals_the_committed_file(self):
        assert generated() == json.loads(COMMITTED.read_text(encoding="utf-8")), "run: make openapi"

    def test_is_valid_openapi_3_1(self):
        document = generated()

        validate_schema(document)
        assert document["openapi"].startswith("3.1")

    def test_has_a_summary_and_problems_for_every_operation(self):
        for name, operation in operations(generated()):
            assert operation.get("summary"), f"{name} has no summary"
            assert {"400", "401"} <= set(operation["responses"]), f"{name} declares no problems"

    def test_offers_an_idempotency_key_on_every_post(self):
        for name, operation in operations(generated()):
            if name.startswith("POST") and not name.startswith("POST /api/v1/telemetry"):
                assert "Idempotency-Key" in [row["name"] for row in operation.get("parameters", [])], name

    def test_gives_every_list_of_choices_a_name_of_its_own(self):
        schemas = generated()["components"]["schemas"]

        named = {name for name, schema in schemas.items() if "enum" in schema}

        blank = {"BlankEnum"}
        assert named == set(settings.SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]) | blank
        made_up = re.compile(r"[A-Z][a-z]+[0-9A-F]{3}Enum|[0-9][0-9a-f]{0,2}Enum$")
        assert [name for name in schemas if made_up.search(name)] == []
