"""Subsidy programmes: opened with a budget, ruled by dated terms, and the lessees admitted to them."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import books
from billing.models import SubsidyAdmission, SubsidyBudget, SubsidyProgramme, SubsidyRules
from billing.models.loan_products import local_day
from billing.queries import subsidy_standing
from billing.rules.subsidy_terms import (
    LAST_DAY,
    LONGEST_BASIS,
    SubsidyTerms,
    amount_flaws,
    flaw,
    terms_flaws,
    text_flaws,
    yuan_text,
)
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

LONGEST_NAME = 120


class SubsidyInvalid(Invalid):
    """Something that was given for a programme is wrong; ``flaws`` say what, each at its field."""

    code = "subsidy_invalid"
    text = gettext_noop("The programme cannot go on like this. Mend what is marked.")


class SubsidyNotByPlatform(NotPossible):
    """Subsidies pass through the platform's book."""

    code = "subsidy_not_by_platform"
    text = gettext_noop("Subsidies pass through the platform's book, so the platform opens programmes.")


class SubsidyNameUsed(NotPossible):
    """Another programme has this name."""

    code = "subsidy_name_used"
    text = gettext_noop("A programme with the name “{name}” is there already, with other facts.")


class SubsidyAdmissionEnded(NotPossible):
    """It has an end already."""

    code = "subsidy_admission_ended"
    text = gettext_noop("This admission ends on {day} already.")


def check(*, flaws: list[Flaw]) -> None:
    """
    Let the action go on if nothing is wrong with what was given.

    :raises SubsidyInvalid: with every flaw at its field
    """
    if flaws:
        raise SubsidyInvalid(flaws=flaws)


def require_operator(*, programme: SubsidyProgramme, within: Organization, by: User) -> None:
    """
    Let who runs the programme go on.

    :raises MissingRight: if ``within`` does not run it, or ``by`` lacks the right there
    """
    if within.pk != programme.operator_id:
        raise MissingRight(organization=within.name, permission=str(Permission.SUBSIDY_MANAGE))
    require(by, Permission.SUBSIDY_MANAGE, within=within)


def require_opener(*, within: Organization, by: User, at: datetime) -> None:
    """
    Let who may open programmes go on.

    :raises MissingRight: if ``by`` may not manage the subsidies of ``within``
    :raises SubsidyNotByPlatform: if ``within`` is not the platform
    """
    require(by, Permission.SUBSIDY_MANAGE, within=within)
    book = books.platform_book(at=at)
    if book is None or book.organization_id != within.pk:
        raise SubsidyNotByPlatform


@atomic
def open_programme(
    *,
    name: str,
    authority: Organization | None,
    authority_name: str,
    mode: str,
    budget_minor: int,
    basis: str,
    within: Organization,
    by: User,
    at: datetime,
) -> SubsidyProgramme:
    """
    Open a programme with its first budget, in fen; the same again under its name is the same programme.

    :raises MissingRight: if ``by`` may not manage the subsidies of ``within``
    :raises SubsidyNotByPlatform: if ``within`` is not the platform
    :raises SubsidyInvalid: with every fault at its field
    :raises SubsidyNameUsed: if another one has the name
    """
    require_opener(within=within, by=by, at=at)
    authority_name = authority.name if authority else authority_name.strip()
    flaws = text_flaws("/name", name, most=LONGEST_NAME)
    flaws += text_flaws("/authority_name", authority_name, most=LONGEST_NAME)
    flaws += text_flaws("/basis", basis, most=LONGEST_BASIS) + amount_flaws("/budget_minor", budget_minor)
    if mode not in SubsidyProgramme.Way.values:
        choices = ", ".join(SubsidyProgramme.Way.values)
        flaws.append(flaw("/mode", "subsidy_choices_unknown", choices=choices))
    check(flaws=flaws)
    facts = {"authority": authority, "authority_name": authority_name, "mode": mode}
    made, is_new = SubsidyProgramme.objects.get_or_create(
        operator=within,
        name=name.strip(),
        defaults=facts | {"opened_by_name": by.name, "opened_at": at},
    )
    if not is_new:
        return _the_same(made, facts)
    _budget(made, budget_minor, basis, by, at)
    about = {"name": made.name, "mode": mode, "budget_minor": budget_minor}
    audit.record(by=by, action="subsidy.open", subject=made.public_id, at=at, within=within, **about)
    return made


@atomic
def set_budget(
    *,
    programme: SubsidyProgramme,
    budget_minor: int,
    basis: str,
    within: Organization,
    by: User,
    at: datetime,
) -> SubsidyBudget:
    """
    Set what a programme may bear in all from now on, in fen; the same again is the same row.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyInvalid: if more is granted already, or something is wrong with amount or basis
    """
    require_operator(programme=programme, within=within, by=by)
    check(flaws=amount_flaws("/budget_minor", budget_minor) + text_flaws("/basis", basis, most=LONGEST_BASIS))
    SubsidyProgramme.objects.locked().get(pk=programme.pk)
    last = programme.budgets.order_by("number").last()
    if last is not None and (last.budget_minor, last.basis) == (budget_minor, basis.strip()):
        return last
    borne = subsidy_standing(programme).borne_minor
    if budget_minor < borne:
        check(flaws=[flaw("/budget_minor", "subsidy_below_granted", granted=yuan_text(borne))])
    made = _budget(programme, budget_minor, basis, by, at)
    facts = {"number": made.number, "budget_minor": budget_minor}
    audit.record(by=by, action="subsidy.budget", subject=programme.public_id, at=at, within=within, **facts)
    return made


