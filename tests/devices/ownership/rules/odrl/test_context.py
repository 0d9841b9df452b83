"""What we write is read by a JSON-LD processor of others in the ODRL context, and nothing is lost."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from pyld import jsonld

from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.odrl import expressing, writing
from devices.ownership.rules.odrl.policies import (
    Action,
    Constraint,
    Duty,
    Logical,
    Policy,
    Rule,
    RuleKind,
    Strategy,
)
from devices.ownership.rules.odrl.vocabulary import (
    ACTIONS,
    ALLOWED,
    CONTEXT,
    ODRL,
    OPERANDS,
    PROFILE,
    SAME_AS,
)

VENDOR = Path(__file__).resolve().parents[4] / "vendor"
THE_CONTEXT = json.loads((VENDOR / "odrl.jsonld").read_text(encoding="utf-8"))
RDF_VALUE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#value"
NO_PROPERTIES = {"@context", "@type", "@id", "@value", "@list", "uid"}
VALUES = {"count": "3", "payAmount": "1.5", "dateTime": "2026-01-01T00:00:00Z", "event": "lease:leaseEnd"}


def local(url, options):
    """Answer the one context that our policies name; anything else would need a network."""
    assert url == CONTEXT, f"a policy made the processor fetch {url}"
    return {
        "contextUrl": None,
        "documentUrl": url,
        "document": THE_CONTEXT,
        "contentType": "application/ld+json",
    }


def expanded(document):
    return jsonld.expand(document, {"documentLoader": local})


def walk(node):
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(one)


def said(document):
    """Count the properties of a document as the IRIs that they stand for."""
    keys = (key for node in walk(document) for key in node if key not in NO_PROPERTIES)
    return Counter(RDF_VALUE if key == "rdf:value" else ODRL + key for key in keys)


def understood(found):
    return Counter(key for node in walk(found) for key in node if not key.startswith("@"))


def holding(*rules):
    return Policy("urn:jijian:policy:1", "Agreement", rules, Strategy.PROHIBIT, "urn:jijian:organization:1")


READ = Action("read")


def permission(action=READ, conditions=(), duties=()):
    return Rule("urn:r:1", RuleKind.PERMISSION, action, "urn:a:1", "urn:t:1", conditions, duties)


OPERATED = [(left, how) for left, kind in OPERANDS.items() for how in sorted(ALLOWED[kind])]
POLICIES = {
    "an agreement": expressing.policy_of("agr_1", owner="org_1", lessee="org_2", table=matrix()),
    "refined, with a duty, both and either": holding(
        permission(
            Action("read", (Constraint("resolution", "gteq", ("PT15M",)),)),
            (
                Logical(
                    "or", (Constraint("count", "lteq", ("3",)), Constraint("spatial", "isPartOf", ("CN",)))
                ),
            ),
            (Duty("urn:d:1", Action("inform"), (Constraint("delayPeriod", "lteq", ("P3D",)),)),),
        ),
        Rule("urn:r:2", RuleKind.PROHIBITION, Action("distribute"), "urn:a:1", "urn:t:1"),
        Rule("urn:r:3", RuleKind.OBLIGATION, Action("delete"), "urn:a:1", "urn:t:1"),
    ),
} | {
    f"{left} {how}": holding(permission(conditions=(Constraint(left, how, (VALUES.get(left, "P3D"),)),)))
    for left, how in OPERATED
}
POLICIES |= {name: holding(permission(Action(name))) for name in (*ACTIONS, *SAME_AS)}


@pytest.mark.parametrize("name", POLICIES)
class TestInTheContext:
    def test_no_term_is_dropped(self, name):
        document = writing.written(POLICIES[name])

        assert understood(expanded(document)) == said(document)

    def test_every_name_is_an_absolute_one_of_odrl_or_of_our_profile(self, name):
        nodes = list(walk(expanded(writing.written(POLICIES[name]))))

        names = {node["@id"] for node in nodes if "@id" in node}
        assert {one for one in names if not one.startswith((ODRL, "urn:"))} == set()
        acts = {node["@id"] for one in nodes for node in one.get(f"{ODRL}action", ()) if "@id" in node}
        assert all(one.startswith((ODRL, PROFILE)) for one in acts)


def test_a_term_that_the_context_lacks_would_be_seen():
    document = writing.written(POLICIES["read"]) | {"nonsense": "x"}

    assert understood(expanded(document)) != said(document)


def test_the_context_is_the_one_that_was_looked_at():
    told = dict(
        reversed(line.split()) for line in (VENDOR / "VENDORED").read_text().splitlines() if line[0] != "#"
    )

    assert told["odrl.jsonld"] == hashlib.sha256((VENDOR / "odrl.jsonld").read_bytes()).hexdigest()
