"""Keep the filter of a page under a name, and let it go."""

from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, SavedFilter, User
from marketplace.rules import saved_filters
from marketplace.rules.saved_filters import MOST
from marketplace.shared.errors import NotAllowed, NotPossible


class NotAMemberHere(NotAllowed):
    """Only members keep filters of an organization's pages."""

    code = "not_a_member_here"
    text = gettext_noop("You do not belong to {organization}, so you cannot keep filters of its pages.")


class NotYourFilter(NotAllowed):
    """A filter is its person's own."""

    code = "not_your_filter"
    text = gettext_noop("This filter is not yours.")


class FilterNameTaken(NotPossible):
    """Another filter of the page has the name."""

    code = "filter_name_taken"
    text = gettext_noop("You have another filter named “{name}”. Delete it, or choose another name.")


class TooManyFilters(NotPossible):
    """The person keeps as many as there may be."""

    code = "too_many_filters"
    text = gettext_noop("You keep {most} filters of this page. Delete one first.")


@atomic
def save(*, page: str, name: str, query: str, within: Organization, by: User, at: datetime) -> SavedFilter:
    """
    Keep a filter of a page for ``by`` alone; keeping the same again changes nothing.

    It grants nothing: whoever opens it sees what the page shows to them then. Asks for no right but to belong
    to ``within``. The person's row is locked meanwhile.

    :raises NotAMemberHere: if ``by`` does not belong to ``within``
    :raises FilterInvalid: if page, name or query are none to keep
    :raises FilterNameTaken: if another filter of the page has the name
    :raises TooManyFilters: if there are ``MOST``
    """
    if not by.roles_in(within):
        raise NotAMemberHere(organization=within.name)
    name, query = saved_filters.read(page=page, name=name, query=query)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    mine = SavedFilter.objects.of(by, within).filter(page=page)
    known = mine.filter(name=name).first()
    if known is not None and known.query == query:
        return known
    if known is not None:
        raise FilterNameTaken(name=name)
    taken = set(mine.values_list("place", flat=True))
    free = next((place for place in range(1, MOST + 1) if place not in taken), None)
    if free is None:
        raise TooManyFilters(most=MOST)
    made = SavedFilter.objects.create(
        user=by, organization=within, page=page, name=name, query=query, place=free, made_at=at
    )
    audit.record(by=by, action="saved_filter.save", subject=made.public_id, at=at, within=within, page=page)
    return made


@atomic
def delete(*, saved: SavedFilter, by: User, at: datetime) -> None:
    """
    Let a filter go; one that is gone already stays gone.

    :raises NotYourFilter: if it is somebody else's
    """
    if saved.user_id != by.pk:
        raise NotYourFilter
    many, _ = SavedFilter.objects.filter(pk=saved.pk).delete()
    if many:
        within = saved.organization
        audit.record(by=by, action="saved_filter.delete", subject=saved.public_id, at=at, within=within)
