"""
Payment references: what a payer writes into a transfer so that it finds its invoice by itself.

Two letters, eight digits, one check digit: ``ZL`` (租赁) names one invoice, ``ZH`` (合并) a request over
several, ``ZF`` (支付) an order of ours. The digits are the key of the row, scrambled so that they tell
nobody how many there are; the check digit is that of ISO 7064 MOD 11,10, which finds each single wrong
digit and nearly each exchange of two neighbours. No letters that look alike stand among the digits.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

ROOM = 10**8
FACTOR, SHIFT = 48_271, 7  # coprime to ROOM, so that no two keys share their digits
BACK = pow(FACTOR, -1, ROOM)


class Kind(StrEnum):
    """What a reference names."""

    INVOICE = "ZL"
    REQUEST = "ZH"
    ORDER = "ZF"


class Reference(NamedTuple):
    """A reference that was read: what it names, by the key of its row, and whether its check digit agrees."""

    kind: Kind
    key: int
    text: str
    is_valid: bool


# Digits may be written in groups; letters of either size.
WRITTEN = re.compile(r"(?<![A-Z])(ZL|ZH|ZF)[\s\-_.:/#]*((?:[0-9][\s\-_.]?){8}[0-9])(?![0-9])")


def check_digit(digits: str) -> str:
    """
    Return the check digit of ISO 7064 MOD 11,10 over decimal digits.

    >>> check_digit("0794")
    '5'
    """
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def reference_of(key: int, kind: Kind = Kind.INVOICE) -> str:
    """
    Return the reference of a row by its key, which is at least 0 and below ``ROOM``.

    :raises ValueError: if the key has no room in eight digits
    """
    if not 0 <= key < ROOM:
        raise ValueError(f"no reference for the key {key}")
    digits = f"{(key * FACTOR + SHIFT) % ROOM:08d}"
    return f"{kind}{digits}{check_digit(digits)}"


def read(text: str) -> list[Reference]:
    """
    Return the references in a memo, in order, each once; full-width forms, spaces and dashes are overlooked.

    >>> [(one.key, one.is_valid) for one in read("货款 zl-0337-8977 4 谢谢")]
    [(70, True)]
    """
    found: dict[str, Reference] = {}
    for kind, digits in _written(text):
        name = f"{kind}{digits}"
        key = (int(digits[:8]) - SHIFT) * BACK % ROOM
        is_valid = check_digit(digits[:8]) == digits[8]
        found.setdefault(name, Reference(Kind(kind), key, name, is_valid))
    return list(found.values())


def _written(text: str) -> Iterator[tuple[str, str]]:
    plain = unicodedata.normalize("NFKC", text).upper()
    for match in WRITTEN.finditer(plain):
        yield match[1], re.sub(r"\D", "", match[2])


def grouped(reference: str) -> str:
    """
    Write a reference so that a person can copy it: letters, then digits in threes.

    >>> grouped(reference_of(70))
    'ZL 033 789 774'
    """
    return " ".join((reference[:2], reference[2:5], reference[5:8], reference[8:]))
