"""An organization closes when nothing of it is open; for two weeks it can be taken back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from billing.actions import slot_invoices
from leasing.actions import leases
from marketplace.actions import admission, api_keys, closings, invitations, joining, listings, parties
from marketplace.actions.admission import OrganizationCloses
from marketplace.actions.closings import ClosingHindered, ClosingMoved, ClosingNotTyped, NotClosable
from marketplace.actions.parties import CreditCodeTaken
from marketplace.models import (
    ApiKey,
    AuditEntry,
    Closing,
    Invitation,
    Membership,
    Notification,
    Organization,
    User,
)
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.queries import organization_named
from marketplace.queries.own_data import obstacles
from marketplace.rules.closing import GRACE, NOBODY
from marketplace.shared.period import Period
from tests.billing.payments import world as money
from tests.billing.slot_billing import LATER as LATER_SLOT
from tests.billing.slot_billing import BilledLaboratory
from tests.factories import marketplace as make
from tests.joining.world import AT
from tests.leasing import world as worlds
from tests.leasing.jobs import Yard

pytestmark = pytest.mark.django_db
LATER = AT + GRACE


@pytest.fixture
def clock():
    return make.user("clock", is_robot=True)


@pytest.fixture
def owner():
    return make.organization("海州精工", phone="0512", bank_account="6222")


@pytest.fixture
def admin(owner):
    return make.member(owner)


def ask(owner, admin, typed="海州精工"):
    return closings.ask(organization=owner, typed=typed, by=admin, at=AT)


def asked_for(listing, lessee, at=AT):
    start = at + timedelta(days=10)
    return leases.request(
        listing=listing,
        lessee=lessee,
        period=Period(start, start + timedelta(days=10)),
        expected_usage={"run_time": Decimal(10)},
        note="",
        by=make.member(lessee),
        at=at,
    )


class TestAsking:
    def test_pauses_what_it_offers_and_stops_its_business(self, owner, admin):
        offered = make.listing(owner)

        made = ask(owner, admin)

        offered.refresh_from_db()
        assert (made.state, made.due_at, offered.status) == ("ASKED", LATER, "PAUSED")
        with pytest.raises(OrganizationCloses):
            admission.require_verified(organization=owner)
        with pytest.raises(OrganizationCloses):
            listings.publish(listing=offered, by=admin, at=AT)
        assert Notification.objects.filter(kind="closing_asked", organization=owner).count() == 1

    @pytest.mark.parametrize("typed", ["", "海州", "haizhou"])
    def test_needs_the_name_to_be_typed(self, owner, admin, typed):
        with pytest.raises(ClosingNotTyped) as refused:
            ask(owner, admin, typed)

        assert refused.value.flaws[0].pointer == "/name"
        self.nothing_happened(owner)

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.VIEWER])
    def test_is_for_administrators_alone(self, owner, role):
        with pytest.raises(MissingRight):
            ask(owner, make.member(owner, role))

        self.nothing_happened(owner)

    def test_is_refused_while_a_lease_is_not_over_and_says_so(self, owner, admin):
        asked_for(make.listing(owner), make.organization())

        with pytest.raises(ClosingHindered) as refused, translation.override("en"):
            ask(owner, admin)

        assert "leases that are not closed: 1" in refused.value.facts["reasons"]
        assert [(one.code, one.count, one.link) for one in obstacles(owner, AT)] == [
            ("leases", 1, "/leases/")
        ]
        self.nothing_happened(owner)

    def test_once_only(self, owner, admin):
        ask(owner, admin)

        with pytest.raises(ClosingMoved):
            ask(owner, admin)

        assert Closing.objects.count() == 1

    def test_is_not_for_the_platform(self):
        platform = make.platform()

        with pytest.raises(NotClosable):
            ask(platform, make.member(platform), platform.name)

        with pytest.raises(IntegrityError), transaction.atomic():
            Organization.objects.filter(pk=platform.pk).update(closing_at=AT)

    def test_lets_nobody_lease_of_it_any_more(self, owner, admin):
        offered = make.listing(owner)
        ask(owner, admin)

        with pytest.raises(OrganizationCloses):
            asked_for(offered, make.organization())

    def nothing_happened(self, owner):
        owner.refresh_from_db()
        assert owner.closing_at is None
        assert not Closing.objects.exists()


class TestTakingBack:
    def test_lets_it_do_business_again(self, owner, admin):
        ask(owner, admin)

        closings.take_back(organization=owner, by=admin, at=AT + timedelta(days=13))

        admission.require_verified(organization=owner)
        assert Closing.objects.get().state == "TAKEN_BACK"
        assert not Closing.objects.due(LATER).exists()

    def test_is_not_possible_where_nothing_closes(self, owner, admin):
        with pytest.raises(ClosingMoved):
            closings.take_back(organization=owner, by=admin, at=AT)


class TestTheEndOfTheTwoWeeks:
    def test_blanks_who_belongs_to_nobody_else_and_lets_all_go(self, owner, admin, clock):
        elsewhere = make.member(owner, Role.VIEWER, name="Ada")
        Membership.objects.create(user=elsewhere, organization=make.organization(), role=Role.VIEWER)
        key, _text = api_keys.create(organization=owner, name="k", scopes=["leases:read"], by=admin, at=AT)
        made, email = ask(owner, admin), admin.email

        assert closings.finish(closing=made, by=clock, at=LATER)

        gone, stays = User.objects.get(pk=admin.pk), User.objects.get(pk=elsewhere.pk)
        assert (gone.name, gone.is_active, gone.has_usable_password()) == (NOBODY, False, False)
        assert email not in gone.email
        assert (stays.name, stays.is_active) == ("Ada", True)
        owner.refresh_from_db()
        assert (owner.closed_at, owner.phone, owner.bank_account) == (LATER, "", "")
        assert not Membership.objects.filter(organization=owner).exists()
        assert ApiKey.objects.get(pk=key.pk).revoked_at == LATER

    def test_frees_its_code_and_it_is_checked_no_more(self, owner, admin, clock):
        due, code = date(2030, 1, 1), owner.credit_code
        Organization.objects.filter(pk=owner.pk).update(verified_at=AT, verify_again_on=LATER.date())
        again = {"name": "海州精工", "kind": "SME", "credit_code": code, "by": clock, "at": LATER}
        made = ask(owner, admin)
        assert owner in Organization.objects.to_check(due)
        with pytest.raises(CreditCodeTaken):
            parties.register(**again)

        assert closings.finish(closing=made, by=clock, at=LATER)

        assert owner not in Organization.objects.to_check(due)
        assert not joining.is_registered(credit_code=code)
        fresh = parties.register(**again)
        assert organization_named(code) == fresh
        with pytest.raises(IntegrityError), transaction.atomic():
            Organization.objects.create(name="x", kind="SME", credit_code=code, region_code="320594")

    def test_leaves_the_open_invitation_of_another_to_who_has_its_link(self, owner, admin, clock):
        other, email = make.organization(), admin.email
        inviter = make.member(other)
        asked = invitations.invite(organization=other, email=email, role=Role.VIEWER, by=inviter, at=LATER)
        over = invitations.invite(organization=owner, email="li@a.cn", role=Role.VIEWER, by=admin, at=AT)
        Invitation.objects.filter(pk=over.pk).update(email=email)

        assert closings.finish(closing=ask(owner, admin), by=clock, at=LATER)

        over.refresh_from_db()
        assert (email not in over.email, over.revoked_at) == (True, LATER)
        token = invitations.path_of(invitation=asked).split("/")[2]
        person = invitations.accept_new(token=token, name="Li", password="bright-lathe-47", at=LATER)
        assert (person.email, person.memberships.get().organization) == (email, other)

    def test_leaves_no_address_in_the_log(self, owner, admin, clock):
        guest, email = make.user(), admin.email
        invitations.invite(organization=owner, email=guest.email, role=Role.VIEWER, by=admin, at=AT)
        invitations.invite(organization=owner, email="left@a.cn", role=Role.VIEWER, by=admin, at=AT)

        assert closings.finish(closing=ask(owner, admin), by=clock, at=LATER)

        noted = AuditEntry.objects.filter(organization=owner.public_id)
        assert noted.filter(action="invitation.make").count() == 2
        for one in (guest.email, "left@a.cn", email):
            assert one not in str(list(noted.values_list("actor_name", "facts")))

    def test_is_not_before_its_time_and_not_twice(self, owner, admin, clock):
        made = ask(owner, admin)

        assert not closings.finish(closing=made, by=clock, at=LATER - timedelta(seconds=1))
        assert closings.finish(closing=made, by=clock, at=LATER)
        assert not closings.finish(closing=made, by=clock, at=LATER)

        with pytest.raises(ClosingMoved):
            closings.take_back(organization=owner, by=make.member(owner), at=LATER)

    def test_is_not_in_the_database_before_its_time(self, owner, admin):
        made = ask(owner, admin)

        with pytest.raises(IntegrityError), transaction.atomic():
            Closing.objects.filter(pk=made.pk).update(state="DONE", ended_at=AT)

    def test_waits_where_something_came_meanwhile_and_says_so_once(self, owner, admin, clock):
        made = ask(owner, admin)
        Organization.objects.update(closing_at=None)  # as if it had been asked for before
        asked_for(make.listing(owner), make.organization())

        for _ in range(2):
            assert not closings.finish(closing=made, by=clock, at=LATER)

        admin.refresh_from_db()
        assert admin.is_active
        assert Closing.objects.get().state == "ASKED"
        assert Notification.objects.filter(kind="closing_waits").count() == 1


class TestThePages:
    def visitor(self, person):
        visitor = Client(headers={"accept-language": "en"})
        visitor.force_login(person)
        return visitor

    def test_name_each_reason_with_a_link(self, owner, admin):
        asked_for(make.listing(owner), make.organization())

        page = self.visitor(admin).get(reverse("closing")).content.decode()

        assert '<a href="/leases/">leases that are not closed: 1</a>' in page
        assert "?step=2" not in page

    def test_take_two_steps_then_offer_the_way_back(self, owner, admin):
        visitor = self.visitor(admin)
        first = visitor.get(reverse("closing")).content.decode()
        second = visitor.get(reverse("closing") + "?step=2").content.decode()
        wrong = visitor.post(reverse("closing"), {"name": "x"})
        right = visitor.post(reverse("closing"), {"name": owner.name})
        shown = visitor.get(reverse("closing")).content.decode()

        assert 'name="name"' not in first
        assert 'name="name"' in second
        assert (wrong.status_code, right.status_code) == (400, 302)
        assert reverse("closing-take-back") in shown
        visitor.post(reverse("closing-take-back"))
        assert Closing.objects.get().state == "TAKEN_BACK"


def test_what_is_to_be_paid_out_hinders_until_it_is_paid(django_assert_max_num_queries):
    desk = money.desk()
    with django_assert_max_num_queries(4):
        assert obstacles(desk.owner, AT) == []
    desk.collected(500, "one")
    assert [(one.code, one.count) for one in obstacles(desk.owner, AT)] == [("payable", 1)]

    order = desk.propose()

    assert [(one.code, one.count) for one in obstacles(desk.owner, AT)] == [("orders", 1)]
    assert order.state == "PROPOSED"


def hindered(organization, at, *codes):
    return {one.code: one.count for one in obstacles(organization, at) if one.code in codes}


def test_a_slot_that_is_done_hinders_both_sides_until_it_is_billed(db):
    lab = BilledLaboratory()
    booking = lab.done()
    sides = (lab.world.lessor, lab.world.lessee)

    before = [hindered(one, LATER_SLOT, "unbilled_slots", "invoices") for one in sides]
    slot_invoices.bill(booking=booking, at=LATER_SLOT, by=lab.clock)

    assert before == [{"unbilled_slots": 1}] * 2
    assert all("unbilled_slots" not in hindered(one, LATER_SLOT, "unbilled_slots") for one in sides)


def test_a_service_that_was_accepted_hinders_its_provider(db):
    yard = Yard(worlds.make())
    lease = yard.active()
    assert hindered(yard.workshop, worlds.END, "unbilled_services") == {}

    yard.trained(lease, Decimal("6.5"))

    assert hindered(yard.workshop, worlds.END, "unbilled_services") == {"unbilled_services": 1}
    assert hindered(yard.adviser, worlds.END, "unbilled_services") == {}


def test_a_service_of_a_lease_that_never_began_hinders_until_the_lease_is_given_up(db):
    yard = Yard(worlds.make())
    lease = yard.contracted()
    order, at = yard.order(lease, "TRAINING"), worlds.DECIDED + timedelta(days=3)
    yard.act("propose", order, yard.world.lessee, worlds.DECIDED, starts_at=at)
    yard.act("agree", order, yard.workshop, worlds.DECIDED)
    yard.act("start", order, yard.workshop, at)
    yard.act("finish", order, yard.workshop, at, text="两名操作工", hours=Decimal("6.5"))
    yard.act("accept", order, yard.world.lessee, at)
    before = hindered(yard.workshop, worlds.END, "unbilled_services")

    leases.cancel(lease=lease, by=yard.world.buyer, at=at)

    assert before == {"unbilled_services": 1}
    assert hindered(yard.workshop, worlds.END, "unbilled_services") == {}
