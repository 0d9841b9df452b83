"""A machine is set aside, refurbished and let again with its history; or scrapped; what is gone stays."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from marketplace.actions import listings, retiring, second_life
from marketplace.actions.listings import MachineListed, MachineOutOfService, MachineRetired
from marketplace.actions.second_life import LifeInvalid, LifeMoved, MachineNotFree
from marketplace.models import Claim, Equipment, Event, Refurbishment, RefurbishmentEntry, Scrapping
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.second_life import STEPS, Entry, Finish, Grade, Life, Step, Why, Work, leads_to
from marketplace.rules.second_life import Scrapping as Scrapped
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
SPINDLE = Entry(Work.PART, "Spindle bearing replaced", "Suzhou Spindle Works", TODAY, "7014-P4S")
FIT = Finish("Suzhou Spindle Works", Decimal("18250.5"), "Ballbar 8 µm", Grade.B)
RECYCLED = Scrapped("Green Metal", "HS-2026-1", TODAY)


class Shop:
    def __init__(self):
        self.owner = make.organization()
        self.person = make.member(self.owner, Role.OPERATOR)
        self.machine = make.equipment(self.owner)

    @property
    def who(self):
        return {"equipment": self.machine, "by": self.person, "at": make.NOON}

    def now(self):
        return Equipment.objects.get(pk=self.machine.pk)

    def aside(self):
        return second_life.set_aside(reason="Spindle worn", **self.who)

    def refurbished(self):
        self.aside()
        second_life.begin(**self.who)
        second_life.add_entry(given=SPINDLE, on=TODAY, **self.who)
        return second_life.finish(given=FIT, **self.who)

    def listed(self):
        plan = {"title": "Again", "price_plan": make.HOURLY, "count_rules": [make.RUN_RULE]}
        who = {"by": self.person, "at": make.NOON}
        return listings.create(owner=self.owner, equipment=[self.now()], **plan, **who)


shop = once.fixture(Shop)


class TestRules:
    @pytest.mark.parametrize("life", list(Life))
    @pytest.mark.parametrize("step", list(Step))
    def test_what_is_gone_leads_nowhere(self, life, step):
        assert leads_to(life, step, Why.GONE) is None

    def test_every_state_but_the_last_leads_back_into_service(self):
        reached = {Life.IN_SERVICE}
        for _ in Life:
            reached |= {life for life, steps in STEPS.items() if reached & set(steps.values())}
        assert reached == set(Life) - {Life.SCRAPPED}


class TestRefurbished:
    def test_is_in_service_again_and_its_listing_shows_what_was_done(self, shop):
        made = shop.refurbished()
        assert (shop.now().status, shop.now().retirement) == ("IN_SERVICE", "")
        assert (made.outcome, made.grade, made.hours) == ("DONE", "B", Decimal("18250.5"))
        assert list(Event.objects.values_list("type", flat=True)) == [
            "equipment.set_aside",
            "equipment.refurbished",
        ]

        found = listings.publish(listing=shop.listed(), by=shop.person, at=make.NOON)
        page = Client().get(f"/listings/{found.public_id}/").content.decode()
        for words in ("翻新", "18,250.5", "Ballbar 8 µm", "7014-P4S", "Spindle bearing replaced"):
            assert words in page, words

    def test_is_not_offered_before(self, shop):
        shop.aside()
        with pytest.raises(MachineOutOfService):
            shop.listed()
        second_life.begin(**shop.who)
        with pytest.raises(MachineOutOfService):
            shop.listed()

    def test_hours_do_not_become_fewer(self, shop):
        shop.refurbished()
        shop.aside()
        second_life.begin(**shop.who)
        with pytest.raises(LifeInvalid) as refused:
            second_life.finish(given=Finish("W", Decimal(3), "ok", Grade.A), **shop.who)
        assert [one.code for one in refused.value.flaws] == ["fewer_hours"]
        assert shop.now().status == "REFURBISHING"

    def test_given_up_it_is_set_aside_as_before(self, shop):
        shop.aside()
        second_life.begin(**shop.who)
        assert second_life.give_up(**shop.who).outcome == "GIVEN_UP"
        assert (shop.now().status, shop.now().retirement) == ("RETIRED", "SET_ASIDE")
        second_life.put_back(**shop.who)
        assert (shop.now().status, shop.now().retired_why) == ("IN_SERVICE", "")

    def test_what_was_written_never_changes(self, shop):
        shop.refurbished()
        for change in (
            lambda: RefurbishmentEntry.objects.update(what="x"),
            lambda: RefurbishmentEntry.objects.all().delete(),
            lambda: Refurbishment.objects.update(grade="A"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                change()
        with pytest.raises(LifeMoved):
            second_life.add_entry(given=SPINDLE, on=TODAY, **shop.who)

    @pytest.mark.parametrize(
        ("entry", "pointers"),
        [
            (Entry(Work.PART, "x", "y", TODAY), ["/part"]),
            (Entry(Work.WORK, " ", "", TODAY), ["/what", "/done_by"]),
            (Entry(Work.WORK, "x" * 301, "y", TODAY + timedelta(days=1)), ["/what", "/done_on"]),
        ],
        ids=["part", "empty", "long and later"],
    )
    def test_an_entry_says_what_by_whom_and_when(self, shop, entry, pointers):
        shop.aside()
        second_life.begin(**shop.who)
        with pytest.raises(LifeInvalid) as refused:
            second_life.add_entry(given=entry, on=TODAY, **shop.who)
        assert [one.pointer for one in refused.value.flaws] == pointers
        assert not RefurbishmentEntry.objects.exists()

    @pytest.mark.parametrize("hours", [Decimal("NaN"), Decimal(-1), Decimal(10**7)], ids=str)
    def test_odd_hours_are_refused(self, shop, hours):
        shop.aside()
        second_life.begin(**shop.who)
        with pytest.raises(LifeInvalid):
            second_life.finish(given=Finish("W", hours, "ok", Grade.A), **shop.who)
        assert Refurbishment.objects.open().exists()


class TestSetAside:
    def test_not_while_it_is_listed(self, shop):
        shop.listed()
        with pytest.raises(MachineListed):
            shop.aside()
        assert shop.now().status == "IN_SERVICE"

    @pytest.mark.parametrize(("days", "refused"), [(1, True), (-10, False)], ids=["later", "long ago"])
    def test_not_while_somebody_has_it_or_will(self, shop, days, refused):
        core = (make.NOON + timedelta(days=days), make.NOON + timedelta(days=days + 5))
        Claim.objects.create(
            equipment=shop.machine, reason="LEASE", core=core, period=core, created_at=make.NOON
        )
        if refused:
            with pytest.raises(MachineNotFree):
                shop.aside()
        else:
            shop.aside()
        assert shop.now().status == ("IN_SERVICE" if refused else "RETIRED")

    def test_needs_a_reason_and_the_right(self, shop):
        for reason in (" ", "x" * 301):
            with pytest.raises(LifeInvalid):
                second_life.set_aside(reason=reason, **shop.who)
        for person in (make.member(shop.owner, Role.VIEWER), make.member(make.organization())):
            with pytest.raises(MissingRight):
                second_life.set_aside(reason="x", **shop.who | {"by": person})
        assert shop.now().status == "IN_SERVICE"

    def test_is_not_let(self, shop):
        second_life.check_let(equipment=shop.machine)
        shop.aside()
        with pytest.raises(MachineOutOfService):
            second_life.check_let(equipment=shop.machine)


class TestGone:
    def test_what_was_lost_or_sold_stays_away(self, shop):
        retiring.retire(equipment=shop.machine, by=shop.person, at=make.NOON)
        retiring.retire(equipment=shop.machine, by=shop.person, at=make.NOON)
        assert (shop.now().status, shop.now().retirement) == ("RETIRED", "GONE")
        for act in (second_life.begin, second_life.put_back):
            with pytest.raises(MachineRetired):
                act(**shop.who)
        with pytest.raises(MachineRetired):
            second_life.scrap(given=RECYCLED, on=TODAY, **shop.who)
        with pytest.raises(MachineRetired):
            shop.listed()
        assert shop.now().retirement == "GONE"

    def test_the_database_asks_for_a_reason(self, shop):
        with pytest.raises(IntegrityError), transaction.atomic():
            Equipment.objects.update(status="RETIRED")


class TestScrapped:
    def test_with_recycler_and_certificate_for_good(self, shop):
        shop.aside()
        second_life.scrap(given=RECYCLED, on=TODAY, **shop.who)
        assert shop.now().status == "SCRAPPED"
        for act in (second_life.begin, second_life.put_back):
            with pytest.raises(LifeMoved):
                act(**shop.who)
        with pytest.raises(IntegrityError), transaction.atomic():
            Scrapping.objects.update(recycler="x")
        assert Event.objects.latest("pk").type == "equipment.scrapped"

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            (Scrapped("", "1", TODAY), "/recycler"),
            (Scrapped("R", " ", TODAY), "/certificate"),
            (Scrapped("R", "1", TODAY + timedelta(days=1)), "/scrapped_on"),
        ],
        ids=["recycler", "certificate", "later"],
    )
    def test_not_without_them(self, shop, given, pointer):
        shop.aside()
        with pytest.raises(LifeInvalid) as refused:
            second_life.scrap(given=given, on=TODAY, **shop.who)
        assert [one.pointer for one in refused.value.flaws] == [pointer]
        assert (shop.now().status, Scrapping.objects.count()) == ("RETIRED", 0)

    def test_not_what_is_in_service(self, shop):
        with pytest.raises(LifeMoved):
            second_life.scrap(given=RECYCLED, on=TODAY, **shop.who)
        assert shop.now().status == "IN_SERVICE"


def test_a_step_is_posted_by_its_verb_and_its_address_shows_the_page(shop):
    visitor = Client()
    visitor.force_login(shop.person)
    page = f"/equipment/{shop.machine.public_id}/life/"

    assert visitor.post(page).status_code == 405
    assert visitor.get(f"{page}aside/").headers["Location"] == page
    assert visitor.post(f"{page}aside/", {"reason": "Worn"}).status_code == 302
    assert shop.now().status == Equipment.Status.RETIRED
    assert visitor.post(page).status_code == 405
    assert shop.now().status == Equipment.Status.RETIRED
