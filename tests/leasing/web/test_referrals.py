"""The page of a return that one side objected to, in its four states; without script."""

import pytest

from leasing.models import ConditionRecord, ReferralWord
from leasing.rules.condition import Kind
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.leasing import world as worlds
from tests.leasing.web.test_returns import form, in_english, lease, over, said  # noqa: F401


class Pages:
    """Both sides and the platform before one record."""

    def __init__(self, world, lease, client):  # noqa: F811
        self.client, self.lease = client, lease
        self.judge = worlds.person("judge", make.platform(), Role.ADMIN)
        self.owner, self.buyer, self.guest = world.owner, world.buyer, world.guest
        self.sign_in(self.buyer).post(f"/leases/{lease.public_id}/return/", form())
        record = ConditionRecord.objects.get(kind=Kind.RETURN)
        self.url = f"/records/{record.public_id}/"
        given = {"digest": record.digest, "reason": "Nothing came"}
        self.sign_in(self.owner).post(f"{self.url}object/", given)

    def sign_in(self, person):
        self.client.force_login(person)
        return self.client

    def see(self, person):
        return said(self.sign_in(person).get(self.url))

    def do(self, person, act, **given):
        return said(self.sign_in(person).post(f"{self.url}{act}/", given, follow=True))

    def lease_of(self, person):
        return said(self.sign_in(person).get(f"/leases/{self.lease.public_id}/"))


@pytest.fixture
def pages(world, over, client):  # noqa: F811
    return Pages(world, over, client)


ASK, BACK, DECIDE = "Ask the platform to decide", "Take the question back", "Decide for good"


def test_an_objected_record_offers_the_platform_to_both_sides_alone(pages):
    for person in (pages.owner, pages.buyer):
        page = pages.see(person)
        assert ASK in page
        assert BACK not in page
        assert DECIDE not in page
    for person in (pages.judge, pages.guest):
        assert "The platform" not in pages.see(person).split("<main")[1]


def test_a_referred_record_waits_for_the_platform(pages):
    handed = ConditionRecord.objects.get(kind=Kind.HANDOVER)
    page = pages.do(pages.buyer, "refer", text="The slip is signed", evidence=handed.public_id)

    assert "The platform is asked to decide." in page
    assert "before the platform" in page
    assert "The slip is signed" in page
    assert f'href="/records/{handed.public_id}/"' in page
    assert BACK in page
    assert BACK not in pages.see(pages.owner)
    assert "before the platform" in pages.lease_of(pages.owner)
    assert "Take the machine back" not in pages.lease_of(pages.owner)
    refused = said(pages.client.get(f"/leases/{pages.lease.public_id}/return/"))
    assert "The return lies before the platform." in refused
    assert DECIDE in pages.see(pages.judge)


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        ("yes", "stands: the platform has decided"),
        ("no", "does not stand: the platform has decided"),
    ],
)
def test_a_decided_record_says_so_and_offers_nothing_more(pages, stands, words):
    pages.do(pages.buyer, "refer", text="The slip is signed")
    assert "Say whether the record stands." in pages.do(pages.judge, "decide", text="Seen")
    assert "Decided. Both sides are told." in pages.do(pages.judge, "decide", text="Seen", stands=stands)

    for person in (pages.owner, pages.buyer, pages.judge):
        page = pages.see(person)
        assert words in page
        assert "Seen" in page
        assert not any(act in page for act in (ASK, BACK, DECIDE))
    page = pages.lease_of(pages.owner)
    assert ("Inspect the machine" in page) is (stands == "yes")
    assert ("Take the machine back" in page) is (stands == "no")


def test_a_question_is_taken_back_and_refusals_are_said(pages):
    pages.do(pages.buyer, "refer", text="x")
    assert "Taken back." in pages.do(pages.buyer, "withdraw")
    assert "What was asked for is not possible now." in pages.do(pages.buyer, "refer", text="x")
    assert "This must be recorded with the step. There is no such thing in this lease." in pages.do(
        pages.owner, "refer", text="", evidence="pho_none"
    )
    assert ReferralWord.objects.count() == 2


def test_nobody_else_comes_near(pages, world):
    for person, code in ((world.outsider, 404), (world.watcher, 403)):
        answer = pages.sign_in(person).post(f"{pages.url}refer/", {"text": "x"})
        assert answer.status_code == code
    assert (
        pages.sign_in(pages.owner).post(f"{pages.url}decide/", {"text": "x", "stands": "yes"}).status_code
        == 403
    )
    assert not ReferralWord.objects.exists()
