"""Both ask, both accept, one accepts while the other withdraws: on real transactions, and without locks."""

import pytest

from billing.actions import disputes, mediations
from billing.models import LineDispute, LineMediation, MediationStep
from billing.models.disputes import LineDisputeQuerySet
from billing.models.invoices import InvoiceQuerySet
from billing.models.mediations import LineMediationQuerySet
from leasing.models.leases import LeaseQuerySet
from tests.billing.mediated import ANSWERED, ASKED, Mediated
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene():
    return Mediated()


@pytest.fixture
def proposed(scene):
    scene.ask()
    scene.propose()
    return scene


def without_locks():
    return unlocked(LeaseQuerySet, InvoiceQuerySet, LineDisputeQuerySet, LineMediationQuerySet)


def acts(scene, run, at, **given):
    """Return the same act of both sides, each as a request of its own."""

    def one(side):
        who = scene.who(side, at)
        return run(**given, **who | {"by": fresh(who["by"])})

    return [lambda side=side: one(side) for side in ("buyer", "seller")]


def asks(scene):
    def ask(**who):
        found = LineDispute.objects.select_related("line__invoice__seller", "line__invoice__buyer").get()
        return mediations.ask(dispute=found, text="Please", **who)

    return acts(scene, ask, ASKED)


def accepts(scene):
    return acts(scene, lambda **who: mediations.accept(mediation=scene.case, **who), ANSWERED)


class TestBothAsk:
    def test_the_second_is_told_that_it_was_asked(self, scene):
        with meet(mediations, "_words"):
            results = at_once(*asks(scene))

        assert outcome(results) == ["AlreadyMediated", "LineMediation"]
        assert MediationStep.objects.count() == 1

    def test_without_the_locks_the_database_refuses_the_second(self, scene):
        with without_locks(), meet(mediations, "_words"):
            results = at_once(*asks(scene))

        assert outcome(results) == ["IntegrityError", "LineMediation"]


class TestBothAccept:
    def test_the_second_settles_the_dispute(self, proposed):
        with meet(mediations, "_possible"):
            results = at_once(*accepts(proposed))

        assert outcome(results) == ["LineMediation", "LineMediation"]
        assert (proposed.case.state, proposed.dispute.conceded_minor) == ("AGREED", 32_000)

    def test_without_the_locks_the_database_refuses_that_both_accept_and_nothing_is_settled(self, proposed):
        with without_locks(), meet(mediations, "_possible"):
            results = at_once(*accepts(proposed))

        assert outcome(results) == ["IntegrityError", "LineMediation"]
        assert (proposed.case.state, proposed.dispute.outcome) == ("PROPOSED", "OPEN")


class TestOneAcceptsAndOneWithdraws:
    def prepare(self, scene):
        scene.act("accept", "buyer")
        _, accept = accepts(scene)

        def withdraw():
            who = scene.who("buyer", ANSWERED)
            return disputes.withdraw(dispute=scene.dispute, **who | {"by": fresh(who["by"])})

        return accept, withdraw

    def test_it_is_settled_or_withdrawn_and_whoever_comes_second_is_told(self, proposed):
        with meet(LineMediationQuerySet, "locked"):
            results = at_once(*self.prepare(proposed))

        assert outcome(results) in (
            ["DisputeClosed", "LineMediation"],
            ["LineDispute", "MediationRefused"],
        )
        assert (proposed.case.state, proposed.dispute.outcome) in (
            ("AGREED", "CONCEDED"),
            ("ENDED", "WITHDRAWN"),
        )

    def test_without_the_locks_the_database_refuses_one(self, proposed):
        accept, withdraw = self.prepare(proposed)
        between, inside = in_between(disputes, "_decide", withdraw)
        with without_locks(), between:
            results = at_once(accept)

        assert outcome(inside) == ["LineDispute"]
        assert outcome(results) == ["IntegrityError"]
        assert (proposed.case.state, proposed.dispute.outcome) == ("ENDED", "WITHDRAWN")
        assert LineMediation.objects.get().seller_accepted_at is None
