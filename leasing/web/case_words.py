"""What cases between two sides are called, where each is worked on, and what happens next, in words."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from leasing.models import Lease
from leasing.queries.mediation import Kind
from leasing.queries.open_cases import OpenCase, Waits

LABELS: dict[Kind, Promise] = {
    Kind.RETURN: gettext_lazy("Objected return"),
    Kind.DAMAGE: gettext_lazy("Damage claim"),
    Kind.SETTLEMENT: gettext_lazy("Settlement"),
    Kind.STANDSTILL: gettext_lazy("Who bears a standstill"),
    Kind.LINE: gettext_lazy("Line that is mediated"),
    Kind.DISPUTE: gettext_lazy("Disputed line"),
}
WAITS: dict[Waits, Promise] = {
    Waits.YOU: gettext_lazy("You"),
    Waits.EITHER: gettext_lazy("Either side"),
    Waits.PLATFORM: gettext_lazy("The platform"),
    Waits.OTHER: gettext_lazy("The other side"),
}
# What happens next; of what the platform was asked about, whatever the kind, the last two.
NEXT: dict[tuple[Kind, Waits], Promise] = {
    (Kind.DAMAGE, Waits.YOU): gettext_lazy("Accept or contest what is claimed"),
    (Kind.DAMAGE, Waits.OTHER): gettext_lazy("The lessee accepts or contests; silence is not consent"),
    (Kind.DAMAGE, Waits.EITHER): gettext_lazy("Come nearer to each other, or ask the platform to decide"),
    (Kind.SETTLEMENT, Waits.YOU): gettext_lazy("Agree to the statement, propose one, or ask the platform"),
    (Kind.SETTLEMENT, Waits.OTHER): gettext_lazy("The other side agrees, or proposes another"),
    (Kind.STANDSTILL, Waits.YOU): gettext_lazy("Agree who bears it, or contest: then the platform decides"),
    (Kind.STANDSTILL, Waits.OTHER): gettext_lazy("The other side agrees or contests"),
    (Kind.DISPUTE, Waits.YOU): gettext_lazy("Give something back, or reject it"),
    (Kind.DISPUTE, Waits.OTHER): gettext_lazy("The seller answers"),
    (Kind.LINE, Waits.YOU): gettext_lazy("Accept or refuse what the platform proposes"),
    (Kind.LINE, Waits.OTHER): gettext_lazy("The other side accepts or refuses; you have accepted"),
    (Kind.LINE, Waits.PLATFORM): gettext_lazy("The platform proposes an amount; both sides may write"),
}
NEXT_OR_ASK: dict[Waits, Promise] = {
    Waits.YOU: gettext_lazy("Give something back, reject it, or ask the platform to mediate"),
    Waits.OTHER: gettext_lazy("The seller answers; you may ask the platform to mediate"),
}
DECIDES = gettext_lazy("The platform decides with reasons")


def next_words(case: OpenCase) -> Promise:
    """Say what happens next in a case."""
    if case.may_be_mediated and case.waits in NEXT_OR_ASK:
        return NEXT_OR_ASK[case.waits]
    return NEXT.get((case.kind, case.waits), DECIDES)


def page_of(kind: Kind, name: str, lease: Lease | None) -> str:
    """Return the page on which a case is worked on; those of lines are pages of an upper room."""
    of_lease = lease.public_id if lease else ""
    pages = {
        Kind.RETURN: ("record", [name]),
        Kind.DAMAGE: ("lease-damage-claim", [of_lease, name]),
        Kind.SETTLEMENT: ("lease-settlement", [of_lease]),
        Kind.STANDSTILL: ("ticket", [name]),
        Kind.LINE: ("mediation", [name]),
        Kind.DISPUTE: ("invoice", [name]),
    }
    page, args = pages[kind]
    return reverse(page, args=args)


class KindForm(forms.Form):
    """Which kind of case is listed."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)

    def __init__(self, data: Any, *, kinds: Iterable[Kind]) -> None:
        super().__init__(data)
        named = [(one.value, LABELS[one]) for one in kinds]
        self.fields["kind"].choices = [("", gettext_lazy("All")), *named]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> str:
        """The kind that is asked for, or nothing for all."""
        return str(self.cleaned_data.get("kind", ""))
