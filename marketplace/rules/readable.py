"""Words as people type them: any script and its spaces, and nothing that hides or turns what is read."""

import unicodedata

# What is none: control signs, halves of signs, and what a text begins or ends with unseen.
NO_WORDS = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_readable(text: str, *, lines: bool = False) -> bool:
    r"""
    Tell whether a text may be kept and shown as it was typed, with ``lines`` also one of several.

    >>> is_readable("三号\u3000机床"), is_readable("3\u00a0台 👩\u200d🔧")
    (True, True)
    >>> is_readable("a\x00b"), is_readable("ab\u202ecd"), is_readable("a\nb"), is_readable("a\nb", lines=True)
    (False, False, False, True)
    """
    kept = text.replace("\r", "").replace("\n", "") if lines else text
    return not any(sign in TURNING or unicodedata.category(sign) in NO_WORDS for sign in kept)
