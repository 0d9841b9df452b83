"""Two govern one organization at once, on real transactions: each thing is done once."""

from unittest.mock import patch

import pytest

from marketplace.actions import (
    admission,
    audit,
    invitations,
    members,
    second_factors,
    throttles,
    verifications,
)
from marketplace.gateway.transactions import atomic
from marketplace.models import (
    AuditEntry,
    Invitation,
    Membership,
    Organization,
    RecoveryCode,
    Throttle,
    User,
    Verification,
)
from marketplace.models.parties import OrganizationQuerySet, Role
from marketplace.models.verifications import VerificationQuerySet
from marketplace.rules import totp
from marketplace.rules.throttles import SECOND_FACTOR
from tests.concurrency.test_leases import fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.factories import marketplace as make
from tests.joining import world
from tests.joining.world import AT, TODAY
from tests.races import Meeting, at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


def together(place, name):
    """Hold both before they call something, until both are there or cannot be."""
    meeting, real = Meeting(), getattr(place, name)

    def held(*args, **given):
        meeting.wait()
        return real(*args, **given)

    return patch.object(place, name, held)


class TestTheLastAdministrator:
    @pytest.fixture
    def acts(self):
        organization = make.organization()
        both = [make.member(organization) for _ in range(2)]

        def leave(user):
            return lambda: members.leave(organization=organization, by=fresh(user), at=AT)

        return [leave(one) for one in both]

    def test_stays_when_both_leave(self, acts):
        with together(members, "_check_others"):
            results = at_once(*acts)

        assert outcome(results) == ["LastAdministrator", "NoneType"]
        assert Membership.objects.get().role == Role.ADMIN

    def test_without_the_lock_nobody_is_left(self, acts):
        interposed, results = in_between(members.audit, "record", acts[1])
        with unlocked(OrganizationQuerySet), interposed:
            acts[0]()

        assert results == [None]
        assert not Membership.objects.exists()


def test_an_invitation_makes_one_account(transactional_db):
    organization = make.organization()
    made = invitations.invite(
        organization=organization, email="li@a.cn", role=Role.VIEWER, by=make.member(organization), at=AT
    )
    token = invitations.path_of(invitation=made).split("/")[2]

    def accept():
        return invitations.accept_new(token=token, name="李", password=world.PASSWORD, at=AT)

    with together(invitations, "_locked"):
        results = at_once(accept, accept)

    assert outcome(results) == ["InvitationSpent", "User"]
    assert Invitation.objects.get().accepted_by == User.objects.get(email="li@a.cn")


class TestTwoDecide:
    @pytest.fixture
    def acts(self):
        platform = make.platform()
        waiting = world.joined()
        case = Verification.objects.get(organization=waiting)

        def decide(step):
            by = make.member(platform)
            return lambda: verifications.decide(
                case=case, step=step, reason="No.", within=platform, by=fresh(by), at=AT, on=TODAY
            )

        return [decide("APPROVE"), decide("REFUSE")]

    def test_one_does_and_the_other_is_told(self, acts):
        with together(verifications, "_require_platform"):
            results = at_once(*acts)

        assert outcome(results) == ["Verification", "VerificationMoved"]
        assert Verification.objects.get().steps.count() == 2

    def test_without_the_locks_both_do(self, acts):
        with unlocked(OrganizationQuerySet, VerificationQuerySet), together(verifications, "_moved"):
            results = at_once(*acts)

        assert outcome(results) == ["Verification", "Verification"]
        assert Verification.objects.get().steps.count() == 3


def test_a_recovery_code_lets_in_once(transactional_db):
    user = make.user()
    secret = second_factors.begin(by=user, at=AT)
    code = totp.code_at(secret, totp.step_of(int(AT.timestamp())))
    codes = second_factors.confirm(by=user, code=code, keep="a", at=AT)

    def check():
        return second_factors.check(user=user, code=codes[0], at=AT)

    with together(second_factors, "_spent"):
        results = at_once(check, check)

    assert outcome(results) == ["NoneType", "WrongCode"]
    assert RecoveryCode.objects.exclude(used_at=None).count() == 1


def test_tries_at_once_are_all_counted(transactional_db):
    def take():
        return throttles.take(limits={"x": SECOND_FACTOR}, at=AT)

    with together(throttles, "_tried"):
        at_once(take, take)

    assert Throttle.objects.get().hits == 2


class TestOneIsRefusedWhileItDoesBusiness:
    @pytest.fixture
    def acts(self):
        """An agreement behind the gate, and the refusal, each ready to run."""
        platform, lessee = make.platform(), make.organization(verified_at=AT)
        checker, buyer = make.member(platform), make.member(lessee)
        case = verifications.recheck(organization=lessee, within=platform, by=checker, at=AT)

        @atomic
        def agree():
            admission.require_verified(organization=lessee)
            audit.record(by=fresh(buyer), action="agree", subject="x", at=AT, within=lessee)
            return Organization.objects.get(pk=lessee.pk).awaits_verification

        def refuse():
            verifications.decide(
                case=case, step="REFUSE", reason="No.", within=platform, by=fresh(checker), at=AT, on=TODAY
            )

        return agree, refuse

    def test_the_refusal_waits_for_what_has_passed_the_gate(self, acts):
        with together(audit, "record"):
            agreed, refused = at_once(*acts)

        assert refused is None
        assert agreed is False or agreed.code == "organization_not_verified"
        assert AuditEntry.objects.filter(action="agree").exists() == (agreed is False)

    def test_without_the_lock_it_agrees_when_it_is_refused(self, acts):
        def look(self, keys):
            return list(self.filter(pk__in=keys))

        interposed, results = in_between(audit, "record", acts[1])
        with patch.object(OrganizationQuerySet, "as_they_are", look), interposed:
            assert acts[0]() is True
        assert results == [None]
