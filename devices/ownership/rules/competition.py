"""
Who competes with whom, by the codes of GB/T 4754.

A code is a letter for the section (which may be left out) and up to four digits: two for the division
(大类), the third for the group (中类), the fourth for the class (小类). Firms of one group make the same sort
of thing, so they compete; a class is too narrow (its neighbours make it on the same machines), a division
too wide. A code of two digits says the division only: then that decides, on the side of care. Without a
code of both, nothing is known and nobody competes; a lessee can declare it.
"""

import re

GROUP, DIVISION = 3, 2
_CODE = re.compile(r"[A-T]?([0-9]{2,4})", re.ASCII)


def same_industry(one: str, other: str) -> bool:
    """Tell whether two industry codes are of one group."""
    first, second = _digits(one), _digits(other)
    length = min(len(first), len(second), GROUP)
    return length >= DIVISION and first[:length] == second[:length]


def _digits(code: str) -> str:
    found = _CODE.fullmatch(code.strip().upper())
    return found[1] if found else ""
