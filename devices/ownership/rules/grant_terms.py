"""The terms of a grant: how they are hashed, and which of them nobody can give, whoever signs."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from devices.ownership.rules.changes import Change, DataTerms, lint
from devices.ownership.rules.defaults import SECOND, Cell, Matrix, matrix
from devices.ownership.rules.grants import (
    DIAGNOSIS_AT_LEAST,
    DIAGNOSIS_AT_MOST,
    INTERVALS,
    LONGEST,
    RIGHTS,
    RIVALS,
    Kind,
    least,
)
from devices.ownership.rules.parties import Party
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period

WHO_MAY_GET = {
    Kind.LESSEE_CONSENT: frozenset({Party.OWNER, Party.MAKER, Party.SERVICE_PROVIDER}),
    Kind.REMOTE_DIAGNOSIS: frozenset({Party.OWNER, Party.MAKER, Party.SERVICE_PROVIDER}),
    Kind.SERVICE_JOB: frozenset({Party.SERVICE_PROVIDER}),
    Kind.ORDER: frozenset({Party.REGULATOR}),
    Kind.PRODUCT: frozenset(),  # sold by a licence, and never given otherwise
    Kind.SHARING: frozenset(),  # asked for by the lessee, accepted by the recipient: ``rules.sharing``
}
# The table gives these in a form that this door cannot make: fields struck out, a place instead of a track.
NOT_ENFORCEABLE = frozenset({("process_parameters", Party.SERVICE_PROVIDER)})
TEXTS = {
    "recipient_is_no_party": gettext_noop("{party} cannot get a grant of this kind."),
    "data_missing": gettext_noop("Say which data the grant is about."),
    "right_not_known": gettext_noop("The right must be one of: {choices}."),
    "interval_missing": gettext_noop("Say over which interval figures are given: {choices}."),
    "interval_not_needed": gettext_noop("Single readings have no interval. Leave it out."),
    "interval_below_least": gettext_noop("Figures may not be finer than {minutes} minutes here ({rule})."),
    "purpose_not_of_cell": gettext_noop("This may be given for these purposes only: {choices} ({rule})."),
    "not_on_order": gettext_noop("No order can open this: the table names {choices} at most ({rule})."),
    "not_enforceable": gettext_noop("This may be given only in a form that cannot be made here ({rule})."),
    "competitor_raw": gettext_noop(
        "A competitor of the lessee gets single readings in a remote diagnosis only ({article})."
    ),
    "competitor_counts": gettext_noop(
        "A competitor of the lessee gets no counts but those of bills ({article})."
    ),
    "diagnosis_is_condition": gettext_noop("Remote diagnosis is about the condition of the machine alone."),
    "diagnosis_length": gettext_noop("A remote diagnosis lasts from 5 minutes to 24 hours."),
    "readable_missing": gettext_noop("Say from when to when the data may be read."),
    "readable_too_long": gettext_noop("Data may be read for {days} days at most."),
    "generated_missing": gettext_noop("Say from when to when the data were made."),
    "narrowed_by_agreement": gettext_noop(
        "The agreement gives less here than the default table ({rule}), so the lessee alone can give it."
    ),
    "job_missing": gettext_noop("Name the job ticket."),
    "order_missing": gettext_noop("Name the authority, the number and the date of the order."),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What a grant gives to whom, as both sides see it; times are aware, ``lasts`` is in seconds.

    A remote diagnosis has ``lasts`` and begins when it is given; all others have ``generated`` and
    ``readable``. ``equipment``, ``agreement`` and ``recipient`` are public ids.
    """

    kind: str
    equipment: str
    agreement: str | None
    recipient: str
    party: str
    categories: tuple[str, ...]
    right: str
    purpose: str
    interval: str | None = None
    generated: Period | None = None
    readable: Period | None = None
    lasts: int | None = None
    reference: str = ""
    authority: str = ""
    ordered_on: date | None = None
    assets: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def digest(terms: Terms) -> str:
    """Return the SHA-256 of the terms in their one written form: JSON, sorted keys, ASCII, times in UTC."""
    written = asdict(terms) | {"generated": _span(terms.generated), "readable": _span(terms.readable)}
    written |= {"ordered_on": terms.ordered_on and terms.ordered_on.isoformat()}
    if not terms.assets:
        del written["assets"]  # as it was written before products were sold
    if not terms.channels:
        del written["channels"]  # so that grants of before keep their digest
    text = json.dumps(written, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"jijian-grant-1\n{text}".encode()).hexdigest()


def faults(terms: Terms, table: Matrix, *, consent: frozenset[str], competitor: bool) -> list[Flaw]:
    """
    Return a flaw for everything in the terms that nobody can give, at its field.

    ``table`` is what both the default table and the agreement give (``tables.protecting``). ``consent`` are
    the roles (owner, lessee) in which the giver can speak; ``competitor`` says that the recipient competes
    with the lessee.
    """
    party = Party(terms.party)
    if party not in WHO_MAY_GET[Kind(terms.kind)]:
        return [_flaw("/recipient", "recipient_is_no_party", party=terms.party)]
    found = [*_shape(terms), *_times(terms)]
    if found:
        return found
    if terms.kind != Kind.ORDER:
        found += _linted(terms, table, consent)
    for category in terms.categories:
        cell = table.cell(party, category)
        if cell is not None:
            found += _cell_faults(terms, cell, f"{category}.{party}", competitor=competitor)
    return found or list(_too_fine(terms, party, competitor=competitor))


