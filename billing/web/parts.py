"""Parts of long lists on a page, each with the ways to its neighbours."""

import re
from typing import Any

from django.http import HttpRequest

NUMBER = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)


def part_of(request: HttpRequest, found: Any, name: str, *, size: int) -> tuple[list[Any], dict[str, str]]:
    """
    Return the part of a list that ``name`` in the address asks for, and the ways to those beside it.

    One query: how many there are is not asked.
    """
    asked = request.GET.get(name, "")
    number = int(asked) if NUMBER.fullmatch(asked) else 1
    rows = list(found[(number - 1) * size : number * size + 1])
    near = {"previous": number - 1 if number > 1 else None, "next": number + 1 if rows[size:] else None}
    query = request.GET.copy()
    ways = {}
    for way, to in near.items():
        query[name] = str(to)
        ways[way] = f"?{query.urlencode()}" if to else ""
    return rows[:size], ways
