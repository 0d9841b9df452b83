"""
What an offer says about the data of its machines.

The room that knows data rights is above this one: ``settings.DATA_TERMS_RULES`` names its module, and config
plugs it in. It has ``flaws(document, pointer)``, ``digest(document)``, ``complete(document)`` and
``asks(document)``.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.shared.errors import Invalid


class InvalidDataTerms(Invalid):
    """Data terms that cannot be read, or that bind nobody; ``flaws`` say where and by which law."""

    code = "invalid_data_terms"
    text = gettext_noop("The data terms have {count} faults: each is named with its place and the law.")


def checked(*, document: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the data terms of an offer as they are kept; none are the default ones.

    :raises InvalidDataTerms: with all flaws at once, below ``/data_terms``
    """
    if not document:
        return {}
    flaws = _rules().flaws(document, "/data_terms")
    if flaws:
        raise InvalidDataTerms(flaws=flaws, count=len(flaws))
    return dict(document)


def digest(*, document: Mapping[str, Any]) -> str:
    """Return the fingerprint by which a lessee accepts the data terms of an offer."""
    rules = _rules()
    found: str = rules.digest(rules.complete(document))
    return found


def asks(*, document: Mapping[str, Any]) -> frozenset[str]:
    """Return what the data terms of an offer ask, as listings are found by it: ``usual``, ``less``."""
    found: frozenset[str] = _rules().asks(document)
    return found


def _rules() -> Any:
    return import_module(settings.DATA_TERMS_RULES)
