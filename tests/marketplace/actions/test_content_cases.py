"""What is reported of an offer, and what the platform hides: who may, who is told, and what is served."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from marketplace.actions import content_cases, equipment_documents, listing_photos, listings
from marketplace.actions.content_cases import (
    CaseMoved,
    OfferHidden,
    OwnOffer,
    ReportInvalid,
    Thing,
    TooManyReports,
)
from marketplace.actions.equipment_documents import Given
from marketplace.models import ContentCase, ContentStep, Listing, ListingPhoto, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.content_cases import STEPS, Ground, State, Step
from marketplace.rules.equipment_documents import Audience, Kind
from tests import once
from tests.factories import marketplace as make
from tests.marketplace.actions.test_equipment_documents import TODAY, pdf
from tests.marketplace.actions.test_listing_photos import coloured

pytestmark = pytest.mark.django_db


class Shop:
    def __init__(self):
        self.platform = make.platform()
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.listing = make.listing(make.organization())
        self.machine = self.listing.units.get().equipment
        self.owner = make.member(self.listing.owner)
        self.other = make.organization()
        self.reader = make.member(self.other, Role.VIEWER)
        self.offer = Thing(self.listing)

    def report(self, thing=None, **more):
        given = {"ground": Ground.UNTRUE, "text": "The machine has four axes."}
        given |= {"within": self.other, "by": self.reader, "at": make.NOON}
        return content_cases.report(thing=thing or self.offer, **(given | more))

    def decide(self, case, step, reason="说明", **more):
        who = {"within": self.platform, "by": self.clerk, "at": make.NOON} | more
        return content_cases.decide(case=case, step=step, reason=reason, **who)

    def hide(self, thing, reason="说明"):
        who = {"within": self.platform, "by": self.clerk, "at": make.NOON}
        return content_cases.hide(thing=thing, reason=reason, **who)

    def told(self, organization):
        return list(Notification.objects.filter(organization=organization).values_list("kind", flat=True))

    def photo(self):
        shot = [listing_photos.Shot(coloured(7))]
        (made,) = listing_photos.add(listing=self.listing, shots=shot, by=self.owner, at=make.NOON)
        return made


shop = once.fixture(Shop)


class TestReport:
    def test_waits_for_the_platform_and_the_owner_learns_nothing(self, shop):
        case = shop.report()
        assert (case.state, case.about, case.item) == ("OPEN", "LISTING", "")
        assert shop.told(shop.platform) == ["content_reported"]
        assert shop.told(shop.listing.owner) == []
        assert not ContentCase.objects.open_to(shop.listing.owner).exists()
        assert not ContentCase.objects.open_to(shop.other).exists()

    def test_the_same_again_is_the_same_while_it_waits(self, shop):
        case = shop.report()
        assert shop.report(text="Again") == case
        shop.decide(case, Step.DISMISS)
        assert shop.report() != case

    def test_of_ones_own_or_without_words_is_refused(self, shop):
        with pytest.raises(OwnOffer):
            shop.report(within=shop.listing.owner, by=shop.owner)
        with pytest.raises(MissingRight):
            shop.report(within=shop.platform)
        for text in ("  ", "x" * 501):
            with pytest.raises(ReportInvalid):
                shop.report(text=text)
        assert not ContentCase.objects.exists()

    def test_ten_a_day(self, shop):
        for _ in range(10):
            shop.decide(shop.report(), Step.DISMISS)
        with pytest.raises(TooManyReports):
            shop.report()
        assert ContentCase.objects.count() == 10
        shop.report(at=make.NOON + timedelta(days=1))


class TestHidden:
    def test_an_offer_is_paused_and_comes_back_when_the_platform_shows_it(self, shop):
        case = shop.decide(shop.report(), Step.HIDE, "轴数不符")
        shop.listing.refresh_from_db()
        assert shop.listing.status == "PAUSED"
        assert shop.told(shop.listing.owner) == ["content_hidden"]
        assert shop.told(shop.other) == ["content_decided"]
        with pytest.raises(OfferHidden):
            listings.publish(listing=shop.listing, by=shop.owner, at=make.NOON)

        content_cases.answer(case=case, text="已改为四轴", by=shop.owner, at=make.NOON)
        with pytest.raises(OfferHidden):
            listings.publish(listing=shop.listing, by=shop.owner, at=make.NOON)
        shop.decide(case, Step.SHOW)
        listings.publish(listing=shop.listing, by=shop.owner, at=make.NOON)
        assert list(ContentStep.objects.values_list("verb", flat=True)) == [
            "REPORT",
            "HIDE",
            "ANSWER",
            "SHOW",
        ]

    def test_a_picture_is_seen_by_owner_and_platform_alone(self, shop):
        photo = shop.photo()
        case = shop.hide(Thing(shop.listing, photo=photo))
        assert shop.hide(Thing(shop.listing, photo=photo)) == case

        def seen(person, acting):
            return ListingPhoto.objects.visible_to(person, acting).exists()

        assert not seen(None, None)
        assert not seen(shop.reader, shop.other)
        assert seen(shop.owner, shop.listing.owner)
        assert seen(shop.clerk, shop.platform)
        assert ListingPhoto.objects.covers_of([shop.listing]) == {}
        assert Listing.objects.get().status == "PUBLISHED"
        shop.decide(case, Step.SHOW)
        assert seen(None, None)

    def test_that_is_gone_when_it_is_to_be_hidden_takes_nothing_else_with_it(self, shop):
        photo = shop.photo()
        listing_photos.remove(photo=photo, by=shop.owner, at=make.NOON)
        browser = Client()
        browser.force_login(shop.clerk)

        address = reverse("offer-hide", args=[shop.listing.public_id])
        browser.post(address, {"item": photo.public_id, "reason": "说明"})

        assert not ContentCase.objects.exists()
        assert Listing.objects.get().status == "PUBLISHED"

    def test_is_replaced_by_taking_it_away(self, shop):
        photo = shop.photo()
        case = shop.hide(Thing(shop.listing, photo=photo))
        listing_photos.remove(photo=photo, by=shop.owner, at=make.NOON)
        case.refresh_from_db()
        assert (case.photo, case.item, case.state) == (None, photo.public_id, "HIDDEN")

    @pytest.mark.parametrize("taken_away", [True, False])
    def test_a_picture_stays_hidden_when_the_same_bytes_come_again(self, shop, taken_away):
        photo = shop.photo()
        case = shop.hide(Thing(shop.listing, photo=photo), reason="有人脸。")
        if taken_away:
            listing_photos.remove(photo=photo, by=shop.owner, at=make.NOON)
        before = ListingPhoto.objects.count()

        with pytest.raises(listing_photos.ListingPhotoInvalid) as refused:
            shop.photo()
        assert [(one.pointer, one.code) for one in refused.value.flaws] == [
            ("/photos/0", "hidden_by_platform")
        ]
        assert refused.value.flaws[0].facts == {"reason": "有人脸。"}
        assert ListingPhoto.objects.count() == before

        shop.decide(case, Step.SHOW)
        assert ListingPhoto.objects.visible_to(None, None).filter(pk=shop.photo().pk).exists()

    def test_nor_does_a_picture_come_back_in_another_offer_of_its_owner(self, shop):
        shop.hide(Thing(shop.listing, photo=shop.photo()))
        shop.listing = make.listing(shop.listing.owner)
        with pytest.raises(listing_photos.ListingPhotoInvalid):
            shop.photo()
        assert not ListingPhoto.objects.filter(listing=shop.listing).exists()

        shop.listing = make.listing(shop.other)
        shop.owner = make.member(shop.other)
        assert shop.photo()

    def test_a_document_stays_hidden_when_the_same_bytes_come_again(self, shop):
        given = Given(kind=Kind.MANUAL, title="x", audience=Audience.EVERYBODY)
        who = {"by": shop.owner, "at": make.NOON}
        add = {"equipment": shop.machine, "data": pdf(1), "given": given, "on": TODAY}
        made = equipment_documents.add(**add, **who)
        shop.hide(Thing(shop.listing, document=made))
        equipment_documents.remove(document=made, **who)

        with pytest.raises(equipment_documents.DocumentInvalid) as refused:
            equipment_documents.add(**add, **who)
        assert [(one.pointer, one.code) for one in refused.value.flaws] == [("/file", "hidden_by_platform")]
        assert not shop.machine.documents.exists()
        assert equipment_documents.add(**add | {"data": pdf(2)}, **who)

    def test_two_reports_of_what_is_taken_away_stay(self, shop):
        given = {"kind": Kind.MANUAL, "title": "x", "audience": Audience.EVERYBODY}
        who = {"by": shop.owner, "at": make.NOON}
        for pages in (1, 2):
            add = {"equipment": shop.machine, "data": pdf(pages), "given": Given(**given), "on": TODAY}
            made = equipment_documents.add(**add, **who)
            shop.report(Thing(shop.listing, document=made))
            equipment_documents.remove(document=made, **who)
        assert ContentCase.objects.filter(document=None, about="DOCUMENT").count() == 2


class TestSteps:
    @pytest.mark.parametrize("state", list(State))
    def test_what_the_table_does_not_name_is_refused(self, shop, state):
        case = shop.report()
        reason = "" if state is State.OPEN else "x"
        for step in set(Step) - {Step.REPORT, Step.ANSWER} - set(STEPS[state]):
            ContentCase.objects.update(state=state, reason=reason)
            with pytest.raises(CaseMoved):
                shop.decide(case, step)
        case.refresh_from_db()
        assert case.state == state

    def test_the_owner_answers_once_and_only_what_is_hidden(self, shop):
        case = shop.report()
        answer = {"case": case, "text": "x", "by": shop.owner, "at": make.NOON}
        with pytest.raises(CaseMoved):
            content_cases.answer(**answer)
        shop.decide(case, Step.HIDE)
        with pytest.raises(ReportInvalid):
            content_cases.answer(**answer | {"text": " "})
        with pytest.raises(MissingRight):
            content_cases.answer(**answer | {"by": shop.reader})
        content_cases.answer(**answer)
        with pytest.raises(CaseMoved):
            content_cases.answer(**answer)
        assert shop.decide(case, Step.KEEP).state == "HIDDEN"
        assert shop.told(shop.listing.owner) == ["content_hidden", "content_kept"]

    def test_others_do_not_decide(self, shop):
        case = shop.report()
        for person, within in ((shop.owner, shop.listing.owner), (shop.reader, shop.platform)):
            with pytest.raises(MissingRight):
                shop.decide(case, Step.HIDE, by=person, within=within)
        with pytest.raises(ReportInvalid):
            shop.decide(case, Step.HIDE, " ")
        case.refresh_from_db()
        assert (case.state, Listing.objects.get().status) == ("OPEN", "PUBLISHED")

    def test_steps_stay(self, shop):
        shop.report()
        with pytest.raises(IntegrityError), transaction.atomic():
            ContentStep.objects.update(text="x")


class TestTwoCasesAboutOneThing:
    def reported_by_another(self, shop):
        other = make.organization()
        return shop.report(within=other, by=make.member(other))

    def test_go_the_same_way_and_each_reporter_is_told(self, shop):
        mine, theirs = shop.report(), self.reported_by_another(shop)

        shop.decide(mine, Step.HIDE)

        theirs.refresh_from_db()
        assert (theirs.state, theirs.reason) == ("HIDDEN", "说明")
        assert [one.verb for one in theirs.steps.all()] == ["REPORT", "HIDE"]
        assert "content_decided" in shop.told(theirs.reporter)
        assert shop.told(shop.listing.owner).count("content_hidden") == 1

    def test_hide_no_more_when_one_is_shown_again(self, shop):
        mine = shop.decide(shop.report(), Step.HIDE)
        theirs = self.reported_by_another(shop)
        shop.decide(theirs, Step.HIDE)

        shop.decide(mine, Step.SHOW)

        assert not ContentCase.objects.hiding().exists()
        listings.publish(listing=Listing.objects.get(pk=shop.listing.pk), by=shop.owner, at=make.NOON)

    def test_what_waits_is_dismissed_when_it_is_shown_again(self, shop):
        waiting = shop.report()
        by_itself = shop.hide(shop.offer)

        shop.decide(by_itself, Step.SHOW)

        waiting.refresh_from_db()
        assert (waiting.state, waiting.reason) == ("DISMISSED", "说明")
        assert [one.verb for one in waiting.steps.all()] == ["REPORT", "DISMISS"]
        assert "content_decided" in shop.told(waiting.reporter)
        assert not ContentCase.objects.waiting().exists()

    def test_but_one_about_a_picture_stays(self, shop):
        picture = shop.report(Thing(shop.listing, photo=shop.photo()))

        shop.decide(shop.report(), Step.DISMISS)

        picture.refresh_from_db()
        assert picture.state == "OPEN"


def test_reports_are_listed_page_by_page(shop, monkeypatch):
    monkeypatch.setattr("marketplace.web.checks.PAGE", 1)
    first = shop.report()
    second = shop.report(Thing(shop.listing, photo=shop.photo()))
    clerk = Client()
    clerk.force_login(shop.clerk)

    one = clerk.get("/offer-checks/").content.decode()
    two = clerk.get("/offer-checks/?reports=2").content.decode()

    assert (first.public_id in one, second.public_id in one, "?reports=2" in one) == (True, False, True)
    assert (first.public_id in two, second.public_id in two) == (False, True)
