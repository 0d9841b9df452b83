"""Two claim interest or remind at once; each race is shown without its lock as well."""

from datetime import date

import pytest
from django.db.models import Sum

from billing.actions import dunning, late_interest
from billing.models import DunningLetter, Invoice
from leasing.models.leases import LeaseQuerySet
from tests.billing import late, world
from tests.billing.actions.test_dunning import LEVELS, THIRD
from tests.billing.late import DECEMBER, rent
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(transactional_db):
    return late.billed(world.build("okuma"))


def both_claim(scene):
    invoice = rent(scene)

    def claim():
        given = {
            "through": date(2026, 12, 1),
            "within": scene.lessor,
            "by": fresh(scene.owner),
            "at": DECEMBER,
        }
        return late_interest.claim(invoice=invoice, **given)

    with meet(late_interest, "account_of"):
        return outcome(at_once(claim, claim))


@pytest.mark.parametrize("guarded", [True, False])
def test_two_claim_and_it_is_one_document(scene, monkeypatch, guarded):
    if not guarded:
        for model in (LeaseQuerySet, type(Invoice.objects.all())):
            monkeypatch.setattr(model, "locked", lambda self: self)

    found = both_claim(scene)

    assert Invoice.objects.filter(kind="INTEREST").aggregate(sum=Sum("gross_minor")) == {"sum": 1723}
    assert found == (["InterestClaim", "NoneType"] if guarded else ["IntegrityError", "InterestClaim"])


def test_two_remind_and_it_is_one_letter(scene):
    dunning.set_policy(seller=scene.lessor, levels=LEVELS, by=scene.owner, at=DECEMBER)

    def run():
        return dunning.run(seller=scene.lessor, by=fresh(scene.clock), at=THIRD)

    with meet(dunning, "overdue_of"):
        found = at_once(run, run)

    assert sorted(map(len, found)) == [0, 1]
    assert DunningLetter.objects.count() == 1
