"""Passwords, second factors, sessions and limits, as actions."""

from datetime import timedelta
from importlib import import_module
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from marketplace import tasks
from marketplace.actions import invitations, letters, passwords, second_factors, sign_ins, throttles
from marketplace.actions.second_factors import NoSecondFactor, SecondFactorKept, WrongCode
from marketplace.actions.throttles import TooManyTries
from marketplace.models import AuditEntry, Letter, RecoveryCode, SecondFactor, SignIn, Throttle, User
from marketplace.rules import throttles as limits
from marketplace.rules import totp
from marketplace.rules.throttles import Limit
from marketplace.web.addresses import network_of
from tests import once
from tests.factories import marketplace as make
from tests.joining import world
from tests.joining.world import AT, MINUTE

pytestmark = pytest.mark.django_db
ONCE = Limit(1, timedelta(hours=1), MINUTE, timedelta(hours=1))


class Person:
    """Somebody with an authenticator and recovery codes."""

    def __init__(self):
        self.user = make.user()
        self.secret = second_factors.begin(by=self.user, at=AT)
        self.codes = second_factors.confirm(by=self.user, code=self.code(AT), keep="a", at=AT)

    def code(self, at):
        return totp.code_at(self.secret, totp.step_of(int(at.timestamp())))

    def check(self, code, at):
        second_factors.check(user=self.user, code=code, at=at)


person = once.fixture(lambda: Person())


class TestSecondFactors:
    def test_count_once_a_code_was_right(self, db):
        user = make.user()
        with pytest.raises(NoSecondFactor):
            second_factors.confirm(by=user, code="123456", keep="a", at=AT)
        secret = second_factors.begin(by=user, at=AT)
        assert second_factors.begin(by=user, at=AT) == secret
        with pytest.raises(WrongCode):
            second_factors.confirm(by=user, code="000000", keep="a", at=AT)
        assert User.objects.get(pk=user.pk).second_factor_at is None
        assert secret not in bytes(SecondFactor.objects.get().sealed)

    def test_begun_under_a_key_that_is_lost_begin_anew(self, db, settings):
        user = make.user()
        secret = second_factors.begin(by=user, at=AT)
        settings.API_KEY_PEPPER = "another"

        fresh = second_factors.begin(by=user, at=AT)
        assert fresh != secret
        assert second_factors.begin(by=user, at=AT) == fresh

    def test_let_in_with_each_code_once(self, person):
        later = AT + MINUTE
        with pytest.raises(WrongCode):
            person.check(person.code(AT), AT)
        person.check(person.code(later), later)
        with pytest.raises(WrongCode):
            person.check(person.code(later), later)

    def test_let_in_with_each_recovery_code_once(self, person):
        first, second = person.codes[0], person.codes[1].replace("-", " ").upper()
        person.check(first, AT)
        person.check(second, AT)
        with pytest.raises(WrongCode):
            person.check(first, AT)

        assert RecoveryCode.objects.filter(used_at=None).count() == 8
        assert not RecoveryCode.objects.filter(code_hash__contains=first).exists()

    def test_lock_the_account_for_longer_each_time(self, person):
        for _ in range(5):
            with pytest.raises(WrongCode):
                person.check("000000", AT)

        with pytest.raises(TooManyTries):
            person.check(person.code(AT + 30 * timedelta(seconds=1)), AT + timedelta(seconds=30))
        person.check(person.code(AT + MINUTE), AT + MINUTE)
        with pytest.raises(WrongCode):
            person.check("000000", AT + MINUTE)

    def test_are_set_up_once(self, person):
        with pytest.raises(SecondFactorKept):
            second_factors.begin(by=person.user, at=AT)
        with pytest.raises(SecondFactorKept):
            second_factors.confirm(by=person.user, code="123456", keep="a", at=AT)

    def test_get_new_codes_and_the_old_ones_go(self, person):
        fresh = second_factors.renew_codes(by=person.user, code=person.codes[0], at=AT)

        assert len(set(fresh) - set(person.codes)) == 10
        with pytest.raises(WrongCode):
            person.check(person.codes[1], AT)

    def test_go_with_a_right_code(self, person):
        with pytest.raises(WrongCode):
            second_factors.remove(by=person.user, code="000000", at=AT)
        second_factors.remove(by=person.user, code=person.codes[0], at=AT)

        assert User.objects.get(pk=person.user.pk).second_factor_at is None
        assert Letter.objects.get(subject__contains="taken away").to == person.user.email
        with pytest.raises(WrongCode):
            person.check(person.codes[1], AT)

    def test_sealed_with_a_lost_key_let_nobody_in(self, person, settings):
        settings.API_KEY_PEPPER = "another"

        with pytest.raises(WrongCode):
            person.check(person.code(AT + MINUTE), AT + MINUTE)

    def test_are_taken_away_by_the_operator(self, person):
        call_command("reset_second_factor", person.user.email.upper())
        call_command("reset_second_factor", person.user.email)

        assert not SecondFactor.objects.exists()
        entry = AuditEntry.objects.get(action="second_factor.reset")
        assert (entry.actor_name, entry.subject) == ("operator", person.user.public_id)
        with pytest.raises(CommandError):
            call_command("reset_second_factor", "nobody@a.cn")


