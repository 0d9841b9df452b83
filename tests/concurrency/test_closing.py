"""A lease is requested of an organization while it closes, on real transactions: one of the two wins."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db.models import QuerySet

from leasing.models import Lease
from marketplace.actions import audit, closings, invitations, listings
from marketplace.models import Closing, User
from marketplace.models.parties import OrganizationQuerySet, Role
from marketplace.rules.closing import GRACE
from tests.concurrency.test_joining import together
from tests.concurrency.test_leases import fresh
from tests.factories import marketplace as make
from tests.governing.test_closing import asked_for
from tests.joining.world import AT
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acts():
    owner, lessee = make.organization("海州精工"), make.organization()
    admin, offered = make.member(owner), make.listing(owner)

    def request():
        return asked_for(offered, lessee, at=AT + timedelta(minutes=1))

    def close():
        return closings.ask(organization=owner, typed=owner.name, by=fresh(admin), at=AT)

    return request, close


def test_either_the_lease_is_there_or_the_owner_closes(acts):
    with together(audit, "record"):
        at_once(*acts)

    assert Lease.objects.exists() != Closing.objects.exists()


def test_without_the_lock_both_are_there(acts):
    def look(self, keys):
        return list(self.filter(pk__in=keys))

    request, close = acts
    interposed, results = in_between(listings, "pause_all", request)
    with patch.object(OrganizationQuerySet, "as_they_are", look), interposed:
        close()

    assert isinstance(results[0], Lease), results
    assert Closing.objects.exists()


class TestAPersonWhoIsInvitedElsewhere:
    """The last organization of somebody is erased at the moment in which another's invitation is accepted."""

    @pytest.fixture
    def acts(self):
        owner, other = make.organization("海州精工"), make.organization()
        admin, clock = make.member(owner), make.user("clock", is_robot=True)
        closing = closings.ask(organization=owner, typed=owner.name, by=admin, at=AT)
        due = AT + GRACE
        asked = invitations.invite(
            organization=other, email=admin.email, role=Role.VIEWER, by=make.member(other), at=due
        )
        token = invitations.path_of(invitation=asked).split("/")[2]
        caller = fresh(admin)  # as the request read who asks, before anything was erased

        def finish():
            return closings.finish(closing=closing, by=clock, at=due)

        def accept():
            return invitations.accept(token=token, by=caller, at=due)

        return finish, accept, admin, other

    def test_is_erased_or_belongs_there_never_both(self, acts):
        finish, accept, admin, other = acts
        with together(closings, "_blank"), together(invitations, "_accepted"):
            results = at_once(finish, accept)

        assert User.objects.get(pk=admin.pk).is_active == other.memberships.filter(user=admin).exists()
        assert results[0] is True

    def test_without_the_lock_somebody_erased_belongs_there(self, acts):
        finish, accept, admin, other = acts
        interposed, results = in_between(closings, "_blank", accept)
        with patch.object(QuerySet, "select_for_update", lambda self, **given: self), interposed:
            assert finish()

        assert not isinstance(results[0], Exception), results
        assert not User.objects.get(pk=admin.pk).is_active
        assert other.memberships.filter(user=admin).exists()
