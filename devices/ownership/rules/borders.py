"""
May these data leave the country? The steps in their fixed order; the first that answers decides.

Sources: Provisions on Promoting and Regulating Cross-border Data Flows (Order 16 of 2024), Articles 2 to 9;
Data Security Law, Articles 31 and 36; Network Data Security Regulation, Article 37; EU Data Act, Article 32.
A fact that is not known (``None``) where it matters holds the transfer, and the answer names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from devices.ownership.rules.grading import Grade

MANY_PERSONS, FEWER_PERSONS, MANY_SENSITIVE = 1_000_000, 100_000, 10_000


class Answer(StrEnum):
    """What may be done."""

    NOT_APPLICABLE = "not_applicable"
    FREE = "free"
    CONTRACT_OR_CERTIFICATION = "contract_or_certification"
    SECURITY_ASSESSMENT = "security_assessment"
    HOLD = "hold"
    REFUSE = "refuse"


class Exemption(StrEnum):
    """Transfers that Articles 4 to 6 set free; ``NONE`` says that somebody looked and found none."""

    NONE = "none"
    TRANSIT = "transit"
    CONTRACT_WITH_PERSON = "contract_with_person"
    STAFF = "staff"
    EMERGENCY = "emergency"
    FREE_ZONE = "free_zone"


ARTICLES = {
    Exemption.TRANSIT: "cac16_4",
    Exemption.CONTRACT_WITH_PERSON: "cac16_5",
    Exemption.STAFF: "cac16_5",
    Exemption.EMERGENCY: "cac16_5",
    Exemption.FREE_ZONE: "cac16_6",
}


@dataclass(frozen=True, slots=True)
class Transfer:
    """
    A provision of data to a recipient; ``None`` is "nobody said".

    ``persons`` and ``sensitive_persons`` are counted since 1 January, this transfer included; the first does
    not count the second. ``assessed_until`` and ``contract_until`` tell how long an assessment that was
    passed, a contract that was filed or a certificate hold; ``on`` is the day of the transfer.
    """

    on: date
    abroad: bool | None = None
    for_foreign_authority: bool | None = None
    authority_approved: bool | None = None
    eu_data_for_third_country: bool | None = False
    grade: Grade | None = None
    personal: bool | None = None
    critical_operator: bool | None = None
    persons: int | None = None
    sensitive_persons: int | None = None
    exemption: Exemption | None = None
    assessed_until: date | None = None
    contract_until: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, the step that gave it, the articles it rests on, and what must be known to say more."""

    answer: Answer
    step: int
    articles: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def may_go(self) -> bool:
        """Tell whether the data may be provided now."""
        return self.answer in {Answer.NOT_APPLICABLE, Answer.FREE}


def check(transfer: Transfer) -> Verdict:
    """Go through the steps; the first that answers decides."""
    verdict = next(_steps(transfer))
    return _already_cleared(verdict, transfer)


def _steps(asked: Transfer) -> Iterator[Verdict]:
    if asked.abroad is None:
        yield _hold(1, "abroad")
    if not asked.abroad:
        yield Verdict(Answer.NOT_APPLICABLE, 1)
    yield from _authorities(asked)
    yield from _by_grade(asked)
    yield from _by_person(asked)


def _by_grade(asked: Transfer) -> Iterator[Verdict]:
    if asked.grade is None:
        yield _hold(3, "grade", *(("personal",) if asked.personal is None else ()))
    elif asked.grade is Grade.CORE:
        yield Verdict(Answer.REFUSE, 3, ("dsl_21", "dsl_31"))
    elif asked.grade is Grade.IMPORTANT:
        yield Verdict(Answer.SECURITY_ASSESSMENT, 4, ("cac16_7", "dsl_31", "ndr_37", "miit_21"))
    if asked.personal is None:
        yield _hold(5, "personal")
    if not asked.personal:
        yield Verdict(Answer.FREE, 5, ("cac16_3",))


def _by_person(asked: Transfer) -> Iterator[Verdict]:
    if asked.exemption is None:
        yield _hold(6, *_unknown(asked, "exemption", "critical_operator", "persons", "sensitive_persons"))
    elif asked.exemption is not Exemption.NONE:
        yield Verdict(Answer.FREE, 6, (ARTICLES[asked.exemption],))
    if asked.critical_operator is None:
        yield _hold(7, *_unknown(asked, "critical_operator", "persons", "sensitive_persons"))
    if asked.critical_operator:
        yield Verdict(Answer.SECURITY_ASSESSMENT, 7, ("cac16_7",))
    yield _by_count(asked)


def _authorities(asked: Transfer) -> Iterator[Verdict]:
    if asked.for_foreign_authority is None:
        yield _hold(2, "for_foreign_authority")
    if asked.for_foreign_authority and asked.authority_approved is not True:
        yield Verdict(Answer.REFUSE, 2, ("dsl_36",))
    if asked.eu_data_for_third_country is None:
        yield _hold(2, "eu_data_for_third_country")
    if asked.eu_data_for_third_country:
        yield Verdict(Answer.HOLD, 2, ("da_32",), ("conflict_of_laws_checked",))


def _by_count(asked: Transfer) -> Verdict:
    """Decide by how many persons were concerned since 1 January."""
    persons, sensitive = asked.persons, asked.sensitive_persons
    if (persons or 0) >= MANY_PERSONS or (sensitive or 0) >= MANY_SENSITIVE:
        return Verdict(Answer.SECURITY_ASSESSMENT, 8, ("cac16_7",))
    if persons is None or sensitive is None:
        return _hold(9, *_unknown(asked, "persons", "sensitive_persons"))
    if persons >= FEWER_PERSONS or sensitive > 0:
        return Verdict(Answer.CONTRACT_OR_CERTIFICATION, 8, ("cac16_8",))
    return Verdict(Answer.FREE, 8, ("cac16_5",))


def _already_cleared(verdict: Verdict, asked: Transfer) -> Verdict:
    """Let go what was cleared before; an assessment (three years, Article 9) covers a contract too."""
    assessed = asked.assessed_until is not None and asked.on < asked.assessed_until
    contracted = asked.contract_until is not None and asked.on < asked.contract_until
    if verdict.answer is Answer.SECURITY_ASSESSMENT and assessed:
        return Verdict(Answer.FREE, verdict.step, (*verdict.articles, "cac16_9"))
    if verdict.answer is Answer.CONTRACT_OR_CERTIFICATION and (contracted or assessed):
        return Verdict(Answer.FREE, verdict.step, verdict.articles)
    return verdict


def _hold(step: int, *missing: str) -> Verdict:
    return Verdict(Answer.HOLD, step, (), missing)


def _unknown(asked: Transfer, *names: str) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(asked, name) is None)
