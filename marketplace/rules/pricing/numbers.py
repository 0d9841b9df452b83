"""Numbers as phrases hold them."""

from decimal import Decimal


def number(value: Decimal) -> str:
    """Write a number without an exponent and without zeros behind it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
