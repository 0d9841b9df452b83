from datetime import UTC, date, datetime, timedelta, timezone
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction

from marketplace.actions import chains, need_bounds, needs
from marketplace.models import Event, Listing, Need, NeedAnswer, NeedInvitation, Notification, Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.queries import need_matches
from marketplace.queries.need_matches import matches_of, needs_served, own_matches
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.marketplace.needs_world import NEED, Market

pytestmark = pytest.mark.django_db
world = once.fixture(Market)


def told(organization):
    found = Notification.objects.filter(organization=organization, kind__startswith="need").order_by("pk")
    return list(found.values_list("kind", flat=True))


def flaws(refused):
    return {flaw.pointer: flaw.code for flaw in refused.value.flaws}


class TestDrafting:
    def test_shows_nothing_to_others(self, world):
        need = world.draft()

        assert need.kinds == ["c:five_axis", "c:machining_centre"]
        assert not Need.objects.visible_to(world.other).exists()
        assert Need.objects.visible_to(world.member).get() == need

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"title": " "}, {"/title": "say_what"}),
            ({"title": "x" * 121}, {"/title": "too_long"}),
            ({"words": "hello"}, {"/words": "no_kind"}),
            ({"requirements": ["nice"]}, {"/requirements/0": "not_a_condition"}),
            ({"requirements": ["X轴行程≥600 mm"] * 9}, {"/requirements": "too_many_conditions"}),
            ({"starts_on": date(2026, 12, 11)}, {"/ends_on": "not_before"}),
            ({"starts_on": date(2026, 11, 20)}, {"/starts_on": "day_over"}),
            ({"ends_on": date(2029, 1, 1)}, {"/ends_on": "day_too_far"}),
            ({"expires_at": NOON}, {"/expires_at": "expiry"}),
            ({"expires_at": NOON + timedelta(days=40)}, {"/expires_at": "expiry"}),
            ({"quantity": 0}, {"/quantity": "out_of_bounds"}),
            ({"budget_minor": 10**14}, {"/budget_minor": "out_of_bounds"}),
            ({"region": "3x"}, {"/region": "not_a_region"}),
            ({"region": "٣٢"}, {"/region": "not_a_region"}),
            ({"km": 5}, {"/km": "from_where"}),
        ],
    )
    def test_names_every_fault_at_its_field(self, world, changes, expected):
        with pytest.raises(needs.NeedInvalid) as refused:
            world.draft(**changes)

        assert flaws(refused) == expected
        assert not Need.objects.exists()

    def test_needs_the_right(self, world):
        with pytest.raises(MissingRight):
            world.draft(by=make.member(world.member, Role.VIEWER))

    def test_is_for_ones_own_chain(self, world):
        with pytest.raises(chains.NotYourChain):
            world.draft(chain=world.chain)

    def test_can_be_changed_until_it_is_posted(self, world):
        need = needs.edit(need=world.draft(), changes={"quantity": 3}, by=world.max, at=NOON)
        need = needs.post(need=need, by=world.max, at=NOON)

        with pytest.raises(needs.NeedMoveRefused):
            needs.edit(need=need, changes={"quantity": 4}, by=world.max, at=NOON)
        assert world.now(need).quantity == 3

    def test_is_posted_while_there_is_room(self, world, monkeypatch):
        monkeypatch.setattr(need_bounds, "MOST_POSTED", 1)
        first, second = world.need(), world.draft()
        with pytest.raises(need_bounds.NeedsBounded):
            needs.post(need=second, by=world.max, at=NOON)
        needs.withdraw(need=first, by=world.max, at=NOON)

        assert needs.post(need=second, by=world.max, at=NOON).status == "POSTED"

    @pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9))])
    def test_is_due_before_the_work_ends_by_the_day_of_the_market(self, world, zone):
        until = datetime(2026, 12, 1, 17, tzinfo=UTC).astimezone(zone)  # the second of December in Shanghai
        days = {"starts_on": date(2026, 12, 1), "expires_at": until}

        assert world.draft(ends_on=date(2026, 12, 3), **days)
        with pytest.raises(needs.NeedInvalid) as refused:
            world.draft(ends_on=date(2026, 12, 2), **days)
        assert flaws(refused) == {"/expires_at": "expiry"}

    def test_is_read_again_when_it_is_posted(self, world):
        need = world.draft()

        with pytest.raises(needs.NeedInvalid) as refused:
            needs.post(need=need, by=world.max, at=NOON + timedelta(days=12))
        assert set(flaws(refused)) == {"/starts_on", "/expires_at"}


