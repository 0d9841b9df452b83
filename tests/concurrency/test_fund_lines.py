"""Held money is seen to be of a fund while somebody lets it pay an invoice: one of both, never both."""

import pytest

from billing.models import Invoice
from billing.payments.actions import allocations, line_bookings, matching
from billing.payments.models import Receipt
from billing.payments.models.receipts import ReceiptQuerySet
from tests.billing.funds.world import OVERDUE
from tests.billing.payments.test_fund_lines import Scene
from tests.concurrency.test_leases import fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene():
    made = Scene()
    made.comes()
    made.run()
    made.confirmed()
    return made


@pytest.fixture
def acts(scene):
    """The matcher, and somebody who lets one fen of the money pay the invoice."""

    def who(person):
        return scene.desk.acts(fresh(person)) | {"at": OVERDUE}

    def allocates():
        found = Receipt.objects.select_related("book__organization").get()
        shares = [(Invoice.objects.issued().earliest("pk"), 1)]
        return allocations.allocate(receipt=found, shares=shares, **who(scene.desk.first))

    return lambda: matching.run(book=scene.desk.book, **who(scene.desk.clock)), allocates


def test_it_is_linked_or_pays(scene, acts):
    linked, allocated = at_once(*acts)

    is_linked = scene.kinds() == ["RECEIPT", "UNDO", "TRANSFER"]
    assert linked == is_linked
    assert type(allocated).__name__ == ("MoreThanLeft" if is_linked else "list")
    assert Receipt.objects.get().left_minor == (0 if is_linked else scene.paid - 1)


def test_without_the_lock_the_database_refuses_the_link(scene, acts):
    links, allocates = acts
    between, allocated = in_between(line_bookings.receipt_postings, "received", allocates)

    with unlocked(ReceiptQuerySet), between:
        made = at_once(links)

    assert (outcome(allocated), outcome(made)) == (["list"], ["IntegrityError"])
    assert (scene.kinds(), Receipt.objects.get().left_minor) == (["RECEIPT"], scene.paid - 1)
