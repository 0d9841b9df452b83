"""What the demonstration shows of joining."""

import pytest

from config.demo import joining
from config.demo.parties import People
from marketplace.models import Invitation, MaturityDeclaration, Verification
from tests.factories import marketplace as make
from tests.joining.world import AT

pytestmark = pytest.mark.django_db


def test_one_organization_waits_and_one_person_is_invited():
    people = People(AT)
    make.platform()
    for key in ("yuanlan", "hengli"):
        people.organizations[key] = make.organization()
        people.admins[key] = make.member(people.organizations[key])
    make.site(people.organizations["yuanlan"])

    made = joining.begin(people, AT)

    assert made.awaits_verification
    assert Verification.objects.get().papers.count() == 2
    assert Invitation.objects.get().email == joining.INVITED
    assert MaturityDeclaration.objects.count() == 2