class TestWhoSees:
    def test_what_is_open_to_all(self, world):
        need = world.need()

        assert need in Need.objects.visible_to(world.other)
        assert need not in Need.objects.open_to(world.member)

    def test_nothing_of_who_closes(self, world):
        need = world.need()
        Organization.objects.filter(pk=need.poster_id).update(closing_at=NOON)

        assert need not in Need.objects.visible_to(world.other)
        assert need in Need.objects.visible_to(need.poster)

    def test_what_is_open_to_a_chain(self, world):
        need = world.need(world.lead, world.lia, chain=world.chain)

        assert need in Need.objects.visible_to(world.member)
        assert need not in Need.objects.visible_to(world.other)

    def test_the_name_of_the_poster_once_it_has_answered(self, world):
        need = world.need()
        before = need.names_poster_to(world.other)
        needs.decline(need=need, within=world.other, by=world.ole, at=NOON)
        declined = need.names_poster_to(world.other)
        world.answered(need)

        assert (before, declined, need.names_poster_to(world.other)) == (False, False, True)
        assert world.need(name_shown=True).names_poster_to(world.other)
        assert world.need(world.lead, world.lia, chain=world.chain).names_poster_to(world.member)

    def test_what_it_answered_when_it_is_over(self, world):
        need = world.need()
        world.answered(need)
        needs.withdraw(need=need, by=world.max, at=NOON)

        assert need in Need.objects.visible_to(world.other)
        assert need not in Need.objects.visible_to(world.lead)

    def test_no_more_of_the_chain_that_it_left(self, world):
        need = world.need(world.lead, world.lia, chain=world.chain)
        listing = make.listing(world.member)
        needs.invite(need=need, listings=[listing], by=world.lia, at=NOON)
        chains.leave(chain=world.chain, within=world.member, by=world.max, at=NOON)

        assert need not in Need.objects.visible_to(world.member)
        with pytest.raises(needs.NotForThisNeed):
            needs.answer(need=need, listing=listing, within=world.member, by=world.max, at=NOON)


