"""Watch the catalogue for somebody who saved a search, and tell them once of each listing that is new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from marketplace.actions import audit, notifications, saved_filters
from marketplace.actions.saved_filters import FilterNameTaken, NotAMemberHere, NotYourFilter
from marketplace.gateway.transactions import atomic
from marketplace.models import Chain, ChainMember, Listing, Organization, SavedFilter, SavedFind, User
from marketplace.queries.search import found
from marketplace.queries.search_counts import counts_of
from marketplace.rules.notifications import Kind
from marketplace.rules.saved_filters import SEARCH, over, read
from marketplace.rules.saved_searches import (
    MOST_FAILURES,
    OVERLAP,
    Stopped,
    Telling,
    named,
    next_telling,
    next_try,
)
from marketplace.rules.search.wanted import Wanted

PAGE, MOST, MOST_PAGES = 200, 1_000, 8  # of what a search finds, in one look
STOPS = {
    Stopped.UNREADABLE: Kind.SEARCH_UNREADABLE,
    Stopped.OVER: Kind.SEARCH_OVER,
    Stopped.FAILED: Kind.SEARCH_FAILED,
}


@atomic
def save(
    *, name: str, query: str, telling: Telling, wanted: Wanted, within: Organization, by: User, at: datetime
) -> SavedFilter:
    """
    Keep a question to the catalogue for ``by`` alone; the same again changes how often it is told, no more.

    ``wanted`` is ``query`` as the search reads it. What it finds now is known: only what comes later is told.

    :raises NotAMemberHere: if ``by`` does not belong to ``within``
    :raises FilterInvalid: if name or query are none to keep, or its days are over and it is to be told
    :raises FilterNameTaken: if another search has the name
    :raises TooManyFilters: if there are ``saved_filters.MOST``
    """
    made = saved_filters.save(page=SEARCH, name=name, query=query, within=within, by=by, at=at)
    return _tell_so_often(SavedFilter.objects.locked().get(pk=made.pk), telling, wanted, at)


@atomic
def change(
    *,
    saved: SavedFilter,
    by: User,
    at: datetime,
    name: str | None = None,
    telling: Telling | None = None,
    wanted: Wanted | None = None,
) -> SavedFilter:
    """
    Name a search anew, or tell more or less often; what is switched on begins with what is found now.

    ``wanted`` is needed with a ``telling`` other than never: the search as it is read now.

    :raises NotYourFilter: if it is somebody else's
    :raises NotAMemberHere: if ``by`` has left its organization
    :raises FilterInvalid: if the name is none, or its days are over and it is to be told
    :raises FilterNameTaken: if another search has the name
    """
    if saved.user_id != by.pk:
        raise NotYourFilter
    if not by.roles_in(saved.organization):
        raise NotAMemberHere(organization=saved.organization.name)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    saved = SavedFilter.objects.locked().select_related("organization").get(pk=saved.pk)
    if name is not None:
        _rename(saved, name)
    if telling is not None:
        _tell_so_often(saved, telling, wanted, at)
    audit.record(
        by=by, action="saved_search.change", subject=saved.public_id, at=at, within=saved.organization
    )
    return saved


def _rename(saved: SavedFilter, name: str) -> None:
    name, _query = read(page=SEARCH, name=name, query=saved.query)
    others = SavedFilter.objects.of(saved.user, saved.organization).searches().exclude(pk=saved.pk)
    if others.filter(name=name).exists():
        raise FilterNameTaken(name=name)
    saved.name = name
    saved.save(update_fields=["name"])


def _tell_so_often(saved: SavedFilter, telling: Telling, wanted: Wanted | None, at: datetime) -> SavedFilter:
    """Set how often is told; switched on, all that is found now is known."""
    if saved.telling == telling and not saved.stopped:
        return saved
    was_on = saved.due_at is not None
    saved.telling, saved.stopped, saved.failures = telling.value, "", 0
    saved.due_at = next_telling(telling, at, timezone.get_current_timezone())
    if saved.due_at is not None and not was_on:
        assert wanted is not None
        if wanted.free is not None and wanted.free.end is not None and wanted.free.end <= at:
            raise over()
        asked = _as_read_by(saved, wanted)
        keys, saved.whole = _all(asked)
        recent, _whole = _all(_since(saved, asked, at))
        _know(saved, dict.fromkeys([*keys, *recent]), told=False, at=at)
        saved.looked_at = at
    saved.save()
    return saved


def tell(*, saved: int, wanted: Wanted | None, at: datetime) -> int:
    """
    Tell the person of a search, by its key, what is new in it, if that is due; return how many listings are.

    ``wanted`` is the search as it is read now, nothing if it no longer can be: then that is told, once, and
    it is switched off, as when its days are over. Who has left the organization is told nothing. The
    catalogue is looked through first, then the row is locked: of two that tell at once the second finds
    nothing due.
    """
    due = SavedFilter.objects.searches().due(at).filter(pk=saved)
    one = due.select_related("organization", "user").first()
    if one is None:
        return 0
    is_over = wanted is None or (
        wanted.free is not None and wanted.free.end is not None and wanted.free.end <= at
    )
    look = _Look([], whole=True) if wanted is None or is_over else _look(one, wanted)
    return _told(one, wanted, look, is_over=is_over, at=at)


@atomic
def put_off(*, saved: int, at: datetime) -> None:
    """
    Look through a search that failed again later, each pause longer than the one before.

    After ``MOST_FAILURES`` in a row it is switched off, which its person is told.
    """
    one = (
        SavedFilter.objects.searches()
        .due(at)
        .filter(pk=saved)
        .locked()
        .select_related("organization", "user")
        .first()
    )
    if one is None:
        return
    one.failures += 1
    one.due_at = next_try(one.failures, at)
    one.save(update_fields=["failures", "due_at"])
    if one.failures >= MOST_FAILURES:
        _stop(one, Stopped.FAILED, at)


@atomic
def _told(one: SavedFilter, wanted: Wanted | None, look: "_Look", *, is_over: bool, at: datetime) -> int:
    """Lock the search, and tell what was found, unless somebody else has meanwhile."""
    due = SavedFilter.objects.searches().due(at).filter(pk=one.pk, looked_at=one.looked_at)
    saved = due.locked().select_related("organization", "user").first()
    if saved is None:
        return 0
    if not saved.user.is_active or not saved.user.roles_in(saved.organization):
        return _stop(saved, Stopped.LEFT, at)
    if is_over:
        return _stop(saved, Stopped.UNREADABLE if wanted is None else Stopped.OVER, at)
    rows = Listing.objects.open_to(saved.organization).in_bulk(look.keys)
    known = set(saved.finds.filter(listing__in=look.keys).values_list("listing", flat=True))
    new = [rows[key] for key in look.keys if key in rows and key not in known]
    if new:
        _know(saved, [each.pk for each in new], told=True, at=at)
        facts = {"count": str(len(new)), "titles": named([each.title for each in new])}
        _say(saved, Kind.SEARCH_FOUND, facts, at)
    saved.whole = one.whole
    if look.whole or not new:  # else the next look goes on where this one stopped
        saved.looked_at = at
    saved.failures = 0
    saved.due_at = next_telling(Telling(saved.telling), at, timezone.get_current_timezone())
    saved.save(update_fields=["looked_at", "due_at", "whole", "failures"])
    return len(new)


@dataclass(frozen=True)
class _Look:
    """What a look found that was not known, in order; ``whole`` if that is all."""

    keys: list[int]
    whole: bool


def _look(saved: SavedFilter, wanted: Wanted) -> _Look:
    """
    Return what the search finds that is not known, best first.

    What was offered or changed since the last look is looked through; with days, which come free without any
    change, all that is found, as long as all of it is known.
    """
    assert saved.looked_at is not None
    asked = replace(_as_read_by(saved, wanted), known=saved.pk)
    if wanted.free is not None and saved.whole:
        keys, saved.whole = _all(asked)
        return _Look(keys, saved.whole)
    return _Look(*_all(_since(saved, asked, saved.looked_at)))


def _as_read_by(saved: SavedFilter, wanted: Wanted) -> Wanted:
    """Return the question as the organization of a search reads the catalogue now: with its chains."""
    return replace(wanted, chains=Chain.objects.keys_of(saved.organization))


def _since(saved: SavedFilter, wanted: Wanted, at: datetime) -> Wanted:
    """Return the question for what changed since, or is open to chains that were joined since."""
    since = at - OVERLAP
    joined = ChainMember.objects.filter(
        member=saved.organization, status=ChainMember.Status.ACCEPTED, changed_at__gt=since
    )
    return replace(wanted, since=since, joined=tuple(joined.values_list("chain", flat=True)))


def _all(wanted: Wanted) -> tuple[list[int], bool]:
    """Return the listings that are found, in order, and whether these are all: only so many are read."""
    keys: list[int] = []
    after, counts = None, None if wanted.since else counts_of(wanted)
    for _ in range(MOST_PAGES):
        page = found(wanted, PAGE, after, counts=counts)
        keys, after = [*keys, *page.listings], page.after
        if after is None or len(keys) >= MOST:
            break
    return keys, after is None


def _know(saved: SavedFilter, keys: Sequence[int] | dict[int, None], *, told: bool, at: datetime) -> None:
    """Write down what is found; what the person sees when saving may be known already."""
    rows = [SavedFind(saved=saved, listing_id=key, told=told, found_at=at) for key in keys]
    SavedFind.objects.bulk_create(rows, ignore_conflicts=not told)


def _stop(saved: SavedFilter, why: Stopped, at: datetime) -> int:
    saved.stopped, saved.due_at = why.value, None
    saved.save(update_fields=["stopped", "due_at"])
    if why in STOPS:
        _say(saved, STOPS[why], {}, at)
    return 0


def _say(saved: SavedFilter, kind: Kind, facts: dict[str, str], at: datetime) -> None:
    notifications.notify(
        kind=kind,
        to=[saved.organization],
        person=saved.user,
        facts={"name": saved.name, **facts},
        link=f"/saved-searches/{saved.public_id}/",
        at=at,
    )
