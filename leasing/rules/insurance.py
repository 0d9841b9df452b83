"""
Insurance policies: what is insured of a machine, by whom, for how much and from when to when.

Source: Insurance Law, Article 12 (who insures a thing has an interest in it when it is damaged: the owner,
and whoever leases it) and Article 18 (what a policy says). ``FIRST_SET`` is the compensation insurance for a
first set (首台（套）重大技术装备综合险): it names the item, and the year, of the catalogue of the Ministry
(首台（套）重大技术装备推广应用指导目录), without which nothing is compensated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.money import PLACES

A_DAY = timedelta(days=1)
SOON = timedelta(days=30)  # before its end people are told
OLDEST = timedelta(days=3653)  # ten years: an older policy says nothing of today's machine
LONGEST_TERM = timedelta(days=3653)
MOST = 10**15 - 1  # of a sum insured, in minor units
FIRST_CATALOGUE = 2015  # the year of the Ministry's first catalogue
LONGEST = {"insurer": 120, "number": 60, "catalogue_item": 120, "note": 1000}
SHA256 = re.compile(r"[0-9a-f]{64}")
TEXTS = {
    "required": gettext_noop("This must be said."),
    "too_long": gettext_noop("At most {most} characters."),
    "no_sum": gettext_noop("Give a sum above zero, of fifteen digits with its decimals at most."),
    "unknown_currency": gettext_noop("Give one of these currencies: {choices}."),
    "not_after": gettext_noop("A policy ends after it begins."),
    "too_long_term": gettext_noop("A policy holds for ten years at most."),
    "too_old": gettext_noop("A policy that ended more than ten years ago is not written down any more."),
    "only_first_set": gettext_noop("Only insurance of a first set has such a field."),
    "no_catalogue_year": gettext_noop(
        "Give the year of the Ministry's catalogue, from {first} to the year in which the policy begins."
    ),
    "not_a_sha256": gettext_noop("A SHA-256 has 64 digits from 0 to 9 and a to f."),
    "needs_a_lease": gettext_noop(
        "Beside a lease the owner holds the policy. Write one of the lessor or the lessee down on the lease."
    ),
    "cancels_nothing": gettext_noop("Name the policy that is cancelled: a newer record takes its place."),
    "cancelled_outside": gettext_noop("It is cancelled from a moment between its beginning and its end."),
    "no_reason": gettext_noop("Say why it was cancelled."),
    "not_in_force": gettext_noop(
        "No policy of this machine with that id held while the lessee had it. "
        "Choose one of the lease, or none."
    ),
}


class Kind(StrEnum):
    """What is insured."""

    PROPERTY = "PROPERTY"
    TRANSIT = "TRANSIT"
    BREAKDOWN = "BREAKDOWN"
    LIABILITY = "LIABILITY"
    FIRST_SET = "FIRST_SET"


class Holder(StrEnum):
    """Who took the policy out."""

    OWNER = "OWNER"
    LESSOR = "LESSOR"
    LESSEE = "LESSEE"


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What somebody writes down; ``sum_minor`` in minor units (fen), from ``starts_at`` to before ``ends_at``.

    ``cancelled_at`` is the first moment that it covers no more, if it was cancelled; ``document_sha256`` the
    fingerprint of the document's file.
    """

    kind: Kind
    insurer: str
    number: str
    sum_minor: int
    starts_at: datetime
    ends_at: datetime
    currency: str = "CNY"
    holder: Holder = Holder.OWNER
    catalogue_item: str = ""
    catalogue_year: int | None = None
    document_sha256: str = ""
    note: str = ""
    cancelled_at: datetime | None = None

    @property
    def covers_until(self) -> datetime:
        """The first moment that it covers no more."""
        return self.cancelled_at or self.ends_at

    def covers(self, since: datetime, until: datetime | None) -> bool:
        """Tell whether it covers some of a half-open period; one without an end goes on for good."""
        return self.covers_until > since and (until is None or self.starts_at < until)


def flaws(given: Policy, *, at: datetime, on_lease: bool, replaces: bool) -> list[Flaw]:
    """
    Return everything that is wrong with a policy that is written down at a moment, each at its field.

    ``on_lease`` says that it belongs to a lease, ``replaces`` that it takes the place of an older record.
    """
    found = [*_of_texts(given), *_of_sum(given), *_of_times(given, at), *_of_first_set(given)]
    if given.holder is not Holder.OWNER and not on_lease:
        found.append(_flaw("holder", "needs_a_lease"))
    return [*found, *_of_cancelling(given, replaces)]


def _of_texts(given: Policy) -> Iterator[Flaw]:
    for name in ("insurer", "number"):
        if not getattr(given, name).strip():
            yield _flaw(name, "required")
    for name, most in LONGEST.items():
        if len(getattr(given, name)) > most:
            yield _flaw(name, "too_long", most=most)
    if given.document_sha256 and not SHA256.fullmatch(given.document_sha256):
        yield _flaw("document_sha256", "not_a_sha256")


def _of_sum(given: Policy) -> Iterator[Flaw]:
    if not 0 < given.sum_minor <= MOST:
        yield _flaw("sum_minor", "no_sum")
    if given.currency not in PLACES:
        yield _flaw("currency", "unknown_currency", choices=", ".join(sorted(PLACES)))


def _of_times(given: Policy, at: datetime) -> Iterator[Flaw]:
    if given.ends_at <= given.starts_at:
        yield _flaw("ends_at", "not_after")
    elif given.ends_at - given.starts_at > LONGEST_TERM:
        yield _flaw("ends_at", "too_long_term")
    elif given.ends_at < at - OLDEST:
        yield _flaw("ends_at", "too_old")


def _of_first_set(given: Policy) -> Iterator[Flaw]:
    if given.kind is not Kind.FIRST_SET:
        for name in ("catalogue_item", "catalogue_year"):
            if getattr(given, name):
                yield _flaw(name, "only_first_set")
        return
    if not given.catalogue_item.strip():
        yield _flaw("catalogue_item", "required")
    last = (given.starts_at + A_DAY).year  # in China a year begins hours before it does in UTC
    if not FIRST_CATALOGUE <= (given.catalogue_year or 0) <= last:
        yield _flaw("catalogue_year", "no_catalogue_year", first=FIRST_CATALOGUE)


def _of_cancelling(given: Policy, replaces: bool) -> Iterator[Flaw]:
    if given.cancelled_at is None:
        return
    if not replaces:
        yield _flaw("cancelled_at", "cancels_nothing")
    if not given.starts_at <= given.cancelled_at < given.ends_at:
        yield _flaw("cancelled_at", "cancelled_outside")
    if not given.note.strip():
        yield _flaw("note", "no_reason")


def _flaw(field: str, code: str, **facts: Any) -> Flaw:
    return Flaw(f"/{field}", code, TEXTS[code], facts)
