"""By what a person binds its organization."""

from django.utils.translation import gettext_noop

from leasing.rules.offers import Mandate
from marketplace.shared.errors import Flaw, Invalid

LONGEST_REFERENCE = 120


class MandateInvalid(Invalid):
    """Who accepts a quote, or signs a contract, says by what it binds its organization."""

    code = "mandate_invalid"
    text = gettext_noop("Say by what you may accept for your organization.")


def checked(*, mandate: str, reference: str) -> dict[str, str]:
    """
    Return mandate and reference as they are recorded.

    :raises MandateInvalid: if it is none, or a power of attorney without its number or day
    """
    if mandate not in tuple(Mandate):
        choices = ", ".join(Mandate)
        text = gettext_noop("Choose one of: {choices}.")
        raise MandateInvalid(flaws=[Flaw("/mandate", "not_a_choice", text, {"choices": choices})])
    reference = reference.strip()
    if mandate == Mandate.POWER_OF_ATTORNEY and not reference:
        text = gettext_noop("Name the power of attorney: its number, or who gave it on which day.")
        raise MandateInvalid(flaws=[Flaw("/mandate_reference", "required", text)])
    return {"mandate": mandate, "mandate_reference": reference[:LONGEST_REFERENCE]}
