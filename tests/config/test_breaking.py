"""What breaks a program that was written for an earlier description of the REST API, and what does not."""

import copy
import json
from pathlib import Path

import pytest

from config.breaking import bare, breaks
from tests.test_openapi import COMMITTED, generated

BASELINE = Path(__file__).resolve().parents[2] / "docs" / "openapi-baseline.json"


def document(**more):
    """Return a small description: one list that is read, and one order that is written."""
    return {
        "paths": {
            "/things/": {
                "get": {
                    "parameters": [{"in": "query", "name": "state", "schema": {"type": "string"}}],
                    "responses": {"200": answered({"$ref": "#/components/schemas/Thing"})},
                },
                "post": {
                    "requestBody": answered({"$ref": "#/components/schemas/ThingIn"}),
                    "responses": {"201": answered({"$ref": "#/components/schemas/Thing"})},
                },
            }
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": {"type": "string"},
                        "state": {"enum": ["NEW", "OLD"], "type": "string"},
                        "description": {"type": "string"},
                        "at": {"type": "string", "format": "date"},
                        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                    },
                },
                "Part": {"type": "object", "properties": {"size": {"type": "integer"}}},
                "ThingIn": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string", "maxLength": 10},
                        "size": {"type": ["integer", "null"]},
                        "kind": {"enum": ["A", "B"], "type": "string"},
                    },
                },
            }
        },
    }


def answered(schema):
    return {"content": {"application/json": {"schema": schema}}}


def changed(*steps):
    """Return the description after a change: a path of names, and what is set there or, without it, gone."""
    found = copy.deepcopy(document())
    *path, last, value = steps
    at = found
    for name in path:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return found


SHAPES = ("components", "schemas")
GET, POST = ("paths", "/things/", "get"), ("paths", "/things/", "post")
THING, GIVEN = (*SHAPES, "Thing", "properties"), (*SHAPES, "ThingIn", "properties")
BROKEN = {
    "an address": (("paths", "/things/", None), "GET /things/: removed"),
    "a method": ((*POST, None), "POST /things/: removed"),
    "a parameter": ((*GET, "parameters", []), "GET /things/: parameter state removed"),
    "a field": ((*THING, "state", None), "GET /things/: answer.state removed"),
    "a field below": ((*SHAPES, "Part", "properties", {}), "GET /things/: answer.parts[].size removed"),
    "a field called description": ((*THING, "description", None), "GET /things/: answer.description removed"),
    "a value of an answer": (
        (*THING, "state", "enum", ["NEW"]),
        "GET /things/: answer.state is never OLD any more",
    ),
    "a field that was always there": (
        (*SHAPES, "Thing", "required", []),
        "GET /things/: answer.id may be missing now",
    ),
    "another type": ((*THING, "id", "type", "integer"), "GET /things/: answer.id may be integer now"),
    "null": ((*THING, "id", "type", ["string", "null"]), "GET /things/: answer.id may be null now"),
    "no type": ((*THING, "id", {}), "GET /things/: answer.id may be anything now"),
    "a field that must be sent": (
        (*SHAPES, "ThingIn", "required", ["name", "kind"]),
        "POST /things/: body.kind is required now",
    ),
    "a value of a request": (
        (*GIVEN, "kind", "enum", ["A"]),
        "POST /things/: body.kind may not be B any more",
    ),
    "choices where there were none": (
        (*GIVEN, "name", {"enum": ["A"], "type": "string"}),
        "POST /things/: body.name may not be anything any more",
    ),
    "a narrower type": (
        (*GIVEN, "size", "type", "integer"),
        "POST /things/: body.size may not be null any more",
    ),
    "a shorter text": ((*GIVEN, "name", "maxLength", 9), "POST /things/: body.name has a narrower maxLength"),
    "a bound where there was none": (
        (*GIVEN, "size", "minimum", 1),
        "POST /things/: body.size has a narrower minimum",
    ),
    "a field that is not taken": ((*GIVEN, "kind", None), "POST /things/: body.kind removed"),
    "a header that must be sent": (
        (*POST, "parameters", [{"in": "header", "name": "If-Match", "required": True}]),
        "POST /things/: parameter If-Match is required now",
    ),
    "a body that must be sent": (
        (*POST, "requestBody", "required", True),
        "POST /things/: a body is required now",
    ),
    "another way of writing": (
        (*THING, "at", "format", "date-time"),
        "GET /things/: answer.at is written as date-time now",
    ),
    "one way of writing alone": (
        (*GIVEN, "name", "format", "email"),
        "POST /things/: body.name must be written as email now",
    ),
    "another status": ((*POST, "responses", {"200": {}}), "POST /things/: answers 201 no more"),
    "another media type": (
        (*POST, "requestBody", {"content": {}}),
        "POST /things/: takes application/json no more",
    ),
}
BORNE = {
    "an address": ("paths", "/more/", {"get": {"responses": {}}}),
    "a method": ("paths", "/things/", "delete", {"responses": {}}),
    "a field": (*THING, "more", {"type": "string"}),
    "a value of an answer": (*THING, "state", "enum", ["NEW", "OLD", "LOST"]),
    "a field that may be sent": (*GIVEN, "more", {"type": "string"}),
    "a value of a request": (*GIVEN, "kind", "enum", ["A", "B", "C"]),
    "a longer text": (*GIVEN, "name", "maxLength", 11),
    "a wider type": (*GIVEN, "kind", "type", ["string", "null"]),
    "a field that need not be sent": (*SHAPES, "ThingIn", "required", []),
    "a field that is always there": (*SHAPES, "Thing", "required", ["id", "state"]),
    "an integer where a number was": (*THING, "id", {"type": "string", "maxLength": 3}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_a_program_relied_on_is_missed(name):
    steps, told = BROKEN[name]

    assert told in breaks(document(), changed(*steps))


@pytest.mark.parametrize("name", BORNE)
def test_what_only_comes_on_top_breaks_nothing(name):
    assert breaks(document(), changed(*BORNE[name])) == []


def test_a_shape_that_moved_to_another_name_is_the_same():
    moved = document()
    moved["components"]["schemas"]["ThingOut"] = moved["components"]["schemas"].pop("Thing")
    for operation, status in (("get", "200"), ("post", "201")):
        told = moved["paths"]["/things/"][operation]["responses"][status]
        told["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/ThingOut"}

    assert breaks(document(), moved) == []


def test_a_shape_that_holds_itself_is_compared_to_an_end():
    own = document()
    own["components"]["schemas"]["Part"]["properties"]["inner"] = {"$ref": "#/components/schemas/Part"}

    assert breaks(own, own) == []


def test_words_are_no_part_of_what_is_relied_on():
    told = bare({"paths": {"description": "words"}, "properties": {"description": {"type": "string"}}})

    assert told == {"paths": {}, "properties": {"description": {"type": "string"}}}


def test_the_baseline_holds_what_was_promised_last():
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))

    assert baseline == bare(baseline)
    assert len(baseline["paths"]) > 500


def test_nothing_that_was_promised_is_broken():
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))

    assert breaks(baseline, generated()) == [], "see docs/rest.md, “Changing the interface”"
    assert COMMITTED.exists()
