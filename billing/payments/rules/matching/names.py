"""Names of organizations as banks write them: compared without what all of them carry."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

FORMS = re.compile(
    r"股份有限公司|有限责任公司|有限公司|集团|公司|分公司|工厂|"
    r"\b(?:COMPANY|CORPORATION|CORP|INCORPORATED|INC|LIMITED|LTD|LLC|CO|GMBH)\b\.?"
)
LIKE_PERCENT = 80


@lru_cache(maxsize=200_000)
def plain(name: str) -> str:
    """
    Return what tells a name from others: one width and case, no legal form, no spaces or brackets.

    >>> plain("苏州精工机械（有限公司）")
    '苏州精工机械'
    """
    written = unicodedata.normalize("NFKC", name).upper()
    return re.sub(r"[\W_]", "", FORMS.sub("", written))


def are_like(one: str, other: str) -> bool:
    """
    Tell whether two plain names are alike: equal, one within the other, or four fifths of their pairs shared.
    """
    if len(one) < 2 or len(other) < 2:
        return False
    if one == other or (min(len(one), len(other)) >= 4 and (one in other or other in one)):
        return True
    pairs, others = _pairs(one), _pairs(other)
    shared = sum((pairs & others).values())
    return 2 * shared * 100 >= LIKE_PERCENT * (pairs.total() + others.total())


def _pairs(name: str) -> Counter[str]:
    return Counter(name[place : place + 2] for place in range(len(name) - 1))
