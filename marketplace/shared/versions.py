"""
The version of a thing that somebody saw, as it comes back to us: typed by a form, or as the tag of a header.

Whoever changes a thing says which version it saw, so that nobody overwrites what somebody else did meanwhile.
"""

from marketplace.shared.errors import DomainError

MOST_DIGITS = 10  # of the largest number that the database counts to
ANY = "*"


def typed(text: str) -> int | None:
    """
    Return the number that stands there; nothing, if none does or it is too long to be one.

        >>> typed("3"), typed(""), typed("9" * 5000)
        (3, None, None)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def matched(tag: str | None, *, version: int, differs: type[DomainError]) -> int | None:
    """
    Return the version that a caller saw, by its ``If-Match`` (RFC 9110, 13.1.1); nothing, if it asks for any.

    The tag of something read says after the version what of it was shown, as in ``"3.5d41402abc"``.

    :raises differs: with ``version`` and ``seen``, if what it told is no version
    """
    said = (ANY if tag is None else tag).strip()
    if said == ANY:
        return None
    seen = typed(said.strip('"').partition(".")[0])
    if seen is None:
        raise differs(version=version, seen=said[: MOST_DIGITS + 2])
    return seen
