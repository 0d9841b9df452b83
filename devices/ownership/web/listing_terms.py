"""The data terms of an offer on the page of its listing, where they are other than the usual ones."""

from typing import Any

from django.utils.translation import gettext as _

from devices.ownership.rules.term_words import term_words
from marketplace.models import Listing


def of_listing(listing: Listing) -> tuple[str, dict[str, Any]] | None:
    """Return what the offer says about the machine's data; nothing if that is as usual."""
    sentences = term_words(listing.data_terms, _)
    return ("ownership/_listing_terms.html", {"sentences": sentences}) if sentences else None
