"""The QR code of a page, as inline SVG: what it says stands beside it as text."""

import segno
from django.utils.safestring import SafeString, mark_safe


def drawing(content: str, title: str) -> SafeString:
    """Draw the code of an address."""
    code = segno.make_qr(content, error="m")
    drawn = code.svg_inline(scale=4, border=4, omitsize=True, title=title)
    return mark_safe(drawn)  # noqa: S308 - paths drawn by us; the title is escaped by the drawer
