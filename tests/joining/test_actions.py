"""Joining, being verified, members and invitations, as actions: what happens, and that nothing does."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import DatabaseError, transaction
from django.utils import translation

from leasing.actions import leases
from marketplace import tasks
from marketplace.actions import admission, invitations, joining, listings, members, verifications
from marketplace.actions import maturity as smart
from marketplace.actions.admission import NotVerified
from marketplace.actions.invitations import (
    HasAccount,
    InvitationSpent,
    InvitedElsewhere,
    MemberAlready,
    NoAddress,
)
from marketplace.actions.joining import AddressTaken, JoinLinkSpent
from marketplace.actions.maturity import MaturityInvalid
from marketplace.actions.members import LastAdministrator, NoMember, NoSuchRole, OwnSecondFactorFirst
from marketplace.actions.parties import CreditCodeTaken, robot
from marketplace.actions.throttles import TooManyTries
from marketplace.actions.verifications import (
    AnswerEmpty,
    ReasonMissing,
    TooManyPapers,
    Upload,
    VerificationMoved,
)
from marketplace.models import (
    ApiKey,
    AskedIn,
    Invitation,
    JoinRequest,
    Letter,
    Listing,
    MaturityDeclaration,
    Membership,
    Notification,
    Organization,
    User,
    Verification,
    VerificationPaper,
    VerificationStep,
)
from marketplace.models.parties import Role
from marketplace.permissions import (
    MissingRight,
    Permission,
    SecondFactorNeeded,
    allowed,
    organizations_where,
    require,
)
from marketplace.queries import organization_named
from marketplace.rules.joining import ApplicantInvalid
from marketplace.rules.proofs import Paper
from marketplace.rules.proofs import read as read_paper
from marketplace.rules.verifications import Step
from marketplace.shared.period import Period
from tests import once
from tests.factories import marketplace as make
from tests.joining import world
from tests.joining.world import AT, TODAY

pytestmark = pytest.mark.django_db


class Desk:
    """The platform with its checker, and an organization that waits."""

    def __init__(self):
        self.platform = make.platform()
        self.checker = make.member(self.platform, Role.OPERATOR)
        self.admin = make.user("王敏")
        self.waiting = world.joined(self.admin)

    @property
    def case(self):
        return Verification.objects.filter(organization=self.waiting).latest("pk")

    def decide(self, step, reason="", **changes):
        given = {"case": self.case, "within": self.platform, "by": self.checker, "at": AT, "on": TODAY}
        return verifications.decide(step=step, reason=reason, **(given | changes))

    def answers(self, papers=(), at=AT, **given):
        return verifications.answer(
            organization=self.waiting, given=given, papers=papers, by=self.admin, at=at
        )

    def fresh(self):
        return Organization.objects.get(pk=self.waiting.pk)


desk = once.fixture(lambda: Desk())


class TestSigningUp:
    def test_registers_nothing_before_the_address_is_confirmed(self, db):
        held = world.begin()

        assert not Organization.objects.exists()
        assert not User.objects.exists()
        assert "恒力" not in Letter.objects.get().body
        assert f"/join/confirm/{world.token(held)[:8]}" in Letter.objects.get().body

    def test_confirmed_makes_its_person_administrator_and_waits_for_the_platform(self, db):
        make.platform()
        made = joining.confirm(token=world.token(world.begin()), password=world.PASSWORD, at=AT)

        person = User.objects.get(email="wang@hengli.cn")
        assert person.check_password(world.PASSWORD)
        assert person.roles_in(made) == [Role.ADMIN]
        assert (made.awaits_verification, made.verified_at, made.phone) == (True, None, "0512-6288 1234")
        assert sorted(VerificationPaper.objects.values_list("kind", flat=True)) == ["LICENCE", "MANDATE"]
        assert Notification.objects.get().kind == "verification_submitted"
        assert not JoinRequest.objects.exists()

    def test_a_link_works_once_and_two_days(self, db):
        held = world.begin()
        token = world.token(held)

        with pytest.raises(JoinLinkSpent):
            joining.confirm(token=token, password=world.PASSWORD, at=AT + timedelta(days=2))
        joining.confirm(token=token, password=world.PASSWORD, at=AT)
        for spent in (token, "nonsense", signing.dumps("jrq_1", salt="other")):
            with pytest.raises(JoinLinkSpent):
                joining.confirm(token=spent, password=world.PASSWORD, at=AT)
        assert Organization.objects.count() == 1

    def test_of_a_known_address_is_told_to_it_alone(self, db):
        known = make.user()

        assert world.begin(email=known.email.upper()) is None
        assert "sign in" in Letter.objects.get(to=known.email).body
        assert not JoinRequest.objects.exists()

    def test_whoever_has_the_mail_sets_the_password_and_no_other_sign_up_of_the_address_stays(self, db):
        strange, own, other = (world.begin(email=f"{who}@a.cn") for who in ("b", "b", "c"))
        joining.confirm(token=world.token(own), password=world.PASSWORD, at=AT)

        assert User.objects.get(email="b@a.cn").check_password(world.PASSWORD)
        with pytest.raises(JoinLinkSpent):
            joining.confirm(token=world.token(strange), password="other-lathe-48", at=AT)
        assert list(JoinRequest.objects.all()) == [other]

    def test_one_code_goes_to_who_is_verified_first(self, desk):
        code = desk.waiting.credit_code
        rival = joining.confirm(
            token=world.token(world.begin(email="b@a.cn", credit_code=code)), password=world.PASSWORD, at=AT
        )
        assert not joining.is_registered(credit_code=code)
        desk.decide("APPROVE")
        assert joining.is_registered(credit_code=code)
        assert organization_named(code) == desk.waiting

        with pytest.raises(CreditCodeTaken):
            desk.decide("APPROVE", case=Verification.objects.get(organization=rival))
        rival.refresh_from_db()
        assert (rival.awaits_verification, rival.verified_at) == (True, None)
        assert Verification.objects.get(organization=rival).state == "WAITING"

    def test_a_code_that_was_refused_is_free_for_its_owner(self, desk):
        desk.decide("REFUSE", "The licence is another company's.")
        owner = world.joined(credit_code=desk.waiting.credit_code)
        desk.decide("APPROVE", case=Verification.objects.get(organization=owner))

        assert organization_named(owner.credit_code) == owner
        with pytest.raises(DatabaseError), transaction.atomic():
            Organization.objects.filter(pk=desk.waiting.pk).update(awaits_verification=False)

    def test_the_same_sent_twice_registers_once(self, desk):
        with pytest.raises(CreditCodeTaken):
            world.joined(desk.admin, credit_code=desk.waiting.credit_code)
        assert desk.admin.memberships.count() == 1

    def test_an_address_that_got_an_account_meanwhile_signs_in_with_it(self, db):
        held = world.begin()
        User.objects.create_user("wang@hengli.cn", name="W")

        with pytest.raises(AddressTaken):
            joining.confirm(token=world.token(held), password=world.PASSWORD, at=AT)
        assert not Organization.objects.exists()

    def test_too_often_from_one_address_waits(self, db):
        for number in range(5):
            world.begin(email=f"a{number}@a.cn")

        with pytest.raises(TooManyTries) as refused:
            world.begin(email="a9@a.cn", at=AT + world.MINUTE)
        assert refused.value.facts["minutes"] == 59 + 1
        assert world.begin(email="b@a.cn", address="10.0.0.2")
        assert JoinRequest.objects.count() == 6

    def test_nobody_keeps_another_from_signing_up(self, desk):
        for _ in range(3):
            world.begin(email="b@a.cn", address="10.0.0.9")
        with pytest.raises(TooManyTries):
            world.begin(email="b@a.cn", address="10.0.0.9")
        User.objects.create_user("b@a.cn", name="B")

        assert world.joined(User.objects.get(email="b@a.cn"))
        world.begin(email="b@a.cn", address="10.0.0.1")

    def test_what_nobody_confirmed_goes(self, db):
        world.begin()
        world.begin(email="b@a.cn", at=AT + timedelta(days=3))

        assert [one.email for one in JoinRequest.objects.all()] == ["b@a.cn"]

    def test_a_registered_code_is_refused_to_who_has_an_account(self, desk):
        desk.decide("APPROVE")
        with pytest.raises(CreditCodeTaken):
            world.joined(credit_code=desk.waiting.credit_code)
        assert not Organization.objects.filter(awaits_verification=True).exists()


class TestAskingToBeInvited:
    def ask(self, desk, **changes):
        given = {
            "credit_code": desk.waiting.credit_code,
            "name": "李\n雷",
            "email": "Li@hengli.cn",
            "address": "10.0.0.1",
            "at": AT,
        }
        joining.ask(**(given | changes))

    def test_is_told_to_each_administrator_alone_and_once(self, desk):
        desk.decide("APPROVE")
        make.member(desk.waiting, Role.OPERATOR)
        self.ask(desk)
        self.ask(desk)

        told = Notification.objects.filter(kind="invitation_asked")
        assert [one.person for one in told] == [desk.admin]
        assert told[0].facts["who"] == "李 雷"
        assert AskedIn.objects.get().email == "li@hengli.cn"

    def test_of_who_is_not_verified_is_shown_to_nobody(self, desk):
        self.ask(desk)

        assert not AskedIn.objects.exists()
        assert not Notification.objects.filter(kind="invitation_asked").exists()

    def test_of_a_member_or_of_nobody_changes_nothing(self, desk):
        desk.decide("APPROVE")
        self.ask(desk, email=desk.admin.email)
        self.ask(desk, credit_code=world.code())

        assert not AskedIn.objects.exists()

    def test_is_dismissed_or_invited(self, desk):
        desk.decide("APPROVE")
        self.ask(desk)
        with pytest.raises(MissingRight):
            invitations.dismiss(asked=AskedIn.objects.get(), by=desk.checker, at=AT)
        asked = AskedIn.objects.get()
        invitations.dismiss(asked=asked, by=desk.admin, at=AT)
        invitations.dismiss(asked=asked, by=desk.admin, at=AT)
        self.ask(desk)
        invitations.invite(
            organization=desk.waiting, email="li@hengli.cn", role=Role.VIEWER, by=desk.admin, at=AT
        )

        assert not AskedIn.objects.exists()


class TestTheGate:
    def test_who_waits_prepares_but_publishes_nothing(self, desk):
        draft = make.listing(desk.waiting, status=Listing.Status.DRAFT, published_at=None)

        with pytest.raises(NotVerified) as refused:
            listings.publish(listing=draft, by=desk.admin, at=AT)
        assert desk.waiting.name in str(refused.value)
        assert Listing.objects.get(pk=draft.pk).status == Listing.Status.DRAFT

    def test_who_waits_requests_nothing(self, desk):
        offered = make.listing(make.organization())
        period = Period(AT + timedelta(days=3), AT + timedelta(days=9))

        with pytest.raises(NotVerified):
            leases.request(
                listing=offered,
                lessee=desk.waiting,
                period=period,
                expected_usage={},
                note="",
                by=desk.admin,
                at=AT,
            )

    @pytest.mark.parametrize("step", ["ASK", "REFUSE"])
    def test_it_says_what_is_missing(self, desk, step):
        waits = admission.missing(organization=desk.waiting)
        desk.decide(step, "Too dark.")

        assert admission.missing(organization=desk.waiting) != waits
        assert desk.fresh().awaits_verification

    def test_opens_with_the_verification_and_for_all_whom_the_platform_set_up(self, desk):
        desk.decide("APPROVE")

        admission.require_verified(organization=desk.waiting)
        admission.require_verified(organization=make.organization())

    def test_without_a_case_asks_for_papers(self, db):
        held = make.organization(awaits_verification=True)

        with translation.override("en"):
            assert "papers" in admission.missing(organization=held)


class TestDeciding:
    def test_to_verify_holds_for_a_year_and_is_told(self, desk):
        desk.decide("APPROVE")

        now = desk.fresh()
        assert (now.verified_at, now.awaits_verification) == (AT, False)
        assert str(now.verify_again_on) == "2027-11-05"
        assert Notification.objects.filter(organization=now, kind="verification_approved").exists()
        assert desk.case.state == "APPROVED"

    def test_is_for_the_platform(self, desk):
        with pytest.raises(MissingRight):
            desk.decide("APPROVE", by=desk.admin, within=desk.waiting)
        with pytest.raises(MissingRight):
            desk.decide("APPROVE", by=make.member(desk.platform, Role.FINANCE))
        with pytest.raises(MissingRight):
            desk.decide("APPROVE", by=desk.admin)
        assert desk.case.state == "WAITING"

    @pytest.mark.parametrize("step", ["ASK", "REFUSE"])
    def test_to_ask_or_refuse_says_why(self, desk, step):
        with pytest.raises(ReasonMissing):
            desk.decide(step, "  ")
        assert desk.case.state == "WAITING"

    def test_is_done_once(self, desk):
        desk.decide("REFUSE", "Not the same name.")

        with pytest.raises(VerificationMoved):
            desk.decide("APPROVE")
        assert desk.fresh().verified_at is None

    def test_steps_and_papers_stand_for_good(self, desk):
        for model in (VerificationStep, VerificationPaper):
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.update(added_by_name="x") if model is VerificationPaper else (
                    model.objects.update(reason="x")
                )


class TestAnswering:
    def other(self, mark=0):
        return Upload(Paper.OTHER, "../../etc/passwd", read_paper(world.picture((20 + mark, 20))))

    def test_brings_papers_and_mends_what_was_typed(self, desk):
        desk.decide("ASK", "The name differs.")
        desk.answers([self.other()], name="苏州恒力有限公司")

        assert desk.case.state == "WAITING"
        assert desk.case.given["name"] == desk.fresh().name == "苏州恒力有限公司"
        assert desk.case.papers.count() == 3
        assert [one.verb for one in desk.case.steps.all()] == ["SUBMIT", "ASK", "ANSWER"]

    def test_is_taken_when_it_was_asked_for(self, desk):
        with pytest.raises(VerificationMoved):
            desk.answers([self.other()])
        desk.decide("ASK", "More.")
        for nothing in ({}, {"name": desk.waiting.name}):
            with pytest.raises(AnswerEmpty):
                desk.answers(**nothing)
        with pytest.raises(ApplicantInvalid):
            desk.answers([self.other()], phone="?")
        with pytest.raises(MissingRight):
            verifications.answer(
                organization=desk.waiting, given={}, papers=[self.other()], by=desk.checker, at=AT
            )
        assert desk.case.papers.count() == 2

    def test_begins_anew_after_a_refusal(self, desk):
        desk.decide("REFUSE", "Unreadable.")
        made = desk.answers([self.other()])

        assert Verification.objects.filter(organization=desk.waiting).count() == 2
        assert (made.state, made.steps.get().verb) == ("WAITING", "SUBMIT")

    def test_mends_the_kind_until_it_is_verified(self, desk):
        desk.decide("ASK", "You let machines?")
        with pytest.raises(ApplicantInvalid):
            desk.answers([self.other()], kind="PLATFORM")
        desk.answers(kind="LESSOR")
        assert desk.fresh().kind == "LESSOR"
        desk.decide("APPROVE")
        verifications.recheck(organization=desk.fresh(), within=desk.platform, by=desk.checker, at=AT)
        desk.answers([self.other()], kind="SME")
        desk.decide("APPROVE")

        assert desk.fresh().kind == "LESSOR"

    def test_holds_so_many_papers(self, desk):
        desk.decide("ASK", "More.")
        desk.answers([self.other(number) for number in range(10)])
        desk.decide("ASK", "More.")

        with pytest.raises(TooManyPapers):
            desk.answers([self.other(50)])

    def test_may_come_unasked_from_one_that_was_never_checked(self, desk):
        told = make.organization(address="苏州", phone="0512-1234567")
        given = {"organization": told, "papers": [self.other()], "by": make.member(told), "at": AT}
        case = verifications.answer(given={"phone": "0512-7654321"}, **given)
        with pytest.raises(VerificationMoved):
            verifications.answer(given={}, **given)

        told.refresh_from_db()
        assert (case.state, told.phone, told.awaits_verification) == ("WAITING", "0512-1234567", False)
        desk.decide("APPROVE", case=case)
        told.refresh_from_db()
        assert (told.phone, told.verified_at) == ("0512-7654321", AT)
        with pytest.raises(VerificationMoved):
            verifications.answer(given={}, **given)


class TestTheRegularCheck:
    def test_is_begun_on_its_day_and_business_goes_on(self, desk):
        desk.decide("APPROVE")
        day = desk.fresh().verify_again_on
        clock = robot(name="clock")

        assert verifications.due(on=day - timedelta(days=1)) == []
        assert verifications.due(on=day) == [desk.waiting]
        first, again = (verifications.begin_due(organization=desk.waiting, by=clock, at=AT) for _ in "12")
        assert first == again
        assert verifications.due(on=day) == []
        admission.require_verified(organization=desk.waiting)
        assert Verification.objects.filter(organization=desk.waiting, state="ASKED").count() == 1

    def test_is_due_a_year_after_one_whose_day_was_never_set(self, db):
        made = make.organization(verified_at=AT)
        make.organization(verify_again_on=TODAY)  # nobody verified it

        assert verifications.due(on=TODAY + timedelta(days=364)) == []
        assert verifications.due(on=TODAY + timedelta(days=365)) == [made]

    def test_that_nobody_answers_ends_after_thirty_days(self, desk):
        desk.decide("APPROVE")
        offered = make.listing(desk.waiting)
        clock = robot(name="clock")
        case = verifications.begin_due(organization=desk.waiting, by=clock, at=AT)
        verifications.lapse(case=case, by=clock, at=AT + timedelta(days=29))
        assert not desk.fresh().awaits_verification
        verifications.lapse(case=case, by=clock, at=AT + timedelta(days=30))
        verifications.lapse(case=case, by=clock, at=AT + timedelta(days=31))

        assert (desk.fresh().awaits_verification, desk.fresh().verified_at) == (True, None)
        assert Listing.objects.get(pk=offered.pk).status == Listing.Status.PAUSED
        assert [one.verb for one in desk.case.steps.all()] == ["RECHECK", "REFUSE"]
        assert Notification.objects.filter(kind="verification_refused").count() == 1

    def test_that_was_answered_waits_for_the_platform(self, desk):
        desk.decide("APPROVE")
        verifications.begin_due(organization=desk.waiting, by=robot(name="clock"), at=AT)
        desk.answers([Upload(Paper.OTHER, "a", read_paper(world.picture()))])

        assert not Verification.objects.unanswered(AT + timedelta(days=99)).exists()

    def test_of_one_that_goes_wrong_keeps_no_other(self, db, monkeypatch):
        odd, even = (make.organization(verified_at=AT, verify_again_on=TODAY) for _ in "12")
        real = verifications._recheck

        def fails(organization, *more):
            if organization == odd:
                raise ValueError
            return real(organization, *more)

        monkeypatch.setattr(verifications, "_recheck", fails)
        assert tasks.recheck_due() == 1
        assert Verification.objects.get().organization == even

    def test_keeps_what_was_verified_until_it_is_decided(self, desk):
        desk.decide("APPROVE")
        name = desk.waiting.name
        case = verifications.recheck(organization=desk.waiting, within=desk.platform, by=desk.checker, at=AT)
        again = verifications.recheck(organization=desk.waiting, within=desk.platform, by=desk.checker, at=AT)
        desk.answers(name="别的名字有限公司")

        assert case == again
        assert desk.fresh().name == name
        desk.decide("APPROVE", case=case, on=TODAY + timedelta(days=300))
        assert desk.fresh().name == "别的名字有限公司"
        assert desk.fresh().verify_again_on.year == 2028

    def test_that_fails_stops_business_and_pauses_what_is_offered(self, desk):
        desk.decide("APPROVE")
        offered = make.listing(desk.waiting)
        case = verifications.recheck(organization=desk.waiting, within=desk.platform, by=desk.checker, at=AT)
        desk.decide("REFUSE", "Struck off the register.", case=case)

        assert Listing.objects.get(pk=offered.pk).status == Listing.Status.PAUSED
        with pytest.raises(NotVerified):
            listings.publish(listing=offered, by=desk.admin, at=AT)

    def test_is_for_the_platform_and_for_who_was_verified(self, desk):
        with pytest.raises(MissingRight):
            verifications.recheck(organization=desk.waiting, within=desk.waiting, by=desk.admin, at=AT)
        unknown = make.organization()
        with pytest.raises(VerificationMoved):
            verifications.recheck(organization=unknown, within=desk.platform, by=desk.checker, at=AT)


class TestInvitations:
    def invite(self, desk, email="li@hengli.cn", role=Role.OPERATOR, at=AT, by=None):
        return invitations.invite(
            organization=desk.waiting, email=email, role=role, by=by or desk.admin, at=at
        )

    def token(self, made):
        return invitations.path_of(invitation=made).split("/")[2]

    def test_make_an_account_and_a_member_once(self, desk):
        token = self.token(self.invite(desk))
        person = invitations.accept_new(token=token, name=" 李\n雷 ", password=world.PASSWORD, at=AT)

        assert (person.email, person.name) == ("li@hengli.cn", "李 雷")
        assert person.roles_in(desk.waiting) == [Role.OPERATOR]
        with pytest.raises(InvitationSpent):
            invitations.accept(token=token, by=person, at=AT)

    def test_take_in_somebody_who_has_an_account(self, desk):
        known = make.user()
        token = self.token(self.invite(desk, known.email.upper()))

        with pytest.raises(HasAccount):
            invitations.accept_new(token=token, name="x", password=world.PASSWORD, at=AT)
        with pytest.raises(InvitedElsewhere):
            invitations.accept(token=token, by=make.user(), at=AT)
        invitations.accept(token=token, by=known, at=AT)
        assert known.roles_in(desk.waiting) == [Role.OPERATOR]

    def test_of_who_is_not_verified_are_few_and_say_nothing_of_its_own(self, desk):
        for number in range(10):
            self.invite(desk, f"a{number}@a.cn")
        with pytest.raises(TooManyTries):
            self.invite(desk, "b@a.cn")
        for letter in Letter.objects.all():
            assert desk.waiting.credit_code in letter.body
            for free in (desk.waiting.name, desk.admin.name):
                assert free not in letter.body + letter.subject

        desk.decide("APPROVE")
        self.invite(desk, "c@a.cn", at=AT + timedelta(days=3))
        assert desk.waiting.name in Letter.objects.get(to="c@a.cn").body

    def test_end_after_a_week_or_when_revoked(self, desk):
        made = self.invite(desk)
        with pytest.raises(InvitationSpent):
            invitations.found(token=self.token(made), at=AT + timedelta(days=7))
        with pytest.raises(MissingRight):
            invitations.revoke(invitation=made, by=desk.checker, at=AT)
        invitations.revoke(invitation=made, by=desk.admin, at=AT)
        invitations.revoke(invitation=made, by=desk.admin, at=AT)

        for spent in (self.token(made), "nonsense"):
            with pytest.raises(InvitationSpent):
                invitations.found(token=spent, at=AT)
        assert Membership.objects.filter(organization=desk.waiting).count() == 1

    def test_that_was_accepted_is_not_revoked(self, desk):
        made = self.invite(desk)
        invitations.accept_new(token=self.token(made), name="x", password=world.PASSWORD, at=AT)

        with pytest.raises(InvitationSpent):
            invitations.revoke(invitation=made, by=desk.admin, at=AT)

    def test_again_take_the_place_of_the_first(self, desk):
        first, second = self.invite(desk), self.invite(desk, role=Role.VIEWER)

        assert list(Invitation.objects.open(AT)) == [second]
        with pytest.raises(InvitationSpent):
            invitations.found(token=self.token(first), at=AT)

    def test_are_for_administrators_addresses_and_roles(self, desk):
        with pytest.raises(MissingRight):
            self.invite(desk, by=make.member(desk.waiting, Role.OPERATOR))
        for bad in ("", "no", "a@b\nBcc: c@d.cn", "a" * 300 + "@b.cn"):
            with pytest.raises(NoAddress):
                self.invite(desk, bad)
        with pytest.raises(NoSuchRole):
            self.invite(desk, role="KING")
        with pytest.raises(MemberAlready):
            self.invite(desk, desk.admin.email)
        assert not Invitation.objects.exists()


class TestMembers:
    def act(self, desk, verb, user, by=None, **given):
        verb(organization=desk.waiting, user=user, by=by or desk.admin, at=AT, **given)

    def roles(self, desk, user):
        return list(
            Membership.objects.filter(organization=desk.waiting, user=user).values_list("role", flat=True)
        )

    def test_get_one_role_in_place_of_all(self, desk):
        user = make.member(desk.waiting, Role.VIEWER)
        Membership.objects.create(organization=desk.waiting, user=user, role=Role.FINANCE)
        for _ in range(2):
            self.act(desk, members.set_role, user, role=Role.OPERATOR)

        assert self.roles(desk, user) == [Role.OPERATOR]

    def test_go_with_their_keys(self, desk):
        user = make.member(desk.waiting, Role.OPERATOR)
        key = ApiKey.objects.create(
            organization=desk.waiting,
            user=user,
            name="k",
            identifier="a",
            secret_hash="x",
            scopes=[],
            created_at=AT,
        )
        self.act(desk, members.remove, user)

        assert self.roles(desk, user) == []
        assert ApiKey.objects.get(pk=key.pk).revoked_at == AT
        with pytest.raises(NoMember):
            self.act(desk, members.remove, user)

    @pytest.mark.parametrize("how", ["remove", "demote", "leave"])
    def test_who_governs_no_more_does_not_come_back_by_its_own_invitation(self, desk, how):
        gone = make.member(desk.waiting)
        given = {"organization": desk.waiting, "role": Role.ADMIN, "at": AT}
        invitations.invite(email="gone@a.cn", by=gone, **given)
        kept = invitations.invite(email="new@a.cn", by=desk.admin, **given)
        if how == "remove":
            self.act(desk, members.remove, gone)
        elif how == "demote":
            self.act(desk, members.set_role, gone, role=Role.VIEWER)
        else:
            members.leave(organization=desk.waiting, by=gone, at=AT)

        assert list(Invitation.objects.open(AT)) == [kept]

    def test_the_last_administrator_stays(self, desk):
        blocked = make.member(desk.waiting)
        User.objects.filter(pk=blocked.pk).update(is_active=False)

        with pytest.raises(LastAdministrator):
            self.act(desk, members.set_role, desk.admin, role=Role.VIEWER)
        with pytest.raises(LastAdministrator):
            self.act(desk, members.remove, desk.admin)
        with pytest.raises(LastAdministrator):
            members.leave(organization=desk.waiting, by=desk.admin, at=AT)
        assert self.roles(desk, desk.admin) == [Role.ADMIN]

    def test_leave_when_another_administers(self, desk):
        make.member(desk.waiting)
        members.leave(organization=desk.waiting, by=desk.admin, at=AT)

        assert self.roles(desk, desk.admin) == []
        with pytest.raises(NoMember):
            members.leave(organization=desk.waiting, by=desk.admin, at=AT)

    def test_are_changed_by_administrators_into_what_there_is(self, desk):
        user = make.member(desk.waiting, Role.FINANCE)
        with pytest.raises(MissingRight):
            self.act(desk, members.remove, desk.admin, by=user)
        with pytest.raises(MissingRight):
            self.act(desk, members.set_role, user, by=user, role=Role.ADMIN)
        with pytest.raises(NoSuchRole):
            self.act(desk, members.set_role, user, role="KING")
        with pytest.raises(NoMember):
            self.act(desk, members.set_role, make.user(), role=Role.ADMIN)


class TestAskingForASecondFactor:
    def test_whoever_has_none_only_looks_on(self, desk):
        User.objects.filter(pk=desk.admin.pk).update(second_factor_at=AT)
        admin = User.objects.get(pk=desk.admin.pk)
        colleague = make.member(desk.waiting)
        operator = make.member(desk.waiting, Role.OPERATOR)
        assert desk.fresh() in organizations_where(colleague, Permission.MEMBER_EDIT)
        program = User.objects.get(pk=colleague.pk)
        program.through_key = True
        asked = members.ask_second_factor(organization=desk.waiting, on=True, by=admin, at=AT)

        assert allowed(admin, Permission.MEMBER_EDIT, within=asked)
        assert allowed(operator, Permission.LEASE_DECIDE, within=asked)
        assert colleague.roles_in(asked) == [Role.VIEWER]
        assert allowed(program, Permission.MEMBER_EDIT, within=asked)
        assert asked in organizations_where(program, Permission.MEMBER_EDIT)
        with pytest.raises(SecondFactorNeeded):
            require(colleague, Permission.MEMBER_EDIT, within=asked)
        with pytest.raises(MissingRight):
            require(operator, Permission.MEMBER_EDIT, within=asked)
        assert asked not in organizations_where(colleague, Permission.MEMBER_EDIT)
        assert asked in organizations_where(colleague, Permission.TELEMETRY_READ)
        assert asked in organizations_where(operator, Permission.LEASE_DECIDE)
        assert asked in organizations_where(admin, Permission.MEMBER_EDIT)
        members.ask_second_factor(organization=asked, on=False, by=admin, at=AT)
        assert not desk.fresh().asks_second_factor

    def test_nobody_locks_the_door_from_outside(self, desk):
        with pytest.raises(OwnSecondFactorFirst):
            members.ask_second_factor(organization=desk.waiting, on=True, by=desk.admin, at=AT)
        assert not desk.fresh().asks_second_factor


class TestMaturity:
    def declare(self, desk, organization=None, site=None, within=None, by=None, **changes):
        given = {"level": 3, "source": "GB/T 39116 评估报告", "valid_from": TODAY} | changes
        organization = organization or desk.waiting
        return smart.declare(
            organization=organization,
            site=site,
            given=given,
            within=within or organization,
            by=by or desk.admin,
            at=AT,
            today=TODAY,
        )

    def test_is_declared_by_itself_and_verified_by_the_platform(self, desk):
        own = self.declare(desk)
        verified = self.declare(desk, within=desk.platform, by=desk.checker)

        assert (own.is_verified, verified.is_verified) == (False, True)
        assert self.declare(desk, within=desk.platform, by=desk.checker) == verified
        assert MaturityDeclaration.objects.count() == 2

    def test_of_a_site_is_a_tier(self, desk):
        made = self.declare(desk, site=make.site(desk.waiting), tier="标杆", level=None)

        assert made.tier == "EXCELLENT"

    def test_is_refused_with_its_fields_and_to_strangers(self, desk):
        with pytest.raises(MaturityInvalid):
            self.declare(desk, level=9)
        with pytest.raises(MissingRight):
            self.declare(desk, by=desk.checker)
        with pytest.raises(MissingRight):
            self.declare(desk, organization=make.organization(), within=desk.waiting)
        assert not MaturityDeclaration.objects.exists()


def test_every_step_of_the_rules_can_be_written_down():
    assert {one.value for one in Step} == set(VerificationStep.Verb.values)
