"""What a refusal says on a page."""

from django.forms import Form
from django.utils.translation import gettext as _

from marketplace.shared.errors import DomainError


def said(error: DomainError) -> str:
    """Return a refusal in the reader's language."""
    return _(error.text).format(**error.facts)


def mark(form: Form, error: DomainError) -> None:
    """Put every flaw of a refusal at its field, and the refusal itself on top if there is none."""
    for flaw in error.flaws:
        name = flaw.pointer.strip("/").split("/")[0]
        form.add_error(name if name in form.fields else None, _(flaw.text).format(**flaw.facts))
    if not error.flaws:
        form.add_error(None, said(error))
