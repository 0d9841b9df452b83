"""The platform writes down what it looked at; whether a company is verified is decided elsewhere."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from marketplace.actions import checks
from marketplace.models import EquipmentCheck, Organization, OrganizationCheck
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
    @pytest.mark.parametrize("passed", [True, False])
    @pytest.mark.parametrize(
        "stood",
        [
            {"awaits_verification": True, "verified_at": None},
            {"awaits_verification": False, "verified_at": None},
            {"awaits_verification": False, "verified_at": make.NOON - YEAR},
        ],
    )
    def test_is_not_verified_by_a_check_nor_loses_that_by_one(self, listing, platform, clerk, stood, passed):
        known = Organization.objects.filter(pk=listing.owner.pk)
        known.update(**stood)

        of_owner(listing, platform, clerk, passed=passed)

        assert known.filter(**stood).exists()
        assert OrganizationCheck.objects.get().passed is passed

    def test_says_when_it_was_verified_beside_what_was_seen(self, listing, platform, clerk, client):
        made = of_owner(listing, platform, clerk)
        stood = {"verified_at": make.NOON - timedelta(days=40), "verify_again_on": date(2030, 5, 17)}
        url, badge = reverse("listing", args=[listing.public_id]), 'href="#checks">✓'
        assert badge not in client.get(url).content.decode()

        Organization.objects.filter(pk=listing.owner.pk).update(**stood)
        shown = client.get(url)

        claims = shown.context["claims"]
        assert [one["since"] for one in claims] == [stood["verified_at"], made.checked_at]
        assert [one.get("until") for one in claims] == [None, made.valid_until]
        assert badge in shown.content.decode()
        assert 'datetime="2030-05-17"' in shown.content.decode()

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
