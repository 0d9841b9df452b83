"""The form in which somebody says which column of a bank's table is which."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.payments.rules.statements.dialects import FIELDS, Sign
from billing.payments.rules.statements.values import ORDERS

LABELS = {
    "booked_on": _("Day"),
    "amount": _("Amount, if it is one column"),
    "debit": _("Money out (借方, 支出)"),
    "credit": _("Money in (贷方, 收入)"),
    "direction": _("In or out, in words (借贷标志)"),
    "balance": _("Balance after the line"),
    "counterparty": _("Name of the other side"),
    "counterparty_account": _("Account of the other side"),
    "counterparty_bank": _("Bank of the other side"),
    "memo": _("What it is for (用途, 附言)"),
    "kind": _("The bank's word for it (摘要)"),
    "bank_ref": _("The bank's own number (流水号)"),
    "sub_account": _("Sub-account (记账子单元)"),
    "currency": _("Currency"),
}
SIGNS = {
    Sign.TWO_COLUMNS: _("Two columns: out and in"),
    Sign.SIGNED: _("One column, money in is positive"),
    Sign.REVERSED: _("One column, money out is positive"),
    Sign.WORD: _("One column, a word says it"),
}
ORDER_NAMES = {"YMD": _("Year, month, day"), "DMY": _("Day, month, year"), "MDY": _("Month, day, year")}


class ColumnForm(forms.Form):
    """A column for each field, by its heading; what the form does not show stays as it was."""

    sign = forms.ChoiceField(choices=[(sign.value, SIGNS[sign]) for sign in Sign], label=_("In or out"))
    date_order = forms.ChoiceField(
        choices=[(each, ORDER_NAMES[each]) for each in ORDERS], label=_("How days are written")
    )
    file_currency = forms.CharField(
        label=_("Currency, if the file does not name it"), required=False, max_length=3, initial="CNY"
    )

    def __init__(
        self, *given: Any, headings: list[str], document: dict[str, Any] | None, **more: Any
    ) -> None:
        super().__init__(*given, **more)
        self.kept = document or {}
        columns = self.kept.get("columns", {})
        named = [(cell, cell) for cell in dict.fromkeys(headings) if cell and not cell.startswith("#")]
        placed = [
            (f"#{place}", _("Column {place}").format(place=place)) for place in range(1, len(headings) + 1)
        ]
        choices = [("", _("None")), *named, *placed]
        for name in LABELS:
            first: str = [*columns.get(name, ()), ""][0]
            self.fields[name] = forms.ChoiceField(
                choices=choices, label=LABELS[name], required=False, initial=first
            )
        for name, field in (("sign", "sign"), ("date_order", "date_order"), ("currency", "file_currency")):
            if self.kept.get(name):
                self.fields[field].initial = self.kept[name]

    def document(self) -> dict[str, Any]:
        """Return what the form says, as a dialect's document."""
        given = self.cleaned_data
        kept = self.kept.get("columns", {})
        columns = {name: self._columns(name, kept) for name in LABELS if given[name]}
        columns |= {name: kept[name] for name in FIELDS if name not in LABELS and name in kept}
        said = {"sign": given["sign"], "date_order": given["date_order"], "currency": given["file_currency"]}
        return self.kept | said | {"columns": columns}

    def _columns(self, name: str, kept: dict[str, list[str]]) -> list[str]:
        """Return the chosen column, with those that a text is joined from."""
        chosen, before = self.cleaned_data[name], kept.get(name, [])
        return before if before[:1] == [chosen] else [chosen]
