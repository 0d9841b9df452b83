"""Two answers to one proposal at once, on real transactions; each race is shown without its lock as well."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from devices.ownership.actions import agreements, amendments, suspensions
from devices.ownership.models import Agreement, AgreementVersion, Proposal
from devices.ownership.models.agreements import AgreementQuerySet
from marketplace.shared.period import Period
from tests.concurrency.test_leases import fresh, outcome
from tests.devices.ownership.terms import RAW, terms
from tests.factories.marketplace import equipment, member, organization
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 1, tzinfo=UTC)
LATER = START + timedelta(days=1)


class Scene:
    def __init__(self):
        self.owner, self.lessee = organization(), organization()
        self.ada, self.bob = member(self.owner), member(self.lessee)
        self.agreement = agreements.open(
            equipment=equipment(self.owner),
            owner=self.owner,
            lessee=self.lessee,
            period=Period(START, None),
            reference="lea_1",
            billing_channels=["execution"],
            by=self.ada,
            at=START,
        )
        self.proposal = amendments.propose(
            agreement=self.agreement, terms=terms(RAW), by=self.ada, within=self.owner, at=START
        )

    def loaded(self):
        """The proposal as a request of its own would load it."""
        return Proposal.objects.select_related("agreement__owner", "agreement__lessee").get()

    def accept(self):
        digest = self.proposal.digest
        return amendments.accept(proposal=self.loaded(), digest=digest, by=fresh(self.bob), at=LATER)

    def withdraw(self):
        return amendments.withdraw(proposal=self.loaded(), by=fresh(self.ada), at=LATER)

    def suspend(self):
        return suspensions.suspend(agreement=self.agreement, by=fresh(self.bob), at=LATER)


@pytest.fixture
def scene():
    return Scene()


def look_together():
    """Hold both between looking whether the proposal is open and answering it, as far as locks let them."""
    meeting, look = Meeting(), amendments._open

    def looked(proposal):
        found = look(proposal)
        meeting.wait()
        return found

    return patch.object(amendments, "_open", looked)


def no_lock():
    return patch.object(AgreementQuerySet, "locked", lambda self: self.order_by("pk"))


class TestTwoAccept:
    def test_one_does_and_the_other_is_told_so(self, scene):
        with look_together():
            results = at_once(scene.accept, scene.accept)

        assert outcome(results) == ["AgreementVersion", "ProposalAnswered"]
        assert AgreementVersion.objects.count() == Agreement.objects.get().version == 2

    def test_without_the_lock_the_second_breaks_on_the_database(self, scene):
        with no_lock(), look_together():
            results = at_once(scene.accept, scene.accept)

        assert outcome(results) == ["AgreementVersion", "IntegrityError"]


class TestAcceptAndWithdraw:
    def test_one_of_them_happens(self, scene):
        with look_together():
            results = at_once(scene.accept, scene.withdraw)

        accepted = any(isinstance(one, AgreementVersion) for one in results)
        assert "ProposalAnswered" in outcome(results)
        assert Proposal.objects.get().state == ("ACCEPTED" if accepted else "WITHDRAWN")
        assert AgreementVersion.objects.count() == 1 + accepted

    def test_without_the_lock_terms_hold_that_were_withdrawn_or_the_other_way_round(self, scene):
        with no_lock(), look_together():
            results = at_once(scene.accept, scene.withdraw)

        assert outcome(results) == ["AgreementVersion", "Proposal"]


class TestAcceptAndSuspend:
    def test_both_raise_the_version(self, scene):
        results = at_once(scene.accept, scene.suspend)

        assert outcome(results) == ["Agreement", "AgreementVersion"]
        assert Agreement.objects.get().version == 3
