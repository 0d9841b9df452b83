"""
A workshop leases a mill and wants cheaper cover: its insurer may read hours of the mill's condition.

Told so that it can be followed line by line: who pays whom what, who reads what, and what remains.
"""

import pytest

from devices.ownership import queries
from devices.ownership.actions import sharing, sharing_answers
from devices.ownership.actions.sharing import SharingRefused
from devices.ownership.actions.sharing_answers import BadSharingAnswer
from devices.ownership.models import PaymentDuty
from devices.ownership.rules.sharing import State
from marketplace.shared.money import Money
from tests.devices.ownership.shared import AFTER_IT, ASKED, IN_IT, OPEN, Sharing

pytestmark = pytest.mark.django_db
YUAN = 100  # fen


@pytest.fixture
def world():
    return Sharing()


def test_from_the_request_to_the_erasure(world):
    # The workshop asks: hours of condition, for insurance, and the owner may ask for 500 yuan at most.
    hours = {"right": "read_aggregate", "interval": "PT1H"}
    request = world.asked(**hours, price_cap=500 * YUAN)
    assert request.state(ASKED) is State.ASKED

    # The owner wants 800 yuan: too much. It states 300 yuan, and says for what.
    with pytest.raises(BadSharingAnswer):
        world.does(sharing_answers.price, request, world.owner, amount=800 * YUAN, basis="work")
    world.does(sharing_answers.price, request, world.owner, amount=300 * YUAN, basis="two hours of work")

    # The insurer accepts: it owes the owner 300 yuan; the workshop owes nobody anything.
    agreed = world.agree(request)
    assert (agreed.price, agreed.currency) == (300 * YUAN, "CNY")
    assert agreed.grant.given_for == world.a
    owed = PaymentDuty.objects.get()
    assert (owed.debtor, owed.creditor, owed.money) == (world.bank, world.owner, Money(300 * YUAN, "CNY"))
    assert (owed.source, owed.subject, owed.agreement) == (
        "sharing",
        agreed.public_id,
        agreed.grant.agreement,
    )

    # During its time the insurer reads figures of an hour, and no single reading.
    assert agreed.state(IN_IT) is State.IN_FORCE
    assert world.told(world.bank) == ["grant_gives_aggregate"]
    assert world.told(world.bank, purpose="financing") == ["other_purpose"]

    # The workshop sees first what a withdrawal takes, then withdraws. The next read is refused.
    assert queries.effect_of_withdrawal(agreed.grant).reads == 1
    world.does(sharing.withdraw, request, world.a, at=IN_IT)
    assert world.told(world.bank) == ["consent_withdrawn"]

    # The insurer has to erase what it got, from that moment on, and says so. It stays on record.
    assert world.fresh(request).erase_due_at == IN_IT
    world.does(sharing_answers.confirm_erasure, request, world.bank, at=AFTER_IT, statement="All erased.")
    assert world.fresh(request).erasure_statement == "All erased."


def test_an_institute_pays_what_it_costs(world):
    # 120 yuan of work were needed; 121 are too much for a research institute, 120 are not.
    request = world.asked(recipient=world.institute, purpose="research")
    for amount, right in ((121 * YUAN, False), (120 * YUAN, True)):
        facts = {"amount": amount, "cost": 120 * YUAN, "basis": "one engineer, one hour"}
        if right:
            assert world.does(sharing_answers.price, request, world.owner, **facts).price == 120 * YUAN
        else:
            with pytest.raises(BadSharingAnswer):
                world.does(sharing_answers.price, request, world.owner, **facts)


def test_an_owner_that_stays_silent_gets_nothing_and_stops_nothing(world):
    request = world.asked()

    agreed = world.agree(request, at=OPEN.end - (OPEN.end - ASKED) / 2)

    assert (agreed.price, agreed.offer.price) == (None, 0)
    assert not PaymentDuty.objects.exists()


def test_a_gatekeeper_gets_nothing_whoever_asks(world):
    world.designate(world.bank)

    with pytest.raises(SharingRefused) as refused:
        world.asked()

    assert [one.facts["article"] for one in refused.value.flaws] == ["da_5_3"]
