import pytest

from marketplace.actions import parties
from marketplace.models import AuditEntry, Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.rules.identifiers import InvalidCreditCode
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
HUAWEI = "914403001922038216"


def register(by, credit_code=HUAWEI):
    return parties.register(name="Shenzhen Works", kind="SME", credit_code=credit_code, by=by, at=NOON)


class TestRegister:
    def test_normalises_the_code_reads_the_region_and_makes_the_person_administrator(self):
        ada = make.user()

        organization = register(ada, " 9144030019220３8216 ")

        assert (organization.credit_code, organization.region_code) == (HUAWEI, "440300")
        assert Membership.objects.get(user=ada).role == Role.ADMIN

    def test_refuses_a_wrong_check_digit_and_registers_nothing(self):
        with pytest.raises(InvalidCreditCode):
            register(make.user(), HUAWEI[:-1] + "7")

        assert not Organization.objects.exists()

    def test_refuses_a_code_that_is_registered(self):
        register(make.user())

        with pytest.raises(parties.CreditCodeTaken):
            register(make.user())

        assert Organization.objects.count() == 1

    def test_does_not_make_a_robot_a_member(self):
        register(parties.robot(name="importer"))

        assert not Membership.objects.exists()


class TestAddMember:
    def test_gives_a_role_once(self):
        works = make.organization()
        ada, bob = make.member(works), make.user()

        for _ in range(2):
            parties.add_member(organization=works, user=bob, role=Role.FINANCE, by=ada, at=NOON)

        assert Membership.objects.filter(user=bob).count() == 1
        assert AuditEntry.objects.filter(action="member.add").count() == 1

    def test_refuses_who_is_not_administrator(self):
        works = make.organization()

        with pytest.raises(MissingRight):
            parties.add_member(
                organization=works,
                user=make.user(),
                role=Role.ADMIN,
                by=make.member(works, Role.OPERATOR),
                at=NOON,
            )

        assert Membership.objects.count() == 1


class TestRobot:
    def test_is_one_user_that_cannot_sign_in_and_may_do_everything(self):
        clock = parties.robot(name="clock")

        assert parties.robot(name="clock") == clock
        assert User.objects.count() == 1
        assert not clock.has_usable_password()
        require(clock, Permission.INVOICE_RUN, within=make.organization())


class TestAllowed:
    def test_forbids_everything_to_a_person_who_was_switched_off(self):
        works = make.organization()
        ada = make.member(works)
        ada.is_active = False

        assert not allowed(ada, Permission.LEASE_REQUEST, within=works)

    def test_forbids_a_role_of_another_organization(self):
        ada = make.member(make.organization())

        assert not allowed(ada, Permission.LEASE_REQUEST, within=make.organization())