@atomic
def publish_rules(
    *,
    programme: SubsidyProgramme,
    terms: SubsidyTerms,
    basis: str,
    within: Organization,
    by: User,
    at: datetime,
) -> SubsidyRules:
    """
    Publish a version of the terms, for invoices issued from today or a later day on; again is the same one.

    An invoice keeps the terms of the day of its issue; its notes go by the same.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyInvalid: with every fault at its field
    """
    require_operator(programme=programme, within=within, by=by)
    flaws = terms_flaws(terms, today=local_day(at), kinds=OrganizationKind.values)
    known = set(Category.objects.filter(code__in=terms.categories).values_list("code", flat=True))
    flaws += [
        flaw("/categories", "subsidy_category_unknown", category=code)
        for code in terms.categories
        if code not in known
    ]
    check(flaws=flaws + text_flaws("/basis", basis, most=LONGEST_BASIS))
    SubsidyProgramme.objects.locked().get(pk=programme.pk)
    last = programme.rules.order_by("number").last()
    if last is not None and (last.terms, last.basis) == (terms, basis.strip()):
        return last
    number = last.number + 1 if last else 1
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(terms).items()}
    made = SubsidyRules.objects.create(
        programme=programme, number=number, basis=basis.strip(), made_by_name=by.name, made_at=at, **given
    )
    facts = {"number": number, "valid_from": terms.valid_from.isoformat()}
    audit.record(by=by, action="subsidy.rule", subject=programme.public_id, at=at, within=within, **facts)
    return made


@atomic
def admit(
    *,
    programme: SubsidyProgramme,
    lessee: Organization,
    admitted_on: date,
    basis: str,
    within: Organization,
    by: User,
    at: datetime,
) -> SubsidyAdmission:
    """
    Admit a lessee for invoices issued from a day on; while it is admitted, again changes nothing.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyInvalid: if the day is past or too far away, or there is no basis
    """
    require_operator(programme=programme, within=within, by=by)
    flaws = text_flaws("/basis", basis, most=LONGEST_BASIS)
    SubsidyProgramme.objects.locked().get(pk=programme.pk)
    known = SubsidyAdmission.objects.filter(programme=programme, lessee=lessee, ended_on=None).first()
    if known is not None:
        return known
    today = local_day(at)
    if not today <= admitted_on <= LAST_DAY:
        days = {"earliest": today.isoformat(), "latest": LAST_DAY.isoformat()}
        flaws.append(flaw("/admitted_on", "subsidy_admission_day", **days))
    check(flaws=flaws)
    made = SubsidyAdmission.objects.create(
        programme=programme,
        lessee=lessee,
        admitted_on=admitted_on,
        basis=basis.strip(),
        admitted_by_name=by.name,
        made_at=at,
    )
    facts = {"lessee": lessee.public_id, "admitted_on": admitted_on.isoformat()}
    audit.record(by=by, action="subsidy.admit", subject=programme.public_id, at=at, within=within, **facts)
    return made


@atomic
def end_admission(
    *, admission: SubsidyAdmission, within: Organization, by: User, at: datetime
) -> SubsidyAdmission:
    """
    End an admission: invoices issued from tomorrow on are borne no more, earlier ones as they were.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyAdmissionEnded: if it has ended
    """
    require_operator(programme=admission.programme, within=within, by=by)
    SubsidyProgramme.objects.locked().get(pk=admission.programme_id)
    found = SubsidyAdmission.objects.get(pk=admission.pk)
    if found.ended_on is not None:
        raise SubsidyAdmissionEnded(day=found.ended_on.isoformat())
    found.ended_on = max(found.admitted_on, date.fromordinal(local_day(at).toordinal() + 1))
    found.save(update_fields=["ended_on"])
    facts = {"lessee": found.lessee.public_id, "ended_on": found.ended_on.isoformat()}
    audit.record(
        by=by, action="subsidy.end", subject=found.programme.public_id, at=at, within=within, **facts
    )
    return found


def _the_same(programme: SubsidyProgramme, facts: dict[str, Any]) -> SubsidyProgramme:
    if any(getattr(programme, name) != value for name, value in facts.items()):
        raise SubsidyNameUsed(name=programme.name)
    return programme


def _budget(
    programme: SubsidyProgramme, budget_minor: int, basis: str, by: User, at: datetime
) -> SubsidyBudget:
    last = programme.budgets.order_by("number").last()
    return SubsidyBudget.objects.create(
        programme=programme,
        number=last.number + 1 if last else 1,
        budget_minor=budget_minor,
        basis=basis.strip(),
        made_by_name=by.name,
        made_at=at,
    )