def _shape(terms: Terms) -> Iterator[Flaw]:
    if not terms.categories:
        yield _flaw("/categories", "data_missing")
    if terms.right not in RIGHTS:
        yield _flaw("/right", "right_not_known", choices=", ".join(RIGHTS))
    if terms.right == "read" and terms.interval is not None:
        yield _flaw("/interval", "interval_not_needed")
    if terms.right == "read_aggregate" and terms.interval not in INTERVALS:
        yield _flaw("/interval", "interval_missing", choices=", ".join(INTERVALS))
    if terms.kind == Kind.SERVICE_JOB and not terms.reference:
        yield _flaw("/reference", "job_missing")
    if terms.kind == Kind.ORDER and not (terms.reference and terms.authority and terms.ordered_on):
        yield _flaw("/reference", "order_missing")


def _times(terms: Terms) -> Iterator[Flaw]:
    if terms.kind == Kind.REMOTE_DIAGNOSIS:
        if terms.categories != ("machine_condition",):
            yield _flaw("/categories", "diagnosis_is_condition")
        if not DIAGNOSIS_AT_LEAST <= timedelta(seconds=terms.lasts or 0) <= DIAGNOSIS_AT_MOST:
            yield _flaw("/lasts", "diagnosis_length")
        return
    if terms.generated is None:
        yield _flaw("/generated", "generated_missing")
    if terms.readable is None or terms.readable.end is None:
        yield _flaw("/readable", "readable_missing")
    elif terms.readable.end - terms.readable.start > LONGEST:
        yield _flaw("/readable", "readable_too_long", days=LONGEST.days)


def _linted(terms: Terms, table: Matrix, consent: frozenset[str]) -> Iterator[Flaw]:
    """What the linter of contracts says of it: a grant is a change of the table for a time."""
    for place, category in enumerate(terms.categories):
        if "lessee" not in consent and _narrowed(terms.party, category, table):
            rule = f"{category}.{terms.party}"
            yield _flaw(f"/categories/{place}", "narrowed_by_agreement", rule=rule)
        cell = table.cell(Party(terms.party), category) or Cell(frozenset())
        reads_all = terms.right == "read_aggregate" and "read" in cell.by_consent
        change = Change(
            party=terms.party,
            category=category,
            adds=frozenset({"read" if reads_all else terms.right}),
            purposes=frozenset({terms.purpose}),
            consent=consent,
        )
        for flaw in lint(DataTerms((change,)), table):
            part = flaw.pointer.rpartition("/")[2]
            pointer = {"purposes": "/purpose", "adds": "/right", "consent": "/consent"}.get(part)
            yield Flaw(pointer or f"/categories/{place}", flaw.code, flaw.text, flaw.facts)


def _narrowed(party: str, category: str, table: Matrix) -> bool:
    """Tell whether an agreement gives the recipient, or the owner, less of a category than the default."""
    sides = (Party(party), Party.OWNER)
    return any(table.cell(one, category) != matrix().cell(one, category) for one in sides)


def _cell_faults(terms: Terms, cell: Cell, rule: str, *, competitor: bool) -> Iterator[Flaw]:
    party, category = Party(terms.party), rule.partition(".")[0]
    if terms.kind == Kind.ORDER:
        if not _covers(cell.on_order, terms.right):
            choices = ", ".join(sorted(cell.on_order)) or "–"
            yield _flaw("/right", "not_on_order", choices=choices, rule=rule)
        return
    if (category, party) in NOT_ENFORCEABLE or (category == "location" and terms.right == "read_aggregate"):
        yield _flaw("/categories", "not_enforceable", rule=rule)
    if cell.by_consent and cell.purposes is not None and terms.purpose not in cell.purposes:
        yield _flaw("/purpose", "purpose_not_of_cell", choices=", ".join(sorted(cell.purposes)), rule=rule)
    if competitor and party in RIVALS:
        if category == "production_counts":
            yield _flaw("/categories", "competitor_counts", article="da_4_13")
        if terms.right == "read" and terms.kind != Kind.REMOTE_DIAGNOSIS:
            yield _flaw("/right", "competitor_raw", article="da_4_13")


def _too_fine(terms: Terms, party: Party, *, competitor: bool) -> Iterator[Flaw]:
    finest = least(party, competitor=competitor)
    if terms.interval is not None and INTERVALS[terms.interval] * SECOND < finest:
        rule = f"{terms.categories[0]}.{party}"
        yield _flaw("/interval", "interval_below_least", minutes=finest // (60 * SECOND), rule=rule)


def _covers(rights: frozenset[str], right: str) -> bool:
    return right in rights or (right == "read_aggregate" and "read" in rights)


def _span(period: Period | None) -> list[str | None] | None:
    return None if period is None else [_moment(period.start), _moment(period.end)]


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="microseconds")


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
