"""Form fields: label above, hint, error at the field, and a summary on top that links to each."""

from typing import Any

from django.forms import BaseForm, BoundField
from django.template import Library

register = Library()
GROUPS = {"checkboxselectmultiple", "radioselect"}


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, prefix: str = "", suffix: str = "", size: str = "", optional: bool = True
) -> dict[str, Any]:
    """
    Show one field: ``{% field form.amount prefix="¥" size="short" %}``.

    ``size`` is ``short`` (figures, dates) or empty. The word "optional" stands beside fields that may be left
    empty; switch it off where all are.
    """
    return {
        "field": bound,
        "prefix": prefix,
        "suffix": suffix,
        "size": size,
        "note_optional": optional and not bound.field.required and bound.widget_type != "checkbox",
        "kind": "check"
        if bound.widget_type == "checkbox"
        else "group"
        if bound.widget_type in GROUPS
        else "plain",
    }


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """Show the error summary, the hidden fields and every visible field of a form in order."""
    return {"form": form}


@register.inclusion_tag("components/errors.html")
def errors(*forms: BaseForm, focus: bool = True) -> dict[str, Any]:
    """Show the summary of what to mend, with a link to each field; it takes the focus."""
    found = [
        {**_place(form, name), "text": text}
        for form in forms
        for name, texts in form.errors.items()
        for text in texts
    ]
    return {"found": found, "focus": focus}


@register.inclusion_tag("components/confirm.html")
def confirm(
    action: str, label: str, consequence: str, button: str, name: str = "", value: str = ""
) -> dict[str, Any]:
    """Offer an act that cannot be undone: it unfolds, says with numbers what will happen, then asks once."""
    texts = {"label": label, "consequence": consequence, "button": button}
    return {**texts, "action": action, "name": name, "value": value}


def _place(form: BaseForm, name: str) -> dict[str, Any]:
    """Say which field a flaw belongs to and where it stands; a group of choices is found by its first."""
    if name not in form.fields:
        return {"target": "", "label": ""}
    bound = form[name]
    first = f"{bound.auto_id}_0" if bound.widget_type in GROUPS else bound.id_for_label
    return {"target": first, "label": bound.label}
