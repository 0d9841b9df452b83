"""
The words that a policy may use. The lists are closed: a word that is not in them is refused.

Actions, left operands and operators are those of the ODRL Vocabulary 2.2; names with ``lease:`` are of our
profile. Short names stand for ODRL's own (``read`` is ``http://www.w3.org/ns/odrl/2/read``).
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

ODRL = "http://www.w3.org/ns/odrl/2/"
CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
PROFILE = "urn:jijian:odrl:lease:1"  # the profile's name; its terms are PROFILE + ":" + word
PREFIX = "lease:"

# fmt: off
_UNDER_USE = (
    "acceptTracking", "aggregate", "annotate", "anonymize", "archive", "attribute", "compensate",
    "concurrentUse", "delete", "derive", "digitize", "distribute", "ensureExclusivity", "execute",
    "grantUse", "include", "index", "inform", "install", "modify", "move", "nextPolicy", "obtainConsent",
    "play", "present", "print", "read", "reproduce", "reviewPolicy", "stream", "synchronize",
    "textToSpeech", "transform", "translate", "uninstall", "watermark", "lease:log", "lease:train",
    "lease:view",
)
# fmt: on

# Each action and the one that it is included in.
ACTIONS: Mapping[str, str | None] = MappingProxyType(
    {"use": None, "transfer": None}
    | dict.fromkeys(_UNDER_USE, "use")
    | {"sell": "transfer", "give": "transfer", "display": "play", "extract": "reproduce"}
    | {"lease:port": "reproduce"}
)
# Deprecated terms with an exact match among the present ones.
SAME_AS: Mapping[str, str] = MappingProxyType({"write": "modify", "pay": "compensate"})


class Kind(StrEnum):
    """How the values of a left operand are compared."""

    CODE = "code"
    NUMBER = "number"
    MOMENT = "moment"
    DURATION = "duration"
    PLACE = "place"
    GRADE = "grade"
    EVENT = "event"


OPERANDS: Mapping[str, Kind] = MappingProxyType(
    {
        "purpose": Kind.CODE,
        "recipient": Kind.CODE,
        "industry": Kind.CODE,
        "fileFormat": Kind.CODE,
        "deliveryChannel": Kind.CODE,
        "systemDevice": Kind.CODE,
        "product": Kind.CODE,
        "version": Kind.CODE,
        "dayOfWeek": Kind.CODE,
        "lease:leaseState": Kind.CODE,
        "lease:competitorRelation": Kind.CODE,
        "lease:aggregationLevel": Kind.CODE,
        "dateTime": Kind.MOMENT,
        "elapsedTime": Kind.DURATION,
        "delayPeriod": Kind.DURATION,
        "timeInterval": Kind.DURATION,
        "meteredTime": Kind.DURATION,
        "resolution": Kind.DURATION,
        "count": Kind.NUMBER,
        "payAmount": Kind.NUMBER,
        "percentage": Kind.NUMBER,
        "lease:minGroupSize": Kind.NUMBER,
        "spatial": Kind.PLACE,
        "lease:processingRegion": Kind.PLACE,
        "lease:grade": Kind.GRADE,
        "event": Kind.EVENT,
    }
)

ORDERING = frozenset({"lt", "lteq", "gt", "gteq"})
BELONGING = frozenset({"isA", "isPartOf", "hasPart"})
LISTING = frozenset({"isAnyOf", "isAllOf", "isNoneOf"})
OPERATORS = ORDERING | BELONGING | LISTING | {"eq", "neq"}
ALLOWED: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        Kind.CODE: BELONGING | LISTING | {"eq", "neq"},
        Kind.NUMBER: ORDERING | LISTING | {"eq", "neq"},
        Kind.MOMENT: ORDERING | {"eq", "neq"},
        Kind.DURATION: ORDERING | {"eq", "neq"},
        Kind.PLACE: BELONGING | LISTING | {"eq", "neq"},
        Kind.GRADE: ORDERING | LISTING | {"eq", "neq"},
        Kind.EVENT: ORDERING | {"eq"},
    }
)

GRADES = ("L1", "L2", "L3", "L4", "L5", "L6")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def widening(action: str) -> Iterator[str]:
    """Yield an action and all that include it, nearest first; of an unknown one, only itself."""
    name: str | None = SAME_AS.get(action, action)
    while name is not None:
        yield name
        name = ACTIONS.get(name)


def covers(ruled: str, asked: str) -> bool:
    """Tell whether a rule on one action is about another: the same, or one that is included in it."""
    return SAME_AS.get(ruled, ruled) in widening(asked)


def is_action(name: str) -> bool:
    """Tell whether a word is an action that may be used."""
    return name in ACTIONS or name in SAME_AS
