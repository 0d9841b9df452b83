"""Names of fields that a caller asks for: read, checked against a shape, and cut out of an answer. Pure."""

from collections.abc import Mapping
from typing import Any

DEPTH = 2
MOST = 100  # names in one request
Tree = dict[str, Any]  # name → what is below it, by the same rule


class Unknown(ValueError):
    """A name that the shape does not have, with those that it has there."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.known = name, known
        super().__init__(name)


def asked(text: str, shape: Mapping[str, Any]) -> Tree:
    """
    Read names with commas between them, each at most two deep.

        >>> asked("id,lease.number", {"id": {}, "lease": {"number": {}}})
        {'id': {}, 'lease': {'number': {}}}

    A name that stands alone asks for all that is below it, also if parts of it are named besides.

    :raises Unknown: for the first name that the shape does not have, or that is too deep
    """
    names = [name.strip() for name in text.split(",")][: MOST + 1]
    if len(names) > MOST:
        raise Unknown("…", [])
    tree: Tree = {}
    whole: set[str] = set()
    for name in names:
        first, _dot, second = name.partition(".")
        if first not in shape:
            raise Unknown(name, sorted(shape))
        if not _dot:
            whole.add(first)
        elif second not in shape[first]:
            raise Unknown(name, [f"{first}.{each}" for each in sorted(shape[first])])
        tree.setdefault(first, {})
        if second:
            tree[first][second] = {}
    return {name: {} if name in whole else below for name, below in tree.items()}


def cut(value: Any, tree: Tree) -> Any:
    """
    Return a value with nothing but what the tree names; of a list, each of its rows.

        >>> cut({"id": 1, "lease": {"number": 2, "note": 3}}, {"lease": {"number": {}}})
        {'lease': {'number': 2}}
    """
    if not tree:
        return value
    if isinstance(value, Mapping):
        return {name: cut(value[name], below) for name, below in tree.items() if name in value}
    if isinstance(value, list | tuple):
        return [cut(each, tree) for each in value]
    return value
