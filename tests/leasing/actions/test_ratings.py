"""Both sides of a settled lease rate each other, blind; then both are read, answered once, and hidden."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leasing import tasks
from leasing.actions import mediators, ratings
from leasing.models import Lease, Rating, RatingAnswer, RatingModeration, RatingRound
from leasing.queries import ratings as queries
from marketplace.models import AuditEntry, Membership, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.factories import marketplace as make
from tests.leasing.settling import READY, Settling

DAY = timedelta(days=1)
OVER = READY + timedelta(days=14)
GOOD = {"as_agreed": 5, "machine": 4, "punctual": 4, "contact": 4}
POOR = {"as_agreed": 2, "machine": 3, "punctual": 1, "contact": 2}


@once.fixture
def scene(world):
    made = Settling(world)
    made.settled()
    return made


def rate(scene, who="lessee", scores=GOOD, text="", at=READY, by=None):
    within = getattr(scene.world, who)
    by = by or scene.people[within]
    return ratings.rate(lease=scene.now(), scores=scores, text=text, within=within, by=by, at=at)


def clock(scene, at):
    found = RatingRound.objects.select_related("lease__lessor", "lease__lessee").get()
    return ratings.publish_due(found=found, by=scene.world.clock, at=at)


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("organization__name", flat=True))


def both(scene):
    rate(scene, "lessor", POOR, "机器脏")
    rate(scene, "lessee", GOOD, "准时")
    return [Rating.objects.listed().get(side=side) for side in ("lessee", "lessor")]


def platform(scene):
    found = make.platform()
    return {"within": found, "by": make.member(found, Role.OPERATOR), "at": READY}


class TestRound:
    def test_opens_with_the_settlement_and_tells_both(self, scene):
        found = RatingRound.objects.get()

        assert (found.opened_at, found.closes_at, found.published_at) == (READY, OVER, None)
        assert told("rating_open") == sorted([scene.world.lessor.name, scene.world.lessee.name])

    def test_of_an_earlier_version_is_opened_by_who_rates_first(self, scene):
        RatingRound.objects.all().delete()

        rate(scene)

        assert RatingRound.objects.get().closes_at == OVER
        assert len(told("rating_open")) == 4

    def test_of_long_ago_is_closed_and_nobody_is_told(self, scene):
        RatingRound.objects.all().delete()

        with pytest.raises(ratings.RatingClosed):
            rate(scene, at=OVER)
        assert len(told("rating_open")) == 2

    def test_is_there_for_settled_leases_alone(self, world):
        with pytest.raises(ratings.NotSettledYet):
            ratings.open_round(lease=world.active(), at=READY)
        assert not RatingRound.objects.exists()


class TestRate:
    def test_neither_sees_the_other_before_both_are_written(self, scene):
        mine = rate(scene, text=" 很好 ")

        assert (mine.side, mine.about, mine.text, mine.scores) == ("lessee", scene.world.lessor, "很好", GOOD)
        assert RatingRound.objects.get().published_at is None
        assert list(Rating.objects.open_to(scene.world.lessee)) == [mine]
        assert not Rating.objects.open_to(scene.world.lessor)
        assert not Rating.objects.visible_to(scene.world.owner)
        assert not Rating.objects.visible_to(scene.world.buyer)

    def test_the_second_publishes_both(self, scene):
        rate(scene)
        rate(scene, "lessor", POOR, at=READY + DAY)

        assert RatingRound.objects.get().published_at == READY + DAY
        assert Rating.objects.visible_to(scene.world.owner).count() == 2
        assert not Rating.objects.visible_to(scene.world.outsider)
        assert told("rating_published") == sorted([scene.world.lessor.name, scene.world.lessee.name])

    def test_the_same_again_is_the_same(self, scene):
        assert rate(scene) == rate(scene)
        assert Rating.objects.count() == 1
        assert AuditEntry.objects.filter(action="rating.write").count() == 1

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"who": "stranger"}, MissingRight),
            ({"who": "lessor", "by": "guest"}, MissingRight),
            ({"by": "guest"}, MissingRight),
            ({"scores": GOOD | {"machine": 6}}, ratings.RatingInvalid),
            ({"text": "13812345678"}, ratings.RatingInvalid),
            ({"at": OVER}, ratings.RatingClosed),
        ],
        ids=str,
    )
    def test_refusals(self, scene, given, error):
        given = dict(given)
        if "by" in given:
            given["by"] = getattr(scene.world, given["by"])
        elif given.get("who") == "stranger":
            given["by"] = scene.world.outsider
        with pytest.raises(error):
            rate(scene, **given)
        assert not Rating.objects.exists()

    def test_another_rating_is_too_late(self, scene):
        rate(scene)
        with pytest.raises(ratings.AlreadyRated):
            rate(scene, scores=POOR)
        assert Rating.objects.get().scores == GOOD

    def test_stays_and_comes_before_publication_in_the_database_too(self, scene):
        mine = rate(scene)
        found = RatingRound.objects.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            RatingRound.objects.filter(pk=found.pk).update(published_at=READY)
        clock(scene, OVER)
        with pytest.raises(IntegrityError), transaction.atomic():
            RatingRound.objects.filter(pk=found.pk).update(published_at=OVER + DAY)
        mine.pk, mine.public_id, mine.side = None, "rat_x", "lessor"
        mine.rated_by, mine.about = mine.about, mine.rated_by
        with pytest.raises(IntegrityError, match="time to rate"), transaction.atomic():
            mine.save(force_insert=True)


class TestClock:
    def test_publishes_what_there_is_when_the_time_is_over(self, scene):
        rate(scene)

        assert clock(scene, OVER - DAY).published_at is None
        assert clock(scene, OVER).published_at == OVER
        assert clock(scene, OVER + DAY).published_at == OVER
        assert len(told("rating_published")) == 2

    def test_says_nothing_where_nobody_rated(self, scene):
        assert clock(scene, OVER).published_at == OVER
        assert told("rating_published") == []

    def test_the_other_comes_too_late(self, scene):
        rate(scene)
        clock(scene, OVER)
        with pytest.raises(ratings.RatingClosed):
            rate(scene, "lessor")

    def test_nobody_else_publishes(self, scene):
        found = RatingRound.objects.get()
        with pytest.raises(MissingRight):
            ratings.publish_due(found=found, by=scene.world.owner, at=OVER)
        assert RatingRound.objects.get().published_at is None

    def test_the_task_does_it(self, scene):
        assert list(RatingRound.objects.due(OVER)) == [RatingRound.objects.get()]
        tasks.publish_ratings(round_id=RatingRound.objects.get().pk)
        assert not RatingRound.objects.due(OVER)


class TestAnswer:
    def answer(self, scene, rating, who="lessor", text="谢谢", by=None):
        within = getattr(scene.world, who)
        by = by or scene.people[within]
        return ratings.answer(rating=rating, text=text, within=within, by=by, at=READY)

    def test_is_given_once_by_who_was_rated(self, scene):
        of_lessor, _ = both(scene)

        made = self.answer(scene, of_lessor)

        assert self.answer(scene, of_lessor) == made
        assert told("rating_answered") == [scene.world.lessee.name]
        with pytest.raises(ratings.AlreadyRated):
            self.answer(scene, of_lessor, text="不对")
        assert RatingAnswer.objects.get().text == "谢谢"

    def test_waits_for_the_publication(self, scene):
        with pytest.raises(ratings.NotPublished):
            self.answer(scene, rate(scene))

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"who": "lessee"}, MissingRight),
            ({"by": "watcher"}, MissingRight),
            ({"text": ""}, ratings.RatingInvalid),
            ({"text": "a@b.cn"}, ratings.RatingInvalid),
        ],
        ids=str,
    )
    def test_refusals(self, scene, given, error):
        of_lessor, _ = both(scene)
        given = given | ({"by": getattr(scene.world, given["by"])} if "by" in given else {})
        with pytest.raises(error):
            self.answer(scene, of_lessor, **given)
        assert not RatingAnswer.objects.exists()


class TestModerate:
    def test_hides_with_a_reason_and_shows_again(self, scene):
        of_lessor, _ = both(scene)
        who = platform(scene)

        assert ratings.moderate(rating=of_lessor, hidden=True, reason="辱骂", **who)
        assert not ratings.moderate(rating=of_lessor, hidden=True, reason="辱骂", **who)
        found = Rating.objects.listed().get(pk=of_lessor.pk)
        assert (found.hidden, found.hidden_why) == (True, "辱骂")
        assert not queries.ratings_of(scene.world.lessor)
        assert ratings.moderate(rating=of_lessor, hidden=False, reason="更正", **who)
        assert queries.ratings_of(scene.world.lessor).count() == 1
        assert (RatingModeration.objects.count(), len(told("rating_hidden"))) == (2, 4)

    def test_is_the_platforms_and_of_nobody_who_is_a_side(self, scene):
        of_lessor, _ = both(scene)
        who = platform(scene)
        given = {"rating": of_lessor, "hidden": True, "reason": "x"}
        viewer = make.member(who["within"], Role.VIEWER)
        Membership.objects.create(user=who["by"], organization=scene.world.lessor, role=Role.VIEWER)
        tries = [
            ({"within": scene.world.lessor, "by": scene.world.owner, "at": READY}, MissingRight),
            ({"within": scene.world.stranger, "by": scene.world.outsider, "at": READY}, MissingRight),
            (who | {"by": viewer}, MissingRight),
            (who, mediators.MediatorIsParty),
        ]
        for tried, error in tries:
            with pytest.raises(error):
                ratings.moderate(**given, **tried)
        assert not RatingModeration.objects.exists()

    def test_needs_a_reason_and_a_publication(self, scene):
        who = platform(scene)
        with pytest.raises(ratings.NotPublished):
            ratings.moderate(rating=rate(scene), hidden=True, reason="x", **who)
        with pytest.raises(ratings.RatingInvalid):
            ratings.moderate(rating=Rating.objects.get(), hidden=True, reason=" ", **who)
        assert not RatingModeration.objects.exists()


class TestRecord:
    def test_one_lease_says_nothing_of_its_lessor(self, scene):
        both(scene)

        known = queries.record_of(scene.world.lessor)
        assert not known.says_something
        assert queries.told_of(scene.world.lessor, known) == []

    def more(self, scene, lessees):
        """Settle and rate further leases like the first one, one with each of these."""
        both(scene)
        Lease.objects.filter(pk=scene.lease.pk).update(number="L-1")
        for number, lessee in enumerate(lessees, start=2):
            other = Lease.objects.get(pk=scene.lease.pk)
            other.pk, other.public_id, other.number = None, f"lea_{number}", f"L-{number}"
            other.lessee = lessee
            other.save(force_insert=True)
            made = RatingRound.objects.create(lease=other, opened_at=READY, closes_at=OVER)
            given = {"round": made, "side": "lessee", "rated_by": lessee, "made_by": "usr_x"}
            text = "很好" if number == 2 else ""
            Rating.objects.create(about=scene.world.lessor, text=text, made_at=READY, **given, **POOR)
            RatingRound.objects.filter(pk=made.pk).update(published_at=OVER)

    def test_of_three_lessees_it_is_counted(self, scene):
        first = scene.world.lessee
        self.more(scene, [first, make.organization(), make.organization()])

        known = queries.record_of(scene.world.lessor)

        assert (known.leases, known.ratings, str(known.stars)) == (4, 4, "2.6")
        assert (known.on_time_percent, known.cancelled_percent) == (100, 0)
        assert [one.text for one in queries.told_of(scene.world.lessor, known)] == ["很好", "准时"]

    def test_of_one_lessee_that_comes_often_nothing_is_said(self, scene):
        self.more(scene, [scene.world.lessee, scene.world.lessee, make.organization()])

        known = queries.record_of(scene.world.lessor)
        assert not known.says_something
        assert (known.on_time_percent, known.cancelled_percent) == (None, None)

    def test_of_lessees_with_a_member_in_common_nothing_is_counted(self, scene):
        others = [make.organization(), make.organization()]
        self.more(scene, others)
        assert queries.record_of(scene.world.lessor).leases == 3
        Membership.objects.create(user=scene.world.owner, organization=others[0], role=Role.VIEWER)

        known = queries.record_of(scene.world.lessor)
        assert not known.says_something
        assert [one.text for one in queries.ratings_of(scene.world.lessor)] == ["", "准时"]

    def test_leases_that_lapsed_after_they_were_agreed_on_count_against_the_lessor(self, world):
        agreed, asked = world.accepted(), world.ask()
        Lease.objects.filter(pk__in=[agreed.pk, asked.pk]).update(status="EXPIRED")

        known = queries._counted(world.lessor)
        assert {name: many for name, many in known.items() if many} == {
            "accepted": 1,
            "accepted_lessees": 1,
            "cancelled": 1,
        }