class TestInviting:
    def test_tells_owners_once(self, world):
        need, listings = world.need(), [world.listing(), world.listing()]
        for _again in range(2):
            needs.invite(need=need, listings=listings, by=world.max, at=NOON)

        assert told(world.other) == ["need_invited"]
        assert Event.objects.get().type == "need.invited"
        assert "Member" not in str(Notification.objects.get(kind="need_invited").facts)

    def test_is_bounded(self, world, monkeypatch):
        monkeypatch.setattr(needs.rules, "MOST_INVITED", 0)

        with pytest.raises(needs.TooManyInvited):
            needs.invite(need=world.need(), listings=[world.listing()], by=world.max, at=NOON)
        assert not NeedInvitation.objects.exists()

    def test_reaches_whom_the_need_is_open_to_alone(self, world):
        need = world.need(world.lead, world.lia, chain=world.chain)

        with pytest.raises(needs.NotForThisNeed):
            needs.invite(need=need, listings=[world.listing()], by=world.lia, at=NOON)

    def test_is_for_listings_of_others_that_are_on_offer(self, world):
        paused = world.listing(status="PAUSED")

        for listing in (paused, make.listing(world.member)):
            with pytest.raises(needs.NotForThisNeed):
                needs.invite(need=world.need(), listings=[listing], by=world.max, at=NOON)

    def test_ends_with_the_time_for_answers(self, world):
        with pytest.raises(needs.NeedMoveRefused):
            needs.invite(need=world.need(), listings=[], by=world.max, at=NOON + timedelta(days=5))

    def test_names_the_listings_that_do_not_fit(self, world):
        need, fits, paused = world.need(), world.listing(), world.listing(title="Old", status="PAUSED")
        with pytest.raises(needs.NotForThisNeed) as refused:
            needs.invite(need=need, listings=[fits, paused], by=world.max, at=NOON)

        assert flaws(refused) == {"/listings/1": "not_for_this_need"}
        assert refused.value.flaws[0].facts == {"listing": "Old"}
        assert not NeedInvitation.objects.exists()

    def test_is_bounded_for_a_poster_and_a_day(self, world, monkeypatch):
        monkeypatch.setattr(need_bounds, "MOST_INVITED_A_DAY", 1)
        listing, later = world.listing(), NOON + timedelta(days=1)
        needs.invite(need=world.need(), listings=[listing], by=world.max, at=NOON)
        another = world.need()
        with pytest.raises(need_bounds.NeedsBounded):
            needs.invite(need=another, listings=[listing], by=world.max, at=later - timedelta(seconds=1))

        assert len(needs.invite(need=another, listings=[listing], by=world.max, at=later)) == 1

    def test_tells_owners_neither_the_poster_nor_the_budget(self, world):
        need = world.need(budget_minor=123_456_700)
        needs.invite(need=need, listings=[world.listing()], by=world.max, at=NOON)
        told = Notification.objects.get(kind="need_invited")
        said = f"{told.facts} {told.said} {told.link} {Event.objects.values().get()}"

        for secret in ("Member", world.member.public_id, "1234567", "1,234,567"):
            assert secret not in said
        assert need.public_id in said


class TestAnswering:
    def test_tells_the_poster(self, world):
        need = world.need()
        made = world.answered(need, note=" ready ")

        assert (made.note, told(world.member)) == ("ready", ["need_answered"])
        assert Event.objects.get().organization == world.member

    def test_is_once_a_listing_and_bounded(self, world, monkeypatch):
        need, listing = world.need(), world.listing()
        world.answered(need, listing)
        with pytest.raises(needs.AlreadyAnswered):
            world.answered(need, listing)
        monkeypatch.setattr(needs.rules, "MOST_ANSWERS_OF_AN_OWNER", 1)
        with pytest.raises(needs.AlreadyAnswered):
            world.answered(need)

        assert NeedAnswer.objects.count() == 1

    @pytest.mark.parametrize("status", ["PAUSED", "DRAFT"])
    def test_takes_a_listing_on_offer(self, world, status):
        need = world.need()

        with pytest.raises(needs.NotForThisNeed):
            world.answered(need, world.listing(status=status))

    def test_takes_a_listing_of_ones_own(self, world):
        with pytest.raises(needs.NotForThisNeed):
            world.answered(world.need(), make.listing(world.lead))

    def test_takes_no_listing_that_the_poster_may_not_see(self, world):
        need = world.need(world.other, world.ole)

        with pytest.raises(needs.NotForThisNeed):
            needs.answer(need=need, listing=world.closed_listing(), within=world.lead, by=world.lia, at=NOON)

    def test_is_not_for_the_poster(self, world):
        listing = make.listing(world.member)

        with pytest.raises(needs.NotForThisNeed):
            needs.answer(need=world.need(), listing=listing, within=world.member, by=world.max, at=NOON)

    def test_ends_with_its_time(self, world):
        with pytest.raises(needs.NeedMoveRefused):
            world.answered(world.need(), at=NOON + timedelta(days=5))

    def test_needs_the_right(self, world):
        viewer = make.member(world.other, Role.VIEWER)

        with pytest.raises(MissingRight):
            world.answered(world.need(), by=viewer)
        with pytest.raises(MissingRight):
            needs.decline(need=world.need(), within=world.other, by=viewer, at=NOON)

    def test_with_no_is_once_and_not_behind_an_answer(self, world):
        need = world.need()
        needs.decline(need=need, within=world.other, by=world.ole, at=NOON, reason="busy")

        with pytest.raises(needs.AlreadyAnswered):
            needs.decline(need=need, within=world.other, by=world.ole, at=NOON)
        assert told(world.member) == ["need_declined"]


