"""
May these data be shared with this third party? Every step in its fixed order, each explained.

All steps are gone through, so that the lessee learns at once of everything that stands against it; what
refuses names the article at its item. A step may also only narrow: then the answer says how.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from devices.ownership.rules.changes import FORBIDDEN_PURPOSES
from devices.ownership.rules.defaults import SECOND, Matrix
from devices.ownership.rules.grants import CONSTRUCTION, HOUR, INTERVALS, LONGEST, RIGHTS
from devices.ownership.rules.parties import Party
from devices.ownership.rules.sharing import PURPOSES
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period

COMPETING = "developing_competing_product"
NEVER = FORBIDDEN_PURPOSES | {COMPETING}
SHAREABLE = frozenset({"read", "port", "share"})  # what the lessee itself may do with a category
NO_RECIPIENTS = frozenset({"PLATFORM", "REGULATOR"})
LISTED = frozenset({"L5", "L6"})


class Step(StrEnum):
    """The steps, in their order."""

    REQUEST = "REQUEST"
    RECIPIENT = "RECIPIENT"
    GATEKEEPER = "GATEKEEPER"
    PURPOSE = "PURPOSE"
    SCOPE = "SCOPE"
    GRADE = "GRADE"
    COMPETITOR = "COMPETITOR"
    PLACE = "PLACE"
    BORDER = "BORDER"
    TERMS = "TERMS"


class Outcome(StrEnum):
    """What a step said."""

    PASSED = "PASSED"
    NARROWED = "NARROWED"
    REFUSED = "REFUSED"


STEPS = {
    Step.REQUEST: gettext_noop("It is the lessee's own request, about data of its own lease."),
    Step.RECIPIENT: gettext_noop("The recipient is a third party."),
    Step.GATEKEEPER: gettext_noop("The recipient is not designated as a gatekeeper."),
    Step.PURPOSE: gettext_noop("The purpose is one for which data may be shared."),
    Step.SCOPE: gettext_noop("You may read, take along and share these data yourself."),
    Step.GRADE: gettext_noop("No important and no core data are among them."),
    Step.COMPETITOR: gettext_noop("The recipient does not compete with the owner."),
    Step.PLACE: gettext_noop("The table of rights does not keep the recipient from them."),
    Step.BORDER: gettext_noop("They stay in the country, or a border check lets them go."),
    Step.TERMS: gettext_noop("Resolution and times can be kept."),
}
RIVAL = gettext_noop(
    "The recipient competes with the owner: it gets condition and energy in figures of an hour at least, and "
    "may not develop a competing machine with them."
)
TEXTS = {
    "not_your_lease": gettext_noop(
        "Nothing is provided but at the request of the lessee itself ({article})."
    ),
    "not_of_your_time": gettext_noop(
        "Only data of your own lease can be shared: its time is another ({article})."
    ),
    "no_third_party": gettext_noop("{who} is no third party here. Name another organization ({article})."),
    "is_gatekeeper": gettext_noop(
        "{who} is designated as a gatekeeper since {since} ({source}): nothing reaches it ({article})."
    ),
    "purpose_never_shared": gettext_noop("Nobody can share data for the purpose {purpose} ({article})."),
    "purpose_not_shared": gettext_noop("Data are shared for these purposes only: {choices} ({article})."),
    "not_shareable": gettext_noop("You cannot share {category}: the table does not let you ({article})."),
    "channels_not_in_scope": gettext_noop("No data of these categories come from {channels}."),
    "nothing_in_scope": gettext_noop("No device of the machine reports data of these categories."),
    "important_or_core": gettext_noop("{channels}: important and core data are never shared ({article})."),
    "rival_needs_hours": gettext_noop(
        "A competitor of the owner gets {category} in figures of an hour at least ({article})."
    ),
    "never_for_it": gettext_noop("{party} never gets {category}, whoever asks ({article})."),
    "figures_only_for_it": gettext_noop("{party} gets figures of {category} at most ({rule})."),
    "no_form_for_it": gettext_noop(
        "{party} may get {category} only in a form that cannot be made here ({rule})."
    ),
    "border_check_missing": gettext_noop(
        "The data would be processed in {destination}. Have the border check done first, for these data and "
        "this recipient ({article})."
    ),
    "border_check_refuses": gettext_noop(
        "The border check {check} does not let these data go to {destination} ({article})."
    ),
    "right_not_known": gettext_noop("The right must be one of: {choices}."),
    "interval_missing": gettext_noop("Say over which interval figures are given: {choices}."),
    "interval_not_needed": gettext_noop("Single readings have no interval. Leave it out."),
    "generated_missing": gettext_noop("Say from when to when the data were made."),
    "readable_missing": gettext_noop("Say from when to when the data may be read."),
    "readable_too_long": gettext_noop("Data may be read for {days} days at most."),
    "readable_over": gettext_noop("The time in which they could be read is over."),
    "data_missing": gettext_noop("Say which data the grant is about."),
}


@dataclass(frozen=True, slots=True)
class InScope:
    """A channel that the request is about: as what its data may be shared, and their grade."""

    channel: str
    category: str
    grade: str | None


@dataclass(frozen=True, slots=True)
class Designated:
    """That a recipient is a gatekeeper: since which day, by which source."""

    since: str
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What the steps look at. ``competes``: the recipient with the owner; ``table`` protects the data.

    ``lease`` and the periods are aware. ``check`` is the newest border check of the lessee about recipient
    and destination this year (its public id), ``check_lets_go`` whether it covers all and lets it go.
    """

    by_lessee: bool
    lease: Period
    recipient: str
    kind: str
    party: Party
    gatekeeper: Designated | None
    purpose: str
    categories: tuple[str, ...]
    channels: frozenset[str]
    right: str
    interval: str
    generated: Period | None
    readable: Period | None
    now_is_over: bool
    scope: tuple[InScope, ...]
    table: Matrix
    competes: bool
    destination: str = "CN"
    check: str | None = None
    check_lets_go: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step found; ``text`` says in words why it passed or how it narrows."""

    step: Step
    outcome: Outcome
    text: str
    flaws: tuple[Flaw, ...] = ()


def screen(facts: Facts) -> list[Finding]:
    """Go through all steps in their order."""
    return [_finding(step, facts) for step in Step]


def _finding(step: Step, facts: Facts) -> Finding:
    flaws = tuple(LOOKS[step](facts))
    if flaws:
        return Finding(step, Outcome.REFUSED, STEPS[step], flaws)
    if step is Step.COMPETITOR and facts.competes:
        return Finding(step, Outcome.NARROWED, RIVAL)
    return Finding(step, Outcome.PASSED, STEPS[step])


def _request(facts: Facts) -> Iterator[Flaw]:
    if not facts.by_lessee:
        yield _flaw("/agreement", "not_your_lease", article="da_8_4")
    generated = facts.generated
    if generated is not None and generated.intersect(facts.lease) != generated:
        yield _flaw("/generated_from", "not_of_your_time", article="da_8_4")


def _recipient(facts: Facts) -> Iterator[Flaw]:
    if facts.party in (Party.OWNER, Party.LESSEE) or facts.kind in NO_RECIPIENTS:
        yield _flaw("/recipient", "no_third_party", who=facts.recipient, article="da_5_1")


def _gatekeeper(facts: Facts) -> Iterator[Flaw]:
    if facts.gatekeeper is not None:
        since, source = facts.gatekeeper.since, facts.gatekeeper.source
        yield _flaw(
            "/recipient", "is_gatekeeper", who=facts.recipient, since=since, source=source, article="da_5_3"
        )


def _purpose(facts: Facts) -> Iterator[Flaw]:
    if facts.purpose in NEVER:
        article = "da_6_2_e" if facts.purpose == COMPETING else "da_4_13"
        yield _flaw("/purpose", "purpose_never_shared", purpose=facts.purpose, article=article)
    elif facts.purpose not in PURPOSES:
        yield _flaw("/purpose", "purpose_not_shared", choices=", ".join(sorted(PURPOSES)), article="da_6_1")


def _scope(facts: Facts) -> Iterator[Flaw]:
    if not facts.categories:
        yield _flaw("/categories", "data_missing")
    own = {}
    for place, category in enumerate(facts.categories):
        cell = facts.table.cell(Party.LESSEE, category)
        own[category] = cell is not None and cell.rights >= SHAREABLE
        if not own[category]:
            article = "pipl_13_23" if category == "operator_data" else "da_5_1"
            yield _flaw(f"/categories/{place}", "not_shareable", category=category, article=article)
    missing = sorted(facts.channels - {one.channel for one in facts.scope})
    if missing:
        yield _flaw("/channels", "channels_not_in_scope", channels=", ".join(missing))
    elif facts.generated and own and all(own.values()) and not facts.scope:
        yield _flaw("/categories", "nothing_in_scope")


def _grade(facts: Facts) -> Iterator[Flaw]:
    listed = sorted({one.channel for one in facts.scope if one.grade in LISTED})
    if listed:
        yield _flaw("/categories", "important_or_core", channels=", ".join(listed), article="dsl_21")


def _competitor(facts: Facts) -> Iterator[Flaw]:
    if not facts.competes:
        return
    length = INTERVALS.get(facts.interval, 0) * SECOND
    for place, category in enumerate(facts.categories):
        if category in CONSTRUCTION and (facts.right == "read" or length < HOUR):
            yield _flaw(f"/categories/{place}", "rival_needs_hours", category=category, article="da_6_2_e")


def _place(facts: Facts) -> Iterator[Flaw]:
    """Makers and service providers have a place in the table: they never get more than it lets them."""
    party = facts.party
    for place, category in enumerate(facts.categories):
        cell, pointer = facts.table.cell(party, category), f"/categories/{place}"
        if party not in (Party.MAKER, Party.SERVICE_PROVIDER) or cell is None:
            continue
        said = {"party": str(party), "category": category, "rule": f"{category}.{party}"}
        if cell.prohibited:
            yield _flaw(pointer, "never_for_it", article="aucl_13_3", **said)
        elif category == "process_parameters":
            yield _flaw(pointer, "no_form_for_it", **said)
        elif facts.right == "read" and "read" not in cell.by_consent:
            yield _flaw(pointer, "figures_only_for_it", **said)


def _border(facts: Facts) -> Iterator[Flaw]:
    if facts.destination == "CN" or facts.check_lets_go:
        return
    said = {"destination": facts.destination, "article": "cac16_2"}
    if facts.check is None:
        yield _flaw("/destination", "border_check_missing", **said)
    else:
        yield _flaw("/destination", "border_check_refuses", check=facts.check, **said)


def _terms(facts: Facts) -> Iterator[Flaw]:
    if facts.right not in RIGHTS:
        yield _flaw("/right", "right_not_known", choices=", ".join(RIGHTS))
    if facts.right == "read" and facts.interval:
        yield _flaw("/interval", "interval_not_needed")
    if facts.right == "read_aggregate" and facts.interval not in INTERVALS:
        yield _flaw("/interval", "interval_missing", choices=", ".join(INTERVALS))
    if facts.generated is None:
        yield _flaw("/generated_from", "generated_missing")
    yield from _times(facts.readable, facts.now_is_over)


def _times(readable: Period | None, over: bool) -> Iterator[Flaw]:
    if readable is None or readable.end is None:
        yield _flaw("/readable_from", "readable_missing")
    elif readable.end - readable.start > LONGEST:
        yield _flaw("/readable_to", "readable_too_long", days=LONGEST // timedelta(days=1))
    elif over:
        yield _flaw("/readable_to", "readable_over")


LOOKS: dict[Step, Callable[[Facts], Iterator[Flaw]]] = {
    Step.REQUEST: _request,
    Step.RECIPIENT: _recipient,
    Step.GATEKEEPER: _gatekeeper,
    Step.PURPOSE: _purpose,
    Step.SCOPE: _scope,
    Step.GRADE: _grade,
    Step.COMPETITOR: _competitor,
    Step.PLACE: _place,
    Step.BORDER: _border,
    Step.TERMS: _terms,
}


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
