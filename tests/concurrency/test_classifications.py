"""What a change of a balance is, is said at the moment in which another person says it, or the provider."""

import pytest

from billing.actions import journals
from billing.models import Journal
from billing.payments.actions import classifications, provider_facts
from billing.payments.models import Classification, Movement, ProviderFact
from billing.payments.models.classifications import ClassificationQuerySet
from billing.payments.models.providers import MovementQuerySet
from billing.payments.rules.stripe_facts import Fact, Kind
from tests.billing.payments import world
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.races import in_between

pytestmark = pytest.mark.django_db(transaction=True)


class Said:
    """A desk, and a change of a balance of which one person said that it is a fee."""

    def __init__(self):
        self.desk = world.desk()
        minor = {"gross_minor": -250, "fee_minor": 0, "net_minor": -250, "currency": "CNY"}
        self.odd = Movement.objects.create(
            provider="stripe", reference="txn_1", kind="odd", occurred_at=world.AT, seen_at=world.AT, **minor
        )
        self.proposed = classifications.propose(
            movement=self.odd, means="FEE", reason="后台", **self.desk.acts()
        )

    def approves(self, by=None):
        def run():
            found = Classification.objects.select_related("movement").get(pk=self.proposed.pk)
            return classifications.approve(
                classification=found, **self.desk.acts(fresh(by or self.desk.second))
            )

        return run

    def is_told(self):
        """The provider says that it took a fee."""
        fact = Fact(
            key="stripe:fee:txn_1", kind=Kind.FEE, ref="txn_1", parent="", happened_at=world.AT, amount=250,
            currency="CNY", gross=250, fee=0, settled_in="CNY", movement="txn_1",
        )  # fmt: skip
        return provider_facts.take_one(fact=fact, provider="stripe", at=world.AT, by=fresh(self.desk.clock))


@pytest.fixture
def said():
    return Said()


def test_approved_twice_it_is_booked_once(said):
    with meet(classifications, "_waiting"):
        made = at_once(said.approves(), said.approves(said.desk.office.chief))

    assert outcome(made) == ["Classification", "ClassificationDecided"]
    assert (Journal.objects.count(), ProviderFact.objects.count()) == (1, 1)


def test_said_by_people_or_by_the_provider(said):
    with meet(journals, "write"):
        made = at_once(said.approves(), said.is_told)

    assert outcome(made) in (["Classification", "ParentUnknown"], ["ClassificationInvalid", "ProviderFact"])
    assert (Journal.objects.count(), ProviderFact.objects.count()) == (1, 1)


def test_without_the_locks_the_database_refuses_the_second(said):
    again, others = in_between(journals, "write", said.is_told)

    with unlocked(MovementQuerySet, ClassificationQuerySet), again:
        made = at_once(said.approves())

    assert (outcome(others), outcome(made)) == (["ProviderFact"], ["IntegrityError"])
    assert Journal.objects.get().kind == "PROVIDER_FEE"
