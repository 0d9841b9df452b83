"""What a person chooses on the pages of the stand-in of the payment provider."""

import urllib.parse
import urllib.request

import pytest

from config.stand_in import FakeStripe


@pytest.fixture
def fake():
    with FakeStripe() as running:
        yield running


@pytest.fixture
def intent(fake):
    """A payment by a wallet that waits for its payer."""
    asked = {"amount": "10000", "currency": "cny", "payment_method_types": ["alipay"], "confirm": "true"}
    asked |= {"payment_method_data": {"type": "alipay"}, "return_url": fake.url}
    return fake.payments.create_intent(asked)


def send(address, **said):
    with urllib.request.urlopen(address, urllib.parse.urlencode(said).encode() or b"x=1") as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    ("does", "status"),
    [
        ("", "succeeded"),
        ("pay", "succeeded"),
        ("fail", "requires_payment_method"),
        ("process", "processing"),
        ("dispute", "succeeded"),
    ],
)
def test_a_payer_chooses_how_it_ends(fake, intent, does, status):
    send(f"{fake.url}/pay/{intent['id']}", **({"does": does} if does else {}))

    assert intent["status"] == status
    assert len(fake.world.all("dispute")) == (does == "dispute")


def test_what_is_no_choice_changes_nothing(fake, intent):
    shown = send(f"{fake.url}/pay/{intent['id']}", does="steal")

    assert intent["status"] == "requires_action"
    assert "name=does" in shown


def test_the_first_page_lists_what_waits_and_sets_bad_luck(fake, intent):
    with urllib.request.urlopen(f"{fake.url}/") as answer:
        assert f"/pay/{intent['id']}" in answer.read().decode()
    send(f"{fake.url}/_fake/troubles", path="/v1/transfers", kind="500_before", times="2")

    assert fake.next_trouble("/v1/transfers") == "500_before"
    assert fake.next_trouble("/v1/refunds") == ""
