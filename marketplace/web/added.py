"""What rooms above show on pages of this one: each says so in its ``AppConfig.ready``, none is imported."""

from collections.abc import Callable
from typing import Any

from marketplace.models import Listing

# Returns a template and what it needs, or nothing to show.
Part = Callable[[Listing], tuple[str, dict[str, Any]] | None]
_PARTS: dict[str, Part] = {}


def show_too(*, name: str, part: Part) -> None:
    """Let a room above show a part on the page of a listing."""
    _PARTS[name] = part


def of_listing(listing: Listing) -> list[dict[str, Any]]:
    """Return the parts of a listing's page, in the order in which rooms asked for them."""
    found = (part(listing) for part in _PARTS.values())
    return [{"template": one[0], **one[1]} for one in found if one is not None]
