"""The platform writes down what it looked at; a company is verified as long as its licence was."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace import tasks
from marketplace.actions import checks
from marketplace.models import EquipmentCheck, Organization, OrganizationCheck, SearchDocument
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.checks import Kind, Written
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@once.fixture
def platform():
    return make.platform()


@once.fixture
def clerk(platform):
    return make.member(platform, Role.OPERATOR)


@once.fixture
def listing(platform):
    return make.listing(make.organization())


def written(kind, seen, **more):
    return Written(kind, more.pop("passed", True), seen, more.pop("at", make.NOON), **more)


def of_owner(listing, platform, clerk, kind=Kind.LICENCE, at=make.NOON, **more):
    seen = more.pop("seen", listing.owner.credit_code)
    given = written(kind, seen, at=at, **more)
    owner = listing.owner
    return checks.of_organization(organization=owner, given=given, within=platform, by=clerk, at=at)


class TestMachine:
    def test_is_checked_by_its_nameplate(self, listing, platform, clerk):
        machine = listing.units.get().equipment
        given = written(Kind.NAMEPLATE, machine.serial_number.lower(), note=" photo of 20 November ")

        made = checks.of_equipment(equipment=machine, given=given, within=platform, by=clerk, at=make.NOON)

        assert (made.kind, made.passed, made.note) == ("NAMEPLATE", True, "photo of 20 November")
        assert (made.valid_until, made.recorded_by_name) == (make.NOON + 2 * YEAR, clerk.name)
        assert EquipmentCheck.by_machine([machine.pk]) == {machine.pk: [made.value]}
        with pytest.raises(IntegrityError), transaction.atomic():
            EquipmentCheck.objects.update(passed=False)

    @pytest.mark.parametrize(
        ("kind", "seen", "pointer"), [(Kind.NAMEPLATE, "X-1", "/seen"), (Kind.LICENCE, "X-1", "/kind")]
    )
    def test_what_does_not_fit_is_not_kept(self, listing, platform, clerk, kind, seen, pointer):
        machine, given = listing.units.get().equipment, written(kind, seen)
        with pytest.raises(checks.CheckInvalid) as refused:
            checks.of_equipment(equipment=machine, given=given, within=platform, by=clerk, at=make.NOON)
        assert [one.pointer for one in refused.value.flaws] == [pointer]
        assert not EquipmentCheck.objects.exists()


class TestCompany:
    def test_is_verified_by_its_licence_and_found_by_that(self, listing, platform, clerk):
        of_owner(listing, platform, clerk)

        assert Organization.objects.get(pk=listing.owner.pk).verified_at == make.NOON
        assert SearchDocument.objects.filter(listing=listing).exists()

    def test_is_not_by_its_check_digits_alone(self, listing, platform, clerk):
        of_owner(listing, platform, clerk, Kind.CREDIT_CODE)

        assert Organization.objects.get(pk=listing.owner.pk).verified_at is None

    def test_is_no_more_when_the_licence_is_found_wrong(self, listing, platform, clerk):
        of_owner(listing, platform, clerk)
        of_owner(listing, platform, clerk, passed=False, seen="another", at=make.NOON + timedelta(days=1))

        assert Organization.objects.get(pk=listing.owner.pk).verified_at is None

    def test_is_no_more_when_the_check_has_ended(self, listing, platform, clerk):
        of_owner(listing, platform, clerk)
        owner, last = listing.owner, make.NOON + YEAR

        assert not Organization.objects.outlasted(last - timedelta(seconds=1)).exists()
        assert list(Organization.objects.outlasted(last)) == [owner]
        assert checks.attend(organization=owner, at=last - timedelta(seconds=1))
        assert not checks.attend(organization=owner, at=last)

    def test_that_was_verified_before_stays_so(self, listing, platform, clerk):
        Organization.objects.filter(pk=listing.owner.pk).update(verified_at=make.NOON)

        assert checks.attend(organization=listing.owner, at=make.NOON + 9 * YEAR)

    def test_the_task_goes_round(self, listing, platform, clerk):
        long_ago = make.NOON - 3 * YEAR
        of_owner(listing, platform, clerk, at=long_ago)

        tasks.attend_verified()

        assert Organization.objects.get(pk=listing.owner.pk).verified_at is None

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"kind": Kind.NAMEPLATE}, "/kind"),
            ({"seen": "91320594MA0000001X"}, "/seen"),
        ],
    )
    def test_what_does_not_fit_is_not_kept(self, listing, platform, clerk, more, pointer):
        with pytest.raises(checks.CheckInvalid) as refused:
            of_owner(listing, platform, clerk, **more)
        assert [one.pointer for one in refused.value.flaws] == [pointer]
        assert not OrganizationCheck.objects.exists()

    def test_a_code_with_wrong_check_digits_never_passes(self, listing, platform, clerk):
        Organization.objects.filter(pk=listing.owner.pk).update(credit_code="913205940000000000")
        listing.owner.refresh_from_db()
        with pytest.raises(checks.CheckInvalid):
            of_owner(listing, platform, clerk)
        assert not OrganizationCheck.objects.exists()

    def test_nobody_else_checks(self, listing, platform, clerk):
        owner = make.member(listing.owner)
        tries = [(platform, make.member(platform, Role.VIEWER)), (listing.owner, owner), (platform, owner)]
        for within, by in tries:
            with pytest.raises(MissingRight):
                of_owner(listing, within, by)
        assert not OrganizationCheck.objects.exists()