class TestSessions:
    def began(self, user, key, at=AT, **changes):
        given = {"agent": "Firefox\n" + "x" * 300, "address": "10.0.0.1"} | changes
        return sign_ins.began(user=user, session_key=key, at=at, **given)

    def test_are_noted_seen_and_ended_by_their_person(self, db):
        user, stranger = make.user(), make.user()
        one, other = self.began(user, "a"), self.began(user, "b", address="nowhere")
        sign_ins.seen(session_key="a", at=AT + MINUTE)
        sign_ins.end(one=one, by=stranger, at=AT)
        assert list(SignIn.objects.of(user)) == [one, other]
        sign_ins.end(one=other, by=user, at=AT)
        sign_ins.end(one=other, by=user, at=AT)

        assert list(SignIn.objects.of(user)) == [one]
        assert (len(one.agent), other.address) == (200, None)
        assert sign_ins.end_others(by=user, keep="a", at=AT) == 0

    def test_that_were_ended_go_once_more_when_it_is_written(
        self, db, django_capture_on_commit_callbacks, caplog
    ):
        user = make.user()
        self.began(user, "a")
        known = import_module(settings.SESSION_ENGINE).SessionStore

        def silent(*args, **given):
            raise OSError

        with patch.object(known, "delete", silent), django_capture_on_commit_callbacks(execute=True) as then:
            sign_ins.end_others(by=user, keep="", at=AT)

        assert len(then) == 1
        assert "did not let go" in caplog.text
        assert not sign_ins.seen(session_key="a", at=AT)
        assert sign_ins.seen(session_key="nobody's", at=AT)

    def test_follow_their_key_and_end_with_the_sign_out(self, db):
        user = make.user()
        self.began(user, "a")
        sign_ins.moved(before="a", after="c")
        sign_ins.ended(session_key="c", at=AT)

        assert not SignIn.objects.of(user).exists()


class TestPasswords:
    def test_changed_end_all_other_sessions_and_are_told(self, db):
        user = make.user()
        for key in ("a", "b"):
            sign_ins.began(user=user, session_key=key, agent="", address="", at=AT)
        passwords.change(user=user, password="new-lathe-48", keep="a", address="10.0.0.1", at=AT)

        assert User.objects.get(pk=user.pk).check_password("new-lathe-48")
        assert [one.session_key for one in SignIn.objects.of(user)] == ["a"]
        assert Letter.objects.get().to == user.email

    def test_forgotten_are_told_to_a_known_address_alone(self, db):
        user, gone = make.user(), make.user(is_active=False)
        for email in (user.email.upper(), gone.email, "nobody@a.cn"):
            passwords.forgot(email=email, address="10.0.0.1", at=AT)

        assert [one.to for one in Letter.objects.all()] == [user.email]
        assert "/password/reset/" in Letter.objects.get().body

    def test_asked_for_too_often_are_mailed_no_more_and_nobody_is_told(self, db):
        user = make.user()
        for number in range(5):
            passwords.forgot(email=f"{user.email.upper()} ", address=f"10.0.0.{number}", at=AT)
        assert Letter.objects.count() == 3

        for number in range(9):
            passwords.forgot(email=f"a{number}@a.cn", address="10.0.0.1", at=AT)
        with pytest.raises(TooManyTries):
            passwords.forgot(email="b@a.cn", address="10.0.0.1", at=AT)


