"""Help and the privacy notice are there for everybody in both languages, at the same place of every page."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from marketplace.actions import invitations, joining, privacy
from marketplace.models import PrivacyAcceptance, User
from marketplace.models.parties import Role
from marketplace.rules.privacy import CURRENT
from marketplace.shared import clock
from marketplace.web.helping import TOPICS
from tests.factories import marketplace as make
from tests.joining import world
from tests.joining.world import AT

pytestmark = pytest.mark.django_db


def read(page, language="zh-hans", **ids):
    answer = Client(headers={"accept-language": language}).get(reverse(page, kwargs=ids))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_is_written_in_both_languages(topic):
    chinese, english = read("help-topic", name=topic), read("help-topic", "en", name=topic)

    assert reverse("help-topic", args=[topic]) in read("help")
    assert chinese.count("<li><b>") == english.count("<li><b>") >= 5


def test_an_unknown_topic_is_not_there():
    assert Client().get("/help/nothing/").status_code == 404


@pytest.mark.parametrize("name", ["catalogue", "login", "register", "help", "privacy"])
def test_help_and_notice_stand_at_the_same_place(name):
    footer = read(name).partition("<footer")[2]

    assert footer.index('href="/help/"') < footer.index('href="/privacy/"')


class TestTheNotice:
    def test_is_accepted_at_the_sign_up_and_its_version_is_kept(self):
        held = world.begin(at=clock.now())
        token, visitor = world.token(held), Client()
        url = reverse("join-confirm", args=[token])

        without = visitor.post(url, {"password": world.PASSWORD})
        assert (without.status_code, User.objects.filter(email=held.email).exists()) == (400, False)
        visitor.post(url, {"password": world.PASSWORD, "accepts_notice": "on"})

        kept = PrivacyAcceptance.objects.get()
        assert (kept.user.email, kept.version) == (held.email, CURRENT)

    def test_is_accepted_with_an_invitation(self):
        owner = make.organization()
        made = invitations.invite(
            organization=owner, email="a@b.cn", role=Role.VIEWER, by=make.member(owner), at=AT
        )
        token = invitations.path_of(invitation=made).split("/")[2]

        person = invitations.accept_new(
            token=token, name="A", password=world.PASSWORD, accepts_notice=True, at=AT
        )

        assert PrivacyAcceptance.objects.get().user == person

    def test_is_accepted_once_and_for_good(self):
        person = make.user()

        assert privacy.accept(by=person, at=AT) == privacy.accept(by=person, at=AT)

        with pytest.raises(DatabaseError), transaction.atomic():
            PrivacyAcceptance.objects.update(version="x")

    def test_is_accepted_on_its_page_by_who_had_an_account_before(self):
        person, visitor = make.user(), Client()
        visitor.force_login(person)

        visitor.post(reverse("privacy"))

        assert PrivacyAcceptance.objects.get().user == person
        assert (
            'method="post"><input'
            not in visitor.get(reverse("privacy"))
            .content.decode()
            .partition("<main")[2]
            .partition("</main")[0]
        )


def test_without_the_box_nothing_is_noted():
    joining.confirm(token=world.token(world.begin()), password=world.PASSWORD, at=AT)

    assert not PrivacyAcceptance.objects.exists()
