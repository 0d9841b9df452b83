"""Money is allocated while its dispute is lost: it pays something or it is gone, never both."""

import pytest

from billing.models import Invoice
from billing.models.invoices import InvoiceQuerySet
from billing.payments.actions import allocations, provider_facts
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import Receipt
from billing.payments.models.receipts import ReceiptQuerySet
from billing.payments.rules import provider_postings
from billing.payments.rules.stripe_facts import facts_of
from billing.rules import accounts as chart
from config.stand_in import FakeStripe
from tests.billing.payments import life, matched
from tests.billing.payments.stripe.stage import GROSS, Stage
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh
from tests.concurrency.test_matching import unlocked
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def match():
    return matched.begin()


@pytest.fixture
def shop(match):
    with FakeStripe() as fake:
        made = Stage(match.desk, fake, StripeProvider("sk_test_fake", address=fake.url))
        made.desk.owner = match.lessee("A")
        yield made


@pytest.fixture
def acts(shop, match):
    """The loss of a dispute about all of a receipt, and an allocation of all of it."""
    receipt, invoice = shop.received(), match.bill("R-1", "A", GROSS)
    dispute = shop.fake.play(f"charges/{receipt.fact.object_reference}/dispute")
    shop.arrive()
    shop.fake.play(f"disputes/{dispute['id']}/lost")
    lost = facts_of("dispute", shop.provider.fetch("dispute", dispute["id"]))[-1]

    def loses():
        return provider_facts.take_one(fact=lost, provider="stripe", at=shop.at, by=fresh(shop.desk.clock))

    def allocates():
        found = Receipt.objects.select_related("book__organization").get(pk=receipt.pk)
        shares = [(Invoice.objects.get(pk=invoice.pk), GROSS)]
        return allocations.allocate(receipt=found, shares=shares, **match.desk.acts(fresh(match.desk.first)))

    return loses, allocates


def test_it_is_lost_and_what_it_paid_or_what_was_left_bears_it(shop, acts):
    with meet(provider_postings, "split_loss"):
        lost, allocated = at_once(*acts)
    if isinstance(lost, provider_facts.ParentUnknown):  # it paid something meanwhile: looked at again
        lost = acts[0]()

    assert type(lost).__name__ == "ProviderFact"
    assert type(allocated).__name__ in ("list", "MoreThanLeft")
    assert (Receipt.objects.get().left_minor, shop.on(chart.DISPUTED), shop.on(chart.UNALLOCATED)) == (
        0,
        0,
        0,
    )
    only = ("receipts_add_up", "held_as_booked", "invoices_as_paid", "owners_as_released")
    assert life.broken(shop.at, only=only) == {}


def test_without_the_lock_the_database_refuses_the_loss(shop, acts):
    loses, allocates = acts
    between, inside = in_between(provider_postings, "dispute_lost", allocates)

    with unlocked(ReceiptQuerySet, InvoiceQuerySet), between:
        made = at_once(loses)

    assert [type(one).__name__ for one in made + inside] == ["IntegrityError", "list"]
    assert shop.on(chart.DISPUTED) == GROSS
