"""Pages of webhooks: set up with a secret that is shown once, changed as seen, tested, and nobody else's."""

import re

import pytest

from marketplace.actions import deliveries, webhooks
from marketplace.actions.deliveries import Ended
from marketplace.models import WebhookDelivery, WebhookEndpoint
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
LISTED = "/webhooks/"
GIVEN = {"url": "https://example.com/h", "types": ["invoice.paid"], "description": "ERP", "newest": ""}
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


@once.fixture
def owner():
    return make.organization()


@once.fixture
def admin(owner):
    return make.member(owner)


@pytest.fixture
def browser(admin, client):
    client.force_login(admin)
    return client


@pytest.fixture
def hook(owner, admin):
    made, _ = webhooks.create(organization=owner, url="https://example.com/h", types=[], by=admin, at=NOON)
    return made


def page_of(hook):
    return f"{LISTED}{hook.public_id}/"


def text_of(answer):
    return answer.content.decode()


def tried(hook, admin, **ended):
    """Send a test that ends like this."""
    sent = webhooks.test(endpoint=hook, by=admin, at=NOON)
    WebhookDelivery.objects.filter(pk=sent.pk).update(sent=1, tries=1)
    deliveries.note(delivery=sent.pk, number=1, ended=Ended(**ended), at=NOON)
    return sent


class TestSettingUp:
    def test_shows_the_secret_once(self, browser):
        answer = browser.post(LISTED, GIVEN)

        made = WebhookEndpoint.objects.get()
        assert (made.url, made.types, made.description) == (GIVEN["url"], GIVEN["types"], "ERP")
        assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
        assert SECRET.search(text_of(answer))
        assert not SECRET.search(text_of(browser.get(LISTED)) + text_of(browser.get(page_of(made))))

    def test_the_same_form_again_sets_nothing_up(self, browser):
        browser.post(LISTED, GIVEN)
        again = browser.post(LISTED, GIVEN)

        assert again.status_code == 400 and not SECRET.search(text_of(again))
        assert WebhookEndpoint.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"url": ""},
            {"url": "http://example.com/"},
            {"url": "https://a\0b/"},
            {"types": ["nothing.known"]},
            {"description": "a\tb"},
            {"description": "x" * 201},
        ],
        ids=str,
    )
    def test_says_what_is_wrong(self, browser, changes):
        answer = browser.post(LISTED, GIVEN | changes)

        assert answer.status_code == 400 and "error" in text_of(answer)
        assert not WebhookEndpoint.objects.exists()

    def test_is_refused_above_the_most(self, browser, hook, monkeypatch):
        monkeypatch.setattr(webhooks, "MOST", 1)
        answer = browser.post(LISTED, GIVEN | {"newest": hook.public_id})

        assert answer.status_code == 400 and WebhookEndpoint.objects.count() == 1


class TestOne:
    def test_shows_how_messages_ended(self, browser, hook, admin):
        tried(hook, admin, outcome="ANSWERED", status=503, answer="<b>later</b>")
        shown = text_of(browser.get(page_of(hook), headers={"accept-language": "en"}))

        assert "(503)" in shown and "&lt;b&gt;later" in shown and "Send it now" in shown

    def test_is_changed_as_it_was_seen(self, browser, hook):
        wanted = GIVEN | {"version": hook.version}
        assert browser.post(page_of(hook), wanted).status_code == 302
        assert browser.post(page_of(hook), wanted | {"description": "2"}).status_code == 400
        assert browser.post(page_of(hook), wanted | {"version": "9" * 40}).status_code == 400
        hook.refresh_from_db()
        assert (hook.types, hook.description, hook.version) == (["invoice.paid"], "ERP", 2)

    def test_its_secret_is_changed_once_by_one_form(self, browser, hook):
        given = {"version": hook.version}
        answer = browser.post(f"{page_of(hook)}rotate/", given)
        again = browser.post(f"{page_of(hook)}rotate/", given)

        assert SECRET.search(text_of(answer)) and again.status_code == 302
        assert hook.secrets.count() == 2

    def test_is_switched_tested_and_taken_away(self, browser, hook):
        for verb, state in (("disable", "DISABLED"), ("test", "DISABLED"), ("enable", "ACTIVE")):
            assert browser.post(f"{page_of(hook)}{verb}/")["Location"] == page_of(hook)
            hook.refresh_from_db()
            assert hook.state == state
        assert not hook.deliveries.exists()
        browser.post(f"{page_of(hook)}test/")
        assert hook.deliveries.count() == 1
        browser.post(f"{page_of(hook)}remove/", {"version": 1})
        assert browser.get(page_of(hook)).status_code == 200
        assert browser.post(f"{page_of(hook)}remove/", {"version": 3})["Location"] == LISTED
        assert browser.get(page_of(hook)).status_code == 404

    def test_a_message_is_sent_again_or_stopped(self, browser, hook, admin):
        sent = tried(hook, admin, outcome="ARRIVED", status=200)
        act = f"{LISTED}deliveries/{sent.public_id}/"
        assert browser.post(f"{act}resend/")["Location"] == page_of(hook)
        sent.refresh_from_db()
        assert sent.state == "WAITING"
        for _ in range(2):
            browser.post(f"{act}stop/")
        sent.refresh_from_db()
        assert sent.state == "STOPPED"


def test_others_see_nothing_and_viewers_learn_whom_to_ask(hook, owner, admin, client):
    sent = webhooks.test(endpoint=hook, by=admin, at=NOON)
    for person, code in ((make.member(owner, "VIEWER"), 403), (make.member(make.organization()), 400)):
        client.force_login(person)
        assert hook.url not in text_of(client.get(LISTED))
        assert client.get(page_of(hook)).status_code == 404
        assert client.post(f"{page_of(hook)}rotate/", {"version": 1}).status_code == 404
        assert client.post(f"{page_of(hook)}remove/", {"version": 1}).status_code == 404
        assert client.post(f"{LISTED}deliveries/{sent.public_id}/stop/").status_code == 404
        assert client.post(LISTED, {"url": "x"}).status_code == code
    hook.refresh_from_db()
    assert hook.state == "ACTIVE" and WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_one_finds_them_from_the_keys(browser, hook, language):
    browser.cookies["django_language"] = language
    assert f'href="{LISTED}"' in text_of(browser.get("/api-keys/"))
    said = {"zh-hans": "您的接收地址", "en": "Addresses of yours"}[language]
    assert said in text_of(browser.get(LISTED))
    assert {"zh-hans": "发送记录", "en": "What was sent"}[language] in text_of(browser.get(page_of(hook)))
