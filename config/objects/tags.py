"""Entity tags (RFC 9110, 8.8.3): which version of an object somebody saw, and which representation of it."""

import hashlib
from typing import Any

from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer

DIGITS = 20  # of a digest


def digest(data: Any) -> str:
    """Return the digest of what is answered, for this caller."""
    return hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:DIGITS]


def tag(*, version: str | None, plain: str, shown: str) -> str:
    """
    Return the tag of an answer: the state of its object, then the digest of what is shown of it.

        >>> tag(version="3", plain="ab", shown="cd"), tag(version=None, plain="ab", shown="ab")
        ('"3.cd"', '"ab"')

    The state is the version where it is counted, else the digest of the plain answer.
    """
    state = version if version is not None else plain
    return f'"{state}"' if shown == state else f'"{state}.{shown}"'


def state(told: str) -> str:
    """
    Return the state that a tag names, whatever was shown of it.

        >>> state('"3.cd"'), state('"3"'), state('W/"3"')
        ('3', '3', '')

    A weak tag names none: ``If-Match`` compares strongly.
    """
    kept = told.strip()
    if len(kept) < 2 or not (kept.startswith('"') and kept.endswith('"')):
        return ""
    return kept[1:-1].partition(".")[0]


def states(header: str) -> set[str]:
    """Return the states that an ``If-Match`` names."""
    return {state(each) for each in parse_etags(header)} - {""}


def is_known(header: str, current: str) -> bool:
    """Tell whether an ``If-None-Match`` names a tag, compared weakly (RFC 9110, 13.1.2)."""
    known = [each.removeprefix("W/") for each in parse_etags(header)]
    return known == ["*"] or current in known
