"""
Claim codes: ten characters that nobody confuses, the last of which checks the others.

The alphabet has 31 signs, a prime number. With weights from 1 to 9, one wrong character is always found, and
so are two neighbours that changed places. The first four characters find the code; the five behind them must
be guessed.
"""

from collections.abc import Sequence

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O, 1 I L
BODY, PREFIX = 9, 4
LEFT_OUT = str.maketrans("", "", " -\t")


def complete(body: Sequence[str]) -> str:
    """Return the code with these nine characters: they and their check character."""
    total = sum(place * ALPHABET.index(sign) for place, sign in enumerate(body, start=1))
    return "".join(body) + ALPHABET[total % len(ALPHABET)]


def read(text: str) -> str | None:
    """Return a code as it was made, however it was typed; ``None`` if it is none."""
    code = text.translate(LEFT_OUT).upper()
    if len(code) != BODY + 1 or not set(code) <= set(ALPHABET) or complete(code[:BODY]) != code:
        return None
    return code


def grouped(code: str) -> str:
    """Return a code as people read it: ``ABCDE-FGHJK``."""
    return f"{code[:5]}-{code[5:]}"
