"""Risk funds: opened with a book of their own, ruled by dated versions, and joined by owners."""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from billing.actions import books
from billing.models import Book, Fund, FundMembership, FundRules
from billing.models.loan_products import local_day
from billing.rules.fund_terms import FundTerms, terms_flaws, text_flaws
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotPossible

LONGEST_BASIS = 200


class FundInvalid(Invalid):
    """Something that was given for a fund is wrong; ``flaws`` say what, each at its field."""

    code = "fund_invalid"
    text = gettext_noop("The fund cannot go on like this. Mend what is marked.")


class FundNotByPlatform(NotPossible):
    """The platform administers funds: the levy passes through its book."""

    code = "fund_not_by_platform"
    text = gettext_noop("{organization} keeps no book through which levies pass. The platform opens funds.")


class FundWithoutRules(NotPossible):
    """No rules hold on the day."""

    code = "fund_without_rules"
    text = gettext_noop("No rules of {fund} hold on {day}. Its administrator publishes them first.")


class InAFund(NotPossible):
    """An owner takes part in one fund at a time."""

    code = "owner_in_a_fund"
    text = gettext_noop("{owner} takes part in a fund already. Leave that one first.")


class NotInTheFund(NotPossible):
    """The owner does not take part."""

    code = "owner_not_in_fund"
    text = gettext_noop("{owner} does not take part in {fund}.")


class OwnFund(NotPossible):
    """Who administers a fund is not insured by it."""

    code = "own_fund"
    text = gettext_noop("{owner} administers this fund and cannot take part in it.")


def check(*, flaws: list[Flaw]) -> None:
    """
    Let the action go on if nothing is wrong with what was given.

    :raises FundInvalid: with every flaw at its field
    """
    if flaws:
        raise FundInvalid(flaws=flaws)


def require_administrator(*, fund: Fund, permission: Permission, within: Organization, by: User) -> None:
    """
    Let who administers the fund go on.

    :raises MissingRight: if ``within`` does not administer it, or ``by`` lacks the right there
    """
    if within.pk != fund.book.organization_id:
        raise MissingRight(organization=within.name, permission=str(permission))
    require(by, permission, within=within)


@atomic
def open_fund(*, code: str, name: str, within: Organization, by: User, at: datetime) -> Fund:
    """
    Open a fund with a book of its own in yuan; the same fund again is the same fund.

    :raises MissingRight: if ``by`` may not lock the books of ``within``
    :raises FundNotByPlatform: if ``within`` is not the platform
    :raises BookInvalid: if code or name do not do
    """
    require(by, Permission.BOOK_LOCK, within=within)
    platform = books.platform_book(at=at)
    if platform is None or platform.organization_id != within.pk:
        raise FundNotByPlatform(organization=within.name)
    book = books.open_book(code=code, name=name, kind=Book.Kind.FUND, organization=within, at=at, by=by)
    fund, made = Fund.objects.get_or_create(book=book, defaults={"opened_at": at})
    if made:
        audit.record(by=by, action="fund.open", subject=fund.public_id, at=at, within=within, book=code)
    return fund


@atomic
def publish_rules(
    *,
    fund: Fund,
    terms: FundTerms,
    valid_from: date,
    basis: str,
    within: Organization,
    by: User,
    at: datetime,
) -> FundRules:
    """
    Publish a version of a fund's rules, from today or a later day on; the same version again is the same one.

    Invoices and claims keep the rules that held on the day on which the invoice was issued.

    :raises MissingRight: if ``by`` may not lock the books of the fund
    :raises FundInvalid: with every fault at its field
    """
    require_administrator(fund=fund, permission=Permission.BOOK_LOCK, within=within, by=by)
    flaws = terms_flaws(terms, valid_from=valid_from, today=local_day(at))
    check(flaws=flaws + text_flaws("/basis", basis, most=LONGEST_BASIS))
    Fund.objects.locked().get(pk=fund.pk)
    last = fund.rules.order_by("number").last()
    given = {"valid_from": valid_from, "basis": basis.strip()} | vars(terms)
    given["steps"] = list(terms.steps)
    if last is not None and all(getattr(last, name) == value for name, value in given.items()):
        return last
    number = last.number + 1 if last else 1
    made = FundRules.objects.create(fund=fund, number=number, made_by_name=by.name, made_at=at, **given)
    facts = {"number": number, "valid_from": valid_from.isoformat()}
    audit.record(by=by, action="fund.rule", subject=fund.public_id, at=at, within=within, **facts)
    return made


@atomic
def join(*, fund: Fund, within: Organization, by: User, at: datetime) -> FundMembership:
    """
    Let an owner take part from now on: its rent bears the levy, and it may claim; again changes nothing.

    :raises MissingRight: if ``by`` may not claim for ``within``
    :raises OwnFund: if ``within`` administers the fund
    :raises FundWithoutRules: if no rules hold today
    :raises InAFund: if it takes part in another one
    """
    require(by, Permission.FUND_CLAIM, within=within)
    if fund.book.organization_id == within.pk:
        raise OwnFund(owner=within.name)
    day = local_day(at)
    if fund.rules_on(day) is None:
        raise FundWithoutRules(fund=str(fund), day=day.isoformat())
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=within.pk)
    known = FundMembership.objects.filter(owner=within, left_at=None).first()
    if known is not None and known.fund_id == fund.pk:
        return known
    if known is not None:
        raise InAFund(owner=within.name)
    made = FundMembership.objects.create(fund=fund, owner=within, joined_at=at, joined_by_name=by.name)
    audit.record(by=by, action="fund.join", subject=fund.public_id, at=at, within=within)
    return made


@atomic
def leave(*, fund: Fund, within: Organization, by: User, at: datetime) -> FundMembership:
    """
    Let an owner leave: invoices issued until now keep their levy and their cover.

    :raises MissingRight: if ``by`` may not claim for ``within``
    :raises NotInTheFund: if it does not take part
    """
    require(by, Permission.FUND_CLAIM, within=within)
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=within.pk)
    found = FundMembership.objects.filter(fund=fund, owner=within, left_at=None).first()
    if found is None:
        raise NotInTheFund(owner=within.name, fund=str(fund))
    found.left_at = max(at, found.joined_at)
    found.save(update_fields=["left_at"])
    audit.record(by=by, action="fund.leave", subject=fund.public_id, at=at, within=within)
    return found
