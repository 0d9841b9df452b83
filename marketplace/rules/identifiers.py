"""
The unified social credit code of an organization (GB 32100-2015), with both of its check digits.

A valid code is well formed; whose it is only a registry knows.
"""

import unicodedata
from dataclasses import dataclass

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import flaw
from marketplace.rules.regions import Province, province_of
from marketplace.shared.errors import Flaw, Invalid

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
BODY_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
NATIONAL = "10"


class InvalidCreditCode(Invalid):
    """The code is not well formed; its flaw says which way and what to do."""

    code = "invalid_credit_code"
    text = gettext_noop("This is no valid unified social credit code.")


@dataclass(frozen=True)
class CreditCode:
    """A well-formed credit code."""

    value: str

    @property
    def region_code(self) -> str:
        """Characters 3 to 8: where it was registered; the county codes change every year."""
        return self.value[2:8]

    @property
    def is_national(self) -> bool:
        """Tell whether it was registered at the national level, which is no province."""
        return self.region_code.startswith(NATIONAL)

    @property
    def province(self) -> Province | None:
        """The province of registration, if the code names one."""
        return province_of(self.region_code)


def parse_credit_code(text: str) -> CreditCode:
    """
    Normalise a credit code and check it.

    :raises InvalidCreditCode: with the first fault
    """
    found = flaws(text)
    if found:
        raise InvalidCreditCode(flaws=found)
    return CreditCode(normalise(text))


def flaws(text: str, pointer: str = "") -> list[Flaw]:
    """Return the first fault of a code, after normalising it: length, characters, body check, last check."""
    code = normalise(text)
    strange = next((character for character in code if character not in ALPHABET), None)
    if len(code) != LENGTH:
        return [flaw(pointer, "wrong_length", length=len(code))]
    if strange is not None:
        return [flaw(pointer, "wrong_character", character=strange)]
    if body_check(code[8:16]) != code[16]:
        return [flaw(pointer, "wrong_body_check")]
    return [] if check(code[:17]) == code[17] else [flaw(pointer, "wrong_check")]


def normalise(text: str) -> str:
    """Return the code in half-width capitals without blanks and hyphens."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()


def make_credit_code(prefix8: str, body8: str) -> str:
    """
    Complete the first eight characters and the body's first eight with both check characters.

    :raises InvalidCreditCode: if a part has another length or a strange character
    """
    code = prefix8 + body8 + body_check(body8)
    return parse_credit_code(code + check(code)).value


def body_check(body8: str) -> str:
    """Return the check character of an organisation body (GB 11714)."""
    values = (BODY_ALPHABET.find(character) for character in body8)
    total = sum(weight * value for weight, value in zip(BODY_WEIGHTS, values, strict=False))
    return "0123456789X0"[11 - total % 11]


def check(first17: str) -> str:
    """Return the last check character; a remainder of 0 gives the character 0."""
    total = sum(ALPHABET.find(character) * pow(3, place, 31) for place, character in enumerate(first17))
    return ALPHABET[-total % 31]
