"""Saved searches: each listing is told once, to who still belongs there, and only what came after saving."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import translation

from marketplace.actions import chains, listings, saved_filters, saved_searches, search_documents
from marketplace.actions.saved_filters import FilterNameTaken, NotAMemberHere, NotYourFilter
from marketplace.filters.search import SearchNotRead, kept, read_search, wanted_of
from marketplace.models import (
    Chain,
    Claim,
    Listing,
    Notification,
    SavedFilter,
    SavedFind,
    SearchDocument,
)
from marketplace.models.saved_filters import SavedFilterQuerySet
from marketplace.queries.saved_searches import finds
from marketplace.rules.saved_filters import FilterInvalid
from marketplace.rules.saved_searches import Stopped, Telling
from marketplace.tasks import tell_searches
from tests import once
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

AT = make.NOON
LATER = AT + timedelta(days=8)
QUERY = "q=falcon"


@once.fixture
def world():
    """A workshop, an owner with one machine on offer, and what that is found by."""
    person, owner = make.member(make.organization("Workshop")), make.organization("Owner", kind="LESSOR")
    made = make.listing(owner, title="Falcon at home")
    make.searchable()
    return {"person": person, "owner": owner, "by": make.member(owner), "old": made}


@pytest.fixture(autouse=True)
def _no_cities_kept():
    cache.clear()


def save(world, query=QUERY, telling=Telling.DAILY, at=AT, **given):
    person = world["person"]
    given = {
        "name": "five axes",
        "within": person.memberships.earliest("pk").organization,
        "by": person,
    } | given
    return saved_searches.save(query=kept(query), telling=telling, wanted=wanted_of(query), at=at, **given)


def offer(world, at, **fields):
    """Put another machine on offer, by the action."""
    fields = {"title": "Falcon", "status": Listing.Status.DRAFT, "published_at": None} | fields
    made = make.listing(world["owner"], **fields)
    return listings.publish(listing=made, by=world["by"], at=at)


def tell(saved, at=LATER):
    return saved_searches.tell(saved=saved.pk, wanted=wanted_of(saved.query), at=at)


def told():
    with translation.override("en"):
        return [one.said for one in Notification.objects.order_by("pk")]


class TestSave:
    def test_what_is_there_already_is_known_and_not_told(self, world):
        saved = save(world)

        assert (saved.telling, saved.whole, saved.looked_at) == ("DAILY", True, AT)
        assert saved.due_at.isoformat() == "2026-11-21T08:00:00+08:00"
        assert [(one.listing, one.told) for one in saved.finds.all()] == [(world["old"], False)]
        assert tell(saved) == 0
        assert told() == []

    def test_one_that_is_never_told_knows_nothing_and_is_never_due(self, world):
        saved = save(world, telling=Telling.NEVER)

        assert saved.due_at is None
        assert not SavedFind.objects.exists()
        assert tell(saved) == 0

    def test_the_same_again_changes_how_often_alone(self, world):
        first = save(world)
        again = save(world, telling=Telling.WEEKLY, at=AT + timedelta(minutes=1))

        assert (first.pk, again.telling, again.looked_at) == (again.pk, "WEEKLY", AT)
        with pytest.raises(FilterNameTaken):
            save(world, query="q=press")
        assert SavedFilter.objects.count() == 1

    def test_is_refused_to_a_stranger_and_for_days_that_are_over(self, world):
        with pytest.raises(NotAMemberHere):
            save(world, within=world["owner"])
        with pytest.raises(FilterInvalid):
            save(world, query="free_from=2026-11-01&free_to=2026-11-02")

        assert not SavedFilter.objects.exists()
        assert save(world, query="free_from=2026-11-01&free_to=2026-11-02", telling=Telling.NEVER)


class TestTell:
    def test_what_is_new_is_told_once_with_a_link(self, world):
        saved = save(world)
        new = offer(world, AT + timedelta(hours=1), title="Falcon in Wuxi")
        offer(world, AT + timedelta(hours=1), title="A press")

        assert (tell(saved), tell(saved), tell(saved, LATER + timedelta(days=2))) == (1, 0, 0)

        one = Notification.objects.get()
        assert told() == ["New for your search “five axes” (1): Falcon in Wuxi"]
        assert (one.person, one.organization) == (world["person"], saved.organization)
        assert one.link == f"/saved-searches/{saved.public_id}/"
        assert saved.finds.get(told=True).listing == new

    def test_so_many_by_name_and_the_rest_counted(self, world):
        saved = save(world)
        for number in range(7):
            offer(world, AT + timedelta(hours=1), title=f"Falcon no. {number}")

        assert tell(saved) == 7
        sentence = told()[0]
        assert sentence.startswith("New for your search “five axes” (7): Falcon no. ")
        assert sentence.endswith("; …")
        assert sentence.count("no.") == 5

    def test_what_becomes_matching_by_an_edit_is_told_and_what_is_only_made_anew_is_not(self, world):
        other = offer(world, AT - timedelta(days=3), title="Machine")
        saved = save(world, query="q=turbine")
        search_documents.renew(listings=[other.pk], at=LATER - timedelta(hours=1))
        assert tell(saved) == 0
        after = LATER + timedelta(days=1)

        listings.edit(listing=other, changes={"summary": "turbine blades"}, by=world["by"], at=LATER)

        assert tell(saved, after) == 1
        listings.edit(listing=other, changes={"summary": "turbine wheels"}, by=world["by"], at=after)
        assert tell(saved, after + timedelta(days=1)) == 0

    def test_what_is_offered_again_is_told_if_it_was_not_seen_before(self, world):
        listings.pause(listing=world["old"], by=world["by"], at=AT)
        saved = save(world)
        listings.publish(listing=world["old"], by=world["by"], at=AT + timedelta(days=2))

        assert tell(saved) == 1

    def test_tables_of_search_made_anew_are_no_news(self, world):
        SearchDocument.objects.all().delete()
        saved = save(world, at=AT + timedelta(days=3))
        search_documents.renew_missing(at=LATER)

        assert tell(saved) == 0

    def test_a_machine_that_comes_free_on_the_days_is_told(self, world):
        days = "q=falcon&free_from=2026-12-01&free_to=2026-12-10"
        period = wanted_of(days).free
        core = (period.start, period.end)
        machine = world["old"].units.get().equipment
        given = {"equipment": machine, "reason": "OWN_USE", "created_at": AT}
        claim = Claim.objects.create(core=core, period=core, **given)
        saved = save(world, query=days)
        assert tell(saved, AT + timedelta(days=1)) == 0
        Claim.objects.filter(pk=claim.pk).update(active=False)

        assert tell(saved, AT + timedelta(days=2)) == 1
        assert tell(saved, AT + timedelta(days=3)) == 0

    def test_of_too_many_only_what_is_new_is_looked_through(self, world):
        with patch.multiple(saved_searches, PAGE=1, MOST=1):
            offer(world, AT - timedelta(days=3))
            saved = save(world, query="q=falcon&free_from=2026-12-01&free_to=2026-12-10")
            assert saved.whole is False
            assert tell(saved) == 0
            offer(world, LATER)
            assert tell(saved, LATER + timedelta(days=1)) == 1

    def test_who_has_left_or_is_switched_off_gets_nothing(self, world):
        saved = save(world)
        offer(world, AT + timedelta(hours=1))
        world["person"].memberships.all().delete()

        assert tell(saved) == 0
        saved.refresh_from_db()
        assert (saved.stopped, saved.due_at, told()) == (Stopped.LEFT, None, [])

    @pytest.mark.parametrize(
        ("query", "at", "stopped"),
        [
            ("free_from=2026-12-01&free_to=2026-12-02", AT + timedelta(days=40), Stopped.OVER),
            ("near=苏州&km=50", LATER, Stopped.UNREADABLE),
        ],
    )
    def test_one_that_can_find_nothing_more_is_said_once_and_switched_off(self, world, query, at, stopped):
        place = world["old"].site
        place.latitude, place.longitude = "31.30", "120.62"
        place.save()
        saved = save(world, query=query)
        type(place).objects.update(latitude=None, longitude=None)

        assert (tell(saved, at), tell(saved, at)) == (0, 0)
        saved.refresh_from_db()
        assert (saved.stopped, saved.due_at, len(told())) == (stopped, None, 1)
        assert "five axes" in told()[0]

    def test_the_task_tells_what_is_due_and_goes_on_when_one_fails(self, world):
        first, second = save(world), save(world, name="b", query="q=鹰")
        offer(world, AT + timedelta(hours=1), title="鹰 falcon")
        SavedFilter.objects.update(due_at=AT)
        real = saved_searches.tell

        def fail(*, saved, **given):
            if saved == first.pk:
                raise ValueError
            return real(saved=saved, **given)

        with patch.object(saved_searches, "tell", fail):
            assert tell_searches() == 1
        assert [one.facts["name"] for one in Notification.objects.all()] == [second.name]
        SavedFilter.objects.update(due_at=AT)
        with patch("marketplace.tasks.ROUND_S", -1):
            assert tell_searches() == 0
        assert tell_searches() == 1

    def test_one_that_fails_waits_longer_each_time_and_is_switched_off_with_a_reason(self, world):
        saved = save(world)
        SavedFilter.objects.update(due_at=AT)
        pauses, at = [], AT
        for _ in range(6):
            saved_searches.put_off(saved=saved.pk, at=at)
            saved_searches.put_off(saved=saved.pk, at=at)
            saved.refresh_from_db()
            pauses.append(saved.due_at and (saved.due_at - at) // timedelta(minutes=1))
            at = saved.due_at or at

        assert pauses == [5, 20, 80, 320, 1280, None]
        assert (saved.stopped, len(told())) == (Stopped.FAILED, 1)
        assert "failed again and again" in told()[0]
        on = saved_searches.change(
            saved=saved, by=world["person"], at=at, telling=Telling.DAILY, wanted=wanted_of(saved.query)
        )
        assert (on.failures, on.stopped) == (0, "")

    def test_one_look_that_goes_well_forgets_the_failures(self, world):
        saved = save(world)
        SavedFilter.objects.update(due_at=AT)
        saved_searches.put_off(saved=saved.pk, at=AT)
        tell(saved)

        saved.refresh_from_db()
        assert saved.failures == 0

    def test_of_very_many_the_next_looks_tell_the_rest(self, world):
        saved = save(world)
        for _ in range(5):
            offer(world, AT + timedelta(hours=1))
        with patch.multiple(saved_searches, PAGE=1, MOST=2):
            counts = [tell(saved, LATER + timedelta(days=days)) for days in range(4)]

        assert counts == [2, 2, 1, 0]
        assert saved.finds.filter(told=True).count() == 5

    def test_pages_are_counted_once_and_read_before_the_lock(self, world):
        for _ in range(3):
            offer(world, AT - timedelta(days=3))
        with (
            patch.object(saved_searches, "PAGE", 1),
            patch.object(saved_searches, "counts_of", wraps=saved_searches.counts_of) as counted,
            patch("marketplace.queries.search.counts_of", side_effect=AssertionError),
        ):
            saved = save(world)
        assert counted.call_count == 1

        done, look, lock = [], saved_searches._look, SavedFilterQuerySet.locked
        with (
            patch.object(saved_searches, "_look", lambda *given: done.append("look") or look(*given)),
            patch.object(SavedFilterQuerySet, "locked", lambda self: done.append("lock") or lock(self)),
        ):
            tell(saved)
        assert done == ["look", "lock"]


class TestChains:
    """What is open to a chain alone is told to who is in it, by the organization of the search."""

    @pytest.fixture
    def lead(self, world):
        world["lead"] = make.organization("Lead", "LEAD_ENTERPRISE")
        world["leader"] = make.member(world["lead"])
        world["chain"] = Chain.objects.create(leader=world["lead"], name="Pumps", made_at=AT)
        return world

    def join(self, world, at):
        within, chain = world["person"].memberships.get().organization, world["chain"]
        chains.invite(chain=chain, member=within, by=world["leader"], at=at)
        chains.accept(chain=chain, within=within, by=world["person"], at=at)
        Notification.objects.all().delete()

    def leave(self, world, at):
        within = world["person"].memberships.get().organization
        chains.leave(chain=world["chain"], within=within, by=world["person"], at=at)

    def offer_to_chain(self, world, at):
        made = make.listing(world["lead"], title="Falcon", status="DRAFT", published_at=None)
        made = listings.publish(listing=made, by=world["leader"], at=at)
        return chains.open_listing(listing=made, chain=world["chain"], by=world["leader"], at=at)

    def test_a_member_is_told(self, lead):
        self.join(lead, AT - timedelta(days=3))
        saved = save(lead)
        made = self.offer_to_chain(lead, AT + timedelta(hours=1))

        assert tell(saved) == 1
        assert [one.listing for one in finds(saved)] == [made]
        self.leave(lead, LATER)
        assert finds(saved) == []

    def test_who_is_no_member_is_not(self, lead):
        saved = save(lead)
        self.offer_to_chain(lead, AT + timedelta(hours=1))

        assert (tell(saved), SavedFind.objects.filter(told=True).count()) == (0, 0)

    def test_who_has_left_is_not(self, lead):
        self.join(lead, AT - timedelta(days=3))
        saved = save(lead)
        self.leave(lead, AT + timedelta(minutes=30))
        self.offer_to_chain(lead, AT + timedelta(hours=1))

        assert tell(saved) == 0

    def test_a_person_of_a_member_is_not_told_for_another_organization(self, lead):
        self.join(lead, AT - timedelta(days=3))
        elsewhere = make.organization("Elsewhere")
        type(lead["person"].memberships.get()).objects.create(
            user=lead["person"], organization=elsewhere, role="ADMIN"
        )
        lead |= {"person": type(lead["person"]).objects.get(pk=lead["person"].pk)}  # its roles are known once
        saved = save(lead, within=elsewhere)
        self.offer_to_chain(lead, AT + timedelta(hours=1))

        assert tell(saved) == 0

    def test_what_a_member_sees_when_saving_or_switching_on_is_known(self, lead):
        self.join(lead, AT - timedelta(days=3))
        made = self.offer_to_chain(lead, AT - timedelta(days=2))
        saved, later = save(lead), save(lead, name="b", telling=Telling.NEVER)
        saved_searches.change(
            saved=later, telling=Telling.DAILY, wanted=wanted_of(QUERY), by=lead["person"], at=AT
        )

        for one in (saved, later):
            assert one.finds.filter(listing=made, told=False).exists()
            assert tell(one) == 0

    def test_who_joins_is_told_of_what_was_open_to_the_chain_before(self, lead):
        self.offer_to_chain(lead, AT - timedelta(days=3))
        saved = save(lead)
        assert tell(saved, AT + timedelta(days=1)) == 0
        self.join(lead, AT + timedelta(days=2))

        assert [tell(saved, AT + timedelta(days=days)) for days in (3, 4)] == [1, 0]

    def test_what_is_opened_to_everybody_is_new_then(self, lead):
        made = self.offer_to_chain(lead, AT - timedelta(days=3))
        saved = save(lead)
        chains.open_listing(listing=made, chain=None, by=lead["leader"], at=AT + timedelta(days=2))

        assert tell(saved) == 1


class TestChange:
    def change(self, saved, by, **given):
        return saved_searches.change(saved=saved, by=by, at=LATER, **given)

    def test_names_anew_tells_otherwise_and_begins_with_what_is_there_when_switched_on(self, world):
        saved = save(world, telling=Telling.NEVER)
        offer(world, AT + timedelta(days=1))

        changed = self.change(
            saved, world["person"], name="b", telling=Telling.AT_ONCE, wanted=wanted_of(saved.query)
        )

        assert (changed.name, changed.due_at) == ("b", LATER + timedelta(minutes=5))
        assert saved.finds.filter(told=False).count() == 2
        off = self.change(saved, world["person"], telling=Telling.NEVER)
        assert (off.due_at, off.name) == (None, "b")
        weekly = self.change(saved, world["person"], telling=Telling.WEEKLY, wanted=wanted_of(saved.query))
        assert (weekly.due_at.weekday(), saved.finds.count()) == (0, 2)

    def test_is_for_its_person_alone_who_belongs_there_and_with_a_name_of_its_own(self, world):
        saved = save(world)
        save(world, name="b")
        with pytest.raises(NotYourFilter):
            self.change(saved, world["by"], name="c")
        with pytest.raises(FilterNameTaken):
            self.change(saved, world["person"], name=" b ")
        with pytest.raises(FilterInvalid):
            self.change(saved, world["person"], name="\0")
        world["person"].memberships.all().delete()
        del world["person"]._roles
        with pytest.raises(NotAMemberHere):
            self.change(saved, world["person"], name="c")

        saved.refresh_from_db()
        assert saved.name == "five axes"

    def test_goes_with_all_it_found(self, world):
        saved = save(world)
        saved_filters.delete(saved=saved, by=world["person"], at=AT)
        assert not SavedFind.objects.exists()


@pytest.mark.django_db
def test_what_is_kept_is_what_the_search_reads():
    assert kept("?q=a&page=2&after=x&compare=lst_1&format=csv&days=3") == "q=a&days=3"
    with pytest.raises(SearchNotRead) as refused:
        read_search("km=ten&order=best")
    assert [flaw.pointer for flaw in refused.value.flaws] == ["/query/km", "/query/order"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "invoices", "telling": "DAILY"},
        {"due_at": AT},
        {"due_at": AT, "telling": "DAILY"},
        {"due_at": AT, "telling": "DAILY", "looked_at": AT, "stopped": "OVER"},
    ],
)
def test_the_database_tells_of_searches_alone_and_of_none_that_is_stopped(world, wrong):
    given = {"user": world["person"], "organization": world["owner"], "page": "catalogue", "name": "a"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(place=1, made_at=AT, **(given | wrong))


@pytest.mark.django_db(transaction=True)
def test_two_that_tell_at_once_tell_once():
    """Without the lock of the search both find it due, and the second is refused by the database."""
    person, owner = make.member(make.organization()), make.organization(kind="LESSOR")
    world = {"person": person, "owner": owner, "by": make.member(owner)}
    saved = save(world)
    offer(world, AT + timedelta(hours=1))
    meeting, real = Meeting(), saved_searches._know

    def know(*args, **given):
        meeting.wait()
        return real(*args, **given)

    with patch.object(saved_searches, "_know", know):
        results = at_once(lambda: tell(saved), lambda: tell(saved))

    assert sorted(results) == [0, 1]
    assert Notification.objects.count() == 1
