"""A condition on very many keys as one array: as a list each would be a value, and cost more than its row."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func


class Among(Func):
    """``column = ANY(array)``; made by :func:`among`."""

    def __init__(self, name: str, keys: list[int] | list[str]) -> None:
        """Compare the column ``name`` with keys of its own type: numbers or words."""
        super().__init__(F(name), output_field=BooleanField())
        numbers = [one for one in keys if isinstance(one, int)]
        self.keys = f"{{{','.join(map(str, numbers))}}}" if len(numbers) == len(keys) else keys

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the condition and its values: those of the column, then one array."""
        [column] = self.source_expressions
        left, values = compiler.compile(column)
        return f"{left} = ANY(%s)", [*values, self.keys]


def among(name: str, keys: Iterable[int] | Iterable[str]) -> Among:
    """Return the condition that a column is one of some keys, for ``filter``; of no keys nothing is found."""
    return Among(name, list(keys))  # type: ignore[arg-type]
