"""``{% load jijian %}``: every component of the design. See ``/design/`` and ``docs/pages.md``."""

from django.template import Library

from . import figures, forms, layout, panels, states, tables

register = Library()
for _part in (figures, forms, layout, panels, states, tables):
    register.tags.update(_part.register.tags)
    register.filters.update(_part.register.filters)