class TestChoosing:
    def test_closes_the_need_and_tells_whom_it_concerns(self, world):
        need = world.need()
        needs.decline(need=need, within=world.lead, by=world.lia, at=NOON)
        made = world.answered(need)
        need = needs.choose(need=need, answer=made, by=world.max, at=NOON)
        needs.choose(need=need, answer=made, by=world.max, at=NOON)

        assert (need.status, need.chosen) == ("CLOSED", made)
        assert told(world.other) == ["need_chosen"]
        assert told(world.lead) == ["need_over"]

    def test_may_fall_on_another_while_there_is_no_lease(self, world):
        need = world.need()
        first, second = world.answered(need), world.answered(need)
        for one in (first, second):
            need = needs.choose(need=need, answer=one, by=world.max, at=NOON)

        assert need.chosen == second

    def test_takes_an_answer_of_this_need_that_names_a_listing_on_offer(self, world):
        need, other = world.need(), world.need()
        no = needs.decline(need=need, within=world.lead, by=world.lia, at=NOON)
        paused = world.answered(need)
        Listing.objects.update(status="PAUSED")

        for answer in (no, paused, world.answered(other)):
            with pytest.raises(needs.NotForThisNeed):
                needs.choose(need=need, answer=answer, by=world.max, at=NOON)
        assert world.now(need).status == "POSTED"

    def test_is_the_posters(self, world):
        need = world.need()
        made = world.answered(need)

        with pytest.raises(MissingRight):
            needs.choose(need=need, answer=made, by=world.ole, at=NOON)


