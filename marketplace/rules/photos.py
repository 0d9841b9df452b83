"""What a photo is: :mod:`marketplace.rules.photos`, under the name by which leasing knows it."""

from marketplace.rules.photos import (
    LARGEST_KEPT,
    LARGEST_UPLOAD,
    LONGEST_SIDE,
    MEDIA_TYPE,
    MOST_DOTS,
    MOST_DOTS_WHOLE,
    SHORTEST_SIDE,
    NotAPhoto,
    Photo,
    read,
)

__all__ = [
    "LARGEST_KEPT",
    "LARGEST_UPLOAD",
    "LONGEST_SIDE",
    "MEDIA_TYPE",
    "MOST_DOTS",
    "MOST_DOTS_WHOLE",
    "SHORTEST_SIDE",
    "NotAPhoto",
    "Photo",
    "read",
]