class TestTries:
    def tried(self, email="a@a.cn", address="10.0.0.1"):
        sign_ins.try_password(email=email, address=address, at=AT)

    def test_of_a_stranger_keep_the_owner_out_of_nothing(self, db):
        for _ in range(5):
            self.tried()
        with pytest.raises(TooManyTries):
            self.tried()

        self.tried(address="10.0.0.2")

    def test_that_were_right_are_no_tries_of_the_network(self, db, monkeypatch):
        monkeypatch.setattr(limits, "SIGN_IN_ADDRESS", Limit(3, timedelta(hours=1), MINUTE, MINUTE))
        for number in range(4):
            self.tried(f"a{number}@a.cn")
            sign_ins.succeeded(email=f"a{number}@a.cn", address="10.0.0.1")
        for number in range(3):
            self.tried(f"b{number}@a.cn")
        with pytest.raises(TooManyTries):
            self.tried("c@a.cn")

    def test_given_back_open_what_they_shut(self, db):
        throttles.take(limits={"a": ONCE}, at=AT)
        throttles.give_back(limits={"a": ONCE, "b": ONCE})
        throttles.give_back(limits={"a": ONCE})

        throttles.take(limits={"a": ONCE}, at=AT)

    def test_are_forgotten_with_a_new_password(self, db):
        for _ in range(5):
            self.tried()
        sign_ins.renewed(email="a@a.cn", address="10.0.0.1")

        self.tried()

    def test_of_one_address_written_in_two_ways_are_of_one(self, rf):
        mapped, plain = (
            network_of(rf.get("/", REMOTE_ADDR=told)) for told in ("::ffff:10.0.0.1", "10.0.0.1")
        )

        assert mapped == plain == "10.0.0.1"

    def test_of_several_things_are_counted_all_or_none(self, db):
        throttles.take(limits={"a": ONCE}, at=AT)
        with pytest.raises(TooManyTries) as refused:
            throttles.take(limits={"a": ONCE, "b": ONCE}, at=AT)

        assert refused.value.facts == {"minutes": 2, "retry_after": 61}
        throttles.take(limits={"b": ONCE}, at=AT)
        throttles.forget(what="A ")
        throttles.take(limits={"a": ONCE}, at=AT)

    def test_name_nobody_and_go_after_days(self, db):
        throttles.take(limits={"sign-in as a@b.cn": ONCE}, at=AT)

        assert "a@b.cn" not in Throttle.objects.get().key
        assert throttles.purge(at=AT + timedelta(days=1)) == 0
        assert throttles.purge(at=AT + timedelta(days=3)) == 1


class TestLetters:
    def test_are_in_both_languages_and_their_text_goes_when_they_are_sent(self, db):
        passwords.forgot(email=make.user().email, address="10.0.0.1", at=timezone.now())

        assert tasks.send_letters() == 1
        assert tasks.send_letters() == 0
        (sent,) = mail.outbox
        assert "密码" in sent.subject
        assert "Somebody asks" in sent.body
        assert sent.body.count("http") == 1
        assert Letter.objects.get().body == ""

    def test_that_cannot_be_sent_wait_but_not_for_ever(self, db, monkeypatch):
        def fails(*args):
            raise OSError

        monkeypatch.setattr(tasks, "send_mail", fails)
        passwords.forgot(email=make.user().email, address="10.0.0.1", at=AT)
        Letter.objects.update(made_at=AT + timedelta(days=9999))
        for _ in range(letters.MOST_TRIES + 2):
            assert tasks.send_letters() == 0

        assert Letter.objects.get().tries == letters.MOST_TRIES

    @pytest.mark.parametrize("error", [OSError, UnicodeError])
    def test_one_that_cannot_be_sent_keeps_no_other(self, db, monkeypatch, error):
        def send(subject, body, sender, to):
            if to == ["odd@a.cn"]:
                raise error
            mail.send_mail(subject, body, sender, to)

        monkeypatch.setattr(tasks, "send_mail", send)
        for to in ("odd@a.cn", "even@a.cn"):
            letters.write(to=to, subject=passwords.SUBJECT, text=passwords.TEXT, at=timezone.now())

        assert tasks.send_letters() == 1
        assert Letter.objects.get(sent_at=None, taken_at=None).to == "odd@a.cn"

    def test_taken_by_who_is_lost_are_taken_again(self, db):
        made = letters.write(to="a@a.cn", subject=passwords.SUBJECT, text=passwords.TEXT, at=AT)

        assert letters.take_out(at=AT) == [made]
        assert letters.take_out(at=AT + letters.LOST_AFTER - MINUTE) == []
        assert letters.take_out(at=AT + letters.LOST_AFTER) == [made]
        letters.sent(letter=made, at=AT)
        assert letters.take_out(at=AT + 2 * letters.LOST_AFTER) == []

    def test_go_to_no_address_that_cannot_be_written(self, db):
        odd = "a@" + "例" * 60 + ".cn"
        with pytest.raises(invitations.NoAddress):
            invitations.mailable(email=odd)
        with pytest.raises(invitations.NoAddress):
            world.begin(email=odd)
        assert invitations.mailable(email="A@例子.cn") == "a@例子.cn"
        assert not Letter.objects.exists()

    def test_carry_no_second_line_into_their_title(self, db):
        made = letters.write(
            to="a@a.cn", subject=passwords.SUBJECT, text="{who}", at=AT, who="x\r\nBcc: all@a.cn"
        )

        assert made.body.startswith("x Bcc: all@a.cn")
        assert letters.take_out(at=AT + timedelta(days=8)) == [made]
        assert not Letter.objects.exists()


def test_the_clock_keeps_house(db):
    assert tasks.recheck_due() == 0
    assert tasks.purge_throttles() == 0