class TestEnding:
    def test_takes_no_more_answers(self, world):
        need = world.need()
        world.answered(need)
        needs.close(need=need, by=world.max, at=NOON, reason=" enough ")

        with pytest.raises(needs.NeedMoveRefused):
            world.answered(need)
        assert world.now(need).reason == "enough"
        assert told(world.other) == ["need_over"]

    def test_withdraws_a_draft_silently(self, world):
        need = needs.withdraw(need=world.draft(), by=world.max, at=NOON)

        assert need.status == "WITHDRAWN"
        assert not Notification.objects.filter(kind__startswith="need").exists()

    def test_is_once(self, world):
        need = needs.withdraw(need=world.need(), by=world.max, at=NOON)

        for step in (needs.withdraw, needs.close):
            with pytest.raises(needs.NeedMoveRefused):
                step(need=need, by=world.max, at=NOON)

    def test_comes_with_time(self, world):
        need, later = world.need(), world.need(expires_at=NOON + timedelta(days=9))
        world.answered(need)
        counts = [needs.expire(at=NOON + timedelta(days=days), by=world.max) for days in (4, 5, 6)]

        assert counts == [0, 1, 0]
        assert (world.now(need).status, world.now(later).status) == ("EXPIRED", "POSTED")
        assert told(world.member) == ["need_answered", "need_expired"]
        assert told(world.other) == ["need_over"]

    def test_with_a_lease_takes_the_chosen_listing(self, world):
        need = world.need()
        made = world.answered(need)
        given = {"need": need, "lease": "lea_1", "by": world.max, "at": NOON}
        with pytest.raises(needs.NeedMoveRefused):
            needs.fulfil(listing=made.listing, **given)
        needs.close(need=need, by=world.max, at=NOON)
        with pytest.raises(needs.NotForThisNeed):
            needs.fulfil(listing=made.listing, **given)
        needs.choose(need=need, answer=made, by=world.max, at=NOON)
        with pytest.raises(needs.NotForThisNeed):
            needs.fulfil(listing=world.listing(), **given)
        need = needs.fulfil(listing=made.listing, **given)

        assert (need.status, need.lease) == ("FULFILLED", "lea_1")

        given = {"lease": "lea_1", "by": world.ole, "at": NOON}
        assert needs.reopen(poster=world.other, **given) is None
        need = needs.reopen(poster=world.member, **given)
        assert (need.status, need.lease, need.chosen) == ("CLOSED", "", made)
        assert needs.reopen(poster=world.member, **given) is None


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            {"quantity": 9},
            {"status": "DRAFT", "posted_at": None},
            {"ends_on": date(2026, 1, 1)},
            {"lease": "x"},
        ],
    )
    def test_keeps_what_was_posted(self, world, change):
        need = world.need()

        with pytest.raises(IntegrityError), transaction.atomic():
            Need.objects.filter(pk=need.pk).update(**change)

    def test_keeps_what_is_met_unless_its_lease_goes(self, world):
        need = world.need()
        made = world.answered(need)
        needs.choose(need=need, answer=made, by=world.max, at=NOON)
        needs.fulfil(need=need, listing=made.listing, lease="lea_1", by=world.max, at=NOON)
        for change in ({"lease": "lea_2"}, {"status": "WITHDRAWN", "lease": ""}, {"status": "CLOSED"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Need.objects.filter(pk=need.pk).update(**change)

        assert Need.objects.filter(pk=need.pk).update(status="CLOSED", lease="") == 1

    def test_keeps_what_is_over(self, world):
        need = needs.withdraw(need=world.need(), by=world.max, at=NOON)

        with pytest.raises(IntegrityError), transaction.atomic():
            Need.objects.filter(pk=need.pk).update(status="POSTED", over_at=None)


class TestMatching:
    def test_finds_what_is_on_offer_to_the_poster_with_reasons(self, world):
        mine, far = world.listing(), world.closed_listing()
        make.listing(world.member)
        found = matches_of(world.need(), at=NOON)

        assert {one.listing.pk for one in found} == {mine.pk, far.pk}
        assert {reason.about: reason.verdict for reason in found[0].fit.reasons} == {
            "kind": "meets", "requirement": "meets", "material": "unknown", "days": "meets",
            "region": "meets", "budget": "unknown",
        }  # fmt: skip

    def test_does_not_show_what_is_closed_to_the_poster(self, world):
        world.closed_listing()

        assert matches_of(world.need(world.other, world.ole), at=NOON) == []

    def test_leaves_out_owners_outside_of_the_chain(self, world):
        world.listing()
        inside = make.listing(world.member)
        make.searchable()
        need = world.need(world.lead, world.lia, chain=world.chain)

        assert [one.listing for one in matches_of(need, at=NOON)] == [inside]

    def test_judges_by_the_kinds_that_were_kept(self, world, monkeypatch):
        world.listing()
        need = world.need()
        monkeypatch.setattr(needs.rules, "kinds_of", lambda *_given: ("c:none",))

        assert [one for one, _matches in needs_served(world.other, at=NOON)] == [need]

    def test_reads_a_plan_once_and_prices_only_what_is_shown(self, world):
        world.listing()
        for _ in range(3):
            world.need(hours=40)
        world.need(hours=40, requirements=["X轴行程≥5 m"])
        with (
            patch.object(need_matches, "plan_of", wraps=need_matches.plan_of) as read,
            patch.object(
                need_matches._Prices, "of", autospec=True, side_effect=need_matches._Prices.of
            ) as priced,
        ):
            served = needs_served(world.other, at=NOON)

        assert (len(served), read.call_count, priced.call_count) == (3, 1, 3)
        assert all(matches[0].fit.offer.price for _need, matches in served)

    def test_judges_no_listing_of_another_kind(self, world):
        listing = world.listing()
        world.need()
        tokens, numbers = need_matches._indexed([listing])[listing.pk]
        bare = {listing.pk: (tokens - {"c:five_axis"}, numbers)}
        with (
            patch.object(need_matches, "_indexed", return_value=bare),
            patch.object(need_matches, "_offer", side_effect=AssertionError),
        ):
            assert needs_served(world.other, at=NOON) == []

    def test_asks_once_which_chains_are_open(self, world, django_assert_num_queries):
        closed, many = world.closed_listing(), [world.need(), world.need(world.other, world.ole)]
        with django_assert_num_queries(1):
            found = need_matches._open_chains(many, [closed])

        chain = world.chain.pk
        assert found == {
            (None, world.member.pk), (None, world.other.pk), (chain, world.lead.pk), (chain, world.member.pk),
        }  # fmt: skip

    def test_tells_a_coarse_distance_of_who_is_not_named(self, world):
        listing = world.listing()
        type(listing.site).objects.update(latitude="31.30", longitude="120.62")
        need = world.need(latitude="31.62", longitude="120.62", km=100)  # 35.6 km
        mine = matches_of(need, at=NOON)[0].fit.offer.km
        hidden = own_matches(need, owner=world.other, at=NOON)[0].fit.offer.km
        world.answered(need, listing)

        assert (mine, hidden, own_matches(need, owner=world.other, at=NOON)[0].fit.offer.km) == (36, 40, 36)

    def test_prices_the_hours_that_are_expected(self, world):
        world.listing()
        found = matches_of(world.need(hours=40), at=NOON)[0].fit

        assert found.offer.price and found.reasons[-1].verdict == "meets"

    def test_looks_for_the_place(self, world):
        world.listing()
        found = matches_of(world.need(latitude="31.3", longitude="120.6", km=30), at=NOON)

        assert found[0].fit.offer.km is None

    def test_is_found_by_owners_too(self, world):
        world.listing()
        need = world.need()
        world.need(words="注塑机")
        found = needs_served(world.other, at=NOON)

        assert [one for one, _matches in found] == [need]
        assert needs_served(world.member, at=NOON) == []
        assert needs_served(world.other, at=NOON + timedelta(days=5)) == []

    def test_leaves_out_what_is_missed(self, world):
        world.listing()
        need = world.need(requirements=["X轴行程≥5 m"])

        assert needs_served(world.other, at=NOON) == []
        assert len(own_matches(need, owner=world.other, at=NOON)) == 1

    def test_offers_a_closed_listing_to_members_alone(self, world):
        world.closed_listing()
        need = world.need()
        world.need(world.other, world.ole)

        assert [one for one, _matches in needs_served(world.lead, at=NOON)] == [need]

    def test_says_nothing_of_a_hidden_budget(self, world):
        world.listing()
        world.need(budget_minor=1, hours=40)
        shown = world.need(budget_minor=10**9, hours=40, budget_shown=True, budget_per="PART")
        found = {need.pk: matches[0].fit for need, matches in needs_served(world.other, at=NOON)}

        abouts = [{reason.about.value for reason in one.reasons} for one in found.values()]
        assert ["budget" in each for each in abouts] == [pk == shown.pk for pk in found]
        assert len(found) == 2

    def test_counts_days_that_have_begun_as_taken(self, world):
        world.listing()
        need = world.need(starts_on=date(2026, 11, 21), expires_at=NOON + timedelta(days=1), flexible_days=9)
        found = matches_of(need, at=NOON + timedelta(hours=20))[0].fit

        assert [one.found for one in found.reasons if one.about == "days"] == ["+1"]


def test_the_world_is_read_from_one_place():
    assert set(needs.FIELDS) >= set(NEED)
