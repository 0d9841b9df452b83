import pytest
from django.db import IntegrityError, transaction

from marketplace.actions import request_limits
from marketplace.models import AuditEntry, Organization
from marketplace.models.parties import OrganizationKind, Role
from marketplace.permissions import MissingRight
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def works():
    return make.organization()


@pytest.fixture
def platform():
    return make.organization(kind=OrganizationKind.PLATFORM)


def given(works, within, by, **more):
    sent = {"requests_a_minute": 900, "reason": "A large ERP"} | more
    return request_limits.set_limit(organization=works, within=within, by=by, at=NOON, **sent)


def kept(works):
    return Organization.objects.get(pk=works.pk).requests_a_minute, AuditEntry.objects.count()


def test_is_set_and_taken_back_with_both_in_the_trail(works, platform):
    desk = make.member(platform)

    given(works, platform, desk)
    assert kept(works) == (900, 1)
    given(works, platform, desk, requests_a_minute=None)

    assert kept(works) == (None, 2)
    assert AuditEntry.objects.latest("pk").facts == {"before": 900, "after": None, "reason": "A large ERP"}


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"requests_a_minute": 0}, "/requests_a_minute"),
        ({"requests_a_minute": 100_001}, "/requests_a_minute"),
        ({"reason": " "}, "/reason"),
        ({"reason": "x" * 201}, "/reason"),
    ],
)
def test_that_can_be_none_is_refused(works, platform, more, pointer):
    with pytest.raises(request_limits.RequestLimitInvalid) as refused:
        given(works, platform, make.member(platform), **more)

    assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
    assert kept(works) == (None, 0)


def test_is_the_business_of_the_platforms_administrators_alone(works, platform):
    for within, by in ((works, make.member(works)), (platform, make.member(platform, Role.OPERATOR))):
        with pytest.raises(MissingRight):
            given(works, within, by)

    assert kept(works) == (None, 0)


@pytest.mark.parametrize("limit", [0, 100_001])
def test_the_database_keeps_none_that_can_be_none(works, limit):
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=works.pk).update(requests_a_minute=limit)

    assert kept(works) == (None, 0)
