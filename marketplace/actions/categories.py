"""Bring the category tree and its specification dictionary into the database."""

from collections.abc import Iterable

from marketplace.gateway.transactions import atomic
from marketplace.models import Category, DictionaryVersion, SpecField
from marketplace.rules import categories
from marketplace.rules.categories import CategoryNode, Field

OF_CATEGORY = ["name", "name_zh", "parent", "family", "position"]
KEY_OF_FIELD = ["category", "code", "version"]
OF_FIELD = [
    *("name", "name_zh", "kind", "unit", "minimum", "maximum"),
    *("choices", "better", "facet", "required", "position"),
]


@atomic
def load() -> int:
    """
    Load the published tree (``marketplace/rules/data/categories.json``); running it again changes nothing.

    It is part of the software, not somebody's data, so it asks for no permission and leaves no audit entry.
    What the platform made a newer version of stays as that version says.
    Families go first, so that their categories can name them. Return how many categories there are.
    """
    nodes = list(enumerate(categories.tree()))
    known: dict[str, Category] = {}
    for is_family in (True, False):
        layer = [_category(node, place, known) for place, node in nodes if (node.parent is None) is is_family]
        known |= {one.code: one for one in _stored(layer)}
    edited = set(DictionaryVersion.objects.values_list("category__code", flat=True))
    _store_fields(known, [node for _, node in nodes if node.code not in edited])
    return len(nodes)


def _category(node: CategoryNode, position: int, known: dict[str, Category]) -> Category:
    return Category(
        code=node.code,
        name=node.name,
        name_zh=node.name_zh,
        parent=known[node.parent] if node.parent else None,
        family=node.family,
        position=position,
    )


def _stored(layer: list[Category]) -> list[Category]:
    return Category.objects.bulk_create(
        layer, update_conflicts=True, unique_fields=["code"], update_fields=OF_CATEGORY
    )


def rows_of(*, category: Category, fields: Iterable[Field]) -> list[SpecField]:
    """Return the rows that pages and programs read a dictionary from."""
    return [
        SpecField(
            category=category,
            code=field.code,
            version=field.version,
            name=field.name,
            name_zh=field.name_zh,
            kind=field.kind,
            unit=field.unit or "",
            minimum=field.minimum,
            maximum=field.maximum,
            choices=list(field.choices),
            better=field.better,
            facet=field.facet,
            required=field.required,
            position=place,
        )
        for place, field in enumerate(fields)
    ]


def _store_fields(known: dict[str, Category], nodes: Iterable[CategoryNode]) -> None:
    fields = [row for node in nodes for row in rows_of(category=known[node.code], fields=node.specs)]
    SpecField.objects.bulk_create(
        fields, update_conflicts=True, unique_fields=KEY_OF_FIELD, update_fields=OF_FIELD
    )
