"""People are told of what happens: once, in both languages, on a page, over REST and by mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from marketplace.actions import notifications
from marketplace.models import Membership, Notification
from marketplace.models.notifications import READERS
from marketplace.models.parties import Role
from marketplace.permissions import ROLES, Permission
from marketplace.rules.notification_words import SENTENCES, needed, sentence
from marketplace.rules.notifications import Kind
from marketplace.tasks import send_notifications
from tests import once
from tests.factories import marketplace as make

NOON, DAY = make.NOON, timedelta(days=1)
FACTS = {"who": "Jingyi", "machine": "DMU 50"}


def tell(*to, kind=Kind.GRANT_ASKED, facts=FACTS, at=NOON, **more):
    return notifications.notify(kind=kind, to=to, facts=facts, at=at, **more)


@once.fixture
def owner():
    return make.organization()


class TestRules:
    def test_every_kind_has_a_sentence(self):
        assert set(SENTENCES) == set(Kind)

    @given(kind=st.sampled_from(Kind), word=st.text(max_size=20))
    def test_a_sentence_says_all_its_facts_and_needs_no_more(self, kind, word):
        facts = {one: NOON.isoformat() if one.endswith("_at") else word for one in needed(kind)}
        said = sentence(kind, facts, str, lambda at: f"<{at:%d}>")
        assert word in said or all(one.endswith("_at") for one in facts)
        assert ("<20>" in said) is any(one.endswith("_at") for one in facts)
        assert "{" not in said.replace(word, "")


class TestNotify:
    def test_tells_each_organization_once(self, owner):
        other = make.organization()
        assert len(tell(owner, other, owner)) == 2
        assert Notification.objects.count() == 2

    def test_says_some_things_only_once(self, owner):
        for _ in range(2):
            tell(owner, once="spike:1")
        tell(owner, once="spike:2")
        assert Notification.objects.count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            Notification.objects.create(organization=owner, kind="x", once="spike:1", made_at=NOON)

    def test_needs_what_the_sentence_says(self, owner):
        with pytest.raises(AssertionError):
            tell(owner, facts={"who": "Jingyi"})
        assert not Notification.objects.exists()

    def test_happens_with_what_it_tells_of_or_not_at_all(self, owner):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tell(owner)
            raise ZeroDivisionError
        assert not Notification.objects.exists()


class TestRead:
    def test_by_one_is_read_for_all(self, owner):
        first, second = make.member(owner), make.member(owner, role="VIEWER")
        tell(owner)
        assert notifications.mark_read(by=first, within=owner, at=NOON) == 1
        assert not Notification.objects.to(second, owner).unread().exists()
        assert notifications.mark_read(by=second, within=owner, at=NOON) == 0

    def test_what_is_for_one_person_is_seen_and_read_by_that_one(self, owner):
        first, second = make.member(owner), make.member(owner)
        tell(owner, person=first)
        assert Notification.objects.to(first, owner).count() == 1
        assert Notification.objects.to(second, owner).count() == 0
        assert notifications.mark_read(by=second, within=owner, at=NOON) == 0

    def test_strangers_read_nothing(self, owner):
        tell(owner)
        with pytest.raises(notifications.NotAMember):
            notifications.mark_read(by=make.user(), within=owner, at=NOON)
        assert Notification.objects.get().read_at is None


class TestReaders:
    """Loans and tax papers are told to those whose role reads them, and counted for nobody else."""

    @pytest.fixture
    def told(self, owner):
        for kind in (Kind.LOAN_OFFERED, Kind.RED_LETTER_APPLIED, Kind.GRANT_ASKED):
            facts = {one: NOON.isoformat() if one.endswith("_at") else "x" for one in needed(kind)}
            tell(owner, kind=kind, facts=facts)

    def test_are_the_roles_that_have_the_right(self):
        rights = {
            Permission.LOAN_REQUEST: ("loan_",),
            Permission.FUND_CLAIM: ("fund_",),
            Permission.INVOICE_READ: ("bill_", "budget_", "dunning_", "late_", "red_", "tax_"),
        }
        wanted = {}
        for right, about in rights.items():
            readers = frozenset(role for role, held in ROLES.items() if right in held)
            wanted.setdefault(readers, set()).update(kind for kind in Kind if kind.startswith(about))
        assert {readers: set(kinds) for kinds, readers in READERS} == wanted
        assert all(wanted.values())

    @pytest.mark.parametrize(
        ("role", "kinds"),
        [
            (Role.VIEWER, {"grant_asked"}),
            (Role.OPERATOR, {"grant_asked", "red_letter_applied"}),
            (Role.FINANCE, {"grant_asked", "red_letter_applied", "loan_offered"}),
            (Role.ADMIN, {"grant_asked", "red_letter_applied", "loan_offered"}),
        ],
    )
    def test_read_and_count_what_they_may(self, owner, told, client, role, kinds):
        person = make.member(owner, role=role)
        client.force_login(person)

        page = client.get("/notifications/").content.decode()

        assert {one.kind for one in Notification.objects.to(person, owner)} == kinds
        assert {one.kind for one in Notification.objects.told_in_each(person)} == kinds
        assert f'<span class="unread">{len(kinds)}</span>' in page

    def test_are_asked_in_each_organization_for_itself(self, owner, told):
        person = make.member(make.organization(), role=Role.FINANCE)
        Membership.objects.create(user=person, organization=owner, role=Role.VIEWER)

        assert [one.kind for one in Notification.objects.told_in_each(person)] == ["grant_asked"]
        assert notifications.mark_read(by=person, within=owner, at=NOON) == 1
        assert Notification.objects.unread().count() == 2


class TestDoors:
    def test_the_page_and_the_count_on_every_page(self, owner, client):
        client.force_login(make.member(owner))
        tell(owner, link="/data/")
        page = client.get("/notifications/").content.decode()
        assert "Jingyi 申请读取 DMU 50 的数据。" in page
        assert '<span class="unread">1</span>' in page
        assert '<span class="unread">1</span>' in client.get("/leases/").content.decode()
        english = client.get("/notifications/", headers={"accept-language": "en"}).content.decode()
        assert "Jingyi asks to read data of DMU 50." in english

        page = client.post("/notifications/read/", follow=True).content.decode()

        assert 'class="unread"' not in page

    def test_rest(self, owner, keyed):
        (one,), other = tell(owner), make.organization()
        tell(other)
        api = keyed(make.member(owner), owner)
        (found,) = api.get("/api/v1/notifications/?unread=true").json()["data"]
        assert (found["id"], found["kind"], found["facts"]) == (one.public_id, "grant_asked", FACTS)
        assert api.post("/api/v1/notifications/read/", {"ids": ["x"]}, format="json").json() == {"read": 0}
        assert api.post("/api/v1/notifications/read/", {}, format="json").json() == {"read": 1}
        assert api.get("/api/v1/notifications/?unread=true").json()["data"] == []
        assert api.get("/api/v1/notifications/?unread=maybe").status_code == 400
        assert Notification.objects.get(organization=other).read_at is None


class TestOutbox:
    @pytest.fixture
    def admin(self, owner):
        make.member(owner, role="VIEWER")
        return make.member(owner)

    def test_goes_to_administrators_in_both_languages_once(self, owner, admin):
        tell(owner, at=timezone.now(), link="/data/")
        assert (send_notifications(), send_notifications()) == (1, 0)
        (sent,) = mail.outbox
        assert sent.to == [admin.email]
        assert sent.subject == "Jingyi 申请读取 DMU 50 的数据。"
        assert "Jingyi asks to read data of DMU 50." in sent.body
        assert sent.body.endswith("/data/")

    def test_goes_to_the_person_whom_it_is_for(self, owner, admin):
        person = make.member(owner, role="VIEWER")
        tell(owner, at=timezone.now(), person=person)
        send_notifications()
        assert mail.outbox[0].to == [person.email]

    @override_settings(EMAIL_BACKEND="tests.marketplace.actions.test_notifications.Refusing")
    def test_what_cannot_be_sent_is_tried_again_but_not_for_ever(self, owner, admin):
        tell(owner, at=timezone.now())
        for tries in (1, 2, 3, 4, 4, 4):
            assert send_notifications() == 0
            assert Notification.objects.get().tries == tries
        assert Notification.objects.get().mailed_at is not None

    def test_what_is_old_is_read_on_the_page_alone(self, owner, admin):
        tell(owner, at=timezone.now() - 3 * DAY)
        assert send_notifications() == 0
        assert mail.outbox == []
        assert not Notification.objects.unsent().exists()

    def test_is_emptied_in_one_round_and_what_everybody_is_told_goes_last(self, owner, admin, monkeypatch):
        monkeypatch.setattr(notifications, "AT_ONCE", 2)
        nobody = [make.organization() for _ in range(3)]  # without anybody to write to
        titles = {"title_zh": "停机维护", "title_en": "Maintenance"}
        now, published = timezone.now(), Kind.ANNOUNCEMENT_PUBLISHED
        for to in (nobody, [owner]):
            notifications.notify(kind=published, to=to, facts=titles, at=now)
        tell(owner, at=now)

        assert send_notifications() == 2

        assert ["停机维护" in one.subject for one in mail.outbox] == [False, True]
        assert not Notification.objects.unsent().exists()

    @override_settings(EMAIL_BACKEND="tests.marketplace.actions.test_notifications.Choosy")
    def test_one_address_that_is_refused_holds_nobody_up(self, owner, admin, monkeypatch):
        monkeypatch.setattr(notifications, "AT_ONCE", 2)
        person = make.member(owner, role="VIEWER")
        Choosy.refused = person.email
        now = timezone.now()
        (odd,), *_others = [tell(owner, at=now, person=one) for one in (person, admin, admin, admin)]

        assert send_notifications() == 3

        odd.refresh_from_db()
        assert (odd.tries, odd.mailed_at) == (1, None)


class Choosy:
    """A mail server that refuses one address."""

    refused = ""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        if any(self.refused in one.to for one in messages):
            raise ConnectionRefusedError
        return len(messages)


class Refusing:
    """A mail server that is not there."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError
