"""Joining, being verified, members and invitations, as actions: what happens, and that nothing does."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import DatabaseError, transaction

from leasing.actions import leases
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
        assert world.PASSWORD not in held.password_hash
        assert "恒力" not in Letter.objects.get().body
        assert f"/join/confirm/{world.token(held)[:8]}" in Letter.objects.get().body

    def test_confirmed_makes_its_person_administrator_and_waits_for_the_platform(self, db):
        make.platform()
        made = joining.confirm(token=world.token(world.begin()), at=AT)

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
            joining.confirm(token=token, at=AT + timedelta(days=2))
        joining.confirm(token=token, at=AT)
        for spent in (token, "nonsense", signing.dumps("jrq_1", salt="other")):
            with pytest.raises(JoinLinkSpent):
                joining.confirm(token=spent, at=AT)
        assert Organization.objects.count() == 1

    def test_of_a_known_address_is_told_to_it_alone(self, db):
        known = make.user()

        assert world.begin(email=known.email.upper()) is None
        assert "sign in" in Letter.objects.get(to=known.email).body
        assert not JoinRequest.objects.exists()

    def test_one_code_goes_to_who_confirms_first(self, db):
        code = world.code()
        first, second = (world.begin(email=f"{who}@a.cn", credit_code=code) for who in ("b", "c"))
        joining.confirm(token=world.token(second), at=AT)

        with pytest.raises(CreditCodeTaken):
            joining.confirm(token=world.token(first), at=AT)
        assert not User.objects.filter(email="b@a.cn").exists()

    def test_an_address_that_got_an_account_meanwhile_signs_in_with_it(self, db):
        held = world.begin()
        User.objects.create_user("wang@hengli.cn", name="W")

        with pytest.raises(AddressTaken):
            joining.confirm(token=world.token(held), at=AT)
        assert not Organization.objects.exists()

    def test_too_often_from_one_address_waits(self, db):
        for number in range(5):
            world.begin(email=f"a{number}@a.cn")

        with pytest.raises(TooManyTries) as refused:
            world.begin(email="a9@a.cn", at=AT + world.MINUTE)
        assert refused.value.facts["minutes"] == 59 + 1
        assert world.begin(email="b@a.cn", address="10.0.0.2")
        assert JoinRequest.objects.count() == 6

    def test_what_nobody_confirmed_goes(self, db):
        world.begin()
        world.begin(email="b@a.cn", at=AT + timedelta(days=3))

        assert [one.email for one in JoinRequest.objects.all()] == ["b@a.cn"]

    def test_a_registered_code_is_refused_to_who_has_an_account(self, desk):
        with pytest.raises(CreditCodeTaken):
            world.joined(credit_code=desk.waiting.credit_code)
        assert Organization.objects.filter(awaits_verification=True).count() == 1


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
        make.member(desk.waiting, Role.OPERATOR)
        self.ask(desk)
        self.ask(desk)

        told = Notification.objects.filter(kind="invitation_asked")
        assert [one.person for one in told] == [desk.admin]
        assert told[0].facts["who"] == "李 雷"
        assert AskedIn.objects.get().email == "li@hengli.cn"

    def test_of_a_member_or_of_nobody_changes_nothing(self, desk):
        self.ask(desk, email=desk.admin.email)
        self.ask(desk, credit_code=world.code())

        assert not AskedIn.objects.exists()

    def test_is_dismissed_or_invited(self, desk):
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

    def test_holds_so_many_papers(self, desk):
        desk.decide("ASK", "More.")
        desk.answers([self.other(number) for number in range(10)])
        desk.decide("ASK", "More.")

        with pytest.raises(TooManyPapers):
            desk.answers([self.other(50)])

    def test_nobody_asked_a_verified_one(self, desk):
        told = make.organization(address="苏州", phone="0512-1234567")
        with pytest.raises(VerificationMoved):
            verifications.answer(
                organization=told, given={}, papers=[self.other()], by=make.member(told), at=AT
            )


class TestTheRegularCheck:
    def test_is_begun_on_its_day_and_business_goes_on(self, desk):
        desk.decide("APPROVE")
        day = desk.fresh().verify_again_on
        clock = robot(name="clock")

        assert verifications.recheck_due(on=day - timedelta(days=1), by=clock, at=AT) == 0
        assert verifications.recheck_due(on=day, by=clock, at=AT) == 1
        assert verifications.recheck_due(on=day, by=clock, at=AT) == 0
        admission.require_verified(organization=desk.waiting)
        assert Verification.objects.filter(organization=desk.waiting, state="ASKED").count() == 1

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
            organization=desk.waiting, user=user, name="k", identifier="a", scopes=[], created_at=AT
        )
        self.act(desk, members.remove, user)

        assert self.roles(desk, user) == []
        assert ApiKey.objects.get(pk=key.pk).revoked_at == AT
        with pytest.raises(NoMember):
            self.act(desk, members.remove, user)

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
        asked = members.ask_second_factor(organization=desk.waiting, on=True, by=admin, at=AT)

        assert allowed(admin, Permission.MEMBER_EDIT, within=asked)
        assert allowed(operator, Permission.LEASE_DECIDE, within=asked)
        assert colleague.roles_in(asked) == [Role.VIEWER]
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
