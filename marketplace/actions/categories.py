"""Bring the category tree and its specification dictionary into the database."""

from typing import Any

from django.db import transaction

from marketplace.models import Category, SpecField
from marketplace.rules import categories


@transaction.atomic
def load() -> int:
    """
    Load the published tree (``marketplace/rules/data/categories.json``); running it again changes nothing.

    It is part of the software, not somebody's data, so it asks for no permission and leaves no audit entry.
    Return how many categories there are.
    """
    nodes = categories.tree()
    for position, node in enumerate(nodes):
        _load_category(node, position)
    return len(nodes)


def _load_category(node: categories.CategoryNode, position: int) -> None:
    parent = Category.objects.get(code=node.parent) if node.parent else None
    values: dict[str, Any] = {
        "name": node.name,
        "name_zh": node.name_zh,
        "parent": parent,
        "family": node.family,
        "position": position,
    }
    category, _ = Category.objects.update_or_create(code=node.code, defaults=values)
    for place, field in enumerate(node.specs):
        SpecField.objects.update_or_create(
            category=category,
            code=field.code,
            version=field.version,
            defaults={
                "name": field.name,
                "name_zh": field.name_zh,
                "kind": field.kind,
                "unit": field.unit or "",
                "minimum": field.minimum,
                "maximum": field.maximum,
                "choices": list(field.choices),
                "better": field.better,
                "facet": field.facet,
                "required": field.required,
                "position": place,
            },
        )
